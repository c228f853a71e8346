// The order side of a gateway on a real socket: order desk, adapter, and as little host as they need. What the desk emits is
// kept, decoded. Its clock stands still while anything is under way and goes to what is due next when nothing is: no timeout
// is met because a machine is slow, and none is waited for. Knows no Venue: what differs between them is told by an OrderVenue.

import { readFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
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

const REDIAL_MS = 10;
/** Of silence before the clock may go on: longer than any answer that a test makes late. */
const QUIET_MS = 40;
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

interface Terms {
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
  readonly adapter: OrderAdapter;
  readonly problems: string[] = [];
  /** Frames of requests, in order. */
  readonly sent: string[] = [];
  private readonly reconciled = new Map<number, { complete: boolean; message: string }>();
  private readonly venue: OrderVenue;
  private readonly standIn: StandIn;
  private readonly ca: Buffer;
  private socket: WebSocket | null = null;
  /** ns since it was opened. */
  time = 0;
  private due = Infinity;
  private quiet: NodeJS.Timeout | undefined;
  private redialAt: NodeJS.Timeout | undefined;
  private isClosed = false;
  private reconciliations = 0;
  private httpCalls = 0;
  private readonly httpUnderWay = new Set<number>();
  /** Frames of the Venue. */
  private heard = 0;

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
    this.adapter = venue.adapter(this.url);
    this.desk = new OrderDesk({
      venue: venue.name, adapter: this.adapter, settings: DEFAULT_ORDER_DESK_SETTINGS,
      log: { info: () => undefined, warn: note, error: note }, unixNs,
    });
    const welcome: VenueWelcome = {
      sessionId: 'test', sessionOrdinal: 1, venue: 0, instruments: [venue.instrument],
      currencies: venue.currencies.map((symbol, currency) => ({ currency, symbol, scale: 8 })),
    };
    this.desk.start(welcome, this, this.time);
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
      this.desk.onOpen(0, this.time);
      this.advance();
    });
    socket.on('message', (data: Buffer) => {
      this.heard += 1;
      this.desk.onFrame(0, data, unixNs(), this.time);
      this.advance();
    });
    // Everything sent before is answered by now, or never will be.
    socket.on('pong', (begun: Buffer) => { if (begun.toString() === this.progress()) this.passTime(); });
    socket.on('error', () => undefined);
    socket.on('close', () => { this.lost(socket); });
  }

  private lost(socket: WebSocket): void {
    if (this.socket !== socket) return;
    this.socket = null;
    this.desk.onClose(0, 'closed', this.time);
    this.advance();
    if (!this.isClosed) this.redialAt = setTimeout(() => { this.dial(); }, REDIAL_MS);
  }

  private advance(): void {
    clearTimeout(this.quiet);
    if (this.isClosed) return;
    this.due = this.desk.advance(this.time);
    this.quiet = setTimeout(() => { this.beQuiet(); }, QUIET_MS);
  }

  /** Nothing happened for a while: asks the Venue to say that it has nothing more to say. */
  private beQuiet(): void {
    if (this.httpUnderWay.size === 0 && this.socket?.readyState === WebSocket.OPEN) this.socket.ping(this.progress());
    this.quiet = setTimeout(() => { this.beQuiet(); }, QUIET_MS);
  }

  /** Differs whenever something was said by either side. */
  private progress(): string {
    return [this.sent.length, this.heard, this.httpCalls, this.httpUnderWay.size].join();
  }

  private passTime(): void {
    if (this.isClosed || this.due === Infinity) return;
    this.time = Math.max(this.time, this.due);
    this.advance();
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
    this.httpUnderWay.add(id);
    const { method, headers, path, body } = request;
    const failed = (why: string): void => this.answer(id, { status: 0, headers: {}, body: new TextEncoder().encode(why) });
    const call = httpsRequest(`${this.standIn.urls['http']!}${path}`, { method, headers, ca: this.ca }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => { chunks.push(chunk); });
      response.on('error', () => failed('cut off'));
      response.on('end', () => {
        const answered = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)]));
        this.answer(id, { status: response.statusCode ?? 0, headers: answered, body: Buffer.concat(chunks) });
      });
    });
    call.on('error', (error) => failed(error.message));
    call.end(body);
    return id;
  }

  private answer(id: number, answer: HttpAnswer): void {
    if (!this.httpUnderWay.delete(id) || this.isClosed) return;
    this.desk.onHttp(id, answer, 0n, this.time);
    this.advance();
  }

  redial(_connection: number, _copy: number, milliseconds: number): void {
    const { socket } = this;
    if (socket === null) return;
    socket.terminate();
    this.time += milliseconds * 1e6;
    this.lost(socket);
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
    }, this.time);
    this.advance();
  }

  massCancel(): void {
    this.desk.onMassCancel('test', this.time);
    this.advance();
  }

  end(): void {
    this.desk.end(this.time);
  }

  async reconcile(orderIds: readonly number[]): Promise<{ complete: boolean; message: string }> {
    this.reconciliations += 1;
    const id = this.reconciliations;
    this.desk.onReconcileRequest(id, orderIds, BEGUN_AT, this.time);
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
    return until(what, look, { everyMs: 2, details: () => this.story() });
  }

  /** Resolves when the clock has gone on to what is due next. */
  timePasses(): Promise<boolean> {
    const { time } = this;
    return this.until('nothing to be under way', () => this.time > time);
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
    clearTimeout(this.quiet);
    clearTimeout(this.redialAt);
    this.socket?.terminate();
  }
}

/** The Venue's own list. */
export function openIds(standIn: StandIn): string[] {
  return standIn.audit().openOrders.map(({ clientOrderId }) => clientOrderId).sort();
}

function unixNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
