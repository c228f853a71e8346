// Kraken's market data for the gateway, spot WebSocket v2. Names the socket and the channels, and says what a frame means
// that is neither book nor trade. Pure: no socket, no clock; README.md holds the evidence for every field.

import {
  isJsonObject, objectOf, objectsOf, parseJsonText, textOf, type JsonTextObject,
} from '../../base/json-text.ts';
import { InstrumentState } from '../../event/kinds.ts';
import type {
  BookRule, CreateMarketDecoder, InstrumentDefinition, MarketAdapter, MarketDecoder, Notice, SnapshotRequest,
} from '../../event/market-adapter.ts';
import type { ConnectionPlan, VenueInstrument } from '../../event/venue-session.ts';
import { KrakenBookRule } from './book-rule.ts';
import {
  BOOK_DEPTHS, PING, SUBSCRIBE_INSTRUMENTS, subscribeBook, subscribeTrades, unsubscribeBook,
} from './requests.ts';

interface KrakenMarketSettings {
  readonly createDecoder: CreateMarketDecoder;
  /** '': the Venue's own. */
  readonly url?: string;
  readonly copies?: number;
}

const URL = 'wss://ws.kraken.com/v2';
const SECOND_NS = 1e9;

const NOTHING: Notice = { notice: 'nothing' };

/** Of the whole exchange. A word that is not here is no state we may trade in. */
const SYSTEM_STATES: ReadonlyMap<string, InstrumentState> = new Map([
  ['online', InstrumentState.Trading], ['post_only', InstrumentState.PostOnly],
  ['cancel_only', InstrumentState.CancelOnly], ['maintenance', InstrumentState.Halted],
]);

/** Of one pair. */
const PAIR_STATES: ReadonlyMap<string, InstrumentState> = new Map([
  ['online', InstrumentState.Trading], ['limit_only', InstrumentState.Trading], ['post_only', InstrumentState.PostOnly],
  ['cancel_only', InstrumentState.CancelOnly], ['reduce_only', InstrumentState.CancelOnly],
  ['maintenance', InstrumentState.Halted], ['work_in_progress', InstrumentState.Halted],
  ['delisted', InstrumentState.Halted],
]);

export class KrakenMarket implements MarketAdapter {
  readonly needsSnapshot = false;
  readonly bookDepths = BOOK_DEPTHS;
  /** The instrument channel tells them. */
  readonly definitions = null;
  private readonly settings: KrakenMarketSettings;
  private instruments: readonly VenueInstrument[] = [];
  private symbols: ReadonlySet<string> = new Set();
  private rules: readonly KrakenBookRule[] = [];
  private opened: MarketDecoder | null = null;

  constructor(settings: KrakenMarketSettings) {
    this.settings = settings;
  }

  get decoder(): MarketDecoder {
    if (this.opened === null) throw new Error('kraken: the decoder was asked for before `open`');
    return this.opened;
  }

  open(instruments: readonly VenueInstrument[]): void {
    for (const { symbol, bookDepth } of instruments) {
      if ((this.bookDepths as readonly number[]).includes(bookDepth)) continue;
      throw new RangeError(`kraken: ${symbol} has bookDepth ${bookDepth}; expected what Kraken serves: `
        + `${BOOK_DEPTHS.join(', ')}; change it where the instruments are listed`);
    }
    this.instruments = instruments;
    this.symbols = new Set(instruments.map(({ symbol }) => symbol));
    this.rules = instruments.map((instrument) => new KrakenBookRule(instrument));
    this.opened = this.settings.createDecoder('kraken', instruments.map(({ symbol }) => symbol));
  }

  connections(): readonly ConnectionPlan[] {
    return [{
      name: 'public', url: this.settings.url || URL, isPrivate: false, copies: this.settings.copies ?? 1,
      // Subscribed, Kraken sends a heartbeat every second in which it sends nothing else.
      silenceNs: 10 * SECOND_NS, keepAlive: PING, keepAliveNs: 5 * SECOND_NS, lifetimeNs: Infinity,
    }];
  }

  /** Definitions first: what contradicts the Configuration is known before the books are. */
  subscribe(): readonly string[] {
    if (this.instruments.length === 0) return [];
    return [
      SUBSCRIBE_INSTRUMENTS,
      ...this.instruments.map(({ symbol }, index) => subscribeBook(symbol, this.rules[index].depth)),
      subscribeTrades(this.instruments.map(({ symbol }) => symbol)),
    ];
  }

  snapshot(instrument: number): SnapshotRequest {
    const { symbol } = this.instruments[instrument];
    const { depth } = this.rules[instrument];
    return { over: 'socket', frames: [unsubscribeBook(symbol, depth), subscribeBook(symbol, depth)] };
  }

  bookRule(instrument: number): BookRule {
    return this.rules[instrument];
  }

  interpret(text: string): Notice {
    const frame = parseJsonText(text);
    if (!isJsonObject(frame)) return { notice: 'unknown', what: 'message' };
    const method = textOf(frame, 'method');
    if (method !== '') return this.answer(method, frame);
    const channel = textOf(frame, 'channel');
    if (channel === 'status') return systemNotice(frame);
    if (channel === 'instrument') return { notice: 'defined', definitions: this.definitionsOf(frame) };
    return { notice: 'unknown', what: channel === '' ? 'message' : `channel ${channel}` };
  }

  private answer(method: string, frame: JsonTextObject): Notice {
    if (method === 'pong') return NOTHING;
    if (method !== 'subscribe' && method !== 'unsubscribe') return { notice: 'unknown', what: `method ${method}` };
    if (textOf(frame, 'success') !== 'true') {
      return { notice: 'refused', message: `${method} ${textOf(frame, 'symbol')}: ${textOf(frame, 'error')}` };
    }
    const result = objectOf(frame, 'result') ?? {};
    if (textOf(result, 'channel') !== 'book') return NOTHING;
    const symbol = textOf(result, 'symbol');
    if (method === 'unsubscribe') return { notice: 'unsubscribed', symbol };
    const rule = this.rules[this.instruments.findIndex((instrument) => instrument.symbol === symbol)];
    const depth = Number(textOf(result, 'depth'));
    if (rule === undefined || depth === 0 || depth === rule.depth) return { notice: 'subscribed', symbol, depth };
    // The window is Kraken's to say: a copy cut elsewhere would not be its book.
    if (Number.isInteger(depth) && depth > 0) rule.depth = depth;
    return { notice: 'unknown', what: `depth of ${symbol}` };
  }

  private definitionsOf(frame: JsonTextObject): readonly InstrumentDefinition[] {
    return objectsOf(objectOf(frame, 'data') ?? {}, 'pairs').filter((pair) => this.symbols.has(textOf(pair, 'symbol')))
      .map((pair) => ({
        symbol: textOf(pair, 'symbol'), tickSize: textOf(pair, 'price_increment'), lotSize: textOf(pair, 'qty_increment'),
        minimumQuantity: textOf(pair, 'qty_min'), state: PAIR_STATES.get(textOf(pair, 'status')) ?? InstrumentState.Unknown,
      }));
  }
}

function systemNotice(frame: JsonTextObject): Notice {
  const system = textOf(objectsOf(frame, 'data')[0] ?? {}, 'system');
  return { notice: 'state', symbol: '', state: SYSTEM_STATES.get(system) ?? InstrumentState.Unknown };
}
