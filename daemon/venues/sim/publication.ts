// What the public sees of one market: snapshots, deltas chained by sequence, trades. It remembers what it last
// published and tells the difference, so that any number of book changes between two publications make one delta.
// Cannot change the market.

import type { Levels } from '../../event/event-fields.ts';
import { Kind } from '../../event/kinds.ts';
import type { Market } from './market.ts';
import type { BookSide } from './order-book.ts';
import type { MarketMessage } from './outbound.ts';

export class Publication {
  readonly market: Market;
  /** Sequence of the latest message that described the book. */
  sequence = 0;
  /** [price, quantity, …] best first, as the public has it. */
  private bids: number[] = [];
  private asks: number[] = [];

  constructor(market: Market) {
    this.market = market;
  }

  /** The whole book as of now. The public's view is this from here on. */
  snapshot(time: bigint): MarketMessage {
    this.bids = shown(this.market.book.bids, this.market.instrument.bookDepth);
    this.asks = shown(this.market.book.asks, this.market.instrument.bookDepth);
    this.sequence += 1;
    const { instrument } = this.market.instrument;
    return {
      kind: Kind.BookSnapshot,
      fields: { instrument, eventTime: time, sequence: BigInt(this.sequence), bids: this.bids, asks: this.asks },
    };
  }

  /** The trades since the last call; null when there were none. */
  trades(): MarketMessage | null {
    const { prints } = this.market;
    if (prints.length === 0) return null;
    this.market.prints = [];
    return { kind: Kind.Trade, fields: { instrument: this.market.instrument.instrument, prints } };
  }

  /** What changed since the last snapshot or delta; null when nothing did. */
  delta(time: bigint): MarketMessage | null {
    const bids = shown(this.market.book.bids, this.market.instrument.bookDepth);
    const asks = shown(this.market.book.asks, this.market.instrument.bookDepth);
    const changedBids = difference(this.bids, bids, 1);
    const changedAsks = difference(this.asks, asks, -1);
    this.bids = bids;
    this.asks = asks;
    return changedBids.length + changedAsks.length === 0 ? null : this.chained(time, changedBids, changedAsks);
  }

  /** A delta that says something untrue. The next honest one does not take it back: it never happened. */
  falseDelta(time: bigint, bids: Levels, asks: Levels): MarketMessage {
    return this.chained(time, bids, asks);
  }

  /** Best bid and ask as the public has them; 0 when a side is empty. */
  top(): { bid: number; ask: number } {
    return { bid: this.bids[0] ?? 0, ask: this.asks[0] ?? 0 };
  }

  private chained(time: bigint, bids: Levels, asks: Levels): MarketMessage {
    const previous = BigInt(this.sequence);
    this.sequence += 1;
    const { instrument } = this.market.instrument;
    return {
      kind: Kind.BookDelta,
      fields: { instrument, eventTime: time, previous, sequence: BigInt(this.sequence), bids, asks },
    };
  }
}

function shown(side: BookSide, depth: number): number[] {
  const { levels } = side;
  const count = depth === 0 ? levels.length : Math.min(depth, levels.length);
  const pairs = new Array<number>(2 * count);
  for (let i = 0; i < count; i += 1) {
    const level = levels[levels.length - 1 - i];
    pairs[2 * i] = level.price;
    pairs[2 * i + 1] = level.quantity;
  }
  return pairs;
}

/** Walks two best-first lists at once; `direction` 1 when best is highest. A price that is gone has quantity 0. */
function difference(before: readonly number[], after: readonly number[], direction: number): number[] {
  const changes: number[] = [];
  let b = 0;
  let a = 0;
  while (b < before.length || a < after.length) {
    const order = a >= after.length ? 1 : b >= before.length ? -1 : (before[b] - after[a]) * direction;
    if (order > 0) {
      changes.push(before[b], 0);
      b += 2;
    } else if (order < 0) {
      changes.push(after[a], after[a + 1]);
      a += 2;
    } else {
      if (before[b + 1] !== after[a + 1]) changes.push(after[a], after[a + 1]);
      b += 2;
      a += 2;
    }
  }
  return changes;
}
