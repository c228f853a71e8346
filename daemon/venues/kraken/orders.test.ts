// Kraken's order adapter: the session and its token, answers by request, lost numbers, REST within its limits, the Venue's
// whole truth from REST's own examples.

import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Liquidity, RejectReason, Side, TimeInForce, VenueOrderStatus } from '../../event/kinds.ts';
import { AnswerClass } from '../../event/order-adapter.ts';
import { AdapterRig, EPOCH, INSTRUMENT, ORDER, SECOND } from './adapter-rig.fixture.ts';

const EXAMPLES = new URL('../../../../shared/data/order-entry/kraken-examples/', import.meta.url);
const documented = describe.skipIf(!existsSync(EXAMPLES));
const example = (name: string): { result: Record<string, unknown> } => (
  JSON.parse(readFileSync(new URL(name, EXAMPLES), 'utf8')) as { result: Record<string, unknown> });

const answered = (id: number, change: object = {}): object => ({ method: 'add_order', req_id: id, success: true, result: {}, ...change });
const executions = (sequence: number, data: readonly object[] = [], type = 'update'): object => (
  { channel: 'executions', type, sequence, data });
const channelOf = (frame: string): string => (JSON.parse(frame) as { params: { channel: string } }).params.channel;
/** An order without executions that ended. */
const ended = (id: number): object => ({ status: 'canceled', cl_ord_id: `t${id}`, vol: '1', vol_exec: '0', descr: { pair: 'XBTUSD' } });

describe('the session', () => {
  test('a token, both subscriptions, then ready; the token is a secret', () => {
    const rig = new AdapterRig();
    rig.adapter.onOpen(0, 0);
    expect(rig.methods()).toEqual(['GetWebSocketsToken']);
    expect(rig.adapter.send(1, { what: 'submit', order: ORDER }, 0)).toBe(false);
    rig.reply({ token: 'TOKEN', expires: 900 });
    expect(rig.frames.map(channelOf)).toEqual(['executions', 'balances']);
    rig.receive({ method: 'subscribe', result: { channel: 'executions' }, success: true });
    expect(rig.isReady).toBe(false);
    rig.receive({ method: 'subscribe', result: { channel: 'balances' }, success: true });
    expect(rig.isReady).toBe(true);
    expect(rig.secrets).toEqual(['TOKEN']);
    expect(rig.recorded.join('')).not.toContain('TOKEN');
  });

  test('SEC-1: a token that comes too late is a secret all the same; the answer to its call is no sample', () => {
    const rig = new AdapterRig();
    rig.adapter.onOpen(0, 0);
    expect(rig.calls[0]!.handsOut).toBe('websockets-token');
    rig.adapter.onClose(0, 'gone', 0);
    rig.reply({ token: 'LATE TOKEN', expires: 900 });
    expect(rig.secrets).toEqual(['LATE TOKEN']);
    rig.adapter.onOpen(0, 0);
    rig.replyText(200, '{"error":[],"result":{"token":"CUT OFF TOK');
    expect(rig.problems).toEqual(['unusable REST answer']);
    expect(rig.samples.join('')).not.toContain('TOK');
  });

  test('a fresh token before the old one expires, and for each connection', () => {
    const rig = AdapterRig.open();
    rig.wait(599 * SECOND);
    expect(rig.methods()).toHaveLength(1);
    rig.wait(2 * SECOND);
    expect(rig.methods()).toHaveLength(2);
    rig.reply({ token: 'SECOND', expires: 900 });
    rig.adapter.send(1, { what: 'cancelAll', orders: [] }, rig.now);
    expect(rig.frames.at(-1)).toContain('"SECOND"');
    expect(rig.frames).toHaveLength(3);
    rig.adapter.onClose(0, 'gone', rig.now);
    expect(rig.isReady).toBe(false);
    rig.connect();
    expect(rig.methods()).toHaveLength(3);
    expect(rig.isReady).toBe(true);
  });

  test('no token: asked for again, and said', () => {
    const rig = new AdapterRig();
    rig.adapter.onOpen(0, 0);
    rig.replyError('EAPI:Invalid key');
    expect(rig.problems).toEqual(['no session token']);
    rig.wait(30 * SECOND);
    expect(rig.methods()).toHaveLength(2);
  });

  test('a refused subscription ends the connection', () => {
    const rig = new AdapterRig();
    rig.adapter.onOpen(0, 0);
    rig.reply({ token: 'TOKEN', expires: 900 });
    rig.receive({ method: 'subscribe', success: false, error: 'EGeneral:Permission denied' });
    expect(rig.redials).toHaveLength(1);
    expect(rig.isReady).toBe(false);
  });

  test('a number that stays away ends the connection; one that is late does not', () => {
    const rig = AdapterRig.open();
    rig.receive(executions(1, [], 'snapshot'));
    rig.receive(executions(3));
    rig.wait(0.5 * SECOND);
    rig.receive(executions(2));
    rig.wait(5 * SECOND);
    expect(rig.redials).toEqual([]);
    rig.receive(executions(5));
    rig.wait(SECOND);
    expect(rig.redials).toEqual(['private messages are missing']);
    expect(rig.isReady).toBe(false);
  });

  test('of a late message executions and ends count, how an order stood does not', () => {
    const rig = AdapterRig.open();
    rig.receive(executions(1, [], 'snapshot'));
    rig.receive(executions(3));
    const base = { order_id: 'O1', cl_ord_id: 't1', order_status: 'new' };
    rig.receive(executions(2, [{ ...base, exec_type: 'amended', limit_price: 1, order_qty: 1 }, { ...base, exec_type: 'expired' }]));
    expect(rig.facts.map(({ what }) => what)).toEqual(['cancelled']);
  });

  test('deadlines are by the Venue\'s clock', () => {
    const rig = AdapterRig.open({ deadlineMs: 5000 });
    rig.receive({ method: 'subscribe', result: { channel: 'balances' }, success: true, time_out: '2023-11-14T22:14:50.000000Z' });
    rig.adapter.send(1, { what: 'submit', order: ORDER }, rig.now);
    expect(rig.frames.at(-1)).toContain('"deadline":"2023-11-14T22:14:55.000Z"');
    expect(rig.problems).toEqual(['clock differs from the Venue']);
  });
});

