import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROPORTION_MAX, Wide } from './wide.ts';

const safe = fc.maxSafeInteger();
const bounded = fc.bigInt({ min: -(2n ** 99n), max: 2n ** 99n });
const wide = (value: bigint): Wide => new Wide().setBigInt(value);

describe('Wide equals BigInt', () => {
  it('in products of safe integers up to 2^101', () => {
    fc.assert(fc.property(safe, fc.integer({ min: -(2 ** 31), max: 2 ** 31 }), fc.nat(2 ** 16), (a, b, c) => {
      const factor = b * (c % 2 ** 16);
      expect(new Wide().setProduct(a, factor).toBigInt()).toBe(BigInt(a) * BigInt(factor));
    }), { numRuns: 2000 });
  });

  it('in sums, differences and negation', () => {
    fc.assert(fc.property(bounded, bounded, (a, b) => {
      expect(wide(a).add(wide(b)).toBigInt()).toBe(a + b);
      expect(wide(a).subtract(wide(b)).toBigInt()).toBe(a - b);
      expect(wide(a).negate().toBigInt()).toBe(-a);
      expect(wide(a).compare(wide(b))).toBe(a < b ? -1 : a > b ? 1 : 0);
    }), { numRuns: 2000 });
  });

  it('in scaling by powers of ten', () => {
    fc.assert(fc.property(fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n }), fc.nat(12), (a, power) => {
      expect(wide(a).scale(10 ** power).toBigInt()).toBe(a * 10n ** BigInt(power));
    }), { numRuns: 2000 });
  });

  it('in proportions, truncated towards zero', () => {
    const whole = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }).map((n) => (n % (PROPORTION_MAX - 1)) + 1);
    fc.assert(fc.property(bounded, whole, fc.nat(1_000_000), (total, all, share) => {
      const part = Math.floor((all / 1_000_001) * share);
      expect(new Wide().setProportion(wide(total), part, all).toBigInt()).toBe((total * BigInt(part)) / BigInt(all));
    }), { numRuns: 2000 });
  });

  it('refuses to overflow', () => {
    expect(() => new Wide().setProduct(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)).toThrow(/2\^101/);
  });
});
