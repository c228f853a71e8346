// What the engine of a stand-in remembers of the account's orders and executions, beyond what the matching engine keeps: both
// ids, totals, fees, times. Values only.

import type { CancelReason, Liquidity, OrderType, Side, TimeInForce } from '../../event/kinds.ts';

type OrderStatus = 'open' | 'filled' | 'canceled' | 'expired' | 'rejected';

export interface OrderTermsGiven {
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  /** Scaled; 0 for a market order. */
  readonly price: number;
  readonly quantity: number;
}

export interface OrderRecord extends OrderTermsGiven {
  /** The engine's own number: unique, increasing with arrival. */
  readonly number: number;
  clientOrderId: string;
  /** The name it was placed under. */
  readonly firstName: string;
  price: number;
  /** Total, including what is filled. */
  quantity: number;
  filled: number;
  /** Price × quantity of all fills in units of the quote currency. */
  cost: bigint;
  /** In units of the fee currency of each trade, by currency. */
  readonly fees: Map<string, bigint>;
  status: OrderStatus;
  cancelReason: CancelReason | null;
  /** Unix ns. */
  readonly createdAt: bigint;
  updatedAt: bigint;
  readonly trades: TradeRecord[];
  amended: boolean;
}

export interface TradeRecord {
  /** Counts the account's executions from 1. */
  readonly number: number;
  /** The market's trade: both sides of it carry this. */
  readonly tradeId: number;
  readonly orderNumber: number;
  readonly symbol: string;
  readonly side: Side;
  readonly price: number;
  readonly quantity: number;
  /** In units of the quote currency. */
  readonly cost: bigint;
  readonly fee: bigint;
  readonly feeCurrency: string;
  readonly liquidity: Liquidity;
  readonly time: bigint;
}

export interface Balance {
  readonly currency: string;
  readonly total: bigint;
  readonly available: bigint;
}

/** One thing that happened to an order, with the order as it stood right after. */
export interface EngineReport {
  /** `refused`: acknowledged, then taken back before it was ever in the book. */
  readonly what: 'accepted' | 'trade' | 'replaced' | 'done' | 'refused';
  readonly order: Readonly<OrderRecord>;
  readonly trade: TradeRecord | null;
  /** Of the currencies it changed, right after. */
  readonly balances: readonly Balance[];
  /** The engine's market report numbers, increasing over all orders. */
  readonly sequence: number;
}
