// The writing side of a recording, one round at a time: empties the ring into the windows of both feeds, brings them to
// the disk, seals what is finished slice by slice. A disk that refuses makes it wait and try again, and the ring fills;
// it never throws and never drops a record it took. Runs in a worker; knows no thread.

import { backoff, type BackoffLimits } from '../../base/backoff.ts';
import { messageOf } from '../../base/thrown.ts';
import { feedFolder } from './dataset.ts';
import { FeedWriter } from './feed-writer.ts';
import { At, FEEDS } from './raw-format.ts';
import type { OpenedBody } from './record-bodies.ts';
import { Control, RingReader, StallReason, type RingMemory } from './ring.ts';
import { sealWindow, unsealedIn } from './seal.ts';

/** Indices into the statistics both threads see; only the loop writes. */
export enum RecordStatistic {
  Records, Bytes, SyncedRecords, WindowsOpen, WindowsSealed, WindowsRecovered, WindowsWaiting, WriteErrors, SealErrors,
  /** Capture Time of the last record in a file, ns as a double. */
  LastTimeNs,
  Size,
}

export interface CarriedSocket {
  readonly socket: number;
  readonly isPrivate: boolean;
  readonly body: OpenedBody;
}

export interface RecordLoopOptions {
  readonly memory: RingMemory;
  readonly statistics: SharedArrayBuffer;
  readonly directory: string;
  readonly venue: string;
  readonly windowNs: bigint;
  readonly run: bigint;
  readonly build: string;
  readonly syncIntervalMs: number;
  /** This is the first loop of the run: it sees every record from the first. */
  readonly isFirst: boolean;
  readonly sockets: readonly CarriedSocket[];
}

/** The world outside; tests bring their own. */
export interface RecordLoopWorld {
  monotonicMs(): number;
  /** ns since the Unix epoch. */
  unixNs(): bigint;
  onSealed(folder: string, frames: number, complete: boolean): void;
  onProblem(message: string): void;
}

/** Taken from the ring before the files are brought up to date and a slice of sealing gets its turn. */
const ROUND_BYTES_MAX = 4 << 20;
const BACKOFF_MS: BackoffLimits = { min: 50, max: 5000 };
/** Between two looks at an empty ring: what the death of the process may cost. */
const IDLE_MS = 5;

export class RecordLoop {
  private readonly options: RecordLoopOptions;
  private readonly world: RecordLoopWorld;
  private readonly ring: RingReader;
  private readonly control: Int32Array;
  private readonly statistics: Float64Array;
  private readonly feeds: readonly FeedWriter[];
  private readonly writing: Attempts;
  private readonly sealing: Attempts;
  private toSeal: { readonly folder: string; readonly foundAt: bigint; readonly isRecovered: boolean }[] = [];
  private seal: ReturnType<typeof sealWindow> | null = null;
  private syncedMs: number;
  /** Capture Time now: that of the last record and what passed since. */
  private lastTime = 0n;
  private lastTimeMs = 0;
  private isFinished = false;

  constructor(options: RecordLoopOptions, world: RecordLoopWorld) {
    this.options = options;
    this.world = world;
    this.ring = new RingReader(options.memory);
    this.control = new Int32Array(options.memory.control);
    this.statistics = new Float64Array(options.statistics);
    this.writing = new Attempts(world);
    this.sealing = new Attempts(world);
    this.syncedMs = world.monotonicMs();
    const { directory, venue, windowNs, run, build } = options;
    const account = { wrote: (records: number, bytes: number, time: bigint): void => this.wrote(records, bytes, time) };
    const onFinished = (folder: string): void => { this.enqueue(folder, false); };
    this.feeds = FEEDS.map((feed) => new FeedWriter(
      feed, { directory, venue, windowNs, run, build, account, onFinished }, options.isFirst ? 1 : 0));
    for (const { socket, isPrivate, body } of options.sockets) this.feeds[isPrivate ? 1 : 0]!.carry(socket, body);
    for (const feed of FEEDS) this.recover(feedFolder(directory, venue, feed));
  }

  /** Everything was written and sealed, after the producer asked for the end. */
  get isDone(): boolean {
    return this.isFinished && this.toSeal.length === 0;
  }

  /** One round. Returns how many ms the next may wait. */
  turn(): number {
    const hasMore = this.write();
    this.sealSlice();
    const { statistics } = this;
    statistics[RecordStatistic.WindowsOpen] = this.feeds.filter((feed) => feed.isOpen).length;
    statistics[RecordStatistic.WindowsWaiting] = this.toSeal.length;
    return hasMore || this.seal !== null ? 0 : IDLE_MS;
  }

