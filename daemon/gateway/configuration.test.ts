// The file of a gateway: what it means, and how each mistake is told.

import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../configuration/problem.ts';
import { parseGatewayConfiguration, readGatewayConfiguration } from './configuration.ts';
import type { VenueDefaults } from './gateway-schema.ts';

const VENUE: VenueDefaults = {
  endpoints: { public: 'wss://venue.example/v2', private: 'wss://private.venue.example', http: 'https://api.venue.example' },
  algorithms: ['hmac-sha512', 'ed25519'], tiers: ['small', 'large'],
  choices: { bookChannel: { values: ['books', 'books-l2-tbt'], meaning: 'Which.' } },
};
const MARKET_DATA: VenueDefaults = { endpoints: { public: 'wss://venue.example' }, algorithms: [], tiers: [], choices: {} };

const parse = (text: string, defaults = VENUE) => parseGatewayConfiguration(text, '/etc/tcx/gateway.yaml', defaults);

test('without a file: the Venue\'s own addresses, market data only, nothing recorded', () => {
  const configuration = readGatewayConfiguration('', VENUE);
  expect(configuration).toMatchObject({
    endpoints: VENUE.endpoints, caFile: '', copies: 1, market: { bookChannel: 'books' }, credentials: null, orders: null, record: null,
    observe: { host: '127.0.0.1', port: null }, instruments: [], currencies: [],
  });
  expect(configuration.dial).toMatchObject({ handshakeMs: 10_000, provenMs: 30_000, backoffMs: { min: 500, max: 60_000 } });
  expect(configuration.dial.pace).toEqual({ spacingMs: 400, dialsMax: 75, windowMs: 600_000 });
});

test('everything said', () => {
  const configuration = parse(`
endpoints: { public: "wss://localhost:9443/v2", http: "http://127.0.0.1:8080" }
tls: { ca: certificates/stand-in.pem }
copies: 3
market: { bookChannel: books-l2-tbt }
dial: { handshakeTimeout: 2s, spacing: 0s, perWindowMax: 10, backoffMin: 10ms, backoffMax: 100ms, proven: 1s }
http: { timeout: 3s, inFlightMax: 5 }
credentials: { apiKeyFile: /etc/tcx/key, secretFile: $CREDENTIALS_DIRECTORY/secret, algorithm: ed25519 }
orders: { enabled: true, requestTimeout: 2s, requestWindow: 3s, tier: large, deadMan: 30s, onDaemonLoss: keep, daemonLossGrace: 1s }
record: { directory: ../raw, window: 10min, bufferSize: 1MiB }
observe: { host: "::1", port: 0 }
instruments:
  - { symbol: BTC/USD, base: BTC, quote: USD, priceScale: 1, quantityScale: 8, bookDepth: 10 }
  - { symbol: ETH/USD, base: ETH, quote: USD, priceScale: 2, quantityScale: 8, tickSize: 0.05, lotSize: "0.00000002",
      minimumQuantity: 0.01 }
`);
  expect(configuration).toMatchObject({
    endpoints: { public: 'wss://localhost:9443/v2', private: 'wss://private.venue.example', http: 'http://127.0.0.1:8080' },
    caFile: '/etc/tcx/certificates/stand-in.pem', copies: 3, market: { bookChannel: 'books-l2-tbt' },
    http: { timeoutMs: 3_000, inFlightMax: 5 },
    credentials: { apiKeyFile: '/etc/tcx/key', secretFile: '$CREDENTIALS_DIRECTORY/secret', algorithm: 'ed25519' },
    orders: {
      requestTimeoutNs: 2e9, requestWindowMs: 3000, tier: 'large', deadManSeconds: 30, onDaemonLoss: 'keep', daemonLossGraceNs: 1e9,
    },
    record: { directory: '/etc/raw', windowNs: 600e9, bufferSize: 1 << 20 }, observe: { host: '::1', port: 0 },
    currencies: [{ currency: 0, symbol: 'BTC' }, { currency: 1, symbol: 'USD' }, { currency: 2, symbol: 'ETH' }],
  });
  expect(configuration.instruments).toEqual([
    { instrument: 0, symbol: 'BTC/USD', base: 0, quote: 1, priceScale: 1, quantityScale: 8, tickSize: 1, lotSize: 1,
      minimumQuantity: 1, bookDepth: 10 },
    { instrument: 1, symbol: 'ETH/USD', base: 2, quote: 1, priceScale: 2, quantityScale: 8, tickSize: 5, lotSize: 2,
      minimumQuantity: 1_000_000, bookDepth: 0 },
  ]);
});

