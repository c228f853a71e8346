// A recording as the dialling side sees it: implements Recorder. Each call copies bytes into the ring and returns;
// nothing waits for the disk. What finds no room is counted, and the hole is put on record as soon as there is room.
// Owns the ring, the worker that empties it and the lock on the folder; writes no file.

import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describeFailure } from '../../base/system-failure.ts';
import type { ConnectionPlan } from '../../event/venue-session.ts';
import type { GatewayLog } from '../gateway-log.ts';
import type { Direction, Recorder } from '../recorder.ts';
import { feedFolder, unixNow } from './dataset.ts';
import { DirectoryLockError, lockDirectory } from './directory-lock.ts';
import { FEEDS } from './raw-format.ts';
import { RecordStatistic, type RecordLoopOptions } from './record-loop.ts';
import type { FromRecordWorker } from './record-worker.ts';
import { Control, createRing, type RingMemory } from './ring.ts';
import { RingRecorder, type Redaction, type RingRecorderStatistics } from './ring-recorder.ts';

export interface RecordingOptions {
  /** Holds raw/<venue>/<feed>/<window>/. */
  readonly directory: string;
  readonly venue: string;
  readonly windowSeconds: number;
  /** Of the ring; a power of two. What a disk that stalls may cost before frames are dropped. */
  readonly bufferSize: number;
  /** What a loss of power may cost. */
  readonly syncIntervalMs: number;
  readonly build: string;
  readonly redaction: Redaction;
  readonly log: GatewayLog;
}

interface RecordingStatistics extends RingRecorderStatistics {
  /** Records in the files, and those that are on disk whatever happens. */
  readonly recordsWritten: number;
  readonly recordsSynced: number;
  readonly bytesWritten: number;
  /** From the Capture Time of the last record in a file to that of the last one told. */
  readonly flushLagNs: number;
  readonly windowsOpen: number;
  readonly windowsSealed: number;
  /** Left by a process before this one, sealed by this one. */
  readonly windowsRecovered: number;
  readonly windowsWaiting: number;
  readonly writeErrors: number;
  readonly sealErrors: number;
  readonly workerRestarts: number;
}

