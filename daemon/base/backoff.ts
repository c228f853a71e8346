// How long to wait before something that failed is tried again: doubled with each failure in a row, up to a bound. Pure; any unit
// of time, that of the limits.

export interface BackoffLimits {
  readonly min: number;
  readonly max: number;
}

const DOUBLINGS_MAX = 30;

/** After so many failures in a row: the first waits `min`, and so does who asks before any. */
export function backoff({ min, max }: BackoffLimits, failures: number): number {
  return Math.min(max, min * 2 ** Math.min(Math.max(0, failures - 1), DOUBLINGS_MAX));
}

/** As `backoff`, for many that fail together and must not return in step: from half the wait up to all of it. `random` in [0, 1). */
export function jitteredBackoff(limits: BackoffLimits, failures: number, random: number): number {
  const full = backoff(limits, failures);
  return Math.floor(full / 2 + (full / 2) * random);
}
