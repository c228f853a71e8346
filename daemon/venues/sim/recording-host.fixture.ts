// A host for tests: keeps every frame a SimVenue emits and decodes it, sends commands with few words, and lets time
// pass. Not part of the Venue.

import { decodeEvent } from '../../event/decode.ts';
import type { EventValue, FieldsByKind } from '../../event/event-fields.ts';
import { Action, Kind, OrderType, Side, TimeInForce } from '../../event/kinds.ts';
import type { DispatchedCommand, VenueOutput, VenueWelcome } from '../../event/venue-session.ts';
import { type SimSettings } from '../../event/simulation-settings.ts';
import { DEFAULT_SETTINGS } from './settings.ts';
import { SimVenue } from './sim.ts';

export const EPOCH = 1_700_000_000_000_000_000n;
export const MILLISECOND = 1_000_000;
export const SECOND = 1_000_000_000;

export const WELCOME: VenueWelcome = {
  sessionId: 'test', sessionOrdinal: 1, venue: 3,
  currencies: [
    { currency: 0, symbol: 'USD', scale: 8 }, { currency: 1, symbol: 'BTC', scale: 8 },
    { currency: 2, symbol: 'ETH', scale: 8 },
  ],
  instruments: [
    {
      instrument: 0, symbol: 'BTC/USD', base: 1, quote: 0, priceScale: 1, quantityScale: 8, tickSize: 1, lotSize: 1000,
      minimumQuantity: 1000, bookDepth: 0,
    },
    {
      instrument: 1, symbol: 'ETH/USD', base: 2, quote: 0, priceScale: 2, quantityScale: 6, tickSize: 1, lotSize: 10,
      minimumQuantity: 100, bookDepth: 10,
    },
  ],
};

/** No delay, no background, no limits: what a test does is all that happens. */
export const QUIET: SimSettings = {
  ...DEFAULT_SETTINGS,
  latency: { entryNs: 0, entryJitterNs: 0, responseNs: 0, responseJitterNs: 0, marketDataNs: 0, marketDataJitterNs: 0 },
  market: { ...DEFAULT_SETTINGS.market, eventsPerSecond: 0, levels: 1, ordersPerLevel: 1 },
  markets: {
    // One background order of 0.1 on either side, far away: bid 59 000.0, ask 61 000.0.
    'BTC/USD': { midPrice: '60000', spacingTicks: 10_000, halfSpreadTicks: 10_000, quantity: '0.1' },
    'ETH/USD': { midPrice: '3000', spacingTicks: 10_000, halfSpreadTicks: 10_000, quantity: '1' },
  },
};

export class RecordingHost implements VenueOutput {
  readonly venue: SimVenue;
  readonly frames: Uint8Array[] = [];
  readonly ends: { id: number; complete: boolean; message: string; after: number }[] = [];
  readonly disconnects: { milliseconds: number; reason: string }[] = [];
  now: number;
  private readonly decoded: EventValue[] = [];

  constructor(settings: SimSettings = QUIET, now = 0) {
    this.venue = new SimVenue(settings, EPOCH);
    this.now = now;
  }

  static started(settings: SimSettings = QUIET): RecordingHost {
    const host = new RecordingHost(settings);
    host.start();
    host.forget();
    return host;
  }

  start(welcome: VenueWelcome = WELCOME): void {
    this.venue.start(welcome, this, this.now);
    this.wait(0);
  }

  stop(): void {
    this.venue.stop(this.now);
  }

  /** Everything due within this many ns happens. */
  wait(ns: number): void {
    this.now += ns;
    this.venue.advance(this.now);
  }

  /** As `wait`, in small steps, so that no background is skipped. */
  live(ns: number): void {
    for (let passed = 0; passed < ns; passed += 100 * MILLISECOND) this.wait(Math.min(100 * MILLISECOND, ns - passed));
  }

  // ── VenueOutput ───────────────────────────────────────────────────────────────────────────────
  emit(event: Uint8Array): void {
    this.frames.push(new Uint8Array(event));
  }

  reconcileEnd(id: number, complete: boolean, message: string): void {
    this.ends.push({ id, complete, message, after: this.frames.length });
  }

  disconnect(milliseconds: number, reason: string): void {
    this.disconnects.push({ milliseconds, reason });
  }

  // ── Commands ──────────────────────────────────────────────────────────────────────────────────
  send(command: Partial<DispatchedCommand> & { orderId: number }): void {
    this.venue.onDispatch({
      strategy: 0, instrument: 0, action: Action.New, side: Side.Buy, type: OrderType.Limit,
      timeInForce: TimeInForce.GoodTillCancel, price: 0, quantity: 0, ...command,
    }, this.now);
    this.wait(0);
  }

  buy(orderId: number, price: number, quantity: number, timeInForce = TimeInForce.GoodTillCancel): void {
    this.send({ orderId, side: Side.Buy, price, quantity, timeInForce });
  }

  sell(orderId: number, price: number, quantity: number, timeInForce = TimeInForce.GoodTillCancel): void {
    this.send({ orderId, side: Side.Sell, price, quantity, timeInForce });
  }

  replace(orderId: number, price: number, quantity: number): void {
    this.send({ orderId, action: Action.Replace, price, quantity });
  }

  cancel(orderId: number): void {
    this.send({ orderId, action: Action.Cancel });
  }

  reconcile(id: number, orderIds: readonly number[]): void {
    this.venue.onReconcileRequest(id, orderIds, 0n, this.now);
    this.wait(0);
  }

  // ── What came ─────────────────────────────────────────────────────────────────────────────────
  forget(): void {
    this.frames.length = 0;
    this.decoded.length = 0;
    this.ends.length = 0;
  }

  events(): EventValue[] {
    for (let i = this.decoded.length; i < this.frames.length; i += 1) {
      const event = decodeEvent(this.frames[i]);
      if (!event.ok) throw new Error('the simulated Venue emitted a frame that does not decode');
      this.decoded.push(event.value);
    }
    return [...this.decoded];
  }

  of<K extends keyof FieldsByKind>(kind: K): FieldsByKind[K][] {
    return this.events().filter((event) => event.kind === kind).map((event) => event.fields as FieldsByKind[K]);
  }

  /** Execution Events as one line each: "Accepted 7", "Filled 7 0.5@10", in the words of the tests. */
  story(): string[] {
    return this.events().flatMap((event) => lineOf(event));
  }
}

function lineOf(event: EventValue): string[] {
  switch (event.kind) {
    case Kind.OrderAccepted: return [`accepted ${event.fields.orderId}`];
    case Kind.OrderReplaced: return [`replaced ${event.fields.orderId} ${event.fields.quantity}@${event.fields.price}`];
    case Kind.OrderFilled: return [`filled ${event.fields.orderId} ${event.fields.quantity}@${event.fields.price}`];
    case Kind.OrderCancelled: return [`cancelled ${event.fields.orderId} ${event.fields.reason}`];
    case Kind.OrderRejected: return [`rejected ${event.fields.orderId} ${event.fields.reason}`];
    case Kind.CancelRejected: return [`cancel-rejected ${event.fields.orderId} ${event.fields.reason}`];
    case Kind.ReplaceRejected: return [`replace-rejected ${event.fields.orderId} ${event.fields.reason}`];
    case Kind.OrderStatusReport:
      return [`status ${event.fields.orderId} ${event.fields.status} ${event.fields.filledQuantity}`];
    default: return [];
  }
}
