// What an answer of Binance's WebSocket API means for the request: one table of the official error codes, one of the words
// that come with the codes of the matching engine. A code that stands in neither is Ambiguous, and so is every 5xx: a
// request is Rejected only when Binance says that it did not and will not act on it. Pure.

import { RejectReason } from '../../event/kinds.ts';
import { AnswerClass, type RequestAnswer } from '../../event/order-adapter.ts';
import type { Reply } from './private.ts';

type Verdict = readonly [AnswerClass, RejectReason];

const { Rejected, Ambiguous, RateLimited, Fatal } = AnswerClass;
const REFUSED: Verdict = [Rejected, RejectReason.Other];
const UNKNOWN: Verdict = [Ambiguous, RejectReason.Other];
const BARRED: Verdict = [Fatal, RejectReason.Other];
const TOO_MANY: Verdict = [RateLimited, RejectReason.RateLimited];
const BAD_PRICE: Verdict = [Rejected, RejectReason.InvalidPrice];
const BAD_QUANTITY: Verdict = [Rejected, RejectReason.InvalidQuantity];
const NO_ORDER: Verdict = [Rejected, RejectReason.UnknownOrder];
const NO_SYMBOL: Verdict = [Rejected, RejectReason.UnknownInstrument];
const UNAVAILABLE: Verdict = [Rejected, RejectReason.VenueUnavailable];

/** The timestamp lay outside the window: our clock or our idea of Binance's is wrong. */
export const BAD_TIMESTAMP = -1021;
export const TOO_MANY_REQUESTS = -1003;
/** A limit on new orders alone, of seconds or of the whole day. */
export const TOO_MANY_ORDERS = -1015;
const NO_SUCH_ORDER = -2013;
const CANCEL_REJECTED = -2011;

/** Wrong in form, before anything looked at it: never executed. */
const FORM_CODES = [
  -1014, -1020, -1100, -1101, -1102, -1103, -1104, -1105, -1106, -1108, -1112, -1114, -1115, -1116, -1117, -1118, -1119,
  -1120, -1122, -1125, -1127, -1128, -1134, -1135, -1139, -1145, -1151, -1152, -1153, -1155, -1158, -1160, -1161, -1165,
  -1166, -1168, -1182, -1191, -1194, -1196, -1197, -1198, -1199, -1210, -1211, -1220, -1221, -1222, -1223, -1224, -1225,
] as const;

const CODES: ReadonlyMap<number, Verdict> = new Map<number, Verdict>([
  ...FORM_CODES.map((code): [number, Verdict] => [code, REFUSED]),
  [-1000, UNKNOWN], [-1001, UNKNOWN], [-1002, BARRED], [TOO_MANY_REQUESTS, TOO_MANY], [-1006, UNKNOWN], [-1007, UNKNOWN],
  // "Try again in a few minutes": nothing says that the request was dropped.
  [-1008, UNKNOWN],
  [-1010, UNKNOWN], [-1013, REFUSED], [TOO_MANY_ORDERS, TOO_MANY], [-1016, UNAVAILABLE], [BAD_TIMESTAMP, UNAVAILABLE], [-1022, BARRED],
  [-1034, TOO_MANY], [-1111, REFUSED], [-1121, NO_SYMBOL], [-1130, REFUSED],
  [-2010, REFUSED], [CANCEL_REJECTED, REFUSED], [NO_SUCH_ORDER, NO_ORDER], [-2014, BARRED], [-2015, BARRED],
  [-2016, UNAVAILABLE],
  // Only order.cancelReplace is answered so, and what both halves came to says what it means: conversations.ts.
  [-2021, UNKNOWN], [-2022, UNKNOWN],
  [-2026, [Rejected, RejectReason.OrderTerminal]], [-2035, REFUSED], [-2036, REFUSED], [-2038, REFUSED], [-2039, NO_ORDER],
  [-2042, REFUSED], [-2043, REFUSED],
]);

/** Codes whose meaning is in the words. */
const WORDED = new Set([-1010, -1013, -1111, -1130, -2010, CANCEL_REJECTED, -2038]);

