// A recording fed back: every inbound frame of every socket in order, opens and closes, HTTP answers to whoever asked, in
// the recording's own time, the same at every speed, and never faster than the link takes.

import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ConnectionPlan, FrameSession, HttpRequest } from '../event/venue-session.ts';
import { CaptureFeed, type CaptureFeedOptions, type CaptureFeedResult } from './capture-feed.ts';
import { CaptureError } from './capture-reader.ts';
import { assertFeedable, openCaptureSource } from './capture-source.ts';
import { systemClock, type GatewayClock } from './clock.ts';
import { feedFolder, windowsIn } from './record/dataset.ts';
import { importCapture } from './record/import.ts';
import type { RawRecord } from './record/raw-format.ts';
import { Bench, plan, T0, VENUE } from './record/record.fixture.ts';
import { Direction } from './recorder.ts';

let place: string;
beforeEach(() => { place = mkdtempSync(join(tmpdir(), 'tcx-feed-')); });
afterEach(() => rmSync(place, { recursive: true }));

/** Writes down what it is told; does something due when a test says so. */
class ToldSession {
  readonly told: string[] = [];
  plans: ConnectionPlan[] = [plan()];
  dueEvery = Infinity;
  ask: (() => void) | null = null;
  private lastDue = 0;

  connections(): readonly ConnectionPlan[] {
    return this.plans;
  }
  advance(now: number): number {
    for (; this.lastDue + this.dueEvery <= now; this.lastDue += this.dueEvery) this.told.push(`due@${now}`);
    return this.lastDue + this.dueEvery;
  }
  onOpen(connection: number, copy: number, now: number): void {
    this.told.push(`open ${connection}/${copy}@${now}`);
    this.ask?.();
  }
  onFrame(connection: number, copy: number, frame: Uint8Array, captureTime: bigint, now: number): void {
    this.told.push(`${String(Buffer.from(frame))} ${connection}/${copy}@${now}+${captureTime - T0}`);
  }
  onClose(connection: number, copy: number, reason: string, now: number): void {
    this.told.push(`close ${connection}/${copy} ${reason}@${now}`);
  }
  onHttp(id: number, { status, body }: { status: number; body: Uint8Array }, captureTime: bigint, now: number): void {
    this.told.push(`http ${id} ${status} ${String(Buffer.from(body))}@${now}+${captureTime - T0}`);
  }
}

function feedOf(session: ToldSession, options: Partial<CaptureFeedOptions> = {}): CaptureFeed {
  return new CaptureFeed({
    speed: Infinity, clock: systemClock(), ready: () => Promise.resolve(), enter: (call) => call(),
    session: session as unknown as FrameSession, ...options,
  });
}

function lines(...text: string[]): string {
  const path = join(place, 'capture');
  writeFileSync(path, text.join('\n'));
  return path;
}

async function run(path: string, session: ToldSession, options?: Partial<CaptureFeedOptions>): Promise<CaptureFeedResult> {
  return feedOf(session, options).run(openCaptureSource(path).records());
}

