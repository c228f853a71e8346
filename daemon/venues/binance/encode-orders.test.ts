// Requests as the documentation writes them: parameters by order type, exact decimal text, digits beyond a double.

import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { OrderType, Side, TimeInForce } from '../../event/kinds.ts';
import { parseScaled } from '../../base/decimal.ts';
import { known } from './adapter-rig.fixture.ts';
import * as calls from './encode-orders.ts';

describe('terms of an order', () => {
  const base = { symbol: 'BTCUSDT', quantity: '1.0000', newClientOrderId: 't7', newOrderRespType: 'ACK' };

  test.each([
    [{}, { side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '50000.00' }],
    [
      { side: Side.Sell, timeInForce: TimeInForce.ImmediateOrCancel },
      { side: 'SELL', type: 'LIMIT', timeInForce: 'IOC', price: '50000.00' },
    ],
    [{ timeInForce: TimeInForce.FillOrKill }, { side: 'BUY', type: 'LIMIT', timeInForce: 'FOK', price: '50000.00' }],
    [{ timeInForce: TimeInForce.PostOnly }, { side: 'BUY', type: 'LIMIT_MAKER', price: '50000.00' }],
    [{ type: OrderType.Market, price: 0 }, { side: 'BUY', type: 'MARKET' }],
  ])('%j', (order, expected) => {
    expect(calls.place(known(7, order))).toEqual({
      method: 'order.place', isSigned: true, weight: 1, orders: 1, parameters: { ...base, ...expected },
    });
  });

  test('a replacement names both generations and what the cancelled one is called from then on', () => {
    const order = known(7, { clientOrderId: 't7-1' });
    const next = { clientOrderId: 't7-2', price: 49_999_99, quantity: 5, onlyUntouched: true };
    expect(calls.cancelReplace(order, next).parameters).toEqual({
      symbol: 'BTCUSDT', cancelReplaceMode: 'STOP_ON_FAILURE', cancelOrigClientOrderId: 't7-1', cancelNewClientOrderId: 't7-1.x',
      side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', price: '49999.99', quantity: '0.0005', newClientOrderId: 't7-2',
      newOrderRespType: 'ACK', cancelRestrictions: 'ONLY_NEW',
    });
    expect(calls.cancelReplace(order, { ...next, onlyUntouched: false }).parameters).not.toHaveProperty('cancelRestrictions');
    expect(calls.originalId('t7-1.x')).toBe('t7-1');
    expect(calls.originalId('t7-1')).toBe('t7-1');
  });

  test('every id stays within the 36 characters and the alphabet that Binance takes', () => {
    const longest = known(Number.MAX_SAFE_INTEGER, { clientOrderId: 't2gosa7pa2gv-zzzzz' });
    expect(calls.cancelledId(longest.clientOrderId)).toMatch(/^[.A-Z:/a-z0-9_-]{1,36}$/);
  });

  test('numbers are the scaled integers, digit for digit', () => {
    fc.assert(fc.property(fc.nat(2 ** 52), fc.nat(2 ** 52), (price, quantity) => {
      const { parameters } = calls.place(known(1, { price, quantity }));
      expect([parseScaled(String(parameters['price']), 2), parseScaled(String(parameters['quantity']), 4)]).toEqual([price, quantity]);
    }));
  });
});

test('ids are written as digits, text as JSON text, nothing as an empty object', () => {
  expect(calls.callText(1, 'time', {})).toBe('{"id":1,"method":"time"}');
  const { method, parameters } = calls.statusByVenueId('a"b', 9_223_372_036_854_775_807n);
  expect(calls.callText(2, method, parameters))
    .toBe('{"id":2,"method":"order.status","params":{"symbol":"a\\"b","orderId":9223372036854775807}}');
});

test('an order list of trades starts where it is told to, and from the first without', () => {
  expect(calls.tradesOfOrder('BTCUSDT', 5n, 0n).parameters).toEqual({ symbol: 'BTCUSDT', orderId: 5n, limit: 1000 });
  expect(calls.tradesOfOrder('BTCUSDT', 5n, 9n).parameters).toEqual({ symbol: 'BTCUSDT', orderId: 5n, fromId: 9n, limit: 1000 });
});
