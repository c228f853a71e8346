// The leaf types of the Configuration: each reads what a person writes, normalises it to one spelling, and says what
// it expected when it cannot. Applying a leaf to its own output changes nothing: an effective Configuration is a valid
// one.

import { z } from 'zod';
import { formatDecimal, formatDuration, formatSize, parseDecimal, parseDuration, parseSize } from './units.ts';

/** `kind` is what the reference page calls the type. */
function leaf<T>(kind: string, expected: string, read: (value: unknown) => T | undefined) {
  const transform = z.unknown().transform((value, context): T => {
    const result = read(value);
    if (result !== undefined) return result;
    context.issues.push({ code: 'custom', message: expected, input: value, params: { expected } });
    return z.NEVER;
  });
  return transform.meta({ kind });
}

export function integer(minimum: number, maximum: number) {
  return leaf(`integer ${minimum}…${maximum}`, `an integer from ${minimum} to ${maximum}`, (value) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) return undefined;
    return value >= minimum && value <= maximum ? value : undefined;
  });
}

export function flag() {
  return leaf('true or false', 'true or false', (value) => (typeof value === 'boolean' ? value : undefined));
}

export function choice<const T extends string>(names: readonly T[]) {
  const list = names.join(', ');
  return leaf(`one of ${list}`, `one of ${list}`, (value) => names.find((name) => name === value));
}

export function text(expected: string, pattern: RegExp) {
  return leaf('text', expected, (value) => (typeof value === 'string' && pattern.test(value) ? value : undefined));
}

/** Lower case, starts with a letter: safe in a path, a metric label and a log line. */
export function identifier() {
  return text('an identifier of a-z, 0-9 and - (a letter first, at most 32 characters)', /^[a-z][a-z0-9-]{0,31}$/);
}

export function path() {
  const expected = 'a path (relative to the configuration file, or absolute)';
  return leaf('path', expected, (value) => {
    return typeof value === 'string' && value !== '' && !value.includes('\0') ? value : undefined;
  });
}

/** A non-negative decimal, kept as normalised text: exact at any size. */
export function decimal() {
  return leaf('decimal', 'a decimal number that is not negative, like 0.01', (value) => {
    if (typeof value !== 'string' && typeof value !== 'number') return undefined;
    const parsed = parseDecimal(String(value));
    return parsed === null || parsed.integer < 0n ? undefined : formatDecimal(parsed);
  });
}

/** `step`: the unit the consumer counts in; a finer duration is refused. */
export function duration(minimum: string, maximum: string, step = '1ns') {
  const low = parseDuration(minimum)!;
  const high = parseDuration(maximum)!;
  const unit = parseDuration(step)!;
  const range = `from ${minimum} to ${maximum}${unit === 1 ? '' : ` in steps of ${step}`}`;
  return leaf(`duration ${minimum}…${maximum}`, `a duration like 5s, 250ms or 50us, ${range}`, (value) => {
    const parsed = typeof value === 'string' ? parseDuration(value) : null;
    if (parsed === null || parsed < low || parsed > high || parsed % unit !== 0) return undefined;
    return formatDuration(parsed);
  });
}

export function size(minimum: string, maximum: string) {
  const low = parseSize(minimum)!;
  const high = parseSize(maximum)!;
  return leaf(`size ${minimum}…${maximum}`, `a size like 64MiB, from ${minimum} to ${maximum}`, (value) => {
    const parsed = typeof value === 'string' ? parseSize(value) : null;
    return parsed === null || parsed < low || parsed > high ? undefined : formatSize(parsed);
  });
}
