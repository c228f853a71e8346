// Order entry of one real Venue, whatever Venue it is: dispatches of the daemon become requests of the adapter, answers and
// facts become Execution Events. Owns the order of things: nothing new leaves before the Venue was reconciled, a refusal is
// only said when nothing left or the Venue was sure, and what is unknown is asked for. Reads no clock, owns no socket.
//
//   adapter not ready ── ready ──→ reconciling ── whole truth told ──→ open        at any time: not ready again
//        NEW, REPLACE: NotTransmitted │ CANCEL: sent                   │ all sent

import { ownOrderId } from '../../event/client-order-id.ts';
import { VenueOrderStatus } from '../../event/kinds.ts';
import {
  AnswerClass, type BalancesFact, type OrderAdapter, type OrderFact, type OrderName, type OrderRequest,
  type OrderSink, type RequestAnswer, type StatusFact,
} from '../../event/order-adapter.ts';
import type {
  ConnectionPlan, DispatchedCommand, FrameOutput, HttpAnswer, HttpRequest, VenueWelcome,
} from '../../event/venue-session.ts';
import type { GatewayLog } from '../gateway-log.ts';
import type { OrderSide } from '../venue-feed.ts';
import { Alone } from './alone.ts';
import { Answers } from './answers.ts';
import { DeadMan } from './dead-man.ts';
import type { DeskContext, OrderDeskSettings, OrderDeskStatistics } from './desk-context.ts';
import { Dispatches } from './dispatches.ts';
import { Doubts } from './doubts.ts';
import { EarlyFills } from './early-fills.ts';
import { mergedBalances, scaleExact, Teller } from './facts.ts';
import { Gate } from './gate.ts';
import { MassCancel } from './mass-cancel.ts';
import { OrderLife } from './order-life.ts';
import { OrderTable, UNKNOWN_INSTRUMENT, type DeskOrder } from './order-table.ts';
import { Reconciliation } from './reconciliation.ts';
import { Requests, type Outstanding } from './requests.ts';
import { Strangers } from './strangers.ts';

interface OrderDeskOptions {
  readonly venue: string;
  readonly adapter: OrderAdapter;
  readonly settings: OrderDeskSettings;
  readonly log: GatewayLog;
  readonly unixNs: () => bigint;
}

/** A stream of balances is not ordered with that of executions: told when no execution came for so long. */
const BALANCES_SETTLE_NS = 1e9;
const SAMPLE_MAX = 200;
/** Kinds hold words of the Venue: a flood of them must not become one of log lines, nor a table without end. */
const KINDS_MAX = 64;
const OTHER_KIND = 'further kinds of problems';

export class OrderDesk implements OrderSide, OrderSink, DeskContext {
  readonly adapter: OrderAdapter;
  readonly settings: OrderDeskSettings;
  readonly log: GatewayLog;
  readonly table = new OrderTable();
  readonly requests = new Requests();
  readonly teller = new Teller();
  readonly gate = new Gate();
  readonly statistics: OrderDeskStatistics = {
    submits: 0, replaces: 0, cancels: 0, massCancels: 0, refused: 0, rejected: 0, rateLimited: 0, ambiguous: 0, timeouts: 0, queries: 0,
    reconciliations: 0, fills: 0, foreign: 0, problems: 0,
  };
  now = 0;
  /** What could not be used, by kind. */
  readonly problems = new Map<string, number>();
  private readonly venue: string;
  private readonly clock: () => bigint;
  private readonly life = new OrderLife(this);
  private readonly early = new EarlyFills(this.life);
  private readonly doubts = new Doubts(this, this.life, this.early);
  private readonly answers = new Answers(this, this.life);
  private readonly reconciliation = new Reconciliation(this, this.life, this.doubts, this.early);
  private readonly strangers = new Strangers(this, (fact) => this.fact(fact));
  private readonly dispatches = new Dispatches(this);
  private readonly massCancel = new MassCancel(this);
  private readonly alone = new Alone(this, this.life, this.massCancel);
  private readonly deadMan: DeadMan;
  private output: FrameOutput | null = null;
  private isLinked = false;
  private signature = '';
  private balances: { readonly fact: BalancesFact; readonly dueAt: number } | null = null;
  private daemonLossAt = Infinity;
  private adapterDue = Infinity;

