// The recording with its real worker and real files: round trip, processes that die at any moment, disks that fill up,
// and one recorder per folder. The producer never waits for any of it.

import { spawn, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../test/until.ts';
import { SILENT_LOG, type GatewayLog } from '../gateway-log.ts';
import { Direction } from '../recorder.ts';
import { RecordKind } from './raw-format.ts';
import { framesOf, NO_REDACTION, openRecords, plan, sealedWindows, T0, temporaryFolder, VENUE } from './record.fixture.ts';
import { Recording, RecordingError, type RecordingOptions } from './recording.ts';
import { verifyWindow } from './verify.ts';

const RECORDER = fileURLToPath(new URL('../../../dist/daemon/gateway/record/recorder.fixture.js', import.meta.url));
const DAY = 86_400;
const isBuilt = existsSync(RECORDER);

let place: ReturnType<typeof temporaryFolder>;
let recordings: Recording[] = [];
beforeEach(() => { place = temporaryFolder(); });
afterEach(async () => {
  for (const recording of recordings) await recording.stop();
  recordings = [];
  place.remove();
});

function record(options: Partial<RecordingOptions> = {}): Recording {
  const recording = new Recording({
    directory: place.path, venue: VENUE, windowSeconds: 3600, bufferSize: 1 << 20, syncIntervalMs: 100, build: 'test',
    redaction: NO_REDACTION, log: SILENT_LOG, ...options,
  });
  recordings.push(recording);
  return recording;
}

describe.skipIf(!isBuilt)('the worker', () => {
  test('what is told before and after it runs is in the window that stop seals; statistics move', async () => {
    const recording = record();
    const socket = recording.opened(plan(), 0, T0);
    recording.frame(socket, Direction.In, Buffer.from('early'), T0 + 1n);
    await recording.start();
    for (let i = 0; i < 5000; i += 1) recording.frame(socket, Direction.In, Buffer.from(`frame ${i}`), T0 + 2n + BigInt(i));
    await until('everything is written', () => recording.statistics().recordsWritten === 5002);
    await until('everything is on disk', () => recording.statistics().recordsSynced === 5002);
    expect(recording.statistics()).toMatchObject({
      frames: 5001, framesDropped: 0, holes: 0, bufferSize: 1 << 20, bufferUsed: 0, flushLagNs: 0, windowsOpen: 1, windowsSealed: 0,
      writeErrors: 0,
    });
    expect(sealedWindows(place.path)).toEqual([]);
    await recording.stop();
    expect(recording.statistics().windowsSealed).toBe(1);
    const windows = sealedWindows(place.path);
    const told = ['early', ...Array.from({ length: 5000 }, (_, i) => `frame ${i}`)];
    expect(framesOf(windows).map(({ body }) => String(Buffer.from(body)))).toEqual(told);
    expect(await verifyWindow(windows[0]!.folder)).toEqual([]);
  });

  test('frames faster than any disk: those kept and those in holes are all of them, and no call waits', async () => {
    const recording = record({ bufferSize: 1 << 16 });
    await recording.start();
    const socket = recording.opened(plan(), 0, T0);
    const frame = Buffer.alloc(4000);
    for (let i = 0; i < 20_000; i += 1) recording.frame(socket, Direction.In, frame, T0 + BigInt(i));
    await recording.stop();
    const windows = sealedWindows(place.path);
    const missing = windows[0]!.manifest.holes.reduce((sum, { count }) => sum + count!, 0);
    expect(framesOf(windows).length + missing).toBe(20_000);
    expect(missing).toBe(recording.statistics().framesDropped);
    expect(missing).toBeGreaterThan(0);
  });

  test('a second recorder of the same Venue is refused, and so is a folder that cannot be', async () => {
    const recording = record();
    expect(() => record()).toThrow(RecordingError);
    expect(() => record()).toThrow(/found process \d+ recording there, expected none; stop it, or record to another directory/);
    record({ venue: 'other' });
    await recording.stop();
    record();
    writeFileSync(join(place.path, 'file'), '');
    const directory = join(place.path, 'file');
    expect(() => record({ directory, venue: 'third' })).toThrow(/file cannot be recorded to: a part of the path is not a directory/);
    expect(() => record({ venue: '../x' })).toThrow(/expected up to 32 of a-z/);
    expect(() => record({ venue: 'fourth', windowSeconds: 0.5 })).toThrow(/a window of 0.5 s: expected whole seconds/);
  });

  test('a lock whose owner is gone is void', () => {
    mkdirSync(join(place.path, 'raw', VENUE), { recursive: true });
    writeFileSync(join(place.path, 'raw', VENUE, 'recorder.pid'), '4194304 1');
    record();
  });
});

describe.skipIf(!isBuilt)('kill -9', () => {
  test('at any moment: the next start seals what was left; what was said to be written is there, in order', async () => {
    for (const [writtenBefore, windowSeconds] of [[1, DAY], [1000, DAY], [4000, 1]] as const) {
      const folder = temporaryFolder();
      const written = await recordAndKill(folder.path, writtenBefore, windowSeconds);
      const records = [...sealedWindows(folder.path).flatMap((window) => window.records), ...openRecords(folder.path)];
      const left = records.filter(({ kind }) => kind === RecordKind.Frame);
      expect(records.length).toBeGreaterThanOrEqual(written);
      const next = record({ directory: folder.path });
      await next.start();
      await next.stop();
      const windows = sealedWindows(folder.path);
      const frames = framesOf(windows);
      expect(frames.map(({ body }) => Buffer.from(body).readUInt32LE())).toEqual(frames.map((_, i) => i + 1));
      expect(frames).toHaveLength(left.length);
      expect(windows.map(({ manifest }) => manifest.end).slice(0, -1).every((end) => end === 'in order')).toBe(true);
      // A kill may fall between the end of one window and the beginning of the next, unless there is only one.
      const { complete, end } = windows.at(-1)!.manifest;
      if (windowSeconds === DAY || !complete) expect([complete, end]).toEqual([false, 'interrupted']);
      for (const { folder: window } of windows) expect(await verifyWindow(window)).toEqual([]);
      folder.remove();
    }
  });

  /** Kills as soon as so many records are written; returns how many the process had said were. */
  async function recordAndKill(directory: string, writtenBefore: number, windowSeconds: number): Promise<number> {
    const child = spawn(process.execPath, [RECORDER, directory, String(windowSeconds)], { stdio: ['ignore', 'pipe', 'inherit'] });
    const closed = once(child, 'close');
    let text = '';
    const written = (): number => Number(/.*written (\d+) dropped 0\n$/s.exec(text)?.[1] ?? 0);
    child.stdout.on('data', (chunk) => {
      text += String(chunk);
      if (written() >= writtenBefore) child.kill('SIGKILL');
    });
    await closed;
    const said = Number([...text.matchAll(/written (\d+)/g)].at(-1)![1]);
    expect(text).not.toMatch(/dropped [1-9]/);
    return said;
  }
});

/** Mounting takes rights that a test need not have. */
const mayMount = ((): boolean => {
  const folder = temporaryFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder.path], { stdio: 'ignore' });
    execFileSync('umount', [folder.path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    folder.remove();
  }
})();

