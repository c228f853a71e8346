// The order desk between a model Venue and the daemon's own Execution State, on a clock that a test turns. Every Event the
// desk tells is decoded and applied, as tcxd does. Not part of the gateway.

import { Execution, Anomaly } from '../../core/state/execution/execution.ts';
import type { Order } from '../../core/state/execution/order.ts';
import { decodeEvent } from '../../event/decode.ts';
import type { EventValue } from '../../event/event-fields.ts';
import { EventView } from '../../event/event-view.ts';
import { Slot } from '../../event/generated/view_generated.ts';
import { Action, Kind, OrderType, Side, Source, TimeInForce } from '../../event/kinds.ts';
import type { OrderAdapter } from '../../event/order-adapter.ts';
import type { FrameOutput, HttpRequest, VenueWelcome } from '../../event/venue-session.ts';
import { coreConfig, instrumentConfig, venueConfig } from '../../test/core-scenario.ts';
import { SILENT_LOG } from '../gateway-log.ts';
import { DEFAULT_ORDER_DESK_SETTINGS, type OrderDeskSettings } from './desk-context.ts';
import { OrderDesk } from './order-desk.ts';

export const EPOCH = 1_700_000_000_000_000_000n;
const INSTRUMENT = {
  instrument: 0, symbol: 'BTC/USD', base: 1, quote: 0, priceScale: 0, quantityScale: 0, tickSize: 1, lotSize: 1,
  minimumQuantity: 1, bookDepth: 10,
};
const WELCOME: VenueWelcome = {
  sessionId: 'test', sessionOrdinal: 1, venue: 0, instruments: [INSTRUMENT],
  currencies: [{ currency: 0, symbol: 'USD', scale: 2 }, { currency: 1, symbol: 'BTC', scale: 8 }],
};
const CONFIG = coreConfig({
  venues: [venueConfig({ ackTimeout: 5e9 })],
  currencies: WELCOME.currencies.map(({ symbol, scale }) => ({ symbol, scale })),
  instruments: [instrumentConfig({ priceScale: 0, quantityScale: 0, tickSize: 1, lotSize: 1, minimumQuantity: 1 })],
});

/** The daemon as far as Execution State goes. */
export class DaemonModel {
  readonly state = new Execution(CONFIG);
  readonly view = new EventView(new Float64Array(64), new Float64Array(256));
  readonly anomalies: Anomaly[] = [];
  private position = 0;

  dispatch(orderId: number, action: Action, price: number, quantity: number, now: number): void {
    this.begin(Kind.IntentDispatched, now);
    this.set({
      OrderId: orderId, Action: action, Price: price, Quantity: quantity, Side: Side.Buy, Type: OrderType.Limit,
      TimeInForce: TimeInForce.GoodTillCancel, Instrument: 0, Venue: 0, Strategy: 0,
    });
    this.state.applyDispatched(this.view);
  }

  order(orderId: number): Order | undefined {
    return this.state.orders.get(orderId);
  }

  live(): Order[] {
    return Array.from({ length: this.state.orders.liveCount[0] }, (_, i) => this.state.orders.liveAt(0, i));
  }

  apply(event: EventValue, now: number): void {
    this.begin(event.kind, now);
    const f = event.fields as unknown as Record<string, number | bigint | string>;
    const [low, high] = hash(String(f['executionId'] ?? ''));
    this.set({
      OrderId: Number(f['orderId'] ?? 0), Instrument: Number(f['instrument'] ?? 0), Side: Number(f['side'] ?? 0),
      Price: Number(f['price'] ?? 0), Quantity: Number(f['quantity'] ?? 0), FilledQuantity: Number(f['filledQuantity'] ?? 0),
      Reason: Number(f['reason'] ?? 0), State: Number(f['status'] ?? 0), Fee: Number(f['fee'] ?? 0),
      FeeCurrency: Number(f['feeCurrency'] ?? 0), ExecutionIdLow: low, ExecutionIdHigh: high, Venue: 0,
    });
    const { state, view } = this;
    switch (event.kind) {
      case Kind.OrderAccepted: state.applyAccepted(view); break;
      case Kind.OrderRejected: state.applyRejected(view); break;
      case Kind.OrderFilled: state.applyFilled(view); break;
      case Kind.OrderCancelled: state.applyCancelled(view); break;
      case Kind.OrderReplaced: state.applyReplaced(view); break;
      case Kind.CancelRejected: state.applyRequestRejected(view, Action.Cancel); break;
      case Kind.ReplaceRejected: state.applyRequestRejected(view, Action.Replace); break;
      case Kind.OrderStatusReport: state.applyStatusReport(view); break;
      default: break;
    }
    if (state.lastAnomaly !== Anomaly.None) this.anomalies.push(state.lastAnomaly);
  }

  private begin(kind: Kind, now: number): void {
    this.position += 1;
    this.state.beginEvent();
    this.view.slot.fill(0);
    this.set({ Kind: kind, Position: this.position, Time: now, Source: Source.Venue0 });
  }

  private set(slots: Partial<Record<keyof typeof Slot, number>>): void {
    for (const [name, value] of Object.entries(slots)) this.view.slot[Slot[name as keyof typeof Slot]] = value;
  }
}

/** Any two words that tell execution ids apart. */
function hash(text: string): [number, number] {
  let low = 0;
  for (const letter of text) low = (Math.imul(low, 31) + letter.charCodeAt(0)) | 0;
  return text === '' ? [0, 0] : [low, text.length + 1];
}

