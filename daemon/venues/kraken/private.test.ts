// Private frames: Kraken's own examples, file by file, every kind of report, and what is hostile or unlisted.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CancelReason, Liquidity, Side, VenueOrderStatus } from '../../event/kinds.ts';
import type { OrderFact } from '../../event/order-adapter.ts';
import { readPrivate, type PrivateFrame } from './private.ts';

const DATA = new URL('../../../../shared/data/order-entry/', import.meta.url);
const EXAMPLES = new URL('kraken-examples/', DATA);
const HAS_DATA = existsSync(EXAMPLES);
const documented = describe.skipIf(!HAS_DATA);

const facts = (frame: PrivateFrame): readonly OrderFact[] => (frame.kind === 'facts' ? frame.facts : []);
const problems = (frame: PrivateFrame): string[] => (frame.kind === 'facts' ? frame.problems.map(([kind]) => kind) : []);

/** What each example is to a private socket; every file of the folder stands here. */
const READ_AS: Readonly<Record<string, string>> = {
  'ws_add_order_response_failure.json': 'answer', 'ws_add_order_response_success.json': 'answer',
  'ws_batch_add_response_partial.json': 'answer', 'ws_subscribe_response.json': 'answer', 'ws_pong.json': 'life',
  // Requests of a client: never received, and read as answers that say no to nobody.
  'ws_add_order_request.json': 'answer', 'ws_amend_order_request.json': 'answer', 'ws_batch_add_request.json': 'answer',
  'ws_cancel_order_request.json': 'answer',
};

documented('Kraken\'s examples (skipped: ../shared/data is missing)', () => {
  const names = HAS_DATA ? readdirSync(EXAMPLES).sort() : [];

  test.each(names)('%s', (name) => {
    const frame = readPrivate(readFileSync(new URL(name, EXAMPLES), 'utf8'));
    // Public channels, the futures interface and REST bodies have no place on this socket: named, not thrown.
    expect(frame.kind).toBe(READ_AS[name] ?? 'unusable');
  });

  test('answers say whose they are and why', () => {
    const read = (name: string): PrivateFrame => readPrivate(readFileSync(new URL(name, EXAMPLES), 'utf8'));
    expect(read('ws_add_order_response_success.json')).toMatchObject({
      method: 'add_order', requestId: 42, isDone: true, error: '',
      name: { clientOrderId: 'O-20260505-000001', venueOrderId: 'OABCDE-12345-FGHIJ' },
    });
    expect(read('ws_add_order_response_failure.json')).toMatchObject({ requestId: 99, isDone: false, error: 'EOrder:Insufficient funds' });
  });

  test('kraken-v2-executions.jsonl', () => {
    const lines = readFileSync(new URL('kraken-v2-executions.jsonl', DATA), 'utf8').trim().split('\n');
    const frames = lines.map(readPrivate);
    const name = { clientOrderId: '', venueOrderId: 'OK4GJX-KSTLS-7DZZO5', symbol: 'BTC/USD' };
    expect(frames.flatMap(facts)).toEqual([
      { what: 'accepted', name, eventTime: 1_695_378_785_709_950_000n },
      { what: 'accepted', name: { ...name, symbol: '' }, eventTime: 1_695_378_785_709_982_000n },
      {
        what: 'filled', name, eventTime: 1_695_378_785_709_993_000n, side: Side.Sell, price: '26599.9', quantity: '0.005',
        executionId: 'TGBB7L-HT5LX-J3BZ4A', fees: [{ currency: 'USD', amount: '0.3458' }], liquidity: Liquidity.Taker,
      },
    ]);
    expect(frames.flatMap(problems)).toEqual([]);
    expect(frames.slice(0, 3)).toMatchObject([{ sequence: 8 }, { sequence: 9 }, { sequence: 10 }]);
    expect(frames[3]).toMatchObject({ kind: 'answer', method: 'unsubscribe', channel: 'executions', isDone: true });
  });
});

function report(fields: object, type = 'update'): PrivateFrame {
  const base = { order_id: 'O1', cl_ord_id: 't1', symbol: 'BTC/USD', side: 'buy', timestamp: '2023-09-22T10:33:05.709950Z' };
  return readPrivate(JSON.stringify({ channel: 'executions', type, sequence: 3, data: [{ ...base, ...fields }] }));
}

