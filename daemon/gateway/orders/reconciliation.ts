// The Venue's whole truth, asked for after every connect, when the daemon wants it, and when an Order's executions are
// missing: executions first, then each Order named and each open one, then balances, then the end. One at a time. Complete
// is said only when the Venue answered all of it and nothing it counts is missing here.

import { backoff, type BackoffLimits } from '../../base/backoff.ts';
import { AnswerClass, type KnownOrder, type RequestAnswer, type StatusFact } from '../../event/order-adapter.ts';
import { VenueOrderStatus } from '../../event/kinds.ts';
import type { DeskContext } from './desk-context.ts';
import type { Doubts, Report } from './doubts.ts';
import type { EarlyFills } from './early-fills.ts';
import type { OrderLife } from './order-life.ts';
import type { DeskOrder } from './order-table.ts';
import type { Outstanding } from './requests.ts';

const TIMEOUT_NS = 120e9;
/** Executions of so long before a gap are asked for again: a Venue tells late, and its clock is not ours. */
const OVERLAP_NS = 30e9;
const BACKOFF_NS: BackoffLimits = { min: 1e9, max: 30e9 };
/** A reconciliation for missing executions alone waits so long after the last one. */
const QUIET_NS = 2e9;

interface Wanted { readonly id: number; readonly orderIds: readonly number[]; readonly since: bigint }

/** One under way. Reports by Order; the newest generation's counts. */
interface Going {
  readonly requestId: number;
  readonly wanted: readonly Wanted[];
  readonly named: readonly DeskOrder[];
  readonly startedAt: number;
  readonly reports: Map<DeskOrder, Report>;
}

export class Reconciliation {
  private readonly context: DeskContext;
  private readonly life: OrderLife;
  private readonly doubts: Doubts;
  private readonly early: EarlyFills;
  private wanted: Wanted[] = [];
  private going: Going | null = null;
  private dueAt = Infinity;
  private failures = 0;
  private endedAt = -Infinity;
  /** When the daemon or the Venue was last known to have missed nothing: what came after is asked for again. */
  private gapSince = NaN;

  constructor(context: DeskContext, life: OrderLife, doubts: Doubts, early: EarlyFills) {
    this.context = context;
    this.life = life;
    this.doubts = doubts;
    this.early = early;
  }

  /** The daemon asks: answered by one reconcileEnd, whatever becomes of it. */
  want(id: number, orderIds: readonly number[], since: bigint): void {
    this.wanted.push({ id, orderIds, since });
    this.dueAt = Math.min(this.dueAt, this.context.now);
  }

  /** The connection is new: nothing leaves before it is done. */
  now(): void {
    this.dueAt = this.context.now;
  }

  /** Asked for by the desk itself. */
  soon(): void {
    this.dueAt = Math.min(this.dueAt, Math.max(this.context.now, this.endedAt + QUIET_NS));
  }

  /** Something may be missed from now on. */
  gap(): void {
    if (Number.isNaN(this.gapSince)) this.gapSince = this.context.now;
  }

  get isGoing(): boolean {
    return this.going !== null;
  }

  advance(): number {
    const { now, gate } = this.context;
    if (gate.fatal !== '' && !gate.isReady) this.answerAll(this.takeWanted(), false, gate.fatal);
    if (this.going !== null || !gate.isReady) return Infinity;
    if (gate.isHeld(now)) return this.dueAt === Infinity ? Infinity : gate.holdUntil;
    if (this.dueAt <= now) this.start();
    return this.dueAt;
  }

  private start(): void {
    const { context } = this;
    const wanted = this.takeWanted();
    const named = new Set(context.table.live());
    for (const { orderIds } of wanted) for (const id of orderIds) named.add(context.table.adopt(id));
    const orders: KnownOrder[] = [];
    for (const order of named) {
      orders.push(order.known());
      if (order.end === null && order.work?.request.what === 'replace') orders.push(order.known(order.generation + 1));
    }
    const since = this.earliestMissed(wanted);
    this.dueAt = Infinity;
    this.life.isRepeating = true;
    const hasLeft = context.send({ what: 'reconcile', orders, since }, null, TIMEOUT_NS, ({ id, sentAt }) => {
      this.going = { requestId: id, wanted, named: [...named], startedAt: sentAt, reports: new Map() };
    });
    if (hasLeft) {
      context.statistics.reconciliations += 1;
    } else {
      this.going = null;
      this.failed(wanted, 'the request could not be sent');
    }
  }

  /** Unix ns from which on executions may be missing here or at the daemon. */
  private earliestMissed(wanted: readonly Wanted[]): bigint {
    const { context } = this;
    const missed = Number.isNaN(this.gapSince) ? 0 : context.now - this.gapSince;
    const gap = context.unixNs() - BigInt(Math.ceil(missed + OVERLAP_NS));
    return wanted.reduce((earliest, { since }) => (since < earliest ? since : earliest), gap);
  }