describe('the line format', () => {
  test('is one connection: opened, fed in order in the capture\'s own time, which never runs backwards, closed', async () => {
    const session = new ToldSession();
    const result = await run(lines('0 a', `${T0} b`, `${T0 + 4000n} c`, `${T0 + 3000n} d`, `${T0 + 8000n} e`), session);
    expect(session.told).toEqual([
      'open 0/0@0', `a 0/0@0+${-T0}`, 'b 0/0@0+0', 'c 0/0@4000+4000', 'd 0/0@4000+3000', 'e 0/0@8000+8000',
      'close 0/0 the capture ended@8000',
    ]);
    expect(result).toEqual({ frames: 5, ignored: 0, unasked: 0, span: 8000, timeJumps: 0 });
  });

  test('what stands before a line that cannot be read is fed before the error', async () => {
    const session = new ToldSession();
    await expect(run(lines('1 a', '2 b', 'garbage'), session)).rejects.toThrow(CaptureError);
    expect(session.told).toEqual(['open 0/0@0', `a 0/0@0+${1n - T0}`, `b 0/0@1+${2n - T0}`]);
  });

  test('a recording without a frame is none', async () => {
    await expect(run(lines('', '', ''), new ToldSession())).rejects.toThrow(/found no frame, expected recorded frames/);
  });

  test('nothing is delivered while the link is not ready', async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => { open = resolve; });
    const session = new ToldSession();
    const running = run(lines('1 a', '2 b'), session, { ready: () => gate });
    await new Promise(setImmediate);
    expect(session.told).toEqual([]);
    open();
    await running;
    expect(session.told).toHaveLength(4);
  });

  test('a jump of the recording\'s clock is waited for at no speed', async () => {
    const delays: number[] = [];
    const clock: GatewayClock = {
      monotonicNs: () => delays.reduce((sum, delay) => sum + delay * 1e6, 0), unixNs: () => 0n,
      after: (milliseconds, callback) => {
        delays.push(milliseconds);
        setImmediate(callback);
        return () => undefined;
      },
    };
    const year = 365n * 86_400_000_000_000n;
    const second = 1_000_000_000n;
    const stamped = [T0, T0 + second, T0 + year, T0 + year + second].map((time) => `${time} a`);
    const result = await run(lines(...stamped), new ToldSession(), { speed: 1, clock });
    expect(result).toMatchObject({ timeJumps: 1, span: 3_602e9 });
    expect(delays).toEqual([1000, 1000]);
  });

  test.each([[1, [0, 0, 1000, 3000]], [10, [0, 0, 100, 300]]] as const)(
    'at %s× the recorded pace each frame waits for its time', async (speed, due) => {
      let nowMs = 0;
      const clock: GatewayClock = {
        monotonicNs: () => nowMs * 1e6, unixNs: () => 0n,
        after: (milliseconds, callback) => {
          nowMs += milliseconds;
          setImmediate(callback);
          return () => undefined;
        },
      };
      const times: number[] = [];
      const session = new ToldSession();
      const enter = (call: () => void): void => {
        const before = session.told.length;
        call();
        if (session.told.length > before) times.push(nowMs);
      };
      await run(lines('1000000000 a', '2000000000 b', '4000000000 c'), session, { speed, clock, enter });
      expect(times.slice(0, -1)).toEqual(due);
    });

  test('stop() ends a feed that waits for its next frame', async () => {
    const session = new ToldSession();
    const feed = feedOf(session, { speed: 1 });
    const running = feed.run(openCaptureSource(lines('1 a', '3600000000000 b')).records());
    setImmediate(() => setImmediate(() => feed.stop('SIGTERM')));
    expect((await running).frames).toBeLessThanOrEqual(1);
    expect(session.told.filter((told) => told.startsWith('b'))).toEqual([]);
  });

  test('what a session has due between frames happens at its own time, whatever the speed', async () => {
    const session = new ToldSession();
    session.dueEvery = 1000;
    await run(lines(`${T0} a`, `${T0 + 3500n} b`), session);
    expect(session.told).toEqual([
      'open 0/0@0', 'a 0/0@0+0', 'due@1000', 'due@2000', 'due@3000', 'b 0/0@3500+3500', 'close 0/0 the capture ended@3500']);
  });
});

describe('a recorder whose clock was set', () => {
  const HOUR = 3_600_000_000_000;
  const YEAR = 8766n * 3_600_000_000_000n;

  test.each([
    ['forward by years', YEAR, [1000, 1000 + HOUR, 2000 + HOUR]],
    ['back by years', -YEAR, [1000, 1000, 2000]],
    ['by no more than an hour', BigInt(HOUR), [1000, 1000 + HOUR, 2000 + HOUR]],
    ['back by less', -500n, [1000, 1000, 1500]],
  ])('%s: an hour passes at most, then time goes on', async (_what, step, expected) => {
    const session = new ToldSession();
    session.dueEvery = 60e9;
    const { timeJumps } = await run(lines(
      `${T0} a`, `${T0 + 1000n} b`, `${T0 + 1000n + step} c`, `${T0 + 2000n + step} d`), session);
    const times = session.told.filter((told) => /^[bcd] /.test(told)).map((told) => Number(/@(\d+)/.exec(told)![1]));
    expect(times).toEqual(expected);
    expect(timeJumps).toBe(step === YEAR || step === -YEAR ? 1 : 0);
  });

  test('from 1970 to today, with a session that has something due every second: fed in the time it takes to read', async () => {
    const session = new ToldSession();
    session.dueEvery = 1e9;
    expect(await run(lines('1000 a', `${T0} b`, '2000 c', `${T0 + 1n} d`), session)).toMatchObject({ frames: 4, timeJumps: 3 });
  });
});

