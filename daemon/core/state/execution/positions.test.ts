import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coreConfig, instrumentConfig } from '../../../test/core-scenario.ts';
import { Side } from '../../../event/kinds.ts';
import { Wide } from '../../../base/wide.ts';
import { Money } from './money.ts';
import { Position } from './positions.ts';

const amount = fc.integer({ min: 1, max: 2 ** 40 });
const fill = fc.record({ side: fc.constantFrom(Side.Buy, Side.Sell), price: amount, quantity: amount });
const fillLists = fc.array(fill, { maxLength: 40, size: 'max' });
const feeLists = fc.array(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), { maxLength: 10, size: 'max' });

describe('COR-30: positions and P&L', () => {
  it('realised + unrealised is cash flow + quantity × mark, exactly, at any mark', () => {
    fc.assert(fc.property(fc.array(fill, { maxLength: 60, size: 'max' }), fc.integer({ min: 1, max: 2 ** 40 }), (fills, mark) => {
      const position = new Position();
      let cash = 0n;
      let quantity = 0n;
      for (const { side, price, quantity: size } of fills) {
        const signed = BigInt(side === Side.Buy ? size : -size);
        position.fill(side, price, size);
        quantity += signed;
        cash -= signed * BigInt(price);
      }
      expect(BigInt(position.quantity)).toBe(quantity);
      expect(position.profit(mark, new Wide()).toBigInt()).toBe(cash + quantity * BigInt(mark));
      if (quantity === 0n) expect(position.cost.toBigInt()).toBe(0n);
    }), { numRuns: 500 });
  });

  it('a long, reduced, closed and turned short books the difference of prices', () => {
    const position = new Position();
    position.fill(Side.Buy, 100, 10);
    position.fill(Side.Sell, 110, 4);
    expect(position.realised.toBigInt()).toBe(40n);
    position.fill(Side.Sell, 90, 8);
    expect([position.quantity, position.realised.toBigInt(), position.cost.toBigInt()]).toEqual([-2, -20n, -180n]);
  });
});

describe('balances', () => {
  it('change by exactly what fills and fees moved, in the fine unit', () => {
    const config = coreConfig();
    fc.assert(fc.property(fillLists, feeLists, (fills, fees) => {
      const money = new Money(config);
      let base = 0n;
      let quote = 0n;
      for (const { side, price, quantity } of fills) {
        const signed = BigInt(side === Side.Buy ? quantity : -quantity);
        base += signed * 10n ** 4n; // quantityScale 4, currency scale 8
        quote -= signed * BigInt(price) * 10n ** 3n; // priceScale 1 + quantityScale 4, fine unit 10^-8
        money.fill(instrumentConfig(), side, price, quantity);
      }
      for (const fee of fees) {
        quote -= BigInt(fee);
        money.fee(0, 0, fee);
      }
      expect(money.balances[0]![1]!.change.toBigInt()).toBe(base);
      expect(money.balances[0]![0]!.change.toBigInt()).toBe(quote);
    }), { numRuns: 300 });
  });
});
