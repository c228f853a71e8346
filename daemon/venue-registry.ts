// Which code speaks with which Venue: the one place where a name of `--venue` meets its adapters. A new Venue is a folder
// in venues/, a row here and one in venue-defaults.ts. Builds sessions; starts nothing.

import { addon } from './binding/addon.ts';
import type { CreateMarketDecoder, MarketAdapter } from './event/market-adapter.ts';
import type { OrderAdapter, Signer } from './event/order-adapter.ts';
import type { GatewayConfiguration } from './gateway/configuration.ts';
import type { GatewayLog } from './gateway/gateway-log.ts';
import { OrderDesk } from './gateway/orders/order-desk.ts';
import type { Redactor } from './gateway/redaction.ts';
import { VenueFeed } from './gateway/venue-feed.ts';
import { VENUE_DEFAULTS, type RealVenueName } from './venue-defaults.ts';
import { BinanceMarket, type BinanceProduct } from './venues/binance/market.ts';
import { BinanceOrders } from './venues/binance/orders.ts';
import { BitgetMarket } from './venues/bitget/market.ts';
import { KrakenMarket } from './venues/kraken/market.ts';
import { KrakenOrders } from './venues/kraken/orders.ts';
import { REST_LIMITS, type Tier } from './venues/kraken/rest-client.ts';
import { KrakenV1Market } from './venues/kraken-v1/market.ts';
import { OkxMarket, type OkxBookChannel } from './venues/okx/market.ts';

interface MarketGiven {
  readonly createDecoder: CreateMarketDecoder;
  readonly url: string;
  readonly copies: number;
  readonly choices: Readonly<Record<string, string>>;
}

interface OrdersGiven {
  readonly endpoints: Readonly<Record<string, string>>;
  readonly signer: Signer;
  readonly requestWindowMs: number;
  readonly tier: string;
}

interface VenueCode {
  readonly createMarket: (given: MarketGiven) => MarketAdapter;
  /** Absent: market data only. */
  readonly createOrders?: (given: OrdersGiven) => OrderAdapter;
}

const VENUE_CODE: Readonly<Record<RealVenueName, VenueCode>> = {
  kraken: {
    createMarket: (given) => new KrakenMarket(given),
    createOrders: ({ endpoints, tier, requestWindowMs, signer }) => (
      new KrakenOrders({ url: endpoints['private']!, signer, deadlineMs: requestWindowMs, restLimits: REST_LIMITS[tier as Tier] })),
  },
  binance: {
    createMarket: binance('spot'),
    createOrders: ({ endpoints, requestWindowMs, signer }) => (
      new BinanceOrders({ url: endpoints['api']!, signer, recvWindowMs: requestWindowMs })),
  },
  'binance-usdm': { createMarket: binance('usdm') },
  'binance-coinm': { createMarket: binance('coinm') },
  okx: {
    createMarket: ({ choices, ...given }) => new OkxMarket({ ...given, channel: choices['bookChannel'] as OkxBookChannel }),
  },
  bitget: { createMarket: (given) => new BitgetMarket(given) },
  'kraken-v1': { createMarket: (given) => new KrakenV1Market(given) },
};

function binance(product: BinanceProduct): VenueCode['createMarket'] {
  return (given) => new BinanceMarket({ ...given, product });
}

/** Market data of a Venue as it is by itself, for looking at recordings. */
export function createMarket(name: RealVenueName): MarketAdapter {
  const { endpoints, choices } = VENUE_DEFAULTS[name];
  return VENUE_CODE[name].createMarket({
    createDecoder: addon.createMarketDecoder, url: endpoints['public']!, copies: 1,
    choices: Object.fromEntries(Object.entries(choices).map(([choice, { values }]) => [choice, values[0]!])),
  });
}

interface VenueSurroundings {
  /** The Venue's id in the daemon's Configuration. */
  readonly id: string;
  readonly log: GatewayLog;
  readonly unixNs: () => bigint;
  /** Null: market data only. */
  readonly signer: Signer | null;
  readonly redactor?: Redactor;
}

export interface ComposedVenue {
  readonly feed: VenueFeed;
  /** Null: every order is refused as not transmitted. */
  readonly desk: OrderDesk | null;
}

export function composeVenue(
  name: RealVenueName, configuration: GatewayConfiguration, { id, log, unixNs, signer, redactor }: VenueSurroundings,
): ComposedVenue {
  const { endpoints, copies, market, orders } = configuration;
  const { createMarket, createOrders } = VENUE_CODE[name];
  const adapter = createMarket({
    createDecoder: addon.createMarketDecoder, url: endpoints['public']!, copies, choices: market,
  });
  const desk = orders === null || signer === null || createOrders === undefined ? null : new OrderDesk({
    venue: id, adapter: createOrders({ ...orders, endpoints, signer }), settings: orders, log, unixNs,
  });
  const feed = new VenueFeed({
    adapter, orders: desk, onProblem: ({ kind, sample }) => log.warn(`${id}: ${kind}`, { sample }),
    ...(redactor === undefined ? {} : { clean: (text: string) => redactor.text(text) }),
  });
  return { feed, desk };
}
