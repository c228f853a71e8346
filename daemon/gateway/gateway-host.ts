// Drives one Venue session between a link and, for Venues that live on frames, a source of frames. Owns the order of
// calls that venue-session.ts promises, and the one timer of the session. Knows no Venue and no file.

import type { IntentDispatchedFields } from '../event/event-fields.ts';
import { MessageType, type LinkMessage, type Refusal, type Welcome } from '../event/link-message.ts';
import type { DispatchedCommand, FrameSession, VenueOutput, VenueSession } from '../event/venue-session.ts';
import { LinkClient, type LinkClientOptions, type LinkListener } from './link-client.ts';

export type GatewayHostOptions = LinkClientOptions;

/** The longest a timer waits: setTimeout takes 31 bits, and a session may say Infinity. */
const TIMER_MS_MAX = 60_000;

export class GatewayHost implements LinkListener, VenueOutput {
  readonly link: LinkClient;
  /** Resolves when the daemon refuses this gateway for good. */
  readonly refusal: Promise<Refusal>;
  private readonly options: GatewayHostOptions;
  private readonly session: VenueSession;
  private refuse: (refusal: Refusal) => void = () => undefined;
  private started = false;
  private waitingForStart: (() => void)[] = [];
  private cancelTimer: () => void = () => undefined;
  /** Where frames for the Venue's own socket go; without one they are dropped. */
  private transmitter: ((frame: string | Uint8Array) => void) | null = null;

  constructor(options: GatewayHostOptions, session: VenueSession) {
    this.options = options;
    this.session = session;
    this.refusal = new Promise((resolve) => { this.refuse = resolve; });
    this.link = new LinkClient(options, this);
  }

  start(): void {
    this.link.start();
    this.advance();
  }

  async stop(reason: string): Promise<void> {
    await this.link.stop(reason);
    this.cancelTimer();
  }

  /** Resolves while the session is started: frames fed before that would be lost. */
  whenStarted(): Promise<void> {
    if (this.started) return Promise.resolve();
    return new Promise((resolve) => this.waitingForStart.push(resolve));
  }

  connectVenue(transmit: (frame: string | Uint8Array) => void): void {
    this.transmitter = transmit;
  }

  /** Feeds one raw frame to a session that takes them. */
  feed(session: FrameSession, frame: string, captureTime: bigint): void {
    session.onFrame(frame, captureTime, this.now());
  }

  now(): number {
    return this.options.clock.monotonicNs();
  }

  /** Does what the session has due and sleeps until it has more. */
  advance(): void {
    this.cancelTimer();
    const due = this.session.advance(this.now());
    const waitMs = Math.min(TIMER_MS_MAX, Math.max(0, (due - this.now()) / 1e6));
    this.cancelTimer = this.options.clock.after(Math.ceil(waitMs), () => this.advance());
  }

  // ── from the link ─────────────────────────────────────────────────────────────────────────────
  onWelcome(welcome: Welcome): void {
    this.started = true;
    this.session.start(welcome, this, this.now());
    const waiting = this.waitingForStart;
    this.waitingForStart = [];
    for (const resolve of waiting) resolve();
    this.advance();
  }

  onDown(): void {
    this.started = false;
    this.session.stop(this.now());
    this.advance();
  }

  onDispatch(fields: IntentDispatchedFields): void {
    this.session.onDispatch(toCommand(fields), this.now());
    this.advance();
  }

  onMessage(message: LinkMessage): void {
    const now = this.now();
    switch (message.type) {
      case MessageType.StatusQuery: this.session.onStatusQuery(message.orderId, message.venueOrderId, now); break;
      case MessageType.MassCancel: this.session.onMassCancel(message.reason, now); break;
      case MessageType.SnapshotRequest: this.session.onSnapshotRequest(message.instrument, now); break;
      case MessageType.ReconcileRequest: this.session.onReconcileRequest(message.id, message.orderIds, now); break;
      default: return;
    }
    this.advance();
  }

  onDrained(instrument: number): void {
    this.session.onSnapshotRequest(instrument, this.now());
    this.advance();
  }

  onRefused(refusal: Refusal): void {
    this.refuse(refusal);
  }

  // ── from the session ──────────────────────────────────────────────────────────────────────────
  emit(event: Uint8Array): void {
    this.link.sendEvent(event);
  }

  reconcileEnd(id: number, complete: boolean, message: string): void {
    this.link.sendMessage({ type: MessageType.ReconcileEnd, id, complete, message });
  }

  disconnect(milliseconds: number, reason: string): void {
    this.link.drop(milliseconds, `the Venue is gone: ${reason}`);
  }

  transmit(frame: string | Uint8Array): void {
    this.transmitter?.(frame);
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
