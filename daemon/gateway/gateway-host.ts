// Drives one Venue session between the link and, for Venues that live on frames, whatever stands for the Venue: sockets
// (VenueSide) or a capture. Owns the order of calls that venue-session.ts promises. Knows no Venue and no file.

import type { IntentDispatchedFields } from '../event/event-fields.ts';
import { MessageType, RefusalCode, type LinkMessage, type Refusal, type Welcome } from '../event/link-message.ts';
import { peekKind } from '../event/peek.ts';
import type {
  DispatchedCommand, FrameOutput, HttpRequest, VenueOutput, VenueSession, VenueWelcome,
} from '../event/venue-session.ts';
import { LinkClient, type LinkClientOptions, type LinkListener } from './link-client.ts';
import { isMarketData } from './outbox.ts';
import type { Redactor } from './redaction.ts';
import { SessionLoop, type SessionTime } from './session-loop.ts';

export interface GatewayHostOptions extends LinkClientOptions, SessionTime {
  /** Takes secrets out of the Venue's words before the daemon hears, and records, them; absent: there are none. */
  readonly redactor?: Redactor;
  /** No daemon for so long since the start: the session acts without one. Absent: it waits. */
  readonly aloneAfterMs?: number;
}

/** The way to the Venue: what FrameOutput has besides VenueOutput, and when it may begin. */
export interface VenueSide extends Omit<FrameOutput, keyof VenueOutput> {
  /** Before the session is started: it hears of no frame that belongs to other instruments. */
  beforeStart(welcome: VenueWelcome): void;
  /** The session is started: dial what it wants. */
  started(): void;
}

/** A host without sockets drops it all. */
const NO_VENUE: VenueSide = {
  transmit: () => false, request: () => 0, redial: () => undefined, redact: () => undefined,
  beforeStart: () => undefined, started: () => undefined,
};

export class GatewayHost implements LinkListener, FrameOutput {
  readonly link: LinkClient;
  readonly loop: SessionLoop;
  private readonly session: VenueSession<FrameOutput>;
  private readonly options: GatewayHostOptions;
  private readonly redactor: Redactor | null;
  private venue: VenueSide = NO_VENUE;
  private started = false;
  /** A daemon has taken this gateway in its life. */
  private wasWelcome = false;
  private cancelAlone: () => void = () => undefined;
  private waitingForStart: (() => void)[] = [];

  constructor(options: GatewayHostOptions, session: VenueSession<FrameOutput>) {
    this.session = session;
    this.options = options;
    this.redactor = options.redactor ?? null;
    this.loop = new SessionLoop(options, session);
    this.link = new LinkClient(options, this);
  }

  /** Rejects with a GatewayFailure when dialling again cannot help; never resolves. */
  get failure(): Promise<never> {
    return this.loop.failure;
  }

  start(): void {
    this.link.start();
    this.loop.advance();
    this.waitForDaemon();
  }

  private waitForDaemon(): void {
    const { aloneAfterMs, clock } = this.options;
    if (aloneAfterMs !== undefined) this.cancelAlone = clock.after(aloneAfterMs, () => this.goAlone());
  }

  private goAlone(): void {
    this.loop.enter(() => this.session.startAlone?.(this, this.loop.now()));
    this.venue.started();
    this.loop.advance();
  }

  async stop(reason: string): Promise<void> {
    this.cancelAlone();
    await this.link.stop(reason);
    this.loop.stop();
  }

  /** Resolves while the session is started: frames fed before that would be lost. */
  whenStarted(): Promise<void> {
    if (this.started) return Promise.resolve();
    return new Promise((resolve) => this.waitingForStart.push(resolve));
  }

  /** Gives the session a way to the Venue. */
  connectVenue(venue: VenueSide): void {
    this.venue = venue;
  }

  enter(call: () => void): void {
    this.loop.enter(call);
  }

  // ── from the link ─────────────────────────────────────────────────────────────────────────────
  onWelcome(welcome: Welcome): void {
    this.cancelAlone();
    this.started = true;
    this.wasWelcome = true;
    this.venue.beforeStart(welcome);
    this.loop.enter(() => this.session.start(welcome, this, this.loop.now()));
    this.venue.started();
    const waiting = this.waitingForStart;
    this.waitingForStart = [];
    for (const resolve of waiting) resolve();
    this.loop.advance();
  }

  onDown(): void {
    this.started = false;
    this.loop.tell(() => this.session.stop(this.loop.now()));
  }

  onDispatch(fields: IntentDispatchedFields): void {
    this.loop.tell(() => this.session.onDispatch(toCommand(fields), this.loop.now()));
  }

  onMessage(message: LinkMessage): void {
    this.loop.tell(() => this.pass(message, this.loop.now()));
  }

  onDrained(instrument: number): void {
    this.loop.tell(() => this.session.onSnapshotRequest(instrument, this.loop.now()));
  }

  onSecond(isSecond: boolean): void {
    this.cancelAlone();
    this.loop.tell(() => this.session.onSecond?.(isSecond, this.loop.now()));
    if (!isSecond && !this.wasWelcome) this.waitForDaemon();
  }

  onRefused(refusal: Refusal): void {
    this.loop.fail(`the daemon refused this gateway: ${RefusalCode[refusal.code]}: ${refusal.message}`);
  }

  private pass(message: LinkMessage, now: number): void {
    switch (message.type) {
      case MessageType.StatusQuery: this.session.onStatusQuery(message.orderId, message.venueOrderId, now); break;
      case MessageType.MassCancel: this.session.onMassCancel(message.reason, now); break;
      case MessageType.SnapshotRequest: this.session.onSnapshotRequest(message.instrument, now); break;
      case MessageType.ReconcileRequest: this.session.onReconcileRequest(message.id, message.orderIds, message.since, now); break;
      default: break;
    }
  }

  // ── from the session ──────────────────────────────────────────────────────────────────────────
  emit(event: Uint8Array): void {
    const { redactor } = this;
    this.link.sendEvent(redactor === null || isMarketData(peekKind(event)) ? event : redactor.mask(event));
  }

  reconcileEnd(id: number, complete: boolean, message: string): void {
    this.link.sendMessage({ type: MessageType.ReconcileEnd, id, complete, message: this.redactor?.text(message) ?? message });
  }

  disconnect(milliseconds: number, reason: string): void {
    this.link.drop(milliseconds, `the Venue is gone: ${reason}`);
  }

  transmit(connection: number, copy: number, frame: string, recorded?: string): boolean {
    return this.venue.transmit(connection, copy, frame, recorded);
  }

  request(request: HttpRequest): number {
    return this.venue.request(request);
  }

  redial(connection: number, copy: number, milliseconds: number, reason: string): void {
    this.venue.redial(connection, copy, milliseconds, reason);
  }

  redact(name: string, secret: string): void {
    this.venue.redact(name, secret);
  }
}

/** The daemon encoded these from the Core, where every one of them is a safe integer. */
function toCommand(fields: IntentDispatchedFields): DispatchedCommand {
  return {
    orderId: Number(fields.orderId), strategy: fields.strategy, instrument: fields.instrument, action: fields.action,
    side: fields.side, type: fields.type, timeInForce: fields.timeInForce, price: Number(fields.price),
    quantity: Number(fields.quantity),
  };
}
