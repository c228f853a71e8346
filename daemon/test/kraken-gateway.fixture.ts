// The order side of a Kraken gateway on a real socket: order desk, adapter, and as little host as they need. What the desk
// emits is kept, decoded.

import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { performance } from 'node:perf_hooks';
import { WebSocket } from 'ws';
import { decodeEvent } from '../event/decode.ts';
import type { EventValue } from '../event/event-fields.ts';
import { Action, Kind, OrderType, Side, TimeInForce } from '../event/kinds.ts';
import type { Signer } from '../event/order-adapter.ts';
import type { FrameOutput, HttpAnswer, HttpRequest, VenueWelcome } from '../event/venue-session.ts';
import { DEFAULT_ORDER_DESK_SETTINGS, type OrderDeskSettings } from '../gateway/orders/desk-context.ts';
import { OrderDesk } from '../gateway/orders/order-desk.ts';
import { KrakenOrders } from '../venues/kraken/orders.ts';
import { STAND_IN_CREDENTIALS } from './stand-in/settings.ts';
import type { StandIn } from './stand-in/stand-in.ts';
import { until } from './until.ts';

const { apiKey, secret } = STAND_IN_CREDENTIALS.kraken;
const SIGNER: Signer = {
  apiKey, algorithm: 'hmac-sha512',
  sign: (bytes, encoding) => createHmac('sha512', Buffer.from(secret, 'base64')).update(bytes).digest(encoding),
};

export const PRICE_SCALE = 1;
export const QUANTITY_SCALE = 8;
const WELCOME: VenueWelcome = {
  sessionId: 'test', sessionOrdinal: 1, venue: 0,
  instruments: [{
    instrument: 0, symbol: 'BTC/USD', base: 0, quote: 1, priceScale: PRICE_SCALE, quantityScale: QUANTITY_SCALE, tickSize: 1,
    lotSize: 10_000, minimumQuantity: 10_000, bookDepth: 25,
  }],
  currencies: [{ currency: 0, symbol: 'BTC', scale: 8 }, { currency: 1, symbol: 'USD', scale: 8 }],
};
const PATIENCE_MS = 20_000;

export interface Terms {
  readonly side?: Side;
  readonly type?: OrderType;
  readonly timeInForce?: TimeInForce;
  /** Scaled. */
  readonly price?: number;
  readonly quantity?: number;
}

export class KrakenGateway implements FrameOutput {
  readonly events: EventValue[] = [];
  readonly desk: OrderDesk;
  readonly problems: string[] = [];
  readonly sent: string[] = [];
  readonly reconciled = new Map<number, { complete: boolean; message: string }>();
  private readonly standIn: StandIn;
  private readonly ca: Buffer;
  private socket: WebSocket | null = null;
  private timer: NodeJS.Timeout | undefined;
  private redialAt: NodeJS.Timeout | undefined;
  private isClosed = false;
  private reconciliations = 0;
  private httpCalls = 0;

  constructor(standIn: StandIn, settings: Partial<OrderDeskSettings> = {}) {
    this.standIn = standIn;
    this.ca = readFileSync(standIn.caFile);
    const adapter = new KrakenOrders({
      signer: SIGNER, url: standIn.urls['private']!, restLimits: { max: 1000, perSecond: 1000 }, deadlineMs: 1500,
    });
    const note = (message: string, facts?: object): void => { this.problems.push(`${message} ${JSON.stringify(facts ?? {})}`); };
    this.desk = new OrderDesk({
      venue: 'kraken', adapter, settings: { ...DEFAULT_ORDER_DESK_SETTINGS, requestTimeoutNs: 500e6, ...settings },
      log: { info: () => undefined, warn: note, error: note }, unixNs: () => BigInt(Date.now()) * 1_000_000n,
    });
    this.desk.start(WELCOME, this, this.now());
    this.dial();
    this.advance();
  }

  private now(): number {
    return performance.now() * 1e6;
  }

  private dial(): void {
    if (this.isClosed) return;
    const socket = new WebSocket(this.standIn.urls['private']!, { ca: this.ca });
    this.socket = socket;
    socket.on('open', () => {
      this.desk.onOpen(0, this.now());
      this.advance();
    });
    socket.on('message', (data: Buffer) => {
      this.desk.onFrame(0, data, BigInt(Date.now()) * 1_000_000n, this.now());
      this.advance();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => { this.lost(socket, 10); });
  }

  private lost(socket: WebSocket, redialMs: number): void {
    if (this.socket !== socket) return;
    this.socket = null;
    this.desk.onClose(0, 'closed', this.now());
    if (!this.isClosed) this.redialAt = setTimeout(() => { this.dial(); }, redialMs);
  }

  private advance(): void {
    clearTimeout(this.timer);
    if (this.isClosed) return;
    const due = this.desk.advance(this.now());
    const milliseconds = Math.max(1, Math.min(50, (due - this.now()) / 1e6));
    this.timer = setTimeout(() => { this.advance(); }, milliseconds);
  }

  // ── FrameOutput ───────────────────────────────────────────────────────────────────────────────
  emit(event: Uint8Array): void {
    const decoded = decodeEvent(event);
    if (!decoded.ok) throw new Error('an Event that cannot be decoded');
    this.events.push(decoded.value);
  }

  reconcileEnd(id: number, complete: boolean, message: string): void {
    this.reconciled.set(id, { complete, message });
  }

  disconnect(): void {
    throw new Error('the order side does not end the link');
  }

  transmit(_connection: number, _copy: number, frame: string): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.sent.push(frame);
    this.socket.send(frame);
    return true;
  }

