// Compares State with what a Venue reports, after a link comes up, after an anomaly and on demand. Each report is compared
// the moment it has been applied, because the link's order makes State and report speak of the same moment. The result is
// an Event. Never changes State to fit a report: drift is named and stays visible.

import { backoff, type BackoffLimits } from '../base/backoff.ts';
import type { Core } from '../core/core.ts';
import { Anomaly } from '../core/state/execution/execution.ts';
import { Counter } from '../event/counters.ts';
import { BALANCE_STRIDE, POSITION_STRIDE } from '../event/event-view.ts';
import { Kind, OrderState, ReconciliationResult, Source, VenueOrderStatus } from '../event/kinds.ts';
import { encodeLinkMessage, MessageType, RECONCILE_ORDERS_MAX } from '../event/link-message.ts';
import { Transmit } from '../event/link-port.ts';
import type { LogPort } from './log-port.ts';
import type { OwnEvents, ReconciliationOutcome } from './own-events.ts';
import type { Transmitter } from './transmit.ts';

interface ReconcileVenueOptions {
  /** ns. */
  readonly timeout: number;
  /** Scaled integers by instrument and by currency: a difference up to it is a warning. */
  readonly positionTolerance: readonly number[];
  readonly balanceTolerance: readonly number[];
}

interface ReconcilerOptions {
  readonly core: Core;
  readonly transmitter: Transmitter;
  readonly events: OwnEvents;
  readonly venues: readonly ReconcileVenueOptions[];
  readonly counters: Float64Array;
  readonly log: LogPort;
  readonly monotonicNs: () => number;
  /** Unix ns of Sequencing Time 0, and Sequencing Time now. */
  readonly epoch: bigint;
  readonly now: () => number;
  /** By Venue: Sequencing Time up to which the State that was recovered lacked nothing. */
  readonly agreedAt: readonly number[];
  /** Told whether any comparison is going on: only then are reports passed here. */
  readonly setReconciling: (reconciling: boolean) => void;
  /** The outcome, once recorded. */
  readonly completed: (outcome: ReconciliationOutcome) => void;
}

/** One comparison going on. */
interface Comparison {
  readonly id: number;
  readonly deadline: number;
  /** Orders asked for and not reported yet. */
  readonly awaited: Set<number>;
  readonly findings: string[];
  ordersCompared: number;
  mismatches: number;
  unknown: number;
  warnings: number;
}

/** Wait before a Venue is asked again by itself, doubled up to the maximum while it does not come out right. */
const RETRY_NS: BackoffLimits = { min: 1e9, max: 30e9 };
const FINDINGS_MAX = 10;
/** Executions of so long before are asked for again: a Venue tells late, and its clock is not ours. */
const OVERLAP_NS = 30e9;

export class Reconciler {
  private readonly options: ReconcilerOptions;
  private readonly going: (Comparison | null)[];
  private readonly retryAt: Float64Array;
  /** Comparisons in a row that did not come out right. */
  private readonly failures: Float64Array;
  private nextId = 1;

  constructor(options: ReconcilerOptions) {
    this.options = options;
    this.going = options.venues.map(() => null);
    this.retryAt = new Float64Array(options.venues.length);
    this.failures = new Float64Array(options.venues.length);
  }

  isGoing(venue: number): boolean {
    return this.going[venue] !== null;
  }

  /** Asks the Venue for its whole truth. False when there is no link to ask over, or it is being asked already. */
  start(venue: number): boolean {
    const link = this.options.transmitter.links[venue];
    if (link === null || this.going[venue] !== null) return false;
    const orderIds = this.liveOrders(venue);
    const id = this.nextId;
    this.nextId += 1;
    const request = encodeLinkMessage({ type: MessageType.ReconcileRequest, id, orderIds, since: this.since(venue) });
    if (link.transmit(request) !== Transmit.Sent) return false;
    this.going[venue] = {
      id, deadline: this.options.monotonicNs() + this.options.venues[venue].timeout, awaited: new Set(orderIds),
      findings: [], ordersCompared: 0, mismatches: 0, unknown: 0, warnings: 0,
    };
    this.options.setReconciling(true);
    return true;
  }

