// Exact conversion between scaled integers and decimal text. Owns the spelling of every price, quantity and amount that
// leaves or enters the system as text; it must never round, and never pass a value through floating point arithmetic.

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;
const SCALE_MAX = 30;
const TEXT_LENGTH_MAX = 80;

/** `value` × 10^-`scale` with exactly `scale` digits after the point: (-1205, 2) → "-12.05". */
export function formatDecimal(value: number | bigint, scale: number): string {
  checkScale(scale);
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new RangeError(`decimal: found ${value}, expected a safe integer; sums beyond 2^53 must be bigint`);
  }
  const negative = value < 0;
  const digits = String(value < 0 ? -value : value).padStart(scale + 1, '0');
  const point = digits.length - scale;
  const sign = negative ? '-' : '';
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** The integer that `text` is at `scale`; digits finer than the scale are refused unless they are zeros. */
export function parseDecimal(text: string, scale: number): bigint {
  checkScale(scale);
  const match = text.length <= TEXT_LENGTH_MAX ? DECIMAL.exec(text) : null;
  if (match === null) {
    throw new SyntaxError(
      `decimal: found ${JSON.stringify(text.slice(0, TEXT_LENGTH_MAX))}, expected digits with an optional ` +
        'sign and point, for example "-12.05"',
    );
  }
  const fraction = match[3] ?? '';
  if (/[1-9]/.test(fraction.slice(scale))) {
    throw new RangeError(`decimal: found ${text}, expected at most ${scale} digits after the point`);
  }
  const magnitude = BigInt(`${match[2]}${fraction.slice(0, scale).padEnd(scale, '0')}`);
  return match[1] === '-' ? -magnitude : magnitude;
}

/** As `parseDecimal`, for values that must fit a safe integer (every price and quantity of an Event does). */
export function parseScaled(text: string, scale: number): number {
  const value = Number(parseDecimal(text, scale));
  if (!Number.isSafeInteger(value)) {
    throw new RangeError(`decimal: found ${text}, expected at most 2^53 - 1 units of 10^-${scale}`);
  }
  // BigInt zero has no sign; Number(-0n) is 0, so a parsed "-0.00" is plain zero.
  return value;
}

function checkScale(scale: number): void {
  if (!Number.isInteger(scale) || scale < 0 || scale > SCALE_MAX) {
    throw new RangeError(`decimal: found scale ${scale}, expected an integer from 0 to ${SCALE_MAX}`);
  }
}