export class DeskRig implements FrameOutput {
  now = 0;
  readonly daemon = new DaemonModel();
  readonly events: EventValue[] = [];
  readonly ends: { readonly id: number; readonly complete: boolean; readonly message: string }[] = [];
  readonly frames: { readonly frame: string; readonly recorded: string | undefined }[] = [];
  readonly calls: { readonly id: number; readonly request: HttpRequest }[] = [];
  readonly redials: string[] = [];
  readonly secrets: string[] = [];
  /** Whether the socket takes frames. */
  isWritable = true;
  /** False: what is told is lost on its way, as when the daemon dies with it unread. */
  isHearing = true;
  desk: OrderDesk;
  private readonly settings: OrderDeskSettings;
  private nextReconcile = 1;
  private isLinked = false;

  constructor(adapter: OrderAdapter, settings: Partial<OrderDeskSettings> = {}) {
    this.settings = { ...DEFAULT_ORDER_DESK_SETTINGS, ...settings };
    this.desk = this.create(adapter);
  }

  private create(adapter: OrderAdapter): OrderDesk {
    const unixNs = (): bigint => EPOCH + BigInt(Math.floor(this.now));
    return new OrderDesk({ venue: 'model', adapter, settings: this.settings, log: SILENT_LOG, unixNs });
  }

  /** Linked and connected, with the reconciliation that follows behind it. */
  static open(adapter: OrderAdapter, settings: Partial<OrderDeskSettings> = {}): DeskRig {
    const rig = new DeskRig(adapter, settings);
    rig.link();
    rig.connect();
    rig.wait(1);
    return rig;
  }

  /** kill -9 and a start: nothing of the old desk is left. */
  restart(adapter: OrderAdapter): void {
    this.unlink();
    this.desk = this.create(adapter);
    this.link();
  }

  link(welcome: VenueWelcome = WELCOME): void {
    if (this.isLinked) return;
    this.isLinked = true;
    this.desk.start(welcome, this, this.now);
    this.desk.advance(this.now);
  }

  unlink(): void {
    if (!this.isLinked) return;
    this.isLinked = false;
    this.desk.stop(this.now);
  }

  connect(): void {
    this.desk.onOpen(0, this.now);
    this.desk.advance(this.now);
  }

  drop(reason = 'socket closed'): void {
    this.desk.onClose(0, reason, this.now);
    this.desk.advance(this.now);
  }

  /** Lets time pass; everything due happens when it is due. */
  wait(ns: number): void {
    const end = this.now + ns;
    for (let steps = 0; ; steps += 1) {
      if (steps > 100_000) throw new Error('the desk asks to be called again and again without end');
      const due = Math.min(this.desk.advance(this.now), this.daemon.state.acknowledgementDeadline());
      if (due > end) break;
      this.now = Math.max(this.now, due);
      this.askOverdue();
    }
    this.now = end;
    this.desk.advance(end);
  }

  /** F2: the daemon asks for what went unanswered too long. */
  private askOverdue(): void {
    const overdue = new Float64Array(256);
    const count = this.daemon.state.expireAcknowledgements(this.now, overdue, 0);
    for (let i = 0; i < count && this.isLinked; i += 1) this.desk.onStatusQuery(overdue[i], '', this.now);
  }

  send(action: Action, orderId: number, price = 100, quantity = 10): void {
    this.daemon.dispatch(orderId, action, price, quantity, this.now);
    this.desk.onDispatch({
      orderId, strategy: 0, instrument: 0, action, side: Side.Buy, type: OrderType.Limit,
      timeInForce: TimeInForce.GoodTillCancel, price, quantity,
    }, this.now);
    this.desk.advance(this.now);
  }

  /** `since`: before it the daemon has every execution. */
  reconcile(orderIds = this.daemon.live().map(({ id }) => id), since = EPOCH): number {
    const id = this.nextReconcile;
    this.nextReconcile += 1;
    this.desk.onReconcileRequest(id, orderIds, since, this.now);
    this.desk.advance(this.now);
    return id;
  }

  // ── FrameOutput ───────────────────────────────────────────────────────────────────────────────
  emit(event: Uint8Array): void {
    if (!this.isLinked) throw new Error('an Event was told while there was no link');
    if (!this.isHearing) return;
    const decoded = decodeEvent(event);
    if (!decoded.ok) throw new Error(decoded.error);
    this.events.push(decoded.value);
    this.daemon.apply(decoded.value, this.now);
  }

  reconcileEnd(id: number, complete: boolean, message: string): void {
    this.ends.push({ id, complete, message });
  }

  disconnect(_milliseconds: number, reason: string): void {
    throw new Error(`the order desk never closes the link: ${reason}`);
  }

  transmit(_connection: number, _copy: number, frame: string, recorded?: string): boolean {
    if (this.isWritable) this.frames.push({ frame, recorded });
    return this.isWritable;
  }

  request(request: HttpRequest): number {
    this.calls.push({ id: this.calls.length, request });
    return this.calls.length - 1;
  }

  redial(_connection: number, _copy: number, _milliseconds: number, reason: string): void {
    this.redials.push(reason);
  }

  redact(_name: string, secret: string): void {
    this.secrets.push(secret);
  }

  /** Execution Events in few words. */
  story(): string[] {
    return this.events.map((event) => {
      const f = event.fields as unknown as Record<string, number | bigint | string>;
      const name = Kind[event.kind].replace(/^Order/, '');
      if (event.kind === Kind.BalanceReport) return name;
      const amount = f['price'] === undefined ? '' : ` ${f['quantity']}@${f['price']}`;
      const detail = f['status'] ?? f['reason'] ?? '';
      return `${name} ${f['orderId']}${amount}${detail === '' ? '' : ` ${detail}`}`;
    });
  }
}
