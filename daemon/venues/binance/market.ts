// Binance market data for the gateway: spot, USDⓈ-M and COIN-M futures. Names sockets, streams and snapshot requests, and
// says what a frame means that is neither book nor trade. Pure: no socket, no clock; the README has the evidence.

import { isJsonObject, objectOf, parseJsonText, textOf, type JsonTextObject } from '../../base/json-text.ts';
import type {
  BookRule, CreateMarketDecoder, MarketAdapter, MarketDecoder, Notice, SnapshotRequest,
} from '../../event/market-adapter.ts';
import type { ConnectionPlan, HttpRequest, VenueInstrument } from '../../event/venue-session.ts';
import { definitionsOf } from './definitions.ts';
import { SequenceRule, type Chain } from './sequence.ts';

export type BinanceProduct = 'spot' | 'usdm' | 'coinm';

interface BinanceMarketSettings {
  readonly product: BinanceProduct;
  readonly createDecoder: CreateMarketDecoder;
  /** Of the combined streams; '': the Venue's own. */
  readonly url?: string;
  readonly copies?: number;
  /** Levels a side of a snapshot; one of those the product serves. */
  readonly snapshotLevels?: number;
}

interface Product {
  readonly url: string;
  readonly chain: Chain;
  /** Of the HTTP interface. */
  readonly path: string;
  /** What `limit` of the depth request may be. */
  readonly snapshotLevels: readonly number[];
  /** Whether exchangeInfo can be asked about some symbols only. */
  readonly filtersDefinitions: boolean;
}

const FUTURES_LEVELS = [5, 10, 20, 50, 100, 500, 1000] as const;

const PRODUCTS: Readonly<Record<BinanceProduct, Product>> = {
  spot: {
    url: 'wss://stream.binance.com:9443/stream', chain: 'spot', path: '/api/v3',
    snapshotLevels: [100, 500, 1000, 5000], filtersDefinitions: true,
  },
  usdm: {
    url: 'wss://fstream.binance.com/public/stream', chain: 'futures', path: '/fapi/v1',
    snapshotLevels: FUTURES_LEVELS, filtersDefinitions: false,
  },
  coinm: {
    url: 'wss://dstream.binance.com/stream', chain: 'futures', path: '/dapi/v1',
    snapshotLevels: FUTURES_LEVELS, filtersDefinitions: false,
  },
};

const SECOND_NS = 1e9;
const SNAPSHOT_LEVELS_DEFAULT = 1000;
/** Streams of one socket, and of one SUBSCRIBE: five messages a second are all that Binance takes. */
const STREAMS_MAX = 1024;
const STREAMS_A_REQUEST = 256;

const NOTHING: Notice = { notice: 'nothing' };
/** Streams that a recording may hold and that say nothing we use. */
const UNUSED_STREAMS = /@(?:bookTicker|aggTrade|miniTicker|ticker|kline|avgPrice|markPrice|forceOrder|blockTrade|referencePrice|depth\d)/;

export class BinanceMarket implements MarketAdapter {
  readonly needsSnapshot = true;
  readonly bookDepths = [0] as const;
  private readonly settings: BinanceMarketSettings;
  private readonly product: Product;
  private readonly snapshotLevels: number;
  private instruments: readonly VenueInstrument[] = [];
  private symbols: ReadonlySet<string> = new Set();
  private opened: MarketDecoder | null = null;

  constructor(settings: BinanceMarketSettings) {
    this.settings = settings;
    this.product = PRODUCTS[settings.product];
    this.snapshotLevels = settings.snapshotLevels ?? SNAPSHOT_LEVELS_DEFAULT;
    if (!this.product.snapshotLevels.includes(this.snapshotLevels)) {
      throw new RangeError(`binance ${settings.product}: found ${this.snapshotLevels} levels for a snapshot; expected one of `
        + this.product.snapshotLevels.join(', '));
    }
  }

  get decoder(): MarketDecoder {
    if (this.opened === null) throw new Error('binance: the decoder was asked for before `open`');
    return this.opened;
  }

  get definitions(): HttpRequest | null {
    if (this.instruments.length === 0) return null;
    const symbols = encodeURIComponent(JSON.stringify([...this.symbols]));
    const query = this.product.filtersDefinitions ? `?symbols=${symbols}&showPermissionSets=false` : '';
    return get(`${this.product.path}/exchangeInfo${query}`);
  }