test('credentials without orders are not read', () => {
  const configuration = parse('credentials: { apiKeyFile: key, secretFile: secret }\n');
  expect([configuration.orders, configuration.credentials?.apiKeyFile]).toEqual([null, '/etc/tcx/key']);
});

describe('a mistake names file, line, path, found and expected', () => {
  const instrument = 'symbol: A, base: A, quote: B, priceScale: 1, quantityScale: 1';
  test.each([
    ['cpoies: 2', ':1: cpoies: unknown key, did you mean "copies"?'],
    ['copies: 0', ':1: copies: found 0, expected an integer from 1 to 8'],
    ['tls:\n  verify: false', ':2: tls.verify: unknown key, expected one of ca'],
    ['endpoints: { api: "wss://x.example" }', 'endpoints.api: unknown key'],
    ['endpoints: { public: "ws://x.example" }', 'endpoints.public: found "ws://x.example", expected an address that begins with wss://'],
    ['endpoints: { public: "wss://user:pass@venue.example" }', 'endpoints.public: found'],
    ['endpoints: { public: "wss://venue.example/?key=1" }', 'without user, query or fragment'],
    ['endpoints: { public: "wss://venue.example:99999" }', 'endpoints.public: found "wss://venue.example:99999", expected an address'],
    ['endpoints: { http: "wss://x.example" }', 'endpoints.http: found "wss://x.example", expected an address that begins with https://'],
    ['market: { bookChannel: trades }', 'market.bookChannel: found "trades", expected one of books, books-l2-tbt'],
    ['dial: { spacing: 5 }', 'dial.spacing: found 5, expected a duration like 5s'],
    ['dial: { backoffMin: 30s, backoffMax: 10s }', 'dial.backoffMin: found 30s, expected at most backoffMax (10s)'],
    ['record: {}', 'record.directory: missing, expected a path'],
    ['record: { directory: x, bufferSize: 3MiB }', 'record.bufferSize: found 3MiB, expected a power of two'],
    ['orders: { enabled: true }', 'orders.enabled: found true without credentials'],
    ['orders: { onDaemonLoss: panic }', 'orders.onDaemonLoss: found "panic", expected one of cancel, keep'],
    ['credentials: { apiKeyFile: a, secretFile: b, algorithm: rsa }', 'found "rsa", expected one of hmac-sha512, ed25519'],
    ['credentials: { apiKeyFile: $HOME/key, secretFile: b }', 'credentials.apiKeyFile: found "$HOME/key"'],
    ['credentials: { apiKey: canary }', 'credentials.apiKey: unknown key'],
    ['observe: { port: 70000 }', 'observe.port: found 70000, expected an integer from 0 to 65535'],
    [`instruments: [{ ${instrument}, tickSize: 0.05 }]`,
      'instruments[0].tickSize: found 0.05, expected a number above 0 with at most 1 decimals'],
    [`instruments: [{ ${instrument} }, { ${instrument} }]`, 'instruments[1].symbol: found "A" twice'],
    ['- a list', 'expected a group of keys'],
    ['', 'the file is empty'],
  ])('%j', (text, message) => {
    expect(() => parse(text)).toThrow(ConfigurationError);
    expect(() => parse(text)).toThrow('/etc/tcx/gateway.yaml');
    expect(() => parse(text)).toThrow(message);
  });

  test('a Venue without order entry knows no keys for it', () => {
    expect(() => parse('orders: { enabled: true }', MARKET_DATA)).toThrow('orders: unknown key');
    expect(() => parse('credentials: { apiKeyFile: a, secretFile: b }', MARKET_DATA)).toThrow('credentials: unknown key');
    expect(() => parse('market: { bookChannel: books }', MARKET_DATA)).toThrow('market: unknown key');
  });

  test('every mistake at once', () => {
    expect(() => parse('copies: 0\nhttp: { timeout: 1 }\n')).toThrow(/2 problems[\s\S]*copies[\s\S]*http\.timeout/);
  });

  test('a file that cannot be read', () => {
    expect(() => readGatewayConfiguration('/nowhere.yaml', VENUE)).toThrow('/nowhere.yaml: no such file');
  });
});