  constructor({ venue, adapter, settings, log, unixNs }: OrderDeskOptions) {
    this.venue = venue;
    this.adapter = adapter;
    this.settings = settings;
    this.log = log;
    this.clock = unixNs;
    this.deadMan = new DeadMan(adapter.hasDeadMan ? settings.deadManSeconds : 0);
  }

  // ── from the daemon ───────────────────────────────────────────────────────────────────────────
  start(welcome: VenueWelcome, output: FrameOutput, now: number): void {
    this.now = now;
    this.output = output;
    this.isLinked = true;
    this.daemonLossAt = Infinity;
    this.massCancel.daemonIsThere();
    this.alone.isSecond = false;
    if (this.alone.isGoing) this.forgetAlone();
    this.teller.open(welcome, output);
    this.life.forgetTold();
    const signature = JSON.stringify(welcome.instruments);
    if (signature !== this.signature) {
      this.signature = signature;
      this.adapter.open(this, welcome.instruments);
      this.adapterDue = -Infinity;
    }
    if (this.gate.isReady) this.deadMan.arm(now);
  }

  stop(now: number): void {
    this.now = now;
    this.isLinked = false;
    this.teller.close();
    this.reconciliation.forgetWanted();
    this.dispatches.forgetParked();
    if (this.settings.onDaemonLoss === 'keep') return;
    this.deadMan.release();
    this.daemonLossAt = now + this.settings.daemonLossGraceNs;
  }

  /** No daemon has come since this gateway began, and Orders are not to live without one. `start` may follow at any time. */
  startAlone(output: FrameOutput, now: number): void {
    this.now = now;
    this.output = output;
    if (!this.alone.isGoing) this.adapter.open(this, []);
    this.alone.begin();
    this.reconciliation.soon();
    this.adapterDue = -Infinity;
  }

  onSecond(isSecond: boolean, now: number): void {
    this.now = now;
    this.alone.isSecond = isSecond;
    if (isSecond) this.massCancel.daemonIsThere();
    if (this.settings.onDaemonLoss === 'cancel') this.daemonLossAt = isSecond ? Infinity : now + this.settings.daemonLossGraceNs;
  }

  /** What was learnt without instruments says too little of an Order: the reconciliation that follows tells all of it. */
  private forgetAlone(): void {
    this.alone.isGoing = false;
    this.table.clear();
    this.doubts.forget();
    this.early.forget();
    this.strangers.suspend();
  }

  /**
   * The gateway ends in order; a second one touches nothing. With nothing live the dead-man switch is taken back; with live
   * Orders to be cancelled it stays as the Venue's own guard behind the cancellation that is sent here.
   */
  end(now: number): void {
    this.now = now;
    this.daemonLossAt = Infinity;
    this.deadMan.release();
    if (!this.gate.isReady || this.alone.isSecond) return;
    const isEmpty = this.table.live().length === 0;
    if (!isEmpty && this.settings.onDaemonLoss === 'cancel') this.massCancel.start('the gateway ends');
    else if (this.deadMan.mayBeArmed) this.sendDeadMan(0);
  }

  onDispatch(command: DispatchedCommand, now: number): void {
    this.now = now;
    this.teller.captureTime = 0n;
    this.dispatches.dispatch(command);
  }

  onStatusQuery(orderId: number, venueOrderId: string, now: number): void {
    this.now = now;
    const order = this.table.adopt(orderId);
    if (order.venueOrderId === '') this.table.link(venueOrderId, order, order.generation);
    this.doubts.ask(order);
  }

  onMassCancel(reason: string, now: number): void {
    this.now = now;
    this.massCancel.start(reason);
  }

  onReconcileRequest(id: number, orderIds: readonly number[], since: bigint, now: number): void {
    this.now = now;
    this.reconciliation.want(id, orderIds, since);
  }

  // ── from the host ─────────────────────────────────────────────────────────────────────────────
  connections(): readonly ConnectionPlan[] {
    return this.adapter.connections();
  }

  onOpen(connection: number, now: number): void {
    this.now = now;
    this.adapter.onOpen(connection, now);
    this.adapterDue = -Infinity;
  }

  onFrame(connection: number, frame: Uint8Array, captureTime: bigint, now: number): void {
    this.now = now;
    this.teller.captureTime = captureTime;
    this.adapter.onFrame(connection, frame, now);
  }

  onClose(connection: number, reason: string, now: number): void {
    this.now = now;
    this.adapter.onClose(connection, reason, now);
    this.adapterDue = -Infinity;
  }

