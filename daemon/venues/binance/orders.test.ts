// The adapter alone, frame by frame: log-on, clock, what leaves and what is recorded, every outcome of a replacement, the user
// data stream, rate limits.

import { describe, expect, test } from 'vitest';
import { parseJsonText, type JsonTextObject } from '../../base/json-text.ts';
import { CancelReason, Liquidity, RejectReason, Side, VenueOrderStatus } from '../../event/kinds.ts';
import { AnswerClass } from '../../event/order-adapter.ts';
import { AdapterRig, BTCUSDT, DONE, HMAC_SIGNER, known } from './adapter-rig.fixture.ts';
import { CANCELLED, NAME, PLACED, report } from './answers.fixture.ts';
import { readTrade } from './private.ts';

describe('log-on', () => {
  test('Ed25519: clock, session, subscription; then requests carry a timestamp and no key', () => {
    const rig = new AdapterRig();
    rig.adapter.onOpen(0, rig.nowNs);
    expect(rig.send({ what: 'cancelAll', orders: [] })).toBe(-1);
    rig.reply('time', { result: { serverTime: rig.unixMs + 5000 } });
    expect(rig.frames[0]!.params).toEqual({
      apiKey: 'canary-key', recvWindow: 5000, signature: 'canary-signature', timestamp: rig.unixMs + 5000,
    });
    rig.reply('session.logon', {});
    rig.reply('userDataStream.subscribe', { result: { subscriptionId: 0 } });
    expect(rig.log).toEqual(['redact api-key', 'ready']);
    rig.send({ what: 'cancel', order: known(1) });
    expect(rig.frames[0]!.params).toEqual({
      symbol: 'BTCUSDT', origClientOrderId: 't1', newClientOrderId: 't1.x', recvWindow: 5000, timestamp: rig.unixMs + 5000,
    });
  });

  test('HMAC: the subscription is signed, and so is every request; recordings keep neither key nor signature', () => {
    const rig = AdapterRig.open({ signer: HMAC_SIGNER });
    rig.send({ what: 'cancel', order: known(1) });
    expect(rig.frames[0]!.params).toMatchObject({ apiKey: 'canary-key', signature: 'canary-signature' });
    expect(rig.recorded).toHaveLength(3);
    expect(rig.recorded.join()).not.toContain('canary');
  });

  test('a wrong clock is mended on the way', () => {
    const rig = new AdapterRig();
    rig.adapter.onOpen(0, rig.nowNs);
    rig.reply('time', { result: { serverTime: rig.unixMs } });
    rig.reply('session.logon', { status: 400, error: { code: -1021, msg: 'Timestamp for this request is outside of the recvWindow.' } });
    rig.reply('time', { result: { serverTime: rig.unixMs + 90_000 } });
    expect(rig.frames[0]!.params['timestamp']).toBe(rig.unixMs + 90_000);
  });

  test.each([
    [{ status: 401, error: { code: -2015, msg: 'Invalid API-key, IP, or permissions for action.' } }, 60_000],
    [{ status: 400, error: { code: -1022, msg: 'Signature for this request is not valid.' } }, 60_000],
    [{ status: 503, error: { code: -1008, msg: 'busy' } }, 1000],
  ])('refused: %j: nothing is taken, dialled again after %i ms', (answer, wait) => {
    const rig = new AdapterRig();
    rig.adapter.onOpen(0, rig.nowNs);
    rig.reply('time', { result: { serverTime: rig.unixMs } });
    rig.reply('session.logon', answer);
    expect(rig.log.at(-1)).toMatch(new RegExp(`^redial ${wait} session.logon`));
    expect(rig.log).not.toContain('ready');
    expect(rig.send({ what: 'cancelAll', orders: [] })).toBe(-1);
  });

  test('without an answer the socket is dialled again', () => {
    const rig = new AdapterRig();
    rig.adapter.onOpen(0, rig.nowNs);
    const due = rig.adapter.advance(rig.nowNs);
    rig.adapter.advance(due);
    expect(rig.log.at(-1)).toBe('redial 1000 no answer while logging on');
  });

  test('the clock is asked for again and again; a skew since is followed', () => {
    const rig = AdapterRig.open();
    rig.nowNs = rig.adapter.advance(rig.nowNs);
    rig.adapter.advance(rig.nowNs);
    rig.nowNs += 2e6;
    rig.reply('time', { result: { serverTime: rig.unixMs + 777 } });
    rig.send({ what: 'cancelAll', orders: [] });
    expect(rig.frames[0]!.params['timestamp']).toBe(rig.unixMs + 778);
  });

  test.each([
    [{ event: { e: 'serverShutdown', E: 1 } }, 'the server is about to shut down'],
    [{ subscriptionId: 0, event: { e: 'eventStreamTerminated', E: 1 } }, 'the user data stream was terminated'],
  ])('%j ends what was ready and dials again', (frame, reason) => {
    const rig = AdapterRig.open();
    rig.tell(frame);
    expect(rig.log.slice(-2)).toEqual([`unready ${reason}`, `redial 0 ${reason}`]);
    expect(rig.send({ what: 'cancelAll', orders: [] })).toBe(-1);
  });

  test('a revoked session (an error of no request) is one that must be opened again', () => {
    const rig = AdapterRig.open();
    rig.tell({ id: null, status: 401, error: { code: -2015, msg: 'Invalid API-key, IP, or permissions for action.' } });
    expect(rig.log.at(-1)).toMatch(/^redial 1000 -2015/);
  });

  test('a close is told once, and ends every conversation', () => {
    const rig = AdapterRig.open();
    const id = rig.send({ what: 'submit', order: known(1) });
    rig.adapter.onClose(0, 'gone', rig.nowNs);
    rig.adapter.onClose(0, 'gone', rig.nowNs);
    expect(rig.log.filter((line) => line === 'unready gone')).toHaveLength(1);
    rig.reply('order.place', { result: PLACED });
    expect(rig.answers.has(id)).toBe(false);
  });

  test('one private connection that lives less than 24 hours; no request outlives window and engine timeout', () => {
    const { adapter } = new AdapterRig({ recvWindowMs: 2000 });
    expect(adapter.connections()).toMatchObject([
      { name: 'api', url: 'wss://ws-api.binance.com:443/ws-api/v3', isPrivate: true, copies: 1 },
    ]);
    expect(adapter.connections()[0]!.lifetimeNs).toBeLessThan(24 * 3600e9);
    expect(adapter.requestLifetimeNs).toBe(12e9);
    expect(adapter.hasDeadMan).toBe(false);
  });
});

