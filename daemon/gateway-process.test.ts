// tcx-gateway as a process: exit codes, signals, the parent's end, the state file. Runs the compiled entry against a real
// WebSocket server.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MessageType, RefusalCode, type InstrumentEntry } from './event/link-message.ts';
import { TestDaemon, WELCOME } from './gateway/test-daemon.fixture.ts';

const ENTRY = fileURLToPath(new URL('../dist/daemon/tcx-gateway.js', import.meta.url));

const INSTRUMENT: InstrumentEntry = {
  instrument: 0, symbol: 'BTC/USD', base: 1, quote: 0, priceScale: 1, quantityScale: 8, tickSize: 1, lotSize: 1,
  minimumQuantity: 1, bookDepth: 10,
};
/** Longer than any test: the daemon of these tests sends none. */
const HEARTBEAT_MS = 600_000;
const CURRENCIES = [{ currency: 0, symbol: 'USD', scale: 8 }, { currency: 1, symbol: 'BTC', scale: 8 }];

interface Ended { readonly code: number | null; readonly signal: string | null; readonly out: string; readonly err: string }

let folder: string;
let daemon: TestDaemon;
let children: ChildProcess[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tcx-gateway-'));
  writeFileSync(join(folder, 'token'), 'secret\n', { mode: 0o600 });
  daemon = await TestDaemon.listen();
  daemon.answer = () => ({ ...WELCOME, heartbeatMs: HEARTBEAT_MS, instruments: [INSTRUMENT], currencies: CURRENCIES });
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await daemon.close();
  rmSync(folder, { recursive: true });
});

function run(...argv: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [ENTRY, ...argv], { stdio: ['pipe', 'pipe', 'pipe'] });
  children.push(child);
  const text = { out: '', err: '' };
  child.stdout.on('data', (chunk) => { text.out += String(chunk); });
  child.stderr.on('data', (chunk) => { text.err += String(chunk); });
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...text }) as Ended);
  return { child, ended };
}

function dial(venue: string, ...more: string[]): ReturnType<typeof run> {
  return run('--venue', venue, '--link', daemon.url, '--token-file', join(folder, 'token'), ...more);
}

function capture(name: string, ...frames: string[]): string {
  const path = join(folder, name);
  writeFileSync(path, gzipSync(frames.map((frame, i) => `${1_784_483_679_000_000_000n + BigInt(i)} ${frame}\n`).join('')));
  return path;
}

describe.skipIf(!existsSync(ENTRY))('tcx-gateway (compiled)', () => {
  test('--help and --version end with 0', async () => {
    const help = await run('--help').ended;
    expect([help.code, help.err]).toEqual([0, '']);
    expect(help.out).toContain('Exit codes: 0 ended as asked · 1 failed or refused by the daemon · 2 unusable input');
    expect((await run('--version').ended).out).toMatch(/^tcx-gateway \d+\.\d+\.\d+ \([0-9a-z+]+\)\n$/);
  });

  test('unusable input ends with 2 and one line that says what was expected', async () => {
    const missing = await run('--venue', 'sim').ended;
    expect(missing).toMatchObject({ code: 2, out: '' });
    expect(missing.err).toContain('tcx-gateway: --link is missing: expected the address tcxd listens on');
    writeFileSync(join(folder, 'open'), 'secret', { mode: 0o644 });
    const open = await run('--venue', 'sim', '--link', daemon.url, '--token-file', join(folder, 'open')).ended;
    expect(open).toMatchObject({ code: 2 });
    expect(open.err).toContain('mode 644 lets everyone on this machine use it; expected 600');
    const absent = await dial('kraken', '--capture', join(folder, 'nowhere.gz')).ended;
    expect(absent).toMatchObject({ code: 2 });
    expect(absent.err).toContain('nowhere.gz');
    writeFileSync(join(folder, 'sim.yaml'), 'seeed: 3\n');
    const config = await dial('sim', '--config', join(folder, 'sim.yaml')).ended;
    expect(config).toMatchObject({ code: 2 });
    expect(config.err).toContain('seeed');
    expect(daemon.hellos).toEqual([]);
  });

  test('a refusal for good ends with 1 and the daemon\'s words', async () => {
    daemon.answer = () => ({ type: MessageType.Refusal, code: RefusalCode.Token, message: 'the token is another' });
    const ended = await dial('sim').ended;
    expect(ended.code).toBe(1);
    expect(ended.err).toBe('tcx-gateway: the daemon refused this gateway: Token: the token is another\n');
  });

  test('SIGTERM ends a simulated Venue with 0; its state is taken up again', async () => {
    const state = join(folder, 'state.json');
    const first = dial('sim', '--state', state, '--seed', '7');
    await daemon.until(() => daemon.events.some((event) => event.startsWith('BookDelta')));
    first.child.kill('SIGTERM');
    expect(await first.ended).toMatchObject({ code: 0, signal: null, err: '' });
    expect(JSON.parse(readFileSync(state, 'utf8'))).toBeTypeOf('object');
    await daemon.unlinked();
    daemon.events.length = 0;
    const second = dial('sim', '--state', state, '--seed', '7');
    await daemon.until(() => daemon.events.some((event) => event.startsWith('BookSnapshot')));
    second.child.kill('SIGTERM');
    expect(await second.ended).toMatchObject({ code: 0, err: '' });
  });

  test('embedded: Ctrl-C is not for it, the end of standard input is', async () => {
    const { child, ended } = dial('sim', '--embedded', '--state', join(folder, 'state.json'));
    await daemon.until(() => daemon.events.some((event) => event.startsWith('BookSnapshot')));
    child.kill('SIGINT');
    const seen = daemon.events.length;
    await daemon.until(() => daemon.events.length > seen + 5);
    child.stdin?.end();
    expect(await ended).toMatchObject({ code: 0, signal: null, err: '' });
    expect(existsSync(join(folder, 'state.json'))).toBe(true);
  });

  test('a capture is fed whole, then the gateway ends with 0; every speed gives the same Events', async () => {
    const frames = [
      '{"channel":"status","type":"update","data":[{"system":"online"}]}',
      ...Array.from({ length: 300 }, (_, i) => '{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy",'
        + `"price":100.${i % 10},"qty":0.5,"trade_id":${i},"timestamp":"2026-07-19T17:54:39.768901Z"}]}`),
      '{"channel":"book","type":"update","data":[{"symbol":',
    ];
    const path = capture('frames.gz', ...frames);
    const ended = await dial('kraken', '--capture', path).ended;
    await daemon.unlinked();
    expect(ended).toMatchObject({ code: 0, err: '' });
    expect(ended.out).toContain('"frames":302');
    expect(ended.out).toContain('malformed frame');
    await daemon.unlinked();
    const atMax = daemon.events.splice(0);
    expect(atMax.filter((event) => event.startsWith('Trade'))).toHaveLength(300);
    await dial('kraken', '--capture', path, '--speed', '2.5').ended;
    await daemon.unlinked();
    expect(daemon.events).toEqual(atMax);
  });

  test('a Welcome the Venue cannot serve ends with 1 and says what to change', async () => {
    daemon.answer = () => ({ ...WELCOME, instruments: [{ ...INSTRUMENT, bookDepth: 20 }], currencies: CURRENCIES });
    const ended = await dial('kraken', '--capture', capture('one.gz', '{"channel":"heartbeat"}')).ended;
    expect(ended.code).toBe(1);
    expect(ended.err).toContain('BTC/USD has bookDepth 20; expected what Kraken serves: 10, 25, 100, 500, 1000');
  });
});