  onHttp(id: number, answer: HttpAnswer, captureTime: bigint, now: number): void {
    this.now = now;
    this.teller.captureTime = captureTime;
    this.adapter.onHttp(id, answer, now);
    this.adapterDue = -Infinity;
  }

  /** Returns when it next wants to be called. */
  advance(now: number): number {
    this.now = now;
    this.teller.captureTime = 0n;
    for (const sent of this.requests.expire(now)) this.expired(sent);
    if (now >= this.daemonLossAt) {
      this.daemonLossAt = Infinity;
      if (this.table.live().length > 0) this.massCancel.start('the daemon is gone', true);
    }
    if (this.gate.isReady && this.deadMan.isDue(now)) this.sendDeadMan(this.deadMan.seconds);
    if (this.deadMan.hasFired(now)) this.deadManFired();
    this.settleBalances();
    this.dispatches.release();
    const massCancelDue = this.massCancel.advance();
    const due = Math.min(this.reconciliation.advance(), this.doubts.advance());
    this.adapterDue = this.adapter.advance(now);
    return Math.min(
      due, this.requests.nextDeadline(), this.daemonLossAt, this.deadMan.due, this.deadMan.fuseAt, this.balancesDue(),
      massCancelDue, this.dispatches.due(), this.adapterDue,
    );
  }

  // ── DeskContext ───────────────────────────────────────────────────────────────────────────────
  send(request: OrderRequest, order: DeskOrder | null, timeoutNs: number, begun: (sent: Outstanding) => void): boolean {
    const sent = this.requests.begin(request, order, this.now, timeoutNs);
    begun(sent);
    if (this.adapter.send(sent.id, request, this.now)) return true;
    this.requests.end(sent);
    return false;
  }

  note(named: string, sample: string): void {
    const kind = this.problems.has(named) || this.problems.size < KINDS_MAX ? named : OTHER_KIND;
    const count = this.noted(kind);
    this.problems.set(kind, count + 1);
    this.statistics.problems += 1;
    if (count === 0) this.log.warn(`${this.venue}: ${kind}`, { sample: sample.slice(0, SAMPLE_MAX) });
  }

  /** How often something of this kind was met. */
  noted(kind: string): number {
    return this.problems.get(kind) ?? 0;
  }

  doubt(order: DeskOrder, delayNs: number): void {
    if (!this.alone.isGoing) this.doubts.start(order, delayNs);
  }

  reconcileSoon(): void {
    this.reconciliation.soon();
  }

  // ── OrderSink ─────────────────────────────────────────────────────────────────────────────────
  unixNs(): bigint {
    return this.clock();
  }

  transmit(connection: number, frame: string, recorded?: string): boolean {
    return this.output?.transmit(connection, 0, frame, recorded) ?? false;
  }

  request(request: HttpRequest): number {
    return this.output?.request(request) ?? -1;
  }

  redial(connection: number, milliseconds: number, reason: string): void {
    this.output?.redial(connection, 0, milliseconds, reason);
  }

  redact(name: string, secret: string): void {
    this.output?.redact(name, secret);
  }

  ready(): void {
    if (this.gate.isReady) return;
    this.gate.ready(this.now);
    this.log.info(`${this.venue}: order entry is connected`, { live: this.table.live().length });
    this.reconciliation.now();
    if (this.isLinked || this.settings.onDaemonLoss === 'keep') this.deadMan.arm(this.now);
  }

  unready(reason: string): void {
    if (!this.gate.isReady) return;
    this.gate.unready();
    this.log.warn(`${this.venue}: order entry is not connected`, { reason });
    this.deadMan.release();
    for (const sent of this.requests.list()) {
      if (sent.order !== null && sent.request.what !== 'query') this.lost(sent, sent.order);
      else this.requests.end(sent);
    }
    this.doubts.suspend();
    this.strangers.suspend();
    this.reconciliation.suspend(reason);
    this.massCancel.suspend();
  }

  /** In flight when the connection went: what became of it is told by the reconciliation that follows. */
  private lost(sent: Outstanding, order: DeskOrder): void {
    if (!sent.isOverdue) this.statistics.ambiguous += 1;
    sent.isOverdue = true;
    this.doubts.start(order, 0);
  }

