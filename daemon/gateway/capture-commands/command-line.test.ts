// `tcx capture` as an operator meets it: what it prints, what it refuses, in which words and with which exit code.

import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakeMarket } from '../market/fake-market.fixture.ts';
import { Direction } from '../recorder.ts';
import { feedFolder, MANIFEST_FILE, OPEN_FILE, SEALED_FILE, windowsIn } from '../record/dataset.ts';
import { Bench, plan, T0, VENUE } from '../record/record.fixture.ts';
import { runCapture } from './command-line.ts';

interface End { readonly code: number; readonly out: string; readonly err: string }

async function capture(...argv: string[]): Promise<End> {
  const text = { out: '', err: '' };
  const code = await runCapture(argv, {
    out: (more) => { text.out += Buffer.from(more as string).toString('latin1'); return Promise.resolve(); },
    error: (more) => { text.err += more; }, stop: new AbortController().signal, build: 'test',
    markets: new Map([['fake', () => new FakeMarket({})]]),
  });
  return { code, ...text };
}

let place: string;
let feed: string;
let window: string;
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'tcx-cli-'));
  recordOne();
  feed = feedFolder(place, VENUE, 'market');
  window = join(feed, windowsIn(feed)[0]!);
  writeFileSync(join(place, 'plain'), `${T0} {"a":1}\n${T0 + 1n} {"b":2}\n`);
  writeFileSync(join(place, 'zipped.gz'), gzipSync(`0 first\n${T0} {"a":1}\n`));
  writeFileSync(join(place, 'empty'), '');
  writeFileSync(join(place, 'garbage'), 'hello\n');
  mkdirSync(join(place, 'folder'));
});
afterAll(() => rmSync(place, { recursive: true }));

/** Two sockets, both directions, HTTP, a reconnect, and a frame too large for the buffer. */
function recordOne(): void {
  const bench = new Bench(place, { capacity: 1 << 16 });
  const { recorder } = bench;
  const socket = recorder.opened(plan(), 0, T0);
  const other = recorder.opened(plan(), 1, T0);
  recorder.frame(socket, Direction.Out, Buffer.from('{"subscribe":1}'), T0 + 1n);
  recorder.frame(socket, Direction.In, Buffer.from('{"book":"ü"}'), T0 + 2n);
  recorder.exchange('GET /depth', false, 200, Buffer.from('{"lastUpdateId":1}'), T0 + 3n);
  recorder.frame(other, Direction.In, Buffer.from([1, 2, 255]), T0 + 4n);
  recorder.frame(other, Direction.In, Buffer.alloc(1 << 16), T0 + 5n);
  recorder.closed(socket, 'reset', T0 + 6n);
  recorder.opened(plan(), 0, T0 + 1_500_000_006n);
  bench.end();
}

describe('cat', () => {
  const latin = (text: string): string => Buffer.from(text).toString('latin1');

  test('prints inbound frames as lines, byte for byte', async () => {
    const out = latin(`${T0 + 2n} {"book":"ü"}\n`) + `${T0 + 4n} \x01\x02\xff\n`;
    expect(await capture('cat', window)).toEqual({ code: 0, err: '', out });
    expect(await capture('cat', join(place, 'plain'))).toEqual({ code: 0, err: '', out: `${T0} {"a":1}\n${T0 + 1n} {"b":2}\n` });
    expect((await capture('cat', join(place, 'zipped.gz'))).out).toBe(`0 first\n${T0} {"a":1}\n`);
  });

  test.each([
    [['--direction', 'out'], [1]], [['--direction', 'both'], [1, 2, 4]], [['--socket', '2'], [4]], [['--http'], [2, 3, 4]],
    [['--from', String(T0 + 3n)], [4]], [['--to', String(T0 + 4n)], [2]], [['--from', '2026-11-22T15:00:00.000000004Z'], [4]],
    [['--from', '2026-11-22T15:00:01Z'], []], [['--direction', 'both', '--socket', '1', '--to', '2026-11-22T15:00:00.000000002Z'], [1]],
  ])('%j chooses', async (options, offsets) => {
    const { code, out } = await capture('cat', window, ...options);
    expect([code, out.split('\n').slice(0, -1).map((line) => Number(BigInt(line.split(' ')[0]!) - T0))]).toEqual([0, offsets]);
  });

  test('--json prints everything there is', async () => {
    const { out } = await capture('cat', window, '--json', '--direction', 'both');
    const objects = Buffer.from(out, 'latin1').toString().trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(objects.map(({ kind }) => kind)).toEqual([
      'opened', 'opened', 'frame', 'frame', 'exchange', 'frame', 'hole', 'closed', 'opened', 'end']);
    expect(objects[3]).toEqual({ time: String(T0 + 2n), sequence: 4, socket: 1, kind: 'frame', direction: 'in', frame: '{"book":"ü"}' });
    expect(objects[4]).toMatchObject({ target: 'GET /depth', status: 200, answer: '{"lastUpdateId":1}' });
    expect(objects[5]).toMatchObject({ frameBase64: 'AQL/' });
    expect(objects[6]).toMatchObject({ count: 1, bytes: 1 << 16 });
  });

  test('of a recording that breaks off, what there is comes before the error', async () => {
    writeFileSync(join(place, 'broken'), '1 a\n2 b\nbroken\n');
    const { code, out, err } = await capture('cat', join(place, 'broken'));
    expect([code, out]).toEqual([2, '1 a\n2 b\n']);
    expect(err).toMatch(/line 3: found "broken", expected/);
  });

  test('a feed\'s folder gives its windows in order, an open window its whole records', async () => {
    expect((await capture('cat', feed)).out).toBe((await capture('cat', window)).out);
    const open = join(place, 'copy', '20261122T150000Z');
    mkdirSync(open, { recursive: true });
    const raw = gunzipSync(readFileSync(join(window, SEALED_FILE)));
    writeFileSync(join(open, OPEN_FILE), raw.subarray(0, raw.length - 60));
    expect((await capture('cat', open)).out).toBe((await capture('cat', window)).out);
    expect((await capture('stat', open)).out).toMatch(/open +2 +1 +1/);
  });

  test('a frame with a line break has no line', async () => {
    const bench = new Bench(place, { run: 1n });
    bench.recorder.frame(bench.recorder.opened(plan('private', true), 0, T0), Direction.In, Buffer.from('a\nb'), T0 + 1n);
    bench.end();
    const end = await capture('cat', feedFolder(place, VENUE, 'private'));
    expect(end.code).toBe(2);
    expect(end.err).toBe('tcx: cat: found a line break in frame 2 of socket 1, expected frames of one line; use --json\n');
    expect((await capture('cat', '--json', feedFolder(place, VENUE, 'private'))).code).toBe(0);
  });
});

