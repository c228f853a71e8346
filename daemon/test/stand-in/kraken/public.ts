// Kraken's public WebSocket v2: status, heartbeat, book, trade, instrument, ping. Where the books come from is books.ts.

import { Side } from '../../../event/kinds.ts';
import { rfc3339 } from '../clock.ts';
import type { Connection } from '../connection.ts';
import type { EngineMarket } from '../engine.ts';
import { echo, isText, type Json, type JsonRequest, NumberText, objectIn, plain, readRequest, toJson } from '../json.ts';
import type { StandInInstrument } from '../settings.ts';
import type { World } from '../world.ts';
import { EngineBooks, type KrakenBooks, RecordedBooks } from './books.ts';
import { type Answer, failure, price, quantity, success } from './wire.ts';

const DEPTHS = [10, 25, 100, 500, 1000];
const TRADES_KEPT = 50;

interface PublicState {
  readonly trades: Set<string>;
  instruments: boolean;
  /** At the last heartbeat; nothing sent since means one is due. */
  sentCount: number;
  subscribed: boolean;
}

type Print = EngineMarket['prints'][number];

export class KrakenPublic {
  private readonly world: World;
  private readonly states = new Map<Connection, PublicState>();
  private readonly books: KrakenBooks;
  private readonly recent = new Map<string, Print[]>();

  constructor(world: World) {
    this.world = world;
    this.books = world.settings.recorded === null ? new EngineBooks(world) : new RecordedBooks(world, {
      forward: ({ channel, symbol, text }) => { this.forward(channel, symbol, text); },
    });
  }

  onOpen(connection: Connection): void {
    this.states.set(connection, { trades: new Set(), instruments: false, sentCount: 0, subscribed: false });
    connection.send('status', statusMessage(this.world, connection.id));
  }

  onClose(connection: Connection): void {
    this.states.delete(connection);
    this.books.drop(connection);
  }

  onText(connection: Connection, text: string): void {
    const timeIn = this.world.clock.unixNs();
    const request = readRequest(text);
    const method = plain(request?.method) ?? '';
    const answer = { method, requestId: echo(request?.req_id), timeIn, timeOut: this.world.clock.unixNs() };
    this.world.log.add({ at: timeIn, connection: connection.id, kind: connection.kind, method, orders: [], text });
    if (request === null) connection.send('answer', failure({ ...answer, method: '' }, 'Malformed request'));
    else if (method === 'ping') connection.send('pong', pongOf(answer));
    else if (method === 'subscribe' || method === 'unsubscribe') this.subscription(connection, answer, objectIn(request.params));
    else connection.send('answer', failure(answer, 'Unsupported method'));
  }

  publish(): void {
    this.books.publish();
    for (const [symbol, market] of this.world.engine.markets) {
      const { prints } = market;
      if (prints.length === 0) continue;
      market.prints = [];
      this.recent.set(symbol, [...this.recent.get(symbol) ?? [], ...prints].slice(-TRADES_KEPT));
      const text = tradeMessage('update', market.definition, prints);
      for (const [connection, { trades }] of this.states) if (trades.has(symbol)) connection.send('trade', text);
    }
  }

  /** Only to a subscriber that heard nothing else. */
  heartbeat(): void {
    for (const [connection, state] of this.states) {
      if (state.subscribed && connection.sentCount === state.sentCount) connection.send('heartbeat', '{"channel":"heartbeat"}');
      state.sentCount = connection.sentCount;
    }
  }

  statusChanged(): void {
    for (const [connection, { instruments }] of this.states) {
      connection.send('status', statusMessage(this.world, connection.id));
      if (instruments) connection.send('instrument', instrumentMessage('update', this.world));
    }
  }

  private subscription(connection: Connection, answer: Answer, params: JsonRequest): void {
    const channel = plain(params.channel) ?? '';
    if (channel === 'instrument') {
      this.instruments(connection, answer, params);
      return;
    }
    if (channel !== 'book' && channel !== 'trade') {
      connection.send('answer', failure(answer, 'Channel not found'));
      return;
    }
    const symbols = Array.isArray(params.symbol) ? params.symbol.filter(isText) : [];
    if (symbols.length === 0) connection.send('answer', failure(answer, 'Symbol(s) field must be an array of strings'));
    for (const symbol of symbols) {
      const market = this.world.engine.markets.get(symbol);
      if (market === undefined) connection.send('answer', failure(answer, `Currency pair not supported ${symbol}`, { symbol }));
      else if (channel === 'book') this.book(connection, answer, params, market);
      else this.trade(connection, answer, params, market);
    }
  }

