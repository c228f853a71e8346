// Numbers of the private channels: lost ones are noticed, late and repeated ones are told apart.

import { describe, expect, test } from 'vitest';
import { SequenceWatch } from './sequence-watch.ts';

describe('sequence numbers', () => {
  test('in order: nothing; each channel has its own', () => {
    const watch = new SequenceWatch(10);
    expect([watch.note('a', 1, true, 0), watch.note('a', 2, false, 0), watch.note('b', 7, false, 0)]).toEqual([false, false, false]);
    expect(watch.due).toBe(Infinity);
  });

  test('one that stays away is given up after a while, one that comes late is not', () => {
    const watch = new SequenceWatch(10);
    watch.note('a', 1, true, 0);
    expect(watch.note('a', 4, false, 1)).toBe(false);
    expect(watch.due).toBe(11);
    expect(watch.note('a', 2, false, 2)).toBe(true);
    expect(watch.isBroken(10)).toBe(false);
    expect(watch.isBroken(11)).toBe(true);
    expect(watch.note('a', 3, false, 12)).toBe(true);
    expect(watch.isBroken(12)).toBe(false);
  });

  test('repeated ones are behind; a snapshot begins anew; a leap is a loss at once; unnumbered messages are nothing', () => {
    const watch = new SequenceWatch(10);
    watch.note('a', 5, true, 0);
    expect(watch.note('a', 5, false, 0)).toBe(true);
    expect(watch.note('a', 1, true, 0)).toBe(false);
    expect(watch.note('a', 0, false, 0)).toBe(false);
    watch.note('a', 1000, false, 0);
    expect(watch.isBroken(0)).toBe(true);
    watch.reset();
    expect(watch.isBroken(1e12)).toBe(false);
  });
});