describe('what leaves', () => {
  test('nothing left: the request is not begun', () => {
    const rig = AdapterRig.open();
    rig.accepts = false;
    expect(rig.send({ what: 'submit', order: known(1) })).toBe(-1);
    const next = { what: 'replace', order: known(1), price: 1, quantity: 5, nextClientOrderId: 't1-1' } as const;
    expect(rig.send(next)).toBe(-1);
    // What never left cannot have replaced anything.
    rig.tell(report({ x: 'CANCELED', X: 'CANCELED', c: 'zz', C: 't1' }));
    rig.tell(report({ c: 't1-1', i: 12 }));
    expect(rig.facts.map(({ what }) => what)).toEqual(['cancelled', 'accepted']);
  });

  test('-1021 of an order: not executed and said so; the clock is asked for. A cancel is repeated with the right time', () => {
    const rig = AdapterRig.open();
    const skewed = { status: 400, error: { code: -1021, msg: 'Timestamp for this request is outside of the recvWindow.' } };
    const order = rig.send({ what: 'submit', order: known(1) });
    rig.reply('order.place', skewed);
    expect(rig.answers.get(order)).toMatchObject({ class: AnswerClass.Rejected, reason: RejectReason.VenueUnavailable });
    rig.reply('time', { result: { serverTime: rig.unixMs + 60_000 } });
    const cancel = rig.send({ what: 'cancel', order: known(1) });
    rig.reply('order.cancel', skewed);
    while (rig.frames.some(({ method }) => method === 'time')) rig.reply('time', { result: { serverTime: rig.unixMs - 60_000 } });
    expect(rig.frames[0]!.params['timestamp']).toBe(rig.unixMs - 60_000);
    rig.reply('order.cancel', { result: CANCELLED });
    expect(rig.answers.get(cancel)).toEqual(DONE);
  });

  test('a limit that is nearly used holds back orders, not cancels, until its window ends', () => {
    const rig = AdapterRig.open();
    rig.unixMs = 1_700_000_000_000 - (1_700_000_000_000 % 60_000) + 59_000;
    const rateLimits = [
      { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 6000, count: 5900 },
      { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 50, count: 1 },
    ];
    rig.send({ what: 'cancelAll', orders: [] });
    rig.reply('openOrders.cancelAll', { result: [], rateLimits });
    const held = rig.send({ what: 'submit', order: known(1) });
    expect(rig.answers.get(held)).toMatchObject({ class: AnswerClass.RateLimited, retryAfterMs: 1000 });
    rig.send({ what: 'cancel', order: known(1) });
    expect(rig.frames.map(({ method }) => method)).toEqual(['order.cancel']);
    rig.unixMs += 1000;
    rig.send({ what: 'submit', order: known(1) });
    expect(rig.frames.map(({ method }) => method)).toEqual(['order.cancel', 'order.place']);
  });

  test('no more orders until tomorrow stops neither cancels nor questions, whoever said it', () => {
    const spent = { rateLimitType: 'ORDERS', interval: 'DAY', intervalNum: 1, limit: 200_000, count: 200_000 };
    const data = { serverTime: 1, retryAfter: 36_000_001 };
    const told = { status: 429, error: { code: -1015, msg: 'Too many new orders.', data } };
    for (const answer of [told, { result: CANCELLED, rateLimits: [spent] }]) {
      const rig = AdapterRig.open();
      rig.send({ what: 'submit', order: known(1) });
      rig.reply('order.place', answer);
      const next = rig.send({ what: 'submit', order: known(2) });
      if (answer !== told) expect(rig.answers.get(next)).toMatchObject({ class: AnswerClass.RateLimited, retryAfterMs: 10_000 });
      rig.frames.length = 0;
      rig.send({ what: 'cancel', order: known(1) });
      rig.send({ what: 'query', order: known(1) });
      expect(rig.frames.map(({ method }) => method)).toEqual(['order.cancel', 'order.status']);
    }
  });

  test('a mass cancel ends known orders under their names before it sweeps, and is answered by the sweep', () => {
    const rig = AdapterRig.open();
    const unnamed = known(3, { instrument: { ...BTCUSDT, instrument: -1, symbol: '' } });
    const id = rig.send({ what: 'cancelAll', orders: [known(1), known(2), unnamed] });
    expect(rig.frames.map(({ method, params }) => [method, params['origClientOrderId'], params['newClientOrderId']])).toEqual([
      ['order.cancel', 't1', 't1.x'], ['order.cancel', 't2', 't2.x'], ['openOrders.cancelAll', undefined, undefined],
    ]);
    rig.reply('order.cancel', { result: CANCELLED });
    const gone = { status: 400, error: { code: -2011, msg: 'Unknown order sent.' } };
    rig.reply('order.cancel', { status: 500 });
    rig.reply('openOrders.cancelAll', gone);
    expect(rig.answers.get(id)).toEqual(DONE);
  });

  test('a ban stops everything, cancels too', () => {
    const rig = AdapterRig.open();
    const order = rig.send({ what: 'submit', order: known(1) });
    rig.reply('order.place', { status: 418, error: { code: -1003, msg: 'banned', data: { serverTime: 1000, retryAfter: 91_000 } } });
    expect(rig.answers.get(order)).toMatchObject({ class: AnswerClass.RateLimited, retryAfterMs: 90_000 });
    const cancel = rig.send({ what: 'cancel', order: known(1) });
    expect(rig.answers.get(cancel)).toMatchObject({ class: AnswerClass.RateLimited, retryAfterMs: 90_000 });
    expect(rig.frames).toEqual([]);
  });

  test('a replacement to no more than what is filled is refused without asking', () => {
    const rig = AdapterRig.open();
    const order = known(1, { filled: 4000 });
    const id = rig.send({ what: 'replace', order, price: order.price, quantity: 4000, nextClientOrderId: 't1-1' });
    expect(rig.answers.get(id)).toMatchObject({ class: AnswerClass.Rejected, reason: RejectReason.InvalidQuantity });
    expect(rig.frames).toEqual([]);
  });
});

