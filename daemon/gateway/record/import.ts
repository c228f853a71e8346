// Turns a capture of the line format into a sealed window, with a note of where it came from: one socket, everything
// inbound, times as the source has them. Reads the source twice and changes nothing of it.

import { createHash } from 'node:crypto';
import { createReadStream, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { readCapture } from '../capture-reader.ts';
import { Direction } from '../recorder.ts';
import { alignedStart, feedFolder } from './dataset.ts';
import type { Manifest, Provenance } from './manifest.ts';
import { RecordKind, type RawRecord } from './raw-format.ts';
import { encodeOpened } from './record-bodies.ts';
import { sealWindow } from './seal.ts';
import { WindowFile } from './window-file.ts';

interface ImportOptions {
  readonly source: string;
  readonly directory: string;
  readonly venue: string;
  readonly build: string;
  readonly now: bigint;
}

const NS_PER_SECOND = 1_000_000_000n;
const SOCKET = 1;

interface Imported {
  readonly folder: string;
  readonly manifest: Manifest;
}

export async function importCapture(options: ImportOptions): Promise<Imported> {
  const { source, directory, venue, build, now } = options;
  const span = await spanOf(source);
  const provenance: Provenance = { source: basename(source), ...await hashOf(source), lines: span.lines };
  const window = WindowFile.create(feedFolder(directory, venue, 'market'), {
    venue, feed: 'market', from: alignedStart(span.first, NS_PER_SECOND), to: alignedStart(span.last, NS_PER_SECOND) + NS_PER_SECOND,
    run: now, firstSequence: 1, build,
  }, { wrote: () => undefined });
  try {
    await copy(source, window, span.first, span.last);
    const sealing = sealWindow(window.folder, { foundAt: now, provenance });
    for (;;) {
      const step = sealing.next();
      if (step.done === true) return { folder: window.folder, manifest: step.value! };
    }
  } catch (error) {
    rmSync(window.folder, { recursive: true, force: true });
    throw error;
  }
}

async function copy(source: string, window: WindowFile, first: bigint, last: bigint): Promise<void> {
  const record = (kind: RecordKind, time: bigint, sequence: number, body: Uint8Array): RawRecord => (
    { time, sequence, socket: SOCKET, kind, direction: Direction.In, body });
  const opened = { name: 'public', copy: 0, url: `capture:${basename(source)}`, reconnects: 0, continued: false };
  window.appendRecord(record(RecordKind.Opened, first, 1, encodeOpened(opened)));
  let sequence = 1;
  for await (const { captureTime, frame } of readCapture(source)) {
    sequence += 1;
    window.appendRecord(record(RecordKind.Frame, captureTime, sequence, frame));
  }
  window.appendRecord(record(RecordKind.Closed, last, sequence + 1, Buffer.from('the capture ended')));
  window.finish();
}

/** Times of 0 mean that the source does not know. */
async function spanOf(source: string): Promise<{ first: bigint; last: bigint; lines: number }> {
  let first = 0n;
  let last = 0n;
  let lines = 0;
  for await (const { captureTime } of readCapture(source)) {
    lines += 1;
    if (captureTime === 0n) continue;
    if (first === 0n || captureTime < first) first = captureTime;
    if (captureTime > last) last = captureTime;
  }
  return { first, last, lines };
}

async function hashOf(path: string): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { size, sha256: hash.digest('hex') };
}
