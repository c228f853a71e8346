// The observer with its real worker: HTTP, log, restart, and what it must never do to the loop's thread.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Counter, countLatency, createCounters } from '../event/counters.ts';
import { createLog } from './log.ts';
import { watchMainThread } from './main-thread-probe.ts';
import { METRICS } from './metric-table.ts';
import { Observer, type ObserverOptions } from './observer.ts';
import { createState } from './state.fixture.ts';

const DOMAINS = {
  venues: ['sim'],
  strategies: ['maker'],
  instruments: [{ id: 'btc-usd', venue: 'sim', feedRequired: true }],
};
const BUILD = { version: '0.1.0', commit: 'abc', dirty: true, schemaHash: 'f'.repeat(64) };

const built = (name: string) => fileURLToPath(new URL(`../../dist/daemon/observe/${name}`, import.meta.url));

let folder: string;
let counters: Float64Array;
let observers: Observer[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tcx-observe-'));
  counters = createCounters();
  observers = [];
});
afterEach(async () => {
  await Promise.all(observers.map((observer) => observer.close()));
  rmSync(folder, { recursive: true, force: true });
});

function create(options: Partial<ObserverOptions> = {}): Observer {
  const observer = new Observer({
    host: '127.0.0.1',
    port: 0,
    domains: DOMAINS,
    build: BUILD,
    counters,
    logTo: join(folder, 'log'),
    ...options,
  });
  observers.push(observer);
  return observer;
}

async function read(observer: Observer, path: string, method = 'GET') {
  const response = await fetch(`http://127.0.0.1:${observer.port}${path}`, { method });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

function valueOf(text: string, series: string): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? NaN : Number(line.slice(series.length + 1));
}

describe('metrics', () => {
  it('MON-4: every metric of the table is shown, with its type, and none besides', async () => {
    const observer = create();
    await observer.start();
    const { status, type, text } = await read(observer, '/metrics');
    expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    const shown = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, kind]) => `${name} ${kind}`).sort();
    expect(shown).toEqual(METRICS.map(({ name, type: kind }) => `${name} ${kind}`).sort());
    for (const { name, source } of METRICS) {
      if (source !== 'histogram') expect(text, name).toMatch(new RegExp(`^${name}(\\{| )`, 'm'));
    }
  });

  it('MON-4: what the loop writes is what a scrape shows, in base units', async () => {
    const observer = create();
    await observer.start();
    counters[Counter.Position] = 42;
    counters[Counter.StepNsMax] = 1_500;
    counters[Counter.InputsExecution] = 7;
    counters[Counter.Phase] = 2;
    counters[Counter.DeniedReason0 + 9] = 3;
    countLatency(counters, Counter.StepBucket0, 900);
    countLatency(counters, Counter.StepBucket0, 1_000);
    countLatency(counters, Counter.StepBucket0, 5_000_000_000);
    counters[Counter.StepNsTotal] = 5_000_001_900;
    observer.attach(createState());
    const { text } = await read(observer, '/metrics');
    expect(valueOf(text, 'tcx_stream_position')).toBe(42);
    expect(valueOf(text, 'tcx_step_max_seconds')).toBeCloseTo(1.5e-6, 12);
    expect(valueOf(text, 'tcx_inputs_total{category="execution"}')).toBe(7);
    expect(valueOf(text, 'tcx_session_phase{phase="trading"}')).toBe(1);
    expect(valueOf(text, 'tcx_session_phase{phase="ready"}')).toBe(0);
    expect(valueOf(text, 'tcx_intents_denied_by_reason_total{reason="PriceBand"}')).toBe(3);
    expect(valueOf(text, 'tcx_step_seconds_bucket{le="0.000001"}')).toBe(2);
    expect(valueOf(text, 'tcx_step_seconds_bucket{le="1"}')).toBe(2);
    expect(valueOf(text, 'tcx_step_seconds_bucket{le="+Inf"}')).toBe(3);
    expect(valueOf(text, 'tcx_step_seconds_count')).toBe(3);
    expect(valueOf(text, 'tcx_step_seconds_sum')).toBeCloseTo(5.0000019, 6);
    expect(valueOf(text, 'tcx_feed_state{instrument="btc-usd",venue="sim",state="valid"}')).toBe(1);
    expect(valueOf(text, 'tcx_position_quantity{instrument="btc-usd",venue="sim"}')).toBe(-0.25);
    expect(valueOf(text, 'tcx_gate_open{gate="kill-switch"}')).toBe(0);
    expect(valueOf(text, 'tcx_gate_open{gate="journal"}')).toBe(1);
    expect(valueOf(text, 'tcx_build_info{version="0.1.0",commit="abc+dirty",schema="ffffffffffff"}')).toBe(1);
    expect(valueOf(text, 'tcx_process_resident_memory_bytes')).toBeGreaterThan(1e7);
  });

  it('LIV-13: a scrape is answered while the loop’s thread is blocked', async () => {
    const observer = create();
    await observer.start();
    // spawnSync blocks this thread, which is the loop's, until the child has had its answer from the worker.
    const tell = '(r) => process.stdout.write(String(r.status), () => process.exit())';
    const script = `fetch('http://127.0.0.1:${observer.port}/metrics').then(${tell})`;
    const child = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', timeout: 20_000 });
    expect([child.status, child.stdout]).toEqual([0, '200']);
  });

  it('MON-3: the port shows and does nothing else', async () => {
    const observer = create();
    await observer.start();
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      expect((await read(observer, '/metrics', method)).status).toBe(405);
    }
    expect((await read(observer, '/kill')).status).toBe(404);
    expect((await read(observer, '/../metrics')).status).toBe(200);
    expect((await read(observer, '/metrics', 'HEAD')).text).toBe('');
  });

  it('LIV-13: clients that send garbage or never read do not disturb the others', async () => {
    const observer = create();
    await observer.start();
    const sockets = Array.from({ length: 20 }, (_, index) => {
      const socket = connect(observer.port, '127.0.0.1').on('error', () => undefined);
      socket.pause();
      socket.write(index % 2 === 0 ? 'nonsense\r\n\r\n' : 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(50));
      return socket;
    });
    const answers = await Promise.all(Array.from({ length: 20 }, () => read(observer, '/metrics')));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    sockets.forEach((socket) => socket.destroy());
  });
});