/** The first that the message contains counts. */
const WORDS: readonly (readonly [string, Verdict])[] = [
  ['insufficient balance', [Rejected, RejectReason.InsufficientFunds]],
  ['would immediately match and take', [Rejected, RejectReason.PostOnlyWouldCross]],
  // The id was used before: by us, in a life of which this process knows nothing. That order may well be live.
  ['Duplicate order sent', [Ambiguous, RejectReason.DuplicateOrder]],
  ['Unknown order sent', NO_ORDER],
  ['Market is closed', UNAVAILABLE],
  ['This action is disabled on this account', BARRED],
  ['This account may not place or cancel orders', BARRED],
  ['API trading is not enabled', BARRED],
  ['This symbol is not permitted for this account', NO_SYMBOL],
  ['This symbol is restricted for this account', NO_SYMBOL],
  ['Price * QTY is zero or less', BAD_QUANTITY],
  ['IcebergQty exceeds QTY', BAD_QUANTITY],
  ['Order book liquidity is', REFUSED],
  ['Filter failure: PRICE_FILTER', BAD_PRICE],
  ['Filter failure: PERCENT_PRICE', BAD_PRICE],
  ['Filter failure: LOT_SIZE', BAD_QUANTITY],
  ['Filter failure: MARKET_LOT_SIZE', BAD_QUANTITY],
  ['Filter failure: MIN_NOTIONAL', BAD_QUANTITY],
  ['Filter failure: NOTIONAL', BAD_QUANTITY],
  ['Filter failure: ', REFUSED],
  ['quantity increase', BAD_QUANTITY],
  ['would change no state', REFUSED],
  ['not supported', REFUSED],
  ['Unsupported order combination', REFUSED],
  ['would trigger immediately', REFUSED],
  ['Cancel order is invalid', REFUSED],
  ['cancel restrictions', REFUSED],
  ['may not use pegged price', REFUSED],
  ['cannot be used with this order type', REFUSED],
  ['relationship of the prices', REFUSED],
  ["'price'", BAD_PRICE],
  ["'quantity'", BAD_QUANTITY], ["'newQty'", BAD_QUANTITY],
];

/** When Binance names no time: a ban lasts two minutes at least, a window of the weight limit one. */
const BAN_MS = 120_000;
const LIMIT_MS = 10_000;
const FIREWALL_MS = 60_000;

export const DONE: RequestAnswer = { class: AnswerClass.Done, reason: RejectReason.Other, message: '', retryAfterMs: 0 };

export function classify(reply: Reply): RequestAnswer {
  if (reply.status === 200) return DONE;
  const [answerClass, reason] = verdictOf(reply);
  const message = reply.code === 0 ? `status ${reply.status}` : `${reply.code} ${reply.message}`;
  const retryAfterMs = answerClass === RateLimited ? waitOf(reply) : 0;
  return { class: answerClass, reason, message, retryAfterMs };
}

/** The half of a cancelReplace that failed, as `order.place` or `order.cancel` would have been answered. */
export function classifyCode(code: number, message: string): RequestAnswer {
  return classify({ status: 400, code, message, result: undefined, data: undefined, retryAfterMs: 0 });
}

/** Binance has no order of this name; of a cancelAll: none at all. */
export function isUnknownOrder(reply: Reply): boolean {
  if (reply.status === 200 || reply.status >= 500) return false;
  return reply.code === NO_SUCH_ORDER || (reply.code === CANCEL_REJECTED && reply.message.includes('Unknown order sent'));
}

function verdictOf(reply: Reply): Verdict {
  if (reply.status === 0) return [Rejected, RejectReason.NotTransmitted];
  if (reply.status >= 500) return UNKNOWN;
  if (reply.status === 403 || reply.status === 418 || reply.status === 429) return TOO_MANY;
  if (WORDED.has(reply.code)) {
    const worded = WORDS.find(([words]) => reply.message.includes(words));
    if (worded !== undefined) return worded[1];
  }
  return CODES.get(reply.code) ?? UNKNOWN;
}

function waitOf(reply: Reply): number {
  // Tried again before the day is over: the wait holds up what is no order, too.
  if (reply.code === TOO_MANY_ORDERS && reply.status === 429) return Math.min(LIMIT_MS, reply.retryAfterMs || LIMIT_MS);
  if (reply.retryAfterMs > 0) return reply.retryAfterMs;
  if (reply.status === 403) return FIREWALL_MS;
  return reply.status === 418 ? BAN_MS : LIMIT_MS;
}
