// Order entry at Kraken spot: requests over the authenticated WebSocket v2, the streams `executions` and `balances` beside
// them on the same socket, and REST for what v2 has no method for: the session token, queries, reconciliation, fill or kill.
// Keeps no Order; what it keeps is the session: token, subscriptions, sequence numbers, the Venue's clock.

import { TimeInForce } from '../../event/kinds.ts';
import {
  AnswerClass, type KnownOrder, type OrderAdapter, type OrderFact, type OrderName, type OrderRequest, type OrderSink,
  type RequestAnswer, type Signer,
} from '../../event/order-adapter.ts';
import { VENUE_FRAME_SIZE_MAX } from '../../event/market-adapter.ts';
import { RejectReason } from '../../event/kinds.ts';
import type { ConnectionPlan, HttpAnswer, VenueInstrument } from '../../event/venue-session.ts';
import { spellings } from './assets.ts';
import {
  addOrder, amendOrder, cancelAll, cancelAllAfter, cancelOrder, fillOrKill, ping, subscribe, type OutFrame,
} from './encode-orders.ts';
import { classify } from './errors.ts';
import { readPrivate, type MethodAnswer, type PrivateFrame } from './private.ts';
import { addedOrder, query, reconcile, type AccountContext, type Operation } from './rest-account.ts';
import { REST_LIMITS, RestClient, tokenOf, type RestAnswer, type RestLimits } from './rest-client.ts';
import { SequenceWatch } from './sequence-watch.ts';

export interface KrakenOrdersOptions {
  /** wss://ws-auth.kraken.com/v2 */
  readonly url: string;
  readonly signer: Signer;
  /** What the REST call counter of the account's tier allows; left out: the lowest tier's. */
  readonly restLimits?: RestLimits;
  /** For so long the engine may take a request; the range is 500 to 60,000. */
  readonly deadlineMs?: number;
}

const DEADLINE_MS = 5_000;
const SILENCE_NS = 15e9;
const KEEP_ALIVE_NS = 5e9;
const TOKEN_RETRY_NS = 30e9;
const TOKEN_NAME = 'websockets-token';
/** A missing number is waited for: streams may be reordered on the way. */
const SEQUENCE_PATIENCE_NS = 1e9;
const SKEW_NS_MAX = 1_000_000_000n;
const MS = 1_000_000n;

/** A request on the socket that awaits its answer. */
interface Sent { readonly request: OrderRequest; readonly at: number }

export class KrakenOrders implements OrderAdapter {
  readonly requestLifetimeNs: number;
  readonly hasDeadMan = true;
  private readonly options: KrakenOrdersOptions;
  private readonly deadlineMs: number;
  private readonly watch = new SequenceWatch(SEQUENCE_PATIENCE_NS);
  private readonly sent = new Map<number, Sent>();
  private symbols = new Map<string, string>();
  private sink: OrderSink | null = null;
  private rest: RestClient | null = null;
  private isOpen = false;
  private isReady = false;
  private subscribed = new Set<string>();
  private token = '';
  private renewAt = Infinity;
  private isRenewing = false;
  /** Executions told by the stream. */
  private streamed = 0;
  /** The newest; the desk has one at a time, and gives one up before it asks for another. */
  private reconciling: Operation | null = null;
  /** Kraken's clock minus ours. */
  private skewNs = 0n;

  constructor(options: KrakenOrdersOptions) {
    this.options = options;
    this.deadlineMs = options.deadlineMs ?? DEADLINE_MS;
    // As much again for clocks that differ, and for history that lags behind the engine.
    this.requestLifetimeNs = 2 * this.deadlineMs * 1e6;
  }

  connections(): readonly ConnectionPlan[] {
    return [{
      name: 'private', url: this.options.url, isPrivate: true, copies: 1, silenceNs: SILENCE_NS, keepAlive: ping(),
      keepAliveNs: KEEP_ALIVE_NS, lifetimeNs: Infinity,
    }];
  }

  open(sink: OrderSink, instruments: readonly VenueInstrument[]): void {
    if (this.sink === null) this.rest = new RestClient(this.options.signer, sink, this.options.restLimits ?? REST_LIMITS.starter);
    this.sink = sink;
    this.symbols = new Map(instruments.flatMap(({ symbol }) => spellings(symbol).map((spelling) => [spelling, symbol] as const)));
  }

  // ── the session ───────────────────────────────────────────────────────────────────────────────
  onOpen(_connection: number, now: number): void {
    this.isOpen = true;
    this.subscribed.clear();
    this.watch.reset();
    this.token = '';
    this.renewToken(now);
  }

  onClose(_connection: number, reason: string, _now: number): void {
    this.isOpen = false;
    this.lose(reason);
  }

