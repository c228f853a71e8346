// Each fault, seen by a plain client. What it does to the Venue's truth is read from the audit.

import { beforeEach, describe, expect, test } from 'vitest';
import { until } from '../until.ts';
import { BinanceClient, signedHmac } from './binance/client.fixture.ts';
import { KrakenClient, privateCall, TextBook } from './kraken/client.fixture.ts';
import { openStandIn, opened } from './open-stand-in.fixture.ts';
import { call, type Message, PlainClient } from './plain-client.fixture.ts';
import { at } from './plain-values.ts';
import type { StandIn } from './stand-in.ts';

let standIn: StandIn;

describe('requests', () => {
  let client: KrakenClient;

  beforeEach(async () => {
    standIn = await openStandIn('kraken', { eventsPerSecond: 0 });
    client = await opened(KrakenClient.open(standIn));
  });

  const order = (name: string, price = 59_000): object => ({
    order_type: 'limit', side: 'buy', symbol: 'BTC/USD', limit_price: price, order_qty: 0.01, cl_ord_id: name,
  });
  const names = (): string[] => standIn.audit().openOrders.map(({ clientOrderId }) => clientOrderId);
  const answered = (id: number): boolean => client.socket.all((message) => message.req_id === id).length > 0;

  test('a lost request has no effect, a lost answer has', async () => {
    standIn.arm({ fault: 'loseRequest', on: 'add_order' });
    standIn.arm({ fault: 'loseAnswer', on: 'add_order', skip: 1 });
    const lost = client.start('add_order', order('t1'));
    const silent = client.start('add_order', order('t2'));
    await client.execution('t2', 'new');
    await client.ask('add_order', order('t3'));
    expect([answered(lost), answered(silent), names()]).toEqual([false, false, ['t2', 't3']]);
    expect(standIn.audit().requests).toMatchObject({ t1: ['add_order'], t2: ['add_order'], t3: ['add_order'] });
    expect(standIn.audit().struck.map(({ fault }) => fault)).toEqual(['loseRequest', 'loseAnswer']);
  });

  test('a slow answer comes after what it caused, a slow request takes effect late', async () => {
    standIn.arm({ fault: 'slowAnswer', on: 'add_order', milliseconds: 30 });
    const slow = client.start('add_order', order('t1'));
    await client.execution('t1', 'new');
    expect(await client.answerTo(slow)).toMatchObject({ success: true });
    // Both requests are on their way at once: long enough for the second to be read before the first is due.
    standIn.arm({ fault: 'slowRequest', on: 'add_order', milliseconds: 500 });
    client.start('add_order', order('t2'));
    expect(await client.ask('cancel_order', { cl_ord_id: ['t2'] })).toMatchObject({ error: 'EOrder:Unknown order' });
    await client.execution('t2', 'new');
  });

  test('an error is without effect or, ambiguous, with one; codes and texts are free', async () => {
    standIn.arm({ fault: 'error', on: 'add_order', message: 'EService:Unavailable' });
    expect(await client.ask('add_order', order('t1'))).toMatchObject({ success: false, error: 'EService:Unavailable' });
    standIn.arm({ fault: 'error', on: 'add_order', message: 'EMystery:Never listed', effect: true });
    expect(await client.ask('add_order', order('t2'))).toMatchObject({ success: false, error: 'EMystery:Never listed' });
    expect(names()).toEqual(['t2']);
    standIn.arm({ fault: 'error', on: 'Balance', status: 502, message: '<html>bad gateway</html>' });
    await expect(privateCall(standIn, 'Balance')).rejects.toThrow();
    standIn.arm({ fault: 'error', on: 'Balance', message: 'EAPI:Rate limit exceeded' });
    expect(await privateCall(standIn, 'Balance')).toEqual({ error: ['EAPI:Rate limit exceeded'] });
  });

  test('executions come before the acknowledgement', async () => {
    standIn.arm({ fault: 'eventsFirst', on: 'add_order' });
    const id = client.start('add_order', order('t1', 61_000));
    await client.execution('t1', 'filled');
    await client.answerTo(id);
  });

  test('the connection breaks before and after the request took effect', async () => {
    standIn.arm({ fault: 'disconnectBefore', on: 'add_order' });
    client.start('add_order', order('t1'));
    await client.socket.untilClosed();
    const second = await opened(KrakenClient.open(standIn));
    standIn.arm({ fault: 'disconnectAfter', on: 'add_order' });
    second.start('add_order', order('t2'));
    await second.socket.untilClosed();
    expect(names()).toEqual(['t2']);
  });

  test('tokens expire, nonces and clocks go wrong', async () => {
    standIn.expireSessions();
    expect(await client.ask('add_order', order('t1'))).toMatchObject({ error: 'ESession:Invalid session' });
    standIn.arm({ fault: 'error', on: 'GetWebSocketsToken', message: 'EAPI:Invalid nonce' });
    expect(await privateCall(standIn, 'GetWebSocketsToken')).toEqual({ error: ['EAPI:Invalid nonce'] });
    client.token = String(at(await privateCall(standIn, 'GetWebSocketsToken'), 'result', 'token'));
    standIn.setClockSkew(120_000);
    const deadline = new Date(Date.now() + 60_000).toISOString();
    expect(await client.ask('add_order', { ...order('t1'), deadline })).toMatchObject({ error: 'EService:Deadline elapsed' });
  });

  test('private messages come twice, in another order, not at all; the audit knows what was never told', async () => {
    standIn.arm({ fault: 'duplicate', on: 'executions' });
    await client.ask('add_order', order('t1'));
    await client.execution('t1', 'new');
    expect(client.socket.all((message) => at(message, 'data', 0, 'exec_type') === 'pending_new')).toHaveLength(2);
    standIn.arm({ fault: 'reorder', on: 'executions' });
    await client.ask('add_order', order('t2'));
    await client.execution('t2', 'new');
    await client.execution('t2', 'pending_new');
    standIn.arm({ fault: 'drop', on: 'executions', skip: 2 });
    await client.ask('add_order', order('t3', 61_000));
    await client.execution('t3', 'filled');
    expect(standIn.audit().untold).toEqual([1]);
    await privateCall(standIn, 'TradesHistory');
    expect(standIn.audit().untold).toEqual([]);
  });
});