  fact(fact: OrderFact): void {
    if (fact.what === 'balances') return this.takeBalances(fact);
    // Nobody to tell: the reconciliation that follows the daemon's coming has it.
    if (fact.what === 'filled' && this.alone.isGoing) return;
    if (fact.what === 'filled' && this.balances !== null) this.balances = null;
    if (this.isOfNamesake(fact)) return this.namesake(fact);
    const found = this.find(fact.name);
    // A status names its order whole: one without an id of ours is not ours.
    if (found === 'foreign' || (found === 'unknown' && fact.what === 'status')) this.foreign(fact);
    else if (found === 'unknown') this.strangers.hold(fact);
    else this.apply(found.order, found.generation, fact);
  }

  /** A data directory that was lost counts anew: the Venue may remember another order under this name. */
  private isOfNamesake({ name, eventTime, ...fact }: Exclude<OrderFact, BalancesFact>): boolean {
    const isPast = fact.what === 'filled' || (fact.what === 'status' && fact.status !== VenueOrderStatus.Open);
    const own = isPast ? ownOrderId(name.clientOrderId) : null;
    return own !== null && this.table.get(own.orderId)?.isAfter(eventTime) === true;
  }

  /** Found in the place of the Order, which the Venue does not have then. */
  private namesake(fact: Exclude<OrderFact, BalancesFact>): void {
    const { name } = fact;
    this.note('order of an earlier life under the same name', `${fact.what} ${name.clientOrderId} ${name.venueOrderId}`);
    if (fact.what !== 'status') return;
    this.fact({ ...fact, name: { ...name, venueOrderId: '' }, eventTime: 0n, status: VenueOrderStatus.NotFound });
  }

  missed(): void {
    this.reconciliation.gap();
    this.reconciliation.soon();
  }

  private apply(order: DeskOrder, generation: number, fact: Exclude<OrderFact, BalancesFact>): void {
    switch (fact.what) {
      case 'accepted': this.life.accepted(order, generation, fact); break;
      case 'replaced': this.life.replaced(order, generation, fact); break;
      case 'cancelled': this.early.cancelled(order, generation, fact); break;
      case 'rejected': this.life.rejected(order, generation, fact); break;
      case 'filled':
        if (order.instrument === UNKNOWN_INSTRUMENT) this.strangers.hold(fact);
        else if (this.early.waitsFor(order, this.reconciliation.isGoing)) this.early.hold(order, generation, fact);
        else this.life.filled(order, generation, fact);
        break;
      case 'status': this.status(order, generation, fact); break;
    }
  }

  private status(order: DeskOrder, generation: number, fact: StatusFact): void {
    if (this.alone.isGoing) return this.alone.status(order, generation, fact);
    const isAsked = this.doubts.take(order, generation, fact);
    if (this.reconciliation.isGoing) this.reconciliation.take(order, generation, fact);
    if (isAsked || this.reconciliation.isGoing || order.end !== null || generation < order.generation) return;
    if (fact.status === VenueOrderStatus.Open && order.isAccepted) return;
    // Nobody asked: whatever it says is asked for, so that executions come before the end they led to.
    this.doubts.start(order, 0);
  }

  private find(name: OrderName): { readonly order: DeskOrder; readonly generation: number } | 'foreign' | 'unknown' {
    const own = ownOrderId(name.clientOrderId);
    if (own === null) {
      const isForeign = name.clientOrderId !== '' || this.strangers.isForeign(name.venueOrderId);
      return this.table.linked(name.venueOrderId) ?? (isForeign ? 'foreign' : 'unknown');
    }
    const order = this.table.adopt(own.orderId);
    this.table.link(name.venueOrderId, order, own.generation);
    if (order.instrument === UNKNOWN_INSTRUMENT) order.instrument = this.teller.named(name.symbol) ?? this.alone.instrumentOf(name.symbol);
    return { order, generation: own.generation };
  }

  /** Of an Order that tcx did not send: told as what it is, never as a fill of ours. */
  private foreign(fact: Exclude<OrderFact, BalancesFact>): void {
    const { name, eventTime } = fact;
    this.strangers.remember(name.venueOrderId);
    if (fact.what === 'status' && this.strangers.settles(fact) && !this.reconciliation.isGoing) return;
    const instrument = this.teller.named(name.symbol);
    this.statistics.foreign += 1;
    if (instrument === undefined) return this.note('Order in an instrument that is not configured', `${name.symbol} ${name.venueOrderId}`);
    if (fact.what !== 'status' && fact.what !== 'filled') return;
    const status = fact.what === 'status' ? fact.status : VenueOrderStatus.Indeterminate;
    const isKnown = fact.what === 'filled' || fact.price !== '';
    const price = isKnown ? scaleExact(fact.price, instrument.priceScale) : 0;
    const quantity = scaleExact(fact.quantity || '0', instrument.quantityScale);
    const executed = fact.what === 'status' ? fact.filledQuantity : fact.quantity;
    const filled = scaleExact(executed || '0', instrument.quantityScale);
    if (Number.isNaN(price + quantity + filled)) return this.note('inexact report of a foreign Order', name.venueOrderId);
    this.teller.foreign(name.venueOrderId, instrument, fact.side, { status, price, quantity, filled, eventTime });
  }

