// Kraken's private messages: entries of the executions and balances channels from what the engine reports. Text only.

import { CancelReason, Liquidity, OrderType, Side, TimeInForce } from '../../../event/kinds.ts';
import { rfc3339 } from '../clock.ts';
import { CURRENCY_SCALE } from '../engine.ts';
import { type Json, type JsonObject, numberOf, NumberText } from '../json.ts';
import type { EngineReport, OrderRecord, TradeRecord } from '../orders.ts';
import type { StandInInstrument } from '../settings.ts';
import { amount, identifier, money, price, quantity } from './wire.ts';

/** What an order was asked for besides what the engine keeps. */
export interface KrakenOrder {
  readonly userReference: NumberText | undefined;
  readonly isPostOnly: boolean;
}

export interface Naming {
  readonly seed: number;
  definitionOf(symbol: string): StandInInstrument;
  /** Of an order's number. */
  extra(number: number): KrakenOrder;
}

const STATUS = { open: 'new', filled: 'filled', canceled: 'canceled', expired: 'expired', rejected: 'canceled' } as const;

/** The states the order went through, in Kraken's words: one entry each. */
export function executionsOf(report: EngineReport, naming: Naming): JsonObject[] {
  const { order, trade } = report;
  switch (report.what) {
    case 'accepted': return [pendingNew(order, naming), brief(order, naming, 'new', 'new')];
    case 'replaced': return [amended(order, naming)];
    case 'trade': return trade === null ? [] : order.status === 'filled'
      ? [tradeEntry(order, trade, naming, 'partially_filled'), ended(order, naming, 'filled')]
      : [tradeEntry(order, trade, naming, 'partially_filled')];
    case 'refused': return [pendingNew(order, naming), ended(order, naming, 'canceled')];
    case 'done': return [ended(order, naming, endOf(order))];
  }
}

/** Market and immediate orders end as canceled with what is left of them: Kraken has `expired` for good-till-date only. */
function endOf(order: Readonly<OrderRecord>): 'canceled' | 'expired' {
  return order.status === 'expired' && !isImmediate(order) ? 'expired' : 'canceled';
}

function isImmediate({ timeInForce }: Readonly<OrderRecord>): boolean {
  return timeInForce === TimeInForce.ImmediateOrCancel || timeInForce === TimeInForce.FillOrKill;
}

/** An order as the snapshot of open orders has it. */
export function openOrderEntry(order: Readonly<OrderRecord>, naming: Naming): JsonObject {
  const definition = naming.definitionOf(order.symbol);
  return {
    ...described(order, naming), cum_qty: quantity(order.filled, definition), cum_cost: money(order.cost),
    avg_price: averagePrice(order, definition), exec_type: order.filled > 0 ? 'trade' : 'new', order_status: statusOf(order),
    fee_usd_equiv: money(0n), fee_ccy_pref: 'fciq', timestamp: rfc3339(order.updatedAt), amended: order.amended ? true : undefined,
  };
}

/** `status`: Kraken says partially_filled even of the last fill; `filled` follows on its own. */
export function tradeEntry(
  order: Readonly<OrderRecord>, trade: TradeRecord, naming: Naming, status: 'partially_filled' | 'filled',
): JsonObject {
  const definition = naming.definitionOf(trade.symbol);
  return {
    ...named(order, naming), exec_id: identifier('T', naming.seed, trade.number), exec_type: 'trade', trade_id: trade.tradeId,
    symbol: trade.symbol, side: sideOf(trade.side), last_qty: quantity(trade.quantity, definition),
    last_price: price(trade.price, definition), liquidity_ind: trade.liquidity === Liquidity.Maker ? 'm' : 't',
    cost: money(trade.cost), order_type: typeOf(order.type), timestamp: rfc3339(trade.time), order_status: status,
    cum_qty: quantity(order.filled, definition), cum_cost: money(order.cost), avg_price: averagePrice(order, definition),
    fee_usd_equiv: money(trade.fee), fees: [{ asset: trade.feeCurrency, qty: amount(trade.fee) }],
  };
}

function pendingNew(order: Readonly<OrderRecord>, naming: Naming): JsonObject {
  return {
    ...described(order, naming), cum_cost: money(0n), exec_type: 'pending_new', order_status: 'pending_new',
    fee_usd_equiv: money(0n), fee_ccy_pref: 'fciq', timestamp: rfc3339(order.createdAt),
  };
}

