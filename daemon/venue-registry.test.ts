// Every name of --venue has its code, its addresses and its sample.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { VenueInstrument } from './event/venue-session.ts';
import { VENUES } from './gateway/command-line.ts';
import { parseGatewayConfiguration, readGatewayConfiguration } from './gateway/configuration.ts';
import { gatewaySchema } from './gateway/gateway-schema.ts';
import { SILENT_LOG } from './gateway/gateway-log.ts';
import { RecordOnlyHost } from './gateway/record-only-host.ts';
import { TestClock } from './gateway/test-clock.fixture.ts';
import { VENUE_DEFAULTS, type RealVenueName } from './venue-defaults.ts';
import { composeVenue } from './venue-registry.ts';

const REAL = VENUES.filter((name): name is RealVenueName => name !== 'sim');
const SYMBOLS: Readonly<Record<RealVenueName, readonly [symbol: string, bookDepth: number]>> = {
  kraken: ['BTC/USD', 10], binance: ['BTCUSDT', 0], 'binance-usdm': ['BTCUSDT', 0], 'binance-coinm': ['BTCUSD_PERP', 0],
  okx: ['BTC-USDT', 400], bitget: ['BTCUSDT', 0], 'kraken-v1': ['XBT/USD', 10],
};

function instrument(name: RealVenueName): VenueInstrument {
  const [symbol, bookDepth] = SYMBOLS[name];
  return {
    instrument: 0, symbol, base: 0, quote: 1, priceScale: 1, quantityScale: 8, tickSize: 1, lotSize: 1, minimumQuantity: 1, bookDepth,
  };
}

describe.each(REAL)('%s', (name) => {
  test('its default addresses are what its own code would dial', () => {
    const configuration = readGatewayConfiguration('', VENUE_DEFAULTS[name]);
    const urls = [configuration, { ...configuration, endpoints: { ...configuration.endpoints, public: '' } }].map((given) => {
      const { feed } = composeVenue(name, given, { id: name, log: SILENT_LOG, unixNs: () => 0n, signer: null });
      const host = new RecordOnlyHost({ clock: new TestClock() }, feed);
      host.start({ sessionId: '', sessionOrdinal: 0, venue: 0, instruments: [instrument(name)], currencies: [] });
      return feed.connections().map(({ url, copies }) => `${url} ${copies}`);
    });
    expect(urls[0]).toEqual(urls[1]);
    expect(urls[0]!.length).toBeGreaterThan(0);
  });

  test('orders need keys: with them there are private connections, without them none', () => {
    const configuration = readGatewayConfiguration('', VENUE_DEFAULTS[name]);
    const orders = {
      requestTimeoutNs: 1e9, requestWindowMs: 2000, tier: '', deadManSeconds: 0, onDaemonLoss: 'keep', daemonLossGraceNs: 0,
    } as const;
    const signer = { apiKey: 'k', algorithm: 'hmac-sha256', sign: () => '' } as const;
    const surroundings = { id: name, log: SILENT_LOG, unixNs: () => 0n };
    expect(composeVenue(name, { ...configuration, orders }, { ...surroundings, signer: null }).desk).toBeNull();
    const { desk } = composeVenue(name, { ...configuration, orders }, { ...surroundings, signer });
    expect(desk !== null).toBe(VENUE_DEFAULTS[name].algorithms.length > 0);
    // What a Venue takes later than the window, its own servers included, is longer for Binance.
    if (desk !== null) expect(desk.adapter.requestLifetimeNs).toBe(name === 'kraken' ? 4e9 : 12e9);
  });
});

describe.each(['kraken', 'binance', 'okx'] as const)('config/gateway-%s.yaml', (name) => {
  const file = `config/gateway-${name}.yaml`;
  const text = readFileSync(file, 'utf8');

  test('runs as it is: market data, a recording, something to record', () => {
    const configuration = parseGatewayConfiguration(text, file, VENUE_DEFAULTS[name]);
    expect(configuration).toMatchObject({ orders: null, credentials: null, instruments: [{ symbol: SYMBOLS[name][0] }] });
    expect(configuration.record).not.toBeNull();
    const { feed } = composeVenue(name, configuration, { id: name, log: SILENT_LOG, unixNs: () => 0n, signer: null });
    const host = new RecordOnlyHost({ clock: new TestClock() }, feed);
    const { instruments, currencies } = configuration;
    expect(() => host.start({ sessionId: '', sessionOrdinal: 0, venue: 0, instruments, currencies })).not.toThrow();
    expect(feed.connections().length).toBeGreaterThan(0);
  });

  test('says every key, and for each the default, but for what has to be chosen', () => {
    const written = parse(text) as Record<string, Record<string, unknown>>;
    const defaults = gatewaySchema(VENUE_DEFAULTS[name]).parse({}) as Readonly<Record<string, unknown>>;
    expect(Object.keys(written).sort()).toEqual(Object.keys(defaults).sort());
    const { record: _, instruments: __, observe: ___, ...comparable } = written;
    for (const [section, value] of Object.entries(comparable)) expect({ [section]: value }).toEqual({ [section]: defaults[section] });
    expect(Object.keys(written['observe']!)).toEqual(['host', 'port']);
    const [sample] = written['instruments'] as unknown as Record<string, unknown>[];
    expect(Object.keys(sample!)).toHaveLength(9);
  });

  test('every line with a key says what it is for', () => {
    const silent = text.split('\n').filter((line) => /^ {2,4}[-a-zA-Z ]+: \S/.test(line) && !line.includes('#'));
    expect(silent.filter((line) => !/base:|quote:|lotSize:|host:|https:\/\/www/.test(line))).toEqual([]);
    expect(existsSync(`daemon/venues/${name}/README.md`)).toBe(true);
  });
});