/** Until the disk refuses. */
function fillUp(path: string): void {
  const piece = Buffer.alloc(4096);
  try {
    for (;;) appendFileSync(path, piece);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

describe.skipIf(!isBuilt || !mayMount)('a full disk', () => {
  test('costs what exceeds the buffer, is a hole that says why, and is over when there is room', async () => {
    const disk = join(place.path, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk]);
    try {
      const problems: string[] = [];
      const log: GatewayLog = { ...SILENT_LOG, warn: (_, facts) => problems.push(String(facts?.['problem'])) };
      const recording = record({ directory: disk, bufferSize: 1 << 18, log });
      await recording.start();
      const socket = recording.opened(plan(), 0, T0);
      let told = 0;
      const tell = (count: number): void => {
        for (let i = 0; i < count; i += 1) recording.frame(socket, Direction.In, Buffer.alloc(1000, told), T0 + BigInt(told += 1));
      };
      tell(100);
      await until('the first frames are written', () => recording.statistics().recordsWritten === 101);
      const ballast = join(disk, 'ballast');
      fillUp(ballast);
      tell(100);
      await until('the disk refused', () => { tell(1); return recording.statistics().writeErrors > 1; });
      tell(2000);
      expect(recording.statistics().framesDropped).toBeGreaterThan(0);
      rmSync(ballast);
      await until('the hole is over', () => recording.statistics().bufferUsed === 0);
      tell(100);
      await recording.stop();
      for (const problem of problems) expect(problem).toMatch(/raw recording waits: ENOSPC: no space left on device/);
      expect(problems).not.toEqual([]);
      const windows = sealedWindows(disk);
      const { holes } = windows[0]!.manifest;
      // More than one when the writer came so late that the buffer was full before it met the full disk.
      expect(new Set(holes.map(({ reason }) => reason.replace(/: the disk is too slow$/, ': no space left on the disk'))))
        .toEqual(new Set(['the buffer is full: no space left on the disk']));
      expect(framesOf(windows).length + holes.reduce((sum, { count }) => sum + count!, 0)).toBe(told);
      expect(await verifyWindow(windows[0]!.folder)).toEqual([]);
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  });
});
