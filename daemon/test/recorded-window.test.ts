// A recorded window fed back gives the Events that the live gateway gave: every byte of every Event in the same order,
// Capture Times and all, through a lost update, an update that fails its proof and a socket cut in the middle of a frame.
//
// What may differ is the end. The live gateway leaves its link first, and its sockets and its recording after it, so the window
// holds a little more than the daemon heard: frames of the last moment, and the close of the sockets, which invalidates books.

import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { InstrumentEntry } from '../event/link-message.ts';
import { TestDaemon, WELCOME } from '../gateway/test-daemon.fixture.ts';
import { Child, type Ended } from './child.ts';
import type { FaultRule } from './stand-in/faults.ts';
import { openStandIn } from './stand-in/open-stand-in.fixture.ts';
import type { StandInVenue } from './stand-in/settings.ts';
import type { StandIn } from './stand-in/stand-in.ts';
import { until } from './until.ts';

const ENTRY = fileURLToPath(new URL('../../dist/daemon/tcx-gateway.js', import.meta.url));
/** Longer than the test: the link server says nothing after its Welcome. */
const HEARTBEAT_MS = 600_000;
const CURRENCIES = [{ currency: 0, symbol: 'USD', scale: 8 }, { currency: 1, symbol: 'BTC', scale: 8 }];

interface Case {
  readonly venue: StandInVenue;
  readonly copies: number;
  readonly instrument: Pick<InstrumentEntry, 'symbol' | 'priceScale' | 'quantityScale' | 'lotSize' | 'bookDepth'>;
  /** Each breaks the book once. */
  readonly faults: readonly FaultRule[];
}

const KRAKEN = { symbol: 'BTC/USD', priceScale: 1, quantityScale: 8, lotSize: 10_000, bookDepth: 25 };
const BINANCE = { symbol: 'BTCUSDT', priceScale: 2, quantityScale: 5, lotSize: 1, bookDepth: 0 };
const CASES: readonly Case[] = [
  { venue: 'kraken', copies: 1, instrument: KRAKEN, faults: [{ fault: 'badChecksum', on: 'book' }, { fault: 'truncate', on: 'book' }] },
  { venue: 'binance', copies: 1, instrument: BINANCE, faults: [{ fault: 'drop', on: 'depth' }, { fault: 'truncate', on: 'depth' }] },
  { venue: 'kraken', copies: 2, instrument: KRAKEN, faults: [{ fault: 'badChecksum', on: 'book', count: 2 }] },
  { venue: 'binance', copies: 2, instrument: BINANCE, faults: [{ fault: 'drop', on: 'depth', count: 2 }] },
];

let folder: string;
const ending: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tcx-window-'));
  writeFileSync(join(folder, 'token'), 'secret\n', { mode: 0o600 });
});
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
  rmSync(folder, { recursive: true });
});

async function daemonFor({ instrument }: Case): Promise<TestDaemon> {
  const daemon = await TestDaemon.listen();
  ending.push(() => daemon.close());
  daemon.answer = () => ({
    ...WELCOME, heartbeatMs: HEARTBEAT_MS, currencies: CURRENCIES,
    instruments: [{ instrument: 0, base: 1, quote: 0, tickSize: 1, minimumQuantity: instrument.lotSize, ...instrument }],
  });
  return daemon;
}

function configure({ copies, instrument }: Case, standIn: StandIn): string {
  const file = join(folder, 'gateway.yaml');
  const { symbol, priceScale, quantityScale, bookDepth } = instrument;
  writeFileSync(file, JSON.stringify({
    endpoints: standIn.endpoints,
    tls: { ca: standIn.caFile }, copies, record: { directory: folder, window: '1h' },
    dial: { spacing: '0s', perWindowMax: 1000, backoffMin: '20ms', backoffMax: '500ms' },
    instruments: [{ symbol, base: 'BTC', quote: 'USD', priceScale, quantityScale, bookDepth }],
  }));
  return file;
}

function gateway(venue: StandInVenue, ...more: string[]): Child {
  const child = new Child(`tcx-gateway ${venue}`, 'tcx-gateway.js', ['--venue', venue, ...more]);
  ending.push(() => child.killed());
  return child;
}

async function capture(...argv: string[]): Promise<Ended> {
  return new Child('tcx capture', 'tcx.js', ['capture', ...argv]).ended;
}

function linkTo(daemon: TestDaemon): string[] {
  return ['--link', daemon.url, '--token-file', join(folder, 'token')];
}

