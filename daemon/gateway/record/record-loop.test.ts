// A recording end to end without threads: what was told is what is read back, byte for byte; windows begin and end where
// they should; what could not be kept is a hole that says so; nobody has to read for it to go on.

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Direction } from '../recorder.ts';
import { Redactor } from '../redaction.ts';
import { feedFolder, MANIFEST_FILE, SEALED_FILE, windowsIn } from './dataset.ts';
import { RecordKind } from './raw-format.ts';
import { decodeExchange, decodeOpened } from './record-bodies.ts';
import { RecordStatistic } from './record-loop.ts';
import { Bench, framesOf, openRecords, plan, sealedWindows, T0, temporaryFolder, VENUE } from './record.fixture.ts';
import { verifyWindow } from './verify.ts';

const SECOND = 1_000_000_000n;
let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => { folder = temporaryFolder(); });
afterEach(() => folder.remove());

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

describe('REC-3: what was told is what is read back', () => {
  test('random frames of random sizes, sockets and directions: exact bytes, in order, hash streams equal', () => {
    const frame = fc.record({
      socket: fc.nat(3), direction: fc.constantFrom(Direction.In, Direction.Out), step: fc.nat(2_000_000_000),
      bytes: fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ minLength: 20_000, maxLength: 30_000 })), turn: fc.boolean(),
    });
    fc.assert(fc.property(fc.array(frame, { size: 'max', minLength: 1, maxLength: 100 }), (frames) => {
      const place = temporaryFolder();
      const bench = new Bench(place.path, { windowNs: 60n * SECOND });
      const sockets = [plan(), plan(), plan('private', true), plan('api', true)].map((it, copy) => bench.recorder.opened(it, copy % 2, T0));
      const told = [createHash('sha256'), createHash('sha256')];
      const list: string[][] = [[], []];
      let time = T0;
      for (const { socket, direction, step, bytes, turn } of frames) {
        time += BigInt(step);
        bench.recorder.frame(sockets[socket]!, direction, bytes, time);
        const feed = socket < 2 ? 0 : 1;
        told[feed]!.update(bytes);
        list[feed]!.push(`${time} ${sockets[socket]} ${direction} ${bytes.length}`);
        if (turn) bench.turn();
      }
      bench.end();
      (['market', 'private'] as const).forEach((feed, index) => {
        const windows = sealedWindows(place.path, feed);
        const found = framesOf(windows);
        const hash = createHash('sha256');
        for (const { body } of found) hash.update(body);
        expect(found.map((it) => `${it.time} ${it.socket} ${it.direction} ${it.body.length}`)).toEqual(list[index]);
        expect(hash.digest('hex')).toBe(told[index]!.digest('hex'));
        expect(windows.every(({ manifest }) => manifest.complete)).toBe(true);
      });
      place.remove();
    }), { numRuns: 12 });
  });

  test('sockets, HTTP answers and reconnects are facts of the manifest', async () => {
    const bench = new Bench(folder.path);
    const first = bench.recorder.opened(plan(), 0, T0);
    bench.recorder.frame(first, Direction.Out, Buffer.from('subscribe'), T0 + 1n);
    bench.recorder.frame(first, Direction.In, Buffer.from('snapshot'), T0 + 2n);
    bench.recorder.exchange('GET /depth?symbol=X', false, 200, Buffer.from('{"lastUpdateId":1}'), T0 + 3n);
    bench.recorder.closed(first, 'reset by peer', T0 + 4n);
    bench.recorder.opened(plan(), 0, T0 + 7n * SECOND);
    bench.end();
    const [{ folder: path, manifest, records }] = sealedWindows(folder.path) as [ReturnType<typeof sealedWindows>[0]];
    expect(manifest).toMatchObject({
      venue: VENUE, feed: 'market', window: '20261122T150000Z', complete: true, end: 'in order', frames: { in: 1, out: 1 },
      bytes: { in: 8, out: 9 },
      exchanges: 1, firstTime: String(T0), lastTime: String(T0 + 7n * SECOND), gatewayBuild: 'test', timestamps: 'gateway', holes: [],
      reconnects: [{ name: 'public', copy: 0, lost: String(T0 + 4n), reason: 'reset by peer', opened: String(T0 + 7n * SECOND) }],
    });
    expect(manifest.sockets.map(({ socket, name, url, reconnects, closeReason }) => [socket, name, url, reconnects, closeReason])).toEqual([
      [1, 'public', 'wss://venue.example/public', 0, 'reset by peer'], [2, 'public', 'wss://venue.example/public', 1, '']]);
    const exchange = decodeExchange(records.find(({ kind }) => kind === RecordKind.Exchange)!.body);
    expect([exchange.target, exchange.status, text(exchange.body)]).toEqual(['GET /depth?symbol=X', 200, '{"lastUpdateId":1}']);
    expect(records.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 0]);
    expect(await verifyWindow(path)).toEqual([]);
  });
});

