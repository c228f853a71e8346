// Kraken's order adapter on a clock that a test turns: frames and calls that leave are kept, answers are given by the test.

import { Side } from '../../event/kinds.ts';
import type { KnownOrder, OrderFact, OrderSink, RequestAnswer, Signer } from '../../event/order-adapter.ts';
import type { HttpRequest, VenueInstrument } from '../../event/venue-session.ts';
import { KrakenOrders, type KrakenOrdersOptions } from './orders.ts';

export const SECOND = 1e9;
export const EPOCH = 1_700_000_000_000_000_000n;
export const INSTRUMENT: VenueInstrument = {
  instrument: 0, symbol: 'BTC/USD', base: 0, quote: 1, priceScale: 1, quantityScale: 8, tickSize: 1, lotSize: 1, minimumQuantity: 1,
  bookDepth: 10,
};
export const ORDER: KnownOrder = {
  orderId: 1, clientOrderId: 't1', venueOrderId: '', instrument: INSTRUMENT, side: Side.Buy, type: 0, timeInForce: 0, price: 300_000,
  quantity: 1_000_000, filled: 0,
};
const SIGNER: Signer = { apiKey: 'key', algorithm: 'hmac-sha512', sign: () => 'signature' };

export class AdapterRig implements OrderSink {
  now = 0;
  readonly frames: string[] = [];
  readonly recorded: string[] = [];
  readonly calls: HttpRequest[] = [];
  readonly facts: OrderFact[] = [];
  readonly answers = new Map<number, RequestAnswer>();
  readonly problems: string[] = [];
  readonly samples: string[] = [];
  readonly redials: string[] = [];
  readonly secrets: string[] = [];
  isReady = false;
  isWritable = true;
  readonly adapter: KrakenOrders;
  private answered_ = 0;

  constructor(options: Partial<KrakenOrdersOptions> = {}) {
    this.adapter = new KrakenOrders({ url: 'wss://kraken', signer: SIGNER, ...options });
    this.adapter.open(this, [INSTRUMENT]);
  }

  /** Connected, with a token, subscribed. */
  static open(options: Partial<KrakenOrdersOptions> = {}): AdapterRig {
    const rig = new AdapterRig(options);
    rig.connect();
    return rig;
  }

  connect(): void {
    this.adapter.onOpen(0, this.now);
    this.reply({ token: 'TOKEN', expires: 900 });
    for (const channel of ['executions', 'balances']) this.receive({ method: 'subscribe', result: { channel }, success: true });
  }

  receive(frame: object | string): void {
    const text = typeof frame === 'string' ? frame : JSON.stringify(frame);
    this.adapter.onFrame(0, new TextEncoder().encode(text), this.now);
  }

  /** Answers the oldest call that is not answered yet. */
  reply(result: object): void {
    this.replyText(200, JSON.stringify({ error: [], result }));
  }

  replyError(error: string): void {
    this.replyText(200, JSON.stringify({ error: [error] }));
  }

  replyText(status: number, body: string, headers: Readonly<Record<string, string>> = {}): void {
    const id = this.answered_;
    this.answered_ += 1;
    this.adapter.onHttp(id, { status, headers, body: new TextEncoder().encode(body) }, this.now);
  }

  wait(ns: number): void {
    const end = this.now + ns;
    for (let due = this.adapter.advance(this.now); due <= end; due = this.adapter.advance(this.now)) this.now = Math.max(this.now, due);
    this.now = end;
    this.adapter.advance(end);
  }

  /** Methods called, in order. */
  methods(): string[] {
    return this.calls.map(({ path }) => path.slice('/0/private/'.length));
  }

  // ── OrderSink ─────────────────────────────────────────────────────────────────────────────────
  unixNs(): bigint {
    return EPOCH + BigInt(Math.floor(this.now));
  }

  transmit(_connection: number, frame: string, recorded?: string): boolean {
    if (!this.isWritable) return false;
    this.frames.push(frame);
    this.recorded.push(recorded ?? frame);
    return true;
  }

  request(request: HttpRequest): number {
    this.calls.push(request);
    return this.calls.length - 1;
  }

  redial(_connection: number, _milliseconds: number, reason: string): void {
    this.redials.push(reason);
  }

  redact(_name: string, secret: string): void {
    this.secrets.push(secret);
  }

  ready(): void {
    this.isReady = true;
  }

  unready(): void {
    this.isReady = false;
  }

  fact(fact: OrderFact): void {
    this.facts.push(fact);
  }

  missed(): void {
    this.problems.push('missed');
  }

  answered(id: number, answer: RequestAnswer): void {
    this.answers.set(id, answer);
  }

  problem(kind: string, sample: string): void {
    this.problems.push(kind);
    this.samples.push(sample);
  }
}