  private lose(reason: string): void {
    this.isReady = false;
    this.renewAt = Infinity;
    this.isRenewing = false;
    this.sent.clear();
    this.rest?.clear();
    this.sink?.unready(reason);
  }

  /** A fresh one for each connection, and before it expires; private subscriptions outlive theirs, order methods may not. */
  private renewToken(now: number): void {
    if (this.isRenewing || this.rest === null) return;
    this.isRenewing = true;
    this.renewAt = Infinity;
    const call = { method: 'GetWebSocketsToken', parameters: [], cost: 1, isAct: false, handsOut: TOKEN_NAME };
    this.rest.call(call, (answer) => this.onToken(answer), now, true);
  }

  private onToken(answer: RestAnswer): void {
    this.isRenewing = false;
    const { sink } = this;
    if (sink === null || !this.isOpen) return;
    const { token, seconds } = answer.isOk ? tokenOf(answer.result) : { token: '', seconds: 0 };
    if (token === '') {
      sink.problem('no session token', answer.isOk ? 'the answer names none' : answer.answer.message);
      this.renewAt = this.clock + TOKEN_RETRY_NS;
      return;
    }
    this.token = token;
    this.renewAt = this.clock + (seconds * 1e9 * 2) / 3;
    if (this.subscribed.size === 0) for (const channel of ['executions', 'balances'] as const) this.transmit(subscribe(channel, token));
  }

  /** ns on the host's clock, of the last call. */
  private clock = 0;

  advance(now: number): number {
    this.clock = now;
    if (this.isOpen && now >= this.renewAt) this.renewToken(now);
    if (this.isOpen && this.watch.isBroken(now)) this.redial('private messages are missing');
    return Math.min(this.renewAt, this.watch.due, this.rest?.advance(now) ?? Infinity);
  }

  private redial(reason: string): void {
    this.watch.reset();
    this.sink?.problem('private stream broken', reason);
    this.lose(reason);
    this.sink?.redial(0, 0, reason);
  }

  // ── from the Venue ────────────────────────────────────────────────────────────────────────────
  onFrame(_connection: number, frame: Uint8Array, now: number): void {
    this.clock = now;
    if (frame.length > VENUE_FRAME_SIZE_MAX) {
      this.sink?.problem('oversize private frame', `${frame.length} bytes`);
      return;
    }
    const text = new TextDecoder().decode(frame);
    const read = readPrivate(text);
    switch (read.kind) {
      case 'answer': this.onAnswer(read, text, now); break;
      case 'facts': this.onFacts(read, now); break;
      case 'unusable': this.sink?.problem(read.problem, text); break;
      case 'life': break;
    }
  }

  private onFacts(read: Extract<PrivateFrame, { kind: 'facts' }>, now: number): void {
    const { sink } = this;
    if (sink === null) return;
    for (const [kind, sample] of read.problems) sink.problem(kind, sample);
    const isLate = this.watch.note(read.channel, read.sequence, read.isSnapshot, now);
    // What is behind is still true of executions and ends; how an order stands now it can no longer tell.
    for (const fact of read.facts) {
      if (fact.what === 'filled') this.streamed += 1;
      if (!isLate || isTimeless(fact)) sink.fact(fact);
    }
  }

  private onAnswer(answer: MethodAnswer, text: string, now: number): void {
    this.measureSkew(answer.sentTime);
    if (answer.method === 'subscribe') {
      this.onSubscribed(answer, now);
      return;
    }
    const sent = this.sent.get(answer.requestId);
    if (sent === undefined) {
      if (!answer.isDone) this.sink?.problem('error without a request', text);
      return;
    }
    this.sent.delete(answer.requestId);
    if (answer.isDone) {
      if (sent.request.what === 'submit') this.tellAccepted(sent.request.order, answer.name, answer.sentTime);
      this.sink?.answered(answer.requestId, done());
    } else {
      this.refused(answer.requestId, answer.error, now);
    }
  }

  private onSubscribed(answer: MethodAnswer, _now: number): void {
    if (!answer.isDone) {
      const { class: how } = this.classified(answer.error);
      this.sink?.problem('private subscription refused', answer.error);
      this.token = '';
      this.lose(`subscription refused: ${answer.error}`);
      this.sink?.redial(0, how === AnswerClass.Fatal ? 60_000 : 5_000, 'the private subscription was refused');
      return;
    }
    this.subscribed.add(answer.channel);
    if (this.isReady || !this.subscribed.has('executions') || !this.subscribed.has('balances')) return;
    this.isReady = true;
    this.sink?.ready();
  }

  private tellAccepted(order: KnownOrder, name: OrderName, eventTime: bigint): void {
    const { clientOrderId, instrument: { symbol } } = order;
    this.sink?.fact({ what: 'accepted', name: { clientOrderId, venueOrderId: name.venueOrderId, symbol }, eventTime });
  }