describe('REC-4: windows', () => {
  test('aligned, and each can be read alone: it repeats the sockets that are open', () => {
    const bench = new Bench(folder.path, { windowNs: 60n * SECOND });
    const socket = bench.recorder.opened(plan(), 1, T0 + 10n * SECOND);
    for (let i = 0n; i < 30n; i += 1n) bench.recorder.frame(socket, Direction.In, Buffer.from(String(i)), T0 + (10n + i * 10n) * SECOND);
    bench.end();
    const windows = sealedWindows(folder.path);
    expect(windows.map(({ manifest }) => manifest.window)).toEqual([
      '20261122T150010Z', '20261122T150100Z', '20261122T150200Z', '20261122T150300Z', '20261122T150400Z', '20261122T150500Z']);
    for (const { manifest, records } of windows) {
      for (const { time, sequence } of records) {
        if (sequence > 0) expect(time >= BigInt(manifest.from) && time < BigInt(manifest.to)).toBe(true);
      }
      expect(decodeOpened(records[0]!.body)).toMatchObject({ name: 'public', copy: 1, continued: manifest.window !== '20261122T150010Z' });
      expect(manifest.complete).toBe(true);
    }
    expect(windows.map(({ manifest }) => `${manifest.firstSequence}-${manifest.lastSequence}`)).toEqual(
      ['1-6', '7-12', '13-18', '19-24', '25-30', '31-31']);
  });

  test('a quiet window is sealed when its time is over, and the next begins while a socket is open', () => {
    const bench = new Bench(folder.path, { windowNs: 60n * SECOND });
    const socket = bench.recorder.opened(plan(), 0, T0);
    bench.turn();
    bench.nowMs = 60_500;
    bench.turn();
    expect(bench.sealed).toEqual([]);
    bench.nowMs = 61_500;
    bench.turnUntil(() => bench.sealed.length === 1);
    expect(bench.statistics[RecordStatistic.WindowsOpen]).toBe(1);
    bench.recorder.closed(socket, 'done', T0 + 62n * SECOND);
    bench.turn();
    bench.nowMs = 200_000;
    bench.turnUntil(() => bench.sealed.length === 2);
    bench.turn();
    expect(bench.statistics[RecordStatistic.WindowsOpen]).toBe(0);
    expect(sealedWindows(folder.path).map(({ manifest }) => [manifest.window, manifest.complete, manifest.sockets[0]?.continued]))
      .toEqual([['20261122T150000Z', true, false], ['20261122T150100Z', true, true]]);
  });

  test('REC-5, REC-7: nobody sees a window before it is sealed, and nobody has to look', () => {
    const bench = new Bench(folder.path);
    const socket = bench.recorder.opened(plan(), 0, T0);
    bench.recorder.frame(socket, Direction.In, Buffer.from('a'), T0 + 1n);
    bench.turn();
    expect([sealedWindows(folder.path).length, openRecords(folder.path).length]).toEqual([0, 2]);
    bench.end();
    expect([sealedWindows(folder.path).length, openRecords(folder.path).length]).toEqual([1, 0]);
  });

  test('REC-11: sealed is read-only: files and folder', () => {
    const bench = new Bench(folder.path);
    bench.recorder.opened(plan(), 0, T0);
    bench.end();
    const [{ folder: window }] = sealedWindows(folder.path) as [ReturnType<typeof sealedWindows>[0]];
    const modes = ['.', ...readdirSync(window)].map((name) => [name, (statSync(join(window, name)).mode & 0o777).toString(8)]);
    expect(modes).toEqual([['.', '555'], [SEALED_FILE, '444'], [MANIFEST_FILE, '444']]);
  });

  test('a clock that is set back opens another window; one that begins in the same second gets a number', () => {
    const bench = new Bench(folder.path, { windowNs: 60n * SECOND });
    const socket = bench.recorder.opened(plan(), 0, T0);
    bench.recorder.frame(socket, Direction.In, Buffer.from('a'), T0 + 3600n * SECOND);
    bench.recorder.frame(socket, Direction.In, Buffer.from('b'), T0);
    bench.end();
    expect(sealedWindows(folder.path).map(({ manifest }) => [manifest.window, manifest.frames.in]))
      .toEqual([['20261122T150000Z', 0], ['20261122T150000Z-2', 1], ['20261122T160000Z', 1]]);
  });
});