  /** Before the step of a BalanceReport: what it is compared with is about to be replaced. */
  beforeReport(): void {
    const { event } = this.options.core;
    if (event.kind !== Kind.BalanceReport) return;
    const comparison = this.going[event.source - Source.Venue0];
    if (comparison !== null && comparison !== undefined) this.compareBalances(comparison, event.venue);
  }

  /** After the step of a report. */
  afterReport(): void {
    const { event } = this.options.core;
    const comparison = this.going[event.source - Source.Venue0];
    if (comparison === null || comparison === undefined) return;
    if (event.kind === Kind.OrderStatusReport) this.compareOrder(comparison);
    if (event.kind === Kind.PositionReport) this.comparePositions(comparison, event.venue);
  }

  /** The Venue has told everything. */
  end(venue: number, id: number, complete: boolean, message: string): void {
    const comparison = this.going[venue];
    if (comparison === null || comparison.id !== id) return;
    if (!complete) find(comparison, 'unknown', `the Venue's answer is incomplete: ${message}`);
    this.complete(venue, comparison);
  }

  linkDown(venue: number): void {
    this.going[venue] = null;
    this.retryAt[venue] = 0;
    this.failures[venue] = 0;
    this.options.setReconciling(this.anyGoing());
  }

  /** Looks for comparisons that went unanswered, and for Venues that need one. */
  housekeep(): void {
    const now = this.options.monotonicNs();
    const { control } = this.options.core.state;
    for (let venue = 0; venue < this.going.length; venue += 1) {
      const comparison = this.going[venue];
      if (comparison !== null && now > comparison.deadline) {
        find(comparison, 'unknown', 'the Venue did not answer in time');
        this.complete(venue, comparison);
      } else if (comparison === null && control.venues[venue].linked && !control.venues[venue].reconciled
        && now >= this.retryAt[venue]) {
        this.start(venue);
      }
    }
  }

  /** Unix ns before which every execution is in State: no Order was live when the session began. */
  private since(venue: number): bigint {
    const control = this.options.core.state.control.venues[venue];
    const agreedAt = control.reconciled ? this.options.now() : Math.max(control.agreedAt, this.options.agreedAt[venue]);
    return this.options.epoch + BigInt(Math.floor(agreedAt - OVERLAP_NS));
  }

  private liveOrders(venue: number): number[] {
    const { orders } = this.options.core.state.execution;
    const ids: number[] = [];
    for (let instrument = 0; instrument < orders.live.length; instrument += 1) {
      for (let i = 0; i < orders.liveCount[instrument] && ids.length < RECONCILE_ORDERS_MAX; i += 1) {
        const order = orders.liveAt(instrument, i);
        if (order.venue === venue) ids.push(order.id);
      }
    }
    return ids;
  }

  private compareOrder(comparison: Comparison): void {
    const { event, state } = this.options.core;
    const order = state.execution.orders.get(event.orderId);
    comparison.awaited.delete(event.orderId);
    const status = VenueOrderStatus[event.state];
    if (order === undefined) {
      if (event.state !== VenueOrderStatus.Open) return;
      find(comparison, 'mismatches', `the Venue has an open Order ${event.orderId || 'of its own'} that tcx does not know`);
      return;
    }
    comparison.ordersCompared += 1;
    if (event.state === VenueOrderStatus.Indeterminate) {
      find(comparison, 'unknown', `the Venue cannot say what became of Order ${order.id}`);
    } else if (state.execution.lastAnomaly >= Anomaly.LateFill || (event.state !== VenueOrderStatus.Open) !== order.terminal) {
      find(comparison, 'mismatches', `Order ${order.id}: State has ${OrderState[order.state]} ${order.filled}/${order.quantity}, `
        + `the Venue ${status} ${event.filledQuantity}/${event.quantity}`);
    }
  }

