// One gateway's link from its first byte to its last:
//
//     AwaitHello ── Hello accepted ──→ Live ── error, timeout, flood, close ──→ Closed
//         └──────── refused, bad frame, timeout ───────────────────────────────────↑
//
// Owns what is answered to a gateway and when its link ends. A frame that is not wholly right is answered with the reason,
// the link is closed, and nothing of the frame is applied. Never touches State and never sends an order by itself.

import { Counter } from '../event/counters.ts';
import {
  decodeLinkMessage, encodeLinkMessage, ErrorCode, MessageType,
} from '../event/link-message.ts';
import type { LinkMessage } from '../event/link-message.ts';
import { Transmit } from '../event/link-port.ts';
import type { LinkEvents, LinkTallies, VenueLink } from '../event/link-port.ts';
import { FLOOD_FACTOR, HELLO_TIMEOUT_NS, RATE_WINDOW_NS } from './link-limits.ts';
import type { HelloVerdict } from './hello.ts';
import { Intake } from './sequencer.ts';
import type { Sequencer } from './sequencer.ts';
import { ShedAccount } from './shed-account.ts';

/** The socket, as far as a session uses it: a uWebSockets.js WebSocket. */
export interface LinkSocket {
  send(bytes: Uint8Array, isBinary: boolean): number;
  end(code: number, reason: string): void;
}

/** Everything the sessions of one server share. */
export interface LinkContext {
  readonly sequencer: Sequencer;
  readonly events: LinkEvents;
  readonly counters: Float64Array;
  readonly tallies: LinkTallies;
  readonly instrumentCount: number;
  readonly input: Float64Array;
  readonly frameSizeMax: number;
  readonly frameRateMax: number;
  readonly heartbeatTimeoutNs: number;
  readonly monotonicNs: () => number;
  readonly unixNs: () => bigint;
  /** Judges a Hello; a verdict with a venue makes the session that Venue's link. */
  judge(message: LinkMessage, session: LinkSession): HelloVerdict;
  /** The session no longer is anybody's link. */
  release(session: LinkSession): void;
  instrumentOf(input: Float64Array): number;
}

const State = { AwaitHello: 0, Live: 1, Closed: 2 } as const;

/** WebSocket close codes. */
const CLOSE_POLICY = 1008;
const CLOSE_TOO_BIG = 1009;
/** What uWebSockets.js returns for a frame it dropped because too much was waiting. */
const SEND_DROPPED = 2;

export class LinkSession implements VenueLink {
  venue: number;
  gatewayBuild: string;
  private readonly context: LinkContext;
  private readonly socket: LinkSocket;
  private readonly openedAt: number;
  private readonly shed: ShedAccount;
  private state: number;
  private receivedAt: number;
  private windowStart: number;
  private windowFrames: number;
  private closeReason: string;

  constructor(context: LinkContext, socket: LinkSocket) {
    this.venue = -1;
    this.gatewayBuild = '';
    this.context = context;
    this.socket = socket;
    this.openedAt = context.monotonicNs();
    this.shed = new ShedAccount(context.instrumentCount);
    this.state = State.AwaitHello;
    this.receivedAt = this.openedAt;
    this.windowStart = this.openedAt;
    this.windowFrames = 0;
    this.closeReason = '';
  }

  isLive(): boolean {
    return this.state === State.Live;
  }

  /** One WebSocket message. `frame` is only valid during the call. */
  receive(frame: ArrayBuffer, isBinary: boolean): void {
    const context = this.context;
    const counters = context.counters;
    const size = frame.byteLength;
    counters[Counter.FramesReceived] += 1;
    counters[Counter.BytesReceived] += size;
    const now = context.monotonicNs();
    this.receivedAt = now;
    if (this.state !== State.Live || !isBinary || size > context.frameSizeMax) {
      this.receiveOutside(frame, isBinary);
      return;
    }
    context.tallies.received[this.venue] += 1;
    if (now - this.windowStart >= RATE_WINDOW_NS) this.beginWindow(now);
    this.windowFrames += 1;
    const outcome = context.sequencer.ingest(this.venue, frame, now, this.windowFrames > context.frameRateMax);
    if (outcome !== Intake.Done) this.notTaken(frame, outcome);
  }

