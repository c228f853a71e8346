// The Kraken stand-in: which path is what, and what one part tells the others.

import type { Connection } from '../connection.ts';
import type { EngineReport } from '../orders.ts';
import { runHttp } from '../request-flow.ts';
import type { HttpCall, HttpReply } from '../server.ts';
import type { VenueProtocol, World } from '../world.ts';
import { errorOf, KrakenPrivate } from './private.ts';
import { KrakenPublic } from './public.ts';
import type { Naming } from './reports.ts';
import { fieldsOf, KrakenRest, nameOf, refused } from './rest.ts';
import { KrakenTokens } from './tokens.ts';
import { KrakenTrading } from './trading.ts';

export class KrakenStandIn implements VenueProtocol {
  readonly paths = { public: 'wss:/v2', private: 'wss:/auth/v2', http: 'https:' };
  private readonly world: World;
  private readonly trading: KrakenTrading;
  private readonly tokens: KrakenTokens;
  private readonly publicPart: KrakenPublic;
  private readonly privatePart: KrakenPrivate;
  private readonly rest: KrakenRest;

  constructor(world: World) {
    this.world = world;
    this.trading = new KrakenTrading(world);
    this.tokens = new KrakenTokens(world);
    const naming: Naming = {
      seed: world.settings.seed,
      definitionOf: (symbol) => world.engine.marketOf(symbol).definition,
      extra: (number) => this.trading.extra(number),
    };
    this.publicPart = new KrakenPublic(world);
    this.privatePart = new KrakenPrivate(world, this.trading, this.tokens, naming);
    this.rest = new KrakenRest(world, this.tokens, this.trading, naming);
  }

  kindOf(url: URL): string | null {
    return url.pathname === '/v2' ? 'public' : url.pathname === '/auth/v2' ? 'private' : null;
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
    const method = nameOf(call);
    const fields = fieldsOf(call);
    const orders = [...(fields.get('txid') ?? '').split(','), fields.get('cl_ord_id') ?? ''].filter((name) => name !== '');
    world.log.add({ at: world.clock.unixNs(), connection: 0, kind: 'http', method, orders, text: call.body });
    runHttp(world, {
      method, begun: '{"error":[',
      execute: () => ({ status: 200, body: this.rest.answer(call) }),
      refuse: (rule) => {
        const { status = 200, headers = {} } = rule;
        return { status, headers, body: status === 200 ? refused(errorOf(rule)) : rule.message ?? '' };
      },
    }, reply);
  }

  tell(reports: readonly EngineReport[]): void {
    this.privatePart.tell(reports);
  }

  publish(): void {
    this.publicPart.publish();
  }

  heartbeat(): void {
    this.publicPart.heartbeat();
    this.privatePart.heartbeat();
  }

  statusChanged(): void {
    this.publicPart.statusChanged();
    this.privatePart.statusChanged();
  }

  balanceMoved(currency: string, change: bigint): void {
    this.privatePart.balanceMoved(currency, change);
  }

  expireSessions(): void {
    this.tokens.expireAll();
  }

  advance(now: bigint): void {
    this.trading.advance(now);
  }

  close(): void {
    this.tokens.expireAll();
  }

  private partOf(connection: Connection): KrakenPublic | KrakenPrivate {
    return connection.kind === 'private' ? this.privatePart : this.publicPart;
  }
}
