// Checksums that Venues compute over the text of a book's best levels: CRC-32 of price and quantity exactly as they were
// written. Works from scaled integers and the decimals that stood on the wire, never from floats. Knows no Venue, and
// decides nothing: a caller compares.

import { crc32 } from './crc32.ts';
import { writeDigits } from './digits.ts';
import type { BookSide, LevelBook } from './level-book.ts';

/** Of the instrument: how the integers in the book are scaled. */
export interface LadderScale { readonly priceScale: number; readonly quantityScale: number }

/** Levels a side that fit the text. */
const LADDER_LEVELS_MAX = 25;
/** More decimals than any price has; a level written with more has no checksum. */
const DECIMALS_MAX = 40;
/** 16 digits of a safe integer, zeros up to the decimals, a point, a separator. */
const NUMBER_SIZE_MAX = 64;
const ZERO = 48;
const POINT = 46;
const COLON = 58;

const text = new Uint8Array(LADDER_LEVELS_MAX * 2 * 2 * NUMBER_SIZE_MAX);

/**
 * Over `bid:quantity:ask:quantity:bid:…`, best first; where one side has fewer levels the other goes on alone. Unsigned;
 * NaN when a level has no text.
 */
export function interleavedChecksum(book: LevelBook, scale: LadderScale, levels: number): number {
  const count = Math.min(levels, LADDER_LEVELS_MAX, Math.max(book.bids.count, book.asks.count));
  let size = 0;
  for (let i = 0; i < count && size >= 0; i += 1) {
    size = writeLevel(book.bids, i, scale, size);
    size = writeLevel(book.asks, i, scale, size);
  }
  if (size < 0) return NaN;
  return crc32(text, size === 0 ? 0 : size - 1);
}

/**
 * Over the digits of asks, then bids, best first: price, then quantity, without point and leading zeros. Unsigned; NaN
 * when a level has no text.
 */
export function digitsChecksum(book: LevelBook, scale: LadderScale, levels: number): number {
  const size = writeDigitsOf(book.bids, scale, levels, writeDigitsOf(book.asks, scale, levels, 0));
  return size < 0 ? NaN : crc32(text, size);
}

/** As `digitsChecksum`, with one number of decimals for every price and one for every quantity, whatever the levels say. */
export function evenDigitsChecksum(
  book: LevelBook, scale: LadderScale, levels: number, priceDecimals: number, quantityDecimals: number,
): number {
  const asksEnd = writeEvenDigitsOf(book.asks, scale, levels, priceDecimals, quantityDecimals, 0);
  const size = writeEvenDigitsOf(book.bids, scale, levels, priceDecimals, quantityDecimals, asksEnd);
  return size < 0 ? NaN : crc32(text, size);
}

/** `price:quantity:` of one level; nothing when the side has no such level; -1 when it or what stood before has no text. */
function writeLevel(side: BookSide, index: number, scale: LadderScale, from: number): number {
  if (from < 0 || index >= side.count) return from;
  const price = writeDecimal(from, side.prices[index], scale.priceScale, side.priceDecimals[index]);
  if (price < 0) return -1;
  text[price] = COLON;
  const quantity = writeDecimal(price + 1, side.quantities[index], scale.quantityScale, side.quantityDecimals[index]);
  if (quantity < 0) return -1;
  text[quantity] = COLON;
  return quantity + 1;
}

function writeDigitsOf(side: BookSide, scale: LadderScale, levels: number, from: number): number {
  const count = Math.min(side.count, levels, LADDER_LEVELS_MAX);
  let at = from;
  for (let i = 0; i < count && at >= 0; i += 1) {
    at = writeShifted(at, side.prices[i], scale.priceScale, side.priceDecimals[i]);
    if (at >= 0) at = writeShifted(at, side.quantities[i], scale.quantityScale, side.quantityDecimals[i]);
  }
  return at;
}

function writeEvenDigitsOf(
  side: BookSide, scale: LadderScale, levels: number, priceDecimals: number, quantityDecimals: number, from: number,
): number {
  const count = Math.min(side.count, levels, LADDER_LEVELS_MAX);
  let at = from;
  for (let i = 0; i < count && at >= 0; i += 1) {
    at = writeShifted(at, side.prices[i], scale.priceScale, priceDecimals);
    if (at >= 0) at = writeShifted(at, side.quantities[i], scale.quantityScale, quantityDecimals);
  }
  return at;
}

/** The number as it was written: (1205, scale 2, decimals 3) → "12.050". Returns where it ends; -1: it has no text. */
function writeDecimal(at: number, value: number, scale: number, decimals: number): number {
  const end = writeShifted(at, value, scale, decimals);
  if (end < 0 || decimals === 0) return end;
  const whole = end - at - decimals;
  if (whole > 0) {
    text.copyWithin(at + whole + 1, at + whole, end);
    text[at + whole] = POINT;
    return end + 1;
  }
  // Below one: the digits move behind "0." and as many zeros as are missing.
  text.copyWithin(at + 2 - whole, at, end);
  text.fill(ZERO, at, at + 2 - whole);
  text[at + 1] = POINT;
  return end + 2 - whole;
}

/** value × 10^(decimals − scale) in digits. Fewer decimals than the scale cut zeros: the wire never had them. */
function writeShifted(at: number, value: number, scale: number, decimals: number): number {
  if (!Number.isSafeInteger(value) || value < 0 || decimals > DECIMALS_MAX) return -1;
  const shift = decimals - scale;
  let end = writeDigits(text, at, shift < 0 ? Math.round(value / 10 ** -shift) : value);
  for (let i = 0; i < shift; i += 1) text[end++] = ZERO;
  return end;
}