  private refused(id: number, error: string, now: number): void {
    const answer = this.classified(error);
    if (error.startsWith('ESession:')) this.renewToken(now);
    if (answer.class === AnswerClass.Ambiguous) this.sink?.problem('unsure answer', error);
    this.sink?.answered(id, answer);
  }

  private classified(error: string): RequestAnswer {
    return classify(error, Number((this.sink?.unixNs() ?? 0n) / MS));
  }

  /** Deadlines are by Kraken's clock. */
  private measureSkew(sentTime: bigint): void {
    if (sentTime === 0n || this.sink === null) return;
    this.skewNs = sentTime - this.sink.unixNs();
    const size = this.skewNs < 0n ? -this.skewNs : this.skewNs;
    if (size > SKEW_NS_MAX) this.sink.problem('clock differs from the Venue', `by ${this.skewNs / MS} ms`);
  }

  onHttp(id: number, answer: HttpAnswer, now: number): void {
    this.clock = now;
    this.rest?.onHttp(id, answer, now);
  }

  // ── requests ──────────────────────────────────────────────────────────────────────────────────
  send(id: number, request: OrderRequest, now: number): boolean {
    this.clock = now;
    switch (request.what) {
      case 'submit':
        if (request.order.timeInForce === TimeInForce.FillOrKill) return this.addByRest(id, request.order, now);
        return this.sendFrame(id, request, addOrder(request.order, this.deadline(), this.token, id), now);
      case 'replace': return this.sendFrame(id, request, amendOrder(request.order, request, this.deadline(), this.token, id), now);
      case 'cancel': return this.sendFrame(id, request, cancelOrder(request.order, this.token, id), now);
      case 'cancelAll': return this.sendFrame(id, request, cancelAll(this.token, id), now);
      case 'deadMan': return this.sendFrame(id, request, cancelAllAfter(request.seconds, this.token, id), now);
      case 'query': return this.run(id, query(request.order, this.account()), now);
      case 'reconcile':
        this.reconciling = reconcile(request.orders, request.since, this.account());
        return this.run(id, this.reconciling, now, true);
    }
  }

  private sendFrame(id: number, request: OrderRequest, frame: OutFrame, now: number): boolean {
    if (!this.isReady) return false;
    this.sent.set(id, { request, at: now });
    if (this.transmit(frame)) return true;
    this.sent.delete(id);
    return false;
  }

  private transmit({ frame, recorded }: OutFrame): boolean {
    return this.sink?.transmit(0, frame, recorded) ?? false;
  }

  private deadline(): number {
    return Number(((this.sink?.unixNs() ?? 0n) + this.skewNs) / MS) + this.deadlineMs;
  }

  private addByRest(id: number, order: KnownOrder, now: number): boolean {
    if (this.rest === null || !this.isReady) return false;
    const call = { method: 'AddOrder', parameters: fillOrKill(order, this.deadline()), cost: 0, isAct: true };
    this.rest.call(call, (answer) => {
      if (answer.isOk) this.tellAccepted(order, { clientOrderId: '', venueOrderId: addedOrder(answer.result), symbol: '' }, 0n);
      this.sink?.answered(id, answer.isOk ? done() : answer.answer);
    }, now, true);
    return true;
  }

  /** Drives an operation from answer to answer; its return ends the request. */
  private run(id: number, operation: Operation, now: number, isReconciliation = false): boolean {
    const { rest } = this;
    if (rest === null || !this.isReady) return false;
    const step = (answer: RestAnswer | null): void => {
      // Given up by the desk: its calls would only delay those of the one that took its place.
      if (isReconciliation && this.reconciling !== operation) return;
      const { done: isOver, value } = answer === null ? operation.next() : operation.next(answer);
      if (isOver === true) this.sink?.answered(id, value);
      else rest.call(value, step, this.clock);
    };
    this.clock = now;
    step(null);
    return true;
  }

  private account(): AccountContext {
    return {
      venueNs: () => (this.sink?.unixNs() ?? 0n) + this.skewNs,
      streamed: () => this.streamed,
      // A pair that is not configured keeps Kraken's name, which is nobody's symbol.
      symbolOf: (pair) => this.symbols.get(pair) ?? pair,
      fact: (fact) => this.sink?.fact(fact),
      problem: (kind, sample) => this.sink?.problem(kind, sample),
    };
  }
}

function done(): RequestAnswer {
  return { class: AnswerClass.Done, reason: RejectReason.Other, message: '', retryAfterMs: 0 };
}

/** Whether it says what happened rather than how something stands. */
function isTimeless(fact: OrderFact): boolean {
  return fact.what === 'filled' || fact.what === 'cancelled' || fact.what === 'accepted' || fact.what === 'rejected';
}
