// What tests of the recording share: a plan, a loop without a thread, and every record of a finished recording. Starts no
// process.

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { ConnectionPlan } from '../../event/venue-session.ts';
import { feedFolder, isSealed, OPEN_FILE, SEALED_FILE, windowsIn } from './dataset.ts';
import { readManifest, type Manifest } from './manifest.ts';
import { RecordKind, RecordParser, type Feed, type RawRecord } from './raw-format.ts';
import { RecordLoop, RecordStatistic, type RecordLoopOptions, type RecordLoopWorld } from './record-loop.ts';
import { RingRecorder, type Redaction } from './ring-recorder.ts';
import { Control, createRing } from './ring.ts';

export const VENUE = 'stand-in';
/** 2026-11-22T15:00:00Z. */
export const T0 = 1_795_359_600_000_000_000n;

export function plan(name = 'public', isPrivate = false): ConnectionPlan {
  return {
    name, url: `wss://venue.example/${name}`, isPrivate, copies: 2, silenceNs: 1e9, keepAlive: '', keepAliveNs: 1e9, lifetimeNs: Infinity,
  };
}

export const NO_REDACTION: Redaction = { register: () => undefined, bytes: (bytes) => bytes };

export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'tcx-record-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

interface BenchOptions extends Partial<Pick<RecordLoopOptions, 'windowNs' | 'isFirst' | 'sockets' | 'run'>> {
  readonly capacity?: number;
  readonly redaction?: Redaction;
  readonly nowMs?: number;
}

/** A recording without a thread: the test says when the writing side gets its turn, and what time it is. */
export class Bench {
  readonly recorder: RingRecorder;
  readonly loop: RecordLoop;
  readonly problems: string[] = [];
  readonly sealed: string[] = [];
  readonly statistics: Float64Array;
  readonly world: RecordLoopWorld;
  nowMs: number;
  private readonly control: Int32Array;

  constructor(directory: string, options: BenchOptions = {}) {
    this.nowMs = options.nowMs ?? 0;
    const memory = createRing(options.capacity ?? 1 << 20);
    const statistics = new SharedArrayBuffer(RecordStatistic.Size * 8);
    this.control = new Int32Array(memory.control);
    this.statistics = new Float64Array(statistics);
    this.recorder = new RingRecorder(memory, options.redaction ?? NO_REDACTION);
    this.world = {
      monotonicMs: () => this.nowMs, unixNs: () => T0 + BigInt(Math.floor(this.nowMs * 1e6)),
      onSealed: (folder) => this.sealed.push(folder), onProblem: (message) => this.problems.push(message),
    };
    this.loop = new RecordLoop({
      memory, statistics, directory, venue: VENUE, windowNs: options.windowNs ?? 3_600_000_000_000n, run: options.run ?? T0,
      build: 'test', syncIntervalMs: 1000, isFirst: options.isFirst ?? true, sockets: options.sockets ?? [],
    }, this.world);
  }

  /** Writes what waits, without sealing more than a slice. */
  turn(): void {
    this.loop.turn();
  }

  /** Rounds, each later than the one before, until `holds`. */
  turnUntil(holds: () => boolean, rounds = 10_000): void {
    for (let round = 0; round < rounds && !holds(); round += 1) {
      this.nowMs += 1;
      this.recorder.flush();
      this.loop.turn();
    }
    if (!holds()) throw new Error(`not after ${rounds} rounds; problems: ${this.problems.join('; ')}`);
  }

  /** Ends in order: everything written, every window sealed. */
  end(): void {
    this.turnUntil(() => this.recorder.flush(true));
    Atomics.store(this.control, Control.Closing, 1);
    this.turnUntil(() => this.loop.isDone);
    this.recorder.close();
  }
}

interface Window {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly records: readonly RawRecord[];
}

/** Sealed windows of a feed with everything in them. */
export function sealedWindows(directory: string, feed: Feed = 'market', venue = VENUE): Window[] {
  const folder = feedFolder(directory, venue, feed);
  return windowsIn(folder).map((name) => join(folder, name)).filter(isSealed).map((path) => (
    { folder: path, manifest: readManifest(path), records: parse(gunzipSync(readFileSync(join(path, SEALED_FILE)))) }));
}

export function framesOf(windows: readonly Window[]): RawRecord[] {
  return windows.flatMap(({ records }) => records.filter(({ kind }) => kind === RecordKind.Frame));
}

/** Whole records of the windows that are not sealed yet. */
export function openRecords(directory: string, feed: Feed = 'market'): RawRecord[] {
  const folder = feedFolder(directory, VENUE, feed);
  return windowsIn(folder).map((name) => join(folder, name)).filter((window) => !isSealed(window))
    .map((window) => join(window, OPEN_FILE)).filter((path) => existsSync(path)).flatMap((path) => parse(readFileSync(path)));
}

function parse(bytes: Uint8Array): RawRecord[] {
  const parser = new RecordParser();
  const records = parser.push(bytes);
  if (parser.fault !== '') throw new Error(parser.fault);
  return records;
}
