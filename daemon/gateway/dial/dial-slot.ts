// One place that a ConnectionPlan wants a socket in, over all the sockets it has had: dials, waits, dials again, renews.
// Owns the backoff, the renewal and what the recording hears of it. Decides nothing about frames.
//
//   waiting ── its moment, and a place from the pacer ──→ dialling ── open ──→ live ──→ waiting …
//                                                                     live + dialling: being renewed
//
// Renewal before the Venue's own end: the successor is opened first, then takes over; the session hears a close and an
// open in one breath. Of several copies one is renewed at a time, and only while another is live: no gap at all then.

import { jitteredBackoff } from '../../base/backoff.ts';
import type { ConnectionPlan } from '../../event/venue-session.ts';
import type { GatewayClock } from '../clock.ts';
import type { GatewayLog } from '../gateway-log.ts';
import { Direction, type Recorder } from '../recorder.ts';
import { TIMER_MS_MAX, type DialLimits } from './dial-limits.ts';
import type { DialPacer } from './dial-pacer.ts';
import type { Trust } from './trust.ts';
import { VenueSocket, type SocketEnd, type VenueSocketListener } from './venue-socket.ts';

/** Counts since the gateway started, of all sockets of one connection. */
export interface ConnectionStatistics {
  dials: number;
  /** Dials that never opened. */
  dialFailures: number;
  opened: number;
  closed: number;
  renewals: number;
  framesIn: number;
  framesOut: number;
  bytesIn: number;
  bytesOut: number;
  /** Frames not sent: the socket was not open, or too much waited. */
  notSent: number;
}

export interface SlotListener {
  onOpen(slot: DialSlot): void;
  onFrame(slot: DialSlot, bytes: Uint8Array, captureTime: bigint): void;
  /** Once for every onOpen. */
  onClose(slot: DialSlot, reason: string): void;
  /** Whether now is a good moment for a renewal; asked again until it is. */
  mayRenew(slot: DialSlot): boolean;
}

interface SlotOptions {
  readonly connection: number;
  readonly copy: number;
  readonly plan: ConnectionPlan;
  readonly trust: Trust;
  readonly limits: DialLimits;
  readonly clock: GatewayClock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly pacer: DialPacer;
  readonly recorder: Recorder;
  readonly log: GatewayLog;
  readonly statistics: ConnectionStatistics;
}

/** Renewed when this part of the lifetime has passed, spread so that copies do not fall due together. */
const RENEWAL_FIRST = 0.85;
const RENEWAL_SPREAD = 0.1;
/** From here on it is renewed at any moment: the Venue is about to end it anyway. */
const RENEWAL_LAST = 0.98;
const RENEWAL_ASK_MS = 1_000;
/** An answer with one of these asks us to stay away. */
const STAY_AWAY = [403, 418, 429];
const DELAY_MS_MAX = 2 ** 31 - 1;
const NO_END: SocketEnd = { reason: '', status: 0, retryAfterMs: 0 };

export class DialSlot {
  readonly options: SlotOptions;
  private readonly listener: SlotListener;
  private live: Attempt | null = null;
  private attempt: Attempt | null = null;
  private failures = 0;
  private notBeforeMs = 0;
  private stopped = false;
  /** A dial waits for its moment. */
  private isDue = false;
  private cancelDial: () => void = () => undefined;
  private cancelRenewal: () => void = () => undefined;

  constructor(options: SlotOptions, listener: SlotListener) {
    this.options = options;
    this.listener = listener;
  }

  get isLive(): boolean {
    return this.live !== null;
  }

  get isRenewing(): boolean {
    return this.live !== null && this.attempt !== null;
  }

  get waitingBytes(): number {
    return this.live?.socket.waitingBytes ?? 0;
  }

  start(): void {
    this.schedule(0);
  }

  /** Resolves when no descriptor is left. */
  async stop(reason: string): Promise<void> {
    this.stopped = true;
    this.cancelDial();
    const gone = [this.live, this.attempt].flatMap((attempt) => (attempt === null ? [] : [attempt.socket.gone]));
    this.attempt?.socket.close(reason);
    this.live?.socket.close(reason);
    await Promise.all(gone);
  }

  transmit(frame: string, recorded: string): boolean {
    const { live } = this;
    const { statistics } = this.options;
    if (live === null || !live.socket.transmit(frame)) {
      statistics.notSent += 1;
      return false;
    }
    this.sent(live, recorded, this.options.clock.unixNs());
    return true;
  }

  redial(milliseconds: number, reason: string): void {
    if (this.stopped) return;
    const isWaiting = this.live === null && this.attempt === null;
    this.notBeforeMs = this.nowMs() + Math.min(DELAY_MS_MAX, milliseconds);
    this.attempt?.socket.close(reason);
    this.live?.socket.close(reason);
    if (isWaiting) this.schedule(0);
  }

  // ── from the sockets ──────────────────────────────────────────────────────────────────────────
  opened(attempt: Attempt): void {
    const { statistics, recorder, plan, copy, clock, log } = this.options;
    const before = this.live;
    this.attempt = null;
    this.live = attempt;
    statistics.opened += 1;
    attempt.recording = recorder.opened(plan, copy, clock.unixNs());
    if (before !== null) {
      statistics.renewals += 1;
      before.socket.close('renewed before the Venue ends it');
    }
    log.info('Venue socket open', { connection: plan.name, copy });
    this.cancelRenewal();
    this.watchAge(attempt);
    this.listener.onOpen(this);
  }

