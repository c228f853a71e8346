// Binance's WebSocket API: sessions, security, methods, rate limits in answers, and the user data stream on the same connection.

import type { Connection } from '../connection.ts';
import type { FaultRule } from '../faults.ts';
import { echo, type Json, type JsonObject, type JsonRequest, objectIn, plain, readRequest, toJson } from '../json.ts';
import type { EngineReport } from '../orders.ts';
import { runRequest } from '../request-flow.ts';
import { told, type World } from '../world.ts';
import type { BinanceFacts } from './facts.ts';
import { accountPosition, executionReport, money, statusView, tradeView } from './reports.ts';
import { checkParameters, definitionOf } from './requests.ts';
import { checkSigned, checkTime } from './signature.ts';
import type { BinanceTrading } from './trading.ts';
import { BinanceError, orderNumberOf, tradeIdOf } from './wire.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const ORDER_METHODS = new Set(['order.place', 'order.cancelReplace']);
const OPEN_METHODS = new Set(['ping', 'time', 'exchangeInfo', 'depth', 'session.status', 'session.logout', 'session.subscriptions']);

interface Session {
  apiKey: string | null;
  /** Unix ms. */
  authorizedSince: number | null;
  readonly connectedSince: number;
  /** Ids of user data subscriptions. */
  readonly subscriptions: number[];
  subscriptionNumber: number;
  readonly withLimits: boolean;
}

export class BinanceApi {
  private readonly world: World;
  private readonly trading: BinanceTrading;
  private readonly facts: BinanceFacts;
  private readonly sessions = new Map<Connection, Session>();
  /** Used in this minute. */
  private weight = 0;
  private minute = 0;

  constructor(world: World, trading: BinanceTrading, facts: BinanceFacts) {
    this.world = world;
    this.trading = trading;
    this.facts = facts;
  }

  onOpen(connection: Connection): void {
    const withLimits = connection.url.searchParams.get('returnRateLimits') !== 'false';
    this.sessions.set(connection, {
      apiKey: null, authorizedSince: null, connectedSince: this.world.clock.unixMs(), subscriptions: [], subscriptionNumber: 0,
      withLimits,
    });
  }

  onClose(connection: Connection): void {
    this.sessions.delete(connection);
  }

  onText(connection: Connection, text: string): void {
    const { world } = this;
    const request = readRequest(text);
    const method = plain(request?.method) ?? '';
    const params = objectIn(request?.params);
    const names = ['newClientOrderId', 'origClientOrderId', 'cancelOrigClientOrderId', 'orderId', 'cancelOrderId'];
    const orders = names.flatMap((name) => plain(params[name]) ?? []);
    world.log.add({ at: world.clock.unixNs(), connection: connection.id, kind: connection.kind, method, orders, text });
    const session = this.sessions.get(connection);
    if (session === undefined) return;
    const id = echo(request?.id) ?? null;
    runRequest(world.plan, {
      connection: connection.kind, method,
      execute: () => this.execute(session, request === null ? null : method, id, params),
      refuse: (rule) => this.failure(session, id, method, params, errorOf(rule, world)),
      answer: (answer) => { connection.send(method, answer); },
      tell: () => { world.tell(); },
      disconnect: () => { connection.end('abort'); },
    });
  }

  tell(reports: readonly EngineReport[]): void {
    const now = this.world.clock.unixMs();
    for (const report of reports) {
      const { definition } = this.world.engine.marketOf(report.order.symbol);
      const named = report.what === 'done' || report.what === 'replaced';
      const requestName = named ? this.trading.requestNames.get(report.order.number) : undefined;
      if (requestName !== undefined) this.trading.requestNames.delete(report.order.number);
      const rejection = this.trading.rejections.get(report.order.number);
      const sent = this.event('executionReport', executionReport(report, { definition, now, requestName, rejection }));
      if (report.what !== 'refused') this.event('outboundAccountPosition', accountPosition(report, now));
      if (sent && report.trade !== null) told(this.world, report.trade.number);
    }
  }

  /** To every user data subscription. False: nobody got it. */
  event(channel: string, event: JsonObject): boolean {
    let sent = false;
    for (const [connection, session] of this.sessions) {
      for (const subscriptionId of session.subscriptions) {
        sent = connection.send(channel, toJson({ subscriptionId, event })) || sent;
      }
    }
    return sent;
  }

  heartbeat(): void {
    for (const connection of this.sessions.keys()) connection.ping();
  }

  /** Logged-on sessions are not any more; their user data streams end. */
  expireSessions(): void {
    this.event('eventStreamTerminated', { e: 'eventStreamTerminated', E: this.world.clock.unixMs() });
    for (const session of this.sessions.values()) {
      session.apiKey = null;
      session.authorizedSince = null;
      session.subscriptions.length = 0;
    }
  }

