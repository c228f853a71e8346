// Captures: read as they are, refused where they are not, fed in order, at a pace, and never faster than the link
// takes.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { CaptureFeed } from './capture-feed.ts';
import { CaptureError, readCapture, type CaptureFrame } from './capture-reader.ts';
import { systemClock } from './clock.ts';

const folder = mkdtempSync(join(tmpdir(), 'tcx-capture-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function readAll(path: string): Promise<CaptureFrame[]> {
  const frames: CaptureFrame[] = [];
  for await (const frame of readCapture(path)) frames.push(frame);
  return frames;
}

const TEXT = '0 {"a":"status"}\n1784483679614741000 {"b":"x y"}\r\n1784483679614741001 {"c":"ü"}';

describe('reading', () => {
  test('gzip and plain give the same frames, exactly as received', async () => {
    const frames = [
      { captureTime: 0n, frame: '{"a":"status"}' }, { captureTime: 1_784_483_679_614_741_000n, frame: '{"b":"x y"}' },
      { captureTime: 1_784_483_679_614_741_001n, frame: '{"c":"ü"}' },
    ];
    expect(await readAll(file('plain', TEXT))).toEqual(frames);
    expect(await readAll(file('zipped.gz', gzipSync(TEXT)))).toEqual(frames);
  });

  test('lines that straddle the chunks of a long file arrive whole', async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `${1_000_000 + i} ${'z'.repeat(i % 97)}${i}`);
    const frames = await readAll(file('long.gz', gzipSync(lines.join('\n'))));
    expect(frames.map(({ captureTime, frame }) => `${captureTime} ${frame}`)).toEqual(lines);
  });

  test.each([
    ['missing', '', 'no such file'],
    ['empty', '', 'found an empty file'],
    ['letters', 'hello world\n', 'line 1: found "hello world", expected "<ns since the Unix epoch> <frame>"'],
    ['no-frame', '12 a\n13\n', 'line 2: found "13"'],
    ['negative', '-5 a\n', 'line 1'],
  ])('%s: refused with file, line, found and expected', async (name, content, message) => {
    const path = name === 'missing' ? join(folder, 'nowhere') : file(name, content);
    await expect(readAll(path)).rejects.toThrow(CaptureError);
    await expect(readAll(path)).rejects.toThrow(message);
    await expect(readAll(path)).rejects.toThrow(path);
  });

  test('a cut gzip file gives its whole lines, then says after which line it is unreadable', async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `${i + 1} ${Math.sin(i)}`);
    const zipped = gzipSync(lines.join('\n'));
    const path = file('cut.gz', zipped.subarray(0, zipped.length >> 1));
    let count = 0;
    const reading = (async () => {
      for await (const { frame } of readCapture(path)) {
        expect(frame).toBe(String(Math.sin(count)));
        count += 1;
      }
    })();
    await expect(reading).rejects.toThrow(/unreadable after line \d+: unexpected end of file/);
    expect(count).toBeGreaterThan(0);
  });
});

describe('feeding', () => {
  const at = (captureTime: bigint, frame = ''): CaptureFrame => ({ captureTime, frame });

  async function* stream(frames: readonly CaptureFrame[]): AsyncGenerator<CaptureFrame> {
    yield* frames;
  }

  test('at max every frame arrives in order and in the capture\'s own time, which never runs backwards', async () => {
    const told: string[] = [];
    const feed = new CaptureFeed({
      speed: Infinity, clock: systemClock(), ready: () => Promise.resolve(),
      deliver: ({ frame }, now) => { told.push(`${frame}@${now}`); },
    });
    const frames = [at(0n, 'a'), at(1000n, 'b'), at(5000n, 'c'), at(4000n, 'd'), at(9000n, 'e')];
    const result = await feed.run(stream(frames));
    expect(told).toEqual(['a@0', 'b@0', 'c@4000', 'd@4000', 'e@8000']);
    expect(result).toEqual({ frames: 5, span: 8000 });
  });

  test('nothing is delivered while the link is not ready', async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => { open = resolve; });
    const told: string[] = [];
    const feed = new CaptureFeed({
      speed: Infinity, clock: systemClock(), ready: () => gate, deliver: ({ frame }) => { told.push(frame); },
    });
    const running = feed.run(stream([at(1n, 'a'), at(2n, 'b')]));
    await new Promise(setImmediate);
    expect(told).toEqual([]);
    open();
    await running;
    expect(told).toEqual(['a', 'b']);
  });

  test.each([[1, [0, 1000, 3000]], [10, [0, 100, 300]]] as const)(
    'at %s× the recorded pace each frame waits for its time', async (speed, due) => {
      let nowMs = 0;
      const clock = {
        monotonicNs: () => nowMs * 1e6, unixNs: () => 0n,
        after: (milliseconds: number, callback: () => void) => {
          nowMs += milliseconds;
          setImmediate(callback);
          return () => undefined;
        },
      };
      const times: number[] = [];
      const feed = new CaptureFeed({
        speed, clock, ready: () => Promise.resolve(), deliver: () => { times.push(nowMs); },
      });
      await feed.run(stream([at(1_000_000_000n), at(2_000_000_000n), at(4_000_000_000n)]));
      expect(times).toEqual(due);
    });

  test('stop() ends a feed that waits for its next frame', async () => {
    const feed = new CaptureFeed({
      speed: 1, clock: systemClock(), ready: () => Promise.resolve(), deliver: () => setImmediate(() => feed.stop()),
    });
    const result = await feed.run(stream([at(1n), at(3_600_000_000_000n)]));
    expect(result.frames).toBe(1);
  });
});
