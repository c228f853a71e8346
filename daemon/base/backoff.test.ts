// Waits between attempts.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoff, jitteredBackoff } from './backoff.ts';

test('the first failure waits the minimum, each further one twice as long, none longer than the maximum', () => {
  const limits = { min: 200, max: 3000 };
  expect([0, 1, 2, 3, 4, 5, 6, 1000, Infinity].map((failures) => backoff(limits, failures)))
    .toEqual([200, 200, 400, 800, 1600, 3000, 3000, 3000, 3000]);
});

test('a minimum above the maximum is the maximum', () => {
  expect(backoff({ min: 5, max: 2 }, 1)).toBe(2);
});

test('jitter: whole numbers from half the wait up to the wait', () => {
  const limits = { min: 100, max: 5000 };
  expect([0, 0.5, 0.999].map((random) => jitteredBackoff(limits, 2, random))).toEqual([100, 150, 199]);
  fc.assert(fc.property(fc.nat(50), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, random) => {
    const full = backoff(limits, failures);
    const wait = jitteredBackoff(limits, failures, random);
    expect(Number.isInteger(wait) && wait >= Math.floor(full / 2) && wait <= full).toBe(true);
  }));
});
