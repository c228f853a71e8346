// One Venue as the gateway host drives it: the market desk, and the order side when this gateway carries orders. Owns
// nothing but the numbering of connections: the market's come first, the order side's after them. Knows no Venue.

import { EventEncoder } from '../event/encode.ts';
import { Action, RejectReason, Side, VenueOrderStatus } from '../event/kinds.ts';
import type {
  ConnectionPlan, DispatchedCommand, FrameOutput, FrameSession, HttpAnswer, HttpRequest, VenueWelcome,
} from '../event/venue-session.ts';
import { MarketDesk, type MarketDeskOptions } from './market/market-desk.ts';

/**
 * What VenueFeed needs of the order desk. Connections are indices into the order side's own `connections()`, in its calls
 * to the FrameOutput given to `start` too (copy is always 0 there). That output stays usable after `stop`, for frames to
 * the Venue; nothing may be emitted between `stop` and the next `start`.
 */
export interface OrderSide {
  /** After `start`; fixed for as long as the Welcome's instruments stay the same. */
  connections(): readonly ConnectionPlan[];
  start(welcome: VenueWelcome, output: FrameOutput, now: number): void;
  /** No daemon has come, and none is waited for. Afterwards `connections()` are those without instruments. */
  startAlone(output: FrameOutput, now: number): void;
  /** Another gateway of this Venue is linked: what is open is that one's to end. False: nobody says so any more. */
  onSecond(isSecond: boolean, now: number): void;
  stop(now: number): void;
  onOpen(connection: number, now: number): void;
  /** The bytes are valid until the call returns. */
  onFrame(connection: number, frame: Uint8Array, captureTime: bigint, now: number): void;
  onClose(connection: number, reason: string, now: number): void;
  /** Only ids that `request` of its own output returned. */
  onHttp(id: number, answer: HttpAnswer, captureTime: bigint, now: number): void;
  onDispatch(command: DispatchedCommand, now: number): void;
  onStatusQuery(orderId: number, venueOrderId: string, now: number): void;
  onMassCancel(reason: string, now: number): void;
  onReconcileRequest(id: number, orderIds: readonly number[], since: bigint, now: number): void;
  /** Does what is due; returns when it next wants to be called. */
  advance(now: number): number;
}

interface VenueFeedOptions extends MarketDeskOptions {
  /** Null: this gateway carries market data only, and refuses every order as not transmitted. */
  readonly orders: OrderSide | null;
}

const MARKET_DATA_ONLY = 'this gateway carries market data only';

export class VenueFeed implements FrameSession {
  readonly market: MarketDesk;
  private readonly orders: OrderSide | null;
  private readonly encoder = new EventEncoder();
  /** Where Events go; null between stop and start. */
  private output: FrameOutput | null = null;
  /** An instrument of the Welcome, for reports that have to name one. */
  private instrument = 0;

  constructor(options: VenueFeedOptions) {
    this.market = new MarketDesk(options);
    this.orders = options.orders;
  }

  connections(): readonly ConnectionPlan[] {
    return [...this.market.connections(), ...(this.orders?.connections() ?? [])];
  }

  // ── from the daemon ───────────────────────────────────────────────────────────────────────────
  start(welcome: VenueWelcome, output: FrameOutput, now: number): void {
    this.output = output;
    this.instrument = welcome.instruments[0]?.instrument ?? 0;
    this.market.start(welcome, output);
    this.orders?.start(welcome, new ShiftedOutput(output, () => this.market.connections().length), now);
  }

  stop(now: number): void {
    this.market.stop();
    this.orders?.stop(now);
    this.output = null;
  }

  startAlone(output: FrameOutput, now: number): void {
    this.orders?.startAlone(new ShiftedOutput(output, () => this.market.connections().length), now);
  }

  onSecond(isSecond: boolean, now: number): void {
    this.orders?.onSecond(isSecond, now);
  }

  onSnapshotRequest(instrument: number, now: number): void {
    this.market.onSnapshotRequest(instrument, now);
  }

  onDispatch(command: DispatchedCommand, now: number): void {
    if (this.orders === null) this.refuse(command);
    else this.orders.onDispatch(command, now);
  }

