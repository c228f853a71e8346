// Every example of the official documentation that concerns order entry and the private stream reads as what it is; every
// example of any kind, cut or changed anywhere, is survived.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Side, VenueOrderStatus } from '../../event/kinds.ts';
import { AnswerClass } from '../../event/order-adapter.ts';
import { AdapterRig, known } from './adapter-rig.fixture.ts';
import { API_EXAMPLES, HAS_EXAMPLES, STREAM_EXAMPLES, type Example } from './examples.fixture.ts';
import { classify } from './errors.ts';
import { readFrame, readOrder, readReport, readTrade, resultObject, resultRows, statusOf, type Reply } from './private.ts';
import { objectOf, objectsOf } from '../../base/json-text.ts';

const official = describe.skipIf(!HAS_EXAMPLES);

function replyOf({ frame }: Example): Reply {
  const read = readFrame(frame);
  if (read.kind !== 'reply') throw new Error(`no answer: ${frame.slice(0, 80)}`);
  return read.reply;
}

const responses = API_EXAMPLES.filter(({ role }) => role === 'response');
const of = (heading: string, n = 0) => responses.filter(({ path }) => path.endsWith(heading))[n]!;

official('answers', () => {
  test('all 163 of the API, 6 of the stream are here', () => {
    expect([API_EXAMPLES.length, STREAM_EXAMPLES.length]).toEqual([163, 6]);
  });

  test('each answer is one, with its status, code and words', () => {
    for (const example of responses) {
      const json = example.json as { status: number; error?: { code: number; msg: string } };
      // Of "Cancel order" two bare errors are shown, without the frame around them.
      if (json.status === undefined) continue;
      const reply = replyOf(example);
      expect([reply.status, reply.code, reply.message]).toEqual([json.status, json.error?.code ?? 0, json.error?.msg ?? '']);
    }
  });

  test('failures are what the documentation says of them', () => {
    const failed = responses.map((example) => ({ example, reply: replyOf(example) })).filter(({ reply }) => reply.code < 0);
    expect(failed.map(({ reply }) => [reply.code, AnswerClass[classify(reply).class]])).toEqual([
      [-2010, 'Rejected'], [-1003, 'RateLimited'], [-2043, 'Rejected'], [-2022, 'Ambiguous'], [-2021, 'Ambiguous'], [-2021, 'Ambiguous'],
      [-2022, 'Ambiguous'], [-1015, 'RateLimited'], [-2021, 'Ambiguous'],
    ]);
  });

  test('limits come with their windows', () => {
    const read = readFrame(of('Response format').frame);
    expect(read.kind === 'reply' && read.limits).toEqual([
      { type: 'ORDERS', intervalMs: 10_000, limit: 50, count: 12 }, { type: 'ORDERS', intervalMs: 86_400_000, limit: 160_000, count: 4043 },
      { type: 'REQUEST_WEIGHT', intervalMs: 60_000, limit: 6000, count: 321 },
    ]);
  });

  test('orders: status, open, cancelled, amended, replaced', () => {
    expect(readOrder(resultObject(replyOf(of('Query order (USER_DATA)')))!)).toMatchObject({
      symbol: 'BTCUSDT', venueOrderId: '12569099453', clientOrderId: '4d96324ff9d44481926157', side: Side.Sell, price: '23416.10000000',
      quantity: '0.00847000', executed: '0.00847000', status: 'FILLED', time: 1_660_801_717_945_000_000n,
    });
    expect(resultRows(replyOf(of('Current open orders (USER_DATA)')))!.map(readOrder)).toMatchObject([{ status: 'PARTIALLY_FILLED' }]);
    expect(readOrder(resultObject(replyOf(of('Cancel order (TRADE)')))!))
      .toMatchObject({ clientOrderId: '4d96324ff9d44481926157', status: 'CANCELED' });
    const amended = objectOf(resultObject(replyOf(of('Order Amend Keep Priority (TRADE)')))!, 'amendedOrder')!;
    expect(readOrder(amended)).toMatchObject({ clientOrderId: 'my_test_order1', quantity: '5.00000000', status: 'NEW' });
    const replaced = objectOf(resultObject(replyOf(of('Cancel and replace order (TRADE)')))!, 'cancelResponse')!;
    expect(readOrder(replaced)).toMatchObject({ clientOrderId: '4d96324ff9d44481926157', executed: '0.00001000' });
  });

});

