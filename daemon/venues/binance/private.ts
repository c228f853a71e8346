// How Binance's private frames read: answers of the WebSocket API and events of the user data stream, as plain values with
// numbers kept as text. Remembers nothing; what is not of the documented form is null, never half a value. Never throws.

import { isJsonArray, isJsonObject, objectOf, objectsOf, parseJsonText, textOf } from '../../base/json-text.ts';
import type { JsonText, JsonTextObject } from '../../base/json-text.ts';
import { formatDecimal, parseDecimal } from '../../base/decimal.ts';
import { Liquidity, RejectReason, Side, VenueOrderStatus } from '../../event/kinds.ts';
import type { BalancesFact, FilledFact, OrderName } from '../../event/order-adapter.ts';

export interface RateLimit {
  /** REQUEST_WEIGHT, ORDERS. */
  readonly type: string;
  readonly intervalMs: number;
  readonly limit: number;
  readonly count: number;
}

/** An answer; status 0: the call never left. */
export interface Reply {
  readonly status: number;
  /** 0: no error. */
  readonly code: number;
  readonly message: string;
  readonly result: JsonText | undefined;
  /** What came with an error. */
  readonly data: JsonTextObject | undefined;
  readonly retryAfterMs: number;
}

type PrivateFrame =
  /** id -1: of no request (null), or not a number. */
  | { readonly kind: 'reply'; readonly id: number; readonly reply: Reply; readonly limits: readonly RateLimit[] }
  | { readonly kind: 'event'; readonly name: string; readonly event: JsonTextObject }
  | { readonly kind: 'unreadable' };

/** An order's state as `order.status`, `openOrders.status` and the answers of order entry give it. */
export interface OrderView {
  readonly symbol: string;
  readonly venueOrderId: string;
  readonly clientOrderId: string;
  readonly side: Side;
  readonly price: string;
  readonly quantity: string;
  readonly executed: string;
  /** Binance's own word. */
  readonly status: string;
  readonly time: bigint;
}

export interface ExecutionReport extends OrderView {
  /** Current execution type, `x`. */
  readonly execution: string;
  /** `C`: what the order was called before this report. */
  readonly formerClientOrderId: string;
  readonly rejectReason: string;
  readonly expiryReason: string;
  readonly lastPrice: string;
  readonly lastQuantity: string;
  readonly preventedQuantity: string;
  readonly fee: string;
  readonly feeCurrency: string;
  /** '-1': this report is of no trade. */
  readonly tradeId: string;
  readonly isMaker: boolean;
}

const UNSIGNED = /^\d{1,24}(\.\d{1,18})?$/;
const SIGNED = /^-?\d{1,24}(\.\d{1,18})?$/;
const INTEGER = /^-?\d{1,18}$/;
const NS_PER_MS = 1_000_000n;
const INTERVALS_MS: Readonly<Record<string, number>> = { SECOND: 1000, MINUTE: 60_000, HOUR: 3_600_000, DAY: 86_400_000 };

export function readFrame(text: string): PrivateFrame {
  const frame = parseJsonText(text);
  if (!isJsonObject(frame)) return { kind: 'unreadable' };
  const event = objectOf(frame, 'event');
  if (event !== undefined) return { kind: 'event', name: textOf(event, 'e'), event };
  const status = Number(textOf(frame, 'status'));
  if (!Number.isInteger(status) || status < 100) return { kind: 'unreadable' };
  const id = textOf(frame, 'id');
  const error = objectOf(frame, 'error');
  return {
    kind: 'reply', id: /^\d{1,15}$/.test(id) ? Number(id) : -1, limits: limitsOf(frame),
    reply: {
      status, code: error === undefined ? 0 : integerOf(error, 'code'), message: error === undefined ? '' : textOf(error, 'msg'),
      result: Object.hasOwn(frame, 'result') ? frame['result'] : undefined,
      data: error === undefined ? undefined : objectOf(error, 'data'), retryAfterMs: retryAfter(error),
    },
  };
}

function retryAfter(error: JsonTextObject | undefined): number {
  const data = error === undefined ? undefined : objectOf(error, 'data');
  if (data === undefined) return 0;
  return Math.max(0, integerOf(data, 'retryAfter') - integerOf(data, 'serverTime'));
}