describe('requests over the socket', () => {
  test('an answer goes to the request it names; the new order\'s id comes first', () => {
    const rig = AdapterRig.open();
    rig.adapter.send(1, { what: 'submit', order: ORDER }, 0);
    rig.adapter.send(2, { what: 'cancel', order: { ...ORDER, venueOrderId: 'O1' } }, 0);
    rig.receive(answered(2, { method: 'cancel_order', success: false, error: 'EOrder:Unknown order' }));
    rig.receive(answered(1, { result: { order_id: 'O1', cl_ord_id: 't1' } }));
    expect(rig.facts).toMatchObject([{ what: 'accepted', name: { clientOrderId: 't1', venueOrderId: 'O1', symbol: 'BTC/USD' } }]);
    expect(rig.answers.get(1)?.class).toBe(AnswerClass.Done);
    expect(rig.answers.get(2)).toMatchObject({ class: AnswerClass.Rejected, reason: RejectReason.UnknownOrder });
    rig.receive(answered(1));
    expect(rig.answers.size).toBe(2);
  });

  test('an unlisted error is ambiguous and named; a session that is gone asks for a token', () => {
    const rig = AdapterRig.open();
    rig.adapter.send(1, { what: 'submit', order: ORDER }, 0);
    rig.receive(answered(1, { success: false, error: 'EOrder:Brand new' }));
    expect(rig.answers.get(1)?.class).toBe(AnswerClass.Ambiguous);
    rig.adapter.send(2, { what: 'submit', order: ORDER }, 0);
    rig.receive(answered(2, { success: false, error: 'ESession:Invalid session' }));
    expect(rig.answers.get(2)).toMatchObject({ class: AnswerClass.Rejected, reason: RejectReason.VenueUnavailable });
    expect(rig.methods()).toEqual(['GetWebSocketsToken', 'GetWebSocketsToken']);
    rig.receive({ success: false, error: 'EGeneral:Unknown' });
    expect(rig.problems).toEqual(['unsure answer', 'error without a request']);
  });

  test('a socket that takes nothing: nothing left', () => {
    const rig = AdapterRig.open();
    rig.isWritable = false;
    expect(rig.adapter.send(1, { what: 'submit', order: ORDER }, 0)).toBe(false);
    rig.receive(answered(1));
    expect(rig.answers.size).toBe(0);
  });

  test('fill or kill goes over REST, and is never sent twice', () => {
    const rig = AdapterRig.open();
    rig.adapter.send(1, { what: 'submit', order: { ...ORDER, timeInForce: TimeInForce.FillOrKill } }, 0);
    expect(rig.methods().at(-1)).toBe('AddOrder');
    expect(rig.calls.at(-1)?.body).toContain('timeinforce=FOK');
    rig.replyText(0, 'timeout');
    expect(rig.answers.get(1)?.class).toBe(AnswerClass.Ambiguous);
    rig.wait(100 * SECOND);
    expect(rig.methods()).toEqual(['GetWebSocketsToken', 'AddOrder']);
    rig.adapter.send(2, { what: 'submit', order: { ...ORDER, timeInForce: TimeInForce.FillOrKill } }, 0);
    rig.reply({ txid: ['O9'] });
    expect(rig.facts).toMatchObject([{ what: 'accepted', name: { clientOrderId: 't1', venueOrderId: 'O9' } }]);
    expect(rig.answers.get(2)?.class).toBe(AnswerClass.Done);
  });
});

