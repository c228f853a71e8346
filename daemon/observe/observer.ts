// The loop's side of the observer worker: starts it, hands it log lines, notices when it dies or hangs and starts it
// again. Everything it does on the loop is a bounded handful of instructions; when the worker cannot keep up, log
// lines are dropped and counted, and the daemon goes on as if nothing had happened.

import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { backoff, type BackoffLimits } from '../base/backoff.ts';
import { messageOf } from '../base/thrown.ts';
import { Counter } from '../event/counters.ts';
import type { StatePort } from '../event/operator-port.ts';
import { GaugePublisher } from './gauge-publisher.ts';
import { createSeries, type Domains, layoutSeries } from './series.ts';
import { type BuildFacts, Exchange, type FromWorker, type ObserverStart } from './worker-protocol.ts';

export interface ObserverOptions {
  readonly host: string;
  /** 0: any free port; null: no HTTP. */
  readonly port: number | null;
  readonly domains: Domains;
  readonly build: BuildFacts;
  /** From createCounters(); the loop writes, the worker reads. */
  readonly counters: Float64Array;
  /** 1 for stdout, or a file. */
  readonly logTo?: number | string;
  /** Log lines that may wait for the worker. */
  readonly linesMax?: number;
  readonly logBytesMax?: number;
  readonly beatMaxMs?: number;
  /** Between the checks of the worker's life and the publications of gauges. */
  readonly watchIntervalMs?: number;
  /** For the worker to write what it holds when it is told to end. */
  readonly endTimeoutMs?: number;
  /** The worker's file, when it is not the one beside this. */
  readonly workerPath?: string;
  /** Told when the worker died or gauges could not be published; must not throw. */
  readonly onProblem?: (message: string) => void;
}

const LINES_MAX = 10_000;
const LOG_BYTES_MAX = 4 * 1024 * 1024;
const BEAT_MAX_MS = 5_000;
const WATCH_INTERVAL_MS = 1_000;
/** Watches without a beat of the worker after which it counts as hung. */
const SILENT_WATCHES_MAX = 10;
/** The same for a worker that has not said it is ready: loading takes long on a busy machine. */
const STARTING_WATCHES_MAX = 60;
const RESTART_MS: BackoffLimits = { min: 100, max: 30_000 };
const END_TIMEOUT_MS = 3_000;

export class Observer {
  /** Port of /metrics and /health; 0 without HTTP. */
  port = 0;
  readonly #options: ObserverOptions;
  readonly #counters: Float64Array;
  readonly #series: Float64Array;
  readonly #exchange = new Int32Array(new SharedArrayBuffer(Exchange.Size * Int32Array.BYTES_PER_ELEMENT));
  readonly #publisher: GaugePublisher;
  readonly #linesMax: number;
  #state: StatePort | null = null;
  #worker: Worker | null = null;
  #watch: NodeJS.Timeout | null = null;
  #restart: NodeJS.Timeout | null = null;
  /** Workers lost in a row, without a sign of life between them. */
  #losses = 0;
  #posted = 0;
  #seenBeat = 0;
  #silentWatches = 0;
  #ready = false;
  #seenDropped = 0;
  #ending = false;

  constructor(options: ObserverOptions) {
    const layout = layoutSeries(options.domains);
    this.#options = options;
    this.#counters = options.counters;
    this.#counters[Counter.StartUnixMs] = Date.now();
    this.#series = createSeries(layout);
    this.#publisher = new GaugePublisher(this.#series, layout, options.domains);
    this.#linesMax = options.linesMax ?? LINES_MAX;
  }

  /** Resolves when the worker serves; rejects when it cannot, for example because the port is taken. */
  async start(): Promise<void> {
    this.port = await this.#startWorker(this.#options.port);
    this.#watch = setInterval(() => this.#look(), this.#options.watchIntervalMs ?? WATCH_INTERVAL_MS).unref();
  }

  /** From now on the gauges that exist once per Venue, instrument and so on are published from `state`. */
  attach(state: StatePort): void {
    this.#state = state;
    this.#publish();
  }

  /** What is shown must never hurt what is done: a query that fails costs these gauges, nothing else. */
  #publish(): void {
    if (this.#state === null) return;
    try {
      this.#publisher.publish(this.#state);
    } catch (error) {
      this.#state = null;
      const message = messageOf(error);
      this.#options.onProblem?.(`gauges are no longer published: ${message}`);
    }
  }

