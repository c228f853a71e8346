// The telling side of a recording: turns what the Recorder hears into raw records in the ring. Never waits, never
// throws (G3). What finds no room becomes a hole, and what must not be lost (a socket that opens or closes, a hole) waits,
// bounded, until there is room; frames behind it are part of the hole, so that the order in the file is the order told.

import type { ConnectionPlan } from '../../event/venue-session.ts';
import type { Direction, Recorder } from '../recorder.ts';
import { At, RECORD_HEADER_SIZE, RecordKind } from './raw-format.ts';
import { encodeExchange, encodeHole, encodeOpened, type OpenedBody } from './record-bodies.ts';
import type { CarriedSocket } from './record-loop.ts';
import { Claim, Control, RingWriter, StallReason, type RingMemory } from './ring.ts';

/** What takes secrets out of bytes, as Redactor does; they come back as they are when they hold none. */
export interface Redaction {
  register(name: string, secret: string): void;
  bytes(bytes: Uint8Array): Uint8Array;
}

export interface RingRecorderStatistics {
  /** Told and in the ring: frames of both directions, their bytes. */
  readonly frames: number;
  readonly bytes: number;
  readonly framesDropped: number;
  readonly bytesDropped: number;
  readonly holes: number;
  readonly bufferSize: number;
  readonly bufferUsed: number;
  readonly bufferUsedMax: number;
  /** Capture Time of the last thing told, ns as a double. */
  readonly lastTimeNs: number;
}

/** A record that waits for room. */
interface Waiting {
  readonly kind: RecordKind;
  readonly feed: number;
  readonly socket: number;
  sequence: number;
  time: bigint;
  readonly body: Uint8Array;
  readonly hole: WaitingHole | null;
}

interface WaitingHole {
  readonly from: bigint;
  count: number;
  bytes: number;
  readonly firstSequence: number;
  readonly reason: string;
}

const PRIVATE = 1;
/** Sockets that open and close while nothing is written: beyond it they are part of the hole. */
const WAITING_MAX = 1024;
const RETRY_MS = 10;
/** Free share of the ring with which a hole ends: one long hole says more than a hundred short ones. */
const ROOM_TO_RESUME = 0.25;
/** Longer reasons and targets tell no more. */
const TEXT_MAX = 4096;

export class RingRecorder implements Recorder {
  private readonly ring: RingWriter;
  private readonly control: Int32Array;
  private readonly redaction: Redaction;
  private readonly view: DataView;
  /** Per feed: the last sequence given. */
  private readonly sequences = [0, 0];
  private readonly open = new Map<number, CarriedSocket>();
  private readonly reconnects = new Map<string, number>();
  private lastSocket = 0;
  private waiting: Waiting[] = [];
  private retry: NodeJS.Timeout | null = null;
  private lastTime = 0n;
  private count = { frames: 0, bytes: 0, framesDropped: 0, bytesDropped: 0, holes: 0, bufferUsedMax: 0 };

  constructor(memory: RingMemory, redaction: Redaction) {
    this.ring = new RingWriter(memory);
    this.control = new Int32Array(memory.control);
    this.view = new DataView(memory.bytes);
    this.redaction = redaction;
  }

  opened(plan: ConnectionPlan, copy: number, captureTime: bigint): number {
    this.lastSocket += 1;
    const socket = this.lastSocket;
    const key = `${plan.name} ${copy}`;
    const reconnects = this.reconnects.get(key) ?? 0;
    this.reconnects.set(key, reconnects + 1);
    const body: OpenedBody = { name: plan.name, copy, url: this.cleanText(plan.url), reconnects, continued: false };
    this.open.set(socket, { socket, isPrivate: plan.isPrivate, body });
    this.tell(RecordKind.Opened, plan.isPrivate ? PRIVATE : 0, socket, captureTime, encodeOpened(body));
    return socket;
  }

  frame(socket: number, direction: Direction, bytes: Uint8Array, captureTime: bigint): void {
    const feed = this.feedOf(socket);
    const clean = this.clean(bytes);
    const size = clean?.length ?? bytes.length;
    this.lastTime = captureTime;
    const sequence = this.sequences[feed]! += 1;
    if (clean === null) {
      this.miss(feed, sequence, captureTime, size, 'secrets could not be taken out');
    } else if (this.waiting.length > 0 && !this.flush()) {
      this.miss(feed, sequence, captureTime, size, this.reasonOf(Claim.Full));
    } else {
      const claim = this.put(RecordKind.Frame, direction, feed, socket, sequence, captureTime, clean);
      if (claim < 0) this.miss(feed, sequence, captureTime, size, this.reasonOf(claim));
      else {
        this.count.frames += 1;
        this.count.bytes += size;
      }
    }
  }

  closed(socket: number, reason: string, captureTime: bigint): void {
    const feed = this.feedOf(socket);
    this.open.delete(socket);
    this.tell(RecordKind.Closed, feed, socket, captureTime, Buffer.from(this.cleanText(reason)));
  }

  exchange(target: string, isPrivate: boolean, status: number, body: Uint8Array, captureTime: bigint): void {
    const feed = isPrivate ? PRIVATE : 0;
    const clean = this.clean(body);
    this.lastTime = captureTime;
    const sequence = this.sequences[feed]! += 1;
    if (clean === null) {
      this.miss(feed, sequence, captureTime, body.length, 'secrets could not be taken out');
      return;
    }
    const bytes = encodeExchange({ target: this.cleanText(target), status, body: clean });
    const hasRoom = this.waiting.length === 0 || this.flush();
    const claim = hasRoom ? this.put(RecordKind.Exchange, 0, feed, 0, sequence, captureTime, bytes) : Claim.Full;
    if (claim < 0) this.miss(feed, sequence, captureTime, body.length, this.reasonOf(claim));
  }

