// Drives one Venue session between a link and, for Venues that live on frames, a source of frames. Owns the order of
// calls that venue-session.ts promises, and the one timer of the session. Knows no Venue and no file.

import type { IntentDispatchedFields } from '../event/event-fields.ts';
import { MessageType, RefusalCode, type LinkMessage, type Refusal, type Welcome } from '../event/link-message.ts';
import type { DispatchedCommand, VenueOutput, VenueSession } from '../event/venue-session.ts';
import { LinkClient, type LinkClientOptions, type LinkListener } from './link-client.ts';

export interface GatewayHostOptions extends LinkClientOptions {
  /**
   * The session's time when it is not the clock's: fed from a capture, a session lives in the capture's time, so that
   * every speed gives the same Events. Whoever supplies it also calls `advance`.
   */
  readonly timeline?: { now(): number };
}

/** Why the gateway cannot go on, in words for an operator. */
export class GatewayFailure extends Error {
  override readonly name = 'GatewayFailure';
}

/** The longest a timer waits: setTimeout takes 31 bits, and a session may say Infinity. */
const TIMER_MS_MAX = 60_000;

export class GatewayHost implements LinkListener, VenueOutput {
  readonly link: LinkClient;
  /** Rejects with a GatewayFailure when dialling again cannot help; never resolves. */
  readonly failure: Promise<never>;
  private readonly options: GatewayHostOptions;
  private readonly session: VenueSession;
  private fail: (failure: GatewayFailure) => void = () => undefined;
  private started = false;
  /** The session is on the stack: a link lost now is told to it when it has returned. */
  private inSession = false;
  private stopDue = false;
  private waitingForStart: (() => void)[] = [];
  private cancelTimer: () => void = () => undefined;
  /** Where frames for the Venue's own socket go; without one they are dropped. */
  private transmitter: ((frame: string | Uint8Array) => void) | null = null;

  constructor(options: GatewayHostOptions, session: VenueSession) {
    this.options = options;
    this.session = session;
    this.failure = new Promise((_, reject) => { this.fail = reject; });
    this.failure.catch(() => undefined);
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

  /** Gives the session's own frames a way to the Venue. */
  connectVenue(transmit: (frame: string | Uint8Array) => void): void {
    this.transmitter = transmit;
  }

  now(): number {
    return this.options.timeline?.now() ?? this.options.clock.monotonicNs();
  }

  /** Does what the session has due, and sleeps until it has more. */
  advance(): void {
    let due = Infinity;
    this.enter(() => { due = this.session.advance(this.now()); });
    this.cancelTimer();
    if (this.options.timeline !== undefined) return;
    const waitMs = Math.min(TIMER_MS_MAX, Math.max(0, (due - this.now()) / 1e6));
    this.cancelTimer = this.options.clock.after(Math.ceil(waitMs), () => this.advance());
  }

  /** Runs `call` against the session; a session that fails ends the gateway, not in the middle of something else. */
  enter(call: () => void): void {
    const nested = this.inSession;
    this.inSession = true;
    try {
      call();
    } catch (error) {
      this.fail(new GatewayFailure(error instanceof Error ? error.message : String(error), { cause: error }));
    } finally {
      this.inSession = nested;
    }
    if (nested || !this.stopDue) return;
    this.stopDue = false;
    this.enter(() => this.session.stop(this.now()));
  }

  // ── from the link ─────────────────────────────────────────────────────────────────────────────
  onWelcome(welcome: Welcome): void {
    this.started = true;
    this.enter(() => this.session.start(welcome, this, this.now()));
    const waiting = this.waitingForStart;
    this.waitingForStart = [];
    for (const resolve of waiting) resolve();
    this.advance();
  }

  onDown(): void {
    this.started = false;
    this.stopDue = true;
    if (!this.inSession) this.advance();
  }

  onDispatch(fields: IntentDispatchedFields): void {
    this.enter(() => this.session.onDispatch(toCommand(fields), this.now()));
    this.advance();
  }

  onMessage(message: LinkMessage): void {
    this.enter(() => this.tell(message, this.now()));
    this.advance();
  }

  onDrained(instrument: number): void {
    this.enter(() => this.session.onSnapshotRequest(instrument, this.now()));
    this.advance();
  }

  onRefused(refusal: Refusal): void {
    this.fail(new GatewayFailure(
      `the daemon refused this gateway: ${RefusalCode[refusal.code]}: ${refusal.message}`));
  }

  private tell(message: LinkMessage, now: number): void {
    switch (message.type) {
      case MessageType.StatusQuery: this.session.onStatusQuery(message.orderId, message.venueOrderId, now); break;
      case MessageType.MassCancel: this.session.onMassCancel(message.reason, now); break;
      case MessageType.SnapshotRequest: this.session.onSnapshotRequest(message.instrument, now); break;
      case MessageType.ReconcileRequest: this.session.onReconcileRequest(message.id, message.orderIds, now); break;
      default: break;
    }
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
