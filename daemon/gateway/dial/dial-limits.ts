// Every bound of the dialling side, named once with its default. Durations are milliseconds, sizes bytes. A Venue's own
// facts (silence, keep-alive, lifetime) are in its ConnectionPlan; what stands here is ours.

import { VENUE_FRAME_SIZE_MAX } from '../../event/market-adapter.ts';
import type { BackoffLimits } from '../../base/backoff.ts';

export interface SocketLimits {
  /** From dial to open: TCP, TLS and the WebSocket upgrade. */
  readonly handshakeMs: number;
  /** A larger frame ends the socket. */
  readonly frameSizeMax: number;
  /** Bytes that may wait to be written: a frame that would exceed it is not sent. */
  readonly bufferedMax: number;
  /** How long a peer may take to answer a close before the descriptor is taken from it. */
  readonly closeMs: number;
}

export interface PaceLimits {
  /** Between two dials of this gateway, whatever socket they are for. */
  readonly spacingMs: number;
  /** At most so many dials in any window of `windowMs`. */
  readonly dialsMax: number;
  readonly windowMs: number;
}

export interface DialLimits extends SocketLimits {
  readonly backoffMs: BackoffLimits;
  /** A socket that was open for so long and heard something was useful: the backoff begins anew after it. */
  readonly provenMs: number;
  /** After an answer that asks us to stay away (403, 418, 429) without saying for how long. */
  readonly refusedMs: number;
  readonly pace: PaceLimits;
}

// Venues count dials per address: OKX 3 a second, Binance 300 in 5 minutes, Kraken about 150 in 10 minutes. Half of the
// least of them, so that a second gateway on the same address has room.
export const DEFAULT_DIAL_LIMITS: DialLimits = {
  handshakeMs: 10_000, frameSizeMax: VENUE_FRAME_SIZE_MAX, bufferedMax: 1 << 20, closeMs: 1_000,
  backoffMs: { min: 500, max: 60_000 }, provenMs: 30_000, refusedMs: 60_000,
  pace: { spacingMs: 400, dialsMax: 75, windowMs: 600_000 },
};

/** The longest a timer waits at once: setTimeout takes 31 bits, and a deadline may be Infinity. */
export const TIMER_MS_MAX = 60_000;
