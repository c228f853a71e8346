import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32 } from './crc32.ts';
import { digitsChecksum, evenDigitsChecksum, interleavedChecksum } from './ladder-checksum.ts';
import { LevelBook } from './level-book.ts';

type Level = readonly string[];
interface Ladder { readonly venue: string; readonly asks: readonly Level[]; readonly bids: readonly Level[]; readonly checksum: number }

const SCALE = { priceScale: 9, quantityScale: 8 };
const LADDERS = fileURLToPath(new URL('../../../shared/data/checksums/static-ladders.json', import.meta.url));

function decimalsOf(text: string): number {
  return text.includes('.') ? text.length - text.indexOf('.') - 1 : 0;
}

function scaled(text: string, scale: number): number {
  const [whole = '', fraction = ''] = text.split('.');
  return Number(whole + fraction.padEnd(scale, '0'));
}

function bookOf(bids: readonly Level[], asks: readonly Level[], { priceScale, quantityScale } = SCALE): LevelBook {
  const book = new LevelBook();
  for (const [side, levels] of [[book.bids, bids], [book.asks, asks]] as const) {
    for (const [price = '', quantity = ''] of levels) {
      side.set(scaled(price, priceScale), scaled(quantity, quantityScale), decimalsOf(price), decimalsOf(quantity));
    }
  }
  return book;
}

/** The text, made the slow way. */
function interleaved(bids: readonly Level[], asks: readonly Level[], levels: number): string {
  const parts: string[] = [];
  for (let i = 0; i < levels; i += 1) {
    parts.push(...(bids[i] ?? []).slice(0, 2), ...(asks[i] ?? []).slice(0, 2));
  }
  return parts.join(':');
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const crcOf = (text: string): number => crc32(bytes(text), bytes(text).length);

describe('text of a ladder', () => {
  test('numbers are spelled as they were written, zeros at both ends included', () => {
    const bids = [['12.050', '0.00000500'], ['0.000000008', '7'], ['0.000000007', '90071992.54740991']];
    const asks = [['100', '3.10']];
    expect(interleavedChecksum(bookOf(bids, asks), SCALE, 25))
      .toBe(crcOf('12.050:0.00000500:100:3.10:0.000000008:7:0.000000007:90071992.54740991'));
  });

  test('digits: asks first, without point and leading zeros', () => {
    const book = bookOf([['0.04765', '0.00000500']], [['0.05120', '12.00']]);
    expect(digitsChecksum(book, SCALE, 10)).toBe(crcOf(`5120${'1200'}4765${'500'}`));
  });

  test('digits with even decimals: of the wire text, whatever the scale and whatever each level showed', () => {
    const expected = crcOf('645251107749064525053807066');
    for (const [priceScale, quantityScale] of [[1, 8], [4, 9], [2, 10]] as const) {
      const book = new LevelBook();
      book.asks.set(645251 * 10 ** (priceScale - 1), 1077490 * 10 ** (quantityScale - 8));
      book.bids.set(645250 * 10 ** (priceScale - 1), 53807066 * 10 ** (quantityScale - 8), 7, 7);
      expect(evenDigitsChecksum(book, { priceScale, quantityScale }, 10, 1, 8)).toBe(expected);
    }
  });

  test('digits with even decimals: numbers of any length, digit by digit', () => {
    fc.assert(fc.property(fc.maxSafeNat().filter((value) => value > 0), fc.nat(4), (value, shift) => {
      const book = new LevelBook();
      book.bids.set(value, value);
      expect(evenDigitsChecksum(book, { priceScale: 9, quantityScale: 9 }, 10, 9 + shift, 9 + shift))
        .toBe(crcOf(`${value}${'0'.repeat(shift)}`.repeat(2)));
    }));
  });

  test('an empty book is the checksum of nothing', () => {
    expect(interleavedChecksum(new LevelBook(), SCALE, 25)).toBe(0);
    expect(digitsChecksum(new LevelBook(), SCALE, 10)).toBe(0);
    expect(evenDigitsChecksum(new LevelBook(), SCALE, 10, 0, 0)).toBe(0);
  });

  test('a level that is no price, or has more decimals than one, makes no checksum, not a wrong one', () => {
    for (const [price, decimals] of [[1, 251], [NaN, 0], [-1, 0], [2 ** 53, 0]] as const) {
      const book = new LevelBook();
      book.bids.set(price, 1, decimals, 0);
      expect(interleavedChecksum(book, SCALE, 25)).toBeNaN();
      expect(digitsChecksum(book, SCALE, 25)).toBeNaN();
      expect(evenDigitsChecksum(book, SCALE, 25, decimals, 0)).toBeNaN();
    }
  });

  test('any ladder: as zlib over the text put together naively', () => {
    const number = fc.tuple(fc.integer({ min: 1, max: 999_999 }), fc.integer({ min: 0, max: 8 }));
    const spelled = ([mantissa, decimals]: readonly [number, number]): string => {
      const digits = String(mantissa).padStart(decimals + 1, '0');
      return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
    };
    const side = fc.uniqueArray(fc.tuple(number, number), {
      maxLength: 40, size: 'max', selector: ([price]) => scaled(spelled(price), SCALE.priceScale),
    }).map((levels) => levels.map((level) => level.map(spelled)));
    const ranked = (levels: readonly Level[], sign: number): Level[] =>
      [...levels].sort(([a = ''], [b = '']) => sign * (scaled(a, SCALE.priceScale) - scaled(b, SCALE.priceScale)));
    fc.assert(fc.property(side, side, (bids, asks) => {
      const text = interleaved(ranked(bids, -1), ranked(asks, 1), 25);
      expect(interleavedChecksum(bookOf(bids, asks), SCALE, 25)).toBe(zlibCrc32(text));
    }), { numRuns: 200 });
  });
});

describe.skipIf(!existsSync(LADDERS))('static ladders in ../shared/data', () => {
  const ladders = existsSync(LADDERS) ? JSON.parse(readFileSync(LADDERS, 'utf8')) as readonly Ladder[] : [];
  const of = (venue: string): readonly Ladder[] => ladders.filter((ladder) => ladder.venue === venue);

  test('OKX 2, OKCoin 1: alternating bid and ask, 25 levels', () => {
    for (const { bids, asks, checksum } of [...of('OKX'), ...of('OKCOIN')]) {
      expect(interleavedChecksum(bookOf(bids, asks), SCALE, 25)).toBe(checksum);
    }
    expect([of('OKX').length, of('OKCOIN').length]).toEqual([2, 1]);
  });

  test('Kraken 4: digits of ten asks and ten bids', () => {
    for (const { bids, asks, checksum } of of('KRAKEN')) {
      expect(digitsChecksum(bookOf(bids, asks), SCALE, 10)).toBe(checksum);
    }
    expect(of('KRAKEN')).toHaveLength(4);
  });

  test('Bitfinex 5: not applicable, no Venue of ours alternates signed amounts', () => {
    expect(of('BITFINEX')).toHaveLength(5);
  });
});
