// Every error text Kraken answers with that we know how to take, and how sure it makes us. An unlisted text is ambiguous:
// the Venue is asked. Pure.

import { RejectReason } from '../../event/kinds.ts';
import { AnswerClass, type RequestAnswer } from '../../event/order-adapter.ts';

type Listed = readonly [text: string, how: AnswerClass, reason: RejectReason, retryAfterMs?: number];

const { Ambiguous, Fatal, RateLimited, Rejected } = AnswerClass;
const R = RejectReason;

/** docs.kraken.com, Spot Error Messages, and the guides on rate limits. The longest text that fits counts. */
export const ERRORS: readonly Listed[] = [
  // Refused by the engine or before it: nothing was done.
  ['EOrder:Insufficient funds', Rejected, R.InsufficientFunds],
  ['EOrder:Insufficient margin', Rejected, R.InsufficientFunds],
  ['EOrder:Margin allowance exceeded', Rejected, R.InsufficientFunds],
  ['EOrder:Margin level too low', Rejected, R.InsufficientFunds],
  ['EOrder:Margin position size exceeded', Rejected, R.InsufficientFunds],
  ['EOrder:Cannot open opposing position', Rejected, R.Other],
  ['EOrder:Cannot open position', Rejected, R.Other],
  ['EOrder:Order minimum not met', Rejected, R.InvalidQuantity],
  ['EOrder:Cost minimum not met', Rejected, R.InvalidQuantity],
  ['EOrder:Tick size check failed', Rejected, R.InvalidPrice],
  ['EOrder:Invalid price', Rejected, R.InvalidPrice],
  ['EOrder:Post only order', Rejected, R.PostOnlyWouldCross],
  ['EOrder:Orders limit exceeded', Rejected, R.Other],
  ['EOrder:Positions limit exceeded', Rejected, R.Other],
  ['EOrder:Scheduled orders limit exceeded', Rejected, R.Other],
  ['EOrder:Reduce only', Rejected, R.Other],
  ['EOrder:Unknown position', Rejected, R.Other],
  ['EOrder:Unknown order', Rejected, R.UnknownOrder],
  ['EOrder:Invalid order', Rejected, R.UnknownOrder],
  ['EQuery:Unknown asset pair', Rejected, R.UnknownInstrument],
  ['EGeneral:Invalid arguments', Rejected, R.Other],
  ['EGeneral:Invalid arguments:volume', Rejected, R.InvalidQuantity],
  ['EGeneral:Invalid arguments:price', Rejected, R.InvalidPrice],
  ['EGeneral:Unknown method', Rejected, R.Other],
  ['ETrade:Invalid request', Rejected, R.Other],
  ['EBM:limit exceeded', Rejected, R.Other],
  ['EService:Market in cancel_only mode', Rejected, R.VenueUnavailable],
  ['EService:Market in post_only mode', Rejected, R.VenueUnavailable],
  // Names the instrument that this account may not trade where it lives.
  ['EAccount:Invalid permissions', Rejected, R.Other],
  // Thrown out before it was looked at; a fresh token or nonce may do.
  ['ESession:Invalid session', Rejected, R.VenueUnavailable],
  ['EAPI:Invalid nonce', Rejected, R.VenueUnavailable],
  // Too much of it.
  ['EOrder:Rate limit exceeded', RateLimited, R.RateLimited, 1_000],
  ['EOrder:Domain rate limit exceeded', RateLimited, R.RateLimited, 1_000],
  ['EAPI:Rate limit exceeded', RateLimited, R.RateLimited, 5_000],
  ['EAuth:Rate limit exceeded', RateLimited, R.RateLimited, 15_000],
  ['EAuth:Too many requests', RateLimited, R.RateLimited, 15_000],
  ['EGeneral:Too many requests', RateLimited, R.RateLimited, 5_000],
  ['EGeneral:Temporary lockout', RateLimited, R.RateLimited, 60_000],
  // No request of this key will be taken.
  ['EAPI:Invalid key', Fatal, R.VenueUnavailable],
  ['EAPI:Invalid signature', Fatal, R.VenueUnavailable],
  ['EGeneral:Permission denied', Fatal, R.VenueUnavailable],
  ['EAuth:Account temporary disabled', Fatal, R.VenueUnavailable],
  ['EAuth:Account unconfirmed', Fatal, R.VenueUnavailable],
  // Said while the engine may or may not have acted. An unlisted text is taken the same way; these are listed as a warning
  // against reading them otherwise.
  ['EService:Deadline elapsed', Ambiguous, R.Other],
  ['EService:Unavailable', Ambiguous, R.Other],
  ['EService:Busy', Ambiguous, R.Other],
  ['EGeneral:Internal error', Ambiguous, R.Other],
];

const THROTTLED = /^EService:\s?Throttled:\s?\[?(\d{9,11})\]?/;
const THROTTLED_MS_MAX = 60_000;

/** `unixMs`: now, to which a throttle's end is relative. */
export function classify(text: string, unixMs: number): RequestAnswer {
  const throttled = THROTTLED.exec(text);
  if (throttled !== null) {
    const retryAfterMs = Math.min(THROTTLED_MS_MAX, Math.max(1_000, Number(throttled[1]) * 1_000 - unixMs));
    return { class: RateLimited, reason: R.RateLimited, message: text, retryAfterMs };
  }
  let found: Listed | null = null;
  for (const listed of ERRORS) {
    if (isOf(text, listed[0]) && listed[0].length > (found?.[0].length ?? 0)) found = listed;
  }
  if (found === null) return { class: Ambiguous, reason: R.Other, message: text, retryAfterMs: 0 };
  return { class: found[1], reason: found[2], message: text, retryAfterMs: found[3] ?? 0 };
}

/** Kraken appends details after a colon. */
function isOf(text: string, listed: string): boolean {
  return text === listed || (text.startsWith(listed) && /^[:\s[]/.test(text.slice(listed.length)));
}
