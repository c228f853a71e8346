// Exactness of decimal text in both directions, against BigInt and by property.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDecimal, parseDecimal, parseScaled } from './decimal.ts';

describe('decimal text', () => {
  it.each([
    [0, 0, '0'],
    [0, 2, '0.00'],
    [5, 2, '0.05'],
    [-5, 2, '-0.05'],
    [-1205, 2, '-12.05'],
    [1205, 0, '1205'],
    [Number.MAX_SAFE_INTEGER, 8, '90071992.54740991'],
    [Number.MIN_SAFE_INTEGER, 8, '-90071992.54740991'],
    [1n, 18, '0.000000000000000001'],
    [-(2n ** 70n), 3, '-1180591620717411303.424'],
    [-0, 1, '0.0'],
  ])('COR-37: %s at scale %s is shown as %s', (value, scale, text) => {
    expect(formatDecimal(value, scale)).toBe(text);
    expect(parseDecimal(text, scale)).toBe(BigInt(value));
  });

  it('COR-37: every scaled integer survives text and back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 90n), max: 2n ** 90n }), fc.nat(30), (value, scale) => {
        expect(parseDecimal(formatDecimal(value, scale), scale)).toBe(value);
      }),
    );
  });

  it('COR-37: a number and its bigint have one spelling', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.nat(12), (value, scale) => {
        expect(formatDecimal(value, scale)).toBe(formatDecimal(BigInt(value), scale));
        expect(parseScaled(formatDecimal(value, scale), scale)).toBe(value + 0);
      }),
    );
  });

  it('COR-37: text has one value, whatever its trailing zeros', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.nat(8), fc.nat(8), (value, scale, zeros) => {
        const text = formatDecimal(value, scale);
        const padded = zeros === 0 ? text : `${scale === 0 ? `${text}.` : text}${'0'.repeat(zeros)}`;
        expect(parseDecimal(padded, scale)).toBe(value);
      }),
    );
  });

  it.each([
    '',
    '.',
    '1.',
    '.5',
    '+1',
    '1e3',
    '0x10',
    ' 1',
    '1 ',
    '--1',
    'NaN',
    'Infinity',
    '1,000',
    '１',
    '9'.repeat(200),
  ])('COR-37: %j is refused', (text) => {
    expect(() => parseDecimal(text, 2)).toThrow(SyntaxError);
  });

  it('COR-37: finer digits than the scale, unsafe numbers and bad scales are refused', () => {
    expect(() => parseDecimal('1.001', 2)).toThrow(/at most 2 digits/);
    expect(() => parseScaled('90071992547409.92', 2)).toThrow(/2\^53/);
    expect(() => formatDecimal(2 ** 53, 0)).toThrow(/safe integer/);
    expect(() => formatDecimal(0.5, 0)).toThrow(/safe integer/);
    expect(() => formatDecimal(1, -1)).toThrow(/scale/);
    expect(() => formatDecimal(1, 31)).toThrow(/scale/);
  });
});
