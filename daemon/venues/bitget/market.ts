// Bitget spot market data for the gateway. Names the socket and its channels, and says what a frame means that is neither
// book nor trade. Pure: no socket, no clock; the README has the evidence.

import { isJsonObject, objectOf, objectsOf, parseJsonText, textOf, type JsonTextObject } from '../../base/json-text.ts';
import { InstrumentState } from '../../event/kinds.ts';
import type {
  BookRule, CreateMarketDecoder, InstrumentDefinition, MarketAdapter, MarketDecoder, Notice, SnapshotRequest,
} from '../../event/market-adapter.ts';
import type { ConnectionPlan, HttpRequest, VenueInstrument } from '../../event/venue-session.ts';
import { BitgetBookRule } from './book-rule.ts';

interface BitgetMarketSettings {
  readonly createDecoder: CreateMarketDecoder;
  /** '': the Venue's own. */
  readonly url?: string;
  readonly copies?: number;
}

const URL = 'wss://ws.bitget.com/v2/ws/public';
const SECOND_NS = 1e9;
/** Channels that one socket serves, and that stand in one subscribe frame. */
const CHANNELS_MAX = 1000;
const ARGUMENTS_MAX = 50;

const NOTHING: Notice = { notice: 'nothing' };
/** Channels that a recording may hold and that say nothing we use. */
const UNUSED_CHANNEL = /^(?:ticker|candle|books\d|books1)/;

const STATES: ReadonlyMap<string, InstrumentState> = new Map([
  ['online', InstrumentState.Trading],
  ['halt', InstrumentState.Halted],
  ['offline', InstrumentState.Halted],
  ['gray', InstrumentState.Halted],
]);

interface Argument { readonly instType: 'SPOT'; readonly channel: 'books' | 'trade'; readonly instId: string }

export class BitgetMarket implements MarketAdapter {
  readonly needsSnapshot = false;
  readonly bookDepths = [0] as const;
  private readonly settings: BitgetMarketSettings;
  private instruments: readonly VenueInstrument[] = [];
  private symbols: ReadonlySet<string> = new Set();
  private opened: MarketDecoder | null = null;

  constructor(settings: BitgetMarketSettings) {
    this.settings = settings;
  }

  get decoder(): MarketDecoder {
    if (this.opened === null) throw new Error('bitget: the decoder was asked for before `open`');
    return this.opened;
  }

  get definitions(): HttpRequest | null {
    if (this.instruments.length === 0) return null;
    return { method: 'GET', path: '/api/v2/spot/public/symbols', headers: {}, body: '', isPrivate: false };
  }

  open(instruments: readonly VenueInstrument[]): void {
    if (instruments.length * 2 > CHANNELS_MAX) {
      throw new RangeError(`bitget: found ${instruments.length} instruments; expected at most ${CHANNELS_MAX / 2}`);
    }
    for (const { symbol, bookDepth } of instruments) {
      if (bookDepth === 0) continue;
      throw new RangeError(`bitget: ${symbol} has bookDepth ${bookDepth}; expected 0, the channel \`books\` as it is sent; `
        + 'change it in the daemon\'s configuration');
    }
    this.instruments = instruments;
    this.symbols = new Set(instruments.map(({ symbol }) => symbol));
    this.opened = this.settings.createDecoder('bitget', instruments.map(({ symbol }) => symbol));
  }

  connections(): readonly ConnectionPlan[] {
    return [{
      name: 'public', url: this.settings.url || URL, isPrivate: false, copies: this.settings.copies ?? 1,
      silenceNs: 30 * SECOND_NS, keepAlive: 'ping', keepAliveNs: 15 * SECOND_NS, lifetimeNs: 24 * 3600 * SECOND_NS,
    }];
  }

  subscribe(): readonly string[] {
    const wanted = this.instruments.flatMap(({ symbol }): Argument[] => [
      { instType: 'SPOT', channel: 'books', instId: symbol }, { instType: 'SPOT', channel: 'trade', instId: symbol },
    ]);
    const frames: string[] = [];
    for (let from = 0; from < wanted.length; from += ARGUMENTS_MAX) {
      frames.push(frameOf('subscribe', wanted.slice(from, from + ARGUMENTS_MAX)));
    }
    return frames;
  }

  snapshot(instrument: number): SnapshotRequest {
    const wanted: Argument[] = [{ instType: 'SPOT', channel: 'books', instId: this.instruments[instrument].symbol }];
    return { over: 'socket', frames: [frameOf('unsubscribe', wanted), frameOf('subscribe', wanted)] };
  }

  bookRule(instrument: number): BookRule {
    return new BitgetBookRule(this.instruments[instrument]);
  }

  interpret(text: string): Notice {
    if (text === 'pong') return NOTHING;
    const frame = parseJsonText(text);
    if (!isJsonObject(frame)) return { notice: 'unknown', what: 'no JSON object' };
    const event = textOf(frame, 'event');
    if (event !== '') return eventNotice(event, frame);
    const channel = textOf(objectOf(frame, 'arg') ?? {}, 'channel');
    if (channel !== '') return UNUSED_CHANNEL.test(channel) ? NOTHING : { notice: 'unknown', what: `channel ${channel}` };
    if (textOf(frame, 'code') === '00000') return { notice: 'defined', definitions: this.definitionsOf(objectsOf(frame, 'data')) };
    return refusal(frame);
  }

  private definitionsOf(data: readonly JsonTextObject[]): readonly InstrumentDefinition[] {
    return data.filter((symbol) => this.symbols.has(textOf(symbol, 'symbol'))).map((symbol) => ({
      symbol: textOf(symbol, 'symbol'),
      tickSize: unitOf(textOf(symbol, 'pricePrecision')),
      lotSize: unitOf(textOf(symbol, 'quantityPrecision')),
      minimumQuantity: textOf(symbol, 'minTradeAmount'),
      state: STATES.get(textOf(symbol, 'status')) ?? InstrumentState.Unknown,
    }));
  }
}

/** Bitget says decimals where others say steps: '2' → '0.01'; '' when it is no count of decimals. */
function unitOf(decimals: string): string {
  if (!/^\d{1,2}$/.test(decimals)) return '';
  const count = Number(decimals);
  return count === 0 ? '1' : `0.${'1'.padStart(count, '0')}`;
}

function eventNotice(event: string, frame: JsonTextObject): Notice {
  const argument = objectOf(frame, 'arg') ?? {};
  const isBook = textOf(argument, 'channel') === 'books';
  const symbol = textOf(argument, 'instId');
  if (event === 'subscribe') return isBook ? { notice: 'subscribed', symbol } : NOTHING;
  if (event === 'unsubscribe') return isBook ? { notice: 'unsubscribed', symbol } : NOTHING;
  return event === 'error' ? refusal(frame) : { notice: 'unknown', what: `event ${event}` };
}

function refusal(frame: JsonTextObject): Notice {
  return { notice: 'refused', message: `${textOf(frame, 'code')} ${textOf(frame, 'msg')}`.trim() };
}

function frameOf(op: 'subscribe' | 'unsubscribe', args: readonly Argument[]): string {
  return JSON.stringify({ op, args });
}
