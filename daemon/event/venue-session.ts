// What the gateway host drives and what it gives back: the one interface of the simulated Venue, of a capture-fed
// decoder and of a real Venue. Interface only. A session owns no socket, reads no clock and never throws for what a
// Venue or the daemon sent; it throws only when the Welcome contradicts its own configuration.
//
//           link messages, decoded by the host                    Event buffers, built with EventEncoder
//   daemon ────────────────────────────────────→ VenueSession ────────────────────────────────────────→ daemon
//                    Venue frames (FrameSession) ↗            ↘ Venue frames (FrameOutput.transmit)
//
// Life of a session, in the host's words: start · (on… | advance)* · stop · start · … . `start` follows every
// Welcome, the first and each one after a reconnect; `stop` follows every loss of the link to the daemon. Between
// stop and start the Venue goes on living: the host keeps calling `advance` (and `onFrame`), and nothing may be
// emitted. `startAlone` and `onSecond` may come before the first `start`; nothing may be emitted until then either.
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
}

export interface VenueSession<Output extends VenueOutput = VenueOutput> {
  /**
   * Emits per instrument, at once or as the Venue tells: InstrumentDefined, InstrumentStatus, BookSnapshot, then a
   * valid FeedStatusChanged.
   */
  start(welcome: VenueWelcome, output: Output, now: number): void;
  stop(now: number): void;
  /**
   * No daemon has come since this host began: a session that would not let orders live without one acts at the Venue now.
   * `start`, should it follow, is the first.
   */
  startAlone?(output: Output, now: number): void;
  /**
   * The daemon is there and another host of this Venue is linked to it: what is open at the Venue is that one's to end. False:
   * nobody says so any more; `startAlone` may come again to a session that never had a `start`.
   */
  onSecond?(isSecond: boolean, now: number): void;
  onDispatch(command: DispatchedCommand, now: number): void;
  onStatusQuery(orderId: number, venueOrderId: string, now: number): void;
  onMassCancel(reason: string, now: number): void;
  onSnapshotRequest(instrument: number, now: number): void;
  /** `since`: Unix ns before which the daemon has every execution. */
  onReconcileRequest(id: number, orderIds: readonly number[], since: bigint, now: number): void;
  /** Does what is due up to `now`. Returns when it next wants to be called: Infinity when only an arrival matters. */
  advance(now: number): number;
}

/** What a session on raw frames has besides. A host without sockets (a capture) drops it all: `transmit` returns false. */
export interface FrameOutput extends VenueOutput {
  /**
   * A frame for one of the Venue's sockets. `recorded`: what the recording keeps instead, without its secrets. False: the
   * socket is not open, or too much waits to be written; nothing was sent.
   */
  transmit(connection: number, copy: number, frame: string, recorded?: string): boolean;
  /** Starts an HTTP call; returns its id, which `onHttp` brings back once. Never negative. */
  request(request: HttpRequest): number;
  /** Closes a socket and dials it again no sooner than after so many milliseconds. */
  redial(connection: number, copy: number, milliseconds: number, reason: string): void;
  /** From now on this text is replaced by a marker in every recording and log line. `name` stands in the marker. */
  redact(name: string, secret: string): void;
}

/** One kind of socket that a Venue needs. */
export interface ConnectionPlan {
  /** [a-z0-9-]{1,16}: 'public', 'private', 'api'. Recorded with each frame. */
  readonly name: string;
  readonly url: string;
  /** Carries what is ours alone: recorded apart from market data, never fed back. */
  readonly isPrivate: boolean;
  /** Sockets dialled for the same feed; above 1 for market data only. */
  readonly copies: number;
  /** Without any frame for so long the socket is dead: closed and dialled again. */
  readonly silenceNs: number;
  /** A frame to send when nothing was heard for `keepAliveNs`; '': a WebSocket ping does. */
  readonly keepAlive: string;
  readonly keepAliveNs: number;
  /** The Venue ends a connection of this age: it is renewed before; Infinity: it does not. */
  readonly lifetimeNs: number;
}

/** One call of the Venue's HTTP interface; the host knows its address. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Carries credentials: only its method, path before '?', and answer are recorded, the answer redacted. */
  readonly isPrivate: boolean;
  /** Its answer hands out a secret of this name: nothing of the body is recorded, whatever it holds. */
  readonly handsOut?: string;
}

/** `status` 0: no answer came (`body` says why); whether the Venue acted on the request is unknown. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A session that lives on raw Venue frames: from sockets or from a capture. */
export interface FrameSession extends VenueSession<FrameOutput> {
  /** What to dial, after `start`. Fixed for as long as the Welcome's instruments stay the same. */
  connections(): readonly ConnectionPlan[];
  /** `connection`: index into `connections`; `copy`: which of its sockets. The socket opened: subscribe. */
  onOpen(connection: number, copy: number, now: number): void;
  /**
   * The bytes are valid until the call returns. `captureTime`: ns since the Unix epoch at which the frame was received.
   */
  onFrame(connection: number, copy: number, frame: Uint8Array, captureTime: bigint, now: number): void;
  onClose(connection: number, copy: number, reason: string, now: number): void;
  /** `id`: what FrameOutput.request returned. */
  onHttp(id: number, answer: HttpAnswer, captureTime: bigint, now: number): void;
}