describe('the user data stream', () => {
  const one = (more: Readonly<Record<string, unknown>>) => {
    const rig = AdapterRig.open();
    rig.tell(report(more));
    return rig;
  };

  test.each([
    [{ x: 'NEW' }, { what: 'accepted', name: NAME, eventTime: 8_000_000n }],
    [{ x: 'CANCELED', X: 'CANCELED', c: 'random', C: 't1' }, { what: 'cancelled', name: NAME, reason: CancelReason.Requested }],
    [{ x: 'EXPIRED', X: 'EXPIRED' }, { what: 'cancelled', name: NAME, reason: CancelReason.Expired }],
    [{ x: 'EXPIRED', X: 'EXPIRED', eR: 'EXCHANGE_CANCELED' }, { what: 'cancelled', name: NAME, reason: CancelReason.Venue }],
    [{ x: 'TRADE_PREVENTION', X: 'EXPIRED_IN_MATCH', A: '1.0' }, { what: 'cancelled', name: NAME, reason: CancelReason.Venue }],
    [{ x: 'REJECTED', X: 'REJECTED', r: 'INSUFFICIENT_BALANCES' }, {
      what: 'rejected', name: NAME, reason: RejectReason.InsufficientFunds,
    }],
    [{ x: 'REPLACED', C: 't1', q: '0.5' }, { what: 'replaced', name: NAME, price: '', quantity: '0.5' }],
    [{ x: 'TRADE', X: 'PARTIALLY_FILLED', l: '0.25', L: '49999.5', z: '0.25', n: '0.001', N: 'BNB', t: 77, m: true }, {
      what: 'filled', name: NAME, side: Side.Buy, price: '49999.5', quantity: '0.25', fees: [{ currency: 'BNB', amount: '0.001' }],
      liquidity: Liquidity.Maker, executionId: 'BTCUSDT:77:B', eventTime: 8_000_000n,
    }],
    [{ x: 'TRADE', X: 'FILLED', S: 'SELL', l: '1', L: '2', n: '0', N: null, t: 78 }, {
      what: 'filled', side: Side.Sell, fees: [], liquidity: Liquidity.Taker, executionId: 'BTCUSDT:78:S',
    }],
  ])('%j', (more, fact) => {
    const rig = one(more);
    expect(rig.facts).toHaveLength(1);
    expect(rig.facts[0]).toMatchObject(fact);
    expect(rig.problems).toEqual([]);
  });

  test.each([
    [{ x: 'HALF_CANCELED' }], [{ x: 'TRADE', t: -1, l: '1', L: '1' }], [{ x: 'TRADE_PREVENTION', X: 'NEW', A: '0.5' }],
  ])('%j is of unknown meaning: Indeterminate, and a problem', (more) => {
    const rig = one(more);
    expect(rig.facts).toMatchObject([{ what: 'status', status: VenueOrderStatus.Indeterminate, name: NAME }]);
    expect(rig.problems).toEqual(['report of unknown meaning']);
  });

  test('a trade of the account with itself is two executions, in the stream and in the history', () => {
    const rig = AdapterRig.open();
    for (const S of ['BUY', 'SELL']) rig.tell(report({ x: 'TRADE', X: 'FILLED', S, l: '1', L: '2', n: '0', N: null, t: 79 }));
    const live = rig.facts.flatMap((fact) => (fact.what === 'filled' ? [fact.executionId] : []));
    expect(new Set(live).size).toBe(2);
    const row = { symbol: 'BTCUSDT', id: 79, orderId: 11, price: '2', qty: '1', commission: '0', commissionAsset: '', time: 4 };
    const rows = [true, false].map((isBuyer) => parseJsonText(JSON.stringify({ ...row, isBuyer })) as JsonTextObject);
    expect(rows.map((told) => readTrade(told, 't1')?.executionId)).toEqual(live);
  });

  test('an execution counts even when the order status beside it is unlisted', () => {
    const rig = one({ x: 'TRADE', X: 'MOSTLY_FILLED', l: '1', L: '1', t: 5 });
    expect(rig.facts).toMatchObject([{ what: 'filled', executionId: 'BTCUSDT:5:B' }]);
    expect(rig.problems).toEqual(['unknown order status']);
  });

  test.each(['s', 'S', 'i', 'q', 'p', 'l', 'z', 'L', 'n'])('without %s a report cannot be used', (key) => {
    const rig = AdapterRig.open();
    const { event, ...rest } = report({});
    rig.tell({ ...rest, event: { ...event, [key]: undefined } });
    expect([rig.facts.length, rig.problems]).toEqual([0, ['unreadable execution report', 'missed']]);
  });

  test('a frame that cannot be read may have been a report: everything is asked for', () => {
    const rig = AdapterRig.open();
    rig.tell('{"subscriptionId":0,"event":{"e":"execution');
    expect(rig.problems).toEqual(['malformed frame', 'missed']);
  });

  test('balances are free and locked, exactly', () => {
    const rig = AdapterRig.open();
    rig.tell({ subscriptionId: 0, event: { e: 'outboundAccountPosition', u: 3, B: [{ a: 'BTC', f: '0.1', l: '0.00000002' }] } });
    expect(rig.facts).toEqual([{
      what: 'balances', eventTime: 3_000_000n, isAsked: false, balances: [{ currency: 'BTC', available: '0.1', total: '0.10000002' }],
    }]);
  });

  test('a balance locked from outside is asked for', () => {
    const rig = AdapterRig.open();
    rig.tell({ subscriptionId: 0, event: { e: 'externalLockUpdate', E: 1, a: 'NEO', d: '10', T: 1 } });
    rig.reply('account.status', { result: { balances: [{ asset: 'NEO', free: '1', locked: '10' }] } });
    expect(rig.facts).toMatchObject([{ what: 'balances', balances: [{ currency: 'NEO', total: '11' }] }]);
  });

  test('the rejection of an order whose answer is awaited is left to the answer', () => {
    const rig = AdapterRig.open();
    const id = rig.send({ what: 'submit', order: known(1) });
    rig.tell(report({ x: 'REJECTED', X: 'REJECTED', r: 'INSUFFICIENT_BALANCES' }));
    expect(rig.facts).toEqual([]);
    rig.reply('order.place', { status: 400, error: { code: -2010, msg: 'Account has insufficient balance for requested action.' } });
    expect(rig.answers.get(id)).toMatchObject({ class: AnswerClass.Rejected, reason: RejectReason.InsufficientFunds });
  });
});