describe('stat', () => {
  test('shows counts, span, sockets, reconnects and holes', async () => {
    const { out, code } = await capture('stat', window);
    expect(code).toBe(0);
    const lines = out.split('\n').map((line) => line.replace(/ {2,}/g, ' | '));
    expect(lines[0]).toBe('recording | state | in | out | http | bytes | on disk | span | reconnects | holes');
    expect(lines[1]).toMatch(/\| holes \| 2 \| 1 \| 1 \| 31 \| \d+ \| 1\.500 s \| 1 \| 1$/);
    expect(out).toContain('first  2026-11-22T15:00:00.000000000Z');
    expect(lines).toContain('1 | public/0 | 1 | 1 | 28 | wss://venue.example/public');
    expect(out).toContain('reconnect  public/0  lost 2026-11-22T15:00:00.000000006Z, back after 1.500 s: reset');
    expect(Buffer.from(out, 'latin1').toString()).toContain('hole  2026-11-22T15:00:00.000000005Z … 2026-11-22T15:00:00.000000005Z  '
      + '1 missing: larger than the buffer takes');
  });

  test('counts a capture file, takes several, speaks JSON', async () => {
    expect((await capture('stat', join(place, 'plain'))).out).toMatch(/lines +2 +0 +0 +14 +\d+ +0\.000 s +0 +0/);
    const { out } = await capture('stat', '--json', join(place, 'zipped.gz'), feed);
    expect(JSON.parse(out)).toMatchObject([
      { state: 'lines', frames: { in: 2, out: 0 }, firstTime: String(T0) }, { state: 'holes', recording: window }]);
  });
});

describe('import and verify', () => {
  test('a capture file becomes a sealed window that prints the same lines and says where it came from', async () => {
    const directory = join(place, 'imported');
    const end = await capture('import', join(place, 'zipped.gz'), '--venue', 'kraken', '--directory', directory);
    expect([end.code, end.err]).toEqual([0, '']);
    expect(end.out).toMatch(/kraken\/market\/20261122T150000Z {2}2 frames, \d+ bytes, sealed\n$/);
    const path = end.out.split('  ')[0]!;
    expect(JSON.parse(readFileSync(join(path, MANIFEST_FILE), 'utf8'))).toMatchObject({
      venue: 'kraken', feed: 'market', complete: true, timestamps: 'source', frames: { in: 2, out: 0 }, firstTime: String(T0),
      provenance: { source: 'zipped.gz', lines: 2 },
    });
    expect((await capture('cat', path)).out).toBe(`0 first\n${T0} {"a":1}\n`);
    expect(await capture('verify', path)).toEqual({ code: 0, err: '', out: `${path}  as it was sealed\n` });
  });

  test('a cut capture file leaves no window behind', async () => {
    writeFileSync(join(place, 'cut.gz'), readFileSync(join(place, 'zipped.gz')).subarray(0, -9));
    const directory = join(place, 'nothing');
    expect((await capture('import', join(place, 'cut.gz'), '--venue', 'kraken', '--directory', directory)).code).toBe(2);
    expect(windowsIn(feedFolder(directory, 'kraken', 'market'))).toEqual([]);
  });

  test('REC-11: what was changed is refused with exit code 1', async () => {
    const { out } = await capture('import', join(place, 'plain'), '--venue', 'okx', '--directory', join(place, 'changed'));
    const path = out.split('  ')[0]!;
    const bytes = readFileSync(join(path, SEALED_FILE));
    bytes[bytes.length >> 1]! ^= 1;
    chmodSync(join(path, SEALED_FILE), 0o644);
    writeFileSync(join(path, SEALED_FILE), bytes);
    const end = await capture('verify', window, path);
    expect(end.code).toBe(1);
    expect(end.out).toBe(`${window}  as it was sealed\n`);
    expect(end.err).toMatch(/data\.sha256: found [0-9a-f]{64}, expected [0-9a-f]{64}; do not use it/);
  });
});

