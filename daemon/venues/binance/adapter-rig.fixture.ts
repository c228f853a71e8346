// A BinanceOrders with a desk that only takes notes, and a clock that stands until it is moved.

import { RejectReason, Side, OrderType, TimeInForce } from '../../event/kinds.ts';
import { clientOrderId } from '../../event/client-order-id.ts';
import type { KnownOrder, OrderFact, OrderRequest, OrderSink, RequestAnswer, Signer } from '../../event/order-adapter.ts';
import { AnswerClass } from '../../event/order-adapter.ts';
import type { VenueInstrument } from '../../event/venue-session.ts';
import { BinanceOrders, type BinanceOrdersOptions } from './orders.ts';

export const BTCUSDT: VenueInstrument = {
  instrument: 3, symbol: 'BTCUSDT', base: 0, quote: 1, priceScale: 2, quantityScale: 4, tickSize: 1, lotSize: 1, minimumQuantity: 1,
  bookDepth: 0,
};

export const SESSION_SIGNER: Signer = { apiKey: 'canary-key', algorithm: 'ed25519', sign: () => 'canary-signature' };
export const HMAC_SIGNER: Signer = { ...SESSION_SIGNER, algorithm: 'hmac-sha256' };

export interface Frame { readonly id: number; readonly method: string; readonly params: Readonly<Record<string, unknown>> }

export class AdapterRig implements OrderSink {
  readonly adapter: BinanceOrders;
  readonly facts: OrderFact[] = [];
  readonly answers = new Map<number, RequestAnswer>();
  readonly problems: string[] = [];
  readonly log: string[] = [];
  readonly frames: Frame[] = [];
  readonly recorded: string[] = [];
  /** What takes the frames; by default nobody. */
  onFrame: (frame: string) => void = () => undefined;
  accepts = true;
  nowNs = 1e9;
  unixMs = 1_700_000_000_000;
  private nextId = 1;

  /** Logged on. */
  static open(options: Partial<BinanceOrdersOptions> = {}): AdapterRig {
    const rig = new AdapterRig(options);
    rig.logOn();
    return rig;
  }

  constructor(options: Partial<BinanceOrdersOptions> = {}) {
    this.adapter = new BinanceOrders({ signer: SESSION_SIGNER, ...options });
    this.adapter.open(this, [BTCUSDT]);
  }

  unixNs(): bigint {
    return BigInt(this.unixMs) * 1_000_000n;
  }

  transmit(_connection: number, frame: string, recorded?: string): boolean {
    if (!this.accepts) return false;
    this.recorded.push(recorded ?? frame);
    const read = JSON.parse(frame) as Partial<Frame> & Omit<Frame, 'params'>;
    this.frames.push({ ...read, params: read.params ?? {} });
    this.onFrame(frame);
    return true;
  }

  request(): number {
    throw new Error('Binance order entry needs no HTTP');
  }

  redial(_connection: number, milliseconds: number, reason: string): void {
    this.log.push(`redial ${milliseconds} ${reason}`);
  }

  redact(name: string): void {
    this.log.push(`redact ${name}`);
  }

  ready(): void {
    this.log.push('ready');
  }

  unready(reason: string): void {
    this.log.push(`unready ${reason}`);
  }

  fact(fact: OrderFact): void {
    this.facts.push(fact);
  }

  missed(): void {
    this.problems.push('missed');
  }

  answered(id: number, answer: RequestAnswer): void {
    if (this.answers.has(id)) throw new Error(`request ${id} answered twice`);
    this.answers.set(id, answer);
  }

  problem(kind: string): void {
    this.problems.push(kind);
  }

  /** A frame of Binance. */
  tell(frame: unknown): void {
    const text = typeof frame === 'string' ? frame : JSON.stringify(frame);
    this.adapter.onFrame(0, new TextEncoder().encode(text), this.nowNs);
  }

  /** The answer to the oldest frame of this method that has none. */
  reply(method: string, answer: Readonly<Record<string, unknown>>): void {
    const index = this.frames.findIndex((frame) => frame.method === method);
    if (index < 0) throw new Error(`no ${method} waits; found ${this.frames.map((frame) => frame.method).join(', ')}`);
    const [{ id }] = this.frames.splice(index, 1);
    this.tell({ status: 200, result: {}, ...answer, id });
  }

  /** Through clock, log-on and subscription. */
  private logOn(): void {
    this.adapter.onOpen(0, this.nowNs);
    this.reply('time', { result: { serverTime: this.unixMs } });
    if (this.frames.some(({ method }) => method === 'session.logon')) this.reply('session.logon', {});
    const subscription = this.frames.find(({ method }) => method.startsWith('userDataStream.subscribe'));
    this.reply(subscription!.method, { result: { subscriptionId: 0 } });
  }

  send(request: OrderRequest): number {
    const id = this.nextId;
    this.nextId += 1;
    return this.adapter.send(id, request, this.nowNs) ? id : -1;
  }
}

export function known(orderId: number, more: Partial<KnownOrder> = {}): KnownOrder {
  return {
    orderId, instrument: BTCUSDT, clientOrderId: clientOrderId(orderId), venueOrderId: '', side: Side.Buy, type: OrderType.Limit,
    timeInForce: TimeInForce.GoodTillCancel, price: 50_000_00, quantity: 10_000, filled: 0, ...more,
  };
}

export const DONE: RequestAnswer = { class: AnswerClass.Done, reason: RejectReason.Other, message: '', retryAfterMs: 0 };
