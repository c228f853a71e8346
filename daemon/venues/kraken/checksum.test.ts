// The digits that Kraken hashes, from scaled integers of any scale.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32 } from '../../base/crc32.ts';
import { LevelBook } from '../../base/level-book.ts';
import { bookChecksum } from './checksum.ts';

function crcOf(text: string): number {
  return crc32(Uint8Array.from(text, (digit) => digit.charCodeAt(0)), text.length);
}

describe('the checksum', () => {
  test('is over the digits of the wire text, whatever the instrument\'s scale', () => {
    const text = '645251107749064525053807066';
    const expected = crcOf(text);
    for (const [priceScale, quantityScale] of [[1, 8], [4, 9], [2, 10]] as const) {
      const book = new LevelBook();
      book.asks.set(645251 * 10 ** (priceScale - 1), 1077490 * 10 ** (quantityScale - 8));
      book.bids.set(645250 * 10 ** (priceScale - 1), 53807066 * 10 ** (quantityScale - 8));
      expect(bookChecksum(book, 1 - priceScale, 8 - quantityScale)).toBe(expected);
    }
  });

  test('CRC-32 of the standard check string', () => {
    expect(crcOf('123456789')).toBe(0xcbf43926);
  });

  test('numbers of any length are written digit by digit', () => {
    fc.assert(fc.property(fc.maxSafeNat().filter((value) => value > 0), fc.nat(4), (value, shift) => {
      const book = new LevelBook();
      book.bids.set(value, value);
      const digits = `${value}${'0'.repeat(shift)}`.repeat(2);
      expect(bookChecksum(book, shift, shift)).toBe(crcOf(digits));
    }));
  });
});