  redact(name: string, secret: string): void {
    this.redaction.register(name, secret);
  }

  /** Sockets that are open now. */
  sockets(): CarriedSocket[] {
    return [...this.open.values()];
  }

  statistics(): RingRecorderStatistics {
    const bufferUsed = this.ring.measure();
    this.count.bufferUsedMax = Math.max(this.count.bufferUsedMax, bufferUsed);
    return { ...this.count, bufferSize: this.ring.capacity, bufferUsed, lastTimeNs: Number(this.lastTime) };
  }

  /** Puts what waits into the ring, in order. False when it still waits. `isLast`: nothing follows that needs room. */
  flush(isLast = false): boolean {
    if (!isLast && this.waiting.length > 0 && this.ring.capacity - this.ring.measure() < this.ring.capacity * ROOM_TO_RESUME) {
      this.retryLater();
      return false;
    }
    while (this.waiting.length > 0) {
      const next = this.waiting[0]!;
      const body = next.hole === null ? next.body : encodeHole({ ...next.hole, to: next.time });
      if (this.put(next.kind, 0, next.feed, next.socket, next.sequence, next.time, body) < 0) {
        this.retryLater();
        return false;
      }
      this.waiting.shift();
    }
    return true;
  }

  /** A hole is put on record although nothing more is told. */
  private retryLater(): void {
    this.retry ??= setTimeout(() => {
      this.retry = null;
      this.flush();
    }, RETRY_MS).unref();
  }

  close(): void {
    if (this.retry !== null) clearTimeout(this.retry);
  }

  /** A record that a reader needs to make sense of the frames around it. */
  private tell(kind: RecordKind, feed: number, socket: number, time: bigint, body: Uint8Array): void {
    this.lastTime = time;
    const sequence = this.sequences[feed]! += 1;
    const hasRoom = this.waiting.length === 0 || this.flush();
    if (hasRoom && this.put(kind, 0, feed, socket, sequence, time, body) >= 0) return;
    if (this.waiting.length >= WAITING_MAX) {
      this.miss(feed, sequence, time, body.length, this.reasonOf(Claim.Full));
      return;
    }
    this.waiting.push({ kind, feed, socket, sequence, time, body, hole: null });
    this.flush();
  }

  /** Returns the offset, or a Claim when the ring did not take it. */
  private put(
    kind: RecordKind, direction: number, feed: number, socket: number, sequence: number, time: bigint, body: Uint8Array,
  ): number {
    const { ring, view } = this;
    const size = RECORD_HEADER_SIZE + body.length;
    const offset = ring.claim(size);
    if (offset < 0) return offset;
    ring.times[(offset + At.Time) >> 3] = time;
    view.setUint32(offset + At.Sequence, sequence, true);
    view.setUint32(offset + At.Sequence + 4, Math.floor(sequence / 2 ** 32), true);
    view.setUint32(offset + At.Socket, socket, true);
    // Kind, direction, feed and a zero, as one word.
    view.setUint32(offset + At.Kind, kind | (direction << 8) | (feed << 16), true);
    ring.bytes.set(body, offset + At.Body);
    ring.commit(offset, size);
    return offset;
  }

  /** Something was not kept: the hole it belongs to grows, or one begins. */
  private miss(feed: number, sequence: number, time: bigint, bytes: number, reason: string): void {
    this.count.framesDropped += 1;
    this.count.bytesDropped += bytes;
    const last = this.waiting.findLast((waiting) => waiting.feed === feed);
    if (last !== undefined && last.hole !== null && (last.hole.reason === reason || this.waiting.length >= WAITING_MAX)) {
      last.hole.count += 1;
      last.hole.bytes += bytes;
      last.sequence = sequence;
      if (time > last.time) last.time = time;
      return;
    }
    this.count.holes += 1;
    const hole: WaitingHole = { from: time, count: 1, bytes, firstSequence: sequence, reason };
    this.waiting.push({ kind: RecordKind.Hole, feed, socket: 0, sequence, time, body: new Uint8Array(0), hole });
    this.flush();
  }

  private reasonOf(claim: number): string {
    if (claim === Claim.Oversize) return `larger than the buffer takes: ${this.ring.recordSizeMax} bytes`;
    switch (Atomics.load(this.control, Control.Stall) as StallReason) {
      case StallReason.NoSpace: return 'the buffer is full: no space left on the disk';
      case StallReason.Unwritable: return 'the buffer is full: the disk cannot be written';
      default: return 'the buffer is full: the disk is too slow';
    }
  }

  /** A socket nobody opened is taken for a private one: what it carries must not be fed back as market data. */
  private feedOf(socket: number): number {
    return this.open.get(socket)?.isPrivate === false ? 0 : PRIVATE;
  }

  /** null: it is not known to be free of secrets, and is not kept. */
  private clean(bytes: Uint8Array): Uint8Array | null {
    try {
      return this.redaction.bytes(bytes);
    } catch {
      return null;
    }
  }

  private cleanText(text: string): string {
    const clean = this.clean(Buffer.from(text));
    return clean === null ? '' : Buffer.from(clean.buffer, clean.byteOffset, clean.length).toString('utf8').slice(0, TEXT_MAX);
  }
}