describe('REST', () => {
  test('one call at a time, nonces rising', () => {
    const rig = AdapterRig.open();
    for (const id of [1, 2, 3]) rig.adapter.send(id, { what: 'query', order: { ...ORDER, venueOrderId: `O${id}` } }, 0);
    expect(rig.methods()).toHaveLength(2);
    for (const id of [1, 2, 3]) rig.reply({ [`O${id}`]: ended(id) });
    const nonces = rig.calls.map(({ body }) => BigInt(/nonce=(\d+)/.exec(body)![1]!));
    expect([...nonces].sort((a, b) => (a < b ? -1 : 1))).toEqual(nonces);
    expect(new Set(nonces).size).toBe(nonces.length);
    expect([...rig.answers.values()].map((answer) => answer.class)).toEqual([AnswerClass.Done, AnswerClass.Done, AnswerClass.Done]);
  });

  test('never more than the call counter allows', () => {
    const rig = AdapterRig.open({ restLimits: { max: 5, perSecond: 0.5 } });
    for (let id = 1; id <= 12; id += 1) rig.adapter.send(id, { what: 'query', order: { ...ORDER, venueOrderId: `O${id}` } }, 0);
    const at: number[] = [0];
    for (let second = 0; second < 60; second += 1) {
      while (rig.calls.length > at.length) {
        at.push(rig.now / SECOND);
        rig.replyError('EOrder:Unknown order');
      }
      rig.wait(SECOND);
    }
    expect(rig.answers.size).toBe(12);
    let counter = 0;
    for (const [index, time] of at.entries()) {
      counter = Math.max(0, counter - (time - (at[index - 1] ?? 0)) * 0.5) + 1;
      expect(counter).toBeLessThanOrEqual(5.5);
    }
  });

  test.each([
    ['no answer', (rig: AdapterRig) => rig.replyText(0, 'timeout'), AnswerClass.Ambiguous],
    ['502 and a page', (rig: AdapterRig) => rig.replyText(502, '<html>'), AnswerClass.Ambiguous],
    ['half an answer', (rig: AdapterRig) => rig.replyText(200, '{"error":['), AnswerClass.Ambiguous],
    ['an unlisted error', (rig: AdapterRig) => rig.replyError('EQuery:New'), AnswerClass.Ambiguous],
    ['429', (rig: AdapterRig) => rig.replyText(429, '', { 'retry-after': '2' }), AnswerClass.RateLimited],
    ['a limit', (rig: AdapterRig) => rig.replyError('EAPI:Rate limit exceeded'), AnswerClass.RateLimited],
  ] as const)('%s: a read is tried again, then given up', (_, answer, expected) => {
    const rig = AdapterRig.open();
    rig.adapter.send(1, { what: 'query', order: { ...ORDER, venueOrderId: 'O1' } }, 0);
    for (let attempt = 0; attempt < 4; attempt += 1) {
      expect(rig.calls).toHaveLength(2 + attempt);
      expect(rig.answers.size).toBe(0);
      answer(rig);
      rig.wait(6 * SECOND);
    }
    expect(rig.answers.get(1)?.class).toBe(expected);
  });

  test('a nonce that is too small: the next is far ahead', () => {
    const rig = AdapterRig.open();
    rig.adapter.send(1, { what: 'query', order: { ...ORDER, venueOrderId: 'O1' } }, 0);
    rig.replyError('EAPI:Invalid nonce');
    rig.wait(SECOND);
    const nonces = rig.calls.map(({ body }) => BigInt(/nonce=(\d+)/.exec(body)![1]!));
    expect(nonces[2]! - nonces[1]!).toBeGreaterThanOrEqual(60_000_000_000n);
  });

  test('a key that is refused is fatal', () => {
    const rig = AdapterRig.open();
    rig.adapter.send(1, { what: 'reconcile', orders: [], since: EPOCH }, 0);
    rig.replyError('EGeneral:Permission denied');
    expect(rig.answers.get(1)?.class).toBe(AnswerClass.Fatal);
  });
});