  private comparePositions(comparison: Comparison, venue: number): void {
    const { event, state } = this.options.core;
    for (let i = 0; i < event.count; i += 1) {
      const instrument = event.entries[i * POSITION_STRIDE];
      const reported = event.entries[i * POSITION_STRIDE + 1];
      const held = state.execution.positions.of[instrument].quantity;
      const tolerance = this.options.venues[venue].positionTolerance[instrument];
      const { id } = state.config.instruments[instrument];
      differ(comparison, Math.abs(reported - held), tolerance, `position ${id}: State has ${held}, the Venue ${reported}`);
    }
  }

  private compareBalances(comparison: Comparison, venue: number): void {
    const { event, state } = this.options.core;
    const { money } = state.execution;
    for (let i = 0; i < event.count; i += 1) {
      const currency = event.entries[i * BALANCE_STRIDE];
      const reported = event.entries[i * BALANCE_STRIDE + 1];
      const balance = money.balances[venue][currency];
      if (!balance.known) continue;
      const { scale, symbol } = state.config.currencies[currency];
      const unit = 10n ** BigInt(money.exponents[currency] - scale);
      const expected = BigInt(balance.reportedTotal) * unit + balance.change.toBigInt();
      const difference = BigInt(reported) * unit - expected;
      // What is less than the currency's smallest amount is the Venue's rounding.
      const units = Number((difference < 0n ? -difference : difference) / unit);
      const tolerance = this.options.venues[venue].balanceTolerance[currency];
      differ(comparison, units, tolerance, `balance ${symbol}: State has ${expected / unit}, the Venue ${reported}`);
    }
  }

  private complete(venue: number, comparison: Comparison): void {
    const { orders } = this.options.core.state.execution;
    for (const id of comparison.awaited) {
      const order = orders.get(id);
      if (order !== undefined && !order.terminal) find(comparison, 'unknown', `the Venue did not report Order ${id}`);
    }
    this.going[venue] = null;
    this.options.setReconciling(this.anyGoing());
    const outcome = {
      venue, result: resultOf(comparison), ordersCompared: comparison.ordersCompared, mismatches: comparison.mismatches,
      unknown: comparison.unknown, detail: comparison.findings.join('; '),
    };
    this.failures[venue] += 1;
    this.retryAt[venue] = this.options.monotonicNs() + backoff(RETRY_NS, this.failures[venue]);
    if (isPassed(outcome.result)) this.failures[venue] = 0;
    this.options.events.reconciliationCompleted(outcome);
    this.report(outcome);
    this.options.completed(outcome);
  }

  private report(outcome: ReconciliationOutcome): void {
    const { core, counters, log } = this.options;
    counters[Counter.Reconciliations] += 1;
    const venue = core.state.config.venues[outcome.venue].id;
    const fields = { ...outcome, venue, result: ReconciliationResult[outcome.result] };
    if (isPassed(outcome.result)) {
      log.info(fields, `${venue}: State and Venue agree on ${outcome.ordersCompared} Orders, positions and balances`);
    } else {
      counters[Counter.ReconciliationMismatches] += 1;
      log.warn(fields, `${venue}: reconciliation ${ReconciliationResult[outcome.result]}: ${outcome.detail}; no new exposure `
        + 'until it comes out right: correct it at the Venue or dispose of the Order, then run: tcxctl reconcile');
    }
  }

  private anyGoing(): boolean {
    return this.going.some((comparison) => comparison !== null);
  }
}

export function isPassed(result: ReconciliationResult): boolean {
  return result === ReconciliationResult.Ok || result === ReconciliationResult.Warning;
}

function resultOf(comparison: Comparison): ReconciliationResult {
  if (comparison.mismatches > 0) return ReconciliationResult.Mismatch;
  if (comparison.unknown > 0) return ReconciliationResult.Unknown;
  return comparison.warnings > 0 ? ReconciliationResult.Warning : ReconciliationResult.Ok;
}

function differ(comparison: Comparison, difference: number, tolerance: number, finding: string): void {
  if (difference === 0) return;
  find(comparison, difference <= tolerance ? 'warnings' : 'mismatches', finding);
}

function find(comparison: Comparison, what: 'mismatches' | 'unknown' | 'warnings', finding: string): void {
  comparison[what] += 1;
  if (comparison.findings.length < FINDINGS_MAX) comparison.findings.push(finding);
}