  private execute(session: Session, method: string | null, id: Json, params: JsonRequest): string {
    const minute = Math.floor(this.world.clock.unixMs() / MINUTE_MS);
    if (minute !== this.minute) this.weight = 0;
    this.minute = minute;
    this.weight += 1;
    try {
      if (method === null) throw new BinanceError(-1130, 'Malformed request: expected an object.');
      const result = this.dispatch(session, method, params);
      return toJson({ id, status: 200, result, rateLimits: this.limits(session, method, params) });
    } catch (error) {
      if (error instanceof BinanceError) return this.failure(session, id, method ?? '', params, error);
      throw error;
    }
  }

  private failure(session: Session, id: Json, method: string, params: JsonRequest, error: BinanceError): string {
    return toJson({ id, status: error.status, error: error.body(), rateLimits: this.limits(session, method, params) });
  }

  private dispatch(session: Session, method: string, params: JsonRequest): Json {
    if (this.world.status === 'maintenance' && !OPEN_METHODS.has(method)) {
      throw new BinanceError(-1008, 'Server is currently overloaded with other requests. Please try again in a few minutes.', 503);
    }
    checkParameters(method, params);
    switch (method) {
      case 'ping': return {};
      case 'time': return { serverTime: this.world.clock.unixMs() };
      case 'exchangeInfo': return this.facts.exchangeInfo(symbolsIn(params));
      case 'depth': return this.facts.depth(plain(params.symbol) ?? '', Number(plain(params.limit) ?? '100'));
      case 'session.logon': return this.logOn(session, params);
      case 'session.status': return this.sessionView(session);
      case 'session.logout':
        session.apiKey = null;
        session.authorizedSince = null;
        return this.sessionView(session);
      case 'session.subscriptions': return session.subscriptions.map((subscriptionId) => ({ subscriptionId }));
      case 'userDataStream.subscribe':
        if (session.apiKey === null) throw new BinanceError(-2015, 'Invalid API-key, IP, or permissions for action.', 401);
        return this.subscribe(session);
      case 'userDataStream.subscribe.signature':
        checkSigned(params, this.world);
        return this.subscribe(session);
      case 'userDataStream.unsubscribe': return this.unsubscribe(session, plain(params.subscriptionId));
      default: return this.signed(session, method, params);
    }
  }

  private signed(session: Session, method: string, params: JsonRequest): Json {
    if (session.apiKey !== null && params.signature === undefined && params.apiKey === undefined) checkTime(params, this.world);
    else checkSigned(params, this.world);
    switch (method) {
      case 'order.place': return this.trading.place(params);
      case 'order.cancel': return this.trading.cancel(params);
      case 'order.cancelReplace': return this.trading.cancelReplace(params);
      case 'order.amend.keepPriority': return this.trading.amend(params);
      case 'openOrders.cancelAll': return this.trading.cancelAll(params);
      case 'openOrders.status': return this.openOrders(params);
      case 'order.status': {
        const definition = definitionOf(params, this.world);
        return statusView(this.trading.find(params, 'orderId', 'origClientOrderId', -2013), definition);
      }
      case 'allOrders': return this.allOrders(params);
      case 'myTrades': return this.myTrades(params);
      case 'account.status': return this.account(params);
      default: throw new BinanceError(-1020, 'This operation is not supported.');
    }
  }

  private logOn(session: Session, params: JsonRequest): Json {
    const credentials = checkSigned(params, this.world);
    if (credentials.algorithm !== 'ed25519') throw new BinanceError(-4056, 'HMAC_SHA256 API key is not supported.');
    session.apiKey = credentials.apiKey;
    session.authorizedSince = this.world.clock.unixMs();
    return this.sessionView(session);
  }

  private sessionView(session: Session): Json {
    const { apiKey, authorizedSince, connectedSince, withLimits, subscriptions } = session;
    return {
      apiKey, authorizedSince, connectedSince, returnRateLimits: withLimits, serverTime: this.world.clock.unixMs(),
      userDataStream: subscriptions.length > 0,
    };
  }

  private subscribe(session: Session): Json {
    const subscriptionId = session.subscriptionNumber;
    session.subscriptionNumber += 1;
    session.subscriptions.push(subscriptionId);
    return { subscriptionId };
  }

  private unsubscribe(session: Session, id: string | undefined): Json {
    const kept = id === undefined ? [] : session.subscriptions.filter((each) => String(each) !== id);
    session.subscriptions.splice(0, session.subscriptions.length, ...kept);
    return {};
  }

  private openOrders(params: JsonRequest): Json {
    const symbol = params.symbol === undefined ? null : definitionOf(params, this.world).symbol;
    const { engine } = this.world;
    return engine.openOrders().filter((order) => symbol === null || order.symbol === symbol)
      .map((order) => statusView(order, engine.marketOf(order.symbol).definition));
  }