/** The operator's to mend before anything is recorded. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
}

const RESTART_MS = 1000;
const STOP_LOOK_MS = 5;
const NS_PER_SECOND = 1_000_000_000n;
const WINDOW_SECONDS_MAX = 7 * 86_400;

export class Recording implements Recorder {
  private readonly options: RecordingOptions;
  private readonly memory: RingMemory;
  private readonly recorder: RingRecorder;
  private readonly shared = new SharedArrayBuffer(RecordStatistic.Size * Float64Array.BYTES_PER_ELEMENT);
  private readonly written = new Float64Array(this.shared);
  private readonly unlock: () => void;
  private readonly run = unixNow();
  private worker: Worker | null = null;
  private workerRestarts = 0;
  private isStopping = false;

  /** Takes the folder; throws a RecordingError when it cannot be recorded to. Frames may be told at once. */
  constructor(options: RecordingOptions) {
    this.options = options;
    if (!(options.windowSeconds >= 1 && options.windowSeconds <= WINDOW_SECONDS_MAX && Number.isInteger(options.windowSeconds))) {
      throw new RecordingError(`a window of ${options.windowSeconds} s: expected whole seconds from 1 to ${WINDOW_SECONDS_MAX}`);
    }
    this.unlock = takeFolder(options);
    this.memory = createRing(options.bufferSize);
    this.recorder = new RingRecorder(this.memory, options.redaction);
  }

  /** Resolves when the writer runs; rejects when it cannot. */
  start(): Promise<void> {
    return this.startWorker(true);
  }

  /**
   * Writes and seals what there is, then ends. What is not sealed after `timeoutMs` is on disk all the same, and is
   * sealed at the next start.
   */
  async stop(timeoutMs = 30_000): Promise<void> {
    this.isStopping = true;
    if (this.worker !== null) await this.endWorker(this.worker, performance.now() + timeoutMs);
    this.recorder.close();
    this.unlock();
  }

  private async endWorker(worker: Worker, deadline: number): Promise<void> {
    const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    worker.ref();
    while (!this.recorder.flush(true) && performance.now() < deadline) {
      await new Promise((resolve) => { setTimeout(resolve, STOP_LOOK_MS); });
    }
    const control = new Int32Array(this.memory.control);
    Atomics.store(control, Control.Closing, 1);
    Atomics.notify(control, Control.Wake);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => { timer = setTimeout(resolve, Math.max(0, deadline - performance.now())); });
    await Promise.race([exited, late]);
    clearTimeout(timer);
    if (this.worker === null) return;
    this.options.log.warn('the raw recording did not end in time; it is sealed at the next start');
    // A thread that is stuck in the disk does not end before the disk answers: nobody waits for it.
    worker.unref();
    void worker.terminate();
  }

  // ── Recorder ──────────────────────────────────────────────────────────────────────────────────
  opened(plan: ConnectionPlan, copy: number, captureTime: bigint): number {
    return this.recorder.opened(plan, copy, captureTime);
  }

  frame(socket: number, direction: Direction, bytes: Uint8Array, captureTime: bigint): void {
    this.recorder.frame(socket, direction, bytes, captureTime);
  }

  closed(socket: number, reason: string, captureTime: bigint): void {
    this.recorder.closed(socket, reason, captureTime);
  }

  exchange(target: string, isPrivate: boolean, status: number, body: Uint8Array, captureTime: bigint): void {
    this.recorder.exchange(target, isPrivate, status, body, captureTime);
  }

  redact(name: string, secret: string): void {
    this.options.redaction.register(name, secret);
  }

  /** For the gateway's metrics. */
  statistics(): RecordingStatistics {
    const told = this.recorder.statistics();
    const of = (index: RecordStatistic): number => this.written[index]!;
    const lag = told.lastTimeNs - of(RecordStatistic.LastTimeNs);
    return {
      ...told, recordsWritten: of(RecordStatistic.Records), recordsSynced: of(RecordStatistic.SyncedRecords),
      bytesWritten: of(RecordStatistic.Bytes), flushLagNs: told.bufferUsed === 0 ? 0 : Math.max(0, lag),
      windowsOpen: of(RecordStatistic.WindowsOpen), windowsSealed: of(RecordStatistic.WindowsSealed),
      windowsRecovered: of(RecordStatistic.WindowsRecovered), windowsWaiting: of(RecordStatistic.WindowsWaiting),
      writeErrors: of(RecordStatistic.WriteErrors), sealErrors: of(RecordStatistic.SealErrors),
      workerRestarts: this.workerRestarts,
    };
  }

  // ── the worker ────────────────────────────────────────────────────────────────────────────────
  private startWorker(isFirst: boolean): Promise<void> {
    const { directory, venue, windowSeconds, build, syncIntervalMs } = this.options;
    const start: RecordLoopOptions = {
      memory: this.memory, statistics: this.shared, directory, venue, windowNs: BigInt(windowSeconds) * NS_PER_SECOND,
      run: this.run, build, syncIntervalMs, isFirst, sockets: isFirst ? [] : this.recorder.sockets(),
    };
    const worker = new Worker(workerPath(), { workerData: start, name: 'tcx-record' });
    this.worker = worker;
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromRecordWorker) => {
        if (message.type === 'ready') {
          // It must not keep a gateway alive that has nothing else to do.
          worker.unref();
          resolve();
        } else this.told(message);
      });
      worker.once('error', (error) => {
        reject(new RecordingError(`the raw recording cannot be written: ${error.message}`, { cause: error }));
        this.options.log.error('the writer of the raw recording failed', { reason: error.message });
      });
      worker.once('exit', () => this.lost(worker));
    });
  }

  private told(message: FromRecordWorker): void {
    const { log } = this.options;
    if (message.type === 'problem') log.warn('raw recording', { problem: message.message });
    if (message.type !== 'sealed') return;
    const { folder, frames, complete } = message;
    log.info('raw window sealed', { folder, frames, state: complete ? 'complete' : 'holes' });
  }

  /** The ring keeps what it holds; the next worker goes on with it. */
  private lost(worker: Worker): void {
    if (this.worker !== worker) return;
    this.worker = null;
    if (this.isStopping) return;
    setTimeout(() => {
      if (this.isStopping) return;
      this.workerRestarts += 1;
      this.startWorker(false).catch(() => undefined);
    }, RESTART_MS).unref();
  }
}

function takeFolder({ directory, venue }: RecordingOptions): () => void {
  try {
    const folder = join(feedFolder(directory, venue, FEEDS[0]), '..');
    mkdirSync(folder, { recursive: true, mode: 0o750 });
    accessSync(folder, constants.W_OK | constants.X_OK);
    return lockDirectory(join(folder, 'recorder.pid'));
  } catch (error) {
    const remedy = error instanceof DirectoryLockError ? ''
      : `; expected a folder that this user (${process.geteuid?.() ?? 0}) may write to, or a place to make one: correct either`;
    throw new RecordingError(`record.directory ${directory} cannot be recorded to: ${describeFailure(error)}${remedy}`, { cause: error });
  }
}

/** The compiled file beside this one; a test that runs the source uses the build's. */
function workerPath(): string {
  const isSource = import.meta.url.endsWith('.ts');
  return fileURLToPath(new URL(isSource ? '../../../dist/daemon/gateway/record/record-worker.js' : './record-worker.js', import.meta.url));
}