describe('one order', () => {
  test('without Kraken\'s id: among the open ones, then the closed ones; executions before the state', () => {
    const rig = AdapterRig.open();
    rig.adapter.send(1, { what: 'query', order: ORDER }, 0);
    rig.reply({ open: {} });
    rig.reply({ closed: {
      O1: { status: 'closed', cl_ord_id: 't1', vol: '2.0', vol_exec: '2.0', trades: ['T1'], opentm: 5, descr: { pair: 'XBTUSD' } },
      O0: { ...ended(1), opentm: 4 },
    } });
    const trade = { ordertxid: 'O1', pair: 'XXBTZUSD', time: 1688585840.8921, type: 'buy', price: '1', vol: '2.0', fee: '0.1' };
    rig.reply({ T1: { ...trade, maker: true } });
    expect(rig.methods().slice(1)).toEqual(['OpenOrders', 'ClosedOrders', 'QueryTrades']);
    expect(rig.facts).toMatchObject([
      { what: 'filled', executionId: 'T1', name: { clientOrderId: 't1', venueOrderId: 'O1', symbol: 'BTC/USD' } },
      { what: 'status', status: VenueOrderStatus.Filled, name: { clientOrderId: 't1', venueOrderId: 'O1' } },
    ]);
  });

  test('nowhere: not found; a generation that Kraken never makes is not asked for', () => {
    const rig = AdapterRig.open();
    rig.adapter.send(1, { what: 'query', order: ORDER }, 0);
    rig.reply({ open: {} });
    rig.reply({ closed: {} });
    rig.adapter.send(2, { what: 'query', order: { ...ORDER, clientOrderId: 't1-1' } }, 0);
    const status = VenueOrderStatus.NotFound;
    expect(rig.facts).toMatchObject([{ status }, { status, name: { clientOrderId: 't1-1' } }]);
    expect(rig.methods()).toHaveLength(3);
  });

  test('an id that Kraken does not know refuses a list: the others are found all the same', () => {
    const rig = AdapterRig.open();
    const orders = [1, 2, 3].map((id) => ({ ...ORDER, orderId: id, clientOrderId: `t${id}`, venueOrderId: `O${id}` }));
    rig.adapter.send(1, { what: 'reconcile', orders, since: EPOCH }, 0);
    rig.reply({ open: {} });
    rig.replyError('EOrder:Unknown order');
    rig.replyError('EOrder:Unknown order');
    rig.reply({ O1: ended(1) });
    rig.replyError('EOrder:Unknown order');
    rig.reply({ O3: ended(3) });
    rig.reply({ closed: {} });
    rig.reply({ XXBT: { balance: '1', hold_trade: '0' } });
    rig.reply({ trades: {} });
    expect(rig.answers.get(1)?.class).toBe(AnswerClass.Done);
    const told = rig.facts.flatMap((fact) => (fact.what === 'status' ? [[fact.name.clientOrderId, fact.status]] : []));
    expect(told).toEqual([['t1', VenueOrderStatus.Cancelled], ['t2', VenueOrderStatus.NotFound], ['t3', VenueOrderStatus.Cancelled]]);
  });

  test.each([
    ['pending', VenueOrderStatus.Open], ['open', VenueOrderStatus.Open], ['canceled', VenueOrderStatus.Cancelled],
    ['expired', VenueOrderStatus.Expired], ['closed', VenueOrderStatus.Cancelled], ['haunted', VenueOrderStatus.Indeterminate],
  ])('status %s', (status, expected) => {
    const rig = AdapterRig.open();
    rig.adapter.send(1, { what: 'query', order: { ...ORDER, venueOrderId: 'O1' } }, 0);
    rig.reply({ O1: { status, cl_ord_id: 't1', vol: '2', vol_exec: '1', descr: { pair: 'XBTUSD', price: '1' } } });
    expect(rig.facts).toMatchObject([{ what: 'status', status: expected }]);
    expect(rig.problems).toEqual(expected === VenueOrderStatus.Indeterminate ? ['unlisted order status'] : []);
  });
});

