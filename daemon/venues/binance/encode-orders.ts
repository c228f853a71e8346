// What tcx says to Binance's WebSocket API: one function per method, parameters as plain values, numbers as exact decimal
// text made from scaled integers. Pure: neither time nor signature is added here.

import { formatDecimal } from '../../base/decimal.ts';
import { OrderType, Side, TimeInForce } from '../../event/kinds.ts';
import type { KnownOrder } from '../../event/order-adapter.ts';
import type { Parameters, ParameterValue } from './sign.ts';

/** One call of the API, before it is stamped and signed. */
export interface Call {
  readonly method: string;
  readonly parameters: Parameters;
  /** SIGNED in the documentation: needs `timestamp`, `recvWindow` and a session or a signature. */
  readonly isSigned: boolean;
  /** REQUEST_WEIGHT that Binance counts for it. */
  readonly weight: number;
  /** How many it adds to the count of unfilled orders. */
  readonly orders: number;
  /** Leaves what is kept for cancels to more urgent ones. */
  readonly isSparing?: boolean;
}

/** Most rows one answer of `myTrades` carries. */
export const TRADES_MAX = 1000;

/** The id Binance is told to give an order we cancel. Ours still, and found again by `order.status`. */
const CANCELLED_SUFFIX = '.x';

export function cancelledId(clientOrderId: string): string {
  return `${clientOrderId}${CANCELLED_SUFFIX}`;
}

/** The id an order had before we cancelled it. */
export function originalId(clientOrderId: string): string {
  return clientOrderId.endsWith(CANCELLED_SUFFIX) ? clientOrderId.slice(0, -CANCELLED_SUFFIX.length) : clientOrderId;
}

export function callText(id: number, method: string, parameters: Parameters): string {
  const fields = Object.entries(parameters).map(([name, value]) => `${JSON.stringify(name)}:${valueText(value)}`);
  const body = fields.length === 0 ? '' : `,"params":{${fields.join(',')}}`;
  return `{"id":${id},"method":${JSON.stringify(method)}${body}}`;
}

function valueText(value: ParameterValue): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

export function serverTime(): Call {
  return { method: 'time', parameters: {}, isSigned: false, weight: 1, orders: 0 };
}

export function logOn(): Call {
  return query('session.logon', 2, {});
}

/** On a session that has logged on. */
export function subscribe(): Call {
  return { method: 'userDataStream.subscribe', parameters: {}, isSigned: false, weight: 2, orders: 0 };
}

export function subscribeSigned(): Call {
  return query('userDataStream.subscribe.signature', 2, {});
}

/** ACK: the stream tells the rest, and in the order in which it happened. */
export function place(order: KnownOrder): Call {
  const parameters = {
    symbol: order.instrument.symbol, ...terms(order, order.price, order.quantity),
    newClientOrderId: order.clientOrderId, newOrderRespType: 'ACK',
  };
  return { method: 'order.place', parameters, isSigned: true, weight: 1, orders: 1 };
}

/** A new order in the place of `order`. `onlyUntouched`: refused when anything of it was executed. */
export function cancelReplace(
  order: KnownOrder, next: { clientOrderId: string; price: number; quantity: number; onlyUntouched: boolean },
): Call {
  const parameters = {
    symbol: order.instrument.symbol, cancelReplaceMode: 'STOP_ON_FAILURE', cancelOrigClientOrderId: order.clientOrderId,
    cancelNewClientOrderId: cancelledId(order.clientOrderId), ...terms(order, next.price, next.quantity),
    newClientOrderId: next.clientOrderId, newOrderRespType: 'ACK',
    ...(next.onlyUntouched ? { cancelRestrictions: 'ONLY_NEW' } : {}),
  };
  return { method: 'order.cancelReplace', parameters, isSigned: true, weight: 1, orders: 1 };
}

/** `quantity`: what this generation shall be in all, its executions included. */
export function amend(symbol: string, clientOrderId: string, quantity: string): Call {
  const parameters = { symbol, origClientOrderId: clientOrderId, newClientOrderId: clientOrderId, newQty: quantity };
  return { method: 'order.amend.keepPriority', parameters, isSigned: true, weight: 4, orders: 0 };
}

export function cancel(symbol: string, clientOrderId: string): Call {
  return query('order.cancel', 1, {
    symbol, origClientOrderId: clientOrderId, newClientOrderId: cancelledId(clientOrderId),
  });
}

/** One of many that another call will end all the same. */
export function cancelSparingly(symbol: string, clientOrderId: string): Call {
  return { ...cancel(symbol, clientOrderId), isSparing: true };
}

export function cancelAll(symbol: string): Call {
  return query('openOrders.cancelAll', 1, { symbol });
}

export function statusByClientId(symbol: string, clientOrderId: string): Call {
  return query('order.status', 4, { symbol, origClientOrderId: clientOrderId });
}

export function statusByVenueId(symbol: string, orderId: bigint): Call {
  return query('order.status', 4, { symbol, orderId });
}

/** '': of all symbols. */
export function openOrders(symbol: string): Call {
  return symbol === '' ? query('openOrders.status', 80, {}) : query('openOrders.status', 6, { symbol });
}

/** Executed in [startTime, endTime], ms; at most 24 hours. */
export function tradesBetween(symbol: string, startTime: number, endTime: number): Call {
  return query('myTrades', 20, { symbol, startTime, endTime, limit: TRADES_MAX });
}

export function tradesFrom(symbol: string, fromId: bigint): Call {
  return query('myTrades', 20, { symbol, fromId, limit: TRADES_MAX });
}

export function tradesOfOrder(symbol: string, orderId: bigint, fromId: bigint): Call {
  return query('myTrades', 5, { symbol, orderId, ...(fromId > 0n ? { fromId } : {}), limit: TRADES_MAX });
}

export function account(): Call {
  return query('account.status', 20, { omitZeroBalances: false });
}

function query(method: string, weight: number, parameters: Parameters): Call {
  return { method, parameters, isSigned: true, weight, orders: 0 };
}

function terms(order: KnownOrder, price: number, quantity: number): Parameters {
  const { priceScale, quantityScale } = order.instrument;
  const size = { side: order.side === Side.Buy ? 'BUY' : 'SELL', quantity: formatDecimal(quantity, quantityScale) };
  if (order.type === OrderType.Market) return { ...size, type: 'MARKET' };
  const limit = { ...size, price: formatDecimal(price, priceScale) };
  if (order.timeInForce === TimeInForce.PostOnly) return { ...limit, type: 'LIMIT_MAKER' };
  return { ...limit, type: 'LIMIT', timeInForce: TIME_IN_FORCE[order.timeInForce] };
}

const TIME_IN_FORCE = {
  [TimeInForce.GoodTillCancel]: 'GTC', [TimeInForce.ImmediateOrCancel]: 'IOC', [TimeInForce.FillOrKill]: 'FOK',
} as const;
