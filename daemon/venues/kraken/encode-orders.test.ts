// Requests as Kraken's own examples write them, numbers exactly as they are, and the token left out of what is recorded.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { OrderType, Side, TimeInForce } from '../../event/kinds.ts';
import type { KnownOrder } from '../../event/order-adapter.ts';
import { altname, currencyOf, spellings } from './assets.ts';
import { addOrder, amendOrder, cancelAll, cancelAllAfter, cancelOrder, fillOrKill, subscribe } from './encode-orders.ts';

const EXAMPLES = new URL('../../../../shared/data/order-entry/kraken-examples/', import.meta.url);
const documented = describe.skipIf(!existsSync(EXAMPLES));
const example = (name: string): object => JSON.parse(readFileSync(new URL(name, EXAMPLES), 'utf8')) as object;

const ORDER: KnownOrder = {
  orderId: 1, clientOrderId: 't1', venueOrderId: '', side: Side.Buy, type: OrderType.Limit, timeInForce: TimeInForce.GoodTillCancel,
  price: 300_000, quantity: 1_000_000, filled: 0,
  instrument: {
    instrument: 0, symbol: 'BTC/USD', base: 0, quote: 1, priceScale: 1, quantityScale: 8, tickSize: 1, lotSize: 1, minimumQuantity: 1,
    bookDepth: 10,
  },
};
const DEADLINE_MS = 1_671_960_659_123;
const DEADLINE = '2022-12-25T09:30:59.123Z';
const parsed = (frame: string): { method: string; params: Record<string, unknown>; req_id?: number } => (
  JSON.parse(frame) as { method: string; params: Record<string, unknown> });

documented('Kraken\'s examples (skipped: ../shared/data is missing)', () => {
  test('ws_add_order_request.json', () => {
    const { params, ...rest } = parsed(addOrder({ ...ORDER, timeInForce: TimeInForce.PostOnly }, DEADLINE_MS, 'TESTTOKEN', 42).frame);
    const written = example('ws_add_order_request.json') as ReturnType<typeof parsed>;
    expect(rest).toEqual({ method: written.method, req_id: 42 });
    // Kraken takes either case of a time in force; the deadline is what makes a request's life finite.
    const expected = { ...written.params, time_in_force: 'gtc', cl_ord_id: 't1', deadline: DEADLINE };
    expect(params).toEqual(expected);
  });

  test('ws_amend_order_request.json', () => {
    const order = { ...ORDER, venueOrderId: 'OABCDE-12345-FGHIJ' };
    const amended = parsed(amendOrder(order, { price: 300_000, quantity: 500_000 }, DEADLINE_MS, 'TESTTOKEN', 43).frame);
    const written = example('ws_amend_order_request.json') as ReturnType<typeof parsed>;
    expect(amended).toEqual({ ...written, params: { ...written.params, limit_price: 30_000, deadline: DEADLINE } });
  });

  test('ws_cancel_order_request.json', () => {
    const order = { ...ORDER, venueOrderId: 'OABCDE-12345-FGHIJ' };
    expect(parsed(cancelOrder(order, 'TESTTOKEN', 44).frame)).toEqual(example('ws_cancel_order_request.json'));
  });
});

describe('requests', () => {
  test('numbers are the digits of the integers, never a float', () => {
    const order = { ...ORDER, price: 1, quantity: 9_007_199_254_740_991 };
    expect(addOrder(order, DEADLINE_MS, 'T', 1).frame).toContain('"order_qty":90071992.54740991,');
    expect(addOrder(order, DEADLINE_MS, 'T', 1).frame).toContain('"limit_price":0.1,');
  });

  test('kinds of order', () => {
    const of = (change: Partial<KnownOrder>): Record<string, unknown> => (
      parsed(addOrder({ ...ORDER, ...change }, DEADLINE_MS, 'T', 1).frame).params);
    expect(of({ timeInForce: TimeInForce.ImmediateOrCancel })).toMatchObject({ time_in_force: 'ioc', side: 'buy', order_type: 'limit' });
    const market = of({ type: OrderType.Market, side: Side.Sell, timeInForce: TimeInForce.ImmediateOrCancel });
    expect(market).toMatchObject({ order_type: 'market', side: 'sell' });
    expect(market).not.toHaveProperty('limit_price');
    expect(Object.fromEntries(fillOrKill(ORDER, DEADLINE_MS))).toEqual({
      ordertype: 'limit', type: 'buy', volume: '0.01000000', pair: 'XBTUSD', price: '30000.0', timeinforce: 'FOK', cl_ord_id: 't1',
      deadline: DEADLINE,
    });
  });

  test('by our id until Kraken\'s is known; everything at once; the switch; subscriptions', () => {
    expect(parsed(cancelOrder(ORDER, 'T', 1).frame).params).toEqual({ cl_ord_id: ['t1'], token: 'T' });
    expect(parsed(cancelAll('T', 5).frame)).toEqual({ method: 'cancel_all', params: { token: 'T' }, req_id: 5 });
    const armed = { method: 'cancel_all_orders_after', params: { timeout: 60, token: 'T' }, req_id: 6 };
    expect(parsed(cancelAllAfter(60, 'T', 6).frame)).toEqual(armed);
    expect(parsed(subscribe('executions', 'T').frame)).toEqual({
      method: 'subscribe', params: { channel: 'executions', snap_orders: true, snap_trades: false, order_status: true, token: 'T' },
    });
  });

  test('what is recorded is the frame without the token', () => {
    const secret = 'a"token\\with+anything/in=it';
    for (const { frame, recorded } of [
      addOrder(ORDER, DEADLINE_MS, secret, 1), amendOrder(ORDER, { price: 1, quantity: 1 }, DEADLINE_MS, secret, 1),
      cancelOrder(ORDER, secret, 1), cancelAll(secret, 1), cancelAllAfter(1, secret, 1), subscribe('balances', secret),
    ]) {
      expect(parsed(frame).params['token']).toBe(secret);
      expect(recorded).not.toContain(JSON.stringify(secret).slice(1, -1));
      expect({ ...parsed(recorded).params, token: secret }).toEqual(parsed(frame).params);
    }
  });
});

describe('names', () => {
  test.each([
    ['XXBT', 'BTC'], ['XBT', 'BTC'], ['ZUSD', 'USD'], ['USD', 'USD'], ['XETH', 'ETH'], ['ETH', 'ETH'], ['XXDG', 'DOGE'], ['XDG', 'DOGE'],
    ['XTZ', 'XTZ'], ['ZRX', 'ZRX'], ['XBT.F', 'XBT.F'], ['ETH.S', 'ETH.S'],
  ])('asset %s is %s', (asset, currency) => {
    expect(currencyOf(asset)).toBe(currency);
  });

  test('a pair under every name REST has for it', () => {
    expect(altname('BTC/USD')).toBe('XBTUSD');
    expect(spellings('BTC/USD')).toEqual(expect.arrayContaining(['XBTUSD', 'XXBTZUSD', 'BTC/USD', 'XBT/USD', 'BTCUSD']));
    expect(spellings('ETH/USDT')).toEqual(expect.arrayContaining(['ETHUSDT', 'XETHUSDT']));
  });
});