describe('balances of the whole truth', () => {
  const trade = (time: number): object => (
    { T1: { ordertxid: 'O1', pair: 'XXBTZUSD', time, type: 'buy', price: '1', vol: '1', fee: '0' } });
  const fill = executions(1, [{
    order_id: 'O2', exec_id: 'T2', exec_type: 'trade', order_status: 'partially_filled', side: 'buy', last_price: 1, last_qty: 1,
  }]);
  const asked = (): AdapterRig => {
    const rig = AdapterRig.open({ restLimits: { max: 1e6, perSecond: 1e6 } });
    rig.adapter.send(1, { what: 'reconcile', orders: [], since: EPOCH }, 0);
    rig.reply({ open: {} });
    return rig;
  };
  const answerRound = (rig: AdapterRig, trades: object): void => {
    rig.reply({ XXBT: { balance: '1', hold_trade: '0' } });
    rig.reply({ trades });
  };
  const wereTold = (rig: AdapterRig): boolean => {
    expect(rig.answers.get(1)?.class).toBe(AnswerClass.Done);
    return rig.facts.some(({ what }) => what === 'balances');
  };

  test('asked again while executions are newer; without an end to them, not told', () => {
    const rig = asked();
    answerRound(rig, trade(1_700_000_000.5));
    answerRound(rig, trade(1_700_000_000.7));
    rig.reply({ O1: ended(1) });
    expect(rig.methods().filter((method) => method === 'BalanceEx')).toHaveLength(2);
    expect(wereTold(rig)).toBe(false);
  });

  test('executions are told apart from balances by the Venue\'s clock', () => {
    const rig = AdapterRig.open();
    rig.receive({ method: 'subscribe', result: { channel: 'balances' }, success: true, time_out: '2023-11-14T22:12:50.000000Z' });
    rig.adapter.send(1, { what: 'reconcile', orders: [], since: EPOCH }, 0);
    rig.reply({ open: {} });
    answerRound(rig, trade(1_699_999_995));
    answerRound(rig, {});
    rig.reply({ O1: ended(1) });
    expect(wereTold(rig)).toBe(false);
  });

  test('not told when the stream told an execution since they were asked for', () => {
    const early = asked();
    early.receive(fill);
    answerRound(early, {});
    answerRound(early, {});
    expect(wereTold(early)).toBe(true);
    const late = asked();
    answerRound(late, trade(1_699_999_000));
    late.receive(fill);
    late.reply({ O1: ended(1) });
    expect(wereTold(late)).toBe(false);
  });
});

