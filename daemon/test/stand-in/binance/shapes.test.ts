// Every kind of message of the Binance stand-in has the fields and JSON types of Binance's own example of it.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { binanceExamples, HAS_EXAMPLES, lacking } from '../official-examples.fixture.ts';
import { call, type Message, PlainClient } from '../plain-client.fixture.ts';
import { at } from '../plain-values.ts';
import { STAND_IN_CREDENTIALS } from '../settings.ts';
import { StandIn } from '../stand-in.ts';
import { BinanceClient, ED25519, type Parameters, signedEd25519, signedHmac } from './client.fixture.ts';

/** Of orders that set them, of orders in a list, of weights: what a Venue leaves out when it does not apply. */
const CONDITIONAL = [
  'stopPrice', 'icebergQty', 'trailingDelta', 'trailingTime', 'strategyId', 'strategyType', 'preventedMatchId', 'preventedQuantity',
];

function optionalIn(...paths: readonly string[]): string[] {
  return paths.flatMap((path) => CONDITIONAL.map((name) => `${path}.${name}`));
}

/** Says so in the report instead of passing silently: the examples are not in the repository. */
describe.skipIf(!HAS_EXAMPLES)('shapes', () => {
  let standIn: StandIn;
  let client: BinanceClient;
  const examples = HAS_EXAMPLES ? binanceExamples('web-socket-api') : [];
  const exampleOf = (section: string, context = ''): unknown => {
    const found = examples.find((each) => each.section === section && each.role === 'response' && each.context.includes(context));
    if (found === undefined) throw new Error(`no example of ${section} with ${JSON.stringify(context)}`);
    return found.json;
  };
  const limit = (name: string, side: string, price: string, more: Parameters = {}): Parameters => ({
    symbol: 'BTCUSDT', side, type: 'LIMIT', timeInForce: 'GTC', price, quantity: '0.01', newClientOrderId: name, ...more,
  });

  beforeAll(async () => {
    standIn = await StandIn.start('binance', { credentials: [STAND_IN_CREDENTIALS.binance, ED25519] });
    client = await BinanceClient.open(standIn);
  });

  afterAll(async () => {
    client.close();
    await standIn.close();
  });

  test('placing, cancelling, replacing, amending', async () => {
    const place = async (form: string, price: string): Promise<Message> => {
      return client.order('order.place', limit(`t-${form}`, 'BUY', price, { newOrderRespType: form }));
    };
    const section = 'Place new order (TRADE)';
    expect(lacking(exampleOf(section, '`ACK`'), await place('ACK', '10000'))).toEqual([]);
    expect(lacking(exampleOf(section, '`RESULT`'), await place('RESULT', '10000'))).toEqual([]);
    expect(lacking(exampleOf(section, '`FULL`'), await place('FULL', '100000'))).toEqual([]);
    expect(lacking(exampleOf('Response format', 'failed'), await place('ACK', '10000'))).toEqual([]);
    expect(lacking(exampleOf('Order Amend Keep Priority (TRADE)', 'single order'), await client.order('order.amend.keepPriority', {
      symbol: 'BTCUSDT', origClientOrderId: 't-ACK', newQty: '0.005',
    }))).toEqual([]);
    expect(lacking(exampleOf('Cancel order (TRADE)', 'individual'), await client.order('order.cancel', {
      symbol: 'BTCUSDT', origClientOrderId: 't-RESULT',
    }), optionalIn('result'))).toEqual([]);
    expect(lacking(exampleOf('Cancel open orders (TRADE)'), await client.order('openOrders.cancelAll', { symbol: 'BTCUSDT' }),
      optionalIn('result[]'))).toEqual([]);
  });

  test('cancel and replace in all its results', async () => {
    const section = 'Cancel and replace order (TRADE)';
    const replace = (mode: string, from: string, more: Parameters): Promise<Message> => client.order('order.cancelReplace', {
      cancelReplaceMode: mode, cancelOrigClientOrderId: from, ...more,
    });
    const crossing = { symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT_MAKER', price: '100000', quantity: '0.01' };
    await client.order('order.place', limit('r1', 'BUY', '10000'));
    expect(lacking(exampleOf(section, 'both cancel and placement succeed'),
      await replace('STOP_ON_FAILURE', 'r1', limit('r2', 'BUY', '10001')))).toEqual([]);
    const errors = examples.filter((each) => each.section === section && at(each.json, 'error') !== undefined).map((each) => each.json);
    expect(lacking(errors[0], await replace('STOP_ON_FAILURE', 'r1', limit('r3', 'BUY', '10001')))).toEqual([]);
    expect(lacking(errors[1], await replace('ALLOW_FAILURE', 'r2', crossing))).toEqual([]);
    expect(lacking(errors[2], await replace('ALLOW_FAILURE', 'none', limit('r4', 'BUY', '10001')))).toEqual([]);
    expect(lacking(errors[3], await replace('ALLOW_FAILURE', 'none', crossing))).toEqual([]);
  });

  test('queries, sessions, public facts', async () => {
    await client.order('order.place', limit('q1', 'BUY', '10000'));
    await client.order('order.place', limit('q2', 'SELL', '10000'));
    const of = (section: string, method: string, params: Parameters): Promise<string[]> => client.order(method, params)
      .then((answer) => lacking(exampleOf(section), answer, optionalIn('result', 'result[]')));
    expect(await of('Query order (USER_DATA)', 'order.status', { symbol: 'BTCUSDT', origClientOrderId: 'q1' })).toEqual([]);
    expect(await of('Current open orders (USER_DATA)', 'openOrders.status', {})).toEqual([]);
    expect(await of('Account order history (USER_DATA)', 'allOrders', { symbol: 'BTCUSDT' })).toEqual([]);
    expect(await of('Account trade history (USER_DATA)', 'myTrades', { symbol: 'BTCUSDT' })).toEqual([]);
    expect(await of('Account information (USER_DATA)', 'account.status', {})).toEqual([]);
    const plain = async (section: string, method: string, params: Parameters = {}): Promise<string[]> => {
      return lacking(exampleOf(section), await client.ask(method, params), ['result.sors']);
    };
    expect(await plain('Test connectivity', 'ping')).toEqual([]);
    expect(await plain('Check server time', 'time')).toEqual([]);
    expect(await plain('Exchange information', 'exchangeInfo', { symbol: 'BTCUSDT' })).toEqual([]);
    expect(await plain('Order book', 'depth', { symbol: 'BTCUSDT', limit: 5 })).toEqual([]);
    expect(await plain('Log in with API key (SIGNED)', 'session.logon', signedEd25519({}))).toEqual([]);
    expect(await plain('Query session status', 'session.status')).toEqual([]);
    expect(await plain('Subscribe to User Data Stream (USER_STREAM)', 'userDataStream.subscribe')).toEqual([]);
    expect(await plain('Subscribe to User Data Stream through signature subscription (USER_STREAM)',
      'userDataStream.subscribe.signature', signedHmac({}))).toEqual([]);
    expect(await plain('Unsubscribe from User Data Stream', 'userDataStream.unsubscribe', { subscriptionId: 1 })).toEqual([]);
    expect(await plain('Log out of the session', 'session.logout')).toEqual([]);
  });

  test('events of the user data stream', async () => {
    const events = binanceExamples('user-data-stream').map(({ json }) => json);
    const example = (name: string): unknown => events.find((json) => at(json, 'event', 'e') === name);
    const heard = (name: string): unknown => client.socket.all((message) => at(message, 'event', 'e') === name)[0];
    standIn.deposit('USDT', '100');
    standIn.expireSessions();
    await client.socket.next('the last event', (message) => at(message, 'event', 'e') === 'eventStreamTerminated');
    for (const name of ['executionReport', 'outboundAccountPosition', 'balanceUpdate', 'eventStreamTerminated']) {
      expect([name, lacking(example(name), heard(name), ['event.v'])]).toEqual([name, []]);
    }
  });

  test('market streams', async () => {
    const streams = await PlainClient.open(standIn, 'public', '/ws/btcusdt@depth@100ms/btcusdt@trade/btcusdt@bookTicker');
    const market = binanceExamples('web-socket-streams');
    for (const [section, fits] of [
      ['Diff. Depth Stream', (message: Message) => message.e === 'depthUpdate'],
      ['Trade Streams', (message: Message) => message.e === 'trade'],
      ['Individual Symbol Book Ticker Streams', (message: Message) => message.e === undefined && message.u !== undefined],
    ] as const) {
      const found = await streams.next(section, fits);
      expect([section, lacking(market.find((each) => each.section === section)?.json, found)]).toEqual([section, []]);
    }
    streams.send({ method: 'UNSUBSCRIBE', params: ['btcusdt@trade'], id: 312 });
    const answer = await streams.next('the answer', (message) => message.id === 312);
    expect(lacking({ result: null, id: 312 }, answer)).toEqual([]);
    streams.close();
    const depth = JSON.parse((await call(standIn, 'GET', '/api/v3/depth?symbol=BTCUSDT&limit=5')).text) as unknown;
    expect(lacking(at(exampleOf('Order book'), 'result'), depth)).toEqual([]);
  });
});