describe('bad input', () => {
  const help = 'tcx capture --help shows what is expected';

  test.each([
    [[], 'found no command, expected cat, stat, verify, configure, import', help],
    [['dog'], 'found "dog", expected cat', help],
    [['toString'], 'found "toString", expected cat', help],
    [['cat'], 'cat: found no path, expected a recording', help],
    [['cat', ''], 'cat: found no path, expected a recording', help],
    [['cat', 'a', 'b'], 'cat: found 2 paths, expected one', help],
    [['cat', 'NOWHERE'], 'NOWHERE: found nothing there, expected a capture file or a recorded window', ''],
    [['cat', 'folder'], 'folder: found a folder without manifest.json', ''],
    [['cat', 'empty'], 'empty: found an empty file, expected recorded frames', ''],
    [['cat', 'garbage'], 'garbage: line 1: found "hello", expected "<ns since the Unix epoch> <frame>"', ''],
    [['cat', 'plain', '--direction', 'up'], '--direction: found "up", expected in or out or both', help],
    [['cat', 'plain', '--socket', '-1'], 'argument is ambiguous', help],
    [['cat', 'plain', '--socket', 'x'], '--socket: found "x", expected a whole number', help],
    [['cat', 'plain', '--from', 'noon'], '--from: found "noon", expected ns since the Unix epoch, or a UTC time', help],
    [['cat', 'plain', '--from', '1', '--from', '2'], '--from is given twice; expected it once', help],
    [['cat', 'plain', '--venue', 'x'], 'cat: --venue means nothing to it', help],
    [['cat', 'plain', '--color'], 'Unknown option \'--color\'', help],
    [['stat', 'plain', '--http'], 'stat: --http means nothing to it', help],
    [['stat', 'NOWHERE'], 'NOWHERE: found nothing there', ''],
    [['verify', 'plain'], 'verify: found the capture file', help],
    [['verify', 'folder'], 'found a folder without manifest.json', ''],
    [['import', 'plain'], '--venue is missing: expected the Venue it was recorded from', help],
    [['import', 'plain', '--venue', 'kraken'], '--directory is missing: expected the folder that holds raw/', help],
    [['import', 'plain', '--venue', '../up', '--directory', 'x'], 'import: venue "../up": expected up to 32 of a-z', help],
    [['import', 'garbage', '--venue', 'kraken', '--directory', 'x'], 'garbage: line 1', ''],
    [['import', 'plain', '--venue', 'kraken', '--directory', 'plain/x'], 'import: ENOTDIR', help],
  ])('%j: exit code 2, what was found and what was expected', async (argv, message, hint) => {
    const names = ['NOWHERE', 'folder', 'empty', 'garbage', 'plain', 'plain/x', 'x'];
    const isPath = (word: string, i: number): boolean => names.includes(word) && !['--socket', '--venue'].includes(argv[i - 1] ?? '');
    const end = await capture(...argv.map((word, i) => (isPath(word, i) ? join(place, word) : word)));
    expect([end.code, end.out]).toEqual([2, '']);
    expect(end.err).toContain(message);
    expect(end.err).toContain(hint);
    expect(end.err).not.toMatch(/\n\s+at /);
  });

  test('a window that is not sealed is refused where only sealed ones count', async () => {
    const open = join(place, 'unsealed', '20261122T150000Z');
    mkdirSync(open, { recursive: true });
    writeFileSync(join(open, OPEN_FILE), '');
    const end = await capture('verify', open);
    expect([end.code, end.err]).toEqual([2, expect.stringContaining('found a window without manifest.json, expected a sealed one')]);
    expect((await capture('cat', open)).err).toContain('found 0 bytes, expected a file header');
  });

  test('a damaged window says at which byte', async () => {
    const copy = join(place, 'damaged', '20261122T150000Z');
    mkdirSync(copy, { recursive: true });
    const raw = gunzipSync(readFileSync(join(window, SEALED_FILE)));
    raw[raw.length - 1]! ^= 1;
    for (const name of [MANIFEST_FILE]) writeFileSync(join(copy, name), readFileSync(join(window, name)));
    writeFileSync(join(copy, SEALED_FILE), gzipSync(raw));
    const end = await capture('cat', copy);
    expect([end.code, end.err]).toEqual([2, expect.stringMatching(/frames\.raw\.gz: at byte \d+: found/)]);
    expect(existsSync(copy)).toBe(true);
  });

  test('--help', async () => {
    expect(await capture('--help')).toMatchObject({ code: 0, out: expect.stringContaining('tcx capture cat RECORDING') as string });
    expect((await capture('cat', '-h')).code).toBe(0);
  });
});
