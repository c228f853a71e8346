// The engine's book as levels, best first, and what has to be said to bring a subscriber from one picture to the next. Pure.

import type { BookSide, OrderBook } from '../../venues/sim/order-book.ts';

/** [price, quantity, …] best first. */
export interface BookPicture {
  readonly bids: readonly number[];
  readonly asks: readonly number[];
}

export function pictureOf(book: OrderBook, depth: number): BookPicture {
  return { bids: topOf(book.bids, depth), asks: topOf(book.asks, depth) };
}

function topOf({ levels }: BookSide, depth: number): number[] {
  const count = depth === 0 ? levels.length : Math.min(depth, levels.length);
  const pairs: number[] = [];
  for (let i = 1; i <= count; i += 1) pairs.push(levels[levels.length - i].price, levels[levels.length - i].quantity);
  return pairs;
}

/**
 * Changes that turn `before` into `after`; a price that is gone has quantity 0. `window`: subscribers cut their copy to it, so
 * that a level which only fell out of it is not mentioned.
 */
export function changesOf(before: BookPicture, after: BookPicture, window = 0): BookPicture {
  return {
    bids: sideChanges(before.bids, after.bids, 1, window), asks: sideChanges(before.asks, after.asks, -1, window),
  };
}

/** `direction` 1: best is the highest price. */
function sideChanges(before: readonly number[], after: readonly number[], direction: number, window: number): number[] {
  const known = new Map<number, number>();
  for (let i = 0; i < before.length; i += 2) known.set(before[i], before[i + 1]);
  const changes: number[] = [];
  const stays = new Set<number>();
  for (let i = 0; i < after.length; i += 2) {
    stays.add(after[i]);
    if (known.get(after[i]) !== after[i + 1]) changes.push(after[i], after[i + 1]);
  }
  const full = window > 0 && after.length === 2 * window;
  const worst = after.length === 0 ? 0 : after[after.length - 2];
  for (const price of known.keys()) {
    const outside = full && (worst - price) * direction > 0;
    if (!stays.has(price) && !outside) changes.push(price, 0);
  }
  return changes;
}
