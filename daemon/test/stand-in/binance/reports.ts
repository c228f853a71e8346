// Binance's private messages and the views of an order in its answers. Text only.

import { formatDecimal } from '../../../base/decimal.ts';
import { CancelReason, Liquidity, OrderType, Side, TimeInForce } from '../../../event/kinds.ts';
import { CURRENCY_SCALE } from '../engine.ts';
import type { Json, JsonObject } from '../json.ts';
import type { EngineReport, OrderRecord, TradeRecord } from '../orders.ts';
import type { StandInInstrument } from '../settings.ts';
import { milliseconds, orderIdOf, price, quantity, tradeIdOf } from './wire.ts';

type Order = Readonly<OrderRecord>;

/** What the engine does not know of a report. */
interface ReportContext {
  readonly definition: StandInInstrument;
  readonly now: number;
  /** The name the report is sent under; C then has the order's own. */
  readonly requestName: string | undefined;
  readonly rejection: string | undefined;
}

export function executionReport(report: EngineReport, context: ReportContext): JsonObject {
  const { order, trade } = report;
  const { definition, now, requestName } = context;
  const [type, status] = typeAndStatus(report);
  const renamed = requestName !== undefined;
  const prevented = type === 'TRADE_PREVENTION';
  return {
    e: 'executionReport', E: now, s: order.symbol, c: requestName ?? order.clientOrderId, S: sideOf(order.side),
    o: typeOf(order), f: timeInForceOf(order), q: quantity(order.quantity, definition), p: price(order.price, definition),
    P: price(0, definition), F: quantity(0, definition), g: -1, C: renamed ? order.clientOrderId : '', x: type, X: status,
    r: context.rejection ?? 'NONE', i: orderIdOf(order.number), l: quantity(trade?.quantity ?? 0, definition),
    z: quantity(order.filled, definition),
    L: price(trade?.price ?? 0, definition), n: trade === null ? '0' : money(trade.fee), N: trade?.feeCurrency ?? null,
    T: milliseconds(order.updatedAt), t: trade === null ? -1 : tradeIdOf(trade.tradeId), v: prevented ? 1 : undefined,
    A: prevented ? quantity(order.quantity - order.filled, definition) : undefined,
    B: prevented ? quantity(order.quantity - order.filled, definition) : undefined, I: 8_641_984 + report.sequence,
    w: order.status === 'open', m: trade?.liquidity === Liquidity.Maker, M: false, O: milliseconds(order.createdAt),
    Z: money(order.cost), Y: money(trade?.cost ?? 0n), Q: money(0n),
    W: type === 'REJECTED' ? undefined : milliseconds(order.createdAt), V: 'NONE',
  };
}

/** x and X. */
function typeAndStatus({ what, order }: EngineReport): readonly [string, string] {
  switch (what) {
    case 'accepted': return ['NEW', 'NEW'];
    case 'trade': return ['TRADE', order.filled === order.quantity ? 'FILLED' : 'PARTIALLY_FILLED'];
    case 'replaced': return ['REPLACED', order.filled > 0 ? 'PARTIALLY_FILLED' : 'NEW'];
    case 'refused': return ['REJECTED', 'REJECTED'];
    case 'done': return order.cancelReason === CancelReason.Requested ? ['CANCELED', 'CANCELED']
      : order.cancelReason === CancelReason.Venue ? ['TRADE_PREVENTION', 'EXPIRED_IN_MATCH'] : ['EXPIRED', 'EXPIRED'];
  }
}

export function accountPosition(report: EngineReport, now: number): JsonObject {
  return {
    e: 'outboundAccountPosition', E: now, u: milliseconds(report.order.updatedAt),
    B: report.balances.map(({ currency, total, available }) => ({ a: currency, f: money(available), l: money(total - available) })),
  };
}

/** The order in answers to order.place, as RESULT; FULL has its fills besides. */
export function placedView(order: Order, definition: StandInInstrument, form: 'ACK' | 'RESULT' | 'FULL'): JsonObject {
  const known = {
    symbol: order.symbol, orderId: orderIdOf(order.number), orderListId: -1, clientOrderId: order.clientOrderId,
    transactTime: milliseconds(order.createdAt),
  };
  if (form === 'ACK') return known;
  return {
    ...known, ...totals(order, definition), workingTime: milliseconds(order.createdAt),
    fills: form === 'FULL' ? order.trades.map((trade): Json => ({
      price: price(trade.price, definition), qty: quantity(trade.quantity, definition), commission: money(trade.fee),
      commissionAsset: trade.feeCurrency, tradeId: tradeIdOf(trade.tradeId),
    })) : undefined,
    selfTradePreventionMode: 'NONE',
  };
}

