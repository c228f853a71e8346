// The addon, typed. The only file that loads it. Numbers cross on the hot path; strings and buffers only at start and in
// tools. Every native object is a plain object of functions bound to memory it owns: no `this`, no unwrap per call.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { SCHEMA_HASH } from '../event/generated/schema-hash.ts';
import type { CreateMarketDecoder } from '../event/market-adapter.ts';

/** A success count/position (≥ 0) or a negative `Status` (schemas/view.fbs). */
type StatusNumber = number;

/** Decoded Event and outcome memory that a journal, its books and a Core share. */
export interface NativeEvent {
  /** The input Event, decoded: indices are `Slot`. */
  readonly input: Float64Array;
  /** Vector elements of the input (prints, balances, positions, `undecided` doubles): strides in event-view.ts. */
  readonly inputEntries: Float64Array;
  /** The outcome to encode next: indices are `Slot`. */
  readonly outcome: Float64Array;
  /** The `undecided` doubles of the next StateDigest; `outcome[Slot.Count]` says how many. */
  readonly outcomeEntries: Float64Array;
  /** Verifies and decodes a body (an `Event` buffer) into `input`; the bytes are copied. Returns the kind. Cold. */
  load(body: Uint8Array): StatusNumber;
  /** A copy of the current input's body bytes. Cold. */
  body(): Uint8Array;
}

export interface NativeBooks {
  /** One `BookView` block per instrument. */
  readonly view: Float64Array;
  /**
   * Sets up an instrument: at most `levelsMax` levels a side; more is `Overflow`. `depth` > 0: the Venue's window,
   * deeper levels are cut off after each update.
   */
  define(instrument: number, depth: number, levelsMax: number): StatusNumber;
  /**
   * Applies the current input Event (BookSnapshot or BookDelta). Returns `BookResult` bits, or a negative Status with
   * the book unchanged.
   */
  apply(): number;
  /** Empties one instrument's book. */
  clear(instrument: number): void;
  /**
   * Copies the best `count` levels of a side (0 buy, 1 sell) into `levels` as [price, quantity]…; returns how many
   * there are.
   */
  load(instrument: number, side: number, count: number): number;
  readonly levels: Float64Array;
  /** Total quantity resting at `price` on `side`; 0 when none. */
  quantityAt(instrument: number, side: number, price: number): number;
  /** 64-bit digest over every level of one instrument, as two 32-bit halves in `digestWords`. */
  digest(instrument: number): void;
  readonly digestWords: Float64Array;
}

export interface WriterOptions {
  path: string;
  /** Bytes; a multiple of 4096. */
  extentSize: number;
  /** 'process' | 'interval' | 'dispatch' (docs/journal-format.md). */
  durability: 'process' | 'interval' | 'dispatch';
  intervalMs: number;
  /** CPU for the helper thread, or -1. */
  helperCpu: number;
}
export interface CreateOptions extends WriterOptions {
  schemaHash: string;
  sessionId: string;
  sessionOrdinal: number;
  /** Unix ns. */
  epoch: bigint;
}

/** Where outcomes go: a journal being written, or a replay that compares. The Core sees only this. */
export interface NativeSink {
  /** Encodes `outcome` (its Kind, Time, Cause and fields) as the next record. Returns its position. */
  appendOutcome(): StatusNumber;
}

export interface NativeWriter extends NativeSink {
  readonly statistics: Float64Array;
  /**
   * Copies a received frame to the journal's tail without publishing it, verifies it, decodes it into `input`.
   * Returns the kind. Nothing is in the stream yet.
   */
  offer(frame: ArrayBuffer | Uint8Array): StatusNumber;
  /** Publishes the offered frame: reads Source and Time from `input`, writes Position back. Returns the position. */
  commit(): StatusNumber;
  /** Forgets the offered frame. */
  abort(): void;
  /** Encodes `input` as a fixed-size input record (ControlTime only) and publishes it. Hot twin of offer+commit. */
  appendControlTime(): StatusNumber;
  /** Body of the n-th IntentDispatched appended since `resetDispatches()`: fixed-size, valid until the next reset. */
  readonly dispatchFrames: readonly Uint8Array[];
  resetDispatches(): void;
  /** Blocks until everything committed is on disk. */
  sync(): StatusNumber;
  close(): StatusNumber;
}