describe('a recorded window', () => {
  const body = Buffer.from('{"lastUpdateId":7}');
  const request: HttpRequest = { method: 'GET', path: '/depth?symbol=X', headers: {}, body: '', isPrivate: false };

  /** Two copies of one feed, an HTTP answer, a private socket, a reconnect. */
  function recorded(windowNs?: bigint): string {
    const bench = new Bench(place, windowNs === undefined ? {} : { windowNs });
    const { recorder } = bench;
    const [a, b, secret] = [recorder.opened(plan(), 0, T0), recorder.opened(plan(), 1, T0), recorder.opened(plan('private', true), 0, T0)];
    recorder.frame(a, Direction.Out, Buffer.from('subscribe'), T0 + 1n);
    recorder.frame(a, Direction.In, Buffer.from('u1'), T0 + 2n);
    recorder.frame(secret, Direction.In, Buffer.from('fill'), T0 + 2n);
    recorder.exchange('GET /depth?symbol=X', false, 200, body, T0 + 3n);
    recorder.frame(b, Direction.In, Buffer.from('u1'), T0 + 4n);
    recorder.closed(a, 'reset', T0 + 2_000_000_000n);
    const again = recorder.opened(plan(), 0, T0 + 3_000_000_000n);
    recorder.frame(again, Direction.In, Buffer.from('u2'), T0 + 3_000_000_001n);
    bench.end();
    return feedFolder(place, VENUE, 'market');
  }

  test('drives all sockets, answers what was asked, in recorded order', async () => {
    const feed = recorded();
    const session = new ToldSession();
    const fed = feedOf(session);
    session.ask = () => {
      session.ask = null;
      expect(fed.request(request)).toBe(1);
    };
    const result = await fed.run(openCaptureSource(join(feed, windowsIn(feed)[0]!)).records());
    expect(session.told).toEqual([
      'open 0/0@0', 'open 0/1@0', 'u1 0/0@2+2', 'http 1 200 {"lastUpdateId":7}@3+3', 'u1 0/1@4+4', 'close 0/0 reset@2000000000',
      'open 0/0@3000000000', 'u2 0/0@3000000001+3000000001', 'close 0/1 the capture ended@3000000001',
      'close 0/0 the capture ended@3000000001',
    ]);
    expect(result).toMatchObject({ frames: 3, ignored: 0, unasked: 0 });
  });

  test('cut into windows it gives the same as in one', async () => {
    const whole = new ToldSession();
    await run(recorded(), whole);
    rmSync(join(place, 'raw'), { recursive: true });
    const cut = new ToldSession();
    const feed = recorded(1_000_000_000n);
    expect(windowsIn(feed).length).toBe(3);
    await run(feed, cut);
    expect(cut.told).toEqual(whole.told);
  });

  test('an answer recorded before the session asks waits for it', async () => {
    const session = new ToldSession();
    const fed = feedOf(session);
    const feed = recorded();
    const records: RawRecord[] = [];
    for await (const piece of openCaptureSource(feed).records()) records.push(...piece);
    async function* asking(): AsyncGenerator<readonly RawRecord[]> {
      for (const record of records) {
        if (record.time === T0 + 2_000_000_000n) fed.request(request);
        yield [record];
      }
    }
    await fed.run(asking());
    expect(session.told).toContain('http 1 200 {"lastUpdateId":7}@2000000000+2000000000');
  });

  test('a session without that connection or copy ignores and counts it', async () => {
    const session = new ToldSession();
    session.plans = [{ ...plan(), copies: 1 }];
    expect(await run(recorded(), session)).toMatchObject({ frames: 2, ignored: 1, unasked: 1 });
    session.plans = [plan('other')];
    expect(await run(feedFolder(place, VENUE, 'market'), session)).toMatchObject({ frames: 0, ignored: 3 });
  });

  test('a recorder that ended took its sockets with it', async () => {
    recorded();
    const bench = new Bench(place, { run: T0 + 10_000_000_000n });
    const socket = bench.recorder.opened(plan(), 0, T0 + 10_000_000_000n);
    bench.recorder.frame(socket, Direction.In, Buffer.from('new'), T0 + 10_000_000_001n);
    bench.end();
    const session = new ToldSession();
    await run(feedFolder(place, VENUE, 'market'), session);
    expect(session.told.slice(-6)).toEqual([
      'u2 0/0@3000000001+3000000001', 'close 0/1 the recorder ended@3000000001', 'close 0/0 the recorder ended@3000000001',
      'open 0/0@10000000000', 'new 0/0@10000000001+10000000001', 'close 0/0 the capture ended@10000000001']);
  });

  test('what is private is never fed back, what is not sealed is not there', () => {
    recorded();
    expect(() => assertFeedable(openCaptureSource(feedFolder(place, VENUE, 'private')))).toThrow(/found the feed private, expected market/);
    expect(() => assertFeedable(openCaptureSource(feedFolder(place, VENUE, 'market')))).not.toThrow();
    expect(() => openCaptureSource(join(place, 'nowhere'))).toThrow(CaptureError);
    expect(() => openCaptureSource(place)).toThrow(/found a folder without manifest.json and without sealed windows, expected raw/);
  });
});

const CAPTURES = new URL('../../../shared/data/captures/', import.meta.url).pathname;
const NAMES = existsSync(CAPTURES)
  ? readdirSync(CAPTURES, { recursive: true, encoding: 'utf8' }).filter((name) => /(kraken|okx|bitget|deribit).*\.capture\.gz$/.test(name))
  : [];

describe.skipIf(!existsSync(CAPTURES))('REC-3: recordings of ../shared/data', () => {
  test.each(NAMES)('%s: imported, it feeds a session the same frames', async (name) => {
    const source = join(CAPTURES, name);
    const { folder } = await importCapture({ source, directory: place, venue: 'imported', build: 'test', now: T0 });
    const [before, after] = [new ToldSession(), new ToldSession()];
    const counts = await run(source, before);
    expect(await run(folder, after)).toMatchObject({ frames: counts.frames, span: counts.span });
    const frames = (told: readonly string[]): string[] => told.filter((text) => !/^(open|close) /.test(text));
    expect(frames(after.told)).toEqual(frames(before.told));
  });
});
