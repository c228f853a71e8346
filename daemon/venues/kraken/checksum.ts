// Kraken's book checksum: CRC-32 over the ten best asks ascending, then the ten best bids descending; of each level price,
// then quantity, as the digits of the wire text without point and leading zeros. Pure.

import { crc32 } from '../../base/crc32.ts';
import type { BookSide, LevelBook } from '../../base/level-book.ts';

/** Levels a side that the checksum covers, whatever the depth. */
export const CHECKSUM_LEVELS = 10;
/** Two numbers of at most 16 digits, and zeros up to the widest wire precision. */
const DIGITS_MAX = 64;
const TEN_MILLION = 10_000_000;

const text = new Uint8Array(CHECKSUM_LEVELS * 2 * 2 * DIGITS_MAX);

/** `priceShift`, `quantityShift`: decimals on the wire minus the instrument's scale. */
export function bookChecksum(book: LevelBook, priceShift: number, quantityShift: number): number {
  let size = 0;
  size = write(book.asks, size, priceShift, quantityShift);
  size = write(book.bids, size, priceShift, quantityShift);
  return crc32(text, size);
}

function write(side: BookSide, from: number, priceShift: number, quantityShift: number): number {
  const count = Math.min(side.count, CHECKSUM_LEVELS);
  let at = from;
  for (let i = 0; i < count; i += 1) {
    at = writeShifted(text, at, side.prices[i], priceShift);
    at = writeShifted(text, at, side.quantities[i], quantityShift);
  }
  return at;
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