describe('market data and connections', () => {
  let client: PlainClient;

  beforeEach(async () => {
    standIn = await openStandIn('kraken', { heartbeatMs: 20 });
    client = await opened(PlainClient.open(standIn, 'public'));
  });

  async function subscribed(): Promise<TextBook> {
    const book = new TextBook();
    client.send({ method: 'subscribe', params: { channel: 'book', symbol: ['BTC/USD'], depth: 10 } });
    await client.next('the snapshot', (message, text) => message.type === 'snapshot' && book.apply(text, 10));
    return book;
  }

  const spoiled = (book: TextBook): Promise<Message> => client.next('a checksum that fails', (message, text) => {
    return message.channel === 'book' && !book.apply(text, 10);
  });

  test('a broken checksum is one, a skipped or stale update leads to one', async () => {
    standIn.arm({ fault: 'badChecksum', on: 'book', skip: 3 });
    const book = await subscribed();
    await spoiled(book);
    for (const fault of ['drop', 'stale'] as const) {
      // What one skipped update said may be said again by the next; of so many that are skipped one by one, it is not.
      for (let skip = 0; skip < 200; skip += 2) standIn.arm({ fault, on: 'book', skip });
      await spoiled(book);
      standIn.world.plan.clear();
      client.send({ method: 'unsubscribe', params: { channel: 'book', symbol: ['BTC/USD'], depth: 10 } });
      client.send({ method: 'subscribe', params: { channel: 'book', symbol: ['BTC/USD'], depth: 10 } });
      await client.next('a snapshot', (message, text) => message.type === 'snapshot' && book.apply(text, 10));
    }
  });

  test('unknown fields, texts cut short, unknown channels', async () => {
    standIn.arm({ fault: 'unknownField', on: 'book' });
    await subscribed();
    expect(client.texts.some((text) => text.includes('stand_in_unknown'))).toBe(true);
    standIn.arm({ fault: 'truncate', on: 'book' });
    await client.next('half a text', (_, text) => text.startsWith('{"channel":"book"') && !text.endsWith('}'));
    standIn.say('{"channel":"never_heard_of","data":[]}', 'public');
    await client.next('an unknown channel', (message) => message.channel === 'never_heard_of');
  });

  test('connections end cleanly, abruptly, in the middle of a frame, and are refused', async () => {
    standIn.disconnect('close', 'public', 1012);
    expect(await client.untilClosed()).toBe(1012);
    for (const how of ['abort', 'midFrame'] as const) {
      const other = await opened(PlainClient.open(standIn, 'public'));
      standIn.disconnect(how);
      expect(await other.untilClosed()).toBe(1006);
    }
    client = await opened(PlainClient.open(standIn, 'public'));
    standIn.arm({ fault: 'midFrame', on: 'book', skip: 2 });
    client.send({ method: 'subscribe', params: { channel: 'book', symbol: ['BTC/USD'], depth: 10 } });
    expect(await client.untilClosed()).toBe(1006);
    standIn.refuseConnections(1);
    await expect(PlainClient.open(standIn, 'public')).rejects.toThrow('503');
    await opened(PlainClient.open(standIn, 'public'));
  });

  test('a half-open connection is silent: no data, no heartbeat, no pong', async () => {
    await subscribed();
    await client.ping();
    expect(standIn.silence('public')).toHaveLength(1);
    const other = await opened(PlainClient.open(standIn, 'public'));
    await other.ping();
    // What was under way has arrived by now; nothing is added while another connection hears a hundred messages.
    const heard = client.texts.length;
    other.send({ method: 'subscribe', params: { channel: 'book', symbol: ['BTC/USD'], depth: 10 } });
    await until('a hundred messages', () => other.texts.length > 100);
    expect([client.texts.length, client.closed]).toEqual([heard, null]);
  });
});