  /** A status fact while it goes on; an Order of another's is told at once. */
  take(order: DeskOrder, generation: number, fact: StatusFact): void {
    const known = this.going?.reports.get(order);
    if (known !== undefined && known.generation > generation && known.fact.status !== VenueOrderStatus.NotFound) return;
    const isNoNews = fact.status === VenueOrderStatus.NotFound && known !== undefined;
    if (!isNoNews) this.going?.reports.set(order, { generation, fact, asOf: this.going.startedAt });
  }

  /** Balances come last: what they contain is told before. False: it cannot be yet, and all of it is asked for again. */
  isToldBeforeBalances(): boolean {
    if (this.going !== null) this.early.settleAll(this.going.reports, true);
    return this.early.isEmpty;
  }

  /** Null: no answer in time. */
  answered({ id }: Outstanding, answer: RequestAnswer | null): void {
    const { going } = this;
    if (going === null || going.requestId !== id) return;
    this.going = null;
    this.life.isRepeating = false;
    this.endedAt = this.context.now;
    if (answer?.class === AnswerClass.Done) this.complete(going);
    else {
      this.letGo(going);
      this.failed(going.wanted, answer === null ? 'the Venue did not answer in time' : answer.message);
    }
  }

  /** The connection is gone; whoever asked asks again. */
  suspend(reason: string): void {
    const { going } = this;
    this.going = null;
    this.life.isRepeating = false;
    this.letGo(going);
    if (going !== null) this.answerAll(going.wanted, false, reason);
    this.gap();
  }

  /** The daemon is gone: nobody waits for an answer. */
  forgetWanted(): void {
    this.wanted = [];
    if (this.going !== null) this.going = { ...this.going, wanted: [] };
    this.gap();
  }

  /** It comes to nothing: what it has said so far is true all the same, and the rest is asked for Order by Order. */
  private letGo(going: Going | null): void {
    if (going !== null) this.early.settleAll(going.reports, false);
    for (const order of this.early.orders()) this.context.doubt(order, 0);
  }

  private complete(going: Going): void {
    const { gate, now } = this.context;
    const asked = new Set(going.wanted.flatMap(({ orderIds }) => orderIds));
    const open: DeskOrder[] = [];
    this.early.settleAll(going.reports, true);
    for (const [order, report] of going.reports) {
      if (order.end !== null) {
        if (this.tellAlive(order, report)) asked.delete(order.orderId);
      } else if (this.doubts.settle(order, report)) asked.delete(order.orderId);
      else open.push(order);
    }
    for (const order of going.named) {
      if (order.end === null && !going.reports.has(order)) open.push(order);
      if (order.end !== null && asked.has(order.orderId)) this.doubts.tellEnd(order);
    }
    for (const order of open) if (asked.has(order.orderId)) this.doubts.tellIndeterminate(order);
    const missing = open.filter((order) => this.lacksExecutions(order, going));
    this.gapSince = NaN;
    if (missing.length > 0) {
      this.failures += 1;
      this.retryAt(now);
    } else {
      this.failures = 0;
      gate.isReconciled = gate.isReady && gate.fatal === '';
    }
    const ids = missing.map(({ orderId }) => orderId).join(', ');
    const message = missing.length === 0 ? gate.fatal : `executions of Orders ${ids} are missing`;
    this.answerAll(going.wanted, message === '', message);
    // A daemon that asked meanwhile is answered by the next one.
    if (this.wanted.length > 0) this.dueAt = Math.min(this.dueAt, now);
  }

  /** The Venue has it open after all: the daemon must not take it for ended. */
  private tellAlive(order: DeskOrder, report: Report): boolean {
    const isAlive = report.fact.status === VenueOrderStatus.Open && report.generation >= order.generation;
    const view = isAlive && report.asOf > order.changedAt ? this.doubts.view(order, report) : null;
    if (view === null) return false;
    this.context.note('order open after its end', `Order ${order.orderId}`);
    this.context.teller.status(order, view);
    return true;
  }

  private lacksExecutions(order: DeskOrder, going: Going): boolean {
    if (this.early.has(order)) return true;
    const report = going.reports.get(order);
    if (report === undefined || report.generation < order.generation) return false;
    const view = this.doubts.view(order, report);
    return view === null ? report.fact.status !== VenueOrderStatus.NotFound : view.filled > order.filled;
  }

  private failed(wanted: readonly Wanted[], reason: string): void {
    this.life.isRepeating = false;
    this.failures += 1;
    this.context.log.warn('the Venue could not be asked for the state of orders', { reason, failures: this.failures });
    this.answerAll(wanted, false, reason);
    this.retryAt(this.context.now);
  }

  private retryAt(now: number): void {
    this.dueAt = now + backoff(BACKOFF_NS, this.failures);
  }

  private takeWanted(): Wanted[] {
    const { wanted } = this;
    this.wanted = [];
    return wanted;
  }

  private answerAll(wanted: readonly Wanted[], isComplete: boolean, message: string): void {
    for (const { id } of wanted) this.context.teller.reconcileEnd(id, isComplete, message);
  }
}
