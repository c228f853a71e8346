// The Binance spot stand-in: which path is what, and what one part tells the others.

import type { Connection } from '../connection.ts';
import { type Json, toJson } from '../json.ts';
import type { EngineReport } from '../orders.ts';
import { runHttp } from '../request-flow.ts';
import type { HttpCall, HttpReply } from '../server.ts';
import type { VenueProtocol, World } from '../world.ts';
import { balanceUpdate, BinanceApi, errorOf } from './api.ts';
import { BinanceFacts } from './facts.ts';
import { BinanceStreams } from './streams.ts';
import { BinanceTrading } from './trading.ts';
import { BinanceError } from './wire.ts';

export class BinanceStandIn implements VenueProtocol {
  readonly paths = { public: 'wss:', api: 'wss:/ws-api/v3', http: 'https:' };
  private readonly world: World;
  private readonly streams: BinanceStreams;
  private readonly facts: BinanceFacts;
  private readonly api: BinanceApi;

  constructor(world: World) {
    this.world = world;
    this.streams = new BinanceStreams(world);
    this.facts = new BinanceFacts(world, this.streams);
    this.api = new BinanceApi(world, new BinanceTrading(world), this.facts);
  }

  kindOf(url: URL): string | null {
    if (url.pathname === '/ws-api/v3') return 'api';
    return url.pathname === '/stream' || url.pathname === '/ws' || url.pathname.startsWith('/ws/') ? 'public' : null;
  }

  onOpen(connection: Connection): void {
    this.partOf(connection).onOpen(connection);
  }

  onText(connection: Connection, text: string): void {
    this.partOf(connection).onText(connection, text);
  }

  onClose(connection: Connection): void {
    this.partOf(connection).onClose(connection);
  }

  onHttp(call: HttpCall, reply: (reply: HttpReply) => void): void {
    const { world } = this;
    const method = `${call.method} ${call.url.pathname}`;
    world.log.add({ at: world.clock.unixNs(), connection: 0, kind: 'http', method, orders: [], text: call.url.search });
    const refused = (error: BinanceError, headers: Readonly<Record<string, string>> = {}): HttpReply => ({
      status: error.status, headers, body: toJson({ code: error.code, msg: error.message }),
    });
    runHttp(world, {
      method, begun: '{"lastUpdateId":',
      execute: () => {
        try {
          return { status: 200, body: toJson(this.fact(method, call.url.searchParams)) };
        } catch (error) {
          if (error instanceof BinanceError) return refused(error);
          throw error;
        }
      },
      refuse: (rule) => refused(errorOf(rule, world), rule.headers),
    }, reply);
  }

  tell(reports: readonly EngineReport[]): void {
    this.api.tell(reports);
  }

  publish(): void {
    this.streams.publish();
  }

  heartbeat(): void {
    this.streams.heartbeat();
    this.api.heartbeat();
  }

  /** Binance announces a shutdown, and nothing else. */
  statusChanged(): void {
    if (this.world.status !== 'maintenance') return;
    const text = `{"e":"serverShutdown","E":${this.world.clock.unixMs()}}`;
    for (const connection of this.world.connections('public')) connection.send('serverShutdown', text);
    for (const connection of this.world.connections('api')) connection.send('serverShutdown', `{"event":${text}}`);
  }

  balanceMoved(currency: string, change: bigint): void {
    this.api.event('balanceUpdate', balanceUpdate(currency, change, this.world.clock.unixMs()));
  }

  expireSessions(): void {
    this.api.expireSessions();
  }

  advance(): void {
    return undefined;
  }

  close(): void {
    return undefined;
  }

  private fact(method: string, query: URLSearchParams): Json {
    switch (method) {
      case 'GET /api/v3/ping': return {};
      case 'GET /api/v3/time': return { serverTime: this.world.clock.unixMs() };
      case 'GET /api/v3/exchangeInfo': return this.facts.exchangeInfo(symbolsOf(query));
      case 'GET /api/v3/depth': return this.facts.depth(query.get('symbol') ?? '', Number(query.get('limit') ?? '100'));
      default: throw new BinanceError(-1000, 'Not found.', 404);
    }
  }

  private partOf(connection: Connection): BinanceStreams | BinanceApi {
    return connection.kind === 'api' ? this.api : this.streams;
  }
}

function symbolsOf(query: URLSearchParams): string[] | null {
  const list = query.get('symbols');
  if (list !== null) {
    try {
      return JSON.parse(list) as string[];
    } catch {
      throw new BinanceError(-1100, "Illegal characters found in parameter 'symbols'.");
    }
  }
  const symbol = query.get('symbol');
  return symbol === null ? null : [symbol];
}
