// A gateway's clock that the test turns: time passes when the test says so; sockets stay real.

import type { GatewayClock } from './clock.ts';

export class TestClock implements GatewayClock {
  /** Delays asked for, in order. */
  readonly delays: number[] = [];
  private nowMs = 0;
  private timers: { at: number; callback: () => void }[] = [];

  monotonicNs(): number {
    return this.nowMs * 1e6;
  }

  unixNs(): bigint {
    return 1_753_000_000_000_000_000n + BigInt(this.nowMs) * 1_000_000n;
  }

  after(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.nowMs + milliseconds, callback };
    this.delays.push(milliseconds);
    this.timers.push(timer);
    return () => { this.timers = this.timers.filter((candidate) => candidate !== timer); };
  }

  /** Fires what falls due, in order of time. */
  pass(milliseconds: number): void {
    const end = this.nowMs + milliseconds;
    for (;;) {
      const next = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.nowMs = next.at;
      this.timers = this.timers.filter((timer) => timer !== next);
      next.callback();
    }
    this.nowMs = end;
  }
}
