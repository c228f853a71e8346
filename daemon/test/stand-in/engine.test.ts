// The engine of the stand-ins: what it reports adds up to what the accounts hold, and time goes one way.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OrderType, Side, TimeInForce } from '../../event/kinds.ts';
import { Engine } from './engine.ts';
import type { EngineReport } from './orders.ts';
import { standInSettings, type StandInVenue } from './settings.ts';

const BEGIN = 1_700_000_000_000_000_000n;

const step = fc.record({
  side: fc.constantFrom(Side.Buy, Side.Sell), price: fc.integer({ min: 599_000, max: 601_000 }), lots: fc.integer({ min: 1, max: 5000 }),
  timeInForce: fc.constantFrom(TimeInForce.GoodTillCancel, TimeInForce.ImmediateOrCancel, TimeInForce.FillOrKill, TimeInForce.PostOnly),
  milliseconds: fc.integer({ min: 0, max: 40 }), cancels: fc.boolean(),
});

test.each(['kraken', 'binance'] as const)('%s: balances follow trade by trade, with fees; times never go back', (venue: StandInVenue) => {
  fc.assert(fc.property(fc.array(step, { maxLength: 25, size: 'max' }), (steps) => {
    const settings = standInSettings(venue);
    const [definition] = settings.instruments;
    const engine = new Engine(settings, BEGIN);
    const priceUnit = 10 ** (definition.priceDecimals - 1);
    const lot = 10 ** (definition.quantityDecimals - 4);
    const reports: EngineReport[] = [];
    let now = BEGIN;
    for (const { side, price, lots, timeInForce, milliseconds, cancels } of steps) {
      now += BigInt(milliseconds) * 1_000_000n;
      const [oldest] = engine.openOrders();
      if (cancels && oldest !== undefined) engine.cancel(oldest, now);
      engine.place({
        clientOrderId: `t${reports.length}`, symbol: definition.symbol, side, type: OrderType.Limit, timeInForce,
        price: price * priceUnit, quantity: lots * lot,
      }, now);
      engine.advance(now);
      reports.push(...engine.takeReports());
    }
    let time = 0n;
    for (const { order } of reports) {
      expect(order.updatedAt >= order.createdAt && order.updatedAt >= time).toBe(true);
      time = order.updatedAt;
    }
    const last = reports.at(-1)?.balances ?? [];
    expect(last.map(({ total }) => total)).toEqual(last.map(({ currency }) => engine.balanceOf(currency).total));
    const ids = engine.trades.map(({ tradeId }) => tradeId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const order of engine.orders.values()) {
      expect(order.trades.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(order.filled);
      expect(order.status === 'filled').toBe(order.filled === order.quantity);
    }
  }), { numRuns: 40 });
});