  open(instruments: readonly VenueInstrument[]): void {
    const name = `binance ${this.settings.product}`;
    if (this.streamsOf(instruments).length > STREAMS_MAX) {
      throw new RangeError(`${name}: found ${instruments.length} instruments; expected at most ${STREAMS_MAX / 2}, as many as `
        + 'one socket serves; configure another venue for the rest');
    }
    for (const { symbol, bookDepth } of instruments) {
      if (symbol === '' || symbol !== symbol.toUpperCase()) {
        throw new RangeError(`${name}: found symbol ${JSON.stringify(symbol)}; expected it in capitals, as in BTCUSDT`);
      }
      if (bookDepth === 0) continue;
      throw new RangeError(`${name}: ${symbol} has bookDepth ${bookDepth}; expected 0: Binance publishes the whole book and `
        + 'never repeats a level, so what a cut forgets stays missing; change it in the daemon\'s configuration');
    }
    this.instruments = instruments;
    this.symbols = new Set(instruments.map(({ symbol }) => symbol));
    this.opened = this.settings.createDecoder('binance', instruments.map(({ symbol }) => symbol));
  }

  connections(): readonly ConnectionPlan[] {
    return [{
      name: 'public', url: this.settings.url || this.product.url, isPrivate: false, copies: this.settings.copies ?? 1,
      silenceNs: 30 * SECOND_NS, keepAlive: '', keepAliveNs: 10 * SECOND_NS, lifetimeNs: 24 * 3600 * SECOND_NS,
    }];
  }

  subscribe(): readonly string[] {
    const streams = this.streamsOf(this.instruments);
    const frames: string[] = [];
    for (let from = 0; from < streams.length; from += STREAMS_A_REQUEST) {
      const params = streams.slice(from, from + STREAMS_A_REQUEST);
      frames.push(JSON.stringify({ method: 'SUBSCRIBE', params, id: frames.length + 1 }));
    }
    return frames;
  }

  snapshot(instrument: number): SnapshotRequest {
    const { symbol } = this.instruments[instrument];
    const query = `symbol=${encodeURIComponent(symbol)}&limit=${this.snapshotLevels}`;
    return { over: 'http', request: get(`${this.product.path}/depth?${query}`) };
  }

  bookRule(): BookRule {
    return new SequenceRule(this.product.chain);
  }

  interpret(text: string): Notice {
    if (text.startsWith('{"stream":"')) {
      const stream = text.slice(11, text.indexOf('"', 11));
      if (UNUSED_STREAMS.test(stream)) return NOTHING;
    }
    const frame = parseJsonText(text);
    if (!isJsonObject(frame)) return { notice: 'unknown', what: 'no JSON object' };
    if (frame['symbols'] !== undefined) return { notice: 'defined', definitions: definitionsOf(frame, this.symbols) };
    const event = objectOf(frame, 'data') ?? frame;
    return eventNotice(event) ?? answerNotice(frame);
  }

  private streamsOf(instruments: readonly VenueInstrument[]): string[] {
    return instruments.flatMap(({ symbol }) => {
      const name = symbol.toLowerCase();
      return [`${name}@depth@100ms`, `${name}@trade`];
    });
  }
}

/** Null: no event. */
function eventNotice(event: JsonTextObject): Notice | null {
  const type = textOf(event, 'e');
  if (type === '') return null;
  if (type === 'serverShutdown') return { notice: 'redial', message: 'Binance shuts this server down' };
  return { notice: 'unknown', what: `event ${type}` };
}

/** An answer to SUBSCRIBE (`result` null), or an error, of a request or of an HTTP call. */
function answerNotice(frame: JsonTextObject): Notice {
  const error = objectOf(frame, 'error') ?? frame;
  const code = textOf(error, 'code');
  if (code !== '') return { notice: 'refused', message: `${code} ${textOf(error, 'msg')}` };
  if (Object.hasOwn(frame, 'result')) return NOTHING;
  return { notice: 'unknown', what: `keys ${Object.keys(frame).join(', ')}` };
}

function get(path: string): HttpRequest {
  return { method: 'GET', path, headers: {}, body: '', isPrivate: false };
}