  transmit(frame: Uint8Array): number {
    if (this.state !== State.Live) return Transmit.LinkDown;
    if (this.socket.send(frame, true) === SEND_DROPPED) return Transmit.Backpressure;
    this.context.counters[Counter.FramesSent] += 1;
    return Transmit.Sent;
  }

  close(reason: string): void {
    this.fail(ErrorCode.None, reason);
  }

  /** Called at every heartbeat interval: says hello to the other side and checks that it still speaks. */
  beat(): void {
    const now = this.context.monotonicNs();
    if (this.state === State.AwaitHello && now - this.openedAt > HELLO_TIMEOUT_NS) {
      this.fail(ErrorCode.UnexpectedMessage, `no Hello within ${HELLO_TIMEOUT_NS / 1e9} s`);
    }
    if (this.state !== State.Live) return;
    if (now - this.receivedAt > this.context.heartbeatTimeoutNs) {
      this.context.counters[Counter.HeartbeatTimeouts] += 1;
      this.fail(ErrorCode.HeartbeatTimeout, `nothing received for ${this.context.heartbeatTimeoutNs / 1e6} ms`);
      return;
    }
    if (now - this.windowStart >= RATE_WINDOW_NS) this.beginWindow(now);
    this.send({ type: MessageType.Heartbeat, sentTime: this.context.unixNs() });
  }

  /** The socket is gone, whoever closed it; it must not be used any more. */
  closed(code: number, reason: string): void {
    const wasLive = this.state === State.Live || (this.state === State.Closed && this.venue >= 0);
    this.state = State.Closed;
    this.context.release(this);
    if (!wasLive) return;
    if (this.shed.isOpen()) this.endShedding();
    const venue = this.venue;
    this.venue = -1;
    this.context.counters[Counter.LinksClosed] += 1;
    this.context.events.linkDown(venue, this.closeReason || `closed by the gateway (${code}${reason && ` ${reason}`})`);
  }

  /** Everything but a binary frame of a live link within the size limit. */
  private receiveOutside(frame: ArrayBuffer, isBinary: boolean): void {
    if (this.state === State.Closed) return;
    if (frame.byteLength > this.context.frameSizeMax) {
      const sizes = `found a frame of ${frame.byteLength} bytes, expected at most ${this.context.frameSizeMax}`;
      this.failFrame(ErrorCode.Oversize, sizes);
    } else if (!isBinary) {
      this.failFrame(ErrorCode.Malformed, 'found a text frame, expected a binary one');
    } else {
      this.receiveHello(frame);
    }
  }

  private receiveHello(frame: ArrayBuffer): void {
    const decoded = decodeLinkMessage(new Uint8Array(frame));
    if (!decoded.ok) {
      this.failFrame(ErrorCode.Malformed, `expected Hello: ${decoded.error}`);
      return;
    }
    const verdict = this.context.judge(decoded.value, this);
    if (verdict.venue < 0) {
      this.context.counters[Counter.LinksRefused] += 1;
      this.closeReason = verdict.message;
      this.send({ type: MessageType.Refusal, code: verdict.code, message: verdict.message });
      this.end(CLOSE_POLICY, verdict.message);
      return;
    }
    this.venue = verdict.venue;
    this.gatewayBuild = verdict.gatewayBuild;
    this.state = State.Live;
    this.context.counters[Counter.LinksOpened] += 1;
    this.socket.send(verdict.welcome, true);
    this.context.events.linkUp(this);
  }

