// The Venue's truth in the terms a test compares a client's with: executions, positions, open orders, balances, requests. Reads
// only.

import { formatDecimal } from '../../base/decimal.ts';
import { Liquidity, Side } from '../../event/kinds.ts';
import { CURRENCY_SCALE } from './engine.ts';
import type { StruckFault } from './faults.ts';
import type { World } from './world.ts';

/** Amounts are decimal text. */
export interface Audit {
  readonly executions: readonly AuditedExecution[];
  /** Executed and not told on any stream or in any answer. */
  readonly untold: readonly number[];
  readonly openOrders: readonly AuditedOrder[];
  readonly orders: readonly AuditedOrder[];
  /** Net quantity by symbol. */
  readonly positions: Readonly<Record<string, string>>;
  readonly balances: Readonly<Record<string, { total: string; available: string }>>;
  /** Methods by client or Venue order id, in the order in which they were received. */
  readonly requests: Readonly<Record<string, readonly string[]>>;
  readonly struck: readonly StruckFault[];
}

export interface AuditedExecution {
  readonly number: number;
  readonly tradeId: number;
  /** The name it was placed under. */
  readonly clientOrderId: string;
  readonly orderNumber: number;
  readonly symbol: string;
  readonly side: 'buy' | 'sell';
  readonly price: string;
  readonly quantity: string;
  readonly fee: string;
  readonly feeCurrency: string;
  readonly liquidity: 'maker' | 'taker';
  readonly told: number;
}

interface AuditedOrder {
  readonly clientOrderId: string;
  readonly orderNumber: number;
  readonly symbol: string;
  readonly side: 'buy' | 'sell';
  readonly status: string;
  readonly price: string;
  readonly quantity: string;
  readonly filled: string;
}

export function auditOf(world: World): Audit {
  const { engine, log, plan } = world;
  const executions = engine.trades.map((trade): AuditedExecution => {
    const { definition } = engine.marketOf(trade.symbol);
    return {
      number: trade.number, tradeId: trade.tradeId, clientOrderId: engine.orders.get(trade.orderNumber)?.firstName ?? '',
      orderNumber: trade.orderNumber, symbol: trade.symbol, side: sideName(trade.side),
      price: formatDecimal(trade.price, definition.priceDecimals),
      quantity: formatDecimal(trade.quantity, definition.quantityDecimals), fee: formatDecimal(trade.fee, CURRENCY_SCALE),
      feeCurrency: trade.feeCurrency, liquidity: trade.liquidity === Liquidity.Maker ? 'maker' : 'taker',
      told: world.told.get(trade.number) ?? 0,
    };
  });
  const orders = [...engine.orders.values()].map((order): AuditedOrder => {
    const { definition } = engine.marketOf(order.symbol);
    const quantity = (value: number): string => formatDecimal(value, definition.quantityDecimals);
    return {
      clientOrderId: order.firstName, orderNumber: order.number, symbol: order.symbol, side: sideName(order.side),
      status: order.status, price: formatDecimal(order.price, definition.priceDecimals), quantity: quantity(order.quantity),
      filled: quantity(order.filled),
    };
  });
  const positions = Object.fromEntries([...engine.markets.values()].map(({ definition, market }) => {
    return [definition.symbol, formatDecimal(engine.exchange.accounts.position(market.symbol), definition.quantityDecimals)];
  }));
  const balances = Object.fromEntries(engine.currencyNames().map((name) => {
    const { total, available } = engine.balanceOf(name);
    return [name, { total: formatDecimal(total, CURRENCY_SCALE), available: formatDecimal(available, CURRENCY_SCALE) }];
  }));
  return {
    executions, untold: executions.filter((each) => each.told === 0).map((each) => each.number), orders,
    openOrders: orders.filter((order) => order.status === 'open'), positions, balances,
    requests: Object.fromEntries(log.byOrder()), struck: plan.struck,
  };
}

function sideName(side: Side): 'buy' | 'sell' {
  return side === Side.Buy ? 'buy' : 'sell';
}