official('answers about orders', () => {
  test('an ACK has no terms and is no order; RESULT and FULL are', () => {
    const results = [0, 1, 2].map((n) => readOrder(resultObject(replyOf(of('Place new order (TRADE)', n)))!));
    expect(results[0]).toBeNull();
    expect(results.slice(1).map((view) => statusOf(view!.status))).toEqual([VenueOrderStatus.Open, VenueOrderStatus.Filled]);
  });

  test('trades and balances', () => {
    const rows = resultRows(replyOf(of('Account trade history (USER_DATA)')))!;
    expect(rows.map((row) => readTrade(row, 't1'))).toMatchObject([
      { executionId: 'BTCUSDT:1650422481:S', side: Side.Sell, price: '23416.10000000', quantity: '0.00635000',
        fees: [{ currency: 'BNB', amount: '0.00000000' }] },
      { executionId: 'BTCUSDT:1650422482:S', price: '23416.50000000', quantity: '0.00212000' },
    ]);
    const rig = AdapterRig.open();
    rig.send({ what: 'reconcile', orders: [], since: 0n });
    rig.reply('openOrders.status', { result: [] });
    while (rig.frames[0]?.method === 'myTrades') rig.reply('myTrades', { result: [] });
    rig.reply('openOrders.status', { result: [] });
    rig.reply('account.status', { result: (of('Account information (USER_DATA)').json as { result: unknown }).result });
    expect(rig.facts.at(-1)).toMatchObject({
      what: 'balances',
      balances: [{ currency: 'BNB' }, { currency: 'BTC', available: '1.3447112', total: '1.43071120' }, { currency: 'USDT' }],
    });
  });

  test.each([0, 1, 2, 3, 4, 5, 6])('an order that is replaced hears answer %i of the documentation', (n) => {
    const { json } = of('Cancel and replace order (TRADE)', n);
    const rig = AdapterRig.open();
    const order = known(1, { clientOrderId: '4d96324ff9d44481926157', quantity: 84 });
    const id = rig.send({ what: 'replace', order, price: 1, quantity: 85, nextClientOrderId: 'bX5wROblo6YeDwa9iTLeyY' });
    rig.reply('order.cancelReplace', json as Readonly<Record<string, unknown>>);
    const { Done, Rejected, Ambiguous, RateLimited } = AnswerClass;
    // What was placed without cancelling goes again.
    if (n === 3) rig.reply('order.cancel', {});
    expect(rig.answers.get(id)?.class).toBe([Done, Rejected, Rejected, Ambiguous, Rejected, RateLimited, RateLimited][n]);
    expect(rig.facts.map(({ what }) => what)).toEqual(n === 0 ? ['replaced'] : []);
  });
});

official('events', () => {
  test('of the stream', () => {
    const told = STREAM_EXAMPLES.map((example) => {
      const rig = AdapterRig.open();
      rig.tell(example.frame);
      return [(example.json as { event: { e: string } }).event.e, rig.facts.map(({ what }) => what), rig.problems, rig.log.slice(2)];
    });
    expect(told).toEqual([
      ['outboundAccountPosition', ['balances'], [], []], ['balanceUpdate', [], [], []], ['executionReport', ['accepted'], [], []],
      ['listStatus', [], [], []],
      ['eventStreamTerminated', [], [], ['unready the user data stream was terminated', 'redial 0 the user data stream was terminated']],
      ['externalLockUpdate', [], [], []],
    ]);
  });

  test('of the API page: balances, and the shutdown that has no subscription', () => {
    const events = API_EXAMPLES.filter(({ role }) => role === 'event');
    expect(events.map(({ frame }) => readFrame(frame)).map((read) => read.kind === 'event' && read.name))
      .toEqual(['outboundAccountPosition', 'serverShutdown']);
    const position = readFrame(events[0]!.frame);
    expect(position.kind === 'event' && objectsOf(position.event, 'B')).toHaveLength(2);
  });

  test('an execution report is read field by field', () => {
    const read = readFrame(STREAM_EXAMPLES[2]!.frame);
    expect(read.kind === 'event' && readReport(read.event)).toEqual({
      symbol: 'ETHBTC', venueOrderId: '4293153', clientOrderId: 'mUvoqJxFIILMdfAW5iGSOW', side: Side.Buy, price: '0.10264410',
      quantity: '1.00000000', executed: '0.00000000', status: 'NEW', time: 1_499_405_658_657_000_000n, execution: 'NEW',
      formerClientOrderId: '', rejectReason: 'NONE', expiryReason: '', lastPrice: '0.00000000', lastQuantity: '0.00000000',
      preventedQuantity: '', fee: '0', feeCurrency: '', tradeId: '-1', isMaker: false,
    });
  });
});

