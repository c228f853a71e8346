// Every kind of message of the Kraken stand-in has the fields and JSON types of Kraken's own example of it.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HAS_EXAMPLES, krakenExample, krakenExecutions, lacking } from '../official-examples.fixture.ts';
import { call, type Message, PlainClient } from '../plain-client.fixture.ts';
import { at } from '../plain-values.ts';
import { StandIn } from '../stand-in.ts';
import { KrakenClient, privateCall } from './client.fixture.ts';

/** Says so in the report instead of passing silently: the examples are not in the repository. */
describe.skipIf(!HAS_EXAMPLES)('shapes', () => {
  let standIn: StandIn;
  let client: KrakenClient;
  let publicClient: PlainClient;
  let placed: Message;

  const order = (name: string, side: string, price: number): object => ({
    order_type: 'limit', side, symbol: 'BTC/USD', limit_price: price, order_qty: 0.01, cl_ord_id: name,
  });

  beforeAll(async () => {
    standIn = await StandIn.start('kraken');
    client = await KrakenClient.open(standIn);
    publicClient = await PlainClient.open(standIn, 'public');
    placed = await client.ask('add_order', order('t1', 'buy', 10_000));
    await client.ask('add_order', order('t2', 'sell', 10_000));
    await client.execution('t2', 'filled');
  });

  afterAll(async () => {
    client.close();
    publicClient.close();
    await standIn.close();
  });

  const answers = (fits: (message: Message) => boolean): Message => {
    const [found] = client.socket.all(fits);
    return found;
  };
  const entry = (type: string): unknown => {
    const message = answers((each) => each.type === 'update' && at(each, 'data', 0, 'exec_type') === type);
    return message;
  };

  test('executions: pending_new, new, trade, and the end of the subscription', async () => {
    const [pendingNew, opened, trade, unsubscribed] = krakenExecutions();
    const optional = ['data[].order_userref'];
    expect(lacking(pendingNew, entry('pending_new'), optional)).toEqual([]);
    expect(lacking(opened, entry('new'), optional)).toEqual([]);
    expect(lacking(trade, entry('trade'), optional)).toEqual([]);
    expect(lacking(unsubscribed, await client.ask('unsubscribe', { channel: 'executions' }))).toEqual([]);
  });

  test('answers to requests', async () => {
    const optional = ['result.order_userref'];
    expect(lacking(krakenExample('ws_add_order_response_success'), placed, optional)).toEqual([]);
    const refused = await client.ask('add_order', { ...order('t3', 'buy', 50_000), order_qty: 100 });
    expect(lacking(krakenExample('ws_add_order_response_failure'), refused)).toEqual([]);
    expect(lacking({ result: { order_id: '' }, success: true, time_in: '', time_out: '' },
      await client.ask('cancel_order', { order_id: [at(placed, 'result', 'order_id')] }))).toEqual([]);
    publicClient.send({ method: 'ping', req_id: 1 });
    const pong = await publicClient.next('a pong', (message) => message.method === 'pong');
    expect(lacking(krakenExample('ws_pong'), pong)).toEqual([]);
  });

  test('public channels', async () => {
    publicClient.send({ method: 'subscribe', params: { channel: 'book', symbol: ['BTC/USD'], depth: 10 }, req_id: 2 });
    publicClient.send({ method: 'subscribe', params: { channel: 'trade', symbol: ['BTC/USD'] } });
    const answer = await publicClient.next('an answer', (message) => message.method === 'subscribe');
    expect(lacking(krakenExample('ws_subscribe_response'), answer)).toEqual([]);
    for (const [channel, type] of [['book', 'snapshot'], ['book', 'update'], ['trade', 'update']]) {
      const found = await publicClient.next(`${channel} ${type}`, (message) => {
        const full = channel === 'trade' || (at(message, 'data', 0, 'bids', 0) !== undefined);
        return message.channel === channel && message.type === type && full;
      });
      expect(lacking(krakenExample(`ws_${channel}_${type}`), found)).toEqual([]);
    }
  });

  test('REST', async () => {
    await client.ask('add_order', order('t4', 'buy', 10_000));
    const listed = async (name: string, list: string, example: string, optional: readonly string[] = []): Promise<string[]> => {
      const found = at(await privateCall(standIn, name), 'result', list) as object;
      const expected = at(krakenExample(example), 'result', list) as object;
      return lacking(Object.values(expected)[0], Object.values(found)[0], optional);
    };
    expect(await listed('OpenOrders', 'open', 'http_open_orders')).toEqual([]);
    expect(await listed('ClosedOrders', 'closed', 'http_closed_orders')).toEqual([]);
    expect(await listed('TradesHistory', 'trades', 'http_trades_history')).toEqual([]);
    const balances = at(await privateCall(standIn, 'Balance'), 'result');
    expect(lacking({ ZUSD: '', XXBT: '' }, balances)).toEqual([]);
    const get = async (name: string): Promise<unknown> => JSON.parse((await call(standIn, 'GET', `/0/public/${name}`)).text);
    expect(lacking(krakenExample('http_server_time'), await get('Time'))).toEqual([]);
    expect(lacking(krakenExample('http_system_status'), await get('SystemStatus'))).toEqual([]);
    const [pair] = Object.values(at(krakenExample('http_asset_pairs'), 'result') as object);
    const [found] = Object.values(at(await get('AssetPairs'), 'result') as object);
    expect(lacking(pair, found, ['long_position_limit', 'short_position_limit'])).toEqual([]);
  });
});
