// Kraken's authenticated WebSocket v2: tokens, the executions and balances channels, and the order methods' frames. What the
// methods do is trading.ts.

import { rfc3339 } from '../clock.ts';
import type { Connection } from '../connection.ts';
import type { FaultRule } from '../faults.ts';
import { echo, type Json, type JsonObject, type JsonRequest, NumberText, objectIn, plain, readRequest, toJson } from '../json.ts';
import type { EngineReport } from '../orders.ts';
import { runRequest } from '../request-flow.ts';
import { told, type World } from '../world.ts';
import { pongOf, statusMessage } from './public.ts';
import { balanceEntries, executionsOf, type Naming, openOrderEntry, tradeEntry } from './reports.ts';
import { listField } from './requests.ts';
import type { KrakenTokens } from './tokens.ts';
import type { KrakenTrading } from './trading.ts';
import { amount, type Answer, failure, identifier, success } from './wire.ts';

const SNAPSHOT_TRADES = 50;
const RATE_COUNT_MAX = 125;
const ORDER_METHODS = new Set(['add_order', 'amend_order', 'cancel_order', 'cancel_all', 'cancel_all_orders_after']);

interface Subscription {
  sequence: number;
}

interface PrivateState {
  executions: Subscription | null;
  balances: Subscription | null;
  sentCount: number;
}

export class KrakenPrivate {
  private readonly world: World;
  private readonly trading: KrakenTrading;
  private readonly tokens: KrakenTokens;
  private readonly naming: Naming;
  private readonly states = new Map<Connection, PrivateState>();
  private ledgerNumber = 0;

  constructor(world: World, trading: KrakenTrading, tokens: KrakenTokens, naming: Naming) {
    this.world = world;
    this.trading = trading;
    this.tokens = tokens;
    this.naming = naming;
  }

  onOpen(connection: Connection): void {
    this.states.set(connection, { executions: null, balances: null, sentCount: 0 });
    connection.send('status', statusMessage(this.world, connection.id));
  }

  onClose(connection: Connection): void {
    this.states.delete(connection);
  }

  onText(connection: Connection, text: string): void {
    const { world } = this;
    const timeIn = world.clock.unixNs();
    const request = readRequest(text);
    const method = plain(request?.method) ?? '';
    const params = objectIn(request?.params);
    const orders = [...listField(params.cl_ord_id), ...listField(params.order_id)];
    world.log.add({ at: timeIn, connection: connection.id, kind: connection.kind, method, orders, text });
    const answer: Answer = { method, requestId: echo(request?.req_id), timeIn, timeOut: timeIn };
    if (request === null) {
      connection.send('answer', failure(answer, 'Malformed request'));
      return;
    }
    runRequest(world.plan, {
      connection: connection.kind, method,
      execute: () => this.execute(connection, { ...answer, timeOut: world.clock.unixNs() }, params).join('\n'),
      refuse: (rule) => failure({ ...answer, timeOut: world.clock.unixNs() }, errorOf(rule)),
      answer: (answers) => { for (const each of answers.split('\n')) if (each !== '') connection.send(method, each); },
      tell: () => { world.tell(); },
      disconnect: () => { connection.end('abort'); },
    });
  }

  tell(reports: readonly EngineReport[]): void {
    for (const report of reports) {
      const entries = executionsOf(report, this.naming);
      const moved = balanceEntries(report, this.naming, () => this.nextLedger());
      let seen = false;
      for (const [connection, state] of this.states) {
        for (const entry of entries) {
          const sent = this.message(connection, state.executions, 'executions', 'update', [entry]);
          seen ||= sent && entry.exec_type === 'trade';
        }
        if (moved.length > 0) this.message(connection, state.balances, 'balances', 'update', moved);
      }
      if (seen && report.trade !== null) told(this.world, report.trade.number);
    }
  }

  balanceMoved(currency: string, change: bigint): void {
    const entry = depositEntry(this.world, currency, change, this.nextLedger());
    for (const [connection, state] of this.states) this.message(connection, state.balances, 'balances', 'update', [entry]);
  }

  heartbeat(): void {
    for (const [connection, state] of this.states) {
      const subscribed = state.executions !== null || state.balances !== null;
      if (subscribed && connection.sentCount === state.sentCount) connection.send('heartbeat', '{"channel":"heartbeat"}');
      state.sentCount = connection.sentCount;
    }
  }