describe('REC-8: what could not be kept', () => {
  const CAPACITY = 1 << 16;
  const FRAME = Buffer.alloc(1000, 7);

  test('a writer that stalls: nothing is lost up to the bound, then one hole with its count, then on as before', () => {
    const bench = new Bench(folder.path, { capacity: CAPACITY });
    const socket = bench.recorder.opened(plan(), 0, T0);
    const room = Math.floor((CAPACITY - 8 - 120) / 1032) - 1;
    for (let i = 1; i <= room + 500; i += 1) bench.recorder.frame(socket, Direction.In, FRAME, T0 + BigInt(i));
    const { framesDropped, bytesDropped, frames, holes } = bench.recorder.statistics();
    expect(frames).toBeGreaterThanOrEqual(room);
    expect([framesDropped, bytesDropped, holes]).toEqual([room + 500 - frames, framesDropped * 1000, 1]);
    bench.turn();
    for (let i = 1; i <= 10; i += 1) bench.recorder.frame(socket, Direction.In, FRAME, T0 + SECOND + BigInt(i));
    bench.end();
    const windows = sealedWindows(folder.path);
    expect(windows[0]!.manifest.holes).toEqual([{
      from: String(T0 + BigInt(frames + 1)), to: String(T0 + BigInt(room + 500)), count: framesDropped, bytes: bytesDropped,
      reason: 'the buffer is full: the disk is too slow',
    }]);
    expect([windows[0]!.manifest.complete, framesOf(windows).length]).toEqual([false, frames + 10]);
  });

  test('G3: frames kept and frames in holes are all frames, whatever stalls when; sockets are never lost', async () => {
    const step = fc.oneof(
      { weight: 20, arbitrary: fc.record({ frame: fc.nat(6000), isPrivate: fc.boolean() }) },
      { weight: 3, arbitrary: fc.record({ turns: fc.integer({ min: 1, max: 3 }) }) },
      { weight: 1, arbitrary: fc.record({ reopen: fc.boolean() }) });
    await fc.assert(fc.asyncProperty(fc.array(step, { size: 'max', minLength: 50, maxLength: 500 }), async (steps) => {
      const place = temporaryFolder();
      const bench = new Bench(place.path, { capacity: CAPACITY });
      const sockets = [bench.recorder.opened(plan(), 0, T0), bench.recorder.opened(plan('private', true), 0, T0)];
      const told = [1, 1];
      let time = T0;
      for (const step of steps) {
        time += 1000n;
        if ('frame' in step) {
          bench.recorder.frame(sockets[Number(step.isPrivate)]!, Direction.In, Buffer.alloc(step.frame), time);
          told[Number(step.isPrivate)]! += 1;
        } else if ('turns' in step) for (let i = 0; i < step.turns; i += 1) bench.turn();
        else {
          const index = Number(step.reopen);
          bench.recorder.closed(sockets[index]!, 'again', time);
          sockets[index] = bench.recorder.opened(plan(step.reopen ? 'private' : 'public', step.reopen), 0, time);
          told[index]! += 2;
        }
      }
      bench.end();
      for (const [index, feed] of (['market', 'private'] as const).entries()) {
        for (const { folder: path, manifest, records } of sealedWindows(place.path, feed)) {
          const missing = manifest.holes.reduce((sum, { count }) => sum + count!, 0);
          const counted = records.filter(({ sequence, kind }) => sequence > 0 && kind !== RecordKind.Hole).length;
          expect(counted + missing).toBe(told[index]);
          expect(manifest.lastSequence).toBe(told[index]);
          expect(manifest.holes.every(({ reason }) => reason.startsWith('the buffer is full'))).toBe(true);
          expect(manifest.sockets.every(({ name }) => name !== '')).toBe(true);
          expect(await verifyWindow(path)).toEqual([]);
        }
      }
      place.remove();
    }), { numRuns: 15 });
  });

  test('a frame larger than the buffer takes is a hole of its own', () => {
    const bench = new Bench(folder.path, { capacity: CAPACITY });
    const socket = bench.recorder.opened(plan(), 0, T0);
    bench.recorder.frame(socket, Direction.In, Buffer.alloc(CAPACITY), T0 + 1n);
    bench.recorder.frame(socket, Direction.In, FRAME, T0 + 2n);
    bench.end();
    const [window] = sealedWindows(folder.path);
    expect(window!.manifest.holes).toMatchObject([{ count: 1, bytes: CAPACITY, reason: 'larger than the buffer takes: 32760 bytes' }]);
    expect(framesOf([window!])).toHaveLength(1);
  });

  test('a hole with nothing behind it is put on record too', () => {
    const bench = new Bench(folder.path, { capacity: CAPACITY });
    const socket = bench.recorder.opened(plan(), 0, T0);
    for (let i = 0; i < 100; i += 1) bench.recorder.frame(socket, Direction.In, FRAME, T0 + 1n);
    bench.turn();
    expect(bench.recorder.flush(true)).toBe(true);
    bench.turn();
    expect(openRecords(folder.path).at(-1)?.kind).toBe(RecordKind.Hole);
    bench.end();
  });

  test('a frame whose secrets cannot be taken out is not kept', () => {
    const bench = new Bench(folder.path, { redaction: { register: () => undefined, bytes: (bytes) => {
      if (bytes.length === 3) throw new Error('broken');
      return bytes;
    } } });
    const socket = bench.recorder.opened(plan(), 0, T0);
    bench.recorder.frame(socket, Direction.In, Buffer.from('abc'), T0 + 1n);
    bench.recorder.frame(socket, Direction.In, Buffer.from('abcd'), T0 + 2n);
    bench.end();
    const [window] = sealedWindows(folder.path);
    expect(window!.manifest.holes).toMatchObject([{ count: 1, reason: 'secrets could not be taken out' }]);
    expect(framesOf([window!]).map(({ body }) => text(body))).toEqual(['abcd']);
  });
});