describe('hostile frames', () => {
  const REPORT = '{"subscriptionId":0,"event":{"e":"executionReport","E":7,"s":"BTCUSDT","c":"t1","S":"BUY","o":"LIMIT","f":"GTC",'
    + '"q":"1.0","p":"5.0","C":"","x":"TRADE","X":"FILLED","r":"NONE","i":11,"l":"1.0","z":"1.0","L":"5.0","n":"0","N":null,"T":8,"t":3,'
    + '"m":false}}';
  const frames = [...API_EXAMPLES, ...STREAM_EXAMPLES].map(({ frame }) => frame).concat(REPORT);
  const bytes = frames.map((frame) => new TextEncoder().encode(frame));
  const cases = Number(process.env['TCX_FUZZ_CASES'] ?? '4000');

  /** Cut, overwritten or repeated somewhere. */
  const mutated = fc.tuple(fc.nat(bytes.length - 1), fc.nat(), fc.nat(), fc.array(fc.nat(255), { maxLength: 8 }), fc.nat(3)).map(
    ([index, at, to, patch, how]) => {
      const frame = bytes[index]!;
      const from = at % frame.length;
      const until = Math.min(frame.length, from + (to % 60));
      const part = [...frame.subarray(from, until)];
      const middle = [[], patch, [...part, ...part], DIGITS][how]!;
      return Uint8Array.from([...frame.subarray(0, from), ...middle, ...(how === 3 && to % 2 === 0 ? [] : frame.subarray(until))]);
    },
  );
  const DIGITS = [...new TextEncoder().encode('99999999999999999999999e99')];

  test('nothing throws, whatever is being waited for, and what is told is whole', () => {
    let rig = AdapterRig.open();
    let round = 0;
    fc.assert(fc.property(mutated, (frame) => {
      round += 1;
      if (round % 50 === 0) {
        rig = AdapterRig.open();
        rig.send({ what: 'submit', order: known(round) });
        rig.send({ what: 'replace', order: known(round), price: 1, quantity: 20_000, nextClientOrderId: 'bX5wROblo6YeDwa9iTLeyY' });
        rig.send({ what: 'reconcile', orders: [known(1)], since: rig.unixNs() });
      }
      // Answers, too: to whatever waits longest.
      const waiting = rig.frames[0]?.id;
      const text = new TextDecoder().decode(frame);
      rig.adapter.onFrame(0, frame, rig.nowNs);
      if (waiting !== undefined) rig.tell(text.replace(/"id": *("[^"]*"|\d+)/, `"id":${waiting}`));
      for (const fact of rig.facts.splice(0)) {
        if (fact.what === 'filled') expect(fact.price + fact.quantity).toMatch(/^[\d.]+$/);
        if (fact.what !== 'balances') expect(typeof fact.name.clientOrderId).toBe('string');
      }
    }), { numRuns: cases });
  });

  test.each(['', '[]', 'null', '{}', '{"id":1}', '{"event":7}', '{"event":{}}', '{"status":"200"}', '{"id":1,"status":200,"result":'])(
    '%j is survived', (frame) => {
      const rig = AdapterRig.open();
      rig.tell(frame);
      expect(rig.facts).toEqual([]);
    },
  );
});
