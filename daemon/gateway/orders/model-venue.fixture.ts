// A Venue for tests of the order desk: an exchange with a truth of its own, and an adapter that tells of it badly. Requests
// arrive late or never, answers and facts are lost, repeated, delayed past each other, or say nothing certain. What it never
// does is lie: an answer that is sure is true. Not part of the gateway.

import { clientOrderId } from '../../event/client-order-id.ts';
import { CancelReason, Liquidity, RejectReason, VenueOrderStatus } from '../../event/kinds.ts';
import {
  AnswerClass, type FilledFact, type KnownOrder, type OrderAdapter, type OrderFact, type OrderName, type OrderRequest,
  type OrderSink, type RequestAnswer, type StatusFact,
} from '../../event/order-adapter.ts';
import type { ConnectionPlan, HttpAnswer, VenueInstrument } from '../../event/venue-session.ts';

export const SECOND = 1e9;
export const LIFETIME_NS = 10 * SECOND;

/** What happens to one request and its answer. Delays in ns; a request that is late by the lifetime is never taken. */
export interface Fault {
  readonly request: 'arrives' | 'isLost';
  readonly requestDelay: number;
  readonly answer: 'comes' | 'isLost' | 'isUnsure' | 'comesTwice';
  readonly answerDelay: number;
  /** The engine itself says no. */
  readonly refusal: 'none' | 'rejected' | 'rateLimited';
  readonly facts: 'come' | 'areLost' | 'comeTwice';
  readonly factDelay: number;
}

export const NO_FAULT: Fault = {
  request: 'arrives', requestDelay: 0, answer: 'comes', answerDelay: 0, refusal: 'none', facts: 'come', factDelay: 0,
};

interface ExchangeOrder {
  readonly name: OrderName;
  readonly side: number;
  price: number;
  quantity: number;
  filled: number;
  status: VenueOrderStatus;
}

interface Execution { readonly fact: FilledFact; readonly order: ExchangeOrder }

/** The truth: survives every adapter. */
export class Exchange {
  readonly orders: ExchangeOrder[] = [];
  readonly executions: Execution[] = [];
  private count = 0;

  find({ clientOrderId: client, venueOrderId }: { clientOrderId: string; venueOrderId: string }): ExchangeOrder | undefined {
    return this.orders.find(({ name }) => (client !== '' ? name.clientOrderId === client : name.venueOrderId === venueOrderId));
  }

  add(clientOrder: string, symbol: string, side: number, price: number, quantity: number): ExchangeOrder {
    this.count += 1;
    const name = { clientOrderId: clientOrder, venueOrderId: `V${this.count}`, symbol };
    const order = { name, side, price, quantity, filled: 0, status: VenueOrderStatus.Open };
    this.orders.push(order);
    return order;
  }

  fill(order: ExchangeOrder, quantity: number, eventTime: bigint): FilledFact {
    order.filled += quantity;
    if (order.filled >= order.quantity) order.status = VenueOrderStatus.Filled;
    const fact: FilledFact = {
      what: 'filled', name: order.name, eventTime, side: order.side, price: String(order.price), quantity: String(quantity),
      fees: [], liquidity: Liquidity.Maker, executionId: `E${this.executions.length + 1}`,
    };
    this.executions.push({ fact, order });
    return fact;
  }
}

interface Mail { readonly at: number; readonly connection: number; readonly run: () => void }

export class ModelAdapter implements OrderAdapter {
  readonly requestLifetimeNs = LIFETIME_NS;
  readonly hasDeadMan = true;
  /** The fault of the next request; the facts of unasked events share it. */
  fault: () => Fault = () => NO_FAULT;
  /** Whether a REPLACE makes a new order. */
  replacesByNewOrder = false;
  readonly requests: { readonly id: number; readonly request: OrderRequest; readonly at: number }[] = [];
  readonly deadMan: { readonly seconds: number; readonly at: number }[] = [];
  readonly exchange: Exchange;
  sink!: OrderSink;
  private mail: Mail[] = [];
  private connection = 0;
  private isOpen = false;
  private now = 0;

  constructor(exchange: Exchange) {
    this.exchange = exchange;
  }

  connections(): readonly ConnectionPlan[] {
    return [{
      name: 'private', url: 'model:', isPrivate: true, copies: 1, silenceNs: Infinity, keepAlive: '', keepAliveNs: Infinity,
      lifetimeNs: Infinity,
    }];
  }

  open(sink: OrderSink, _instruments: readonly VenueInstrument[]): void {
    this.sink = sink;
  }

