// Realises the Core's Control Scheduling Obligation: waits until its deadline and injects a ControlTime Event. Late is
// legal; in an idle daemon there is no obligation and nothing wakes. Never decides what the ControlTime means.

import { assert } from '../base/assert.ts';
import { Counter } from '../event/counters.ts';
import type { StreamPort } from '../event/link-port.ts';

/** setTimeout counts milliseconds in 31 bits; a longer wait is taken in pieces. */
const WAIT_MS_MAX = 2_000_000_000;
/** ControlTime Events in a row that left the obligation where it was: the Core is not making progress. */
const STUCK_MAX = 1000;

export class ControlTimer {
  private readonly stream: StreamPort;
  private readonly counters: Float64Array;
  private deadline: number;
  private reason: number;
  /** Sequencing Time at which the armed timeout fires; Infinity when none is armed. */
  private armedFor: number;
  private timeout: NodeJS.Timeout | null;
  private stuck: number;
  private stopped: boolean;

  constructor(stream: StreamPort, counters: Float64Array) {
    this.stream = stream;
    this.counters = counters;
    this.deadline = Infinity;
    this.reason = 0;
    this.armedFor = Infinity;
    this.timeout = null;
    this.stuck = 0;
    this.stopped = false;
  }

  /** The obligation after a step; Infinity: none. `now`: Sequencing Time of the step. */
  observe(deadline: number, reason: number, now: number): void {
    this.deadline = deadline;
    this.reason = reason;
    // A timeout that fires early only looks again: it is left alone, so that a market Event arms nothing.
    if (deadline < this.armedFor) this.arm(now);
  }

  /** A hot loop asks at every cycle; the timeout is then only a backstop. */
  poll(now: number): void {
    if (now >= this.deadline && !this.stopped) this.fire(now);
  }

  stop(): void {
    this.stopped = true;
    if (this.timeout !== null) clearTimeout(this.timeout);
    this.timeout = null;
    this.armedFor = Infinity;
  }

  private arm(now: number): void {
    if (this.stopped) return;
    if (this.timeout !== null) clearTimeout(this.timeout);
    const wait = Math.min(Math.max(1, Math.ceil((this.deadline - now) / 1e6)), WAIT_MS_MAX);
    this.armedFor = now + wait * 1e6;
    this.timeout = setTimeout(() => this.expire(), wait);
  }

  private expire(): void {
    this.timeout = null;
    this.armedFor = Infinity;
    const now = this.stream.now();
    if (now >= this.deadline) this.fire(now);
    else if (this.deadline !== Infinity) this.arm(now);
  }

  private fire(now: number): void {
    const late = now - this.deadline;
    if (late > this.counters[Counter.ControlTimeLateNsMax]) this.counters[Counter.ControlTimeLateNsMax] = late;
    const due = this.deadline;
    this.stream.controlTime(this.reason, due);
    this.stuck = this.deadline === due ? this.stuck + 1 : 0;
    assert(this.stuck < STUCK_MAX, 'EC7: a ControlTime at its deadline resolves the obligation');
  }
}
