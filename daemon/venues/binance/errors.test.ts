// One table of Binance's error codes: each code of the official page is classified as its words there say, the unlisted are
// Ambiguous, and a 5xx is never a refusal.

import { describe, expect, test } from 'vitest';
import { RejectReason } from '../../event/kinds.ts';
import { AnswerClass } from '../../event/order-adapter.ts';
import { classify, classifyCode, isUnknownOrder } from './errors.ts';
import { readFrame, type Reply } from './private.ts';

const { Done, Rejected, Ambiguous, RateLimited, Fatal } = AnswerClass;
const { Other, InsufficientFunds, PostOnlyWouldCross, UnknownInstrument, InvalidPrice, InvalidQuantity, UnknownOrder,
  DuplicateOrder, VenueUnavailable, OrderTerminal, NotTransmitted } = RejectReason;
const LIMITED = RejectReason.RateLimited;

function reply(status: number, code: number, message = '', retryAfterMs = 0): Reply {
  return { status, code, message, result: undefined, data: undefined, retryAfterMs };
}

const PLAIN_REFUSALS = [
  -1014, -1020, -1100, -1101, -1102, -1103, -1104, -1105, -1106, -1108, -1112, -1114, -1115, -1116, -1117, -1118, -1119, -1120, -1122,
  -1125, -1127, -1128, -1134, -1135, -1139, -1145, -1151, -1152, -1153, -1155, -1158, -1160, -1161, -1165, -1166, -1168, -1182, -1191,
  -1194, -1196, -1197, -1198, -1199, -1210, -1211, -1220, -1221, -1222, -1223, -1224, -1225, -2035, -2036, -2042, -2043,
];
/** Of FIX sessions alone: never seen here. */
const FIX_CODES = [
  -1033, -1035, -1169, -1170, -1171, -1172, -1173, -1174, -1175, -1176, -1177, -1178, -1179, -1180, -1181, -1183, -1184, -1185,
  -1186, -1187, -1188, -1189, -1190,
];

describe('codes', () => {
  test.each(PLAIN_REFUSALS)('%i is a refusal of the request', (code) => {
    expect(classifyCode(code, 'words')).toEqual({ class: Rejected, reason: Other, message: `${code} words`, retryAfterMs: 0 });
  });

  test.each([...FIX_CODES, -1, -9999, -3000, 0, 1])('%i stands in no table: Ambiguous', (code) => {
    expect(classifyCode(code, 'words').class).toBe(Ambiguous);
  });

  test.each<[number, AnswerClass, RejectReason]>([
    [-1000, Ambiguous, Other], [-1001, Ambiguous, Other], [-1002, Fatal, Other], [-1003, RateLimited, LIMITED],
    [-1006, Ambiguous, Other], [-1007, Ambiguous, Other], [-1008, Ambiguous, Other], [-1010, Ambiguous, Other],
    [-1013, Rejected, Other], [-1015, RateLimited, LIMITED], [-1016, Rejected, VenueUnavailable],
    [-1021, Rejected, VenueUnavailable], [-1022, Fatal, Other], [-1034, RateLimited, LIMITED], [-1111, Rejected, Other],
    [-1121, Rejected, UnknownInstrument], [-1130, Rejected, Other], [-2010, Rejected, Other], [-2011, Rejected, Other],
    [-2013, Rejected, UnknownOrder], [-2014, Fatal, Other], [-2015, Fatal, Other], [-2016, Rejected, VenueUnavailable],
    [-2021, Ambiguous, Other], [-2022, Ambiguous, Other], [-2026, Rejected, OrderTerminal], [-2038, Rejected, Other],
    [-2039, Rejected, UnknownOrder],
  ])('%i', (code, answerClass, reason) => {
    expect(classifyCode(code, 'other words')).toMatchObject({ class: answerClass, reason });
  });
});

