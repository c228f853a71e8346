// Exactness of decimals, durations and sizes: every value survives a round trip, nothing is rounded.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatDecimal, formatDuration, formatSize, parseDecimal, parseDuration, parseSize, scaleDecimal,
} from './units.ts';

describe('decimals', () => {
  test.each([
    ['0', '0'], ['-0', '0'], ['007', '7'], ['1.50', '1.5'], ['0.00000001', '0.00000001'], ['1e-7', '0.0000001'],
    ['1.2E3', '1200'], ['+5', '5'], ['-0.10', '-0.1'],
    ['12345678901234567890.123456789', '12345678901234567890.123456789'],
  ])('%s is %s', (text, normal) => {
    expect(formatDecimal(parseDecimal(text)!)).toBe(normal);
  });

  test.each(['', '.', '1.', '.5', '1,5', '1_000', '0x10', 'NaN', 'Infinity', ' 1', '1 ', '1e', '1e999', '--1'])(
    'refuses %j', (text) => {
      expect(parseDecimal(text)).toBeNull();
    });

  test('formatting then parsing gives the same value', () => {
    fc.assert(fc.property(fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n }), fc.nat(20), (integer, scale) => {
      const parsed = parseDecimal(formatDecimal({ integer, scale }))!;
      expect(parsed.integer * 10n ** BigInt(40 - parsed.scale)).toBe(integer * 10n ** BigInt(40 - scale));
    }));
  });

  test('scaling refuses to round', () => {
    expect(scaleDecimal(parseDecimal('0.12')!, 2)).toBe(12n);
    expect(scaleDecimal(parseDecimal('0.12')!, 8)).toBe(12_000_000n);
    expect(scaleDecimal(parseDecimal('0.123')!, 2)).toBeNull();
  });
});

describe('durations and sizes', () => {
  test.each([
    ['5s', 5e9], ['250ms', 250e6], ['1.5ms', 1.5e6], ['50us', 50e3], ['7ns', 7], ['2min', 120e9],
    ['1h', 3600e9], ['0s', 0],
  ])('%s is %d ns', (text, nanoseconds) => {
    expect(parseDuration(text)).toBe(nanoseconds);
  });

  test.each([['64MiB', 67_108_864], ['4KiB', 4096], ['1GiB', 1_073_741_824], ['10B', 10], ['1.5KiB', 1536]])(
    '%s is %d bytes', (text, bytes) => {
      expect(parseSize(text)).toBe(bytes);
    });

  test.each(['5', '', '-5s', '5 seconds', '5m', '0.5ns', '5S', '1e3s', '99999999h'])(
    'refuses the duration %j', (text) => {
      expect(parseDuration(text)).toBeNull();
    });

  test.each(['5', '64MB', '1.3B', 'MiB'])('refuses the size %j', (text) => {
    expect(parseSize(text)).toBeNull();
  });

  test('formatting then parsing gives the same value', () => {
    fc.assert(fc.property(fc.maxSafeNat(), (value) => {
      expect(parseDuration(formatDuration(value))).toBe(value);
      expect(parseSize(formatSize(value))).toBe(value);
    }));
  });
});