interface JournalHeader {
  formatVersion: number; schemaHash: string; sessionId: string; sessionOrdinal: number; epoch: bigint;
  syncedPosition: number; syncedOffset: number; fileSize: number;
}
export interface NativeReader {
  readonly header: JournalHeader;
  /** Decodes the next record into `input`. Returns 1, or `Status.End` (clean), `Torn`, `Corrupt`, `OutOfOrder`, … */
  next(): StatusNumber;
  /** The next `next()` returns the record at `position`. O(1) after the first call. */
  seek(position: number): StatusNumber;
  /**
   * Walks all records natively checking chain, positions, bodies. Returns the last good position; `fault` names what
   * ended the walk.
   */
  verify(): number;
  /** After a fault: what, at which byte offset, and the position expected there. */
  fault(): { status: number; offset: number; position: number; detail: string };
  /** Offset just after the last record read. */
  offset(): number;
  /** Copies of the current record's raw bytes (header + body + padding). Cold. */
  record(): Uint8Array;
  close(): void;
}

/**
 * A replay: reads inputs, compares each re-derived outcome with the recorded one, optionally writes the re-derived
 * journal.
 */
export interface NativeReplay extends NativeSink {
  readonly reader: NativeReader;
  /**
   * Next input record into `input` (a leftover outcome not re-derived is `Diverged`). Returns 1, End, Diverged, Torn,
   * ….
   */
  nextInput(): StatusNumber;
  /** After `Diverged`: the record found in the journal and the record derived (either may be empty). */
  difference(): { position: number; recorded: Uint8Array; derived: Uint8Array };
  /**
   * True while outcomes are still being compared with recorded ones; false once the journal ended within a step
   * (recovery).
   */
  inJournal(): boolean;
  /**
   * For recovery: turns this replay into the writer of the same file, cutting the torn tail. Outcomes derived past
   * the end are appended.
   */
  resume(options: WriterOptions): NativeWriter;
  close(): StatusNumber;
}

/** Whether a journal written with another schema is refused (`SchemaHash`) or read as far as it can be. */
export type SchemaPolicy = 'same' | 'any';

export interface Addon {
  readonly abi: number;
  /** SHA-256 over the schemas the addon was built from. */
  readonly schemaHash: string;
  createEvent(): NativeEvent;
  createBooks(event: NativeEvent, instrumentCount: number): NativeBooks;
  /**
   * Fails with `Exists`, `NoSpace`, `Permission`, `Locked`, … as a thrown Error with numeric `status` and text
   * `detail`.
   */
  createWriter(event: NativeEvent, options: CreateOptions): NativeWriter;
  /**
   * Fails with `NotFound`, `Empty`, `Foreign`, `FormatVersion`, `SchemaHash`, `Truncated`, `Corrupt`, … in the same
   * way.
   */
  openReader(event: NativeEvent, path: string, schema?: SchemaPolicy): NativeReader;
  /** `output`: path of the re-derived journal, which must not exist, or ''. */
  openReplay(event: NativeEvent, path: string, output: string, schema?: SchemaPolicy): NativeReplay;
  /** CLOCK_REALTIME / CLOCK_MONOTONIC in ns; monotonic as a number since the process's first call. */
  clock: { unixNs(): bigint; monotonicNs(): number };
  thread: {
    /** Pins the calling thread; 0 or -errno. */
    pin(cpu: number): number;
    lockMemory(): number;
    setTimerSlack(ns: number): number;
    setFifo(priority: number): number;
    yield(): void;
    /** CPUs this process may run on. */
    allowedCpus(): number[];
    /** Forbids core dumps of secrets: prctl(PR_SET_DUMPABLE, 0). */
    disableCoreDump(): number;
  };
  /** SO_PEERCRED of a connected unix socket. */
  peerCredentials(fd: number): { pid: number; uid: number; gid: number };
  /** Fails with `BadValue` for a dialect it does not know, and for symbols that are empty, too long or too many. */
  createMarketDecoder: CreateMarketDecoder;
}

/** Raised together with the addon's own number whenever a signature or a shared view changes. */
const ABI = 2;

const addonFile = join('build', 'Release', 'tcx.node');

/** The folder of the package, wherever in it this file runs: from the sources or from dist/. */
function packageRoot(): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && (JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string }).name === 'tcx') {
      return folder;
    }
    if (folder === dirname(folder)) throw new Error(`no package.json of tcx above ${start}; run tcx from its package`);
  }
}

function loadAddon(): Addon {
  const root = packageRoot();
  const path = join(root, addonFile);
  const remedy = `run: ops/setup --build-only (in ${root})`;
  if (!existsSync(path)) throw new Error(`the native addon is not built: ${path} is missing; ${remedy}`);
  const loaded = createRequire(import.meta.url)(path) as Addon;
  if (loaded.abi !== ABI) {
    throw new Error(`${path} has interface number ${loaded.abi}, expected ${ABI}; ${remedy}`);
  }
  if (loaded.schemaHash !== SCHEMA_HASH) {
    throw new Error(`${path} was built from schemas ${loaded.schemaHash}, expected ${SCHEMA_HASH}; ${remedy}`);
  }
  return loaded;
}

export const addon: Addon = loadAddon();
