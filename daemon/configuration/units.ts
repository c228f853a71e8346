// Text to exact numbers and back: decimals, durations and sizes as a Configuration writes them. Pure and cold. Nothing
// here rounds: text that does not fit its unit or scale is refused by the caller, never adjusted.

/** A decimal as written: `integer × 10^-scale`, without trailing zeros. */
interface Decimal {
  readonly integer: bigint;
  readonly scale: number;
}

const DECIMAL = /^([+-]?)(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,2}))?$/;

/** Null: not a decimal number. */
export function parseDecimal(text: string): Decimal | null {
  const match = DECIMAL.exec(text);
  if (match === null) return null;
  const [, sign, whole, fraction = '', exponent = '0'] = match;
  let integer = BigInt(whole! + fraction);
  let scale = fraction.length - Number(exponent);
  if (sign === '-') integer = -integer;
  if (integer === 0n) return { integer, scale: 0 };
  while (scale > 0 && integer % 10n === 0n) {
    integer /= 10n;
    scale -= 1;
  }
  if (scale < 0) {
    integer *= 10n ** BigInt(-scale);
    scale = 0;
  }
  return { integer, scale };
}

/** The one spelling of a decimal: no sign unless negative, no exponent, no superfluous zeros. */
export function formatDecimal(decimal: Decimal): string {
  const negative = decimal.integer < 0n;
  const digits = (negative ? -decimal.integer : decimal.integer).toString().padStart(decimal.scale + 1, '0');
  const point = digits.length - decimal.scale;
  const text = decimal.scale === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return negative ? `-${text}` : text;
}

/** `decimal × 10^scale` as an integer. Null: it has more decimals than the scale. */
export function scaleDecimal(decimal: Decimal, scale: number): bigint | null {
  return decimal.scale > scale ? null : decimal.integer * 10n ** BigInt(scale - decimal.scale);
}

type Unit = readonly [name: string, value: number];

const DURATION_UNITS: readonly Unit[] = [
  ['h', 3_600_000_000_000],
  ['min', 60_000_000_000],
  ['s', 1_000_000_000],
  ['ms', 1_000_000],
  ['us', 1_000],
  ['ns', 1],
];
const SIZE_UNITS: readonly Unit[] = [
  ['GiB', 1_073_741_824],
  ['MiB', 1_048_576],
  ['KiB', 1_024],
  ['B', 1],
];

/** `5s`, `1.5ms`, `250us` in nanoseconds. Null: not a duration, or finer than 1 ns, or beyond 2^53 ns. */
export function parseDuration(text: string): number | null {
  return parseMeasure(text, DURATION_UNITS);
}

/** `64MiB`, `4096B` in bytes. Null: not a size. */
export function parseSize(text: string): number | null {
  return parseMeasure(text, SIZE_UNITS);
}

export function formatDuration(nanoseconds: number): string {
  return nanoseconds === 0 ? '0s' : formatMeasure(nanoseconds, DURATION_UNITS);
}

export function formatSize(bytes: number): string {
  return formatMeasure(bytes, SIZE_UNITS);
}

function parseMeasure(text: string, units: readonly Unit[]): number | null {
  const match = /^(\d{1,16}(?:\.\d{1,9})?) ?([A-Za-z]+)$/.exec(text);
  if (match === null) return null;
  const unit = units.find(([name]) => name === match[2]);
  const decimal = parseDecimal(match[1]!);
  if (unit === undefined || decimal === null) return null;
  const scaled = decimal.integer * BigInt(unit[1]);
  const divisor = 10n ** BigInt(decimal.scale);
  if (scaled % divisor !== 0n) return null;
  const value = Number(scaled / divisor);
  return Number.isSafeInteger(value) ? value : null;
}

function formatMeasure(value: number, units: readonly Unit[]): string {
  const unit = units.find(([, size]) => value % size === 0 && value >= size) ?? units[units.length - 1]!;
  return `${value / unit[1]}${unit[0]}`;
}
