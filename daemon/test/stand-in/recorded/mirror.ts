// Recorded levels as background orders of the matching engine: what the recording quotes can be traded with, and what it trades
// through fills our resting orders. Sets each level to what the recording shows; what the client took in between comes back only
// with the next change of that level.

import { parseScaled } from '../../../base/decimal.ts';
import { OrderType, Side, TimeInForce } from '../../../event/kinds.ts';
import { MAKERS } from '../../../venues/sim/accounts.ts';
import type { VenueOrder } from '../../../venues/sim/order-book.ts';
import type { Engine, EngineMarket } from '../engine.ts';
import type { TextBook, TextLevel, TextSide } from './level-text.ts';

interface Mirrored {
  /** The recorded quantity it was set to. */
  text: string;
  readonly orders: VenueOrder[];
}

type SideName = 'bids' | 'asks';

export class Mirror {
  private readonly engine: Engine;
  private readonly entry: EngineMarket;
  private readonly sides: Readonly<Record<SideName, Map<string, Mirrored>>> = { bids: new Map(), asks: new Map() };

  constructor(engine: Engine, entry: EngineMarket) {
    this.engine = engine;
    this.entry = entry;
  }

  /** For small books: whatever is not in it goes. */
  follow(book: TextBook, now: bigint): void {
    const changes = { bids: this.difference('bids', book.bids), asks: this.difference('asks', book.asks) };
    this.apply(changes, now);
  }

  /** Levels by what they are now. Everything that is gone goes first, so that the two sides never meet on the way. */
  apply(changes: Readonly<Record<SideName, readonly Pick<TextLevel, 'price' | 'quantity'>[]>>, now: bigint): void {
    this.engine.exchange.time = now;
    for (const present of [false, true]) {
      for (const name of ['bids', 'asks'] as const) {
        for (const { price, quantity } of changes[name]) if (/[1-9]/.test(quantity) === present) this.set(name, price, quantity);
      }
    }
    this.engine.collect();
    // The recording has prints of its own.
    this.entry.prints = [];
  }

  private difference(name: SideName, side: TextSide): Pick<TextLevel, 'price' | 'quantity'>[] {
    const wanted = new Set(side.levels.map(({ price }) => price));
    const gone = [...this.sides[name].keys()].filter((price) => !wanted.has(price));
    return [...gone.map((price) => ({ price, quantity: '0' })), ...side.levels];
  }

  private set(name: SideName, price: string, quantity: string): void {
    const known = this.sides[name].get(price);
    if (known?.text === quantity) return;
    const { priceDecimals, quantityDecimals } = this.entry.definition;
    const orders = (known?.orders ?? []).filter((order) => order.level !== null);
    const resting = orders.reduce((sum, order) => sum + order.remaining, 0);
    const missing = parseScaled(quantity, quantityDecimals) - resting;
    if (missing > 0) orders.push(...this.add(name === 'bids' ? Side.Buy : Side.Sell, parseScaled(price, priceDecimals), missing));
    else this.reduce(orders, -missing);
    if (orders.length === 0) this.sides[name].delete(price);
    else this.sides[name].set(price, { text: quantity, orders });
  }

  private add(side: Side, price: number, quantity: number): VenueOrder[] {
    const terms = { side, type: OrderType.Limit, timeInForce: TimeInForce.GoodTillCancel, price, quantity };
    const order = this.engine.exchange.placeFlow(this.entry.market, MAKERS, terms);
    return order === null || order.level === null ? [] : [order];
  }

  /** The latest arrivals leave first: nobody in front of us goes away by our being here. */
  private reduce(orders: VenueOrder[], quantity: number): void {
    let left = quantity;
    while (left > 0) {
      const order = orders.at(-1);
      if (order === undefined) return;
      const part = Math.min(left, order.remaining);
      if (part === order.remaining) {
        this.entry.market.book.remove(order);
        orders.pop();
      } else this.entry.market.book.reduce(order, order.quantity - part);
      left -= part;
    }
  }
}