function limitsOf(frame: JsonTextObject): RateLimit[] {
  return objectsOf(frame, 'rateLimits').flatMap((row) => {
    const unit = INTERVALS_MS[textOf(row, 'interval')] ?? 0;
    const limit = {
      type: textOf(row, 'rateLimitType'), intervalMs: unit * integerOf(row, 'intervalNum'),
      limit: integerOf(row, 'limit'), count: integerOf(row, 'count'),
    };
    return limit.intervalMs > 0 && limit.limit > 0 && limit.count >= 0 ? [limit] : [];
  });
}

/** 0 when it is no whole number that a double holds. */
function integerOf(object: JsonTextObject, key: string): number {
  const text = textOf(object, key);
  const value = INTEGER.test(text) ? Number(text) : 0;
  return Number.isSafeInteger(value) ? value : 0;
}

/** Milliseconds as Binance stamps them; 0: it did not say. */
export function timeOf(object: JsonTextObject, ...keys: readonly string[]): bigint {
  for (const key of keys) {
    const text = textOf(object, key);
    if (/^\d{1,15}$/.test(text)) return BigInt(text) * NS_PER_MS;
  }
  return 0n;
}

/** Result of `order.status` and its like; of an answer to order entry. Null: not one. */
export function readOrder(object: JsonTextObject): OrderView | null {
  const side = sideOf(textOf(object, 'side'));
  const view = {
    symbol: textOf(object, 'symbol'), venueOrderId: textOf(object, 'orderId'),
    clientOrderId: textOf(object, 'origClientOrderId') || textOf(object, 'clientOrderId'),
    price: textOf(object, 'price'), quantity: textOf(object, 'origQty') || textOf(object, 'qty'),
    executed: textOf(object, 'executedQty'), status: textOf(object, 'status'),
    time: timeOf(object, 'updateTime', 'transactTime', 'time'),
  };
  if (side === null || view.symbol === '' || !/^\d{1,19}$/.test(view.venueOrderId)) return null;
  return [view.price, view.quantity, view.executed].every((text) => UNSIGNED.test(text)) ? { ...view, side } : null;
}

export function readReport(event: JsonTextObject): ExecutionReport | null {
  const side = sideOf(textOf(event, 'S'));
  const report = {
    symbol: textOf(event, 's'), venueOrderId: textOf(event, 'i'), clientOrderId: textOf(event, 'c'),
    price: textOf(event, 'p'), quantity: textOf(event, 'q'), executed: textOf(event, 'z'), status: textOf(event, 'X'),
    time: timeOf(event, 'T', 'E'), execution: textOf(event, 'x'), formerClientOrderId: textOf(event, 'C'),
    rejectReason: textOf(event, 'r'), expiryReason: textOf(event, 'eR'), lastPrice: textOf(event, 'L'),
    lastQuantity: textOf(event, 'l'), preventedQuantity: textOf(event, 'A'), fee: textOf(event, 'n'),
    feeCurrency: textOf(event, 'N'), tradeId: textOf(event, 't'), isMaker: textOf(event, 'm') === 'true',
  };
  if (side === null || report.symbol === '' || !/^\d{1,19}$/.test(report.venueOrderId)) return null;
  const numbers = [report.price, report.quantity, report.executed, report.lastPrice, report.lastQuantity];
  if (!numbers.every((text) => UNSIGNED.test(text)) || !SIGNED.test(report.fee)) return null;
  return { ...report, side };
}

/** One execution of `myTrades`; `clientOrderId` is not in it. */
export function readTrade(row: JsonTextObject, clientOrderId: string): FilledFact | null {
  const isBuyer = textOf(row, 'isBuyer');
  const id = textOf(row, 'id');
  const fact = {
    symbol: textOf(row, 'symbol'), venueOrderId: textOf(row, 'orderId'), price: textOf(row, 'price'), quantity: textOf(row, 'qty'),
    fee: textOf(row, 'commission'), feeCurrency: textOf(row, 'commissionAsset'),
  };
  if (!/^\d{1,19}$/.test(id) || (isBuyer !== 'true' && isBuyer !== 'false') || fact.symbol === '') return null;
  if (!UNSIGNED.test(fact.price) || !UNSIGNED.test(fact.quantity) || !SIGNED.test(fact.fee)) return null;
  const side = isBuyer === 'true' ? Side.Buy : Side.Sell;
  return {
    what: 'filled', name: { clientOrderId, venueOrderId: fact.venueOrderId, symbol: fact.symbol }, eventTime: timeOf(row, 'time'),
    side, price: fact.price, quantity: fact.quantity,
    fees: feesOf(fact.fee, fact.feeCurrency), liquidity: textOf(row, 'isMaker') === 'true' ? Liquidity.Maker : Liquidity.Taker,
    executionId: executionId(fact.symbol, id, side),
  };
}

