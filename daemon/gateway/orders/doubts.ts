// Finds out what became of an Order when an answer did not say: asks the Venue again and again, ever more slowly and not
// forever, and settles by what it reports. The daemon's own status queries are answered here too. While there is no
// connection nothing is asked: the reconciliation that follows it settles.

import { backoff, type BackoffLimits } from '../../base/backoff.ts';
import { AnswerClass, type RequestAnswer, type StatusFact } from '../../event/order-adapter.ts';
import { OrderType, RejectReason, TimeInForce, VenueOrderStatus } from '../../event/kinds.ts';
import type { DeskContext } from './desk-context.ts';
import type { EarlyFills } from './early-fills.ts';
import { scaleExact, type StatusView } from './facts.ts';
import type { OrderLife } from './order-life.ts';
import { UNKNOWN_INSTRUMENT, type DeskOrder } from './order-table.ts';
import type { Outstanding } from './requests.ts';
import { isCutShort, judge, Verdict } from './verdict.ts';

const QUERIES_MAX = 4;
/** After so many the Order is left to the operator; a status query of the daemon begins anew. */
const ATTEMPTS_MAX = 10;
const BACKOFF_NS: BackoffLimits = { min: 1e9, max: 30e9 };
const QUERY_TIMEOUT_NS = 20e9;
const NEVER_TOOK_EFFECT = 'the Venue does not have it, and it can no longer take effect';

/** A query under way. */
interface Query { readonly order: DeskOrder; readonly generation: number; report: StatusFact | null }

/** A report of the Venue, and when it was asked for: it may be as old as that. */
export interface Report { readonly generation: number; readonly fact: StatusFact; readonly asOf: number }

export class Doubts {
  private readonly context: DeskContext;
  private readonly life: OrderLife;
  private readonly early: EarlyFills;
  private readonly orders = new Set<DeskOrder>();
  private readonly queries = new Map<number, Query>();
  /** The daemon waits for an answer about these. */
  private readonly asked = new Set<DeskOrder>();
  /** How an order ended of which a later generation is being looked for. */
  private readonly ends = new Map<DeskOrder, Report>();

  constructor(context: DeskContext, life: OrderLife, early: EarlyFills) {
    this.context = context;
    this.life = life;
    this.early = early;
  }

  start(order: DeskOrder, delayNs: number): void {
    if (order.end !== null) return;
    const { now, gate } = this.context;
    const nextAt = gate.isReady ? now + delayNs : Infinity;
    if (order.doubt === null) order.doubt = { since: now, attempts: 0, nextAt, generation: order.generation };
    else if (!this.isBeingAsked(order)) order.doubt.nextAt = Math.min(order.doubt.nextAt, nextAt);
    this.orders.add(order);
  }

  /** A status query of the daemon: answered once, now or when the Venue has spoken. */
  ask(order: DeskOrder): void {
    if (order.end !== null) return this.tellEnd(order);
    if (!this.context.gate.isReady) return this.tellIndeterminate(order);
    this.asked.add(order);
    if (order.doubt !== null) order.doubt.attempts = 0;
    this.start(order, 0);
  }

  tellEnd(order: DeskOrder): void {
    const { price, quantity, filled, end } = order;
    if (end !== null) this.context.teller.status(order, { status: end, price, quantity, filled, eventTime: 0n });
  }

  tellIndeterminate(order: DeskOrder): void {
    const { price, quantity, filled } = order;
    const status = VenueOrderStatus.Indeterminate;
    this.context.teller.status(order, { status, price, quantity, filled, eventTime: 0n });
  }

  /** Asks what is due; returns when the next is. */
  advance(): number {
    const { now, gate } = this.context;
    let due = Infinity;
    for (const order of this.orders) {
      if (order.doubt === null || order.end !== null) {
        this.orders.delete(order);
        this.ends.delete(order);
        this.early.release(order);
        if (this.asked.delete(order)) this.answerAsked(order);
        continue;
      }
      if (!gate.isReady || gate.isHeld(now)) continue;
      const mayAsk = this.queries.size < QUERIES_MAX;
      if (order.doubt.nextAt <= now && mayAsk) this.query(order, order.doubt.generation);
      // With all queries under way, an answer makes room.
      if (mayAsk) due = Math.min(due, order.doubt?.nextAt ?? Infinity);
    }
    return gate.isHeld(now) ? gate.holdUntil : due;
  }

  /** A status fact while a query about the Order is under way. False: nobody asked. */
  take(order: DeskOrder, generation: number, fact: StatusFact): boolean {
    let isTaken = false;
    for (const query of this.queries.values()) {
      if (query.order !== order || query.generation !== generation) continue;
      query.report = fact;
      isTaken = true;
    }
    return isTaken;
  }

