// Time as the gateway sees it, behind an interface so that tests own it. Two clocks, never mixed: monotonic ns for
// intervals and deadlines, Unix ns for Capture Time and heartbeats.

export interface GatewayClock {
  /** ns since the process's own origin; never decreases. */
  monotonicNs(): number;
  /** ns since the Unix epoch. */
  unixNs(): bigint;
  /** Calls once after at least `milliseconds`; the returned function cancels. */
  after(milliseconds: number, callback: () => void): () => void;
}

const NS_PER_MS = 1_000_000n;
/** Beyond this the system clock was set or slewed: take it anew. Below it is the millisecond Date.now() rounds away. */
const DRIFT_MAX_NS = 2_000_000n;

export function systemClock(): GatewayClock {
  const origin = process.hrtime.bigint();
  let offset = BigInt(Date.now()) * NS_PER_MS - origin;
  return {
    monotonicNs: () => Number(process.hrtime.bigint() - origin),
    unixNs: () => {
      const monotonic = process.hrtime.bigint();
      const drift = BigInt(Date.now()) * NS_PER_MS - (monotonic + offset);
      if (drift > DRIFT_MAX_NS || drift < -DRIFT_MAX_NS) offset += drift;
      return monotonic + offset;
    },
    after: (milliseconds, callback) => {
      const timer = setTimeout(callback, milliseconds);
      return () => clearTimeout(timer);
    },
  };
}