describe('health', () => {
  it('MON-5: live and ready say why not, as JSON', async () => {
    const observer = create();
    await observer.start();
    counters[Counter.BeatUnixMs] = Date.now();
    counters[Counter.Phase] = 1;
    observer.attach(createState({ ready: true }));
    expect(await read(observer, '/health/ready')).toMatchObject({
      status: 200,
      text: expect.stringContaining('"status":"ok"'),
    });
    counters[Counter.GatesClosed] = 2;
    observer.attach(createState());
    const ready = await read(observer, '/health/ready');
    expect(ready.status).toBe(503);
    expect(JSON.parse(ready.text)).toMatchObject({ status: 'degraded', phase: 'ready' });
    expect((await read(observer, '/health/live')).status).toBe(200);
    counters[Counter.BeatUnixMs] = Date.now() - 60_000;
    expect(JSON.parse((await read(observer, '/health/live')).text)).toMatchObject({
      status: 'failed',
      reasons: [{ code: 'loop_silent' }],
    });
  });
});

describe('the loop’s side', () => {
  it('LIV-13: a State that cannot be read costs the gauges, never the daemon', async () => {
    const problems: string[] = [];
    const observer = create({ onProblem: (message) => problems.push(message) });
    await observer.start();
    const broken = createState();
    observer.attach({
      ...broken,
      feeds: () => {
        throw new Error('no feeds');
      },
    });
    expect(problems).toEqual(['gauges are no longer published: no feeds']);
    expect((await read(observer, '/metrics')).status).toBe(200);
  });

  it('MON-4: collections of this thread’s heap are seen', async () => {
    const stop = watchMainThread(counters);
    let kept: unknown[] = [];
    await expect
      .poll(() => {
        kept = Array.from({ length: 200_000 }, (_, index) => ({ index }));
        return (counters[Counter.GcMinor] ?? 0) + (counters[Counter.GcMajor] ?? 0);
      })
      .toBeGreaterThan(0);
    stop();
    expect(kept.length).toBe(200_000);
    expect(counters[Counter.GcNsTotal]).toBeGreaterThan(0);
    expect(counters[Counter.HeapUsedBytes]).toBeGreaterThan(1e6);
  });

  it('MON-11: the last words are on stderr before the process ends, without a worker', () => {
    const script = `
      import { createLog } from ${JSON.stringify(built('log.js'))};
      const counters = new Float64Array(320); counters[7] = 99;
      const log = createLog({ level: 'info', counters, post: () => true });
      log.setSession('s-9');
      log.fatal(new Error('broken'), 'halted', { invariant: 'EC4' });
      process.reallyExit(3);`;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(child.status).toBe(3);
    expect(JSON.parse(child.stderr)).toMatchObject({
      level: 'fatal',
      session: 's-9',
      position: 99,
      invariant: 'EC4',
      msg: 'halted',
      err: { type: 'Error', message: 'broken' },
    });
  });
});

