// What is known of each Venue before it is configured: its real addresses, how its requests are signed, what may be chosen
// about its market data. Data only; the code of a Venue is joined to it in venue-registry.ts.

import type { VenueName } from './gateway/command-line.ts';
import type { VenueDefaults } from './gateway/gateway-schema.ts';

/** Venues that are dialled. */
export type RealVenueName = Exclude<VenueName, 'sim'>;

const MARKET_DATA = { algorithms: [], tiers: [], choices: {} } as const;

export const VENUE_DEFAULTS: Readonly<Record<RealVenueName, VenueDefaults>> = {
  kraken: {
    endpoints: { public: 'wss://ws.kraken.com/v2', private: 'wss://ws-auth.kraken.com/v2', http: 'https://api.kraken.com' },
    algorithms: ['hmac-sha512'], tiers: ['starter', 'intermediate', 'pro'], choices: {},
  },
  binance: {
    endpoints: {
      public: 'wss://stream.binance.com:9443/stream', api: 'wss://ws-api.binance.com:443/ws-api/v3', http: 'https://api.binance.com',
    },
    algorithms: ['ed25519', 'hmac-sha256'], tiers: [], choices: {},
  },
  'binance-usdm': {
    endpoints: { public: 'wss://fstream.binance.com/public/stream', http: 'https://fapi.binance.com' }, ...MARKET_DATA,
  },
  'binance-coinm': {
    endpoints: { public: 'wss://dstream.binance.com/stream', http: 'https://dapi.binance.com' }, ...MARKET_DATA,
  },
  okx: {
    endpoints: { public: 'wss://ws.okx.com:8443/ws/v5/public', http: 'https://www.okx.com' }, algorithms: [], tiers: [],
    choices: {
      bookChannel: {
        values: ['books', 'books-l2-tbt'],
        meaning: 'The channel of books. `books`: every 100 ms. `books-l2-tbt`: every change, for accounts that OKX admits to it.',
      },
    },
  },
  bitget: {
    endpoints: { public: 'wss://ws.bitget.com/v2/ws/public', http: 'https://api.bitget.com' }, ...MARKET_DATA,
  },
  'kraken-v1': {
    endpoints: { public: 'wss://ws.kraken.com', http: 'https://api.kraken.com' }, ...MARKET_DATA,
  },
};
