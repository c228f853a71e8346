// tcx-gateway as a process that dials: a stand-in of the Venue over TLS on one side, a daemon's link on the other. What
// has to be usable before anything is dialled, what is recorded, and that no secret is written anywhere.

import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EventEncoder } from './event/encode.ts';
import { Action, OrderType, Side, TimeInForce } from './event/kinds.ts';
import { MessageType, type InstrumentEntry } from './event/link-message.ts';
import { TestDaemon, WELCOME } from './gateway/test-daemon.fixture.ts';
import { packageRoot } from './runtime/build-info.ts';
import { Child } from './test/child.ts';
import { BINANCE, CURRENCIES, KRAKEN } from './test/gateway-instruments.fixture.ts';
import { openStandIn } from './test/stand-in/open-stand-in.fixture.ts';
import type { StandInVenue } from './test/stand-in/settings.ts';
import type { StandIn } from './test/stand-in/stand-in.ts';
import { until } from './test/until.ts';

/** Longer than any test: the daemon of these tests sends none. */
const HEARTBEAT_MS = 600_000;

let folder: string;
let daemon: TestDaemon;
let standIn: StandIn;
let child: Child | null;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tcx-dialled-'));
  writeFileSync(join(folder, 'token'), 'link-token-of-this-test\n', { mode: 0o600 });
  daemon = await TestDaemon.listen();
  child = null;
});
afterEach(async () => {
  if (child !== null && child.end === null) await child.killed();
  await daemon.close();
  rmSync(folder, { recursive: true });
});

async function venue(name: StandInVenue, instrument: InstrumentEntry): Promise<void> {
  standIn = await openStandIn(name);
  daemon.answer = () => ({ ...WELCOME, heartbeatMs: HEARTBEAT_MS, instruments: [instrument], currencies: CURRENCIES });
}

function settings(more: object = {}): string {
  const path = join(folder, 'gateway.yaml');
  writeFileSync(path, JSON.stringify({
    endpoints: standIn.endpoints, tls: { ca: standIn.caFile }, dial: { spacing: '10ms' },
    record: { directory: join(folder, 'data'), window: '1h', bufferSize: '1MiB' }, ...more,
  }));
  return path;
}

function start(name: string, ...argv: string[]): Child {
  child = new Child('tcx-gateway', 'tcx-gateway.js', ['--venue', name, ...argv]);
  return child;
}

function dial(name: string, more: object = {}): Child {
  return start(name, '--link', daemon.url, '--token-file', join(folder, 'token'), '--config', settings(more));
}

async function event(begin: string): Promise<string> {
  return until(begin, () => {
    if (child!.end !== null) throw new Error(`no ${begin}: ${child!.tail()}`);
    return daemon.events.find((text) => text.startsWith(begin));
  }, { details: () => `${child!.tail()}\n${daemon.events.slice(0, 20).join('\n')}` });
}

/** Everything in the recording, as text. */
function recorded(feed: string): string {
  const windows = join(folder, 'data', 'raw', feed);
  const files = readdirSync(windows, { recursive: true, encoding: 'utf8' }).filter((path) => /frames|manifest/.test(path));
  return files.map((path) => {
    const bytes = readFileSync(join(windows, path));
    return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1');
  }).join('\n');
}

const isBuilt = existsSync(join(packageRoot(), 'dist', 'daemon', 'tcx-gateway.js'));