describe('the worker', () => {
  it('OPS: a port that is taken is refused by name at start', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    await expect(create({ port }).start()).rejects.toThrow(/observe\.port: cannot listen on .*another process does/);
    taken.close();
  });

  it.each(['hang', 'throw'])(
    'LIV-13: a worker that fails (%s) is started again on the same port; the daemon goes on',
    async (how) => {
      const lost: string[] = [];
      const observer = create({
        workerPath: built('failing-worker.fixture.js'),
        watchIntervalMs: 300,
        onProblem: (text) => lost.push(text),
      });
      await observer.start();
      const { port } = observer;
      observer.postLine(`${how}\n`);
      await expect.poll(() => counters[Counter.ObserverRestarts]).toBeGreaterThan(0);
      expect(lost[0]).toMatch(/observer worker ended/);
      const text = async () => (await read(observer, '/metrics').catch(() => ({ text: '' }))).text;
      const restarts = async () => valueOf(await text(), 'tcx_observer_restarts_total');
      await expect.poll(restarts).toBeGreaterThan(0);
      expect(observer.port).toBe(port);
      expect(observer.postLine('{"after":1}\n')).toBe(true);
      await observer.close();
      expect(readFileSync(join(folder, 'log'), 'utf8')).toContain('{"after":1}');
    },
  );

  it('MON-11: without HTTP it still writes the log', async () => {
    const observer = create({ port: null });
    await observer.start();
    expect(observer.port).toBe(0);
    expect(observer.postLine('{"a":1}\n')).toBe(true);
    await observer.close();
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('{"a":1}\n');
  });
});

describe('the log', () => {
  it('MON-11: every line carries session and position, and all arrive before close ends', async () => {
    const observer = create();
    const log = createLog({ level: 'info', counters, post: (line) => observer.postLine(line) });
    await observer.start();
    log.setSession('s-1');
    for (let position = 1; position <= 500; position += 1) {
      counters[Counter.Position] = position;
      log.logger.info({ n: position }, 'step');
    }
    log.logger.debug('not written');
    log.logger.error({ err: new Error('broken') }, 'failed');
    await observer.close();
    const lines = readFileSync(join(folder, 'log'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.length).toBe(501);
    expect(lines[41]).toMatchObject({ level: 'info', session: 's-1', position: 42, n: 42, msg: 'step' });
    expect(lines[500]).toMatchObject({ level: 'error', position: 500, err: { message: 'broken' } });
    expect(counters[Counter.LogLinesPosted]).toBe(501);
  });

  it('LIV-13: lines beyond the bound are dropped and counted, and the next line says so', async () => {
    const observer = create({ linesMax: 10 });
    const log = createLog({ level: 'info', counters, post: (line) => observer.postLine(line) });
    await observer.start();
    let posted = 0;
    for (; counters[Counter.LogLinesDropped] === 0; posted += 1) log.logger.info({ n: posted }, 'flood');
    await expect.poll(() => observer.postLine('{}\n')).toBe(true);
    log.logger.info('after');
    await observer.close();
    const lines = readFileSync(join(folder, 'log'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const told = lines.reduce((sum, { dropped }) => sum + Number(dropped ?? 0), 0);
    expect(told).toBe(posted + 1 - lines.filter(({ level }) => level === 'info').length);
  });

  it('LIV-13: a reader of stdout that stops reading costs lines, never the daemon', async () => {
    const child = spawn(process.execPath, [built('stuck-reader.fixture.js')], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.pause();
    let told = '';
    child.stderr.on('data', (chunk: Buffer) => {
      told += String(chunk);
    });
    const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
    expect(code).toBe(0);
    const { turns, dropped, scraped } = JSON.parse(told) as { turns: number; dropped: number; scraped: number };
    expect(turns).toBeGreaterThanOrEqual(20);
    expect(dropped).toBeGreaterThan(0);
    expect(scraped).toBe(200);
  });
});
