// Captures: read as they are, refused where they are not.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { CaptureError, readCapture } from './capture-reader.ts';

const folder = mkdtempSync(join(tmpdir(), 'tcx-capture-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function readAll(path: string): Promise<{ captureTime: bigint; frame: string }[]> {
  const frames = [];
  for await (const { captureTime, frame } of readCapture(path)) frames.push({ captureTime, frame: Buffer.from(frame).toString('utf8') });
  return frames;
}

const TEXT = '0 {"a":"status"}\n1784483679614741000 {"b":"x y"}\r\n1784483679614741001 {"c":"ü"}';

describe('reading', () => {
  test('bytes that are no text come through unchanged', async () => {
    const bytes = Buffer.from([0, 255, 128, 32, 200, 13, 7]);
    for await (const { frame } of readCapture(file('bytes', Buffer.concat([Buffer.from('1 '), bytes, Buffer.from('\n')])))) {
      expect(Buffer.from(frame)).toEqual(bytes);
    }
  });

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
    ['long-time', '12345678901234567890 a\n', 'line 1'],
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
        expect(Buffer.from(frame).toString()).toBe(String(Math.sin(count)));
        count += 1;
      }
    })();
    await expect(reading).rejects.toThrow(/unreadable after line \d+: found unexpected end of file, expected a whole file/);
    expect(count).toBeGreaterThan(0);
  });
});