  /** Null: no answer came in time. */
  answered({ id, sentAt }: Outstanding, answer: RequestAnswer | null): void {
    const query = this.queries.get(id);
    if (query === undefined) return;
    this.queries.delete(id);
    const { order, generation, report } = query;
    if (order.doubt === null || order.end !== null) return;
    // It moved on meanwhile: what was asked for is of the past.
    if (generation < order.generation) return this.start(order, 0);
    if (answer?.class === AnswerClass.Done && report !== null) this.settle(order, { generation, fact: report, asOf: sentAt });
    else this.again(order);
  }

  /** The connection is gone: what was asked will not be answered. */
  suspend(): void {
    this.queries.clear();
    for (const order of this.orders) if (order.doubt !== null) order.doubt.nextAt = Infinity;
    for (const order of this.asked) this.tellIndeterminate(order);
    this.asked.clear();
  }

  /** Of Orders that the table has forgotten. */
  forget(): void {
    this.queries.clear();
    this.orders.clear();
    this.asked.clear();
    this.ends.clear();
  }

  // ── settling ──────────────────────────────────────────────────────────────────────────────────
  /** By a report that the Venue gave. True: it was told to the daemon, or the Order is known to have ended. */
  settle(order: DeskOrder, report: Report): boolean {
    const { generation, fact: { status, eventTime }, asOf } = report;
    if (generation > order.generation && status === VenueOrderStatus.NotFound) return this.settleWithoutNext(order, asOf);
    this.early.settle(order, report);
    if (order.end !== null) return false;
    if (generation > order.generation && isAlive(status)) this.life.moveOn(order, generation, eventTime);
    if (generation < order.generation) return false;
    const view = this.view(order, report);
    if (view === null) return this.again(order);
    if (this.early.has(order)) return this.askNext(order, report);
    const circumstances = { isSettled: this.isSettled(order, asOf), mayHaveNext: this.mayHaveNext(order) };
    switch (judge(order, view, circumstances)) {
      case Verdict.Tell: return this.tell(order, view);
      case Verdict.Untaken: return this.untaken(order, view);
      case Verdict.Wait: return this.again(order);
      case Verdict.FillsMissing:
        this.context.reconcileSoon();
        return this.again(order);
      case Verdict.NextGeneration: return this.askNext(order, report);
    }
  }

  private tell(order: DeskOrder, view: StatusView): boolean {
    const { teller } = this.context;
    if (view.status === VenueOrderStatus.Open) {
      this.life.stand(order, view.price, view.quantity, view.eventTime);
      this.life.catchUp(order);
      order.isAccepted = true;
      teller.status(order, view);
      this.life.settle(order);
      order.doubt = null;
    } else {
      teller.status(order, view);
      this.life.end(order, view.status);
    }
    this.asked.delete(order);
    return true;
  }

  private untaken(order: DeskOrder, view: StatusView): boolean {
    const { teller, requests } = this.context;
    if (order.work?.request.what === 'replace') {
      teller.rejected('replace', order.orderId, RejectReason.Other, NEVER_TOOK_EFFECT);
      requests.end(order.work);
      order.work = null;
    }
    if (order.cancel !== null) {
      teller.rejected('cancel', order.orderId, RejectReason.Other, NEVER_TOOK_EFFECT);
      requests.end(order.cancel);
      order.cancel = null;
    }
    return this.tell(order, view);
  }

  private askNext(order: DeskOrder, end: Report): boolean {
    this.ends.set(order, end);
    this.start(order, 0);
    if (order.doubt !== null) {
      order.doubt.generation = order.generation + 1;
      order.doubt.nextAt = this.context.gate.isReady ? this.context.now : Infinity;
    }
    return false;
  }

  /** No later generation: the order ended as it was reported, unless the REPLACE may yet arrive. */
  private settleWithoutNext(order: DeskOrder, asOf: number): boolean {
    const end = this.ends.get(order);
    if (end === undefined) return this.again(order);
    this.early.settle(order, end, true);
    if (order.end !== null) return false;
    const view = this.view(order, end, true);
    const isMissing = view !== null && view.filled > order.filled;
    if (isMissing) this.context.reconcileSoon();
    if (view === null || isMissing || !this.isSettled(order, asOf)) return this.again(order);
    this.ends.delete(order);
    return this.tell(order, view);
  }

  /** The order may have been replaced by one that no fact has named yet. */
  private mayHaveNext(order: DeskOrder): boolean {
    return order.work?.request.what === 'replace' || order.heldCancel !== null || !order.isOfThisLife;
  }

  /** Nothing unanswered of it could take effect any more when the Venue was asked. */
  private isSettled(order: DeskOrder, asOf: number): boolean {
    const { gate, adapter } = this.context;
    const unanswered = [order.work, order.cancel].flatMap((request) => (request === null ? [] : [request.sentAt]));
    const since = order.isOfThisLife ? Math.max(-Infinity, ...unanswered) : Math.max(gate.readySince, ...unanswered);
    return asOf - since >= adapter.requestLifetimeNs;
  }