  onStatusQuery(orderId: number, venueOrderId: string, now: number): void {
    if (this.orders === null) this.reportIndeterminate(orderId, venueOrderId);
    else this.orders.onStatusQuery(orderId, venueOrderId, now);
  }

  /** Without an order side there is nothing of ours at the Venue that this gateway put there. */
  onMassCancel(reason: string, now: number): void {
    this.orders?.onMassCancel(reason, now);
  }

  onReconcileRequest(id: number, orderIds: readonly number[], since: bigint, now: number): void {
    if (this.orders !== null) {
      this.orders.onReconcileRequest(id, orderIds, since, now);
      return;
    }
    for (const orderId of orderIds) this.reportIndeterminate(orderId, '');
    this.output?.reconcileEnd(id, false, MARKET_DATA_ONLY);
  }

  advance(now: number): number {
    return Math.min(this.market.advance(now), this.orders?.advance(now) ?? Infinity);
  }

  // ── from the Venue ────────────────────────────────────────────────────────────────────────────
  onOpen(connection: number, copy: number, now: number): void {
    const marketCount = this.market.connections().length;
    if (connection < marketCount) this.market.onOpen(connection, copy, now);
    else this.orders?.onOpen(connection - marketCount, now);
  }

  onFrame(connection: number, copy: number, frame: Uint8Array, captureTime: bigint, now: number): void {
    const marketCount = this.market.connections().length;
    if (connection < marketCount) this.market.onFrame(connection, copy, frame, captureTime, now);
    else this.orders?.onFrame(connection - marketCount, frame, captureTime, now);
  }

  onClose(connection: number, copy: number, reason: string, now: number): void {
    const marketCount = this.market.connections().length;
    if (connection < marketCount) this.market.onClose(connection, copy, now);
    else this.orders?.onClose(connection - marketCount, reason, now);
  }

  onHttp(id: number, answer: HttpAnswer, captureTime: bigint, now: number): void {
    if (!this.market.onHttp(id, answer, captureTime, now)) this.orders?.onHttp(id, answer, captureTime, now);
  }

  // ── without an order side ─────────────────────────────────────────────────────────────────────
  private refuse({ orderId, action }: DispatchedCommand): void {
    const refusal = {
      orderId, reason: RejectReason.NotTransmitted, eventTime: 0, captureTime: 0, message: MARKET_DATA_ONLY,
    };
    const { encoder } = this;
    if (action === Action.New) this.output?.emit(encoder.orderRejected(refusal));
    else if (action === Action.Replace) this.output?.emit(encoder.replaceRejected(refusal));
    else this.output?.emit(encoder.cancelRejected(refusal));
  }

  private reportIndeterminate(orderId: number, venueOrderId: string): void {
    this.output?.emit(this.encoder.orderStatusReport({
      orderId, status: VenueOrderStatus.Indeterminate, instrument: this.instrument, side: Side.Buy, price: 0, quantity: 0,
      filledQuantity: 0, eventTime: 0, captureTime: 0, venueOrderId,
    }));
  }
}

/** The host's output for the order side: its connection 0 is the first after the market's. */
class ShiftedOutput implements FrameOutput {
  private readonly output: FrameOutput;
  private readonly shift: () => number;

  constructor(output: FrameOutput, shift: () => number) {
    this.output = output;
    this.shift = shift;
  }

  emit(event: Uint8Array): void {
    this.output.emit(event);
  }

  reconcileEnd(id: number, complete: boolean, message: string): void {
    this.output.reconcileEnd(id, complete, message);
  }

  disconnect(milliseconds: number, reason: string): void {
    this.output.disconnect(milliseconds, reason);
  }

  transmit(connection: number, copy: number, frame: string, recorded?: string): boolean {
    return this.output.transmit(connection + this.shift(), copy, frame, recorded);
  }

  request(request: HttpRequest): number {
    return this.output.request(request);
  }

  redial(connection: number, copy: number, milliseconds: number, reason: string): void {
    this.output.redial(connection + this.shift(), copy, milliseconds, reason);
  }

  redact(name: string, secret: string): void {
    this.output.redact(name, secret);
  }
}
