// Binance's market streams, of the engine's own market or of a recording: diff depth, trades, best price; raw and combined. Update
// ids count level changes of a book, so that what one stream says is comparable with another and with the snapshot.

import { Side } from '../../../event/kinds.ts';
import { type BookPicture, changesOf, pictureOf } from '../book-levels.ts';
import type { Connection } from '../connection.ts';
import type { EngineMarket } from '../engine.ts';
import { echo, isText, type Json, type JsonObject, plain, readRequest, toJson } from '../json.ts';
import { BinanceRecording } from '../recorded/binance.ts';
import type { World } from '../world.ts';
import { levels, milliseconds, price, quantity, tradeIdOf } from './wire.ts';

const SNAPSHOT_LEVELS_MAX = 5000;
/** Milliseconds between two diffs, by the stream's suffix. */
const SPEEDS: Readonly<Record<string, number>> = { depth: 1000, 'depth@100ms': 100 };
const FIRST_UPDATE_ID = 50_093_239_000;

/** A book as the public knows it. */
interface BookVersion {
  readonly market: EngineMarket;
  updateId: number;
  picture: BookPicture;
  readonly diffs: DiffStream[];
}

interface DiffStream {
  readonly suffix: string;
  updateId: number;
  /** Prices whose quantity changed since the last diff, if only for a while: a snapshot may have been taken in between. */
  readonly touched: { readonly bids: Set<number>; readonly asks: Set<number> };
  /** Unix ms. */
  due: number;
}

interface StreamState {
  readonly streams: Set<string>;
  combined: boolean;
}

export class BinanceStreams {
  private readonly world: World;
  private readonly versions = new Map<string, BookVersion>();
  private readonly states = new Map<Connection, StreamState>();
  private readonly recording: BinanceRecording | null;

  constructor(world: World) {
    this.world = world;
    this.recording = world.settings.recorded === null ? null : new BinanceRecording(world);
    for (const [symbol, market] of world.engine.markets) {
      const picture = pictureOf(market.market.book, 0);
      const updateId = FIRST_UPDATE_ID;
      const diffs = Object.keys(SPEEDS).map((suffix) => ({
        suffix, updateId, touched: { bids: new Set<number>(), asks: new Set<number>() }, due: 0,
      }));
      this.versions.set(symbol, { market, updateId, picture, diffs });
    }
  }

  onOpen(connection: Connection): void {
    const { pathname, searchParams } = connection.url;
    const combined = pathname === '/stream';
    const named = combined ? searchParams.get('streams') ?? '' : pathname.replace(/^\/ws\/?/, '');
    this.states.set(connection, { streams: new Set(named.split('/').filter((name) => name !== '')), combined });
  }

  onClose(connection: Connection): void {
    this.states.delete(connection);
  }

  onText(connection: Connection, text: string): void {
    const request = readRequest(text);
    const method = plain(request?.method) ?? '';
    const { log, clock } = this.world;
    log.add({ at: clock.unixNs(), connection: connection.id, kind: connection.kind, method, orders: [], text });
    const state = this.states.get(connection);
    if (state === undefined) return;
    const id = echo(request?.id) ?? null;
    const given = Array.isArray(request?.params) ? request.params : [];
    if (request === null) connection.send('answer', toJson({ error: { code: 3, msg: 'Invalid JSON: expected value at line 1 column 1' } }));
    else connection.send('answer', toJson(this.answer(state, method, id, given)));
  }

  publish(): void {
    if (this.recording !== null) {
      this.play(this.recording);
      return;
    }
    const now = this.world.clock.unixMs();
    for (const [symbol, version] of this.versions) {
      this.trades(symbol, version);
      this.bring(symbol, version);
      for (const stream of version.diffs) {
        if (now < stream.due) continue;
        stream.due = now + SPEEDS[stream.suffix];
        this.diff(symbol, version, stream);
      }
    }
  }

  heartbeat(): void {
    for (const connection of this.states.keys()) connection.ping();
  }

  /** The body of GET /api/v3/depth. */
  snapshot(symbol: string, limit: number): JsonObject | null {
    if (this.recording !== null) return this.recording.snapshot(symbol, limit);
    const version = this.versions.get(symbol);
    if (version === undefined) return null;
    this.bring(symbol, version);
    const { definition } = version.market;
    const count = 2 * Math.min(limit, SNAPSHOT_LEVELS_MAX);
    return {
      lastUpdateId: version.updateId, bids: levels(version.picture.bids.slice(0, count), definition),
      asks: levels(version.picture.asks.slice(0, count), definition),
    };
  }

