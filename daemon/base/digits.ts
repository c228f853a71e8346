// Decimal digits of safe integers into bytes: what checksums over text are made of. No strings, no floats on the way.

const TEN_MILLION = 10_000_000;
const ZERO = 48;

/** Writes the digits of a safe integer that is not negative from `at` on; returns where they end. */
export function writeDigits(bytes: Uint8Array, at: number, value: number): number {
  // Small halves keep the divisions in 32-bit integers.
  if (value < TEN_MILLION) return writePadded(bytes, at, value | 0, digitCount(value));
  const high = Math.floor(value / TEN_MILLION);
  return writePadded(bytes, writeDigits(bytes, at, high), (value - high * TEN_MILLION) | 0, 7);
}

function writePadded(bytes: Uint8Array, at: number, value: number, count: number): number {
  let rest = value;
  for (let i = at + count - 1; i >= at; i -= 1) {
    const tens = (rest / 10) | 0;
    bytes[i] = ZERO + rest - tens * 10;
    rest = tens;
  }
  return at + count;
}

function digitCount(value: number): number {
  let count = 1;
  for (let bound = 10; value >= bound; bound *= 10) count += 1;
  return count;
}