  onOpen(_connection: number, now: number): void {
    this.now = now;
    this.connection += 1;
    this.isOpen = true;
    this.sink.ready();
  }

  onFrame(): void {}

  onClose(_connection: number, reason: string, now: number): void {
    this.now = now;
    this.isOpen = false;
    this.sink.unready(reason);
  }

  onHttp(_id: number, _answer: HttpAnswer): void {}

  advance(now: number): number {
    this.now = now;
    for (;;) {
      const [first] = this.mail.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
      if (first === undefined) break;
      this.mail.splice(this.mail.indexOf(first), 1);
      if (first.connection === 0 || (this.isOpen && first.connection === this.connection)) first.run();
    }
    return Math.min(Infinity, ...this.mail.map(({ at }) => at));
  }

  send(id: number, request: OrderRequest, now: number): boolean {
    this.now = now;
    if (!this.isOpen) return false;
    this.requests.push({ id, request, at: now });
    const fault = this.fault();
    if (fault.request === 'isLost') return true;
    this.post(fault.requestDelay, 0, () => {
      if (this.now - now < LIFETIME_NS) this.arrive(id, request, fault);
    });
    return true;
  }

  /** Something at the Venue that nobody asked for. */
  fillUnasked(order: ExchangeOrder, quantity: number, now: number, fault = this.fault()): void {
    this.now = now;
    this.tell(this.exchange.fill(order, quantity, this.sink.unixNs()), fault);
  }

  cancelUnasked(order: ExchangeOrder, now: number, fault = this.fault()): void {
    this.now = now;
    order.status = VenueOrderStatus.Cancelled;
    this.tell({ what: 'cancelled', name: order.name, eventTime: 0n, reason: CancelReason.Venue }, fault);
  }

  // ── the engine ────────────────────────────────────────────────────────────────────────────────
  private arrive(id: number, request: OrderRequest, fault: Fault): void {
    if (request.what === 'query' || request.what === 'reconcile') return this.report(id, request, fault);
    if (request.what === 'deadMan') this.deadMan.push({ seconds: request.seconds, at: this.now });
    const refusal = fault.refusal === 'none' || request.what === 'deadMan' ? null : refused(fault.refusal);
    const answer = refusal ?? this.execute(request, fault);
    if (fault.answer === 'isLost') return;
    const said = fault.answer === 'isUnsure' ? { ...answer, class: AnswerClass.Ambiguous } : answer;
    const next = request.what === 'replace' && this.replacesByNewOrder ? request.nextClientOrderId : '';
    const made = next === '' ? undefined : this.exchange.find({ clientOrderId: next, venueOrderId: '' });
    this.post(fault.answerDelay, this.connection, () => {
      if (made !== undefined && said.class === AnswerClass.Done) this.sink.fact(replacedFact(made.name, request));
      this.sink.answered(id, said);
    });
    if (fault.answer === 'comesTwice') this.post(fault.answerDelay, this.connection, () => this.sink.answered(id, said));
  }

  private execute(request: OrderRequest, fault: Fault): RequestAnswer {
    switch (request.what) {
      case 'submit': return this.add(request.order, fault);
      case 'replace': return this.replace(request, fault);
      case 'cancel': return this.cancel(this.exchange.find(request.order), fault);
      case 'cancelAll':
        for (const order of this.exchange.orders) if (order.status === VenueOrderStatus.Open) this.cancel(order, fault);
        return answered(AnswerClass.Done);
      default: return answered(AnswerClass.Done);
    }
  }

  private add({ clientOrderId: client, instrument, side, price, quantity }: KnownOrder, fault: Fault): RequestAnswer {
    const order = this.exchange.add(client, instrument.symbol, side, price, quantity);
    this.tell({ what: 'accepted', name: order.name, eventTime: 0n }, fault);
    return answered(AnswerClass.Done);
  }

  private replace(request: Extract<OrderRequest, { what: 'replace' }>, fault: Fault): RequestAnswer {
    const order = this.exchange.find(request.order);
    if (order === undefined || order.status !== VenueOrderStatus.Open) return answered(AnswerClass.Rejected, RejectReason.UnknownOrder);
    if (this.replacesByNewOrder) return this.replaceByNew(order, request, fault);
    order.price = request.price;
    order.quantity = request.quantity;
    this.tell({ what: 'replaced', name: order.name, eventTime: 0n, price: String(order.price), quantity: String(order.quantity) }, fault);
    if (order.filled >= order.quantity) this.cancel(order, fault);
    return answered(AnswerClass.Done);
  }