  private allOrders(params: JsonRequest): Json {
    const definition = definitionOf(params, this.world);
    const { from, until, limit } = rangeIn(params);
    const first = plain(params.orderId) === undefined ? 0 : orderNumberOf(plain(params.orderId) ?? '');
    return [...this.world.engine.orders.values()].filter((order) => {
      return order.symbol === definition.symbol && order.number >= first && order.createdAt >= from && order.createdAt <= until;
    }).slice(0, limit).map((order) => statusView(order, definition));
  }

  private myTrades(params: JsonRequest): Json {
    const definition = definitionOf(params, this.world);
    const { from, until, limit } = rangeIn(params);
    const orderId = plain(params.orderId);
    const fromId = plain(params.fromId);
    const found = this.world.engine.trades.filter((trade) => {
      return trade.symbol === definition.symbol && trade.time >= from && trade.time <= until
        && (orderId === undefined || trade.orderNumber === orderNumberOf(orderId))
        && (fromId === undefined || tradeIdOf(trade.tradeId) >= Number(fromId));
    });
    // With a beginning the oldest come first; without, the latest are meant.
    const begins = fromId !== undefined || params.startTime !== undefined;
    const chosen = begins ? found.slice(0, limit) : found.slice(-limit);
    return chosen.map((trade) => {
      told(this.world, trade.number);
      return tradeView(trade, definition);
    });
  }

  private account(params: JsonRequest): Json {
    const { engine, settings, clock } = this.world;
    const rate = (ppm: number): string => `0.${String(ppm * 100).padStart(8, '0')}`;
    const balances = engine.currencyNames().map((asset) => {
      const { total, available } = engine.balanceOf(asset);
      return { asset, free: money(available), locked: money(total - available), total };
    }).filter(({ total }) => total !== 0n || params.omitZeroBalances !== true);
    return {
      makerCommission: settings.makerFeePpm / 100, takerCommission: settings.takerFeePpm / 100, buyerCommission: 0,
      sellerCommission: 0, canTrade: true, canWithdraw: true, canDeposit: true,
      commissionRates: { maker: rate(settings.makerFeePpm), taker: rate(settings.takerFeePpm), buyer: rate(0), seller: rate(0) },
      brokered: false, requireSelfTradePrevention: false, preventSor: false, updateTime: clock.unixMs(), accountType: 'SPOT',
      balances: balances.map(({ asset, free, locked }) => ({ asset, free, locked })), permissions: ['SPOT'], uid: 354_937_868,
    };
  }

  private limits(session: Session, method: string, params: JsonRequest): Json | undefined {
    if (params.returnRateLimits === false || (!session.withLimits && params.returnRateLimits !== true)) return undefined;
    const count = this.trading.ordersUsed;
    const orders = [
      { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 50, count },
      { rateLimitType: 'ORDERS', interval: 'DAY', intervalNum: 1, limit: 160_000, count },
    ];
    const weight = { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 6000, count: this.weight };
    return ORDER_METHODS.has(method) ? [...orders, weight] : [weight];
  }
}

function rangeIn(params: JsonRequest): { from: bigint; until: bigint; limit: number } {
  const start = plain(params.startTime);
  const end = plain(params.endTime);
  if (start !== undefined && end !== undefined && Number(end) - Number(start) > DAY_MS) {
    throw new BinanceError(-1127, 'More than 24 hours between startTime and endTime.');
  }
  const nanoseconds = (text: string): bigint => BigInt(text) * 1_000_000n;
  return {
    from: start === undefined ? 0n : nanoseconds(start), until: end === undefined ? 1n << 63n : nanoseconds(end) + 999_999n,
    limit: Math.min(Number(plain(params.limit) ?? '500'), 1000),
  };
}

function symbolsIn(params: JsonRequest): string[] | null {
  if (Array.isArray(params.symbols)) return params.symbols.flatMap((each) => plain(each) ?? []);
  const symbol = plain(params.symbol);
  return symbol === undefined ? null : [symbol];
}

export function errorOf(rule: FaultRule, world: World): BinanceError {
  const status = rule.status ?? 400;
  const now = world.clock.unixMs();
  const data = status === 429 || status === 418 ? { serverTime: now, retryAfter: now + (rule.milliseconds ?? 1000) } : undefined;
  return new BinanceError(rule.code ?? -1000, rule.message ?? 'An unknown error occurred while processing the request.', status, data);
}

/** For a balance that moves without an order. */
export function balanceUpdate(currency: string, change: bigint, now: number): JsonObject {
  return { e: 'balanceUpdate', E: now, a: currency, d: money(change), T: now };
}
