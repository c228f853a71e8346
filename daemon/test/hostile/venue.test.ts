// Hostile Venues on every channel of real gateways that trade: no gateway and no daemon dies, each kind of nonsense is named
// once and counted, what cannot be trusted is not traded on, and everything heals. Afterwards the journal replays identical.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Prng } from '../../base/prng.ts';
import type { Child } from '../child.ts';
import { journalPaths, linesFrom } from '../journal-contents.ts';
import { replayIdentical } from '../replay-check.ts';
import { makeCertificate, signCertificate } from '../stand-in/certificate.ts';
import type { StandInVenue } from '../stand-in/settings.ts';
import { until } from '../until.ts';
import { VenueRig } from '../venue-rig.ts';
import { isBuilt } from './processes.fixture.ts';
import { alteredMessage, anyGarbage, mutatedMessage, WRONG_ANSWERS, type Garbage } from './venue-garbage.fixture.ts';

const SEED = 3;
const FLOOD = 10_000;
const OVERSIZE = 9 << 20;
const VENUES: readonly StandInVenue[] = ['kraken', 'binance'];
/** More than one line a kind, a socket and a second would be a flood. */
const LINES_MAX = 600;

describe.skipIf(!isBuilt)(`hostile Venues (seed ${SEED})`, () => {
  let rig: VenueRig;
  const random = Prng.seeded(SEED, 7);

  beforeAll(async () => {
    rig = await VenueRig.create({
      venues: VENUES, gateway: { observe: { port: 0 }, http: { timeout: '700ms' }, dial: { backoffMax: '100ms' } },
    });
    await rig.start();
    await healthy();
    await rig.enable();
    await rig.statusWhere('Orders at both Venues', ({ openOrders }) => openOrders >= 4);
  });
  afterAll(() => rig.close());

  const gatewayOf = (venue: StandInVenue): Child => rig.running.get(venue)!;

  /** Everything runs, and every book is valid again. */
  async function healthy(): Promise<void> {
    let found: unknown = null;
    await until('every feed to be valid', async () => {
      for (const child of [rig.daemon!, ...rig.gateways()]) if (child.end !== null) throw new Error(`it ended\n${child.tail()}`);
      const { feeds } = (await rig.get('/feeds')).json as { feeds: readonly { state: string }[] };
      found = feeds;
      return feeds.length === VENUES.length && feeds.every(({ state }) => state === 'valid');
    }, { details: () => `${JSON.stringify(found)}\n${rig.describe()}` });
  }

  async function metric(venue: StandInVenue, pattern: RegExp): Promise<number> {
    const [, port] = await gatewayOf(venue).printed(/"port":(\d+)[^\n]*"msg":"metrics"/);
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return text.split('\n').filter((line) => pattern.test(line)).reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  /** Resolves when the gateway has heard it all, with true, or has given up the socket. */
  async function inflict(venue: StandInVenue, kind: string, garbage: Iterable<Garbage>): Promise<boolean> {
    const connection = await until('a socket', () => rig.venue(venue).server.of(kind)[0]);
    const heard = (): Promise<number> => metric(venue, new RegExp(`^tcx_gateway_frames_total\\{.*connection="${kind}",direction="in"`));
    const before = await heard();
    let count = 0;
    for (const { content, isBinary } of garbage) {
      connection.sendRaw(content, isBinary);
      count += 1;
    }
    await until('it to be heard', async () => !connection.isOpen || await heard() >= before + count);
    return connection.isOpen;
  }

  /** A real message of the channel, as it was sent last. */
  function messageOf(venue: StandInVenue, kind: string, channel: string): Promise<string> {
    return until(`a message of ${channel}`, () => rig.venue(venue).server.of(kind)[0]?.lastOf(channel));
  }

  /** Of log lines with these words, how many. */
  const told = (venue: StandInVenue, words: string): number => (
    gatewayOf(venue).output.split('\n').filter((line) => line.includes(`"msg":"${venue}: ${words}"`)).length);

  const CHANNELS: readonly (readonly [StandInVenue, string, readonly string[]])[] = [
    ['kraken', 'public', ['book', 'trade', 'status', 'instrument']], ['kraken', 'private', ['executions', 'balances', 'add_order']],
    ['binance', 'public', ['depth', 'trade']], ['binance', 'api', ['executionReport', 'outboundAccountPosition', 'order.place', 'time']],
  ];

  test.each(CHANNELS)('%s %s: random bytes, cut and altered messages, too deep, too long, of no kind', async (venue, kind, channels) => {
    await inflict(venue, kind, anyGarbage(random, 200));
    for (const channel of channels) {
      const message = rig.venue(venue).server.of(kind)[0]?.lastOf(channel);
      if (message !== undefined) await inflict(venue, kind, alteredMessage(random, message, 60));
    }
    await healthy();
    expect(rig.venue(venue).server.of(kind).length).toBeGreaterThan(0);
  });

  test('every channel was given messages of its own, and each kind of nonsense was told once', async () => {
    for (const [venue, kind, [channel]] of CHANNELS) expect(await messageOf(venue, kind, channel!)).toMatch(/^\{/);
    for (const venue of VENUES) {
      for (const counter of [/^tcx_gateway_problems_total\{.*malformed_frame/, /^tcx_gateway_orders_total\{.*event="problems"/]) {
        await until(`${venue} to have counted ${counter.source}`, async () => await metric(venue, counter) > 0);
      }
    }
    const named = [['kraken', 'malformed frame'], ['kraken', 'malformed private frame'], ['binance', 'malformed frame']] as const;
    for (const [venue, words] of named) {
      expect([venue, words, told(venue, words)]).toEqual([venue, words, venue === 'binance' ? 2 : 1]);
    }
  });

  test('frames of 9 MB and bytes that are no frames end the socket, and it is dialled again', async () => {
    for (const [venue, kind] of CHANNELS) {
      const standIn = rig.venue(venue);
      const before = await metric(venue, /^tcx_gateway_sockets_closed_total/);
      await inflict(venue, kind, [{ content: `{"padding":"${'x'.repeat(OVERSIZE)}"}` }]);
      await until('the socket to be given up', async () => await metric(venue, /^tcx_gateway_sockets_closed_total/) > before);
      await until('another', () => standIn.server.of(kind).length > 0);
      for (const connection of standIn.server.of(kind)) connection.sendUnframed(Buffer.from('f0ff00ff00ff', 'hex'));
      await until('the socket to be given up', async () => await metric(venue, /^tcx_gateway_sockets_closed_total/) > before + 1);
    }
    await healthy();
    expect(rig.printed()).toMatch(/Max payload size exceeded/);
    expect(rig.printed()).toMatch(/Invalid WebSocket frame/);
  });

  test(`${FLOOD} bad frames at once on each channel, each of another name, are a few lines in the log`, async () => {
    for (const [venue, kind] of CHANNELS) {
      const flood = Array.from({ length: FLOOD }, (_, i) => ({
        content: i % 2 === 0 ? `{"channel":"novel${i}","e":"novel${i}","event":{"e":"novel${i}"},"data":[]}` : `{"broken":${i}`,
      }));
      await until('a flood that a socket outlives', () => inflict(venue, kind, flood));
    }
    await healthy();
    for (const venue of VENUES) {
      const counted = /^tcx_gateway_(problems_total|orders_total\{.*event="problems")/;
      await until(`${venue} to have counted the flood`, async () => await metric(venue, counted) > FLOOD);
    }
  });

  test('books that cannot be true are invalid until a new snapshot', async () => {
    const kraken = rig.venue('kraken');
    const before = await metric('kraken', /market_total\{.*(mismatches|resyncs)/);
    kraken.arm({ fault: 'badChecksum', on: 'book', count: 3 });
    await until('a resync', async () => await metric('kraken', /market_total\{.*(mismatches|resyncs)/) > before + 1);
    await inflict('kraken', 'public', mutatedMessage(random, await messageOf('kraken', 'public', 'book'), 300));
    await inflict('binance', 'public', mutatedMessage(random, await messageOf('binance', 'public', 'depth'), 300));
    await healthy();
    const lines = linesFrom(journalPaths(rig.dataDir)[0]!, 1);
    expect(lines.filter((line) => /FeedStatusChanged.*state=Invalid/.test(line)).length).toBeGreaterThan(3);
  });

  test.each(Object.entries(WRONG_ANSWERS))('HTTP: %s', async (_, answer) => {
    const { server } = rig.venue('binance');
    let asked = 0;
    server.intrude = (call, response) => {
      asked += call.url.pathname === '/api/v3/depth' ? 1 : 0;
      answer(response);
      return true;
    };
    server.endAll('abort', 'public');
    await until('a snapshot to be asked for', () => asked > 0, { details: () => rig.describe() });
    server.intrude = () => false;
  });

  test('HTTP: whatever was answered, the next answer heals; a signed call is tried again', async () => {
    const kraken = rig.venue('kraken').server;
    const given = [WRONG_ANSWERS['a page']!, WRONG_ANSWERS['another shape']!];
    kraken.intrude = (_, response) => {
      const answer = given.shift();
      answer?.(response);
      return answer !== undefined;
    };
    kraken.endAll('abort', 'private');
    rig.venue('binance').server.endAll('abort', 'public');
    await until('every answer to be given', () => given.length === 0);
    await gatewayOf('kraken').printed(/unusable REST answer/);
    await healthy();
    const wrong = /^tcx_gateway_http_answers_total\{.*class="(none|3xx|5xx|4xx)"/;
    await until('the wrong answers to be counted', async () => await metric('binance', wrong) > 5);
  });

  test('TLS: another authority, an expired certificate, another host\'s: nothing is said to such a Venue', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tcx-authority-'));
    const standIn = rig.venue('binance');
    const own = join(standIn.caFile, '..');
    try {
      const cases = [
        [makeCertificate(folder), /unable to verify the first certificate|unable to get local issuer|self.signed/],
        [signCertificate(own, 'DNS:localhost', -1), /certificate has expired/],
        [signCertificate(own, 'DNS:exchange.example', 1), /does not match certificate's altnames/],
      ] as const;
      const good = signCertificate(own, 'DNS:localhost', 1);
      for (const [certificate, reason] of cases) {
        standIn.server.present(certificate);
        standIn.disconnect('abort', 'public');
        await gatewayOf('binance').printed(new RegExp(`"reason":"[^"]*(${reason.source})`));
        expect(standIn.server.of('public')).toEqual([]);
      }
      standIn.server.present(good);
    } finally {
      rmSync(folder, { recursive: true });
    }
    await healthy();
  });

  test('private messages with any bit changed: no gateway and no daemon dies, and what was recorded replays identical', async () => {
    for (const [venue, kind, channels] of CHANNELS.filter(([, kind]) => kind !== 'public')) {
      for (const channel of channels) {
        const message = rig.venue(venue).server.of(kind)[0]?.lastOf(channel);
        if (message !== undefined) await inflict(venue, kind, mutatedMessage(random, message, 300));
      }
    }
    await healthy();
    for (const venue of VENUES) {
      expect(gatewayOf(venue).output.split('\n').length).toBeLessThan(LINES_MAX);
    }
    expect(await rig.daemon!.ending()).toMatchObject({ code: 0, signal: null });
    for (const gateway of rig.gateways()) expect(await gateway.ending()).toMatchObject({ code: 0, signal: null });
    await replayIdentical(journalPaths(rig.dataDir)[0]!);
  });
});
