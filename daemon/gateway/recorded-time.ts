// The time of a recording as a session lives it: ns since the first stamp, never backwards. Stamps come from somebody else's
// clock: one that was set, or a recorder that was away for a year, must not become a year of a session's deadlines.

/** Longer than anything a session waits for. */
const STEP_MAX_NS = 3_600_000_000_000n;

export class RecordedTime {
  /** ns since the first stamp. */
  now = 0;
  /** Stamps more than an hour after or before the latest one; such a step counts as an hour, or as none. */
  jumps = 0;
  private isBegun = false;
  private latest = 0n;

  /** 0n: the recording does not know; that is now. */
  at(stamp: bigint): number {
    if (stamp === 0n) return this.now;
    if (!this.isBegun) {
      this.isBegun = true;
      this.latest = stamp;
    }
    const step = stamp - this.latest;
    const isJump = step > STEP_MAX_NS || step < -STEP_MAX_NS;
    if (step <= 0n && !isJump) return this.now;
    if (isJump) this.jumps += 1;
    this.latest = stamp;
    if (step > 0n) this.now += Number(isJump ? STEP_MAX_NS : step);
    return this.now;
  }
}
