// What Binance tells everybody, over HTTP and the WebSocket API alike: instruments and their filters, the book's snapshot.

import type { Json, JsonObject } from '../json.ts';
import type { StandInInstrument } from '../settings.ts';
import type { World } from '../world.ts';
import type { BinanceStreams } from './streams.ts';
import { BinanceError } from './wire.ts';

export class BinanceFacts {
  private readonly world: World;
  private readonly streams: BinanceStreams;

  constructor(world: World, streams: BinanceStreams) {
    this.world = world;
    this.streams = streams;
  }

  depth(symbol: string, limit: number): JsonObject {
    if (symbol === '') throw new BinanceError(-1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.");
    const snapshot = this.streams.snapshot(symbol, limit);
    if (snapshot === null) throw new BinanceError(-1121, 'Invalid symbol.');
    return snapshot;
  }

  /** `symbols` null: all. */
  exchangeInfo(symbols: readonly string[] | null): Json {
    const { settings, clock, engine } = this.world;
    if (symbols?.some((symbol) => !engine.markets.has(symbol)) === true) throw new BinanceError(-1121, 'Invalid symbol.');
    const chosen = settings.instruments.filter(({ symbol }) => symbols === null || symbols.includes(symbol));
    return {
      timezone: 'UTC', serverTime: clock.unixMs(),
      rateLimits: [
        { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 6000 },
        { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 50 },
        { rateLimitType: 'ORDERS', interval: 'DAY', intervalNum: 1, limit: 160_000 },
        { rateLimitType: 'CONNECTIONS', interval: 'MINUTE', intervalNum: 5, limit: 300 },
      ],
      exchangeFilters: [], symbols: chosen.map((definition) => this.symbolView(definition)),
    };
  }

  private symbolView(definition: StandInInstrument): Json {
    const { symbol, base, quote, priceDecimals, quantityDecimals, tickSize, lotSize, minimumQuantity } = definition;
    const padded = (text: string, decimals: number): string => {
      const [whole = '0', fraction = ''] = text.split('.');
      return `${whole}.${fraction.padEnd(decimals, '0')}`;
    };
    return {
      symbol, status: this.world.status === 'online' ? 'TRADING' : 'BREAK', baseAsset: base, baseAssetPrecision: 8,
      quoteAsset: quote, quotePrecision: 8, quoteAssetPrecision: 8, baseCommissionPrecision: 8, quoteCommissionPrecision: 8,
      orderTypes: ['LIMIT', 'LIMIT_MAKER', 'MARKET'], icebergAllowed: true, ocoAllowed: true, otoAllowed: true, opoAllowed: true,
      quoteOrderQtyMarketAllowed: true, allowTrailingStop: true, cancelReplaceAllowed: true, amendAllowed: true,
      pegInstructionsAllowed: true, isSpotTradingAllowed: true, isMarginTradingAllowed: false,
      filters: [
        {
          filterType: 'PRICE_FILTER', minPrice: padded(tickSize, priceDecimals), maxPrice: padded('1000000', priceDecimals),
          tickSize: padded(tickSize, priceDecimals),
        },
        {
          filterType: 'LOT_SIZE', minQty: padded(minimumQuantity, quantityDecimals), maxQty: padded('9000', quantityDecimals),
          stepSize: padded(lotSize, quantityDecimals),
        },
      ],
      permissions: [], permissionSets: [['SPOT', 'MARGIN']], defaultSelfTradePreventionMode: 'EXPIRE_MAKER',
      allowedSelfTradePreventionModes: ['NONE', 'EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH', 'DECREMENT'],
    };
  }
}
