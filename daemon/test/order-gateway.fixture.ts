// The order side of a gateway on a real socket: order desk, adapter, and as little host as they need. What the desk emits is
// kept, decoded. Knows no Venue: what differs between them is told by an OrderVenue.

import { readFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { performance } from 'node:perf_hooks';
import { expect } from 'vitest';
import { WebSocket } from 'ws';
import { parseDecimal } from '../base/decimal.ts';
import { ownOrderId } from '../event/client-order-id.ts';
import { decodeEvent } from '../event/decode.ts';
import type { EventValue } from '../event/event-fields.ts';
import { Action, Kind, OrderType, Side, TimeInForce } from '../event/kinds.ts';
import type { OrderAdapter } from '../event/order-adapter.ts';
import type { FrameOutput, HttpAnswer, HttpRequest, VenueInstrument, VenueWelcome } from '../event/venue-session.ts';
import { DEFAULT_ORDER_DESK_SETTINGS } from '../gateway/orders/desk-context.ts';
import { OrderDesk } from '../gateway/orders/order-desk.ts';
import { opened } from './stand-in/open-stand-in.fixture.ts';
import type { StandIn } from './stand-in/stand-in.ts';
import { until } from './until.ts';

const PATIENCE_MS = 20_000;
const REDIAL_MS = 10;
/** Before anything the stand-in of any test did. */
const BEGUN_AT = unixNs();

/** What a gateway of one Venue has of its own. */
export interface OrderVenue {
  readonly name: 'binance' | 'kraken';
  /** Of the stand-in's addresses: where orders go. */
  readonly role: 'api' | 'private';
  /** The one instrument, its base currency 0 and its quote currency 1. */
  readonly instrument: VenueInstrument;
  readonly currencies: readonly [string, string];
  adapter(url: string): OrderAdapter;
  /** An Order of a test that does not say otherwise: scaled, and resting. */
  readonly price: number;
  readonly quantity: number;
}

export interface Terms {
  readonly side?: Side;
  readonly type?: OrderType;
  readonly timeInForce?: TimeInForce;
  /** Scaled. */
  readonly price?: number;
  readonly quantity?: number;
}

export class OrderGateway implements FrameOutput {
  readonly events: EventValue[] = [];
  readonly desk: OrderDesk;
  readonly problems: string[] = [];
  /** Frames of requests, in order. */
  readonly sent: string[] = [];
  private readonly reconciled = new Map<number, { complete: boolean; message: string }>();
  private readonly venue: OrderVenue;
  private readonly standIn: StandIn;
  private readonly ca: Buffer;
  private socket: WebSocket | null = null;
  private timer: NodeJS.Timeout | undefined;
  private redialAt: NodeJS.Timeout | undefined;
  private isClosed = false;
  private reconciliations = 0;
  private httpCalls = 0;

  /** Reconciled with the Venue; closed at the end of the test. */
  static async open(standIn: StandIn, venue: OrderVenue): Promise<OrderGateway> {
    const gateway = await opened(new OrderGateway(standIn, venue));
    await gateway.ready();
    return gateway;
  }

  private constructor(standIn: StandIn, venue: OrderVenue) {
    this.standIn = standIn;
    this.venue = venue;
    this.ca = readFileSync(standIn.caFile);
    const note = (message: string, facts?: object): void => { this.problems.push(`${message} ${JSON.stringify(facts ?? {})}`); };
    this.desk = new OrderDesk({
      venue: venue.name, adapter: venue.adapter(this.url), settings: { ...DEFAULT_ORDER_DESK_SETTINGS, requestTimeoutNs: 500e6 },
      log: { info: () => undefined, warn: note, error: note }, unixNs,
    });
    const welcome: VenueWelcome = {
      sessionId: 'test', sessionOrdinal: 1, venue: 0, instruments: [venue.instrument],
      currencies: venue.currencies.map((symbol, currency) => ({ currency, symbol, scale: 8 })),
    };
    this.desk.start(welcome, this, now());
    this.dial();
    this.advance();
  }

  private get url(): string {
    return this.standIn.urls[this.venue.role]!;
  }

  private dial(): void {
    if (this.isClosed) return;
    const socket = new WebSocket(this.url, { ca: this.ca });
    this.socket = socket;
    socket.on('open', () => {
      this.desk.onOpen(0, now());
      this.advance();
    });
    socket.on('message', (data: Buffer) => {
      this.desk.onFrame(0, data, unixNs(), now());
      this.advance();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => { this.lost(socket, REDIAL_MS); });
  }

  private lost(socket: WebSocket, redialMs: number): void {
    if (this.socket !== socket) return;
    this.socket = null;
    this.desk.onClose(0, 'closed', now());
    if (!this.isClosed) this.redialAt = setTimeout(() => { this.dial(); }, redialMs);
  }

  private advance(): void {
    clearTimeout(this.timer);
    if (this.isClosed) return;
    const due = this.desk.advance(now());
    const milliseconds = Math.max(1, Math.min(50, (due - now()) / 1e6));
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
    const failed = (why: string): void => this.answer(id, { status: 0, headers: {}, body: new TextEncoder().encode(why) });
    const call = httpsRequest(`${this.standIn.urls['http']!}${path}`, { method, headers, ca: this.ca, timeout: 2_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => { chunks.push(chunk); });
      response.on('error', () => failed('cut off'));
      response.on('end', () => {
        const answered = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)]));
        this.answer(id, { status: response.statusCode ?? 0, headers: answered, body: Buffer.concat(chunks) });
      });
    });
    call.on('error', (error) => failed(error.message));
    call.on('timeout', () => call.destroy());
    call.end(body);
    return id;
  }

  private answer(id: number, answer: HttpAnswer): void {
    if (this.isClosed) return;
    this.desk.onHttp(id, answer, 0n, now());
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
    const { price, quantity } = this.venue;
    this.desk.onDispatch({
      orderId, strategy: 0, instrument: 0, action, side: Side.Buy, type: OrderType.Limit, timeInForce: TimeInForce.GoodTillCancel,
      price, quantity, ...terms,
    }, now());
    this.advance();
  }

  massCancel(): void {
    this.desk.onMassCancel('test', now());
    this.advance();
  }

  end(): void {
    this.desk.end(now());
  }

  async reconcile(orderIds: readonly number[]): Promise<{ complete: boolean; message: string }> {
    this.reconciliations += 1;
    const id = this.reconciliations;
    this.desk.onReconcileRequest(id, orderIds, BEGUN_AT, now());
    this.advance();
    return this.until(`reconciliation ${id}`, () => this.reconciled.get(id));
  }

  // ── what a test looks at ──────────────────────────────────────────────────────────────────────
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

  /** Every execution of the Venue was told under its Order, with its amounts, and nothing else was. */
  checkExecutions(): void {
    const told = new Map<string, string>();
    for (const event of this.events) {
      if (event.kind !== Kind.OrderFilled) continue;
      const { executionId, orderId, price, quantity } = event.fields;
      told.set(executionId, `Order ${orderId}: ${quantity} at ${price}`);
    }
    const { priceScale, quantityScale } = this.venue.instrument;
    const truth = this.standIn.audit().executions.map(({ clientOrderId, price, quantity }) => {
      const amounts = `${parseDecimal(quantity, quantityScale)} at ${parseDecimal(price, priceScale)}`;
      return `Order ${ownOrderId(clientOrderId)?.orderId ?? 0}: ${amounts}`;
    });
    expect([...told.values()].sort()).toEqual(truth.sort());
  }

  private story(): string {
    const plain = (_: string, field: unknown): unknown => (typeof field === 'bigint' ? Number(field) : field);
    const text = (value: unknown): string => JSON.stringify(value, plain);
    const events = this.events.filter(({ kind }) => kind !== Kind.BalanceReport).slice(-40);
    const live = this.desk.table.live().map(({ orderId, generation, work, cancel, doubt, heldCancel, filled, quantity }) => {
      return `live: ${text({ orderId, generation, work: work?.request.what, cancel: cancel?.id, doubt, heldCancel, filled, quantity })}`;
    });
    return [...events.map(({ kind, fields }) => `${Kind[kind]} ${text(fields)}`), ...this.problems, ...live].join('\n');
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    clearTimeout(this.redialAt);
    this.socket?.terminate();
  }
}

/** The Venue's own list. */
export function openIds(standIn: StandIn): string[] {
  return standIn.audit().openOrders.map(({ clientOrderId }) => clientOrderId).sort();
}

/** ns. */
function now(): number {
  return performance.now() * 1e6;
}

function unixNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