describe('execution reports', () => {
  test.each([
    ['pending_new', 'pending_new', { what: 'accepted' }],
    ['new', 'new', { what: 'accepted' }],
    ['filled', 'filled', { what: 'status', status: VenueOrderStatus.Filled, filledQuantity: '2' }],
    ['canceled', 'canceled', { what: 'cancelled', reason: CancelReason.Venue }],
    ['expired', 'expired', { what: 'cancelled', reason: CancelReason.Expired }],
    ['amended', 'new', { what: 'replaced', price: '30000.5', quantity: '2' }],
    ['restated', 'partially_filled', { what: 'replaced', price: '30000.5', quantity: '2' }],
  ])('%s', (execType, orderStatus, expected) => {
    const frame = report({ exec_type: execType, order_status: orderStatus, limit_price: 30_000.5, order_qty: 2, cum_qty: 2 });
    expect(facts(frame)).toMatchObject([expected]);
    expect(problems(frame)).toEqual([]);
  });

  test.each(['iceberg_refill', 'status'])('%s says nothing that we keep', (execType) => {
    const frame = report({ exec_type: execType, order_status: 'new' });
    expect([facts(frame), problems(frame)]).toEqual([[], []]);
  });

  test('reasons', () => {
    const of = (fields: object): unknown => facts(report({ exec_type: 'canceled', order_status: 'canceled', ...fields }))[0];
    expect(of({ reason: 'User requested' })).toMatchObject({ reason: CancelReason.Requested });
    expect(of({ cancel_reason: 'User requested' })).toMatchObject({ reason: CancelReason.Requested });
    expect(of({ reason: 'Post only order' })).toMatchObject({ reason: CancelReason.Venue });
  });

  test('numbers keep the text they were written with', () => {
    const frame = readPrivate('{"channel":"executions","type":"update","sequence":1,"data":[{"order_id":"O1","exec_type":"trade",'
      + '"order_status":"partially_filled","side":"sell","last_qty":1.0E-7,"last_price":0.10000000000000000001,"exec_id":"T1"}]}');
    expect(facts(frame)).toMatchObject([{ price: '0.10000000000000000001', quantity: '1.0E-7', liquidity: Liquidity.Unknown }]);
  });

  test('a snapshot tells how open orders stand', () => {
    const frame = report({ exec_type: 'new', order_status: 'partially_filled', limit_price: 1, order_qty: 5, cum_qty: 2 }, 'snapshot');
    const status = VenueOrderStatus.Open;
    expect(facts(frame)).toMatchObject([{ what: 'status', status, price: '1', quantity: '5', filledQuantity: '2' }]);
  });

  test.each([
    ['an unlisted exec_type', { exec_type: 'reincarnated', order_status: 'new' }, 'unlisted exec_type'],
    ['an unlisted order_status', { exec_type: 'new', order_status: 'undead' }, 'unlisted order_status'],
    ['a missing order_status', { exec_type: 'new' }, 'unlisted order_status'],
    ['an execution without an id', { exec_type: 'trade', order_status: 'filled', last_qty: 1, last_price: 1 }, 'incomplete execution'],
    [
      'an execution without a side', { exec_type: 'trade', order_status: 'filled', last_qty: 1, last_price: 1, exec_id: 'T', side: 'up' },
      'incomplete execution',
    ],
  ])('%s: counted, and the Order is indeterminate', (_, fields, problem) => {
    const frame = report(fields);
    expect(problems(frame)).toEqual([problem]);
    expect(facts(frame)).toMatchObject([{ what: 'status', status: VenueOrderStatus.Indeterminate }]);
  });

  test('a report of no order is named', () => {
    const frame = report({ exec_type: 'new', order_status: 'new', order_id: '', cl_ord_id: '' });
    expect([facts(frame), problems(frame)]).toEqual([[], ['execution report without an order']]);
  });
});