  answered(id: number, answer: RequestAnswer): void {
    const sent = this.requests.get(id);
    // Settled by a fact meanwhile.
    if (sent === undefined) return;
    const { what } = sent.request;
    if (answer.class === AnswerClass.RateLimited) {
      this.statistics.rateLimited += 1;
      this.gate.hold(this.now, answer.retryAfterMs, what === 'cancel' || what === 'cancelAll');
    }
    if (answer.class === AnswerClass.Fatal) this.fatal(answer.message);
    if (sent.order !== null && what !== 'query') return this.answers.answered(sent, sent.order, answer);
    this.requests.end(sent);
    if (what === 'query') this.answeredQuery(sent, answer);
    else if (what === 'reconcile') this.reconciled(sent, answer);
    else if (what === 'cancelAll') this.massCancel.answered(sent, answer);
    else if (sent.request.what === 'deadMan') this.answeredDeadMan(sent, answer);
  }

  private reconciled(sent: Outstanding, answer: RequestAnswer | null): void {
    this.reconciliation.answered(sent, answer);
    this.alone.reconciled(answer?.class === AnswerClass.Done);
  }

  private answeredQuery(sent: Outstanding, answer: RequestAnswer | null): void {
    if (sent.order === null) this.strangers.answered(sent, answer);
    else this.doubts.answered(sent, answer);
  }

  problem(kind: string, sample: string): void {
    this.note(kind, sample);
  }

  private expired(sent: Outstanding): void {
    const { request, order } = sent;
    if (order !== null && request.what !== 'query') return this.answers.overdue(order);
    this.requests.end(sent);
    if (request.what === 'query') this.answeredQuery(sent, null);
    else if (request.what === 'reconcile') this.reconciled(sent, null);
    else if (request.what === 'cancelAll') this.massCancel.answered(sent, null);
  }

  private fatal(message: string): void {
    if (this.gate.fatal !== '') return;
    this.gate.fatal = message;
    this.gate.isReconciled = false;
    this.log.error(`${this.venue}: the Venue refuses order entry for good: an operator has to act, then restart this gateway`, { message });
  }

  // ── dead-man switch, balances ────────────────────────────────────────────────────
  private sendDeadMan(seconds: number): void {
    this.send({ what: 'deadMan', seconds }, null, this.settings.requestTimeoutNs, () => this.deadMan.sent(this.now));
  }

  private answeredDeadMan(sent: Outstanding, answer: RequestAnswer): void {
    if (sent.request.what !== 'deadMan') return;
    if (answer.class === AnswerClass.Done) this.deadMan.confirmed(sent.sentAt, sent.request.seconds);
    else this.note('dead-man switch refused', answer.message);
  }

  private deadManFired(): void {
    this.note('dead-man switch fired', `not renewed for ${this.deadMan.seconds} s: the Venue has cancelled every order`);
    this.reconciliation.soon();
  }

  private takeBalances(fact: BalancesFact): void {
    if (!fact.isAsked || !this.reconciliation.isGoing) {
      this.balances = { fact: mergedBalances(this.balances?.fact ?? null, fact), dueAt: this.now + BALANCES_SETTLE_NS };
      return;
    }
    this.balances = null;
    if (this.reconciliation.isToldBeforeBalances()) this.tellBalances(fact);
  }

  /** While the Venue is asked for everything, executions that they contain may not be told yet. */
  private balancesDue(): number {
    return this.reconciliation.isGoing || !this.early.isEmpty ? Infinity : this.balances?.dueAt ?? Infinity;
  }

  private settleBalances(): void {
    if (this.balances === null || this.balancesDue() > this.now) return;
    const { fact } = this.balances;
    this.balances = null;
    this.tellBalances(fact);
  }

  private tellBalances(fact: BalancesFact): void {
    for (const inexact of this.teller.balances(fact)) this.note('inexact balance', inexact);
  }
}