function amended(order: Readonly<OrderRecord>, naming: Naming): JsonObject {
  const definition = naming.definitionOf(order.symbol);
  return {
    timestamp: rfc3339(order.updatedAt), exec_type: 'amended', order_status: statusOf(order),
    cum_qty: quantity(order.filled, definition), reason: 'User requested', amended: true,
    order_qty: quantity(order.quantity, definition), limit_price: price(order.price, definition), limit_price_type: 'static',
    ...named(order, naming),
  };
}

function ended(order: Readonly<OrderRecord>, naming: Naming, end: 'filled' | 'canceled' | 'expired'): JsonObject {
  const definition = naming.definitionOf(order.symbol);
  const reason = end === 'filled' ? undefined : endReason(order, naming);
  return {
    timestamp: rfc3339(order.updatedAt), order_status: end, exec_type: end, cum_qty: quantity(order.filled, definition),
    cum_cost: money(order.cost), fee_usd_equiv: money([...order.fees.values()].reduce((sum, fee) => sum + fee, 0n)),
    avg_price: averagePrice(order, definition), ...named(order, naming), cancel_reason: reason, reason,
  };
}

function endReason(order: Readonly<OrderRecord>, naming: Naming): string {
  if (naming.extra(order.number).isPostOnly && order.cancelReason === CancelReason.Venue) return 'Post only order';
  if (order.cancelReason === CancelReason.Expired) return 'IOC order: remaining quantity canceled';
  return order.cancelReason === CancelReason.Venue ? 'Self trade prevention' : 'User requested';
}

function brief(order: Readonly<OrderRecord>, naming: Naming, type: string, status: string): JsonObject {
  return { timestamp: rfc3339(order.createdAt), order_status: status, exec_type: type, ...named(order, naming) };
}

function described(order: Readonly<OrderRecord>, naming: Naming): JsonObject {
  const definition = naming.definitionOf(order.symbol);
  const isMarket = order.type === OrderType.Market;
  return {
    ...named(order, naming), symbol: order.symbol, order_qty: quantity(order.quantity, definition),
    time_in_force: order.timeInForce === TimeInForce.FillOrKill ? 'FOK' : isImmediate(order) ? 'IOC' : 'GTC', side: sideOf(order.side),
    order_type: typeOf(order.type), limit_price_type: isMarket ? undefined : 'static',
    limit_price: isMarket ? undefined : price(order.price, definition), stop_price: price(0, definition),
    post_only: naming.extra(order.number).isPostOnly ? true : undefined,
  };
}

function named(order: Readonly<OrderRecord>, naming: Naming): JsonObject {
  return {
    order_id: identifier('O', naming.seed, order.number),
    cl_ord_id: order.clientOrderId === '' ? undefined : order.clientOrderId,
    order_userref: naming.extra(order.number).userReference,
  };
}

function statusOf(order: Readonly<OrderRecord>): string {
  return order.status === 'open' && order.filled > 0 ? 'partially_filled' : STATUS[order.status];
}

export function averagePrice(order: Readonly<OrderRecord>, definition: StandInInstrument): NumberText {
  if (order.filled === 0) return price(0, definition);
  const { quantityDecimals, priceDecimals } = definition;
  const shift = CURRENCY_SCALE - priceDecimals - quantityDecimals;
  const units = shift >= 0 ? order.cost / 10n ** BigInt(shift) : order.cost * 10n ** BigInt(-shift);
  return numberOf(units / BigInt(order.filled), priceDecimals);
}

export function sideOf(side: Side): string {
  return side === Side.Buy ? 'buy' : 'sell';
}

export function typeOf(type: OrderType): string {
  return type === OrderType.Market ? 'market' : 'limit';
}

/** Ledger entries of one trade: base, then quote. `ledger`: counts them. */
export function balanceEntries(report: EngineReport, naming: Naming, ledger: () => number): Json[] {
  const { trade } = report;
  if (trade === null) return [];
  const { base, quantityDecimals } = naming.definitionOf(trade.symbol);
  const size = BigInt(trade.quantity) * 10n ** BigInt(CURRENCY_SCALE - quantityDecimals);
  const bought = trade.side === Side.Buy;
  return report.balances.map(({ currency, total }): Json => {
    const moved = currency === base ? (bought ? size : -size) : bought ? -trade.cost : trade.cost;
    return {
      ledger_id: identifier('L', naming.seed, ledger()), ref_id: identifier('T', naming.seed, trade.number),
      timestamp: rfc3339(trade.time), type: 'trade', asset: currency, asset_class: 'currency', category: 'trade',
      wallet_type: 'spot', wallet_id: 'main', amount: amount(moved),
      fee: amount(currency === trade.feeCurrency ? trade.fee : 0n), balance: amount(total),
    };
  });
}
