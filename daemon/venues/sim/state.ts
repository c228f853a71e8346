// What a Venue does not forget when its process does: saved as plain JSON, restored into a SimVenue that has not
// started. Messages on their way out are not part of it: a connection does not survive either.

import { Prng } from '../../base/prng.ts';
import type { InstrumentState, VenueOrderStatus } from '../../event/kinds.ts';
import { Kind } from '../../event/kinds.ts';
import type { VenueCurrency, VenueInstrument } from '../../event/venue-session.ts';
import { CLIENT, type AccountsState } from './accounts.ts';
import type { FaultState } from './faults.ts';
import type { FlowState } from './flow.ts';
import type { Market } from './market.ts';
import { type BookSide, VenueOrder } from './order-book.ts';
import type { RateState } from './order-entry.ts';
import type { FilledMessage } from './outbound.ts';
import type { SimParts, Task } from './sim.ts';

const FORMAT = 1;
const REMEDY = "remove the Venue's state file to start it afresh";

/** orderId, number, account, side, type, timeInForce, price, quantity, filled, status. */
type OrderRow = readonly [number, number, number, number, number, number, number, number, number, number];

interface ExecutionRow {
  readonly symbol: string;
  readonly deliveredAt: string;
  readonly fields: Omit<FilledMessage['fields'], 'eventTime'> & { readonly eventTime: string };
}

interface MarketRow {
  readonly instrument: VenueInstrument;
  readonly base: VenueCurrency;
  readonly quote: VenueCurrency;
  readonly state: InstrumentState;
  readonly tradeNumber: number;
  readonly sequence: number;
  readonly flow: FlowState;
  /** Best price first, first arrived first. */
  readonly bids: readonly OrderRow[];
  readonly asks: readonly OrderRow[];
}

export interface SimState {
  readonly format: number;
  readonly instance: string;
  readonly orderNumber: number;
  readonly executionNumber: number;
  readonly accounts: AccountsState;
  readonly forgottenMax: number;
  readonly terminal: readonly { readonly symbol: string; readonly row: OrderRow }[];
  readonly executions: readonly ExecutionRow[];
  readonly executionsLost: number;
  readonly markets: readonly MarketRow[];
  /** Requests under way and background events to come; `due` is Unix ns. */
  readonly tasks: readonly { readonly due: string; readonly task: Task }[];
  readonly entryDue: string;
  readonly entryWords: readonly number[];
  readonly faults: FaultState;
  readonly rate: RateState;
  readonly exitWords: readonly number[];
  readonly linkLostAt: string;
  readonly savedAt: string;
}

export function saveState(parts: SimParts): SimState {
  const { exchange, epoch } = parts;
  const absolute = (due: number): string => String(epoch + BigInt(Math.floor(due)));
  return {
    format: FORMAT,
    instance: exchange.instance, orderNumber: exchange.orderNumber, executionNumber: exchange.executionNumber,
    accounts: exchange.accounts.save(),
    forgottenMax: exchange.orders.forgottenMax,
    terminal: exchange.orders.listTerminal().map((order) => ({ symbol: order.symbol, row: rowOf(order) })),
    executions: exchange.executions.list().map(({ report, symbol, deliveredAt }) => ({
      symbol, deliveredAt: String(deliveredAt),
      fields: { ...report.fields, eventTime: String(report.fields.eventTime) },
    })),
    executionsLost: exchange.executions.lost,
    markets: [...exchange.markets.values()].map((market) => marketRow(parts, market)),
    tasks: parts.agenda.list().filter(({ task }) => survives(task))
      .map(({ due, task }) => ({ due: absolute(due), task })),
    entryDue: absolute(parts.entryDue), entryWords: parts.entryPrng.words(),
    faults: parts.plan.save(), rate: parts.entry.save(), exitWords: parts.delivery.words(),
    linkLostAt: String(parts.linkLostAt), savedAt: String(exchange.time),
  };
}

/** The state comes out of a file: whatever is wrong with it is the operator's to know, in one message. */
export function restoreState(parts: SimParts, state: SimState): void {
  const format: unknown = (state as SimState | null | undefined)?.format;
  if (format !== FORMAT) {
    throw new RangeError(`simulated Venue: state of format ${String(format)}, expected ${FORMAT}; ${REMEDY}`);
  }
  try {
    restoreParts(parts, state);
  } catch (error) {
    throw new RangeError(`simulated Venue: the state is damaged (${String(error)}); ${REMEDY}`, { cause: error });
  }
}