describe('questions', () => {
  test('an order is looked for by its name, by the name it was cancelled under, by Binance\'s id', () => {
    const rig = AdapterRig.open();
    const id = rig.send({ what: 'query', order: known(1, { venueOrderId: '11' }) });
    const missing = { status: 400, error: { code: -2013, msg: 'Order does not exist.' } };
    const asked: unknown[] = [];
    for (let way = 0; way < 3; way += 1) {
      const { params } = rig.frames[0]!;
      asked.push(params['origClientOrderId'] ?? params['orderId']);
      rig.reply('order.status', missing);
    }
    expect(asked).toEqual(['t1', 't1.x', 11]);
    expect(rig.facts).toMatchObject([{ what: 'status', status: VenueOrderStatus.NotFound, name: NAME }]);
    expect(rig.answers.get(id)).toEqual(DONE);
  });

  test('whose order is it? by Binance\'s id alone', () => {
    const rig = AdapterRig.open();
    rig.send({ what: 'query', order: known(1, { orderId: 0, clientOrderId: '', venueOrderId: '11' }) });
    expect(rig.frames[0]!.params).toMatchObject({ orderId: 11 });
    rig.reply('order.status', { result: { ...CANCELLED, origClientOrderId: undefined, clientOrderId: 't9-2.x' } });
    expect(rig.facts).toMatchObject([{ what: 'status', status: VenueOrderStatus.Cancelled, name: { clientOrderId: 't9-2' } }]);
  });

  test('of an order known by its id alone every symbol is tried', () => {
    const rig = AdapterRig.open();
    rig.send({ what: 'query', order: known(1, { instrument: { ...BTCUSDT, instrument: -1, symbol: '' } }) });
    expect(rig.frames[0]!.params).toMatchObject({ symbol: 'BTCUSDT', origClientOrderId: 't1' });
  });

  test('an unlisted order status is Indeterminate, and a problem', () => {
    const rig = AdapterRig.open();
    rig.send({ what: 'query', order: known(1) });
    rig.reply('order.status', { result: { ...CANCELLED, status: 'SUSPENDED' } });
    expect(rig.facts).toMatchObject([{ what: 'status', status: VenueOrderStatus.Indeterminate }]);
    expect(rig.problems).toEqual(['unknown order status']);
  });

  test('trades are asked for by days until one is found, then by id, a thousand at a time', () => {
    const rig = AdapterRig.open();
    const day = 86_400_000;
    const id = rig.send({ what: 'reconcile', orders: [], since: BigInt(rig.unixMs - 3 * day) * 1_000_000n });
    rig.reply('openOrders.status', { result: [] });
    expect(rig.frames[0]!.params).toMatchObject({ startTime: rig.unixMs - 3 * day, endTime: rig.unixMs - 2 * day });
    rig.reply('myTrades', { result: [] });
    const row = (number: number) => ({
      symbol: 'BTCUSDT', id: number, orderId: 11, price: '1.5', qty: '0.1', commission: '0', commissionAsset: 'BNB', time: 4, isBuyer: true,
      isMaker: false,
    });
    rig.reply('myTrades', { result: [row(5)] });
    expect(rig.frames[0]!.params).toMatchObject({ fromId: 6, limit: 1000 });
    rig.reply('myTrades', { result: Array.from({ length: 1000 }, (_, index) => row(6 + index)) });
    expect(rig.frames[0]!.params).toMatchObject({ fromId: 1006 });
    rig.reply('myTrades', { result: [] });
    rig.reply('order.status', { result: { ...CANCELLED, origClientOrderId: undefined, clientOrderId: 't1.x' } });
    expect(rig.facts).toHaveLength(1001);
    expect(rig.facts.at(-1)).toMatchObject({ what: 'filled', executionId: 'BTCUSDT:1005:B', name: NAME });
    rig.reply('openOrders.status', { result: [] });
    rig.reply('account.status', { result: { balances: [] } });
    expect(rig.answers.get(id)).toEqual(DONE);
  });

  test('executions of the generations between are asked for when the first one of an earlier life was replaced', () => {
    const rig = AdapterRig.open();
    const since = BigInt(rig.unixMs) * 1_000_000n;
    const updateTime = rig.unixMs - 3_600_000;
    rig.send({ what: 'reconcile', orders: [known(1)], since });
    rig.reply('openOrders.status', { result: [] });
    const ended = { ...CANCELLED, origClientOrderId: undefined, clientOrderId: 't1.x', updateTime };
    rig.reply('order.status', { result: ended });
    expect(rig.frames[0]).toMatchObject({ method: 'myTrades', params: { startTime: updateTime } });
  });

  test('a reconciliation that meets a limit or an unreadable answer is not complete', () => {
    for (const answer of [{ status: 429, error: { code: -1003, msg: 'limit' } }, { result: 'nonsense' }, { status: 500 }]) {
      const rig = AdapterRig.open();
      const id = rig.send({ what: 'reconcile', orders: [], since: 0n });
      rig.reply('openOrders.status', answer);
      expect(rig.answers.get(id)!.class).not.toBe(AnswerClass.Done);
    }
  });

  test('a call of it that stays without an answer ends it as unsure; a request that may have acted waits on', () => {
    const rig = AdapterRig.open();
    const asked = rig.send({ what: 'reconcile', orders: [], since: 0n });
    const sent = rig.send({ what: 'submit', order: known(1) });
    const due = rig.adapter.advance(rig.nowNs);
    expect(due).toBeLessThan(rig.nowNs + 15e9);
    rig.adapter.advance(due - 1);
    expect(rig.answers.size).toBe(0);
    rig.adapter.advance(due);
    expect(rig.answers.get(asked)!.class).toBe(AnswerClass.Ambiguous);
    expect(rig.problems).toEqual(['call without an answer']);
    expect(rig.answers.has(sent)).toBe(false);
    rig.reply('order.place', { result: PLACED });
    expect(rig.answers.has(sent)).toBe(true);
  });

  test('mass cancel: a symbol without orders is no failure', () => {
    const rig = AdapterRig.open();
    const id = rig.send({ what: 'cancelAll', orders: [] });
    rig.reply('openOrders.cancelAll', { status: 400, error: { code: -2011, msg: 'Unknown order sent.' } });
    expect(rig.answers.get(id)).toEqual(DONE);
  });
});
