// One feed's records into its windows: which window a record belongs to, when one ends and the next begins, which
// sockets a new window must repeat so that it can be read alone. Every call may throw what the file system says and may
// then be repeated. Hands finished windows on to be sealed; seals none.

import { alignedStart, feedFolder } from './dataset.ts';
import { At, RecordKind, type Feed } from './raw-format.ts';
import { decodeOpened, encodeOpened, type OpenedBody } from './record-bodies.ts';
import { WindowFile, type WriteAccount } from './window-file.ts';

interface FeedWriterOptions {
  /** Holds raw/<venue>/<feed>/. */
  readonly directory: string;
  readonly venue: string;
  readonly windowNs: bigint;
  /** ns since the Unix epoch at which the recording began: names its life. */
  readonly run: bigint;
  readonly build: string;
  readonly account: WriteAccount;
  /** A window that is closed in order, to be sealed. */
  readonly onFinished: (folder: string) => void;
}

/** A quiet window ends this late: a frame stamped within it may still be on its way. */
const QUIET_GRACE_NS = 1_000_000_000n;
const NS_PER_SECOND = 1_000_000_000n;

export class FeedWriter {
  private readonly feed: Feed;
  private readonly folder: string;
  private readonly options: FeedWriterOptions;
  private window: WindowFile | null = null;
  /** End of the window before: the next one of this run begins where it ends, or later. */
  private end = 0n;
  private readonly sockets = new Map<number, OpenedBody>();
  private nextSequence: number;

  /** `nextSequence`: of the first record; 0 when it is not known. */
  constructor(feed: Feed, options: FeedWriterOptions, nextSequence: number) {
    this.feed = feed;
    this.options = options;
    this.nextSequence = nextSequence;
    this.folder = feedFolder(options.directory, options.venue, feed);
  }

  get isOpen(): boolean {
    return this.window !== null;
  }

  /** A socket that was opened before this writer began. */
  carry(socket: number, body: OpenedBody): void {
    this.sockets.set(socket, body);
  }

  /** Takes a record that is complete but for its checksum. When it throws, it took nothing of it. */
  append(record: Buffer, time: bigint): void {
    if (this.window !== null && !this.belongs(time)) this.finish();
    this.window ??= this.open(time);
    this.window.append(record, time);
    this.learn(record);
  }

  flush(): void {
    this.window?.flush();
  }

  sync(): void {
    this.window?.sync();
  }

  /** Ends a window that is over although nothing more was heard. A feed with open sockets goes on to its next one. */
  turn(now: bigint): void {
    if (this.window === null || now < this.window.header.to + QUIET_GRACE_NS) return;
    this.finish();
    if (this.sockets.size > 0) this.window = this.open(now);
  }

  finish(): void {
    if (this.window === null) return;
    this.window.finish();
    this.end = this.window.header.to;
    const { folder } = this.window;
    this.window = null;
    this.options.onFinished(folder);
  }

  /** After a clock that was set back, too: a window holds what its name says. */
  private belongs(time: bigint): boolean {
    const { from, to } = this.window!.header;
    return time < to && time >= from - this.options.windowNs;
  }

  private open(time: bigint): WindowFile {
    const { venue, windowNs, run, build, account } = this.options;
    const aligned = alignedStart(time, windowNs);
    // The first window of a run covers what the run heard, not the whole of its hour.
    const isNext = this.end > 0n && this.end <= aligned;
    const window = WindowFile.create(this.folder, {
      venue, feed: this.feed, from: isNext ? aligned : alignedStart(time, NS_PER_SECOND), to: aligned + windowNs, run, build,
      firstSequence: this.nextSequence,
    }, account);
    for (const [socket, body] of this.sockets) {
      window.appendRecord({
        time: window.header.from, sequence: 0, socket, kind: RecordKind.Opened, direction: 0,
        body: encodeOpened({ ...body, continued: true }),
      });
    }
    return window;
  }

  private learn(record: Buffer): void {
    const sequence = Number(record.readBigUInt64LE(At.Sequence));
    if (sequence > 0) this.nextSequence = sequence + 1;
    const kind: RecordKind = record[At.Kind]!;
    if (kind === RecordKind.Frame) return;
    const socket = record.readUInt32LE(At.Socket);
    if (kind === RecordKind.Closed) this.sockets.delete(socket);
    // A copy: the record lies in shared memory, where text cannot be decoded.
    if (kind === RecordKind.Opened) this.sockets.set(socket, decodeOpened(Buffer.from(record.subarray(At.Body))));
  }
}
