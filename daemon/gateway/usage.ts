// What the command lines of the gateway and of `tcx capture` refuse in the same words: the operator's mistake names the
// option, what was found and what was expected. Pure.

/** The operator's mistake: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export function required(value: string | undefined, option: string, expected: string): string {
  if (value === undefined || value === '') throw new UsageError(`${option} is missing: expected ${expected}`);
  return value;
}

export function oneOf(value: string, option: string, allowed: readonly string[]): string {
  if (allowed.includes(value)) return value;
  throw new UsageError(`${option}: found ${JSON.stringify(value)}, expected ${allowed.join(' or ')}`);
}