function restoreParts(parts: SimParts, state: SimState): void {
  const { exchange } = parts;
  exchange.instance = state.instance;
  exchange.orderNumber = state.orderNumber;
  exchange.executionNumber = state.executionNumber;
  exchange.accounts.restore(state.accounts);
  exchange.orders.clear();
  for (const { symbol, row } of state.terminal) {
    const order = orderOf(row, symbol);
    exchange.orders.add(order);
    exchange.orders.retire(order, order.status);
  }
  exchange.orders.forgottenMax = Math.max(exchange.orders.forgottenMax, state.forgottenMax);
  exchange.executions.clear();
  for (const { symbol, deliveredAt, fields } of state.executions) {
    const eventTime = BigInt(fields.eventTime);
    const report: FilledMessage = { kind: Kind.OrderFilled, fields: { ...fields, eventTime } };
    exchange.executions.add(report, symbol, BigInt(deliveredAt));
  }
  exchange.executions.lost += state.executionsLost;
  restoreMarkets(parts, state.markets);
  restoreTasks(parts, state);
  parts.plan.restore(state.faults);
  parts.entry.restore(state.rate);
  // Whoever had the link when the state was saved has lost it now.
  parts.linkLostAt = BigInt(state.linkLostAt === '0' ? state.savedAt : state.linkLostAt);
  parts.delivery.restore(state.exitWords);
}

function restoreMarkets(parts: SimParts, rows: readonly MarketRow[]): void {
  const { exchange, feed } = parts;
  const open: VenueOrder[] = [];
  for (const row of rows) {
    const market = exchange.open(row.instrument, row.base, row.quote);
    market.state = row.state;
    market.tradeNumber = row.tradeNumber;
    for (const orderRow of [...row.bids, ...row.asks]) {
      const order = orderOf(orderRow, market.symbol);
      market.book.rest(order);
      if (order.account === CLIENT) open.push(order);
    }
    parts.openMarket(market).restore(row.flow);
    feed.open(market).sequence = row.sequence;
  }
  open.sort((x, y) => x.number - y.number);
  for (const order of open) {
    exchange.orders.add(order);
    exchange.reserve(exchange.marketOf(order), order);
  }
}

function restoreTasks(parts: SimParts, state: SimState): void {
  const relative = (due: string): number => Number(BigInt(due) - parts.epoch);
  parts.agenda.clear();
  parts.publishPlanned.clear();
  for (const { due, task } of state.tasks) {
    if (task.what === 'publish') parts.publishPlanned.add(task.symbol);
    parts.agenda.add(relative(due), task);
  }
  parts.entryDue = relative(state.entryDue);
  parts.entryPrng = new Prng(state.entryWords);
}

function marketRow(parts: SimParts, market: Market): MarketRow {
  const flow = parts.flows.get(market.symbol);
  if (flow === undefined) throw new Error(`Invariant: every market has its flow, ${market.symbol} too`);
  return {
    instrument: market.instrument, base: market.money.base, quote: market.money.quote, state: market.state,
    tradeNumber: market.tradeNumber, sequence: parts.feed.open(market).sequence, flow: flow.save(),
    bids: rowsOf(market.book.bids), asks: rowsOf(market.book.asks),
  };
}

function rowsOf(side: BookSide): OrderRow[] {
  const rows: OrderRow[] = [];
  for (let i = side.levels.length - 1; i >= 0; i -= 1) {
    for (let order = side.levels[i].first; order !== null; order = order.after) rows.push(rowOf(order));
  }
  return rows;
}

function rowOf(order: VenueOrder): OrderRow {
  return [
    order.orderId, order.number, order.account, order.side, order.type, order.timeInForce, order.price, order.quantity,
    order.filled, order.status,
  ];
}

function orderOf(row: OrderRow, symbol: string): VenueOrder {
  const [orderId, number, account, side, type, timeInForce, price, quantity, filled, status] = row;
  const order = new VenueOrder({ orderId, number, account, symbol }, { side, type, timeInForce, price, quantity });
  order.filled = filled;
  order.status = status as VenueOrderStatus;
  return order;
}

function survives(task: Task): boolean {
  return task.what === 'request' || task.what === 'flow' || task.what === 'publish';
}