describe('words', () => {
  test.each<[number, string, AnswerClass, RejectReason]>([
    [-2010, 'Account has insufficient balance for requested action.', Rejected, InsufficientFunds],
    [-2010, 'Order would immediately match and take.', Rejected, PostOnlyWouldCross],
    [-2010, 'Duplicate order sent.', Ambiguous, DuplicateOrder],
    [-2010, 'Market is closed.', Rejected, VenueUnavailable],
    [-2010, 'Market orders are not supported for this symbol.', Rejected, Other],
    [-2010, 'Price * QTY is zero or less.', Rejected, InvalidQuantity],
    [-2010, 'IcebergQty exceeds QTY.', Rejected, InvalidQuantity],
    [-2010, 'This action is disabled on this account.', Fatal, Other],
    [-2010, 'This account may not place or cancel orders.', Fatal, Other],
    [-2010, 'Unsupported order combination', Rejected, Other],
    [-2010, 'Order would trigger immediately.', Rejected, Other],
    [-2010, 'This symbol is not permitted for this account.', Rejected, UnknownInstrument],
    [-2010, 'This symbol is restricted for this account.', Rejected, UnknownInstrument],
    [-2010, 'WebSocket API trading is not enabled.', Fatal, Other],
    [-2010, 'Order book liquidity is less than `LOT_SIZE` filter minimum quantity.', Rejected, Other],
    [-2010, 'Order cancel-replace is not supported for this symbol.', Rejected, Other],
    [-2011, 'Unknown order sent.', Rejected, UnknownOrder],
    [-2011, 'Order was not canceled due to cancel restrictions.', Rejected, Other],
    [-2011, 'Cancel order is invalid. Check origClOrdId and orderId.', Rejected, Other],
    [-2038, 'Order amend (quantity increase) is not supported.', Rejected, InvalidQuantity],
    [-2038, 'The requested action would change no state; rejecting.', Rejected, Other],
    [-2038, 'Unknown order sent.', Rejected, UnknownOrder],
    [-1010, 'Account has insufficient balance for requested action.', Rejected, InsufficientFunds],
    [-1010, 'Words nobody wrote down.', Ambiguous, Other],
    [-1013, 'Filter failure: PRICE_FILTER', Rejected, InvalidPrice],
    [-1013, 'Filter failure: PERCENT_PRICE', Rejected, InvalidPrice],
    [-1013, 'Filter failure: PERCENT_PRICE_BY_SIDE', Rejected, InvalidPrice],
    [-1013, 'Filter failure: LOT_SIZE', Rejected, InvalidQuantity],
    [-1013, 'Filter failure: MARKET_LOT_SIZE', Rejected, InvalidQuantity],
    [-1013, 'Filter failure: MIN_NOTIONAL', Rejected, InvalidQuantity],
    [-1013, 'Filter failure: NOTIONAL', Rejected, InvalidQuantity],
    [-1013, 'Filter failure: MAX_POSITION', Rejected, Other],
    [-1013, 'Filter failure: MAX_NUM_ORDERS', Rejected, Other],
    [-1013, 'Filter failure: MAX_NUM_ORDER_AMENDS', Rejected, Other],
    [-1013, 'Filter failure: EXCHANGE_MAX_NUM_ORDERS', Rejected, Other],
    [-1111, "Parameter 'price' has too much precision.", Rejected, InvalidPrice],
    [-1111, "Parameter 'quantity' has too much precision.", Rejected, InvalidQuantity],
    [-1130, "Data sent for parameter 'newQty' is not valid.", Rejected, InvalidQuantity],
    // Words count only with the codes that carry them.
    [-1000, 'Unknown order sent.', Ambiguous, Other],
  ])('%i %s', (code, words, answerClass, reason) => {
    expect(classifyCode(code, words)).toMatchObject({ class: answerClass, reason, message: `${code} ${words}` });
  });
});

describe('status', () => {
  test('200 is done; a call that never left was refused by nobody but us', () => {
    expect(classify(reply(200, 0)).class).toBe(Done);
    expect(classify(reply(0, 0))).toMatchObject({ class: Rejected, reason: NotTransmitted });
  });

  test.each([500, 502, 503, 504, 599])('%i is Ambiguous, whatever the code', (status) => {
    for (const code of [-2010, -1013, -1021, -1003, -2015, 0]) {
      expect(classify(reply(status, code, 'Order would immediately match and take.')).class).toBe(Ambiguous);
    }
  });

  test.each<[number, number, number]>([[429, 0, 10_000], [418, 0, 120_000], [403, 0, 60_000], [429, 700, 700], [418, 90_000, 90_000]])(
    '%i with a wait of %i: nothing for %i ms', (status, told, wait) => {
      expect(classify(reply(status, -1015, 'words', told)))
        .toEqual({ class: RateLimited, reason: LIMITED, message: '-1015 words', retryAfterMs: wait });
    },
  );

  test.each([400, 401, 404, 409])('%i without a code is Ambiguous', (status) => {
    expect(classify(reply(status, 0))).toMatchObject({ class: Ambiguous, message: `status ${status}` });
  });

  test('the wait is the difference of the two times in the answer', () => {
    const frame = readFrame('{"id":1,"status":418,"error":{"code":-1003,"msg":"banned","data":{"serverTime":1659142907531,'
      + '"retryAfter":1659146400000}}}');
    expect(frame.kind === 'reply' && classify(frame.reply)).toMatchObject({ class: RateLimited, retryAfterMs: 3_492_469 });
  });

  test('"no such order" is recognised by code and words, and never in a 5xx', () => {
    expect(isUnknownOrder(reply(400, -2013))).toBe(true);
    expect(isUnknownOrder(reply(400, -2011, 'Unknown order sent.'))).toBe(true);
    expect(isUnknownOrder(reply(400, -2011, 'Order was not canceled due to cancel restrictions.'))).toBe(false);
    expect(isUnknownOrder(reply(503, -2013))).toBe(false);
    expect(isUnknownOrder(reply(200, 0))).toBe(false);
  });
});
