// What the gateway host drives and what it gives back: the one interface of the simulated Venue, of a capture-fed
// decoder and of a real Venue. Interface only. A session owns no socket, reads no clock and never throws for what a
// Venue or the daemon sent; it throws only when the Welcome contradicts its own configuration.
//
//           link messages, decoded by the host                    Event buffers, built with EventEncoder
//   daemon ────────────────────────────────────→ VenueSession ────────────────────────────────────────→ daemon
//                    Venue frames (FrameSession) ↗            ↘ Venue frames (VenueOutput.transmit)
//
// Life of a session, in the host's words: start · (on… | advance)* · stop · start · … . `start` follows every
// Welcome, the first and each one after a reconnect; `stop` follows every loss of the link to the daemon. Between
// stop and start the Venue goes on living: the host keeps calling `advance` (and `onFrame`), and nothing may be
// emitted.
//
// `now` is ns on the host's monotonic clock since an origin the session is told when it is constructed; it never
// decreases. Calls may produce output at once (the simulator without latency) or later, from `advance`, from
// `onFrame`, or from the session's own asynchronous work (a real Venue): the host accepts output at any moment
// after `start`.

import type { Action, OrderType, Side, TimeInForce } from './kinds.ts';

export interface VenueInstrument {
  /** Index into the Configuration's list: what Events carry. */
  readonly instrument: number;
  /** The Venue's own name of it. */
  readonly symbol: string;
  /** Indices of currencies. */
  readonly base: number;
  readonly quote: number;
  readonly priceScale: number;
  readonly quantityScale: number;
  readonly tickSize: number;
  readonly lotSize: number;
  readonly minimumQuantity: number;
  /** Levels a side the daemon keeps; 0: all. */
  readonly bookDepth: number;
}

export interface VenueCurrency {
  readonly currency: number;
  readonly symbol: string;
  readonly scale: number;
}

/** The part of the link's Welcome that a session needs. */
export interface VenueWelcome {
  readonly sessionId: string;
  readonly sessionOrdinal: number;
  readonly venue: number;
  readonly instruments: readonly VenueInstrument[];
  readonly currencies: readonly VenueCurrency[];
}

/** The fields of IntentDispatched. A REPLACE carries the absolute price and the total quantity. */
export interface DispatchedCommand {
  readonly orderId: number;
  readonly strategy: number;
  readonly instrument: number;
  readonly action: Action;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly price: number;
  readonly quantity: number;
}

/** Implemented by the host. The order of calls is the order of frames on the link. */
export interface VenueOutput {
  /** One Event buffer (TCXE), as EventEncoder returns it: the bytes may change after the call returns. */
  emit(event: Uint8Array): void;
  /** Everything that answers the ReconcileRequest `id` has been emitted. */
  reconcileEnd(id: number, complete: boolean, message: string): void;
  /**
   * The connection to the Venue is lost: the host closes the link, calls `stop`, and dials again no sooner than after
   * this many milliseconds.
   */
  disconnect(milliseconds: number, reason: string): void;
  /** Bytes for the Venue's own socket. Only a FrameSession calls it; a host without a socket drops them. */
  transmit(frame: string | Uint8Array): void;
}

export interface VenueSession {
  /**
   * Emits per instrument, at once or as the Venue tells: InstrumentDefined, InstrumentStatus, BookSnapshot, then a
   * valid FeedStatusChanged.
   */
  start(welcome: VenueWelcome, output: VenueOutput, now: number): void;
  stop(now: number): void;
  onDispatch(command: DispatchedCommand, now: number): void;
  onStatusQuery(orderId: number, venueOrderId: string, now: number): void;
  onMassCancel(reason: string, now: number): void;
  onSnapshotRequest(instrument: number, now: number): void;
  onReconcileRequest(id: number, orderIds: readonly number[], now: number): void;
  /** Does what is due up to `now`. Returns when it next wants to be called: Infinity when only an arrival matters. */
  advance(now: number): number;
}

/** A session that lives on raw Venue frames: from a socket or from a capture. */
export interface FrameSession extends VenueSession {
  /** `captureTime`: ns since the Unix epoch at which the frame was received. */
  onFrame(frame: string, captureTime: bigint, now: number): void;
  /** The Venue's socket opened: subscribe. */
  onOpen(now: number): void;
  /** The Venue's socket closed or the capture ended. */
  onClose(reason: string, now: number): void;
}
