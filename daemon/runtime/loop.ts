// The live loop's idle policy and its own measurement. uWebSockets.js and timers run on Node's event loop; this decides
// only whether that loop sleeps when nothing is due:
//
//     block   sleeps in epoll until a socket or a timer wakes it
//     yield   stays awake, gives the core up between two looks
//     spin    stays awake
//
// Never touches State.

import { Counter, countLatency } from '../event/counters.ts';
import type { StreamPort } from '../event/link-port.ts';
import type { ControlTimer } from './timer.ts';

type IdlePolicy = 'spin' | 'yield' | 'block';

interface LoopOptions {
  readonly idle: IdlePolicy;
  readonly stream: StreamPort;
  readonly timer: ControlTimer;
  readonly counters: Float64Array;
  readonly monotonicNs: () => number;
  readonly yieldThread: () => void;
  /** Once a second: what is worth a look and must not cost the path. */
  readonly housekeeping: () => void;
}

/** A cycle of a hot loop, or a late timer of a sleeping one, counts as a stall from here on. */
const STALL_NS = 10e6;
const HOUSEKEEPING_MS = 1000;

export class Loop {
  private readonly options: LoopOptions;
  private readonly counters: Float64Array;
  private readonly cycleBound: () => void;
  private lastCycle: number;
  private lastHousekeeping: number;
  private interval: NodeJS.Timeout | null;
  private running: boolean;

  constructor(options: LoopOptions) {
    this.options = options;
    this.counters = options.counters;
    this.cycleBound = () => this.cycle();
    this.lastCycle = 0;
    this.lastHousekeeping = 0;
    this.interval = null;
    this.running = false;
  }

  start(): void {
    this.running = true;
    const now = this.options.monotonicNs();
    this.lastCycle = now;
    this.lastHousekeeping = now;
    this.interval = setInterval(() => this.housekeep(), HOUSEKEEPING_MS);
    if (this.options.idle !== 'block') setImmediate(this.cycleBound);
  }

  stop(): void {
    this.running = false;
    if (this.interval !== null) clearInterval(this.interval);
    this.interval = null;
  }

  /** One turn of a loop that does not sleep. */
  private cycle(): void {
    if (!this.running) return;
    const now = this.options.monotonicNs();
    const gap = now - this.lastCycle;
    this.lastCycle = now;
    this.counters[Counter.LoopCycles] += 1;
    if (gap > STALL_NS) this.countStall(gap);
    this.options.timer.poll(this.options.stream.now());
    if (this.options.idle === 'yield') this.options.yieldThread();
    setImmediate(this.cycleBound);
  }

  private housekeep(): void {
    const now = this.options.monotonicNs();
    if (this.options.idle === 'block') {
      const late = now - this.lastHousekeeping - HOUSEKEEPING_MS * 1e6;
      if (late > STALL_NS) this.countStall(late);
      this.counters[Counter.LoopCycles] += 1;
    }
    this.lastHousekeeping = now;
    this.options.housekeeping();
  }

  private countStall(ns: number): void {
    this.counters[Counter.LoopStalls] += 1;
    this.counters[Counter.LoopStallNsTotal] += ns;
    if (ns > this.counters[Counter.LoopStallNsMax]) this.counters[Counter.LoopStallNsMax] = ns;
    countLatency(this.counters, Counter.LoopStallBucket0, ns);
  }
}