test('SEC-9: a planted secret is nowhere on the disk: not of frames, HTTP, addresses or reasons, open or sealed', () => {
  const canary = 'canary-5ecret-7f3a';
  const bench = new Bench(folder.path, { redaction: new Redactor() });
  bench.recorder.redact('api-key', canary);
  const socket = bench.recorder.opened({ ...plan('private', true), url: `wss://venue.example/ws/${canary}` }, 0, T0);
  bench.recorder.frame(socket, Direction.Out, Buffer.from(`{"token":"${canary}"}`), T0 + 1n);
  bench.recorder.frame(socket, Direction.In, Buffer.from(`${canary}${canary}`), T0 + 2n);
  const spelled = Buffer.from(canary).toString('base64url');
  bench.recorder.frame(socket, Direction.Out, Buffer.from(`{"auth":"${spelled}"}`), T0 + 2n);
  bench.recorder.exchange(`POST /userDataStream?listenKey=${canary}`, true, 200, Buffer.from(`{"listenKey":"${canary}"}`), T0 + 3n);
  bench.recorder.closed(socket, `bad token ${canary}`, T0 + 4n);
  const files = (): Buffer[] => windowsIn(feedFolder(folder.path, VENUE, 'private')).flatMap((name) => {
    const path = join(feedFolder(folder.path, VENUE, 'private'), name);
    return readdirSync(path).map((file) => readFileSync(join(path, file))).map((bytes) => (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes));
  });
  bench.turn();
  const open = files();
  bench.end();
  const all = [...open, ...files()];
  expect(all.length).toBeGreaterThan(2);
  expect(all.filter((bytes) => bytes.includes(canary) || bytes.includes(spelled))).toEqual([]);
  expect(all.filter((bytes) => bytes.includes('<redacted:api-key>')).length).toBeGreaterThan(2);
  expect(existsSync(feedFolder(folder.path, VENUE, 'market'))).toBe(false);
});
