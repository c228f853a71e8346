// What follows every committed Event of a live session: the Core's step, transmission of what it dispatched, the timer for
// its obligation, and the questions it leaves for a gateway. Measures the step. Never changes State itself.

import type { NativeWriter } from '../binding/addon.ts';
import type { Core } from '../core/core.ts';
import { Counter, countLatency } from '../event/counters.ts';
import { WriterStatistic } from '../event/generated/view_generated.ts';
import { Kind } from '../event/kinds.ts';
import type { LiveSink } from './live-sink.ts';
import type { OwnEvents } from './own-events.ts';
import { STEP_SLOW_NS } from './supervision.ts';
import type { Supervision } from './supervision.ts';
import type { ControlTimer } from './timer.ts';
import type { Transmitter } from './transmit.ts';

/** Cold consequences of a step. Called within it: no Event may be injected, only deferred. */
export interface StepConsequences {
  /** The book of this instrument is invalid and needs a snapshot. */
  snapshotNeeded(instrument: number): void;
  /** The first `count` of `orderIds` went unanswered for too long. */
  answersOverdue(orderIds: Float64Array, count: number): void;
  /** The journal cannot grow any more; what is left of it is for cancels and fills. */
  journalFailing(status: number): void;
  /** While a reconciliation is going on: before the step of any Event, and after the step of a Venue's report. */
  beforeReport(): void;
  afterReport(): void;
}

export interface LiveStepOptions {
  readonly core: Core;
  readonly writer: NativeWriter;
  readonly sink: LiveSink;
  readonly transmitter: Transmitter;
  readonly supervision: Supervision;
  readonly counters: Float64Array;
  readonly monotonicNs: () => number;
}

export class LiveStep {
  private readonly core: Core;
  private readonly statistics: Float64Array;
  private readonly sink: LiveSink;
  private readonly transmitter: Transmitter;
  private readonly supervision: Supervision;
  private readonly counters: Float64Array;
  private readonly monotonicNs: () => number;
  private timer: ControlTimer | null;
  private events: OwnEvents | null;
  private consequences: StepConsequences | null;
  private failing: boolean;
  /** True while Venue reports are being compared with State. */
  reconciling: boolean;

  constructor(options: LiveStepOptions) {
    this.core = options.core;
    this.statistics = options.writer.statistics;
    this.sink = options.sink;
    this.transmitter = options.transmitter;
    this.supervision = options.supervision;
    this.counters = options.counters;
    this.monotonicNs = options.monotonicNs;
    this.timer = null;
    this.events = null;
    this.consequences = null;
    this.failing = false;
    this.reconciling = false;
  }

  /** Closes the circle stream → step → stream; before the first Event. */
  attach(timer: ControlTimer, events: OwnEvents, consequences: StepConsequences): void {
    this.timer = timer;
    this.events = events;
    this.consequences = consequences;
  }

  follow(arrivedAt: number): void {
    const begun = arrivedAt > 0 ? arrivedAt : this.monotonicNs();
    const { core, sink, counters } = this;
    if (sink.dispatchCount > 0) sink.begin();
    if (this.reconciling) this.consequences!.beforeReport();
    core.step();
    if (sink.dispatchCount > 0) {
      this.transmitter.transmitStep();
      if (arrivedAt > 0) this.countTickToOrder(this.monotonicNs() - arrivedAt);
    }
    const { obligation, event } = core;
    this.timer!.observe(obligation.deadline, obligation.reason, event.time);
    if (event.kind >= Kind.OrderAccepted) this.followExecution(event.kind);
    if (core.state.market.resyncNeeded >= 0) this.consequences!.snapshotNeeded(core.state.market.resyncNeeded);
    if (core.overdueCount > 0) this.consequences!.answersOverdue(core.overdue, core.overdueCount);
    if (core.failures.length > 0) this.supervision.observe(core.failures, event.position, this.events!);
    if (this.statistics[WriterStatistic.Failure] !== 0) this.journalFailed();
    const ns = this.monotonicNs() - begun;
    counters[Counter.Steps] += 1;
    counters[Counter.StepNsTotal] += ns;
    if (ns > counters[Counter.StepNsMax]) counters[Counter.StepNsMax] = ns;
    countLatency(counters, Counter.StepBucket0, ns);
    if (ns > STEP_SLOW_NS) this.supervision.slowStep(event.kind, event.position, ns, core.consulted);
  }

  private countTickToOrder(ns: number): void {
    const { counters } = this;
    counters[Counter.TickToOrderCount] += 1;
    counters[Counter.TickToOrderNsTotal] += ns;
    if (ns > counters[Counter.TickToOrderNsMax]) counters[Counter.TickToOrderNsMax] = ns;
    countLatency(counters, Counter.TickToOrderBucket0, ns);
  }

  private followExecution(kind: number): void {
    const { counters } = this;
    switch (kind) {
      case Kind.OrderFilled: counters[Counter.Fills] += 1; break;
      case Kind.OrderRejected:
        counters[Counter.Rejects] += 1;
        counters[Counter.RejectReason0 + this.core.event.reason] += 1;
        break;
      case Kind.CancelRejected: case Kind.ReplaceRejected: counters[Counter.CancelRejects] += 1; break;
      case Kind.OrderStatusReport: case Kind.BalanceReport: case Kind.PositionReport:
        if (this.reconciling) this.consequences!.afterReport();
        break;
      default:
    }
  }

  private journalFailed(): void {
    if (this.failing) return;
    this.failing = true;
    this.consequences!.journalFailing(this.statistics[WriterStatistic.Failure]);
  }
}
