// The way out: gives each message its delay, keeps each channel in order as a connection does, and lets go of what
// was under way when the link is lost. Execution and market data are two channels: either may overtake the other.

import { Prng } from '../../base/prng.ts';
import { Kind } from '../../event/kinds.ts';
import type { VenueOutput } from '../../event/venue-session.ts';
import { EventEncoder } from '../../event/encode.ts';
import type { Agenda } from './agenda.ts';
import type { Audit } from './audit.ts';
import { encodeOutbound, type Outbound } from './outbound.ts';
import type { LatencySettings } from '../../event/simulation-settings.ts';

interface ReconcileEnd { readonly id: number; readonly complete: boolean; readonly message: string }

/** Something on its way out. `overtaken`: it waits for the next execution message to leave before it. */
export interface DeliverTask {
  readonly what: 'deliver';
  readonly connection: number;
  readonly message: Outbound | null;
  readonly end: ReconcileEnd | null;
  readonly overtaken: boolean;
}
export interface ReleaseTask { readonly what: 'release'; readonly connection: number }

export class Delivery {
  output: VenueOutput | null = null;
  /** Counts links: what was sent on an earlier one is lost. */
  connection = 0;
  private readonly agenda: Agenda<DeliverTask | ReleaseTask>;
  private readonly latency: LatencySettings;
  private prng: Prng;
  private readonly audit: Audit;
  private readonly encoder = new EventEncoder(16_384);
  private executionDue = 0;
  private marketDue = 0;
  private held: DeliverTask[] = [];
  private readonly onFilled: (executionId: string) => void;

  constructor(
    agenda: Agenda<DeliverTask | ReleaseTask>, latency: LatencySettings, prng: Prng, audit: Audit,
    onFilled: (executionId: string) => void,
  ) {
    this.agenda = agenda;
    this.latency = latency;
    this.prng = prng;
    this.audit = audit;
    this.onFilled = onFilled;
  }

  words(): number[] {
    return this.prng.words();
  }

  restore(words: readonly number[]): void {
    this.prng = new Prng(words);
  }

  connect(output: VenueOutput, now: number): void {
    this.drop();
    this.output = output;
    this.executionDue = now;
    this.marketDue = now;
  }

  /** Everything under way is lost with the link. */
  drop(): void {
    this.connection += 1;
    this.output = null;
    this.audit.counters.undelivered += this.held.length;
    this.held = [];
  }

  market(message: Outbound, now: number): void {
    const { marketDataNs, marketDataJitterNs } = this.latency;
    this.marketDue = Math.max(this.marketDue, now + marketDataNs + this.jitter(marketDataJitterNs));
    this.plan(this.marketDue, message, null, false);
  }

  execution(message: Outbound, now: number): void {
    this.plan(this.nextExecutionDue(now), message, null, false);
  }

  /** As `execution`, but the next execution message leaves before it. */
  overtaken(message: Outbound, now: number): void {
    this.plan(this.nextExecutionDue(now), message, null, true);
  }

  /** Out of its channel's order, `delay` later than it would have been. */
  late(message: Outbound, now: number, delay: number): void {
    const { responseNs, responseJitterNs } = this.latency;
    this.plan(now + responseNs + this.jitter(responseJitterNs) + delay, message, null, false);
  }

  reconcileEnd(end: ReconcileEnd, now: number): void {
    this.plan(this.nextExecutionDue(now), null, end, false);
  }

  /** A DeliverTask is due. `reorderNs`: how long a message may wait to be overtaken. */
  deliver(task: DeliverTask, now: number, time: bigint, reorderNs: number): void {
    if (task.connection !== this.connection || this.output === null) {
      this.audit.counters.undelivered += 1;
      return;
    }
    if (task.overtaken) {
      this.held.push(task);
      this.agenda.add(now + reorderNs, { what: 'release', connection: this.connection });
      return;
    }
    this.leave(task, time);
    if (task.end !== null || (task.message !== null && !isMarketData(task.message.kind))) this.leaveHeld(time);
  }

  /** A ReleaseTask is due: what nothing overtook in time leaves now. */
  release(task: ReleaseTask, time: bigint): void {
    if (task.connection === this.connection) this.leaveHeld(time);
  }

  private leaveHeld(time: bigint): void {
    const { held } = this;
    this.held = [];
    for (const task of held) this.leave(task, time);
  }

  private leave(task: DeliverTask, time: bigint): void {
    const { output } = this;
    if (output === null) return;
    if (task.end !== null) output.reconcileEnd(task.end.id, task.end.complete, task.end.message);
    if (task.message === null) return;
    this.audit.emitted(task.message);
    output.emit(encodeOutbound(this.encoder, task.message, time));
    if (task.message.kind === Kind.OrderFilled) this.onFilled(task.message.fields.executionId);
  }

  private plan(due: number, message: Outbound | null, end: ReconcileEnd | null, overtaken: boolean): void {
    if (this.output === null) this.audit.counters.undelivered += 1;
    else this.agenda.add(due, { what: 'deliver', connection: this.connection, message, end, overtaken });
  }

  private nextExecutionDue(now: number): number {
    const { responseNs, responseJitterNs } = this.latency;
    this.executionDue = Math.max(this.executionDue, now + responseNs + this.jitter(responseJitterNs));
    return this.executionDue;
  }

  private jitter(bound: number): number {
    return bound === 0 ? 0 : this.prng.below(bound + 1);
  }
}

function isMarketData(kind: Kind): boolean {
  return kind === Kind.BookSnapshot || kind === Kind.BookDelta || kind === Kind.Trade
    || kind === Kind.InstrumentStatus || kind === Kind.InstrumentDefined || kind === Kind.FeedStatusChanged;
}
