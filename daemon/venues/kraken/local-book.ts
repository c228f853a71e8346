// The gateway's own copy of one Kraken book, as deep as the subscription: what the checksum is computed over, and what
// a fresh snapshot for the daemon is taken from. Prices and quantities are scaled integers. Decides nothing.

import { crc32 } from '../../base/crc32.ts';

/** Levels a side that Kraken's checksum covers, whatever the depth. */
export const CHECKSUM_LEVELS = 10;
/** Two numbers of at most 16 digits, and zeros up to the widest wire precision. */
const DIGITS_MAX = 64;
const TEN_MILLION = 10_000_000;

/** One side, best first. */
export class BookSide {
  prices = new Float64Array(64);
  quantities = new Float64Array(64);
  count = 0;
  private readonly sign: number;

  /** `sign` 1: best is the highest price (bids); -1: the lowest (asks). */
  constructor(sign: 1 | -1) {
    this.sign = sign;
  }

  clear(): void {
    this.count = 0;
  }

  /** Sets the quantity at a price; 0 removes it. A price named again takes its latest quantity. */
  set(price: number, quantity: number): void {
    const { prices, quantities } = this;
    const at = this.find(price);
    const present = at < this.count && prices[at] === price;
    if (quantity === 0) {
      if (!present) return;
      prices.copyWithin(at, at + 1, this.count);
      quantities.copyWithin(at, at + 1, this.count);
      this.count -= 1;
    } else if (present) {
      quantities[at] = quantity;
    } else {
      this.insert(at, price, quantity);
    }
  }

  /** What falls out of the window is forgotten: Kraken never sends its removal. */
  truncate(depth: number): void {
    if (this.count > depth) this.count = depth;
  }

  /** Levels as flat pairs, best first. */
  pairs(): number[] {
    const pairs: number[] = [];
    for (let i = 0; i < this.count; i += 1) pairs.push(this.prices[i], this.quantities[i]);
    return pairs;
  }

  /** Index of `price`, or where it belongs. Updates cluster at the top, so the search begins there. */
  private find(price: number): number {
    const { prices, sign } = this;
    const key = price * sign;
    let low = 0;
    let high = 1;
    while (high < this.count && prices[high] * sign > key) {
      low = high;
      high *= 2;
    }
    if (high > this.count) high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (prices[middle] * sign > key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private insert(at: number, price: number, quantity: number): void {
    if (this.count === this.prices.length) this.grow();
    this.prices.copyWithin(at + 1, at, this.count);
    this.quantities.copyWithin(at + 1, at, this.count);
    this.prices[at] = price;
    this.quantities[at] = quantity;
    this.count += 1;
  }

  private grow(): void {
    const prices = new Float64Array(this.prices.length * 2);
    const quantities = new Float64Array(prices.length);
    prices.set(this.prices);
    quantities.set(this.quantities);
    this.prices = prices;
    this.quantities = quantities;
  }
}

export class LocalBook {
  readonly bids = new BookSide(1);
  readonly asks = new BookSide(-1);
  private readonly text = new Uint8Array(CHECKSUM_LEVELS * 2 * DIGITS_MAX);

  clear(): void {
    this.bids.clear();
    this.asks.clear();
  }

  truncate(depth: number): void {
    this.bids.truncate(depth);
    this.asks.truncate(depth);
  }

  /** Best bid at or above best ask: an update was lost. */
  isCrossed(): boolean {
    return this.bids.count > 0 && this.asks.count > 0 && this.bids.prices[0] >= this.asks.prices[0];
  }

  /**
   * CRC-32 over the ten best asks, then the ten best bids: price and quantity of each as the digits of the wire text
   * without point and leading zeros. `priceShift`, `quantityShift`: decimals on the wire minus the instrument's scale.
   */
  checksum(priceShift: number, quantityShift: number): number {
    let size = 0;
    size = this.write(this.asks, size, priceShift, quantityShift);
    size = this.write(this.bids, size, priceShift, quantityShift);
    return crc32(this.text, size);
  }

  private write(side: BookSide, from: number, priceShift: number, quantityShift: number): number {
    const count = Math.min(side.count, CHECKSUM_LEVELS);
    let at = from;
    for (let i = 0; i < count; i += 1) {
      at = writeShifted(this.text, at, side.prices[i], priceShift);
      at = writeShifted(this.text, at, side.quantities[i], quantityShift);
    }
    return at;
  }
}

/** value × 10^shift in digits. A negative shift cuts zeros: the wire never had those decimals. */
function writeShifted(text: Uint8Array, at: number, value: number, shift: number): number {
  let end = writeDigits(text, at, shift < 0 ? value / 10 ** -shift : value);
  for (let i = 0; i < shift; i += 1) text[end++] = 48;
  return end;
}

/** Digits of a positive safe integer; small halves keep the divisions in 32-bit integers. */
function writeDigits(text: Uint8Array, at: number, value: number): number {
  const high = Math.floor(value / TEN_MILLION);
  if (high === 0) return writeSmall(text, at, value | 0, digitCount(value));
  const middle = high >= TEN_MILLION ? writeDigits(text, at, high) : writeSmall(text, at, high | 0, digitCount(high));
  return writeSmall(text, middle, (value - high * TEN_MILLION) | 0, 7);
}

function writeSmall(text: Uint8Array, at: number, value: number, count: number): number {
  let rest = value;
  for (let i = at + count - 1; i >= at; i -= 1) {
    const tens = (rest / 10) | 0;
    text[i] = 48 + rest - tens * 10;
    rest = tens;
  }
  return at + count;
}

function digitCount(value: number): number {
  let count = 1;
  for (let bound = 10; value >= bound; bound *= 10) count += 1;
  return count;
}