  private write(): boolean {
    if (this.isFinished || !this.writing.isDue()) return false;
    try {
      const hasMore = this.drain();
      for (const feed of this.feeds) feed.flush();
      this.sync();
      if (!hasMore) this.turnFeeds();
      this.writing.succeeded();
      Atomics.store(this.control, Control.Stall, StallReason.None);
      return hasMore;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      this.statistics[RecordStatistic.WriteErrors]! += 1;
      Atomics.store(this.control, Control.Stall, code === 'ENOSPC' || code === 'EDQUOT' ? StallReason.NoSpace : StallReason.Unwritable);
      this.writing.failed(`raw recording waits: ${messageOf(error)}`);
      return false;
    }
  }

  /** Whether more waits than one round takes. */
  private drain(): boolean {
    let taken = 0;
    for (let offset = this.ring.peek(); offset >= 0; offset = this.ring.peek()) {
      if (taken > ROUND_BYTES_MAX) return true;
      const { size, bytes } = this.ring;
      const record = Buffer.from(bytes.buffer, offset, size);
      const time = this.ring.times[(offset + At.Time) >> 3]!;
      // What throws here left the record in the ring.
      this.feeds[record[At.Feed]!]!.append(record, time);
      this.ring.release();
      this.lastTime = time;
      this.lastTimeMs = this.world.monotonicMs();
      taken += size;
    }
    return false;
  }

  private sync(): void {
    const now = this.world.monotonicMs();
    if (now - this.syncedMs < this.options.syncIntervalMs) return;
    for (const feed of this.feeds) feed.sync();
    this.syncedMs = now;
    this.statistics[RecordStatistic.SyncedRecords] = this.statistics[RecordStatistic.Records]!;
  }

  private turnFeeds(): void {
    const now = this.lastTime + BigInt(Math.floor((this.world.monotonicMs() - this.lastTimeMs) * 1e6));
    for (const feed of this.feeds) feed.turn(now);
    if (Atomics.load(this.control, Control.Closing) === 0 || this.ring.peek() >= 0) return;
    for (const feed of this.feeds) feed.finish();
    this.statistics[RecordStatistic.SyncedRecords] = this.statistics[RecordStatistic.Records]!;
    this.isFinished = true;
  }

  private wrote(records: number, bytes: number, time: bigint): void {
    this.statistics[RecordStatistic.Records]! += records;
    this.statistics[RecordStatistic.Bytes]! += bytes;
    this.statistics[RecordStatistic.LastTimeNs] = Number(time);
  }

  // ── sealing ───────────────────────────────────────────────────────────────────────────────────
  private recover(folder: string): void {
    for (const window of unsealedIn(folder)) this.enqueue(window, true);
  }

  private enqueue(folder: string, isRecovered: boolean): void {
    this.toSeal.push({ folder, isRecovered, foundAt: this.world.unixNs() });
  }

  private sealSlice(): void {
    const [next] = this.toSeal;
    if (next === undefined || !this.sealing.isDue()) return;
    try {
      this.seal ??= sealWindow(next.folder, { foundAt: next.foundAt });
      const step = this.seal.next();
      if (step.done !== true) return;
      this.seal = null;
      this.toSeal.shift();
      this.sealing.succeeded();
      if (step.value === null) return;
      this.statistics[next.isRecovered ? RecordStatistic.WindowsRecovered : RecordStatistic.WindowsSealed]! += 1;
      this.world.onSealed(next.folder, step.value.frames.in + step.value.frames.out, step.value.complete);
    } catch (error) {
      this.seal = null;
      this.toSeal.shift();
      this.statistics[RecordStatistic.SealErrors]! += 1;
      this.sealing.failed(`${next.folder} is not sealed: ${messageOf(error)}`);
      // What the disk refused may work later; at the end, and for what is no window, that is the next start.
      if ((error as NodeJS.ErrnoException).code !== undefined && !this.isFinished) this.toSeal.push(next);
    }
  }
}

/** When to try again; says what is wrong once, until it is over. */
class Attempts {
  private readonly world: RecordLoopWorld;
  private failures = 0;
  private dueMs = 0;
  private told = '';

  constructor(world: RecordLoopWorld) {
    this.world = world;
  }

  isDue(): boolean {
    return this.failures === 0 || this.world.monotonicMs() >= this.dueMs;
  }

  failed(message: string): void {
    this.failures += 1;
    this.dueMs = this.world.monotonicMs() + backoff(BACKOFF_MS, this.failures);
    if (message !== this.told) this.world.onProblem(message);
    this.told = message;
  }

  succeeded(): void {
    this.failures = 0;
    this.told = '';
  }
}
