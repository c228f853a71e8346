// Numbers as JSON writes them: exact, or known to be inexact.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonScanner } from './json-scanner.ts';
import { toScaled } from './scaled.ts';

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