describe('Binance', () => {
  let client: BinanceClient;

  beforeEach(async () => {
    standIn = await openStandIn('binance', { eventsPerSecond: 0, rateLimit: { capacity: 2, intervalMs: 60_000 } });
    client = await opened(BinanceClient.open(standIn));
  });

  const order = { symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '59000', quantity: '0.01' };

  test('rate limits, bans, unknown statuses', async () => {
    await client.order('order.place', order);
    await client.order('order.place', order);
    const limit = await client.order('order.place', order);
    expect(limit).toMatchObject({ status: 429, error: { code: -1015, data: { retryAfter: expect.any(Number) as number } } });
    standIn.arm({ fault: 'error', on: 'order.cancel', status: 418, code: -1003, message: 'IP banned', milliseconds: 5000 });
    const ban = await client.order('order.cancel', {});
    expect(ban).toMatchObject({ status: 418, error: { code: -1003, data: { serverTime: expect.any(Number) as number } } });
    standIn.arm({ fault: 'error', on: 'order.cancel', status: 503, code: -1007, message: 'Timeout waiting for response.' });
    expect(await client.order('order.cancel', {})).toMatchObject({ status: 503, error: { code: -1007 } });
    const headers = { 'Retry-After': '7' };
    standIn.arm({ fault: 'error', on: 'GET /api/v3/depth', status: 429, code: -1003, message: 'Too much', headers });
    const limited = await call(standIn, 'GET', '/api/v3/depth?symbol=BTCUSDT');
    expect([limited.status, limited.headers['retry-after']]).toEqual([429, '7']);
    standIn.ban(60_000);
    const banned = await call(standIn, 'GET', '/api/v3/depth?symbol=BTCUSDT');
    expect([banned.status, banned.headers['retry-after']]).toEqual([418, '60']);
    await expect(PlainClient.open(standIn, 'public', '/ws')).rejects.toThrow('429');
  });

  test('HTTP answers break in the middle or never come', async () => {
    standIn.arm({ fault: 'midFrame', on: 'GET /api/v3/depth' });
    await expect(call(standIn, 'GET', '/api/v3/depth?symbol=BTCUSDT')).rejects.toThrow();
    standIn.arm({ fault: 'disconnectAfter', on: 'GET /api/v3/depth' });
    await expect(call(standIn, 'GET', '/api/v3/depth?symbol=BTCUSDT')).rejects.toThrow();
    expect((await call(standIn, 'GET', '/api/v3/depth?symbol=BTCUSDT')).status).toBe(200);
  });

  test('maintenance is announced and refuses; a deposit is told', async () => {
    standIn.deposit('USDT', '12.5');
    const update = await client.socket.next('a balance', (message) => at(message, 'event', 'e') === 'balanceUpdate');
    expect(at(update, 'event', 'd')).toBe('12.50000000');
    standIn.setStatus('maintenance');
    await client.socket.next('a shutdown', (message) => at(message, 'event', 'e') === 'serverShutdown');
    expect(await client.ask('order.place', signedHmac(order))).toMatchObject({ status: 503 });
  });
});
