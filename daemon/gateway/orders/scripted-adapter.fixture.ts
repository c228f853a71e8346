// An adapter that does nothing by itself: a test sees each request and gives each answer and fact. Not part of the gateway.

import { RejectReason, Side, VenueOrderStatus } from '../../event/kinds.ts';
import {
  AnswerClass, type OrderAdapter, type OrderRequest, type OrderSink, type RequestAnswer, type StatusFact,
} from '../../event/order-adapter.ts';
import type { ConnectionPlan, VenueInstrument } from '../../event/venue-session.ts';
import { LIFETIME_NS } from './model-venue.fixture.ts';

export class ScriptedAdapter implements OrderAdapter {
  readonly requestLifetimeNs = LIFETIME_NS;
  readonly hasDeadMan: boolean;
  readonly requests: { readonly id: number; readonly request: OrderRequest }[] = [];
  sink!: OrderSink;
  /** Whether requests leave. */
  takes = true;
  /** Answers reconciliations at once, as a Venue without orders does. */
  reconciles = true;

  constructor(hasDeadMan = false) {
    this.hasDeadMan = hasDeadMan;
  }

  connections(): readonly ConnectionPlan[] {
    return [];
  }

  open(sink: OrderSink, _instruments: readonly VenueInstrument[]): void {
    this.sink = sink;
  }

  onOpen(): void {
    this.sink.ready();
  }

  onFrame(): void {}

  onClose(_connection: number, reason: string): void {
    this.sink.unready(reason);
  }

  onHttp(): void {}

  advance(): number {
    return Infinity;
  }

  send(id: number, request: OrderRequest): boolean {
    if (!this.takes) return false;
    this.requests.push({ id, request });
    if (request.what === 'reconcile' && this.reconciles) this.sink.answered(id, answerOf(AnswerClass.Done));
    return true;
  }

  /** The newest request of this kind. */
  last(what: OrderRequest['what']): number {
    const found = this.requests.findLast(({ request }) => request.what === what);
    if (found === undefined) throw new Error(`no ${what} was sent: ${this.sent().join(', ')}`);
    return found.id;
  }

  sent(): string[] {
    return this.requests.map(({ request }) => request.what);
  }

  answer(what: OrderRequest['what'], how: AnswerClass, reason = RejectReason.Other): void {
    this.sink.answered(this.last(what), answerOf(how, reason));
  }

  /** What the Venue says of Order 1, to a query. */
  report(status: VenueOrderStatus, change: Partial<StatusFact> = {}): void {
    this.sink.fact(statusFact(status, change));
    this.answer('query', AnswerClass.Done);
  }
}

export function answerOf(how: AnswerClass, reason = RejectReason.Other): RequestAnswer {
  return { class: how, reason, message: AnswerClass[how], retryAfterMs: how === AnswerClass.RateLimited ? 400 : 0 };
}

export const NAME = { clientOrderId: 't1', venueOrderId: 'V1', symbol: 'BTC/USD' };

export function statusFact(status: VenueOrderStatus, change: Partial<StatusFact> = {}): StatusFact {
  return {
    what: 'status', name: NAME, eventTime: 0n, status, side: Side.Buy, price: '100', quantity: '10', filledQuantity: '0', ...change,
  };
}