  statusChanged(): void {
    for (const connection of this.states.keys()) connection.send('status', statusMessage(this.world, connection.id));
  }

  /** Answers, and for a subscription the snapshot after its answer. */
  private execute(connection: Connection, answer: Answer, params: JsonRequest): string[] {
    if (answer.method === 'ping') return [pongOf(answer)];
    if (answer.method !== 'subscribe' && answer.method !== 'unsubscribe' && !ORDER_METHODS.has(answer.method)) {
      return [failure(answer, 'Unsupported method')];
    }
    if (!this.tokens.accept(plain(params.token) ?? '')) return [failure(answer, 'ESession:Invalid session')];
    return ORDER_METHODS.has(answer.method) ? this.trading.run(answer, params) : this.subscription(connection, answer, params);
  }

  private subscription(connection: Connection, answer: Answer, params: JsonRequest): string[] {
    const state = this.states.get(connection);
    const channel = plain(params.channel) ?? '';
    if (state === undefined || (channel !== 'executions' && channel !== 'balances')) return [failure(answer, 'Channel not found')];
    if (answer.method === 'unsubscribe') {
      const known = state[channel] !== null;
      state[channel] = null;
      return [known ? success(answer, { channel }) : failure(answer, 'Subscription Not Found')];
    }
    if (state[channel] !== null) return [failure(answer, 'Already subscribed')];
    state[channel] = { sequence: 0 };
    return channel === 'executions' ? this.executions(state, answer, params) : this.balances(state, answer, params);
  }

  private executions(state: PrivateState, answer: Answer, params: JsonRequest): string[] {
    const withOrders = params.snap_orders !== false;
    const withTrades = params.snap_trades === true;
    const result = { channel: 'executions', maxratecount: RATE_COUNT_MAX, snap_orders: withOrders, snap_trades: withTrades };
    const texts = [success(answer, result)];
    if (!withOrders && !withTrades) return texts;
    const { engine } = this.world;
    const data: Json[] = [];
    for (const trade of withTrades ? engine.trades.slice(-SNAPSHOT_TRADES).reverse() : []) {
      const order = engine.orders.get(trade.orderNumber);
      if (order === undefined) continue;
      data.push(tradeEntry(order, trade, this.naming, order.status === 'filled' ? 'filled' : 'partially_filled'));
      told(this.world, trade.number);
    }
    if (withOrders) for (const order of engine.openOrders()) data.push(openOrderEntry(order, this.naming));
    return [...texts, this.text(state.executions, 'executions', 'snapshot', data)];
  }

  private balances(state: PrivateState, answer: Answer, params: JsonRequest): string[] {
    const snapshot = params.snapshot !== false;
    const texts = [success(answer, { channel: 'balances', snapshot })];
    if (!snapshot) return texts;
    const data = this.world.engine.currencyNames().map((asset): Json => {
      const balance = amount(this.world.engine.balanceOf(asset).total);
      return { asset, asset_class: 'currency', balance, wallets: [{ type: 'spot', id: 'main', balance }] };
    });
    return [...texts, this.text(state.balances, 'balances', 'snapshot', data)];
  }

  private message(
    connection: Connection, subscription: Subscription | null, channel: string, type: string, data: readonly Json[],
  ): boolean {
    return subscription !== null && connection.send(channel, this.text(subscription, channel, type, data));
  }

  private text(subscription: Subscription | null, channel: string, type: string, data: readonly Json[]): string {
    const sequence = subscription === null ? 0 : subscription.sequence += 1;
    const message: JsonObject = { channel, type, data, sequence: new NumberText(String(sequence)) };
    return toJson(message);
  }

  private nextLedger(): number {
    this.ledgerNumber += 1;
    return this.ledgerNumber;
  }
}

function depositEntry(world: World, currency: string, change: bigint, number: number): Json {
  const { seed } = world.settings;
  return {
    ledger_id: identifier('L', seed, number), ref_id: identifier('D', seed, number), timestamp: rfc3339(world.clock.unixNs()),
    type: change < 0n ? 'withdrawal' : 'deposit', asset: currency, asset_class: 'currency',
    category: change < 0n ? 'withdrawal' : 'deposit', wallet_type: 'spot', wallet_id: 'main', amount: amount(change),
    fee: amount(0n), balance: amount(world.engine.balanceOf(currency).total),
  };
}

export function errorOf(rule: FaultRule): string {
  return rule.message ?? 'EService:Timeout';
}