  /** Later, and less often each time. */
  private again(order: DeskOrder): boolean {
    const { now, gate, log } = this.context;
    this.start(order, 0);
    const { doubt } = order;
    if (doubt === null) return false;
    if (this.asked.delete(order)) this.tellIndeterminate(order);
    if (doubt.attempts >= ATTEMPTS_MAX) {
      this.context.note('Order in doubt', `Order ${order.orderId}: the Venue was asked ${doubt.attempts} times`);
      log.error('an Order stays in doubt: ask again with tcxctl, or look at the Venue and dispose of it', { order: order.orderId });
      this.tellIndeterminate(order);
      order.doubt = null;
      return false;
    }
    doubt.nextAt = gate.isReady ? now + backoff(BACKOFF_NS, doubt.attempts + 1) : Infinity;
    return false;
  }

  private query(order: DeskOrder, generation: number): void {
    const { doubt } = order;
    if (doubt === null) return;
    doubt.attempts += 1;
    doubt.nextAt = Infinity;
    const hasLeft = this.context.send({ what: 'query', order: order.known(generation) }, order, QUERY_TIMEOUT_NS, ({ id }) => {
      this.queries.set(id, { order, generation, report: null });
    });
    if (hasLeft) this.context.statistics.queries += 1;
    else this.again(order);
  }

  private isBeingAsked(order: DeskOrder): boolean {
    return [...this.queries.values()].some((query) => query.order === order);
  }

  private answerAsked(order: DeskOrder): void {
    const { price, quantity, filled, work, cancel, isAccepted } = order;
    const isKnown = isAccepted && work === null && cancel === null;
    const status = VenueOrderStatus.Open;
    if (order.end !== null) this.tellEnd(order);
    else if (isKnown) this.context.teller.status(order, { status, price, quantity, filled, eventTime: 0n });
    else this.tellIndeterminate(order);
  }

  /**
   * An earlier life may have heard it stand otherwise. What that left under way is not answered by how an open Order stands
   * before it is too late to take effect, unless executions came on top of it.
   */
  private meet(order: DeskOrder, status: VenueOrderStatus, hasCarried: boolean): void {
    if (order.isGrown) return;
    const { now, gate, adapter } = this.context;
    const mayBeUnderWay = status === VenueOrderStatus.Open && !hasCarried;
    order.untoldFrom = mayBeUnderWay ? gate.readySince + adapter.requestLifetimeNs : now;
  }

  /** The report in the Order's integers, all generations together; null when it is not exact or lacks an instrument. */
  view(order: DeskOrder, { generation, fact: report, asOf }: Report, isLast = false): StatusView | null {
    const { teller } = this.context;
    const { status, eventTime } = report;
    if (status === VenueOrderStatus.NotFound || status === VenueOrderStatus.Indeterminate) {
      return { status, price: order.price, quantity: order.quantity, filled: order.filled, eventTime };
    }
    const instrument = order.instrument === UNKNOWN_INSTRUMENT ? teller.named(report.name.symbol) : order.instrument;
    if (instrument === undefined) return null;
    const carried = order.carried(generation);
    const isPriceless = order.type === OrderType.Market || report.price === '';
    const price = isPriceless ? order.price : scaleExact(report.price, instrument.priceScale);
    const quantity = report.quantity === '' ? order.quantity : carried + scaleExact(report.quantity, instrument.quantityScale);
    const filled = report.filledQuantity === '' ? order.filled : carried + scaleExact(report.filledQuantity, instrument.quantityScale);
    if (Number.isNaN(price + quantity + filled)) {
      this.context.note('inexact status', `${report.filledQuantity}/${report.quantity}@${report.price} of Order ${order.orderId}`);
      return null;
    }
    // How a generation ended that a later one may have followed does not say how the Order stands.
    if (!order.isDescribed && (isLast || !isCutShort(status))) {
      const { side } = report;
      order.describe({ side, type: OrderType.Limit, timeInForce: TimeInForce.GoodTillCancel, price, quantity }, instrument);
      if (!isPriceless && price > 0 && quantity > 0) this.meet(order, status, carried > 0);
    }
    // The report may be older than what the stream told since.
    const isOlder = status === VenueOrderStatus.Open && asOf < order.changedAt;
    const standing = isOlder ? { price: order.price, quantity: order.quantity } : { price, quantity };
    return { status, ...standing, filled: Math.max(filled, order.filled), eventTime };
  }
}

function isAlive(status: VenueOrderStatus): boolean {
  return status !== VenueOrderStatus.NotFound && status !== VenueOrderStatus.Indeterminate
    && status !== VenueOrderStatus.Rejected;
}
