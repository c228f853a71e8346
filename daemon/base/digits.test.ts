import fc from 'fast-check';
import { expect, test } from 'vitest';
import { writeDigits } from './digits.ts';

test('any safe integer: its digits as String gives them, at the place asked for', () => {
  const bytes = new Uint8Array(32);
  const integers = fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, 9, 10, 9_999_999, 10_000_000, 10_000_001, 1e14, Number.MAX_SAFE_INTEGER));
  fc.assert(fc.property(integers, fc.nat(8), (value, at) => {
    const end = writeDigits(bytes, at, value);
    expect(new TextDecoder().decode(bytes.subarray(at, end))).toBe(String(value));
  }), { numRuns: 500 });
});
