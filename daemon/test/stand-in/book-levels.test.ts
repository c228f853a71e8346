// What is said to bring a subscriber from one picture of a book to the next: enough, and nothing about what only left its window.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changesOf, type BookPicture } from './book-levels.ts';

const WINDOW = 5;

const side = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 12, size: 'max' })
  .chain((prices) => fc.tuple(...prices.map((price) => fc.tuple(fc.constant(price), fc.integer({ min: 1, max: 3 })))));

type Pairs = readonly (readonly [number, number])[];

function pictureOf(bids: Pairs, asks: Pairs, window: number): BookPicture {
  const flat = (pairs: Pairs, direction: number): number[] => [...pairs].sort(([x], [y]) => (x - y) * direction)
    .slice(0, window === 0 ? undefined : window).flat();
  return { bids: flat(bids, -1), asks: flat(asks, 1) };
}

/** As a client does it: set, remove, sort, cut. */
function apply(before: readonly number[], changes: readonly number[], direction: number, window: number): number[] {
  const levels = new Map<number, number>();
  for (const pairs of [before, changes]) {
    for (let i = 0; i < pairs.length; i += 2) {
      if (pairs[i + 1] === 0) levels.delete(pairs[i]);
      else levels.set(pairs[i], pairs[i + 1]);
    }
  }
  return [...levels].sort(([x], [y]) => (x - y) * direction).slice(0, window === 0 ? undefined : window).flat();
}

test.each([0, WINDOW])('a copy that applies every change and is cut to a window of %i levels is the book', (window) => {
  fc.assert(fc.property(side, side, side, side, (bidsBefore, asksBefore, bidsAfter, asksAfter) => {
    const before = pictureOf(bidsBefore as Pairs, asksBefore as Pairs, window);
    const after = pictureOf(bidsAfter as Pairs, asksAfter as Pairs, window);
    const changes = changesOf(before, after, window);
    expect(apply(before.bids, changes.bids, -1, window)).toEqual(after.bids);
    expect(apply(before.asks, changes.asks, 1, window)).toEqual(after.asks);
    // What only fell out of a full window is not taken back.
    const worst = after.bids.at(-2) ?? 0;
    const removed = changes.bids.filter((_, index) => index % 2 === 0 && changes.bids[index + 1] === 0);
    if (window > 0 && after.bids.length === 2 * window) expect(removed.filter((price) => price < worst)).toEqual([]);
  }), { numRuns: 500 });
});