describe.skipIf(!isBuilt)('tcx-gateway that dials (compiled)', () => {
  test.each([['kraken', KRAKEN], ['binance', BINANCE]] as const)('%s: market data; an end that seals', async (name, instrument) => {
    await venue(name, instrument);
    const gateway = dial(name, { copies: 2 });
    await event('BookSnapshot');
    await event('BookDelta');
    await event('Trade');
    await event('FeedStatusChanged');
    const ended = await gateway.ending();
    expect(ended, gateway.tail()).toMatchObject({ code: 0, err: '' });
    expect(ended.out).toContain('"msg":"what this gateway saw"');
    expect(ended.out).toMatch(/"checksumMismatches":0,"crossedBooks":0,"sequenceGaps":0/);
    expect(recorded(`${name}/market`)).toContain(instrument.symbol);
    expect(recorded(`${name}/market`)).toMatch(/"sha256"/);
  });

  test('the Venue goes and comes back: the daemon hears that the feed is invalid, then valid', async () => {
    await venue('kraken', KRAKEN);
    dial('kraken', { dial: { spacing: '10ms', backoffMin: '10ms' } });
    await event('BookDelta');
    daemon.events.length = 0;
    standIn.disconnect('abort');
    await event('FeedStatusChanged');
    await event('BookSnapshot');
    expect(daemon.hellos).toHaveLength(1);
  });

  test('--record-only: no daemon, the same recording', async () => {
    await venue('kraken', KRAKEN);
    const path = settings({
      instruments: [{ symbol: 'BTC/USD', base: 'BTC', quote: 'USD', priceScale: 1, quantityScale: 8, lotSize: 0.0001, bookDepth: 10 }],
      observe: { port: 0 },
    });
    const gateway = start('kraken', '--record-only', '--config', path);
    const [, port] = await gateway.printed(/"port":(\d+),"msg":"metrics"/);
    const frames = async (): Promise<number> => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return Number(/frames_total\{connection="public",direction="in",gateway="kraken"\} (\d+)/.exec(text)?.[1] ?? 0);
    };
    await until('a hundred frames', async () => await frames() > 100);
    expect(await gateway.ending()).toMatchObject({ code: 0, err: '' });
    expect(recorded('kraken/market')).toContain('"channel":"book"');
    expect(daemon.hellos).toEqual([]);
  });

  test.each([['kraken', KRAKEN], ['binance', BINANCE]] as const)('%s: orders; no secret is written anywhere', async (name, instrument) => {
    await venue(name, instrument);
    const credentials = standIn.writeCredentials();
    const gateway = dial(name, { credentials, orders: { enabled: true } });
    await event('BookSnapshot');
    const encoder = new EventEncoder();
    daemon.send({ type: MessageType.ReconcileRequest, id: 1, orderIds: [], since: 0n });
    await until('the reconciliation', () => daemon.messages.some(({ type }) => type === MessageType.ReconcileEnd));
    daemon.socket.send(encoder.intentDispatched({
      orderId: 1_099_511_627_777, strategy: 0, instrument: 0, venue: 2, action: Action.New, side: Side.Buy, type: OrderType.Limit,
      timeInForce: TimeInForce.GoodTillCancel, price: 100_000, quantity: 100_000,
    }));
    await event('OrderAccepted');
    const process = `/proc/${gateway.pid}`;
    const seen = [readFileSync(`${process}/cmdline`, 'latin1'), readFileSync(`${process}/environ`, 'latin1')];
    const ended = await gateway.ending();
    expect(ended, gateway.tail()).toMatchObject({ code: 0, err: '' });
    const written = [...seen, ended.out, recorded(`${name}/market`), recorded(`${name}/private`)].join('\n');
    const secrets = [credentials.apiKeyFile, credentials.secretFile].map((path) => readFileSync(path, 'utf8').trim());
    for (const secret of [...secrets, 'link-token-of-this-test']) {
      expect(written.includes(secret)).toBe(false);
      expect(written.includes(Buffer.from(secret).toString('base64').slice(0, -4))).toBe(false);
    }
    expect(recorded(`${name}/private`)).toMatch(/executionReport|"channel":"executions"/);
    await daemon.unlinked();
    const { orders, openOrders } = standIn.audit();
    expect([orders.length, openOrders]).toEqual([1, []]);
    await daemon.until(() => daemon.events.some((text) => text.startsWith('OrderCancelled')));
  });
});