  /** Takes one finished log line. Never waits; false when it was dropped. */
  postLine(line: string): boolean {
    if (this.#worker === null || this.#posted - (this.#exchange[Exchange.LinesTaken] ?? 0) >= this.#linesMax) {
      this.#counters[Counter.LogLinesDropped]! += 1;
      return false;
    }
    this.#posted += 1;
    this.#counters[Counter.LogLinesPosted]! += 1;
    this.#worker.postMessage(line);
    return true;
  }

  /** Lets the worker write what it has and ends it. */
  async close(): Promise<void> {
    this.#ending = true;
    if (this.#watch !== null) clearInterval(this.#watch);
    if (this.#restart !== null) clearTimeout(this.#restart);
    const worker = this.#worker;
    this.#worker = null;
    if (worker === null) return;
    const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    worker.ref();
    worker.postMessage(null);
    const timer = setTimeout(() => void worker.terminate(), this.#options.endTimeoutMs ?? END_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
  }

  #startWorker(port: number | null): Promise<number> {
    const start: ObserverStart = {
      host: this.#options.host,
      port,
      domains: this.#options.domains,
      build: this.#options.build,
      pid: process.pid,
      beatMaxMs: this.#options.beatMaxMs ?? BEAT_MAX_MS,
      logTo: this.#options.logTo ?? 1,
      logBytesMax: this.#options.logBytesMax ?? LOG_BYTES_MAX,
      counters: this.#counters.buffer as SharedArrayBuffer,
      series: this.#series.buffer as SharedArrayBuffer,
      exchange: this.#exchange.buffer as SharedArrayBuffer,
    };
    this.#exchange[Exchange.LinesTaken] = 0;
    this.#posted = 0;
    this.#silentWatches = 0;
    this.#ready = false;
    const worker = new Worker(this.#options.workerPath ?? builtWorkerPath(), {
      workerData: start,
      name: 'tcx-observer',
    });
    this.#worker = worker;
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromWorker) => {
        if (message.type === 'ready') {
          // Lines posted while it started are in its queue; from here on it must not keep the daemon from exiting.
          worker.unref();
          this.#ready = true;
          this.#silentWatches = 0;
          resolve(message.port);
        } else {
          reject(new Error(message.message));
          void worker.terminate();
        }
      });
      worker.once('error', (error) => reject(error));
      worker.once('exit', (code) => {
        reject(new Error(`the observer worker ended with code ${code}`));
        this.#lost(worker, `observer worker ended with code ${code}`);
      });
    });
  }

  #lost(worker: Worker, message: string): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#counters[Counter.LogLinesDropped]! += Math.max(0, this.#posted - (this.#exchange[Exchange.LinesTaken] ?? 0));
    if (this.#ending || this.#watch === null) return;
    this.#options.onProblem?.(message);
    this.#losses += 1;
    this.#restart = setTimeout(() => this.#startAgain(), backoff(RESTART_MS, this.#losses)).unref();
  }

  #startAgain(): void {
    this.#counters[Counter.ObserverRestarts]! += 1;
    // The same port as before, so that whoever scrapes finds it again. A failure ends in #lost, which tries again.
    this.#startWorker(this.#options.port === null ? null : this.port).catch(() => undefined);
  }

  /** Once a second: publish gauges, and see whether the worker still turns. */
  #look(): void {
    this.#publish();
    const dropped = this.#exchange[Exchange.LinesDropped] ?? 0;
    this.#counters[Counter.LogLinesDropped]! += dropped - this.#seenDropped;
    this.#seenDropped = dropped;
    const beat = this.#exchange[Exchange.Beat] ?? 0;
    if (beat !== this.#seenBeat) {
      this.#seenBeat = beat;
      this.#silentWatches = 0;
      this.#losses = 0;
      return;
    }
    this.#silentWatches += 1;
    const silentMax = this.#ready ? SILENT_WATCHES_MAX : STARTING_WATCHES_MAX;
    if (this.#silentWatches < silentMax || this.#worker === null) return;
    this.#silentWatches = 0;
    void this.#worker.terminate();
  }
}

/** The worker's compiled file: beside this one in dist; a test that runs the source uses the build's. */
function builtWorkerPath(): string {
  const here = fileURLToPath(import.meta.url);
  const built = here.endsWith('.ts') ? '../../dist/daemon/observe/observer-worker.js' : './observer-worker.js';
  return fileURLToPath(new URL(built, import.meta.url));
}
