// The decoder's parts on their own: numbers, stamps, strings, and the two ways of reading a book frame agreeing.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32 } from '../../base/crc32.ts';
import { FrameKind, KrakenDecoder } from './decode.ts';
import { BookSide, LevelBook } from '../../base/level-book.ts';
import { bookChecksum } from './checksum.ts';
import { BTC_CAPTURE, HAS_RECORDINGS, readRecording } from './recording.ts';
import { toScaled } from '../../base/scaled.ts';
import { JsonScanner } from '../../base/json-scanner.ts';
import { TimestampReader, unixNs } from '../../base/rfc3339.ts';

function scan(text: string): JsonScanner {
  const scanner = new JsonScanner();
  scanner.open(text);
  return scanner;
}

describe('numbers', () => {
  test.each([
    ['0', 0, 0], ['64525.0', 645250, 1], ['0.77490540', 77490540, 8], ['1.0E-7', 10, 8], ['1e-7', 1, 7],
    ['3.6E-7', 36, 8], ['12E+3', 12, -3], ['1.5e1', 15, 0], ['-2.50', -250, 2],
    ['9007199254740991', 9007199254740991, 0],
  ])('%s', (text, mantissa, decimals) => {
    const scanner = scan(text);
    expect(scanner.number()).toBe(true);
    expect([scanner.mantissa, scanner.decimals, scanner.exact]).toEqual([mantissa, decimals, true]);
    expect(scanner.finished()).toBe(true);
  });

  test.each(['', '-', '.5', '1.', '1e', '1e+', 'NaN', '1e401', '+1'])('%j is not one', (text) => {
    expect(scan(text).number()).toBe(false);
  });

  test('more digits than a safe integer holds are noticed, never rounded', () => {
    const scanner = scan('9007199254740993');
    scanner.number();
    expect(scanner.exact).toBe(false);
  });

  test('every decimal text becomes its exact scaled integer, or is refused when it has finer digits', () => {
    fc.assert(fc.property(fc.nat(9_999_999), fc.nat(8), fc.nat(8), (mantissa, decimals, scale) => {
      const digits = String(mantissa).padStart(decimals + 1, '0');
      const point = digits.length - decimals;
      const scanner = scan(decimals === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`);
      scanner.number();
      const exact = BigInt(mantissa) * 10n ** BigInt(scale + 10) / 10n ** BigInt(decimals);
      const scaled = toScaled(scanner.mantissa, scanner.decimals, scale);
      if (exact % 10n ** 10n === 0n) expect(BigInt(scaled)).toBe(exact / 10n ** 10n);
      else expect(scaled).toBeNaN();
    }));
  });
});

describe('stamps', () => {
  const read = (text: string): bigint => {
    const reader = new TimestampReader();
    reader.read(text, 0, text.length);
    return unixNs(reader.seconds, reader.nanoseconds);
  };

  test('every second from 1970 to 2100 agrees with the platform\'s own calendar', () => {
    fc.assert(fc.property(fc.nat(4_102_444_799), fc.nat(999_999), (seconds, micros) => {
      const date = new Date(seconds * 1000).toISOString().slice(0, 19);
      const expected = BigInt(seconds) * 1_000_000_000n + BigInt(micros) * 1000n;
      expect(read(`${date}.${String(micros).padStart(6, '0')}Z`)).toBe(expected);
    }));
  });

  test.each([
    ['2026-07-19T17:54:39Z', 1_784_483_679_000_000_000n], ['2026-07-19T17:54:39.1Z', 1_784_483_679_100_000_000n],
    ['2026-07-19T17:54:39.123456789987Z', 1_784_483_679_123_456_789n],
  ])('%s', (text, expected) => expect(read(text)).toBe(expected));

  test.each([
    '', 'yesterday', '2026-07-19 17:54:39Z', '2026-07-19T17:54:39', '2026-13-19T17:54:39Z', '2026-07-19T25:54:39Z',
    '2026-07-19T17:54:39.Z', '2026-07-19T17:54:39.12x4Z', '2026-07-19T17:54:39+02Z', '20260719T175439Z',
  ])('%j is not one', (text) => expect(read(text)).toBe(0n));
});

describe('frames', () => {
  test('malformed text never ends in anything but Malformed', () => {
    const decoder = new KrakenDecoder(['X']);
    for (const text of ['', 'null', '[]', '{', '{}}', '{"a":}', '{"a" 1}', '{"a":tru}', '{"a":1,}', `${'['.repeat(50)}`,
      `{"a":${'['.repeat(40)}${']'.repeat(40)}}`, '{"channel":"book\\', '{"channel":"bo\u0001ok"}', '{"channel":1}']) {
      expect(decoder.decode(text), text).toBe(FrameKind.Malformed);
    }
    expect(decoder.decode('{}')).toBe(FrameKind.UnknownMessage);
  });

  test.skipIf(!HAS_RECORDINGS)('the quick way and the general way read every recorded frame alike', () => {
    const decoder = new KrakenDecoder(['ETH/USD', 'BTC/USD']);
    const read = (frame: string): unknown => {
      const kind = decoder.decode(frame);
      const end = decoder.books[0]?.asksTo ?? 0;
      const books = decoder.books.slice(0, decoder.bookCount);
      return structuredClone([kind, decoder.isSnapshot, books, decoder.levels.slice(0, end * 4)]);
    };
    for (const { frame } of readRecording(BTC_CAPTURE)) expect(read(frame)).toEqual(read(` ${frame}`));
  });
});

function crcOf(text: string): number {
  return crc32(Uint8Array.from(text, (digit) => digit.charCodeAt(0)), text.length);
}

describe('the local book', () => {
  test('a side equals a sorted map after any sequence of sets', () => {
    const sets = fc.array(fc.tuple(fc.integer({ min: 1, max: 60 }), fc.nat(3)), { maxLength: 300 });
    fc.assert(fc.property(sets, fc.constantFrom(1 as const, -1 as const), (changes, sign) => {
      const side = new BookSide(sign);
      const reference = new Map<number, number>();
      for (const [price, quantity] of changes) {
        side.set(price, quantity);
        if (quantity === 0) reference.delete(price);
        else reference.set(price, quantity);
      }
      expect(side.pairs()).toEqual([...reference].sort(([a], [b]) => (b - a) * sign).flat());
    }));
  });

  test('the checksum is over the digits of the wire text, whatever the instrument\'s scale', () => {
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