  private beginWindow(now: number): void {
    const flooded = this.windowFrames > this.context.frameRateMax;
    this.windowStart = now;
    this.windowFrames = 0;
    // A closed market stays shed to the end of the session: one Event says so, not one a second.
    if (!flooded && this.shed.isOpen() && !this.context.sequencer.isMarketClosed()) this.endShedding();
  }

  private endShedding(): void {
    const { events } = this.context;
    const { venue } = this;
    this.shed.end((instrument, dropped) => {
      if (dropped > 0) events.feedShed(venue, instrument, dropped);
      if (this.state === State.Live) events.feedRestarting(venue, instrument);
    });
  }

  /** The sequencer did not take the frame in. */
  private notTaken(frame: ArrayBuffer, outcome: number): void {
    if (outcome === Intake.Shed) {
      this.shedOne();
    } else if (outcome === Intake.Closed) {
      this.fail(ErrorCode.Halted, 'the session takes nothing in any more');
    } else if (outcome === ErrorCode.Malformed) {
      this.receiveMessage(frame);
    } else {
      this.failFrame(outcome, `${ErrorCode[outcome]}: ${this.describeInput()}`);
    }
  }

  private shedOne(): void {
    const { context, venue } = this;
    context.counters[Counter.FramesShed] += 1;
    context.tallies.shed[venue] += 1;
    const instrument = context.instrumentOf(context.input);
    context.tallies.shedByInstrument[instrument] += 1;
    if (this.shed.note(instrument)) context.events.feedShed(venue, instrument, 1);
    if (this.windowFrames > context.frameRateMax * FLOOD_FACTOR) {
      this.fail(ErrorCode.RateExceeded, `more than ${context.frameRateMax * FLOOD_FACTOR} frames in a second`);
    }
  }

  /** Not an Event: a link message, or nothing we know. */
  private receiveMessage(frame: ArrayBuffer): void {
    const decoded = decodeLinkMessage(new Uint8Array(frame));
    if (!decoded.ok) {
      this.failFrame(ErrorCode.Malformed, `neither an Event nor a link message: ${decoded.error}`);
      return;
    }
    const message = decoded.value;
    switch (message.type) {
      case MessageType.Heartbeat:
        if (this.windowFrames > this.context.frameRateMax * FLOOD_FACTOR) this.shedNothingLeft();
        return;
      case MessageType.ReconcileEnd:
        this.context.events.reconcileEnd(this.venue, message.id, message.complete, message.message);
        return;
      case MessageType.LinkError:
        this.context.events.linkComplaint(this.venue, message.code, message.message);
        return;
      default:
        this.failFrame(ErrorCode.UnexpectedMessage, `found ${MessageType[message.type]}, expected an Event or a Heartbeat`);
    }
  }

  private shedNothingLeft(): void {
    this.fail(ErrorCode.RateExceeded, `more than ${this.context.frameRateMax * FLOOD_FACTOR} frames in a second`);
  }

  private describeInput(): string {
    const instrument = this.context.instrumentOf(this.context.input);
    return `the Event was refused and nothing of it applied (instrument ${instrument})`;
  }

  private failFrame(code: number, message: string): void {
    this.context.counters[Counter.FramesRefused] += 1;
    if (this.venue >= 0) this.context.tallies.refused[this.venue] += 1;
    this.fail(code, message);
  }

  private fail(code: number, message: string): void {
    if (this.state === State.Closed) return;
    this.closeReason = message;
    if (code !== ErrorCode.None) this.send({ type: MessageType.LinkError, code, message });
    this.end(code === ErrorCode.Oversize ? CLOSE_TOO_BIG : CLOSE_POLICY, message);
  }

  /** A close reason is at most 123 bytes on the wire. */
  private end(code: number, reason: string): void {
    this.state = State.Closed;
    this.socket.end(code, reason.replace(/[^\x20-\x7e]/g, '?').slice(0, 120));
  }

  private send(message: LinkMessage): void {
    this.socket.send(encodeLinkMessage(message), true);
  }
}