/** The one window of the market feed. */
function sealedWindow(venue: StandInVenue): string {
  const feed = join(folder, 'raw', venue, 'market');
  const windows = readdirSync(feed);
  expect(windows).toHaveLength(1);
  return join(feed, windows[0]!);
}

/** The book is lost, comes back, and moves. */
async function recovers(daemon: TestDaemon, child: Child, what: string, disturb: () => void): Promise<void> {
  const from = daemon.events.length;
  const details = (): string => `${daemon.events.slice(from).slice(-5).join('\n')}\n${child.tail()}`;
  const seen = (pattern: RegExp, after: number): number => daemon.events.findIndex((event, i) => i >= after && pattern.test(event));
  disturb();
  await until(`${what} to be told and overcome`, () => {
    const lost = seen(/^FeedStatusChanged.*Invalid/, from);
    const back = lost < 0 ? -1 : seen(/^BookSnapshot/, lost);
    return back >= 0 && seen(/^BookDelta/, back) >= 0;
  }, { details });
}

async function countOf(daemon: TestDaemon, kind: string, count: number): Promise<void> {
  const from = daemon.events.length;
  await until(`${count} × ${kind}`, () => daemon.events.slice(from).filter((event) => event.startsWith(kind)).length >= count);
}

/** A live session with everything that may go wrong with market data; returns what the daemon heard. */
async function record(one: Case): Promise<TestDaemon> {
  const standIn = await openStandIn(one.venue);
  const daemon = await daemonFor(one);
  const child = gateway(one.venue, ...linkTo(daemon), '--config', configure(one, standIn));
  await until('the first snapshot', () => daemon.events.some((event) => event.startsWith('BookSnapshot')), {
    details: () => child.tail(),
  });
  await countOf(daemon, 'BookDelta', 5);
  for (const fault of one.faults) await recovers(daemon, child, fault.fault, () => standIn.arm(fault));
  await recovers(daemon, child, 'a cut socket', () => standIn.disconnect('midFrame', 'public'));
  standIn.setStatus('maintenance');
  await countOf(daemon, 'Trade', 2);
  standIn.setStatus('online');
  await countOf(daemon, 'BookDelta', 5);
  expect(await child.ending()).toMatchObject({ code: 0, signal: null });
  await daemon.unlinked();
  return daemon;
}

describe.skipIf(!existsSync(ENTRY))('a recorded window', () => {
  test.each(CASES)('G5: of $venue, $copies sockets, fed back gives the same Events', async (one) => {
    const live = await record(one);
    const window = sealedWindow(one.venue);
    const fed = await daemonFor(one);
    // The same settings: how many sockets carry a feed decides what their frames mean.
    const settings = ['--config', join(folder, 'gateway.yaml')];
    const child = gateway(one.venue, ...linkTo(fed), ...settings, '--capture', window, '--speed', 'max');
    expect(await child.ended).toMatchObject({ code: 0, signal: null });
    await fed.unlinked();
    const count = live.events.length;
    expect(fed.events.slice(0, count)).toEqual(live.events);
    expect(Buffer.concat(fed.eventBytes.slice(0, count)).equals(Buffer.concat(live.eventBytes))).toBe(true);
    // The end of the window: never anything but more of the same, and books that nobody carries any more.
    expect(fed.events.at(-1)).toMatch(/^FeedStatusChanged.*Invalid/);
  });

  test('of --record-only is sealed, counted and as it was sealed', async () => {
    const [one] = CASES;
    const standIn = await openStandIn('kraken');
    const child = gateway('kraken', '--record-only', '--config', configure(one!, standIn));
    const books = (): number => standIn.server.of('public').reduce((sum, { sentCount }) => sum + sentCount, 0);
    await until('frames to be recorded', () => books() > 50, { details: () => child.tail() });
    expect(await child.ending()).toMatchObject({ code: 0, signal: null });
    const window = sealedWindow('kraken');
    const stat = await capture('stat', '--json', window);
    expect(stat.err).toBe('');
    expect(JSON.parse(stat.out)).toMatchObject([{ state: 'complete', reconnects: [], holes: [] }]);
    const [{ frames }] = JSON.parse(stat.out) as [{ frames: { in: number; out: number } }];
    // Three subscriptions and whatever keeps the socket alive.
    expect(frames.in).toBeGreaterThanOrEqual(50);
    expect(frames.out).toBeGreaterThanOrEqual(3);
    expect(await capture('verify', window)).toMatchObject({ code: 0, err: '', out: `${window}  as it was sealed\n` });
  });
});