  received(attempt: Attempt, bytes: Uint8Array, captureTime: bigint): void {
    const { statistics, recorder } = this.options;
    statistics.framesIn += 1;
    statistics.bytesIn += bytes.length;
    recorder.frame(attempt.recording, Direction.In, bytes, captureTime);
    if (attempt === this.live) this.listener.onFrame(this, bytes, captureTime);
  }

  sent(attempt: Attempt, recorded: string, captureTime: bigint): void {
    const { statistics, recorder } = this.options;
    const bytes = Buffer.from(recorded);
    statistics.framesOut += 1;
    statistics.bytesOut += bytes.length;
    recorder.frame(attempt.recording, Direction.Out, bytes, captureTime);
  }

  ended(attempt: Attempt, end: SocketEnd): void {
    if (attempt.recording >= 0) this.closed(attempt, end.reason);
    else this.options.statistics.dialFailures += 1;
    if (this.attempt === attempt) this.attempt = null;
    this.failures = attempt.socket.wasUseful(this.options.limits.provenMs) ? 0 : this.failures + 1;
    const delayMs = this.delay(end);
    if (this.stopped) return;
    const { log, plan, copy } = this.options;
    const facts = { connection: plan.name, copy, reason: end.reason };
    if (this.live !== null || this.attempt !== null) {
      log.info('Venue socket ended, another is in its place', facts);
    } else {
      log.warn('Venue socket lost', { ...facts, redialMs: Math.round(delayMs) });
      this.schedule(delayMs);
    }
  }

  private closed(attempt: Attempt, reason: string): void {
    const { statistics, recorder, clock } = this.options;
    statistics.closed += 1;
    recorder.closed(attempt.recording, reason, clock.unixNs());
    if (this.live === attempt) {
      this.live = null;
      this.cancelRenewal();
    }
    this.listener.onClose(this, reason);
  }

  private delay(end: SocketEnd): number {
    const { limits, random } = this.options;
    const asked = STAY_AWAY.includes(end.status) ? Math.max(end.retryAfterMs, limits.refusedMs) : end.retryAfterMs;
    // The first dial after a useful socket waits the shortest time, not none: a Venue that restarts is not stormed.
    return Math.max(asked, jitteredBackoff(limits.backoffMs, this.failures, random()));
  }

  // ── dialling ──────────────────────────────────────────────────────────────────────────────────
  private schedule(delayMs: number): void {
    const now = this.nowMs();
    const waitMs = Math.min(DELAY_MS_MAX, Math.max(delayMs, this.notBeforeMs - now));
    this.cancelDial();
    this.isDue = true;
    this.cancelDial = this.options.clock.after(Math.ceil(Math.max(0, waitMs)), () => this.takePlace());
  }

  private takePlace(): void {
    const now = this.nowMs();
    const waitMs = this.options.pacer.take(now) - now;
    this.isDue = true;
    if (waitMs <= 0) this.dial();
    else this.cancelDial = this.options.clock.after(Math.ceil(Math.min(DELAY_MS_MAX, waitMs)), () => this.dial());
  }

  private dial(): void {
    this.isDue = false;
    if (this.stopped || this.attempt !== null) return;
    this.options.statistics.dials += 1;
    this.attempt = new Attempt(this);
  }

  // ── renewal ───────────────────────────────────────────────────────────────────────────────────
  private watchAge(attempt: Attempt): void {
    const { plan, random } = this.options;
    if (plan.lifetimeNs === Infinity) return;
    const lifetimeMs = plan.lifetimeNs / 1e6;
    const now = this.nowMs();
    const first = now + lifetimeMs * (RENEWAL_FIRST + RENEWAL_SPREAD * random());
    this.renewAt(attempt, first, now + lifetimeMs * RENEWAL_LAST);
  }

  private renewAt(attempt: Attempt, momentMs: number, lastMs: number): void {
    const now = this.nowMs();
    if (now < momentMs) {
      const waitMs = Math.min(TIMER_MS_MAX, Math.ceil(momentMs - now));
      this.cancelRenewal = this.options.clock.after(waitMs, () => this.renewAt(attempt, momentMs, lastMs));
      return;
    }
    const isTime = now >= lastMs || this.listener.mayRenew(this);
    if (this.live !== attempt || this.stopped) return;
    if (isTime && this.attempt === null && !this.isDue) this.takePlace();
    // A successor that fails is tried again; once it opened, `cancelRenewal` ends this.
    const againMs = isTime ? Math.max(RENEWAL_ASK_MS, this.delay(NO_END)) : RENEWAL_ASK_MS;
    this.cancelRenewal = this.options.clock.after(againMs, () => this.renewAt(attempt, momentMs, lastMs));
  }

  private nowMs(): number {
    return this.options.clock.monotonicNs() / 1e6;
  }
}

/** One socket of the slot, with its number in the recording. */
class Attempt implements VenueSocketListener {
  readonly socket: VenueSocket;
  /** -1 until it opened. */
  recording = -1;
  private readonly slot: DialSlot;

  constructor(slot: DialSlot) {
    this.slot = slot;
    const { plan, trust, limits, clock } = slot.options;
    this.socket = new VenueSocket({ plan, trust, limits, clock }, this);
  }

  onOpen(): void { this.slot.opened(this); }
  onFrame(bytes: Uint8Array, captureTime: bigint): void { this.slot.received(this, bytes, captureTime); }
  onKeepAlive(frame: string, captureTime: bigint): void { this.slot.sent(this, frame, captureTime); }
  onEnd(end: SocketEnd): void { this.slot.ended(this, end); }
}
