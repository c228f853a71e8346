// One WebSocket to a Venue, from dial to its end: bytes in, bytes out, signs of life. Owns the socket and its one timer;
// decides nothing about another attempt. Whatever the Venue sends, nothing is thrown out of here, and `onEnd` comes
// exactly once.
//
//   dialling ── open ──→ open ── close(), silence, error, closed by the Venue ──→ ended

import type { ClientRequest, IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { ConnectionPlan } from '../../event/venue-session.ts';
import type { GatewayClock } from '../clock.ts';
import { TIMER_MS_MAX, type SocketLimits } from './dial-limits.ts';
import type { Trust } from './trust.ts';

export interface VenueSocketListener {
  onOpen(): void;
  /** The bytes are the receiver's until it returns. */
  onFrame(bytes: Uint8Array, captureTime: bigint): void;
  /** A keep-alive frame left. */
  onKeepAlive(frame: string, captureTime: bigint): void;
  onEnd(end: SocketEnd): void;
}

export interface SocketEnd {
  readonly reason: string;
  /** The HTTP status that refused the upgrade; 0: it was not refused so. */
  readonly status: number;
  /** What the refusal said in Retry-After; 0: nothing. */
  readonly retryAfterMs: number;
}

interface VenueSocketOptions {
  readonly plan: ConnectionPlan;
  readonly trust: Trust;
  readonly limits: SocketLimits;
  readonly clock: GatewayClock;
}

/** Close texts and error messages come from the Venue: they are cut before they are told. */
const REASON_LENGTH_MAX = 200;
const RETRY_AFTER_SECONDS_MAX = 86_400;

export class VenueSocket {
  /** Resolves when the descriptor is gone. */
  readonly gone: Promise<void>;
  private readonly options: VenueSocketOptions;
  private readonly listener: VenueSocketListener;
  private readonly socket: WebSocket;
  private ended = false;
  private openedNs = -1;
  private lastHeardNs = 0;
  private lastAskedNs = 0;
  private heard = 0;
  private explanation = '';
  private cancelTimer: () => void = () => undefined;

  constructor(options: VenueSocketOptions, listener: VenueSocketListener) {
    this.options = options;
    this.listener = listener;
    const { plan, trust, limits } = options;
    this.socket = new WebSocket(plan.url, {
      handshakeTimeout: limits.handshakeMs, maxPayload: limits.frameSizeMax, perMessageDeflate: false,
      followRedirects: false,
      // Text is handed on as the bytes it came in: a decoder counts what is wrong with them, the socket lives on.
      skipUTF8Validation: true,
      ...trust,
    });
    this.gone = new Promise((resolve) => this.socket.once('close', () => resolve()));
    this.listen(this.socket);
  }

  get isOpen(): boolean {
    return !this.ended && this.socket.readyState === WebSocket.OPEN;
  }

  /** Open for at least `provenMs`, and something was heard. */
  wasUseful(provenMs: number): boolean {
    return this.openedNs >= 0 && this.heard > 0
      && this.options.clock.monotonicNs() - this.openedNs >= provenMs * 1e6;
  }

  /** Bytes that wait to be written. */
  get waitingBytes(): number {
    return this.isOpen ? this.socket.bufferedAmount : 0;
  }

  /** False: not open, or too much waits; nothing was sent. */
  transmit(frame: string): boolean {
    if (!this.isOpen || this.socket.bufferedAmount + frame.length > this.options.limits.bufferedMax) return false;
    this.socket.send(frame);
    return true;
  }

  /** Ends it in the protocol's way, and without the Venue's consent when none comes. `onEnd` follows at once. */
  close(reason: string): void {
    if (this.ended) return;
    const { socket } = this;
    const { clock, limits } = this.options;
    if (socket.readyState === WebSocket.OPEN) {
      socket.close(1000);
      const cancel = clock.after(limits.closeMs, () => socket.terminate());
      socket.once('close', cancel);
    } else {
      socket.terminate();
    }
    this.end(reason);
  }

  private listen(socket: WebSocket): void {
    socket.on('open', () => this.opened());
    socket.on('message', (data) => {
      if (this.ended) return;
      this.touch();
      this.listener.onFrame(data as Buffer, this.options.clock.unixNs());
    });
    socket.on('ping', () => this.touch());
    socket.on('pong', () => this.touch());
    socket.on('unexpected-response', (request, response) => this.refused(request, response));
    // 'close' follows every 'error'; the error only explains it.
    socket.on('error', (error) => { this.explanation ||= error.message; });
    socket.on('close', (code, text) => {
      const said = `closed by the Venue: ${code} ${text.toString()}`.trim();
      this.end(this.explanation === '' ? said : this.explanation);
    });
  }

  private opened(): void {
    if (this.ended) return;
    const now = this.options.clock.monotonicNs();
    this.openedNs = now;
    this.lastHeardNs = now;
    this.lastAskedNs = now;
    this.listener.onOpen();
    this.watch();
  }

  private touch(): void {
    this.lastHeardNs = this.options.clock.monotonicNs();
    this.heard += 1;
  }

  /** One timer for both: asks when little was heard, and ends what has been silent too long. */
  private watch(): void {
    if (this.ended) return;
    const { plan, clock } = this.options;
    const now = clock.monotonicNs();
    if (now - this.lastHeardNs >= plan.silenceNs) {
      this.terminate(`nothing heard for ${Math.round((now - this.lastHeardNs) / 1e6)} ms`);
      return;
    }
    if (now - Math.max(this.lastHeardNs, this.lastAskedNs) >= plan.keepAliveNs) this.ask(now);
    const due = Math.min(
      this.lastHeardNs + plan.silenceNs, Math.max(this.lastHeardNs, this.lastAskedNs) + plan.keepAliveNs);
    const waitMs = Math.min(TIMER_MS_MAX, Math.max(1, Math.ceil((due - now) / 1e6)));
    this.cancelTimer = clock.after(waitMs, () => this.watch());
  }

  private ask(now: number): void {
    this.lastAskedNs = now;
    const { keepAlive } = this.options.plan;
    if (keepAlive === '') {
      if (this.isOpen) this.socket.ping();
    } else if (this.transmit(keepAlive)) {
      this.listener.onKeepAlive(keepAlive, this.options.clock.unixNs());
    }
  }

  /** The Venue answers the upgrade with an HTTP status: what it says about coming back is worth more than a backoff. */
  private refused(request: ClientRequest, response: IncomingMessage): void {
    const status = response.statusCode ?? 0;
    const retryAfterMs = retryAfter(response.headers['retry-after']);
    response.destroy();
    request.destroy();
    this.socket.terminate();
    this.end(`the upgrade was refused with HTTP status ${status}`, status, retryAfterMs);
  }

  private terminate(reason: string): void {
    this.socket.terminate();
    this.end(reason);
  }

  private end(reason: string, status = 0, retryAfterMs = 0): void {
    if (this.ended) return;
    this.ended = true;
    this.cancelTimer();
    this.listener.onEnd({ reason: reason.slice(0, REASON_LENGTH_MAX), status, retryAfterMs });
  }
}

/** Seconds as digits; a date is not used by any Venue we dial and counts as nothing said. */
function retryAfter(value: string | undefined): number {
  if (value === undefined || !/^\d{1,9}$/.test(value)) return 0;
  return Math.min(RETRY_AFTER_SECONDS_MAX, Number(value)) * 1000;
}
