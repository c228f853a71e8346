// The Kraken stand-in to a plain client: market data that proves itself, orders, and every way to ask for them.

import { beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../until.ts';
import { openStandIn, opened } from '../open-stand-in.fixture.ts';
import { call, type Message, PlainClient } from '../plain-client.fixture.ts';
import { at } from '../plain-values.ts';
import type { StandIn } from '../stand-in.ts';
import { KrakenClient, privateCall, signed, TextBook } from './client.fixture.ts';

const WAIT = { deadlineMs: 10_000 };
const SIX_PLACES = /"price":\d+\.\d,"qty":\d+\.\d{8}/;

let standIn: StandIn;

async function start(eventsPerSecond: number): Promise<void> {
  standIn = await openStandIn('kraken', { eventsPerSecond, heartbeatMs: 50 });
}

function publicClient(): Promise<PlainClient> {
  return opened(PlainClient.open(standIn, 'public'));
}

function privateClient(): Promise<KrakenClient> {
  return opened(KrakenClient.open(standIn));
}

describe('market data', () => {
  beforeEach(() => start(400));

  test('snapshot and updates verify their checksums at every depth', async () => {
    for (const depth of [10, 25]) {
      const client = await publicClient();
      const book = new TextBook();
      client.send({ method: 'subscribe', params: { channel: 'book', symbol: ['BTC/USD'], depth }, req_id: 7 });
      const answer = await client.next('the answer', (message) => message.method === 'subscribe');
      expect(answer).toMatchObject({ success: true, req_id: 7, result: { channel: 'book', depth, snapshot: true, symbol: 'BTC/USD' } });
      await client.next('the snapshot', (message, text) => {
        return message.type === 'snapshot' && SIX_PLACES.test(text) && book.apply(text, depth);
      });
      await client.next('a hundred updates', (message, text) => {
        if (message.channel !== 'book') return false;
        expect(book.apply(text, depth)).toBe(true);
        return book.checked > 100;
      });
      expect(book.bids.size).toBe(depth);
    }
  });

  test('trades, instruments, status, heartbeats and pongs', async () => {
    const client = await publicClient();
    expect(at(await client.next('the status', (message) => message.channel === 'status'), 'data', 0, 'system')).toBe('online');
    client.send({ method: 'subscribe', params: { channel: 'trade', symbol: ['BTC/USD', 'ETH/USD'], snapshot: false } });
    const trade = await client.next('a trade', (message) => message.channel === 'trade' && message.type === 'update');
    expect(typeof at(trade, 'data', 0, 'trade_id')).toBe('number');
    client.send({ method: 'subscribe', params: { channel: 'instrument', snapshot: true } });
    const instruments = await client.next('instruments', (message) => message.channel === 'instrument');
    expect(at(instruments, 'data', 'pairs', 0)).toMatchObject({ symbol: 'BTC/USD', status: 'online', price_increment: 0.1 });
    client.send({ method: 'ping', req_id: 9 });
    await client.next('a pong', (message) => message.method === 'pong' && message.req_id === 9);
    standIn.setStatus('cancel_only');
    await client.next('a status', (message) => at(message, 'data', 0, 'system') === 'cancel_only');
    const update = await client.next('instruments anew', (message) => message.channel === 'instrument' && message.type === 'update');
    expect(at(update, 'data', 'pairs', 0)).toMatchObject({ symbol: 'BTC/USD', status: 'cancel_only' });
  });

  test('a second subscription is refused, after an unsubscription it is not; unknown symbols and channels are', async () => {
    const client = await publicClient();
    const ask = (method: string, params: object): Promise<Message> => {
      client.send({ method, params });
      return client.next(`${method}`, (message) => message.method === method);
    };
    const book = { channel: 'book', symbol: ['ETH/USD'], depth: 10 };
    expect((await ask('subscribe', book)).success).toBe(true);
    expect((await ask('subscribe', book)).success).toBe(false);
    expect((await ask('unsubscribe', book)).success).toBe(true);
    expect((await ask('unsubscribe', book)).success).toBe(false);
    expect((await ask('subscribe', book)).success).toBe(true);
    expect(await ask('subscribe', { ...book, symbol: ['NONE/USD'] })).toMatchObject({ success: false, symbol: 'NONE/USD' });
    expect((await ask('subscribe', { ...book, depth: 11 })).success).toBe(false);
    expect((await ask('subscribe', { channel: 'nothing', symbol: ['BTC/USD'] })).success).toBe(false);
  });
});

describe('orders', () => {
  beforeEach(() => start(0));

  const order = (name: string, side: 'buy' | 'sell', price: number, quantity: number): object => ({
    order_type: 'limit', side, symbol: 'BTC/USD', limit_price: price, order_qty: quantity, cl_ord_id: name,
  });

  test('placed, amended, filled, cancelled: answers, executions, balances and REST agree', async () => {
    const client = await privateClient();
    const placed = await client.ask('add_order', { ...order('t1', 'buy', 59_000, 0.5), post_only: true });
    expect(placed).toMatchObject({ success: true, result: { cl_ord_id: 't1' } });
    await client.execution('t1', 'pending_new');
    await client.execution('t1', 'new');
    const amended = await client.ask('amend_order', { cl_ord_id: 't1', limit_price: 59_100.5, order_qty: 0.4 });
    expect(amended).toMatchObject({ success: true, result: { cl_ord_id: 't1' } });
    expect(at(await client.execution('t1', 'amended'), 'data', 0)).toMatchObject({ order_qty: 0.4, limit_price: 59_100.5 });
    const open = await privateCall(standIn, 'OpenOrders', { trades: 'true' });
    expect(Object.values(at(open, 'result', 'open') as object)).toMatchObject([{ cl_ord_id: 't1', vol: '0.40000000', status: 'open' }]);

    await client.ask('add_order', order('t2', 'buy', 61_000, 0.01));
    const trade = await client.execution('t2', 'trade');
    expect(at(trade, 'data', 0)).toMatchObject({ liquidity_ind: 't', side: 'buy', symbol: 'BTC/USD', last_qty: 0.01 });
    await client.execution('t2', 'filled');
    await client.socket.next('the balances', (message) => message.channel === 'balances' && message.type === 'update');
    expect(await client.ask('cancel_order', { cl_ord_id: ['t1', 'nobody'] })).toMatchObject({ success: true });
    await client.execution('t1', 'canceled');

    const orderId = String(at(placed, 'result', 'order_id'));
    const query = await privateCall(standIn, 'QueryOrders', { txid: orderId });
    expect(at(query, 'result', orderId)).toMatchObject({ status: 'canceled', cl_ord_id: 't1', reason: 'User requested' });
    const history = await privateCall(standIn, 'TradesHistory');
    expect(at(history, 'result', 'count')).toBe(1);
    expect(at(history, 'result', 'trades', String(at(trade, 'data', 0, 'exec_id')))).toMatchObject({ vol: '0.01000000', maker: false });
    const balances = await privateCall(standIn, 'BalanceEx');
    expect(at(balances, 'result', 'XXBT')).toEqual({ balance: '1000000.01000000', hold_trade: '0.00000000' });
    const audit = standIn.audit();
    expect(audit).toMatchObject({ openOrders: [], untold: [], positions: { 'BTC/USD': '0.01000000' } });
    expect(audit.requests.t1).toEqual(['add_order', 'amend_order', 'cancel_order']);
    const sequences = client.socket.all((message) => message.channel === 'executions').map((message) => message.sequence);
    expect(sequences).toEqual(sequences.map((_, index) => index + 1));
  });

  test('what Kraken refuses, in its words', async () => {
    const client = await privateClient();
    const error = async (params: object): Promise<unknown> => (await client.ask('add_order', params)).error;
    const good = order('t1', 'buy', 59_000, 0.5);
    expect(await error({ ...good, order_qty: 100 })).toBe('EOrder:Insufficient funds');
    expect(await error({ ...good, limit_price: 59_000.05 })).toMatch(/^EOrder:Invalid price/);
    expect(await error({ ...good, limit_price: '59000' })).toBe('Limit_price field must be a number_float');
    expect(await error({ ...good, symbol: 'NONE/USD' })).toBe('EQuery:Unknown asset pair');
    expect(await error({ ...good, cl_ord_id: 'more than eighteen characters' })).toBe('EGeneral:Invalid arguments:cl_ord_id');
    expect(await error({ ...good, deadline: new Date(Date.now() - 1000).toISOString() })).toBe('EService:Deadline elapsed');
    expect(await error({ ...good, time_in_force: 'fok' })).toBe('EGeneral:Invalid arguments:timeinforce');
    expect((await client.ask('cancel_order', { order_id: ['OXXXXX-XXXXX-XXXXXX'] })).error).toBe('EOrder:Unknown order');
    expect((await client.ask('amend_order', { cl_ord_id: 'none', order_qty: 1 })).error).toBe('EOrder:Unknown order');
    standIn.setStatus('cancel_only');
    expect(await error(good)).toBe('EService:Market in cancel_only mode');
    standIn.setStatus('maintenance');
    expect((await client.ask('cancel_all', {})).error).toBe('EService:Unavailable');
    expect(standIn.audit().orders).toEqual([]);
  });

  test('a post-only order that would trade is acknowledged, then cancelled; an immediate one ends with what is left', async () => {
    const client = await privateClient();
    expect((await client.ask('add_order', { ...order('t1', 'buy', 61_000, 0.5), post_only: true })).success).toBe(true);
    expect(at(await client.execution('t1', 'canceled'), 'data', 0, 'reason')).toBe('Post only order');
    await client.ask('add_order', { ...order('t2', 'buy', 59_000, 0.5), time_in_force: 'ioc' });
    expect(at(await client.execution('t2', 'canceled'), 'data', 0, 'cum_qty')).toBe(0);
    await client.ask('add_order', { order_type: 'market', side: 'sell', symbol: 'BTC/USD', order_qty: 0.001, cl_ord_id: 't3' });
    await client.execution('t3', 'filled');
  });

  test('the dead-man switch cancels everything when it is not renewed', async () => {
    const client = await privateClient();
    await client.ask('add_order', order('t1', 'buy', 59_000, 0.5));
    expect(await client.ask('cancel_all_orders_after', { timeout: 1 })).toMatchObject({ success: true });
    await client.execution('t1', 'canceled');
    expect(await client.ask('cancel_all_orders_after', { timeout: 0 })).toMatchObject({ result: { triggerTime: '0' } });
    expect((await client.ask('cancel_all', {})).result).toEqual({ count: 0 });
  });

  test('a snapshot tells open orders and the latest trades', async () => {
    const first = await privateClient();
    await first.ask('add_order', order('t1', 'buy', 59_000, 0.5));
    await first.ask('add_order', order('t2', 'buy', 61_000, 0.01));
    const second = await privateClient();
    const snapshot = second.socket.all((message) => message.channel === 'executions' && message.type === 'snapshot')[0];
    expect(at(snapshot, 'data', 0)).toMatchObject({ exec_type: 'trade', cl_ord_id: 't2', order_status: 'filled' });
    expect(at(snapshot, 'data', 1)).toMatchObject({ order_status: 'new', cl_ord_id: 't1', order_qty: 0.5, cum_qty: 0 });
  });

  test('keys, signatures, nonces and tokens are verified', async () => {
    const path = '/0/private/Balance';
    const nonce = String(Date.now() * 1000);
    const answer = async (headers: Record<string, string>, body: string): Promise<unknown> => {
      return at(JSON.parse((await call(standIn, 'POST', path, headers, body)).text), 'error', 0);
    };
    const body = `nonce=${nonce}`;
    expect(await answer({ ...signed(path, nonce, body), 'API-Key': 'other' }, body)).toBe('EAPI:Invalid key');
    expect(await answer(signed(path, nonce, `${body}&x=1`), body)).toBe('EAPI:Invalid signature');
    expect(await answer(signed(path, nonce, body), body)).toBeUndefined();
    expect(await answer(signed(path, nonce, body), body)).toBe('EAPI:Invalid nonce');
    const client = await opened(PlainClient.open(standIn, 'private'));
    client.send({ method: 'subscribe', params: { channel: 'executions', token: 'made up' }, req_id: 1 });
    expect(await client.next('a refusal', (message) => message.req_id === 1)).toMatchObject({ error: 'ESession:Invalid session' });
  });

  test('orders over REST: fill or kill, cancel, the executions asked for', async () => {
    const client = await privateClient();
    const fields = { ordertype: 'limit', type: 'buy', pair: 'XBTUSD', timeinforce: 'FOK' };
    const filled = await privateCall(standIn, 'AddOrder', { ...fields, volume: '0.01', price: '61000.0', cl_ord_id: 't1' });
    const trade = await client.execution('t1', 'trade');
    expect(at(filled, 'result', 'txid', 0)).toBe(at(trade, 'data', 0, 'order_id'));
    await privateCall(standIn, 'AddOrder', { ...fields, volume: '10', price: '60001.0', cl_ord_id: 't2' });
    expect(at(await client.execution('t2', 'canceled'), 'data', 0, 'cum_qty')).toBe(0);
    const executionId = String(at(trade, 'data', 0, 'exec_id'));
    const asked = await privateCall(standIn, 'QueryTrades', { txid: executionId });
    expect(at(asked, 'result', executionId)).toMatchObject({ vol: '0.01000000' });
    await client.ask('add_order', order('t3', 'buy', 59_000, 0.5));
    expect(await privateCall(standIn, 'CancelOrder', { cl_ord_id: 't3' })).toEqual({ error: [], result: { count: 1 } });
    expect(await privateCall(standIn, 'CancelOrder', { cl_ord_id: 't3' })).toEqual({ error: ['EOrder:Unknown order'] });
  });

  test('public facts over REST', async () => {
    const pairs = JSON.parse((await call(standIn, 'GET', '/0/public/AssetPairs?pair=XBTUSD')).text) as Message;
    expect(at(pairs, 'result', 'XXBTZUSD')).toMatchObject({ altname: 'XBTUSD', tick_size: '0.1', ordermin: '0.0001' });
    expect(at(JSON.parse((await call(standIn, 'GET', '/0/public/SystemStatus')).text), 'result', 'status')).toBe('online');
    await until('the clock', async () => {
      const time = JSON.parse((await call(standIn, 'GET', '/0/public/Time')).text) as Message;
      return typeof at(time, 'result', 'unixtime') === 'number';
    }, WAIT);
  });
});