  /** At the end of the recording every subscriber is disconnected: what follows does not continue the book it has. */
  private play(recording: BinanceRecording): void {
    const messages = recording.advance();
    if (messages === null) {
      for (const connection of this.states.keys()) connection.end('close');
      return;
    }
    for (const { stream, text } of messages) {
      const channel = stream.split('@')[1] ?? stream;
      for (const [connection, state] of this.states) {
        if (!state.streams.has(stream)) continue;
        connection.send(channel, state.combined ? text : text.slice(text.indexOf(',"data":') + 8, -1));
      }
    }
  }

  private answer(state: StreamState, method: string, id: Json, given: readonly unknown[]): JsonObject {
    const refuse = (msg: string): JsonObject => ({ error: { code: 2, msg }, id });
    switch (method) {
      case 'SUBSCRIBE':
      case 'UNSUBSCRIBE': {
        const names = given.filter(isText);
        if (names.length === 0 || names.length !== given.length) return refuse('Invalid request: request must be an array of strings');
        // A stream that does not exist is accepted without a word and never says anything.
        for (const name of names) {
          if (method === 'SUBSCRIBE') state.streams.add(name);
          else state.streams.delete(name);
        }
        return { result: null, id };
      }
      case 'LIST_SUBSCRIPTIONS': return { result: [...state.streams], id };
      case 'SET_PROPERTY':
        if (given[0] !== 'combined' || typeof given[1] !== 'boolean') return refuse('Invalid request: unknown property');
        state.combined = given[1];
        return { result: null, id };
      case 'GET_PROPERTY': return given[0] === 'combined' ? { result: state.combined, id } : refuse('Invalid request: unknown property');
      default: return refuse(`Invalid request: unknown variant \`${method}\``);
    }
  }

  /** Up to the engine's book; says the best prices when they changed. */
  private bring(symbol: string, version: BookVersion): void {
    const after = pictureOf(version.market.market.book, 0);
    const changes = changesOf(version.picture, after);
    const count = (changes.bids.length + changes.asks.length) / 2;
    if (count === 0) return;
    const before = version.picture;
    version.updateId += count;
    version.picture = after;
    for (const { touched } of version.diffs) {
      for (const side of ['bids', 'asks'] as const) for (let i = 0; i < changes[side].length; i += 2) touched[side].add(changes[side][i]);
    }
    if (sameTop(before.bids, after.bids) && sameTop(before.asks, after.asks)) return;
    const { definition } = version.market;
    this.send(`${symbol.toLowerCase()}@bookTicker`, 'bookTicker', {
      u: version.updateId, s: symbol, b: price(after.bids[0] ?? 0, definition), B: quantity(after.bids[1] ?? 0, definition),
      a: price(after.asks[0] ?? 0, definition), A: quantity(after.asks[1] ?? 0, definition),
    });
  }

  private diff(symbol: string, version: BookVersion, stream: DiffStream): void {
    if (stream.updateId === version.updateId) return;
    const first = stream.updateId + 1;
    stream.updateId = version.updateId;
    const changes = { bids: current(stream.touched.bids, version.picture.bids), asks: current(stream.touched.asks, version.picture.asks) };
    stream.touched.bids.clear();
    stream.touched.asks.clear();
    const { definition } = version.market;
    this.send(`${symbol.toLowerCase()}@${stream.suffix}`, 'depth', {
      e: 'depthUpdate', E: this.world.clock.unixMs(), s: symbol, U: first, u: version.updateId,
      b: levels(changes.bids, definition), a: levels(changes.asks, definition),
    });
  }

  private trades(symbol: string, { market }: BookVersion): void {
    const { prints } = market;
    market.prints = [];
    for (const print of prints) {
      this.send(`${symbol.toLowerCase()}@trade`, 'trade', {
        e: 'trade', E: this.world.clock.unixMs(), s: symbol, t: tradeIdOf(Number(print.id)),
        p: price(Number(print.price), market.definition), q: quantity(Number(print.quantity), market.definition),
        T: milliseconds(BigInt(print.eventTime ?? 0)), m: print.aggressor === Side.Sell, M: true,
      });
    }
  }

  private send(stream: string, channel: string, data: JsonObject): void {
    let raw = '';
    for (const [connection, state] of this.states) {
      if (!state.streams.has(stream)) continue;
      if (raw === '') raw = toJson(data);
      connection.send(channel, state.combined ? `{"stream":"${stream}","data":${raw}}` : raw);
    }
  }
}

/** [price, quantity, …] of these prices as they are now; 0: gone. */
function current(prices: ReadonlySet<number>, pairs: readonly number[]): number[] {
  const quantities = new Map<number, number>();
  for (let i = 0; i < pairs.length; i += 2) quantities.set(pairs[i], pairs[i + 1]);
  return [...prices].flatMap((price) => [price, quantities.get(price) ?? 0]);
}

function sameTop(before: readonly number[], after: readonly number[]): boolean {
  return before[0] === after[0] && before[1] === after[1];
}
