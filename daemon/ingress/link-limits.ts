// Bounds of the ingress that no configuration changes, each with the counter or message that names it when it is hit.

import { assert } from '../base/assert.ts';

/** Links that may be open without having said Hello; a further one is closed at once. */
export const LINKS_PENDING_MAX = 16;
/** A link that has not said Hello for so long is closed. */
export const HELLO_TIMEOUT_NS = 5e9;
/** Over this multiple of the frame rate limit, shedding is not enough and the link is closed. */
export const FLOOD_FACTOR = 4;
/** uWebSockets.js drops a connection without a word above its own limit; ours is below, so that there is an answer. */
export const OVERSIZE_ANSWER_FACTOR = 2;
export const RATE_WINDOW_NS = 1e9;
/** Tokens are compared by hash, so their length is free; this bounds the work. */
export const TOKEN_LENGTH_MAX = 1024;

assert(FLOOD_FACTOR > 1, 'Invariant: shedding begins before a flooding link is closed');
assert(OVERSIZE_ANSWER_FACTOR > 1, 'Invariant: an oversize frame can be answered');