  private replaceByNew(old: ExchangeOrder, request: Extract<OrderRequest, { what: 'replace' }>, fault: Fault): RequestAnswer {
    old.status = VenueOrderStatus.Cancelled;
    this.tell({ what: 'cancelled', name: old.name, eventTime: 0n, reason: CancelReason.Requested }, fault);
    const quantity = request.quantity - request.order.filled;
    const order = this.exchange.add(request.nextClientOrderId, old.name.symbol, old.side, request.price, quantity);
    this.tell(replacedFact(order.name, request), fault);
    return answered(AnswerClass.Done);
  }

  private cancel(order: ExchangeOrder | undefined, fault: Fault): RequestAnswer {
    if (order === undefined || order.status !== VenueOrderStatus.Open) return answered(AnswerClass.Rejected, RejectReason.UnknownOrder);
    order.status = VenueOrderStatus.Cancelled;
    this.tell({ what: 'cancelled', name: order.name, eventTime: 0n, reason: CancelReason.Requested }, fault);
    return answered(AnswerClass.Done);
  }

  private report(id: number, request: Extract<OrderRequest, { what: 'query' | 'reconcile' }>, fault: Fault): void {
    const named = request.what === 'query' ? [request.order] : request.orders;
    const found = named.map((order) => this.exchange.find(order));
    const since = request.what === 'query' ? this.sink.unixNs() : request.since;
    const facts: OrderFact[] = this.exchange.executions
      .filter(({ fact, order }) => fact.eventTime >= since || found.includes(order)).map(({ fact }) => fact);
    for (const [at, order] of found.entries()) facts.push(statusOf(order, named[at]));
    if (request.what === 'reconcile') {
      for (const order of this.exchange.orders) {
        if (order.status === VenueOrderStatus.Open && !found.includes(order)) facts.push(statusOf(order, undefined));
      }
    }
    const answer = answered(fault.answer === 'isUnsure' ? AnswerClass.Ambiguous : AnswerClass.Done);
    if (fault.answer === 'isLost') return;
    this.post(fault.answerDelay, this.connection, () => {
      for (const fact of facts) this.sink.fact(fact);
      this.sink.answered(id, answer);
    });
  }

  private tell(fact: OrderFact, fault: Fault): void {
    if (fault.facts === 'areLost' || !this.isOpen) return;
    const times = fault.facts === 'comeTwice' ? 2 : 1;
    for (let i = 0; i < times; i += 1) this.post(fault.factDelay * (i + 1), this.connection, () => this.sink.fact(fact));
  }

  /** `connection` 0: on its way to the engine, which a lost socket does not stop. */
  private post(delay: number, connection: number, run: () => void): void {
    this.mail.push({ at: this.now + delay, connection, run });
  }
}

function replacedFact(name: OrderName, request: OrderRequest): OrderFact {
  const { price, quantity } = request.what === 'replace' ? request : { price: 0, quantity: 0 };
  return { what: 'replaced', name, eventTime: 0n, price: String(price), quantity: String(quantity) };
}

function answered(how: AnswerClass, reason = RejectReason.Other): RequestAnswer {
  return { class: how, reason, message: AnswerClass[how], retryAfterMs: how === AnswerClass.RateLimited ? 500 : 0 };
}

function refused(refusal: 'rejected' | 'rateLimited'): RequestAnswer {
  if (refusal === 'rateLimited') return answered(AnswerClass.RateLimited, RejectReason.RateLimited);
  return answered(AnswerClass.Rejected, RejectReason.InsufficientFunds);
}

function statusOf(order: ExchangeOrder | undefined, asked: KnownOrder | undefined): StatusFact {
  const name = order?.name ?? { clientOrderId: asked?.clientOrderId ?? '', venueOrderId: asked?.venueOrderId ?? '', symbol: '' };
  return {
    what: 'status', name, eventTime: 0n, status: order?.status ?? VenueOrderStatus.NotFound, side: order?.side ?? 0,
    price: order === undefined ? '' : String(order.price), quantity: order === undefined ? '' : String(order.quantity),
    filledQuantity: order === undefined ? '' : String(order.filled),
  };
}

/** What the Venue has of one tcx Order, all generations. */
export function truthOf(exchange: Exchange, orderId: number): { filled: number; open: ExchangeOrder | undefined; has: boolean } {
  const names = new Set(Array.from({ length: 40 }, (_, generation) => clientOrderId(orderId, generation)));
  const orders = exchange.orders.filter(({ name }) => names.has(name.clientOrderId));
  const filled = orders.reduce((sum, order) => sum + order.filled, 0);
  return { filled, open: orders.find(({ status }) => status === VenueOrderStatus.Open), has: orders.length > 0 };
}