documented('the whole truth from Kraken\'s REST examples (skipped: ../shared/data is missing)', () => {
  test('executions, orders, balances, in this order', () => {
    const rig = new AdapterRig();
    rig.adapter.open(rig, [{ ...INSTRUMENT, symbol: 'BTC/USDT' }, { ...INSTRUMENT, instrument: 1, symbol: 'ETH/USDT' }]);
    rig.connect();
    const closed = { ...ORDER, venueOrderId: 'O5KZFT-GH3AD-LP6TLU' };
    rig.adapter.send(1, { what: 'reconcile', orders: [closed], since: EPOCH }, 0);
    rig.reply(example('http_open_orders.json').result);
    rig.reply(example('http_closed_orders.json').result['closed'] as object);
    rig.reply({
      XXBT: { balance: '0.5', hold_trade: '0.1' },
      ZUSD: { balance: '200000.00', credit: '5.00', credit_used: '1.00', hold_trade: '0.50' },
    });
    rig.reply(example('http_trades_history.json').result);
    expect(rig.answers.get(1)?.class).toBe(AnswerClass.Done);
    expect(rig.facts.map((fact) => fact.what)).toEqual(['filled', 'filled', 'status', 'status', 'status', 'balances']);
    expect(rig.facts[0]).toMatchObject({
      executionId: 'TCCCTY-WJ6EO-4FP4VZ', name: { venueOrderId: 'O26VBY-ISGAE-JP5TLU', symbol: 'BTC/USDT', clientOrderId: 'none' },
      price: '29500.50', quantity: '0.50000000', fees: [{ currency: 'USDT', amount: '23.60' }], liquidity: Liquidity.Maker,
      eventTime: 1_688_585_840_892_100_000n, side: Side.Buy,
    });
    expect(rig.facts.slice(2, 5)).toMatchObject([
      { status: VenueOrderStatus.Filled, name: { venueOrderId: 'O5KZFT-GH3AD-LP6TLU' }, filledQuantity: '0.50000000' },
      { status: VenueOrderStatus.Open, name: { venueOrderId: 'O26VBY-ISGAE-JP5TLU' }, price: '29500.0' },
      { status: VenueOrderStatus.Open, name: { venueOrderId: 'OYEQF4-FDE4C-NMUYUI' }, side: Side.Sell },
    ]);
    const balances = rig.facts[5]!;
    expect(balances.what === 'balances' && balances.balances).toEqual([
      { currency: 'BTC', total: '0.5', available: '0.40000000000000000000' },
      { currency: 'USD', total: '200000.00', available: '200003.50000000000000000000' },
    ]);
  });
});

describe('hostile answers', () => {
  test('REST answers of any shape end the request and never throw', () => {
    const result = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify({ error: [], result: value }));
    const answer = fc.oneof(result, fc.string(), fc.json());
    fc.assert(fc.property(fc.array(answer, { minLength: 60, maxLength: 60, size: 'max' }), (bodies) => {
      const rig = AdapterRig.open({ restLimits: { max: 1e6, perSecond: 1e6 } });
      rig.adapter.send(1, { what: 'reconcile', orders: [ORDER, { ...ORDER, venueOrderId: 'O2' }], since: EPOCH }, 0);
      for (const body of bodies) {
        if (rig.answers.size > 0) break;
        rig.replyText(200, body);
        rig.wait(2 * SECOND);
      }
      expect(rig.answers.size).toBe(1);
    }), { numRuns: 300 });
  });

  test('an oversize frame is named', () => {
    const rig = AdapterRig.open();
    rig.adapter.onFrame(0, new Uint8Array(9 * 1024 * 1024), 0);
    expect(rig.problems).toEqual(['oversize private frame']);
  });

  test('a reconciliation that nobody waits for any more makes no further calls', () => {
    const rig = AdapterRig.open({ restLimits: { max: 1000, perSecond: 1 } });
    const orders = [1, 2, 3].map((n) => ({ ...ORDER, orderId: n, clientOrderId: `t${n}`, venueOrderId: '' }));
    const earlier = rig.calls.length;
    rig.adapter.send(1, { what: 'reconcile', orders, since: EPOCH }, 0);
    rig.reply({ open: {} });
    rig.adapter.send(2, { what: 'reconcile', orders: [], since: EPOCH }, 0);
    rig.reply({ closed: {} });
    rig.reply({ open: {} });
    rig.reply({});
    rig.reply({ trades: {} });
    expect(rig.methods().slice(earlier)).toEqual(['OpenOrders', 'ClosedOrders', 'OpenOrders', 'BalanceEx', 'TradesHistory']);
    expect([...rig.answers.keys()]).toEqual([2]);
  });
});