/** The order in answers to a cancel; `former`: its own client id, `requestName`: the cancel's. */
export function cancelledView(
  order: Order, definition: StandInInstrument, { former, requestName }: { former: string; requestName: string },
): JsonObject {
  return {
    symbol: order.symbol, origClientOrderId: former, orderId: orderIdOf(order.number), orderListId: -1,
    clientOrderId: requestName, transactTime: milliseconds(order.updatedAt), ...totals(order, definition),
    selfTradePreventionMode: 'NONE',
  };
}

/** The order in answers to queries. */
export function statusView(order: Order, definition: StandInInstrument): JsonObject {
  return {
    symbol: order.symbol, orderId: orderIdOf(order.number), orderListId: -1, clientOrderId: order.clientOrderId,
    ...totals(order, definition), stopPrice: price(0, definition), icebergQty: quantity(0, definition),
    time: milliseconds(order.createdAt), updateTime: milliseconds(order.updatedAt), isWorking: true,
    workingTime: milliseconds(order.createdAt), selfTradePreventionMode: 'NONE',
  };
}

export function amendedView(order: Order, definition: StandInInstrument, before: string): JsonObject {
  return {
    symbol: order.symbol, orderId: orderIdOf(order.number), orderListId: -1, origClientOrderId: before,
    clientOrderId: order.clientOrderId, price: price(order.price, definition), qty: quantity(order.quantity, definition),
    executedQty: quantity(order.filled, definition), preventedQty: quantity(0, definition), quoteOrderQty: money(0n),
    cumulativeQuoteQty: money(order.cost), status: statusOf(order), timeInForce: timeInForceOf(order), type: typeOf(order),
    side: sideOf(order.side), workingTime: milliseconds(order.createdAt), selfTradePreventionMode: 'NONE',
  };
}

export function tradeView(trade: TradeRecord, definition: StandInInstrument): JsonObject {
  return {
    symbol: trade.symbol, id: tradeIdOf(trade.tradeId), orderId: orderIdOf(trade.orderNumber), orderListId: -1,
    price: price(trade.price, definition), qty: quantity(trade.quantity, definition), quoteQty: money(trade.cost),
    commission: money(trade.fee), commissionAsset: trade.feeCurrency, time: milliseconds(trade.time),
    isBuyer: trade.side === Side.Buy, isMaker: trade.liquidity === Liquidity.Maker, isBestMatch: true,
  };
}

function totals(order: Order, definition: StandInInstrument): JsonObject {
  return {
    price: price(order.price, definition), origQty: quantity(order.quantity, definition),
    executedQty: quantity(order.filled, definition), origQuoteOrderQty: money(0n), cummulativeQuoteQty: money(order.cost),
    status: statusOf(order), timeInForce: timeInForceOf(order), type: typeOf(order), side: sideOf(order.side),
  };
}

function statusOf(order: Order): string {
  switch (order.status) {
    case 'open': return order.filled > 0 ? 'PARTIALLY_FILLED' : 'NEW';
    case 'filled': return 'FILLED';
    case 'canceled': return order.cancelReason === CancelReason.Venue ? 'EXPIRED_IN_MATCH' : 'CANCELED';
    case 'expired': return 'EXPIRED';
    case 'rejected': return 'REJECTED';
  }
}

function typeOf(order: Order): string {
  return order.type === OrderType.Market ? 'MARKET' : order.timeInForce === TimeInForce.PostOnly ? 'LIMIT_MAKER' : 'LIMIT';
}

function timeInForceOf(order: Order): string {
  if (order.type === OrderType.Market) return 'GTC';
  return order.timeInForce === TimeInForce.ImmediateOrCancel ? 'IOC' : order.timeInForce === TimeInForce.FillOrKill ? 'FOK' : 'GTC';
}

function sideOf(side: Side): string {
  return side === Side.Buy ? 'BUY' : 'SELL';
}

export function money(units: bigint): string {
  return formatDecimal(units, CURRENCY_SCALE);
}
