// The projections a Strategy reads: getters over State, current through the Event at hand. Nothing here can be written to;
// objects are made once and reused, so a Strategy must not keep one beyond the call.

import type { EventView } from '../../event/event-view.ts';
import { Action, FeedState, Kind, OrderState, Side, TradingState } from '../../event/kinds.ts';
import type { InstrumentConfig } from '../config.ts';
import { NO_REQUEST, type Order } from '../state/execution/order.ts';
import type { Top } from '../state/market/books.ts';
import type { State } from '../state/state.ts';

/** Best prices and depth of one instrument. Prices and quantities: scaled integers; a missing side has quantity 0. */
export class BookProjection {
  readonly #state: State;
  readonly #top: Top;
  readonly #instrument: number;

  constructor(state: State, instrument: number) {
    this.#state = state;
    this.#top = state.market.tops[instrument]!;
    this.#instrument = instrument;
    Object.freeze(this);
  }

  /** The feed is valid and fresh and both sides have orders. */
  get valid(): boolean {
    const valid = this.#state.market.feeds[this.#instrument]!.state === FeedState.Valid;
    return valid && this.#top.bidQuantity > 0 && this.#top.askQuantity > 0;
  }
  get bidPrice(): number { return this.#top.bidPrice; }
  get bidQuantity(): number { return this.#top.bidQuantity; }
  get askPrice(): number { return this.#top.askPrice; }
  get askQuantity(): number { return this.#top.askQuantity; }
  get bidLevels(): number { return this.#top.bidLevels; }
  get askLevels(): number { return this.#top.askLevels; }
  get tradePrice(): number { return this.#state.market.feeds[this.#instrument]!.tradePrice; }
  get tradeQuantity(): number { return this.#state.market.feeds[this.#instrument]!.tradeQuantity; }

  /** Copies the best `count` levels of a side as [price, quantity]… into `target`; returns how many. */
  levels(side: number, count: number, target: Float64Array): number {
    assertSide(side);
    if (!Number.isInteger(count) || count < 0) throw new RangeError(`levels: count must be a whole number, found ${String(count)}`);
    const found = this.#state.market.books.load(this.#instrument, side, Math.min(count, Math.floor(target.length / 2)));
    target.set(this.#state.market.books.levels.subarray(0, found * 2));
    return found;
  }

  quantityAt(side: number, price: number): number {
    assertSide(side);
    if (!Number.isSafeInteger(price)) throw new RangeError(`quantityAt: price must be a safe integer, found ${String(price)}`);
    return this.#state.market.books.quantityAt(this.#instrument, side, price);
  }
}

/** C++ trusts its caller: what a Strategy asks is checked on this side. */
function assertSide(side: number): void {
  if (side !== Side.Buy && side !== Side.Sell) throw new RangeError(`side must be Side.Buy or Side.Sell, found ${String(side)}`);
}

export class PositionProjection {
  readonly #state: State;
  readonly #instrument: number;

  constructor(state: State, instrument: number) {
    this.#state = state;
    this.#instrument = instrument;
    Object.freeze(this);
  }

  /** Signed; long is positive. */
  get quantity(): number { return this.#state.execution.positions.of[this.#instrument]!.quantity; }
  get fillCount(): number { return this.#state.execution.positions.of[this.#instrument]!.fillCount; }
  /** Of the last fill; 0 before the first. */
  get lastPrice(): number { return this.#state.execution.positions.of[this.#instrument]!.lastPrice; }
}

/** One own Order, as far as a Strategy may know it. */
export class OrderProjection {
  #order: Order | undefined;

  /** For the Core: points this projection at an Order. Strategies receive it already set. */
  static show(projection: OrderProjection, order: Order): OrderProjection {
    projection.#order = order;
    return projection;
  }

  constructor() {
    Object.freeze(this);
  }

  get id(): number { return this.#order!.id; }
  get instrument(): number { return this.#order!.instrument; }
  get side(): number { return this.#order!.side; }
  get price(): number { return this.#order!.price; }
  get quantity(): number { return this.#order!.quantity; }
  get filled(): number { return this.#order!.filled; }
  get remaining(): number { return Math.max(0, this.#order!.quantity - this.#order!.filled); }
  get state(): number { return this.#order!.state; }
  get terminal(): boolean { return this.#order!.terminal; }
  /** A request of ours is unanswered: what is emitted now waits for the answer. */
  get requestOutstanding(): boolean { return this.#order!.inflight !== NO_REQUEST; }
  get cancelRequested(): boolean { return this.#order!.inflight === Action.Cancel; }
  get overdue(): boolean { return this.#order!.overdue; }
}

/** The Event at hand. A property its kind does not have is stale: look at `kind` first. */
export class EventProjection {
  readonly #event: EventView;

  constructor(event: EventView) {
    this.#event = event;
    Object.freeze(this);
  }

  get kind(): Kind { return this.#event.kind; }
  get position(): number { return this.#event.position; }
  /** Configuration index of the instrument of a Market Event or a fill. */
  get instrument(): number { return this.#event.instrument; }
  get orderId(): number { return this.#event.orderId; }
  get price(): number { return this.#event.price; }
  get quantity(): number { return this.#event.quantity; }
  get side(): number { return this.#event.side; }
  get reason(): number { return this.#event.reason; }
}

/** Everything a Strategy may read. Instruments are named by their index in the Strategy's own configured list. */
export class Context {
  readonly event: EventProjection;
  /** Per subscribed instrument, in configured order. */
  readonly books: readonly BookProjection[];
  readonly positions: readonly PositionProjection[];
  readonly instruments: readonly InstrumentConfig[];
  readonly #state: State;
  readonly #view: EventView;
  readonly #strategy: number;
  readonly #indices: readonly number[];
  readonly #order = new OrderProjection();

  constructor(state: State, view: EventView, strategy: number) {
    const { instruments } = state.config.strategies[strategy]!;
    this.#state = state;
    this.#view = view;
    this.#strategy = strategy;
    this.#indices = instruments;
    this.event = new EventProjection(view);
    this.books = Object.freeze(instruments.map((index) => new BookProjection(state, index)));
    this.positions = Object.freeze(instruments.map((index) => new PositionProjection(state, index)));
    this.instruments = Object.freeze(instruments.map((index) => state.config.instruments[index]!));
    Object.freeze(this);
  }

  /** Sequencing Time: ns since the session's epoch. The only clock there is. */
  get now(): number { return this.#view.time; }

  /** Orders would be let through: trading is on and the kill switch is clear. */
  get tradingEnabled(): boolean {
    return this.#state.control.trading === TradingState.On && !this.#state.control.killed;
  }

  /** An own Order, live or recently ended; undefined when it is still queued, was denied, or is long gone. Valid until the
   *  next call. */
  order(id: number): OrderProjection | undefined {
    const order = this.#state.execution.orders.get(id);
    return order === undefined || order.strategy !== this.#strategy ? undefined : OrderProjection.show(this.#order, order);
  }

  /** An allowed command for this Order waits to be sent. */
  queued(id: number): boolean {
    return this.#state.execution.queue.get(id) !== undefined;
  }

  /** Own live Orders and queued NEWs of one instrument. */
  workingCount(instrument: number): number {
    const index = this.#indices[instrument]!;
    const { orders, queue } = this.#state.execution;
    let count = 0;
    for (let i = 0; i < orders.liveCount[index]!; i++) if (orders.liveAt(index, i).strategy === this.#strategy) count++;
    for (let i = 0; i < queue.count; i++) {
      const entry = queue.entries[i]!;
      const fresh = entry.instrument === index && entry.strategy === this.#strategy;
      if (fresh && (entry.action === Action.New || entry.hasBase)) count++;
    }
    return count;
  }

  /** The n-th own live Order of one instrument, or undefined past the last. Valid until the next call. */
  liveOrder(instrument: number, n: number): OrderProjection | undefined {
    const index = this.#indices[instrument]!;
    const { orders } = this.#state.execution;
    let seen = 0;
    for (let i = 0; i < orders.liveCount[index]!; i++) {
      const order = orders.liveAt(index, i);
      if (order.strategy === this.#strategy && seen++ === n) return OrderProjection.show(this.#order, order);
    }
    return undefined;
  }

  /** True when the Event at hand ended one of this Strategy's Orders. */
  get orderEnded(): boolean {
    const order = this.#state.execution.lastOrder;
    return order !== null && order.strategy === this.#strategy && order.state >= OrderState.Filled;
  }
}
