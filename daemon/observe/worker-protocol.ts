// What the loop's side of the observer and its worker share: the data the worker starts with, the messages, and the few
// integers through which each sees how far the other is. Types and indices only.

import type { Domains } from './series.ts';

export interface BuildFacts {
  readonly version: string;
  readonly commit: string;
  readonly dirty: boolean;
  readonly schemaHash: string;
}

/** Plain data and shared memory: passed as workerData. */
export interface ObserverStart {
  readonly host: string;
  /** null: no HTTP, logs only. */
  readonly port: number | null;
  readonly domains: Domains;
  readonly build: BuildFacts;
  readonly pid: number;
  readonly beatMaxMs: number;
  /** 1 for stdout, or a file. */
  readonly logTo: number | string;
  /** Bytes of log the worker may hold for a slow reader before it drops lines. */
  readonly logBytesMax: number;
  readonly counters: SharedArrayBuffer;
  readonly series: SharedArrayBuffer;
  readonly exchange: SharedArrayBuffer;
}

/** Worker → loop. `ready.port` is 0 without HTTP. */
export type FromWorker =
  { readonly type: 'ready'; readonly port: number } | { readonly type: 'failed'; readonly message: string };

/** Loop → worker: a finished log line, or the request to flush and end. */
export type ToWorker = string | null;

/** Indices of the exchange, an Int32Array; each has one writer. */
export const Exchange = {
  /** Worker: log lines taken from the message queue since it started. */
  LinesTaken: 0,
  /** Worker: log lines it dropped because the destination was too slow. */
  LinesDropped: 1,
  /** Worker: counts up about once a second while its loop turns. */
  Beat: 2,
  Size: 4,
} as const;
