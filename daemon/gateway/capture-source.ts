// What can be read as a recording, whatever its form: a capture of the line format, one window, or a feed's folder with
// its windows in order. All give the same records. Opens files to read; publishes and repairs nothing.

import { statSync, type Stats } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { describeFailure } from '../base/system-failure.ts';
import { CaptureError, readCapture } from './capture-reader.ts';
import { isSealed, MANIFEST_FILE, OPEN_FILE, SEALED_FILE, windowsIn } from './record/dataset.ts';
import { readManifest } from './record/manifest.ts';
import { RecordKind, type FileHeader, type RawRecord } from './record/raw-format.ts';
import { encodeOpened } from './record/record-bodies.ts';
import { WindowReader } from './record/window-reader.ts';
import { Direction } from './recorder.ts';

export interface CaptureSource {
  readonly format: 'lines' | 'windows';
  /** Folders of the windows, oldest first; empty for the line format. */
  readonly windows: readonly string[];
  /** In recorded order, in pieces. */
  records(): AsyncGenerator<readonly RawRecord[]>;
}

/** Lines gathered into one piece. */
const PIECE_LINES = 256;

/** `includeOpen`: windows without a manifest too. Throws a CaptureError when there is nothing to read at `path`. */
export function openCaptureSource(path: string, includeOpen = false): CaptureSource {
  const stats = lookAt(path);
  if (stats === undefined) throw new CaptureError(`capture ${path}: found nothing there, expected a capture file or a recorded window`);
  if (!stats.isDirectory()) {
    const isOfWindow = [OPEN_FILE, SEALED_FILE, MANIFEST_FILE].includes(basename(path));
    if (isOfWindow) return openCaptureSource(dirname(resolve(path)), includeOpen);
    return { format: 'lines', windows: [], records: () => readLines(path) };
  }
  const windows = foldersOf(path, includeOpen);
  return { format: 'windows', windows, records: () => readWindows(windows) };
}

function lookAt(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw new CaptureError(`capture ${path}: ${describeFailure(error)}; expected a capture file or a recorded window`, { cause: error });
  }
}

/** Throws a CaptureError unless every window may be fed back: sealed, and of market data. */
export function assertFeedable({ windows }: CaptureSource): void {
  for (const window of windows) {
    const { feed } = readManifest(window);
    if (feed !== 'market') {
      throw new CaptureError(`capture ${window}: found the feed ${feed}, expected market: `
        + 'what is private is ours alone and never fed back');
    }
  }
}

function foldersOf(path: string, includeOpen: boolean): string[] {
  const has = (name: string): boolean => statSync(join(path, name), { throwIfNoEntry: false }) !== undefined;
  if (has(MANIFEST_FILE)) return [path];
  if (has(OPEN_FILE)) {
    if (includeOpen) return [path];
    throw new CaptureError(`capture ${path}: found a window without ${MANIFEST_FILE}, expected a sealed one; `
      + 'it is sealed when its time is over, or when its recorder starts again');
  }
  const windows = windowsIn(path).map((name) => join(path, name)).filter((folder) => includeOpen || isSealed(folder));
  if (windows.length > 0) return windows;
  throw new CaptureError(`capture ${path}: found a folder without ${MANIFEST_FILE} and without sealed windows, `
    + 'expected raw/<venue>/<feed>/<window> or the folder of a feed');
}

/** The line format knows one socket. What was read before an error comes before the error. */
async function* readLines(path: string): AsyncGenerator<readonly RawRecord[]> {
  let piece: RawRecord[] = [];
  let sequence = 0;
  try {
    for await (const { captureTime, frame } of readCapture(path)) {
      if (sequence === 0) piece.push(openedSocket(captureTime));
      sequence += 1;
      piece.push({ time: captureTime, sequence, socket: 0, kind: RecordKind.Frame, direction: Direction.In, body: frame });
      if (piece.length < PIECE_LINES) continue;
      yield piece;
      piece = [];
    }
  } catch (error) {
    if (piece.length > 0) yield piece;
    throw error;
  }
  if (sequence === 0) throw new CaptureError(`capture ${path}: found no frame, expected recorded frames`);
  if (piece.length > 0) yield piece;
}

function openedSocket(time: bigint): RawRecord {
  const body = encodeOpened({ name: '', copy: 0, url: '', reconnects: 0, continued: true });
  return { time, sequence: 0, socket: 0, kind: RecordKind.Opened, direction: 0, body };
}

async function* readWindows(windows: readonly string[]): AsyncGenerator<readonly RawRecord[]> {
  const open = new Set<number>();
  let before: FileHeader | null = null;
  let lastTime = 0n;
  for (const window of windows) {
    const reader = new WindowReader(window);
    for await (const records of reader.records()) {
      const { header } = reader;
      if (before !== null && header !== null && header.run !== before.run) {
        yield closeAll(open, lastTime);
        open.clear();
      }
      before = header ?? before;
      for (const record of records) {
        if (record.kind === RecordKind.Opened) open.add(record.socket);
        if (record.kind === RecordKind.Closed) open.delete(record.socket);
        if (record.time > lastTime) lastTime = record.time;
      }
      yield records;
    }
  }
}

/** A recorder that ended took its sockets with it; the next one counts from 1 again. */
function closeAll(open: ReadonlySet<number>, time: bigint): RawRecord[] {
  return [...open].map((socket) => ({
    time, sequence: 0, socket, kind: RecordKind.Closed, direction: 0, body: Buffer.from('the recorder ended'),
  }));
}