  private book(connection: Connection, answer: Answer, params: JsonRequest, market: EngineMarket): void {
    const { symbol } = market.definition;
    const depth = Number(plain(params.depth) ?? '10');
    const withSnapshot = params.snapshot !== false;
    if (!DEPTHS.includes(depth)) {
      connection.send('answer', failure(answer, `Subscription depth not supported`, { symbol }));
      return;
    }
    if (answer.method === 'unsubscribe') {
      const result = { channel: 'book', depth, symbol };
      if (this.books.leave(connection, symbol, depth)) connection.send('answer', success(answer, result));
      else connection.send('answer', failure(answer, 'Subscription Not Found', { symbol }));
      return;
    }
    const refusal = this.books.refusal(connection, symbol, depth);
    if (refusal !== null) {
      connection.send('answer', failure(answer, refusal, { symbol }));
      return;
    }
    this.stateOf(connection).subscribed = true;
    connection.send('answer', success(answer, { channel: 'book', depth, snapshot: withSnapshot, symbol }));
    const snapshot = this.books.join(connection, symbol, depth);
    if (withSnapshot && snapshot !== null) connection.send('book', snapshot);
  }

  private trade(connection: Connection, answer: Answer, params: JsonRequest, { definition }: EngineMarket): void {
    const { symbol } = definition;
    const { trades } = this.stateOf(connection);
    if (answer.method === 'unsubscribe') {
      if (trades.delete(symbol)) connection.send('answer', success(answer, { channel: 'trade', symbol }));
      else connection.send('answer', failure(answer, 'Subscription Not Found', { symbol }));
      return;
    }
    if (trades.has(symbol)) {
      connection.send('answer', failure(answer, 'Already subscribed', { symbol }));
      return;
    }
    trades.add(symbol);
    this.stateOf(connection).subscribed = true;
    const snapshot = params.snapshot !== false;
    connection.send('answer', success(answer, { channel: 'trade', snapshot, symbol }));
    if (snapshot) connection.send('trade', tradeMessage('snapshot', definition, this.recent.get(symbol) ?? []));
  }

  private instruments(connection: Connection, answer: Answer, params: JsonRequest): void {
    const state = this.stateOf(connection);
    state.instruments = answer.method === 'subscribe';
    if (!state.instruments) {
      connection.send('answer', success(answer, { channel: 'instrument' }));
      return;
    }
    state.subscribed = true;
    const snapshot = params.snapshot !== false;
    connection.send('answer', success(answer, { channel: 'instrument', snapshot, warnings: [] }));
    if (snapshot) connection.send('instrument', instrumentMessage('snapshot', this.world));
  }

  /** A recorded frame that is not of a book. */
  private forward(channel: string, symbol: string, text: string): void {
    for (const [connection, { trades }] of this.states) if (channel === 'trade' && trades.has(symbol)) connection.send(channel, text);
  }

  private stateOf(connection: Connection): PublicState {
    const state = this.states.get(connection);
    if (state === undefined) throw new Error('Invariant: an open connection has a state');
    return state;
  }
}

export function statusMessage(world: World, connection: number): string {
  // Kraken's connection ids are beyond 2^53: no client may read them as a number it computes with.
  const connectionId = new NumberText(String(13_834_774_380_200_032_000n + BigInt(connection)));
  const data = [{ version: '2.0.10', system: world.status, api_version: 'v2', connection_id: connectionId }];
  return toJson({ channel: 'status', type: 'update', data });
}

export function pongOf(answer: Answer): string {
  const { requestId, timeIn, timeOut } = answer;
  return toJson({ method: 'pong', req_id: requestId, time_in: rfc3339(timeIn), time_out: rfc3339(timeOut) });
}

function tradeMessage(type: 'snapshot' | 'update', definition: StandInInstrument, prints: readonly Print[]): string {
  const data = prints.map((print): Json => ({
    symbol: definition.symbol, side: print.aggressor === Side.Buy ? 'buy' : 'sell', price: price(Number(print.price), definition),
    qty: quantity(Number(print.quantity), definition), ord_type: 'limit', trade_id: Number(print.id),
    timestamp: rfc3339(BigInt(print.eventTime ?? 0)),
  }));
  return toJson({ channel: 'trade', type, data });
}

function instrumentMessage(type: 'snapshot' | 'update', world: World): string {
  const { instruments } = world.settings;
  const names = [...new Set(instruments.flatMap(({ base, quote }) => [base, quote]))];
  const assets = names.map((id): Json => ({
    id, status: 'enabled', precision: 8, precision_display: 5, borrowable: true, collateral_value: new NumberText('1.0'),
    margin_rate: new NumberText('0.020000'),
  }));
  const status = world.status === 'online' ? 'online' : world.status;
  const pairs = instruments.map((each): Json => ({
    symbol: each.symbol, base: each.base, quote: each.quote, status, qty_precision: each.quantityDecimals,
    qty_increment: new NumberText(each.lotSize), price_precision: each.priceDecimals, cost_precision: 5, marginable: false,
    has_index: true, cost_min: new NumberText('0.50'), tick_size: new NumberText(each.tickSize),
    price_increment: new NumberText(each.tickSize), qty_min: new NumberText(each.minimumQuantity),
  }));
  return toJson({ channel: 'instrument', type, data: { assets, pairs } });
}
