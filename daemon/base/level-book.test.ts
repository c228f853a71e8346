// A side against a sorted map, and a copy that stays its own.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BookSide, LevelBook } from './level-book.ts';

describe('a side', () => {
  test('equals a sorted map after any sequence of sets', () => {
    const sets = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.nat(3)), { maxLength: 300 });
    fc.assert(fc.property(sets, fc.constantFrom(1 as const, -1 as const), (changes, sign) => {
      const side = new BookSide(sign);
      const reference = new Map<number, number>();
      for (const [price, quantity] of changes) {
        side.set(price, quantity);
        if (quantity === 0) reference.delete(price);
        else reference.set(price, quantity);
      }
      expect(side.pairs()).toEqual([...reference].sort(([a], [b]) => (b - a) * sign).flat());
    }));
  });

  test('a copy is equal, and what happens to the original afterwards does not reach it', () => {
    const levels = fc.array(fc.tuple(fc.integer({ min: 1, max: 500 }), fc.nat(9)), { maxLength: 300, size: 'max' });
    fc.assert(fc.property(levels, levels, (before, after) => {
      const [original, copy] = [new LevelBook(), new LevelBook()];
      copy.asks.set(1, 1);
      for (const [price, quantity] of before) original.bids.set(price, quantity, 2, 3);
      copy.copyFrom(original);
      const kept = original.bids.pairs();
      for (const [price, quantity] of after) original.bids.set(price, quantity);
      expect(copy.bids.pairs()).toEqual(kept);
      expect(copy.asks.count).toBe(0);
      expect([...copy.bids.priceDecimals.slice(0, copy.bids.count)].every((decimals) => decimals === 2)).toBe(true);
    }));
  });
});
