// Joins a FrameSession to its Venue: sockets and HTTP calls on one side, the session's loop on the other. Owns the ids
// of calls and the moment of dialling: after the first Welcome, or when no daemon came, and anew when the instruments change.
// It goes on while the daemon is away.

import type { FrameSession, HttpRequest, VenueWelcome } from '../../event/venue-session.ts';
import type { VenueSide } from '../gateway-host.ts';
import type { Recorder } from '../recorder.ts';
import type { Redactor } from '../redaction.ts';
import type { SessionLoop } from '../session-loop.ts';
import { Dialler, type DiallerListener, type DiallerOptions } from './dialler.ts';
import { HttpClient, type HttpClientOptions } from './http-client.ts';

interface DialledVenueOptions {
  readonly dial: DiallerOptions;
  readonly http: HttpClientOptions;
  readonly recorder: Recorder;
  readonly redactor: Redactor;
}

/** How long an orderly end waits for calls outstanding. */
const STOP_MS = 2_000;

export class DialledVenue implements VenueSide, DiallerListener {
  readonly dialler: Dialler;
  readonly http: HttpClient;
  private readonly options: DialledVenueOptions;
  private readonly session: FrameSession;
  private readonly loop: SessionLoop;
  private instruments = '';
  private calls = 0;

  constructor(options: DialledVenueOptions, session: FrameSession, loop: SessionLoop) {
    this.options = options;
    this.session = session;
    this.loop = loop;
    this.dialler = new Dialler(options.dial, this);
    this.http = new HttpClient(options.http);
  }

  /** Lets what was said last leave, then closes every socket. */
  async stop(reason: string): Promise<void> {
    await this.http.stop(STOP_MS);
    await this.dialler.stop(reason);
  }

  // ── from the host ─────────────────────────────────────────────────────────────────────────────
  beforeStart(welcome: VenueWelcome): void {
    const instruments = JSON.stringify(welcome.instruments);
    if (instruments !== this.instruments) this.dialler.hangUp('the instruments changed');
    this.instruments = instruments;
  }

  started(): void {
    this.loop.enter(() => this.dialler.dial(this.session.connections()));
  }

  // ── from the session ──────────────────────────────────────────────────────────────────────────
  transmit(connection: number, copy: number, frame: string, recorded: string = frame): boolean {
    return this.dialler.transmit(connection, copy, frame, recorded);
  }

  request(request: HttpRequest): number {
    const id = this.calls;
    this.calls += 1;
    this.http.request(request, (answer, captureTime) => {
      this.loop.tell(() => this.session.onHttp(id, answer, captureTime, this.loop.now()));
    });
    return id;
  }

  redial(connection: number, copy: number, milliseconds: number, reason: string): void {
    this.dialler.redial(connection, copy, milliseconds, reason);
  }

  redact(name: string, secret: string): void {
    this.options.redactor.register(name, secret);
    this.options.recorder.redact(name, secret);
  }

  // ── from the sockets ──────────────────────────────────────────────────────────────────────────
  onOpen(connection: number, copy: number): void {
    this.loop.tell(() => this.session.onOpen(connection, copy, this.loop.now()));
  }

  onFrame(connection: number, copy: number, bytes: Uint8Array, captureTime: bigint): void {
    this.loop.tell(() => this.session.onFrame(connection, copy, bytes, captureTime, this.loop.now()));
  }

  onClose(connection: number, copy: number, reason: string): void {
    this.loop.tell(() => this.session.onClose(connection, copy, reason, this.loop.now()));
  }
}
