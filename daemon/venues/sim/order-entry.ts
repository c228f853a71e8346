// The Venue's front desk: takes each command as it arrives, applies the rate limit and the faults of the request,
// lets the Exchange execute it and sends the reports, faulted or not. The Exchange's truth is never falsified: a
// fault loses, delays or repeats what is said about it, or makes something true happen at an awkward moment.

import { Action, Kind, RejectReason, VenueOrderStatus } from '../../event/kinds.ts';
import type { DispatchedCommand } from '../../event/venue-session.ts';
import { TAKERS } from './accounts.ts';
import type { Refusal } from './admission.ts';
import type { Audit } from './audit.ts';
import type { Delivery } from './delivery.ts';
import type { Exchange } from './exchange.ts';
import type { FaultPlan } from './faults.ts';
import type { Market } from './market.ts';
import type { VenueOrder } from './order-book.ts';
import type { ExecutionMessage, FilledMessage } from './outbound.ts';
import type { FaultKind } from '../../event/simulation-settings.ts';

/** Order ids that tcx never gives: for reports of Orders it does not know. */
const ORPHAN_ORDER_ID = 2 ** 52;

export interface RateState {
  readonly tokens: number;
  /** Unix ns up to which returned tokens are counted. */
  readonly time: string;
}

export class OrderEntry {
  private readonly exchange: Exchange;
  private readonly delivery: Delivery;
  private readonly plan: FaultPlan;
  private readonly audit: Audit;
  private tokens: number;
  private tokenTime = 0n;
  private orphans = 0;

  constructor(exchange: Exchange, delivery: Delivery, plan: FaultPlan, audit: Audit) {
    this.exchange = exchange;
    this.delivery = delivery;
    this.plan = plan;
    this.audit = audit;
    this.tokens = exchange.settings.rateLimit.capacity;
  }

  /** One command at the matching engine. `faults` struck it; a disconnect among them has already happened. */
  arrive(
    command: DispatchedCommand, market: Market | undefined, faults: readonly FaultKind[], now: number,
  ): void {
    const refusal = this.refusal(faults);
    this.witness(command);
    if (refusal !== null) {
      this.exchange.refuse(command, market, refusal);
      this.send(command, faults, now);
      return;
    }
    const order = this.exchange.orders.find(command.orderId);
    const late = faults.includes('fillAfterTerminal') && command.action === Action.Cancel
      ? this.fillQuietly(order) : null;
    this.exchange.execute(command, market);
    if (faults.includes('fillBeforeAcceptance') && command.action === Action.New) this.fillFirst(command.orderId);
    this.send(command, faults, now);
    if (late !== null) this.delivery.late(late, now, this.plan.settings.delayNs);
  }

  /** Sends the reports that did not come from a command: fills by the background, cancels by the Venue. */
  sendUnsolicited(now: number): void {
    this.send(null, [], now);
  }

  save(): RateState {
    return { tokens: this.tokens, time: String(this.tokenTime) };
  }

  restore(state: RateState): void {
    this.tokens = state.tokens;
    this.tokenTime = BigInt(state.time);
  }

  private refusal(faults: readonly FaultKind[]): Refusal | null {
    if (faults.includes('rateLimit')) this.audit.struck('rateLimit');
    if (faults.includes('rateLimit') || !this.takeToken()) {
      this.audit.counters.rateLimited += 1;
      return { reason: RejectReason.RateLimited, message: 'too many requests' };
    }
    if (!faults.includes('reject')) return null;
    this.audit.struck('reject');
    return { reason: RejectReason.VenueUnavailable, message: 'the matching engine is busy, try again' };
  }

  private takeToken(): boolean {
    const { capacity, intervalNs } = this.exchange.settings.rateLimit;
    if (capacity === 0) return true;
    const interval = BigInt(intervalNs);
    const returned = (this.exchange.time - this.tokenTime) / interval;
    this.tokens = Number(BigInt(this.tokens) + returned > BigInt(capacity) ? capacity : BigInt(this.tokens) + returned);
    this.tokenTime = this.tokens === capacity ? this.exchange.time : this.tokenTime + returned * interval;
    if (this.tokens === 0) return false;
    this.tokens -= 1;
    return true;
  }

  private witness({ action, orderId }: DispatchedCommand): void {
    const { counters } = this.audit;
    const order = this.exchange.orders.find(orderId);
    if (action === Action.New) {
      if (order !== undefined) counters.duplicateNews += 1;
    } else if (order === undefined) {
      counters.unknownOrders += 1;
    } else if (order.status !== VenueOrderStatus.Open) {
      counters.terminalOrders += 1;
    }
  }