/**
 * A trade id is unique among the trades of its symbol, but a trade of the account with itself (mode NONE of self-trade
 * prevention) is two executions under one id: the side tells them apart.
 */
export function executionId(symbol: string, tradeId: string, side: Side): string {
  return `${symbol}:${tradeId}:${side === Side.Buy ? 'B' : 'S'}`;
}

/** Nothing is owed in no currency. */
export function feesOf(amount: string, currency: string): FilledFact['fees'] {
  return currency === '' && /^-?0*(\.0*)?$/.test(amount) ? [] : [{ currency, amount }];
}

/** Rows of an `account.status` result (asset, free, locked) or of an outboundAccountPosition (a, f, l). */
export function readBalances(rows: readonly JsonTextObject[], eventTime: bigint, isAsked: boolean): BalancesFact | null {
  const balances = rows.map((row) => {
    const currency = textOf(row, 'asset') || textOf(row, 'a');
    const available = textOf(row, 'free') || textOf(row, 'f');
    const total = sum(available, textOf(row, 'locked') || textOf(row, 'l'));
    return { currency, available, total };
  });
  const isWhole = balances.every(({ currency, total }) => currency !== '' && total !== '');
  return isWhole ? { what: 'balances', eventTime, isAsked, balances } : null;
}

/** Exact; '' when one of them is no amount. */
function sum(a: string, b: string): string {
  if (!SIGNED.test(a) || !SIGNED.test(b)) return '';
  const scale = Math.max(decimalsOf(a), decimalsOf(b));
  return formatDecimal(parseDecimal(a, scale) + parseDecimal(b, scale), scale);
}

function decimalsOf(text: string): number {
  const point = text.indexOf('.');
  return point < 0 ? 0 : text.length - point - 1;
}

export function nameOf(order: OrderView, clientOrderId: string): OrderName {
  return { clientOrderId, venueOrderId: order.venueOrderId, symbol: order.symbol };
}

const STATUSES: Readonly<Record<string, VenueOrderStatus>> = {
  NEW: VenueOrderStatus.Open, PENDING_NEW: VenueOrderStatus.Open, PARTIALLY_FILLED: VenueOrderStatus.Open,
  PENDING_CANCEL: VenueOrderStatus.Open, FILLED: VenueOrderStatus.Filled, CANCELED: VenueOrderStatus.Cancelled,
  REJECTED: VenueOrderStatus.Rejected, EXPIRED: VenueOrderStatus.Expired, EXPIRED_IN_MATCH: VenueOrderStatus.Expired,
};

/** Indeterminate: a word that no documentation lists. */
export function statusOf(word: string): VenueOrderStatus {
  return Object.hasOwn(STATUSES, word) ? STATUSES[word]! : VenueOrderStatus.Indeterminate;
}

const REJECT_REASONS: Readonly<Record<string, RejectReason>> = {
  INSUFFICIENT_BALANCES: RejectReason.InsufficientFunds, WOULD_MATCH_IMMEDIATELY: RejectReason.PostOnlyWouldCross,
};

export function rejectReasonOf(word: string): RejectReason {
  return Object.hasOwn(REJECT_REASONS, word) ? REJECT_REASONS[word]! : RejectReason.Other;
}

function sideOf(word: string): Side | null {
  if (word === 'BUY') return Side.Buy;
  return word === 'SELL' ? Side.Sell : null;
}

export function resultObject(reply: Reply): JsonTextObject | undefined {
  return isJsonObject(reply.result) ? reply.result : undefined;
}

/** The objects of a list result; null: it is no list of objects alone. */
export function resultRows(reply: Reply): readonly JsonTextObject[] | null {
  if (!isJsonArray(reply.result)) return null;
  const rows = reply.result.filter(isJsonObject);
  return rows.length === reply.result.length ? rows : null;
}
