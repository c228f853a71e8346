// Exact sums of products of safe integers, without BigInt. A Wide is hi × 2^48 + lo with 0 ≤ lo < 2^48 and |hi| < 2^53, so
// it holds ±2^101. Used for notionals, P&L, fees and exposure; property-tested against BigInt. Mutable, owned by whoever
// holds it: copy with `set`.

import { assert } from './assert.ts';

const BASE = 2 ** 48;
const HALF = 2 ** 24;
const HI_MAX = Number.MAX_SAFE_INTEGER;

/** Quantities that `setProportion` divides by stay below this, so that its remainders are exact. */
export const PROPORTION_MAX = 2 ** 51;

export class Wide {
  hi = 0;
  lo = 0;

  set(other: Wide): this {
    this.hi = other.hi;
    this.lo = other.lo;
    return this;
  }

  setZero(): this {
    this.hi = 0;
    this.lo = 0;
    return this;
  }

  /** From a safe integer. */
  setInteger(value: number): this {
    this.hi = Math.floor(value / BASE);
    this.lo = value - this.hi * BASE;
    return this;
  }

  /** a × b of two safe integers. */
  setProduct(a: number, b: number): this {
    const negative = (a < 0) !== (b < 0) && a !== 0 && b !== 0;
    this.setMagnitudes(Math.abs(a), Math.abs(b));
    return negative ? this.negate() : this;
  }

  private setMagnitudes(a: number, b: number): void {
    const a2 = Math.floor(a / BASE);
    const a1 = Math.floor((a - a2 * BASE) / HALF);
    const a0 = a - a2 * BASE - a1 * HALF;
    const b2 = Math.floor(b / BASE);
    const b1 = Math.floor((b - b2 * BASE) / HALF);
    const b0 = b - b2 * BASE - b1 * HALF;
    const middle = a1 * b0 + a0 * b1;
    const middleHigh = Math.floor(middle / HALF);
    const low = a0 * b0 + (middle - middleHigh * HALF) * HALF;
    const carry = Math.floor(low / BASE);
    this.lo = low - carry * BASE;
    this.hi = a1 * b1 + a2 * b0 + a0 * b2 + middleHigh + carry + (a2 * b1 + a1 * b2) * HALF + a2 * b2 * BASE;
    this.assertRange();
  }

  negate(): this {
    if (this.lo === 0) {
      this.hi = 0 - this.hi;
    } else {
      this.hi = -this.hi - 1;
      this.lo = BASE - this.lo;
    }
    return this;
  }

  add(other: Wide): this {
    return this.addParts(other.hi, other.lo);
  }

  subtract(other: Wide): this {
    if (other.lo === 0) return this.addParts(0 - other.hi, 0);
    return this.addParts(-other.hi - 1, BASE - other.lo);
  }

  /** Adds a safe integer. */
  addInteger(value: number): this {
    const hi = Math.floor(value / BASE);
    return this.addParts(hi, value - hi * BASE);
  }

  /** Adds a × b of two safe integers. */
  addProduct(a: number, b: number): this {
    return this.add(product.setProduct(a, b));
  }

  private addParts(hi: number, lo: number): this {
    const low = this.lo + lo;
    const carry = low >= BASE ? 1 : 0;
    this.lo = low - carry * BASE;
    this.hi = this.hi + hi + carry;
    this.assertRange();
    return this;
  }

  /** Multiplies by a positive safe integer. */
  scale(factor: number): this {
    if (factor === 1) return this;
    const negative = this.hi < 0;
    if (negative) this.negate();
    high.setProduct(this.hi, factor);
    this.setProduct(this.lo, factor);
    assert(high.hi === 0 || high.lo * 2 ** -48 < HI_MAX, 'Invariant: a scaled Wide stays within ±2^101');
    this.addParts(high.lo + high.hi * BASE, 0);
    return negative ? this.negate() : this;
  }

  /**
   * total × part / whole, truncated towards zero; 0 ≤ part ≤ whole < PROPORTION_MAX. Long multiplication and division
   * bit by bit: prefix(total) × part = quotient × whole + remainder at every step.
   */
  setProportion(total: Wide, part: number, whole: number): this {
    assert(part >= 0 && part <= whole, 'Invariant: a proportion is between nothing and all');
    assert(whole > 0 && whole < PROPORTION_MAX, 'Invariant: a proportion divides by less than 2^51');
    magnitude.set(total);
    const negative = total.hi < 0;
    if (negative) magnitude.negate();
    this.setZero();
    let remainder = 0;
    let weight = 2 ** 52;
    for (let bit = 0; bit < 53; bit++, weight /= 2) remainder = this.shiftIn(magnitude.hi, weight, remainder, part, whole);
    weight = 2 ** 47;
    for (let bit = 0; bit < 48; bit++, weight /= 2) remainder = this.shiftIn(magnitude.lo, weight, remainder, part, whole);
    return negative ? this.negate() : this;
  }

  private shiftIn(limb: number, weight: number, remainder: number, part: number, whole: number): number {
    let next = remainder * 2;
    if (Math.floor(limb / weight) % 2 === 1) next += part;
    let quotient = 0;
    while (next >= whole) {
      next -= whole;
      quotient++;
    }
    this.addParts(this.hi, this.lo);
    this.addParts(0, quotient);
    return next;
  }

  /** −1, 0 or 1. */
  compare(other: Wide): number {
    if (this.hi !== other.hi) return this.hi < other.hi ? -1 : 1;
    if (this.lo !== other.lo) return this.lo < other.lo ? -1 : 1;
    return 0;
  }

  get zero(): boolean {
    return this.hi === 0 && this.lo === 0;
  }

  /** For reports and configuration, not for the path. */
  toBigInt(): bigint {
    return BigInt(this.hi) * BigInt(BASE) + BigInt(this.lo);
  }

  setBigInt(value: bigint): this {
    const low = BigInt.asUintN(48, value);
    this.lo = Number(low);
    this.hi = Number((value - low) / BigInt(BASE));
    this.assertRange();
    return this;
  }

  private assertRange(): void {
    assert(this.hi <= HI_MAX && this.hi >= -HI_MAX, 'Invariant: a Wide stays within ±2^101');
  }
}

const product = new Wide();
const high = new Wide();
const magnitude = new Wide();