  // ── Faults that make something happen ─────────────────────────────────────────────────────────
  /** A fill just before the cancel, whose report will come after the cancel's. Null when there is nothing to fill. */
  private fillQuietly(order: VenueOrder | undefined): FilledMessage | null {
    const lot = order === undefined ? 0 : this.lotOf(order);
    // At least one lot has to remain: a filled order would refuse the cancel, and nothing would be terminal early.
    if (order === undefined || order.level === null || order.remaining <= lot) return null;
    this.audit.struck('fillAfterTerminal');
    this.exchange.forceFill(order, lot, TAKERS);
    const reports = this.exchange.reports.splice(0);
    return reports.find((report): report is FilledMessage => report.kind === Kind.OrderFilled) ?? null;
  }

  /** Moves the acceptance behind the first fill; makes a fill when there was none. */
  private fillFirst(orderId: number): void {
    const { reports } = this.exchange;
    const accepted = reports.findIndex((report) => report.kind === Kind.OrderAccepted
      && report.fields.orderId === orderId);
    if (accepted < 0) return;
    const order = this.exchange.orders.find(orderId);
    let filled = reports.findIndex((report) => isFillOf(report, orderId));
    if (filled < 0 && order !== undefined && order.level !== null) {
      this.exchange.forceFill(order, this.lotOf(order), TAKERS);
      filled = reports.findIndex((report) => isFillOf(report, orderId));
    }
    if (filled < 0) return;
    this.audit.struck('fillBeforeAcceptance');
    const [acceptance] = reports.splice(accepted, 1);
    reports.splice(filled, 0, acceptance);
  }

  private lotOf(order: VenueOrder): number {
    return Math.min(order.remaining, this.exchange.marketOf(order).instrument.lotSize);
  }

  // ── Faults of what is said ────────────────────────────────────────────────────────────────────
  private send(command: DispatchedCommand | null, faults: readonly FaultKind[], now: number): void {
    const reports = this.exchange.reports.splice(0);
    let answered = command === null;
    for (const report of reports) {
      if (!answered && command !== null && isAnswer(report, command)) {
        answered = true;
        this.answer(report, faults, now);
      } else if (report.kind === Kind.OrderFilled) {
        this.fill(report, now);
      } else {
        this.delivery.execution(report, now);
      }
    }
  }

  private answer(report: ExecutionMessage, faults: readonly FaultKind[], now: number): void {
    const { delivery, audit } = this;
    const { orderId } = report.fields;
    if (faults.includes('loseAcknowledgement')) {
      audit.struck('loseAcknowledgement');
      audit.answerFaulted(orderId);
      return;
    }
    if (faults.includes('delayAcknowledgement')) {
      audit.struck('delayAcknowledgement');
      audit.answerFaulted(orderId);
      delivery.late(report, now, this.plan.settings.delayNs);
    } else if (faults.includes('reorderAcknowledgement')) {
      audit.struck('reorderAcknowledgement');
      audit.answerFaulted(orderId);
      delivery.overtaken(report, now);
    } else {
      delivery.execution(report, now);
    }
    if (!faults.includes('duplicateAcknowledgement')) return;
    audit.struck('duplicateAcknowledgement');
    delivery.execution(report, now);
  }

  private fill(report: FilledMessage, now: number): void {
    const faults = this.plan.atFill();
    for (const fault of faults) this.audit.struck(fault);
    if (faults.includes('orphanFill')) {
      this.orphans += 1;
      const orderId = ORPHAN_ORDER_ID + this.orphans;
      const executionId = `${report.fields.executionId}-orphan`;
      this.delivery.execution({ kind: Kind.OrderFilled, fields: { ...report.fields, orderId, executionId } }, now);
    }
    if (faults.includes('loseFill')) return;
    this.delivery.execution(report, now);
    if (faults.includes('duplicateFill')) this.delivery.execution(report, now);
  }
}

function isFillOf(report: ExecutionMessage, orderId: number): boolean {
  return report.kind === Kind.OrderFilled && report.fields.orderId === orderId;
}

function isAnswer(report: ExecutionMessage, { action, orderId }: DispatchedCommand): boolean {
  if (report.fields.orderId !== orderId) return false;
  switch (action) {
    case Action.New: return report.kind === Kind.OrderAccepted || report.kind === Kind.OrderRejected;
    case Action.Replace: return report.kind === Kind.OrderReplaced || report.kind === Kind.ReplaceRejected;
    case Action.Cancel: return report.kind === Kind.OrderCancelled || report.kind === Kind.CancelRejected;
  }
}
