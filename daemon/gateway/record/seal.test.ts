// Sealing: a crash at any moment, a file cut anywhere, a byte changed anywhere. Whatever happened, no manifest without its
// data, no whole record lost, nothing wrong passes for right.

import {
  chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Direction } from '../recorder.ts';
import { DAMAGED_FILE, feedFolder, MANIFEST_FILE, OPEN_FILE, SEALED_FILE, windowsIn } from './dataset.ts';
import { readManifest } from './manifest.ts';
import { FILE_HEADER_SIZE } from './raw-format.ts';
import { RecordStatistic } from './record-loop.ts';
import { Bench, framesOf, openRecords, plan, sealedWindows, T0, temporaryFolder, VENUE } from './record.fixture.ts';
import { sealWindow, unsealedIn } from './seal.ts';
import { verifyWindow } from './verify.ts';

const SECOND = 1_000_000_000n;
let place: ReturnType<typeof temporaryFolder>;
beforeEach(() => { place = temporaryFolder(); });
afterEach(() => place.remove());

/** A window as kill -9 leaves it; its folder. */
function orphan(frames = 20, size = 100): string {
  const bench = new Bench(place.path, { capacity: 1 << 23 });
  const socket = bench.recorder.opened(plan(), 0, T0);
  for (let i = 1; i <= frames; i += 1) bench.recorder.frame(socket, Direction.In, Buffer.alloc(size, i), T0 + BigInt(i) * SECOND);
  bench.turnUntil(() => bench.statistics[RecordStatistic.Records] === frames + 1);
  const feed = feedFolder(place.path, VENUE, 'market');
  return join(feed, windowsIn(feed)[0]!);
}

function seal(window: string, foundAt = T0 + 60n * SECOND): void {
  for (const _ of sealWindow(window, { foundAt }));
}

describe('REC-6: a crash', () => {
  test('an orphan is sealed at the next start: incomplete, with its hole, and nothing that was written is lost', async () => {
    orphan();
    const bench = new Bench(place.path, { run: T0 + 60n * SECOND, nowMs: 60_000 });
    const socket = bench.recorder.opened(plan(), 0, T0 + 60n * SECOND);
    bench.recorder.frame(socket, Direction.In, Buffer.from('next'), T0 + 61n * SECOND);
    bench.end();
    expect(bench.statistics[RecordStatistic.WindowsRecovered]).toBe(1);
    const [first, second] = sealedWindows(place.path);
    expect([first!.manifest.end, first!.manifest.complete, framesOf([first!]).length]).toEqual(['interrupted', false, 20]);
    expect(first!.manifest.holes).toEqual([{
      from: String(T0 + 20n * SECOND), to: String(T0 + 60n * SECOND), count: null, bytes: null,
      reason: 'the recorder ended without closing the window',
    }]);
    expect([second!.manifest.window, second!.manifest.complete]).toEqual(['20261122T150100Z', true]);
    for (const { folder } of [first!, second!]) expect(await verifyWindow(folder)).toEqual([]);
  });

  test('a window that was closed in order but not sealed is complete', () => {
    const bench = new Bench(place.path);
    bench.recorder.opened(plan(), 0, T0);
    bench.end();
    const [{ folder }] = sealedWindows(place.path) as [ReturnType<typeof sealedWindows>[0]];
    const again = join(place.path, 'raw', VENUE, 'market', '20261122T160000Z');
    mkdirSync(again);
    // What the sealed file holds is what the open one held.
    writeFileSync(join(again, OPEN_FILE), gunzipSync(readFileSync(join(folder, SEALED_FILE))));
    seal(again);
    expect(readManifest(again)).toMatchObject({ complete: true, end: 'in order', holes: [] });
  });

  test('G4: stopped after any slice, sealing begins anew and ends the same; a manifest never stands without its data', async () => {
    const window = orphan(200, 20_000);
    for (let slices = 0; ; slices += 1) {
      const attempt = sealWindow(window, { foundAt: T0 + 60n * SECOND });
      let isDone = false;
      for (let i = 0; i < slices && !isDone; i += 1) isDone = attempt.next().done === true;
      expect(existsSync(join(window, MANIFEST_FILE))).toBe(isDone);
      expect(existsSync(join(window, OPEN_FILE))).toBe(!isDone);
      attempt.return(null);
      if (isDone) break;
      expect(slices).toBeLessThan(1000);
    }
    expect(await verifyWindow(window)).toEqual([]);
    expect(framesOf(sealedWindows(place.path))).toHaveLength(200);
  });

  test('between manifest and read-only, the next start completes what is left and changes no byte', async () => {
    const window = orphan();
    copyFileSync(join(window, OPEN_FILE), join(place.path, 'kept'));
    seal(window);
    const manifest = readFileSync(join(window, MANIFEST_FILE));
    chmodSync(window, 0o755);
    copyFileSync(join(place.path, 'kept'), join(window, OPEN_FILE));
    expect(unsealedIn(feedFolder(place.path, VENUE, 'market'))).toEqual([window]);
    expect((await verifyWindow(window)).join()).toContain('beside the manifest');
    seal(window);
    expect(readFileSync(join(window, MANIFEST_FILE))).toEqual(manifest);
    expect([await verifyWindow(window), unsealedIn(feedFolder(place.path, VENUE, 'market'))]).toEqual([[], []]);
  });

  test('cut at any byte, every record before the cut is kept and the rest is told of', async () => {
    const window = orphan(30, 50);
    const whole = readFileSync(join(window, OPEN_FILE));
    const recordSize = 32 + 50;
    const firstFrame = whole.length - 30 * recordSize;
    await fc.assert(fc.asyncProperty(fc.integer({ min: FILE_HEADER_SIZE, max: whole.length }), async (cut) => {
      const copy = join(feedFolder(place.path, VENUE, 'market'), '20261122T170000Z');
      mkdirSync(copy);
      writeFileSync(join(copy, OPEN_FILE), whole.subarray(0, cut));
      seal(copy);
      const { manifest, records } = sealedWindows(place.path).find(({ folder }) => folder === copy)!;
      const frames = Math.max(0, Math.floor((cut - firstFrame) / recordSize));
      expect(framesOf([{ folder: copy, manifest, records }])).toHaveLength(frames);
      expect(manifest).toMatchObject({ end: 'interrupted', complete: false, data: { rawSize: cut - manifest.data.tornSize } });
      expect(await verifyWindow(copy)).toEqual([]);
      chmodSync(copy, 0o755);
      for (const name of readdirSync(copy)) truncateSync(join(copy, name));
      rmSync(copy, { recursive: true });
    }), { numRuns: 60 });
  });

  test('without a whole header there was no frame: the folder goes', () => {
    const window = orphan();
    truncateSync(join(window, OPEN_FILE), FILE_HEADER_SIZE - 1);
    seal(window);
    expect(existsSync(window)).toBe(false);
  });

  test('a record that is damaged ends the window there; the file is kept beside it', () => {
    const window = orphan(20, 100);
    const bytes = readFileSync(join(window, OPEN_FILE));
    bytes[bytes.length - 5 * 132 + 60]! ^= 1;
    writeFileSync(join(window, OPEN_FILE), bytes);
    seal(window);
    const [{ manifest }] = sealedWindows(place.path) as [ReturnType<typeof sealedWindows>[0]];
    expect([manifest.frames.in, manifest.complete]).toEqual([15, false]);
    expect(manifest.holes[0]!.reason).toMatch(/^the file is damaged: found checksum/);
    expect(readFileSync(join(window, DAMAGED_FILE))).toEqual(bytes);
  });

  test('what is no window is left where it is, named once, and recording goes on', () => {
    const window = orphan();
    writeFileSync(join(window, OPEN_FILE), Buffer.alloc(1000, 'x'));
    const bench = new Bench(place.path, { run: T0 + 60n * SECOND });
    bench.recorder.opened(plan(), 0, T0 + 3600n * SECOND);
    bench.end();
    expect(bench.problems).toHaveLength(1);
    expect(bench.problems[0]).toContain(
      'frames.raw.open: found "xxxxxxxx" at its start, expected "TCXRAW01": it cannot be sealed; move it away');
    expect([existsSync(join(window, OPEN_FILE)), sealedWindows(place.path).length]).toEqual([true, 1]);
  });
});