describe.skipIf(!isBuilt)('what alerts and dashboards ask of a gateway', () => {
  /** `name{label="value"}` for each value that an expression of ops/ names, alternatives one by one. */
  function asked(): string[] {
    const files = ['prometheus/tcx.rules.yml', 'grafana/tcx-gateways.json'].map((name) => join(packageRoot(), 'ops', name));
    const text = files.map((file) => readFileSync(file, 'utf8').replaceAll('\\"', '"')).join('\n');
    return [...text.matchAll(/\b(tcx_gateway_\w+)\{([^}]*)\}/g)].flatMap(([, name, inside = '']) => (
      [...inside.matchAll(/(\w+)=~?"([^"$]+)"/g)].flatMap(([, label, values = '']) => (
        values.split('|').map((value) => `${name}{${label}="${value}"`)))));
  }

  test('every series they name by a label is there', async () => {
    await venue('kraken', KRAKEN);
    const gateway = dial('kraken', { credentials: standIn.writeCredentials(), orders: { enabled: true }, observe: { port: 0 } });
    await event('BookDelta');
    const [, port] = await gateway.printed(/"port":(\d+),"msg":"metrics"/);
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(asked().length).toBeGreaterThan(20);
    expect([...new Set(asked())].filter((series) => !text.includes(series))).toEqual([]);
  });
});

describe.skipIf(!isBuilt)('what an operator has to mend ends with 2', () => {
  beforeEach(() => venue('kraken', KRAKEN));

  test('a key that others may read', async () => {
    const credentials = standIn.writeCredentials();
    chmodSync(credentials.secretFile, 0o440);
    const ended = await dial('kraken', { credentials, orders: { enabled: true } }).ended;
    expect(ended.code).toBe(2);
    expect(ended.err).toContain('found mode 0440, expected 0400');
    expect(ended.err + ended.out).not.toContain(readFileSync(credentials.secretFile, 'utf8'));
  });

  test.each([
    [{ copeis: 2 }, 'copeis: unknown key, did you mean "copies"?'],
    [{ tls: { ca: '/nowhere.pem' } }, 'tls.ca /nowhere.pem: no such file or folder (ENOENT); expected a PEM file'],
    [{ tls: { ca: 'token' } }, 'found no certificate in it; expected a PEM file'],
    [{ observe: { host: '192.0.2.1', port: 9 } }, 'observe: 192.0.2.1:9'],
    [{ record: { directory: 'token' } }, 'token'],
  ])('%j', async (more, message) => {
    const ended = await dial('kraken', more).ended;
    expect(ended, child!.tail()).toMatchObject({ code: 2 });
    expect(ended.err).toContain(message);
    expect(daemon.hellos).toEqual([]);
  });

  test.each([
    [{ record: null }, 'record is missing: expected a group with the directory to record to'],
    [{}, 'instruments is empty: expected what --record-only is to record'],
    [{ instruments: [{ symbol: 'BTC/USD', base: 'BTC', quote: 'USD', priceScale: 1, quantityScale: 8 }] },
      'gateway.yaml: instruments: kraken: BTC/USD has bookDepth 0; expected what Kraken serves: 10, 25, 100, 500, 1000'],
  ])('--record-only with %j', async (more, message) => {
    const ended = await start('kraken', '--record-only', '--config', settings(more)).ended;
    expect(ended.code).toBe(2);
    expect(ended.err).toContain(message);
  });

  test('a Welcome that the Venue cannot serve ends with 1 and dials nothing', async () => {
    daemon.answer = () => ({ ...WELCOME, heartbeatMs: HEARTBEAT_MS, instruments: [{ ...KRAKEN, bookDepth: 20 }], currencies: CURRENCIES });
    const ended = await dial('kraken').ended;
    expect(ended.code).toBe(1);
    expect(ended.err).toContain('BTC/USD has bookDepth 20');
  });
});
