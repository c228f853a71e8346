// The Binance stand-in to a plain client: streams that splice with the snapshot, sessions, orders, and every way to ask for them.

import { beforeEach, describe, expect, test } from 'vitest';
import { openStandIn, opened } from '../open-stand-in.fixture.ts';
import { call, type Message, PlainClient } from '../plain-client.fixture.ts';
import { at } from '../plain-values.ts';
import { STAND_IN_CREDENTIALS } from '../settings.ts';
import type { StandIn } from '../stand-in.ts';
import { BinanceClient, ChainedBook, ED25519, type Parameters, signedEd25519, signedHmac } from './client.fixture.ts';

let standIn: StandIn;

async function start(eventsPerSecond: number): Promise<void> {
  standIn = await openStandIn('binance', { eventsPerSecond, credentials: [STAND_IN_CREDENTIALS.binance, ED25519] });
}

describe('market data', () => {
  beforeEach(() => start(400));

  test('the diff stream splices into the snapshot, chains, and has the best price of bookTicker', async () => {
    const streams = 'btcusdt@depth@100ms/btcusdt@bookTicker/btcusdt@trade';
    const client = await opened(PlainClient.open(standIn, 'public', `/stream?streams=${streams}`));
    const first = await client.next('a diff', (message) => at(message, 'data', 'e') === 'depthUpdate');
    const book = new ChainedBook();
    book.load(JSON.parse((await call(standIn, 'GET', '/api/v3/depth?symbol=BTCUSDT&limit=5000')).text) as Message);
    expect(book.updateId).toBeGreaterThanOrEqual(Number(at(first, 'data', 'u')));
    const tops = new Map<number, Message>();
    let diffs = 0;
    let compared = 0;
    await client.next('fifteen diffs', (message) => {
      const data = message.data as Message;
      if (message.stream === 'btcusdt@bookTicker') tops.set(Number(data.u), data);
      if (message.stream !== 'btcusdt@depth@100ms') return false;
      expect(book.apply(data)).toBe(true);
      diffs += 1;
      const top = tops.get(book.updateId);
      if (top !== undefined) {
        compared += 1;
        expect([top.b, top.B]).toEqual(book.best(book.bids, -1));
        expect([top.a, top.A]).toEqual(book.best(book.asks, 1));
      }
      return diffs === 15 && compared > 0;
    });
    await client.next('a trade', (message) => at(message, 'data', 'e') === 'trade');
  });

  test('streams are subscribed by request, raw and combined', async () => {
    const client = await opened(PlainClient.open(standIn, 'public', '/ws'));
    client.send({ method: 'SUBSCRIBE', params: ['ethusdt@depth'], id: 1 });
    expect(await client.next('the answer', (message) => message.id === 1)).toEqual({ result: null, id: 1 });
    await client.next('a raw diff', (message) => message.e === 'depthUpdate' && message.s === 'ETHUSDT');
    client.send({ method: 'SET_PROPERTY', params: ['combined', true], id: 2 });
    await client.next('a combined diff', (message) => message.stream === 'ethusdt@depth');
    client.send({ method: 'LIST_SUBSCRIPTIONS', id: 3 });
    expect(await client.next('the list', (message) => message.id === 3)).toEqual({ result: ['ethusdt@depth'], id: 3 });
  });

  test('public facts over HTTP', async () => {
    const info = JSON.parse((await call(standIn, 'GET', '/api/v3/exchangeInfo?symbol=BTCUSDT')).text) as Message;
    expect(at(info, 'symbols', 0, 'filters', 0)).toMatchObject({ filterType: 'PRICE_FILTER', tickSize: '0.01000000' });
    const wrong = await call(standIn, 'GET', '/api/v3/depth?symbol=NONE');
    expect([wrong.status, JSON.parse(wrong.text)]).toEqual([400, { code: -1121, msg: 'Invalid symbol.' }]);
  });
});

const limit = (name: string, side: 'BUY' | 'SELL', price: string, quantity: string): Parameters => ({
  symbol: 'BTCUSDT', side, type: 'LIMIT', timeInForce: 'GTC', price, quantity, newClientOrderId: name,
});