describe('balances', () => {
  const read = (type: string, data: readonly object[]): PrivateFrame => (
    readPrivate(JSON.stringify({ channel: 'balances', type, sequence: 1, data })));

  test('a snapshot: what the main spot wallet holds', () => {
    const wallet = (type: string, id: string, balance: number): object => ({ type, id, balance });
    const frame = read('snapshot', [
      { asset: 'BTC', balance: 1.2, wallets: [wallet('spot', 'main', 1.2)] },
      { asset: 'MATIC', balance: 500, wallets: [wallet('spot', 'main', 300), wallet('earn', 'flex', 200)] },
      { asset: 'DOT', balance: 7, wallets: [wallet('earn', 'flex', 7)] },
      { asset: 'USD', balance: 80_595.4943 },
    ]);
    expect(facts(frame)).toMatchObject([{
      balances: [['BTC', '1.2'], ['MATIC', '300'], ['USD', '80595.4943']].map(([currency, total]) => ({ currency, total, available: '' })),
    }]);
  });

  test('an update: the amount after it; other wallets are not ours to trade', () => {
    const frame = read('update', [
      { asset: 'BTC', balance: 1.195, wallet_type: 'spot', wallet_id: 'main', timestamp: '2023-09-22T10:33:05.709950Z' },
      { asset: 'BTC', balance: 3, wallet_type: 'earn', wallet_id: 'flex' },
    ]);
    expect(facts(frame)).toMatchObject([{ eventTime: 1_695_378_785_709_950_000n, balances: [{ currency: 'BTC', total: '1.195' }] }]);
  });

  test('an entry without an amount is named', () => {
    expect(problems(read('update', [{ asset: 'BTC' }, { balance: 1 }]))).toEqual(['incomplete balance', 'incomplete balance']);
  });
});

describe('hostile frames', () => {
  const SEEDS = [
    '{"channel":"executions","type":"update","data":[{"order_id":"O1","cl_ord_id":"t1","symbol":"BTC/USD","order_qty":0.005,'
      + '"exec_type":"trade","side":"sell","order_status":"partially_filled","last_qty":0.005,"last_price":26599.9,"exec_id":"T1",'
      + '"liquidity_ind":"t","timestamp":"2023-09-22T10:33:05.709993Z","fees":[{"asset":"USD","qty":0.3458}]}],"sequence":10}',
    '{"method":"add_order","req_id":42,"success":true,"time_out":"2026-05-05T10:00:00.125Z","result":{"order_id":"O1"}}',
    '{"channel":"balances","type":"snapshot","data":[{"asset":"BTC","balance":1.2,"wallets":[{"type":"spot","id":"main",'
      + '"balance":1.2}]}],"sequence":1}',
    '{"channel":"heartbeat"}',
  ];

  test('mutated frames never throw, and what is left of them is decimal text or named', () => {
    const mutation = fc.record({
      seed: fc.constantFrom(...SEEDS), at: fc.nat(400), cut: fc.nat(12),
      put: fc.oneof(
        fc.string({ maxLength: 6 }), fc.constantFrom('"', '}', ']', '{', '[[', '\\', 'null', '1e999', '-', ',', '\u0000', '"__proto__":'),
      ),
    });
    fc.assert(fc.property(fc.array(mutation, { minLength: 1, maxLength: 4, size: 'max' }), (mutations) => {
      let text = mutations[0].seed;
      for (const { at, cut, put } of mutations) {
        const from = at % (text.length + 1);
        text = text.slice(0, from) + put + text.slice(from + cut);
      }
      const frame = readPrivate(text);
      expect(['answer', 'facts', 'life', 'unusable']).toContain(frame.kind);
      for (const fact of facts(frame)) if (fact.what === 'filled') expect(fact.executionId).not.toBe('');
    }), { numRuns: Number(process.env['TCX_FUZZ_CASES'] ?? 5_000) });
  });

  test.each(['', 'null', '[]', '42', '"text"', '{', '{}', '{"channel":"executions"}', '{"channel":"executions","data":[null,1,"x",[]]}',
    '{"channel":"level3","data":[]}', '{"success":false,"error":"EGeneral:Unknown"}', '{"channel":5}'])('%s', (text) => {
    const frame = readPrivate(text);
    expect(facts(frame)).toEqual([]);
  });
});
