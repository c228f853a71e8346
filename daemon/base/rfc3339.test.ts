// Stamps against the platform's own calendar, and what is no stamp.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatTimestamp, TimestampReader, unixNs } from './rfc3339.ts';

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

  test('written as Date writes them, from 1970 to 9999', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (ms) => {
      expect(formatTimestamp(BigInt(ms) * 1_000_000n, 3)).toBe(new Date(ms).toISOString());
    }), { numRuns: 2000 });
  });

  test('finer digits than asked for are cut', () => {
    const ns = 1_784_483_679_123_456_789n;
    expect([0, 3, 6, 9].map((digits) => formatTimestamp(ns, digits))).toEqual([
      '2026-07-19T17:54:39Z', '2026-07-19T17:54:39.123Z', '2026-07-19T17:54:39.123456Z', '2026-07-19T17:54:39.123456789Z',
    ]);
    expect(read(formatTimestamp(ns, 9))).toBe(ns);
  });
});
