// Kraken's book checksum: CRC-32 over the ten best asks ascending, then the ten best bids descending; of each level price,
// then quantity, as the digits of the wire text without point and leading zeros. Pure.

import { crc32 } from '../../base/crc32.ts';
import { writeDigits } from '../../base/digits.ts';
import type { BookSide, LevelBook } from '../../base/level-book.ts';

/** Levels a side that the checksum covers, whatever the depth. */
const CHECKSUM_LEVELS = 10;
/** Two numbers of at most 16 digits, and zeros up to the widest wire precision. */
const DIGITS_MAX = 64;

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
