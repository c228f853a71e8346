// When the next dial may leave. One for the whole gateway: Venues count dials per address, not per socket, and ban who
// dials too often. Pure arithmetic over the caller's clock; a place once given is counted whether it is used or not.

import type { PaceLimits } from './dial-limits.ts';

export class DialPacer {
  private readonly limits: PaceLimits;
  /** Moments of the last `dialsMax` dials, oldest overwritten first. */
  private readonly moments: Float64Array;
  private count = 0;

  constructor(limits: PaceLimits) {
    this.limits = limits;
    this.moments = new Float64Array(limits.dialsMax).fill(-Infinity);
  }

  /** Takes the next place no sooner than `notBeforeMs`; returns its moment. */
  take(notBeforeMs: number): number {
    const { spacingMs, dialsMax, windowMs } = this.limits;
    const last = this.moments[(this.count + dialsMax - 1) % dialsMax];
    const oldest = this.moments[this.count % dialsMax];
    const moment = Math.max(notBeforeMs, last + spacingMs, oldest + windowMs);
    this.moments[this.count % dialsMax] = moment;
    this.count += 1;
    return moment;
  }
}