  request(request: HttpRequest): number {
    this.httpCalls += 1;
    const id = this.httpCalls;
    const { method, headers, path, body } = request;
    const call = httpsRequest(`${this.standIn.urls['http']!}${path}`, { method, headers, ca: this.ca, timeout: 2_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => { chunks.push(chunk); });
      response.on('error', () => this.answer(id, { status: 0, headers: {}, body: new TextEncoder().encode('cut off') }));
      response.on('end', () => {
        const answered = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)]));
        this.answer(id, { status: response.statusCode ?? 0, headers: answered, body: Buffer.concat(chunks) });
      });
    });
    call.on('error', (error) => this.answer(id, { status: 0, headers: {}, body: new TextEncoder().encode(error.message) }));
    call.on('timeout', () => call.destroy());
    call.end(body);
    return id;
  }

  private answer(id: number, answer: HttpAnswer): void {
    if (this.isClosed) return;
    this.desk.onHttp(id, answer, 0n, this.now());
    this.advance();
  }

  redial(_connection: number, _copy: number, milliseconds: number): void {
    const { socket } = this;
    if (socket === null) return;
    socket.terminate();
    this.lost(socket, milliseconds);
  }

  redact(): void {
    // Nothing is recorded here.
  }

  // ── what a daemon does ────────────────────────────────────────────────────────────────────────
  submit(orderId: number, terms: Terms = {}): void {
    this.dispatch(orderId, Action.New, terms);
  }

  replace(orderId: number, price: number, quantity: number, terms: Terms = {}): void {
    this.dispatch(orderId, Action.Replace, { ...terms, price, quantity });
  }

  cancel(orderId: number): void {
    this.dispatch(orderId, Action.Cancel, {});
  }

  private dispatch(orderId: number, action: Action, terms: Terms): void {
    this.desk.onDispatch({
      orderId, strategy: 0, instrument: 0, action, side: Side.Buy, type: OrderType.Limit, timeInForce: TimeInForce.GoodTillCancel,
      price: 59_000_0, quantity: 50_000_000, ...terms,
    }, this.now());
    this.advance();
  }

  massCancel(): void {
    this.desk.onMassCancel('test', this.now());
    this.advance();
  }

  end(): void {
    this.desk.end(this.now());
  }

  async reconcile(orderIds: readonly number[]): Promise<{ complete: boolean; message: string }> {
    this.reconciliations += 1;
    const id = this.reconciliations;
    this.desk.onReconcileRequest(id, orderIds, 0n, this.now());
    this.advance();
    return this.until(`reconciliation ${id}`, () => this.reconciled.get(id));
  }

  /** Everything of a kind that was emitted about an Order. */
  of<K extends EventValue['kind']>(kind: K, orderId: number): Extract<EventValue, { kind: K }>[] {
    return this.events.filter((event): event is Extract<EventValue, { kind: K }> => {
      return event.kind === kind && 'orderId' in event.fields && Number(event.fields.orderId) === orderId;
    });
  }

  next<K extends EventValue['kind']>(kind: K, orderId: number, count = 1): Promise<Extract<EventValue, { kind: K }>> {
    return this.until(`${Kind[kind]} ${count} of Order ${orderId}`, () => this.of(kind, orderId)[count - 1]);
  }

  until<T>(what: string, look: () => T): Promise<NonNullable<T>> {
    return until(what, look, { deadlineMs: PATIENCE_MS, everyMs: 2, details: () => this.story() });
  }

  ready(): Promise<boolean> {
    return this.until('the Venue to be reconciled', () => this.desk.gate.isReconciled);
  }

  story(): string {
    const shown = (_: string, field: unknown): unknown => (typeof field === 'bigint' ? Number(field) : field);
    const text = (value: unknown): string => JSON.stringify(value, shown);
    const events = this.events.filter(({ kind }) => kind !== Kind.BalanceReport).slice(-40);
    return [...events.map(({ kind, fields }) => `${Kind[kind]} ${text(fields)}`), ...this.problems].join('\n');
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    clearTimeout(this.redialAt);
    this.socket?.terminate();
  }
}
