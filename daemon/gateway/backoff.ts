// How long to wait before dialling again: doubles per failure up to a bound, with jitter so that gateways that lost the
// same daemon do not return in step. Pure.

export interface BackoffLimits {
  readonly minMs: number;
  readonly maxMs: number;
}

/** Milliseconds before attempt `failures` + 1. `random` is in [0, 1); the result lies in [full / 2, full). */
export function backoffMs(limits: BackoffLimits, failures: number, random: number): number {
  const full = Math.min(limits.maxMs, limits.minMs * 2 ** Math.min(failures, 30));
  return Math.floor(full / 2 + (full / 2) * random);
}
