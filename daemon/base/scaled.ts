// A number as it stood on the wire (mantissa × 10^-decimals) as an integer at an instrument's scale. Exact or refused.

/** Powers that a double holds exactly. */
const POWER = Float64Array.from({ length: 23 }, (_, exponent) => Number(10n ** BigInt(exponent)));

/** NaN when the value has digits beyond the scale or does not fit a safe integer. */
export function toScaled(mantissa: number, decimals: number, scale: number): number {
  const shift = scale - decimals;
  if (mantissa === 0) return 0;
  if (shift < -22 || shift > 22) return NaN;
  if (shift < 0) return mantissa % POWER[-shift] === 0 ? mantissa / POWER[-shift] : NaN;
  const scaled = mantissa * POWER[shift];
  return Math.abs(scaled) <= Number.MAX_SAFE_INTEGER ? scaled : NaN;
}
