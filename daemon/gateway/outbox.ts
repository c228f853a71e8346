// Everything the gateway says on a link passes here, in order. Bounded: under overload market data alone is shed, per
// instrument, and the gap is announced at the place in the stream where it begins; execution Events are never shed.
// When the socket has drained, the count is told and a fresh snapshot asked for. Owns no socket and no clock.

import { EventEncoder } from '../event/encode.ts';
import { FeedReason, FeedState, Kind } from '../event/kinds.ts';
import { peekInstrument, peekKind } from '../event/peek.ts';

export interface OutboxLimits {
  /** Bytes waiting in the socket from which market data is shed. */
  readonly shedBytes: number;
  /** Bytes waiting below which shedding ends. */
  readonly drainedBytes: number;
  /** Bytes waiting beyond which the link is given up: the daemon does not read. */
  readonly fullBytes: number;
  /** Execution Events kept while there is no link. */
  readonly heldFrames: number;
  readonly heldBytes: number;
}

export const DEFAULT_OUTBOX_LIMITS: OutboxLimits = {
  shedBytes: 1 << 20, drainedBytes: 1 << 18, fullBytes: 32 << 20, heldFrames: 10_000, heldBytes: 8 << 20,
};

/** The part of a WebSocket the outbox needs. `written` is called when the frame has left the process's buffer. */
export interface OutboxSocket {
  readonly bufferedAmount: number;
  send(frame: Uint8Array, written: () => void): void;
}

interface OutboxListener {
  /** The instrument's gap has been announced and the socket has room: send its snapshot. */
  onDrained(instrument: number): void;
  /** More waits than `fullBytes`: close the link. */
  onFull(waitingBytes: number): void;
}

export interface OutboxStatistics {
  sent: number;
  shed: number;
  held: number;
  /** Execution Events given up while the link was down; reconciliation reports them again. */
  forgotten: number;
}

export class Outbox {
  readonly statistics: OutboxStatistics = { sent: 0, shed: 0, held: 0, forgotten: 0 };
  private readonly limits: OutboxLimits;
  private readonly listener: OutboxListener;
  private readonly encoder = new EventEncoder(256);
  private socket: OutboxSocket | null = null;
  private venue = 0;
  private session = '';
  /** Market frames shed per instrument since its gap began. */
  private readonly gaps = new Map<number, number>();
  private held: Uint8Array[] = [];
  private heldBytes = 0;
  /** A part of the truth would look like the whole of it: once too much came, all is left to reconciliation. */
  private overflowed = false;
  private writable: (() => void)[] = [];
  private readonly onWritten = (): void => this.drain();

  constructor(limits: OutboxLimits, listener: OutboxListener) {
    this.limits = limits;
    this.listener = listener;
  }

  /** The link is up: what was held for this session leaves first. Another session never hears of it. */
  open(socket: OutboxSocket, venue: number, session: string): void {
    this.socket = socket;
    this.venue = venue;
    if (session !== this.session) this.forget();
    this.session = session;
    const held = this.held;
    this.held = [];
    this.heldBytes = 0;
    this.overflowed = false;
    for (const frame of held) this.transmit(socket, frame);
  }

  /** The link is down. Market data is not kept: a new link begins with snapshots. */
  close(): void {
    this.socket = null;
    this.gaps.clear();
    this.resolveWritable();
  }

  /** Sends, sheds or holds one Event buffer. The bytes may change after the call. */
  event(frame: Uint8Array): void {
    const kind = peekKind(frame);
    if (this.socket === null) {
      if (kind >= Kind.OrderAccepted && kind <= Kind.PositionReport) this.hold(frame);
    } else if (isMarketData(kind)) {
      this.market(this.socket, frame);
    } else {
      this.transmit(this.socket, frame);
    }
  }

  /** A LinkMessage. Never shed; nothing to keep when there is no link. */
  message(frame: Uint8Array): void {
    if (this.socket !== null) this.transmit(this.socket, frame);
  }

  get waitingBytes(): number {
    return this.socket === null ? 0 : this.socket.bufferedAmount;
  }

  /** Resolves when less than `drainedBytes` waits, or the link is gone: a feed that can wait loses nothing by it. */
  whenWritable(): Promise<void> {
    if (this.waitingBytes <= this.limits.drainedBytes) return Promise.resolve();
    return new Promise((resolve) => this.writable.push(resolve));
  }

  private market(socket: OutboxSocket, frame: Uint8Array): void {
    const instrument = peekInstrument(frame);
    const dropped = this.gaps.get(instrument);
    if (dropped === undefined && socket.bufferedAmount <= this.limits.shedBytes) {
      this.transmit(socket, frame);
      return;
    }
    this.gaps.set(instrument, (dropped ?? 0) + 1);
    this.statistics.shed += 1;
    if (dropped === undefined) this.announce(socket, instrument, 1);
  }

  /** The Core must see the book invalid before anything that was decided without the lost data. */
  private announce(socket: OutboxSocket, instrument: number, dropped: number): void {
    this.transmit(socket, this.encoder.feedStatusChanged({
      venue: this.venue, instrument, state: FeedState.Invalid, reason: FeedReason.Shed, dropped,
    }));
  }

  private transmit(socket: OutboxSocket, frame: Uint8Array): void {
    // The socket may keep the bytes until it can write, and an encoder's view dies at its next call.
    socket.send(new Uint8Array(frame), this.onWritten);
    this.statistics.sent += 1;
    if (socket.bufferedAmount > this.limits.fullBytes) this.listener.onFull(socket.bufferedAmount);
  }

  private drain(): void {
    const socket = this.socket;
    if (socket === null || socket.bufferedAmount > this.limits.drainedBytes) return;
    for (const [instrument, dropped] of [...this.gaps]) {
      this.gaps.delete(instrument);
      this.announce(socket, instrument, dropped);
      this.listener.onDrained(instrument);
    }
    this.resolveWritable();
  }

  private resolveWritable(): void {
    const waiting = this.writable;
    this.writable = [];
    for (const resolve of waiting) resolve();
  }

  private hold(frame: Uint8Array): void {
    const full = this.held.length >= this.limits.heldFrames || this.heldBytes + frame.length > this.limits.heldBytes;
    if (full || this.overflowed) {
      this.forget();
      this.overflowed = true;
      this.statistics.forgotten += 1;
      return;
    }
    this.held.push(new Uint8Array(frame));
    this.heldBytes += frame.length;
    this.statistics.held += 1;
  }

  private forget(): void {
    this.statistics.forgotten += this.held.length;
    this.held = [];
    this.heldBytes = 0;
  }
}

/** Prices and quantities alone: no text of the Venue's is in it. */
export function isMarketData(kind: number): boolean {
  return kind === Kind.BookSnapshot || kind === Kind.BookDelta || kind === Kind.Trade;
}
