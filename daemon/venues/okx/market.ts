// OKX market data for the gateway, WebSocket v5. Names sockets and channels, and says what a frame means that is neither
// book nor trade. Pure: no socket, no clock; the README has the evidence.

import { isJsonObject, objectOf, objectsOf, parseJsonText, textOf, type JsonTextObject } from '../../base/json-text.ts';
import type {
  BookRule, CreateMarketDecoder, MarketAdapter, MarketDecoder, Notice, SnapshotRequest,
} from '../../event/market-adapter.ts';
import type { ConnectionPlan, HttpRequest, VenueInstrument } from '../../event/venue-session.ts';
import { OkxBookRule } from './book-rule.ts';
import { definitionsOf, instrumentType, type InstrumentType } from './definitions.ts';

/** Both of 400 levels: every 100 ms for everyone, or every change for accounts of a high fee tier. */
export type OkxBookChannel = 'books' | 'books-l2-tbt';

export interface OkxMarketSettings {
  readonly createDecoder: CreateMarketDecoder;
  readonly channel?: OkxBookChannel;
  /** '': the Venue's own. */
  readonly url?: string;
  readonly copies?: number;
  /** False for recordings from before updates were numbered (mid-2022). */
  readonly sequenced?: boolean;
}

const URL = 'wss://ws.okx.com:8443/ws/v5/public';
const SECOND_NS = 1e9;
const WINDOW = 400;
/** Of one subscribe frame; its text must stay below 64 KB. */
const ARGUMENTS_MAX = 200;

const NOTHING: Notice = { notice: 'nothing' };
/** The server is about to be upgraded, and the connection to end. */
const UPGRADE_CODE = '64008';
/** Channels that a recording may hold and that say nothing we use. */
const UNUSED_CHANNEL = /^(?:tickers|candle|mark-price|funding-rate|price-limit|open-interest|index-|bbo-tbt|books5|books50-)/;

interface Argument { readonly channel: string; readonly instId?: string; readonly instType?: string }

export class OkxMarket implements MarketAdapter {
  readonly needsSnapshot = false;
  readonly bookDepths = [0, WINDOW] as const;
  private readonly settings: OkxMarketSettings;
  private readonly channel: OkxBookChannel;
  private instruments: readonly VenueInstrument[] = [];
  private symbols: ReadonlySet<string> = new Set();
  private types: readonly InstrumentType[] = [];
  private opened: MarketDecoder | null = null;

  constructor(settings: OkxMarketSettings) {
    this.settings = settings;
    this.channel = settings.channel ?? 'books';
  }

  get decoder(): MarketDecoder {
    if (this.opened === null) throw new Error('okx: the decoder was asked for before `open`');
    return this.opened;
  }

  /** One request serves one type, and options need their family besides: the channel tells what the request cannot. */
  get definitions(): HttpRequest | null {
    const [type] = this.types;
    if (type === undefined || this.types.length > 1 || type === 'OPTION') return null;
    return { method: 'GET', path: `/api/v5/public/instruments?instType=${type}`, headers: {}, body: '', isPrivate: false };
  }

  open(instruments: readonly VenueInstrument[]): void {
    const types = new Set<InstrumentType>();
    for (const { symbol, bookDepth } of instruments) {
      const type = instrumentType(symbol);
      if (type === null) {
        throw new RangeError(`okx: found symbol ${JSON.stringify(symbol)}; expected one like BTC-USDT, BTC-USDT-SWAP, `
          + 'BTC-USD-220527 or BTC-USD-210924-66000-C');
      }
      if (bookDepth !== 0 && bookDepth !== WINDOW) {
        throw new RangeError(`okx: ${symbol} has bookDepth ${bookDepth}; expected ${WINDOW}, the window of ${this.channel}, or 0; `
          + 'change it in the daemon\'s configuration');
      }
      types.add(type);
    }
    this.instruments = instruments;
    this.symbols = new Set(instruments.map(({ symbol }) => symbol));
    this.types = [...types];
    this.opened = this.settings.createDecoder('okx', instruments.map(({ symbol }) => symbol));
  }

  connections(): readonly ConnectionPlan[] {
    return [{
      name: 'public', url: this.settings.url || URL, isPrivate: false, copies: this.settings.copies ?? 1,
      silenceNs: 30 * SECOND_NS, keepAlive: 'ping', keepAliveNs: 15 * SECOND_NS, lifetimeNs: Infinity,
    }];
  }

  subscribe(): readonly string[] {
    const wanted: Argument[] = this.types.map((instType) => ({ channel: 'instruments', instType }));
    for (const { symbol } of this.instruments) {
      wanted.push({ channel: this.channel, instId: symbol }, { channel: 'trades', instId: symbol });
    }
    const frames: string[] = [];
    for (let from = 0; from < wanted.length; from += ARGUMENTS_MAX) {
      frames.push(frameOf('subscribe', wanted.slice(from, from + ARGUMENTS_MAX)));
    }
    return frames;
  }

  /** A subscription of a channel that is subscribed already is answered, but brings no snapshot. */
  snapshot(instrument: number): SnapshotRequest {
    const wanted = [{ channel: this.channel, instId: this.instruments[instrument].symbol }];
    return { over: 'socket', frames: [frameOf('unsubscribe', wanted), frameOf('subscribe', wanted)] };
  }

  bookRule(instrument: number): BookRule {
    return new OkxBookRule(this.instruments[instrument], this.settings.sequenced ?? true);
  }

  interpret(text: string): Notice {
    if (text === 'pong') return NOTHING;
    const frame = parseJsonText(text);
    if (!isJsonObject(frame)) return { notice: 'unknown', what: 'no JSON object' };
    const event = textOf(frame, 'event');
    if (event !== '') return this.eventNotice(event, frame);
    const channel = textOf(objectOf(frame, 'arg') ?? {}, 'channel');
    if (channel === 'instruments' || (channel === '' && textOf(frame, 'code') === '0')) {
      return { notice: 'defined', definitions: definitionsOf(objectsOf(frame, 'data'), this.symbols) };
    }
    if (channel === '' && textOf(frame, 'code') !== '') return refusal(frame);
    return UNUSED_CHANNEL.test(channel) ? NOTHING : { notice: 'unknown', what: `channel ${channel}` };
  }

  private eventNotice(event: string, frame: JsonTextObject): Notice {
    const argument = objectOf(frame, 'arg') ?? {};
    const isBook = textOf(argument, 'channel') === this.channel;
    const symbol = textOf(argument, 'instId');
    switch (event) {
      case 'subscribe': return isBook ? { notice: 'subscribed', symbol } : NOTHING;
      case 'unsubscribe': return isBook ? { notice: 'unsubscribed', symbol } : NOTHING;
      case 'error': case 'channel-conn-count-error': return refusal(frame);
      case 'channel-conn-count': case 'login': return NOTHING;
      case 'notice':
        return textOf(frame, 'code') === UPGRADE_CODE
          ? { notice: 'redial', message: textOf(frame, 'msg') } : { notice: 'unknown', what: `notice ${textOf(frame, 'code')}` };
      default: return { notice: 'unknown', what: `event ${event}` };
    }
  }
}

function refusal(frame: JsonTextObject): Notice {
  return { notice: 'refused', message: `${textOf(frame, 'code')} ${textOf(frame, 'msg')}`.trim() };
}

function frameOf(op: 'subscribe' | 'unsubscribe', args: readonly Argument[]): string {
  return JSON.stringify({ op, args });
}