describe('REC-11: what was changed after sealing', () => {
  test('one bit anywhere in data or manifest is found', async () => {
    const window = orphan(20, 200);
    seal(window);
    const copy = join(place.path, 'copy', 'raw', VENUE, 'market', '20261122T150000Z');
    await fc.assert(fc.asyncProperty(fc.constantFrom(SEALED_FILE, MANIFEST_FILE), fc.nat(), fc.nat(7), async (name, at, bit) => {
      cpSync(window, copy, { recursive: true });
      expect(await verifyWindow(copy)).toEqual([]);
      const bytes = readFileSync(join(copy, name));
      bytes[at % bytes.length]! ^= 1 << bit;
      chmodSync(copy, 0o755);
      chmodSync(join(copy, name), 0o644);
      writeFileSync(join(copy, name), bytes);
      const isSame = JSON.stringify(tryJson(bytes)) === JSON.stringify(tryJson(readFileSync(join(window, name)))) && name === MANIFEST_FILE;
      if (!isSame) expect(await verifyWindow(copy)).not.toEqual([]);
      rmSync(join(place.path, 'copy'), { recursive: true });
    }), { numRuns: 150 });
  });

  test.each([
    ['a frame more', (it: Record<string, unknown>) => { it['frames'] = { in: 21, out: 0 }; }],
    ['no holes', (it: Record<string, unknown>) => { it['holes'] = []; it['complete'] = true; it['end'] = 'in order'; }],
    ['another build', (it: Record<string, unknown>) => { it['gatewayBuild'] = 'other'; }],
  ])('%s: a manifest that was written anew, with its seal, does not agree with the records', async (_, change) => {
    const window = orphan();
    seal(window);
    const content = JSON.parse(readFileSync(join(window, MANIFEST_FILE), 'utf8')) as Record<string, unknown>;
    delete content['seal'];
    change(content);
    chmodSync(join(window, MANIFEST_FILE), 0o644);
    const seal256 = createHash('sha256').update(JSON.stringify(content)).digest('hex');
    writeFileSync(join(window, MANIFEST_FILE), JSON.stringify({ ...content, seal: seal256 }));
    const problems = await verifyWindow(window);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.join()).toMatch(/found .*, expected/);
  });

  test('a window under another name or Venue is not the one that was sealed', async () => {
    const window = orphan();
    seal(window);
    const other = join(place.path, 'raw', 'elsewhere', 'market', '20261122T150000Z');
    cpSync(window, other, { recursive: true });
    expect(await verifyWindow(other)).toEqual([
      'folder: found elsewhere/market/20261122T150000Z, expected stand-in/market/20261122T150000Z']);
  });
});

test('records of an open window can be read while it is written', () => {
  orphan(7);
  expect(framesOf([])).toEqual([]);
  expect(openRecords(place.path)).toHaveLength(8);
});

function tryJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return bytes.toString('latin1');
  }
}