describe('orders', () => {
  beforeEach(() => start(0));

  test('placed, amended, filled, cancelled: answers, events and queries agree', async () => {
    const client = await opened(BinanceClient.open(standIn));
    const placed = await client.order('order.place', limit('t1', 'BUY', '59000.00', '0.5'));
    expect(placed).toMatchObject({ status: 200, result: { clientOrderId: 't1', status: 'NEW', origQty: '0.50000000', fills: [] } });
    expect(at(placed, 'rateLimits', 0, 'rateLimitType')).toBe('ORDERS');
    expect(at(await client.report('t1', 'NEW'), 'event')).toMatchObject({ X: 'NEW', q: '0.50000000', p: '59000.00000000', C: '' });
    const amended = await client.order('order.amend.keepPriority', {
      symbol: 'BTCUSDT', origClientOrderId: 't1', newClientOrderId: 't1-1', newQty: '0.4',
    });
    expect(at(amended, 'result', 'amendedOrder')).toMatchObject({ origClientOrderId: 't1', clientOrderId: 't1-1', qty: '0.40000000' });
    expect(at(await client.report('t1-1', 'REPLACED'), 'event')).toMatchObject({ C: 't1', q: '0.40000000', X: 'NEW' });

    const taken = await client.order('order.place', limit('t2', 'BUY', '61000', '0.01'));
    expect(at(taken, 'result', 'fills', 0)).toMatchObject({ qty: '0.01000000', commissionAsset: 'BTC' });
    const trade = await client.report('t2', 'TRADE');
    expect(at(trade, 'event')).toMatchObject({ X: 'FILLED', l: '0.01000000', m: false, N: 'BTC', n: '0.00002000' });
    await client.socket.next('the balances', (message) => at(message, 'event', 'e') === 'outboundAccountPosition');
    const cancelled = await client.order('order.cancel', { symbol: 'BTCUSDT', origClientOrderId: 't1-1', newClientOrderId: 'c1' });
    expect(cancelled).toMatchObject({ result: { origClientOrderId: 't1-1', clientOrderId: 'c1', status: 'CANCELED' } });
    expect(at(await client.report('c1', 'CANCELED'), 'event')).toMatchObject({ C: 't1-1', X: 'CANCELED' });
    const named = async (name: string): Promise<unknown> => {
      return at(await client.order('order.status', { symbol: 'BTCUSDT', origClientOrderId: name }), 'status');
    };
    expect([await named('c1'), await named('t1-1')]).toEqual([200, 400]);

    const status = await client.order('order.status', { symbol: 'BTCUSDT', origClientOrderId: 't2' });
    expect(at(status, 'result')).toMatchObject({ status: 'FILLED', executedQty: '0.01000000' });
    const trades = await client.order('myTrades', { symbol: 'BTCUSDT' });
    expect(at(trades, 'result')).toMatchObject([{ id: at(trade, 'event', 't'), qty: '0.01000000', isBuyer: true, isMaker: false }]);
    expect(at(await client.order('openOrders.status', {}), 'result')).toEqual([]);
    expect(at(await client.order('account.status', {}), 'result', 'balances', 0)).toEqual(
      { asset: 'BTC', free: '1000000.00998000', locked: '0.00000000' });
    expect(standIn.audit()).toMatchObject({ untold: [], openOrders: [], positions: { BTCUSDT: '0.01000000' } });
  });

  test('a level that came and went between two diffs is taken back from whoever has it from a snapshot', async () => {
    const streams = await opened(PlainClient.open(standIn, 'public', '/ws/btcusdt@depth'));
    const client = await opened(BinanceClient.open(standIn));
    const book = new ChainedBook();
    for (const name of ['t1', 't2', 't3']) {
      await client.order('order.place', limit(name, 'BUY', '59000.5', '0.5'));
      book.load(JSON.parse((await call(standIn, 'GET', '/api/v3/depth?symbol=BTCUSDT')).text) as Message);
      expect(book.bids.get('59000.50000000')).toBe('0.50000000');
      await client.order('order.cancel', { symbol: 'BTCUSDT', origClientOrderId: name });
      await streams.next('a diff that goes beyond the snapshot', (message) => {
        const from = book.updateId;
        return book.apply(message) && book.updateId > from;
      });
      expect(book.bids.get('59000.50000000')).toBeUndefined();
    }
  });

  test('cancel and replace: both, neither, only the cancel', async () => {
    const client = await opened(BinanceClient.open(standIn));
    const replace = (from: string, more: Parameters): Promise<Message> => client.order('order.cancelReplace', {
      cancelReplaceMode: 'STOP_ON_FAILURE', cancelOrigClientOrderId: from, ...more,
    });
    await client.order('order.place', limit('t1', 'BUY', '59000', '0.5'));
    expect(await replace('t1', { ...limit('t1-1', 'BUY', '59001', '0.5'), cancelRestrictions: 'ONLY_NEW' })).toMatchObject({
      status: 200, result: { cancelResult: 'SUCCESS', newOrderResult: 'SUCCESS', newOrderResponse: { clientOrderId: 't1-1' } },
    });
    expect(await replace('t1', limit('t1-2', 'BUY', '59001', '0.5'))).toMatchObject({
      status: 400, error: { code: -2022, data: { cancelResult: 'FAILURE', newOrderResult: 'NOT_ATTEMPTED', newOrderResponse: null } },
    });
    expect(await replace('t1-1', { ...limit('t1-2', 'BUY', '59001', '0.5'), cancelRestrictions: 'ONLY_PARTIALLY_FILLED' })).toMatchObject({
      error: { data: { cancelResponse: { code: -2011, msg: 'Order was not canceled due to cancel restrictions.' } } },
    });
    const partial = await replace('t1-1', {
      symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT_MAKER', price: '61000', quantity: '0.5', newClientOrderId: 't1-3',
    });
    expect(partial).toMatchObject({
      status: 409, error: { code: -2021, data: { cancelResult: 'SUCCESS', newOrderResult: 'FAILURE', newOrderResponse: { code: -2010 } } },
    });
    expect(at(await client.report('t1-3', 'REJECTED'), 'event')).toMatchObject({ X: 'REJECTED', r: 'WOULD_MATCH_IMMEDIATELY' });
    expect(standIn.audit().openOrders).toEqual([]);
  });

  test('immediate orders, market orders, mass cancel', async () => {
    const client = await opened(BinanceClient.open(standIn));
    const immediate = await client.order('order.place', { ...limit('t1', 'BUY', '59000', '0.5'), timeInForce: 'IOC' });
    expect(at(immediate, 'result', 'status')).toBe('EXPIRED');
    expect(at(await client.report('t1', 'EXPIRED'), 'event', 'X')).toBe('EXPIRED');
    const market = await client.order('order.place', {
      symbol: 'BTCUSDT', side: 'SELL', type: 'MARKET', quantity: '0.001', newClientOrderId: 't2',
    });
    expect(at(market, 'result')).toMatchObject({ status: 'FILLED', fills: [{ commissionAsset: 'USDT' }] });
    expect(await client.order('openOrders.cancelAll', { symbol: 'BTCUSDT' })).toMatchObject({ status: 400, error: { code: -2011 } });
    await client.order('order.place', limit('t3', 'BUY', '59000', '0.5'));
    expect(at(await client.order('openOrders.cancelAll', { symbol: 'BTCUSDT' }), 'result', 0)).toMatchObject({ origClientOrderId: 't3' });
  });

  test('what Binance refuses, in its words', async () => {
    const client = await opened(BinanceClient.open(standIn));
    const error = async (params: Parameters, method = 'order.place'): Promise<unknown> => {
      return at(await client.order(method, params), 'error', 'msg');
    };
    const good = limit('t1', 'BUY', '59000', '0.5');
    expect(await error({ ...good, quantity: '100' })).toBe('Account has insufficient balance for requested action.');
    expect(await error({ ...good, price: '59000.001' })).toBe('Filter failure: PRICE_FILTER');
    expect(await error({ ...good, price: '59000.000000001' })).toBe("Parameter 'price' has too much precision.");
    expect(await error({ ...good, quantity: '0.000001' })).toBe('Filter failure: LOT_SIZE');
    expect(await error({ ...good, timeInForce: 'GTX' })).toBe('Invalid timeInForce.');
    expect(await error({ ...good, type: 'LIMIT_MAKER' })).toBe("Parameter 'timeInForce' sent when not required.");
    expect(await error({ ...good, symbol: 'NONE' })).toBe('Invalid symbol.');
    expect(await error({ ...good, unknown: 1 })).toMatch(/^Not all sent parameters were read; read '10'/);
    expect(await error({ symbol: 'BTCUSDT', origClientOrderId: 'x' }, 'order.cancel')).toBe('Unknown order sent.');
    expect(await error({ symbol: 'BTCUSDT', origClientOrderId: 'x' }, 'order.status')).toBe('Order does not exist.');
    await client.order('order.place', good);
    expect(await error(good)).toBe('Duplicate order sent.');
  });

  test('keys, signatures, clocks and sessions are verified', async () => {
    const client = await opened(PlainClient.open(standIn, 'api').then((socket) => new BinanceClient(socket)));
    const good = limit('t1', 'BUY', '59000', '0.5');
    const code = async (params: Parameters): Promise<unknown> => at(await client.ask('order.place', params), 'error', 'code');
    expect(await code(good)).toBe(-1102);
    expect(await code({ ...signedHmac(good), apiKey: 'other' })).toBe(-2015);
    expect(await code({ ...signedHmac(good), price: '1.00' })).toBe(-1022);
    expect(await code(signedHmac(good, Date.now() - 6000))).toBe(-1021);
    expect(await code(signedHmac(good, Date.now() + 6000))).toBe(-1021);
    expect(at(await client.ask('session.logon', signedHmac({})), 'error', 'code')).toBe(-4056);
    expect(at(await client.ask('userDataStream.subscribe', {}), 'error', 'code')).toBe(-2015);
    expect(at(await client.ask('session.logon', signedEd25519({})), 'result', 'apiKey')).toBe(ED25519.apiKey);
    expect(at(await client.ask('userDataStream.subscribe', {}), 'result')).toEqual({ subscriptionId: 0 });
    expect(at(await client.ask('order.place', { ...good, timestamp: Date.now() }), 'status')).toBe(200);
    await client.report('t1', 'NEW');
    standIn.expireSessions();
    await client.socket.next('the end of the stream', (message) => at(message, 'event', 'e') === 'eventStreamTerminated');
    expect(await code({ ...good, timestamp: Date.now() })).toBe(-1102);
    standIn.setClockSkew(60_000);
    expect(await code(signedHmac(good))).toBe(-1021);
  });
});
