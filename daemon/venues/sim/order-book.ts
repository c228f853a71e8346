// One instrument's resting orders in price-time priority, and the matching of an incoming order against them. Knows
// prices, quantities and who owns what; knows nothing of funds, fees, messages or time.
//
//   side.levels   worst … best          (the end of the array is the best price: adding and removing there is cheap)
//   level         first → … → last      (the first arrived is filled first)

import { OrderType, Side, TimeInForce, VenueOrderStatus } from '../../event/kinds.ts';

export interface OrderTerms {
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly price: number;
  readonly quantity: number;
}

interface OrderIdentity {
  /** The client's order id; 0 for background flow, which is never asked about. */
  readonly orderId: number;
  /** The Venue's own number: unique, increasing with arrival. */
  readonly number: number;
  readonly account: number;
  /** The instrument; empty when the Venue has none of that name. */
  readonly symbol: string;
}

export class VenueOrder implements OrderIdentity {
  readonly orderId: number;
  readonly number: number;
  readonly account: number;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  price: number;
  /** Total, including what is filled. */
  quantity: number;
  filled = 0;
  status: VenueOrderStatus = VenueOrderStatus.Open;
  /** Funds set aside, in units of the currency the order would pay with. */
  reserved = 0n;
  level: PriceLevel | null = null;
  before: VenueOrder | null = null;
  after: VenueOrder | null = null;

  constructor(identity: OrderIdentity, terms: OrderTerms) {
    this.orderId = identity.orderId;
    this.number = identity.number;
    this.account = identity.account;
    this.symbol = identity.symbol;
    this.side = terms.side;
    this.type = terms.type;
    this.timeInForce = terms.timeInForce;
    this.price = terms.price;
    this.quantity = terms.quantity;
  }

  get remaining(): number {
    return this.quantity - this.filled;
  }
}

export class PriceLevel {
  readonly price: number;
  quantity = 0;
  first: VenueOrder | null = null;
  last: VenueOrder | null = null;

  constructor(price: number) {
    this.price = price;
  }
}

/** Told of each step of a match, after the book has been changed. */
export interface MatchObserver {
  traded(taker: VenueOrder, maker: VenueOrder, quantity: number): void;
  /** The taker met a resting order of its own account; the resting one is out of the book. */
  selfTradePrevented(resting: VenueOrder): void;
}

export class BookSide {
  readonly side: Side;
  readonly levels: PriceLevel[] = [];

  constructor(side: Side) {
    this.side = side;
  }

  best(): PriceLevel | null {
    return this.levels.length === 0 ? null : this.levels[this.levels.length - 1];
  }

  levelAt(price: number): PriceLevel | null {
    const index = this.indexOf(price);
    const level = this.levels[index];
    return level !== undefined && level.price === price ? level : null;
  }

  /** Behind everything that already rests at its price. */
  append(order: VenueOrder): void {
    const index = this.indexOf(order.price);
    let level = this.levels[index];
    if (level === undefined || level.price !== order.price) {
      level = new PriceLevel(order.price);
      this.levels.splice(index, 0, level);
    }
    order.level = level;
    order.before = level.last;
    order.after = null;
    if (level.last === null) level.first = order;
    else level.last.after = order;
    level.last = order;
    level.quantity += order.remaining;
  }

  remove(order: VenueOrder): void {
    const level = order.level;
    if (level === null) return;
    if (order.before === null) level.first = order.after;
    else order.before.after = order.after;
    if (order.after === null) level.last = order.before;
    else order.after.before = order.before;
    level.quantity -= order.remaining;
    order.level = null;
    order.before = null;
    order.after = null;
    if (level.first === null) this.levels.splice(this.indexOf(level.price), 1);
  }

  /** True when `price` is at least as good as `other` for whoever rests on this side. */
  atLeastAsGood(price: number, other: number): boolean {
    return this.side === Side.Buy ? price >= other : price <= other;
  }

  /** Index of the level with this price, or where it would have to be inserted. */
  private indexOf(price: number): number {
    let low = 0;
    let high = this.levels.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const found = this.levels[middle].price;
      const worse = this.side === Side.Buy ? found < price : found > price;
      if (worse) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export class OrderBook {
  readonly bids = new BookSide(Side.Buy);
  readonly asks = new BookSide(Side.Sell);

  sideOf(side: Side): BookSide {
    return side === Side.Buy ? this.bids : this.asks;
  }

  oppositeOf(side: Side): BookSide {
    return side === Side.Buy ? this.asks : this.bids;
  }

  /** Would an order of these terms trade at once? */
  crosses(side: Side, type: OrderType, price: number): boolean {
    const best = this.oppositeOf(side).best();
    return best !== null && (type === OrderType.Market || this.oppositeOf(side).atLeastAsGood(best.price, price));
  }

  /**
   * What `terms` could take from others at once: the quantity, counted no further than `terms.quantity`, and the worst
   * price it would reach.
   */
  reach(terms: OrderTerms, account: number): { quantity: number; price: number } {
    const side = this.oppositeOf(terms.side);
    let found = 0;
    let price = 0;
    for (let i = side.levels.length - 1; i >= 0 && found < terms.quantity; i -= 1) {
      const level = side.levels[i];
      if (terms.type === OrderType.Limit && !side.atLeastAsGood(level.price, terms.price)) break;
      price = level.price;
      for (let order = level.first; order !== null; order = order.after) {
        if (order.account !== account) found += order.remaining;
      }
    }
    return { quantity: Math.min(found, terms.quantity), price };
  }

  /**
   * Fills `taker` from the best opposite prices while it crosses. It trades at the resting order's price, and never
   * with its own account: the resting order is taken out instead, and the taker goes on. What remains is the caller's
   * to rest.
   */
  match(taker: VenueOrder, observer: MatchObserver): void {
    const side = this.oppositeOf(taker.side);
    while (taker.remaining > 0) {
      const level = side.best();
      if (level === null || level.first === null) return;
      if (taker.type === OrderType.Limit && !side.atLeastAsGood(level.price, taker.price)) return;
      const maker = level.first;
      if (maker.account === taker.account) {
        side.remove(maker);
        observer.selfTradePrevented(maker);
        continue;
      }
      const quantity = Math.min(taker.remaining, maker.remaining);
      this.fill(maker, quantity);
      taker.filled += quantity;
      observer.traded(taker, maker, quantity);
    }
  }

  /** Takes `quantity` off a resting order, which keeps its place until nothing remains. */
  fill(maker: VenueOrder, quantity: number): void {
    if (maker.level === null) return;
    maker.level.quantity -= quantity;
    maker.filled += quantity;
    if (maker.remaining === 0) this.sideOf(maker.side).remove(maker);
  }

  rest(order: VenueOrder): void {
    this.sideOf(order.side).append(order);
  }

  remove(order: VenueOrder): void {
    this.sideOf(order.side).remove(order);
  }

  /** Less quantity at the same price: the order keeps its place. */
  reduce(order: VenueOrder, quantity: number): void {
    if (order.level !== null) order.level.quantity -= order.quantity - quantity;
    order.quantity = quantity;
  }
}
