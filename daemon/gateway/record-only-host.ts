// Drives a Venue session when there is no daemon: the session lives as it would behind a link, subscribes, resyncs,
// verifies, and what it says goes nowhere. What counts is what its sockets receive: the recording.

import type { FrameOutput, FrameSession, HttpRequest, VenueWelcome } from '../event/venue-session.ts';
import type { VenueSide } from './gateway-host.ts';
import { SessionLoop, type SessionTime } from './session-loop.ts';

export class RecordOnlyHost implements FrameOutput {
  readonly loop: SessionLoop;
  private readonly session: FrameSession;
  private venue: VenueSide | null = null;

  constructor(time: SessionTime, session: FrameSession) {
    this.session = session;
    this.loop = new SessionLoop(time, session);
  }

  get failure(): Promise<never> {
    return this.loop.failure;
  }

  connectVenue(venue: VenueSide): void {
    this.venue = venue;
  }

  /** The Welcome that no daemon sends. */
  start(welcome: VenueWelcome): void {
    this.venue?.beforeStart(welcome);
    this.loop.enter(() => this.session.start(welcome, this, this.loop.now()));
    this.venue?.started();
    this.loop.advance();
  }

  stop(): void {
    this.loop.enter(() => this.session.stop(this.loop.now()));
    this.loop.stop();
  }

  // ── from the session ──────────────────────────────────────────────────────────────────────────
  emit(_event: Uint8Array): void {}
  reconcileEnd(_id: number, _complete: boolean, _message: string): void {}
  disconnect(_milliseconds: number, _reason: string): void {}

  transmit(connection: number, copy: number, frame: string, recorded?: string): boolean {
    return this.venue?.transmit(connection, copy, frame, recorded) ?? false;
  }

  request(request: HttpRequest): number {
    return this.venue?.request(request) ?? 0;
  }

  redial(connection: number, copy: number, milliseconds: number, reason: string): void {
    this.venue?.redial(connection, copy, milliseconds, reason);
  }

  redact(name: string, secret: string): void {
    this.venue?.redact(name, secret);
  }
}
