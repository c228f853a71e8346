// Kraken spot market data over WebSocket v1, the older interface: for its recordings and as a second way in. Names the
// socket and its subscriptions, and says what a frame means that is neither book nor trade. Pure: no socket, no clock.

import { isJsonArray, isJsonObject, objectOf, parseJsonText, textOf, type JsonTextObject } from '../../base/json-text.ts';
import { InstrumentState } from '../../event/kinds.ts';
import type {
  BookRule, CreateMarketDecoder, MarketAdapter, MarketDecoder, Notice, SnapshotRequest,
} from '../../event/market-adapter.ts';
import type { ConnectionPlan, VenueInstrument } from '../../event/venue-session.ts';
import { KrakenV1BookRule } from './book-rule.ts';

interface KrakenV1MarketSettings {
  readonly createDecoder: CreateMarketDecoder;
  /** '': the Venue's own. */
  readonly url?: string;
  readonly copies?: number;
}

const URL = 'wss://ws.kraken.com';
const SECOND_NS = 1e9;
const DEPTHS: readonly number[] = [10, 25, 100, 500, 1000];

const NOTHING: Notice = { notice: 'nothing' };

/** A word that is not here is no state we may trade in. */
const STATES: ReadonlyMap<string, InstrumentState> = new Map([
  ['online', InstrumentState.Trading],
  ['post_only', InstrumentState.PostOnly],
  ['limit_only', InstrumentState.Trading],
  ['cancel_only', InstrumentState.CancelOnly],
  ['maintenance', InstrumentState.Halted],
]);

export class KrakenV1Market implements MarketAdapter {
  readonly needsSnapshot = false;
  readonly bookDepths = DEPTHS;
  /** WebSocket v1 announces no definitions; REST AssetPairs names pairs in another way than the stream does. */
  readonly definitions = null;
  private readonly settings: KrakenV1MarketSettings;
  private instruments: readonly VenueInstrument[] = [];
  private opened: MarketDecoder | null = null;

  constructor(settings: KrakenV1MarketSettings) {
    this.settings = settings;
  }

  get decoder(): MarketDecoder {
    if (this.opened === null) throw new Error('kraken-v1: the decoder was asked for before `open`');
    return this.opened;
  }

  open(instruments: readonly VenueInstrument[]): void {
    for (const { symbol, bookDepth } of instruments) {
      if (DEPTHS.includes(bookDepth)) continue;
      throw new RangeError(`kraken-v1: ${symbol} has bookDepth ${bookDepth}; expected what Kraken serves: ${DEPTHS.join(', ')}; `
        + 'change it in the daemon\'s configuration');
    }
    this.instruments = instruments;
    this.opened = this.settings.createDecoder('kraken-v1', instruments.map(({ symbol }) => symbol));
  }

  connections(): readonly ConnectionPlan[] {
    return [{
      name: 'public', url: this.settings.url || URL, isPrivate: false, copies: this.settings.copies ?? 1,
      silenceNs: 10 * SECOND_NS, keepAlive: '{"event":"ping"}', keepAliveNs: 5 * SECOND_NS, lifetimeNs: Infinity,
    }];
  }

  /** One frame a depth, and one for the trades of all. */
  subscribe(): readonly string[] {
    const depths = [...new Set(this.instruments.map(({ bookDepth }) => bookDepth))];
    const books = depths.map((depth) => frameOf('subscribe',
      this.instruments.filter(({ bookDepth }) => bookDepth === depth).map(({ symbol }) => symbol), { name: 'book', depth }));
    return this.instruments.length === 0
      ? [] : [...books, frameOf('subscribe', this.instruments.map(({ symbol }) => symbol), { name: 'trade' })];
  }

  snapshot(instrument: number): SnapshotRequest {
    const { symbol, bookDepth } = this.instruments[instrument];
    const subscription = { name: 'book', depth: bookDepth };
    return {
      over: 'socket', frames: [frameOf('unsubscribe', [symbol], subscription), frameOf('subscribe', [symbol], subscription)],
    };
  }

  bookRule(instrument: number): BookRule {
    const it = this.instruments[instrument];
    return new KrakenV1BookRule(it, it.bookDepth);
  }

  interpret(text: string): Notice {
    const frame = parseJsonText(text);
    // [channel, data…, name, pair] of a channel that was not asked for.
    if (isJsonArray(frame) && frame.length >= 4) return NOTHING;
    if (!isJsonObject(frame)) return { notice: 'unknown', what: 'neither a JSON object nor a channel\'s data' };
    switch (textOf(frame, 'event')) {
      case 'heartbeat': case 'pong': return NOTHING;
      case 'systemStatus': return stateNotice(textOf(frame, 'status'));
      case 'subscriptionStatus': return subscriptionNotice(frame);
      case 'error': return { notice: 'refused', message: textOf(frame, 'errorMessage') };
      default: return { notice: 'unknown', what: `event ${textOf(frame, 'event')}` };
    }
  }
}

function stateNotice(status: string): Notice {
  return { notice: 'state', symbol: '', state: STATES.get(status) ?? InstrumentState.Unknown };
}

function subscriptionNotice(frame: JsonTextObject): Notice {
  const status = textOf(frame, 'status');
  const symbol = textOf(frame, 'pair');
  if (status === 'error') return { notice: 'refused', message: `${symbol} ${textOf(frame, 'errorMessage')}`.trim() };
  const subscription = objectOf(frame, 'subscription') ?? {};
  if (textOf(subscription, 'name') !== 'book') return NOTHING;
  if (status === 'subscribed') return { notice: 'subscribed', symbol, depth: Number(textOf(subscription, 'depth')) };
  return status === 'unsubscribed' ? { notice: 'unsubscribed', symbol } : { notice: 'unknown', what: `subscription ${status}` };
}

function frameOf(event: 'subscribe' | 'unsubscribe', pair: readonly string[], subscription: object): string {
  return JSON.stringify({ event, pair, subscription });
}
