import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coreConfig, instrumentConfig, Scenario, SECOND, strategyConfig } from '../../test/core-scenario.ts';
import { InstrumentState, Kind, OrderType, Side, Source, TimeInForce } from '../../event/kinds.ts';
import type { InstrumentLimits } from '../config.ts';

const limits = (overrides: Partial<InstrumentLimits>) =>
  coreConfig({ instruments: [instrumentConfig({ limits: { ...instrumentConfig().limits, ...overrides } })] });

/** The verdict on one limit Order: `sent`, or the deny reason. */
function verdict(scenario: Scenario, side: Side, price: number, quantity: number): string {
  scenario.submit(side, price, quantity);
  return scenario.denied[0] ?? (scenario.wire.length > 0 ? 'sent' : 'queued');
}

describe('R2: each rule at its boundary', () => {
  it.each([
    ['tick', 9_990, 100, 'sent'], ['off tick', 9_991, 100, 'TickSize'], ['off lot', 9_990, 105, 'LotSize'],
    ['below minimum', 9_990, 0, 'InvalidIntent'], ['zero price', 0, 100, 'InvalidIntent'], ['fraction', 9_990.5, 100, 'InvalidIntent'],
    ['largest quantity', 9_990, 1_000, 'sent'], ['too large', 9_990, 1_010, 'OrderQuantity'],
  ])('%s', (_name, price, quantity, expected) => {
    expect(verdict(new Scenario().start(), Side.Buy, price, quantity)).toBe(expected);
  });

  it('notional: exactly the limit passes, one unit more does not', () => {
    expect(verdict(new Scenario(limits({ orderNotionalMax: 999_000n })).start(), Side.Buy, 9_990, 100)).toBe('sent');
    expect(verdict(new Scenario(limits({ orderNotionalMax: 998_999n })).start(), Side.Buy, 9_990, 100)).toBe('OrderNotional');
  });

  // 1 % of the ask 10 010 is 100.1: the band is 100, whole units. Of the bid 9 990 it is 99.
  it.each([
    [Side.Buy, 10_110, 'sent'], [Side.Buy, 10_115, 'PriceBand'], [Side.Buy, 9_895, 'sent'], [Side.Buy, 9_890, 'PriceBand'],
    [Side.Sell, 9_895, 'sent'], [Side.Sell, 9_890, 'PriceBand'], [Side.Sell, 10_110, 'sent'], [Side.Sell, 10_115, 'PriceBand'],
  ])('price band of 1 %%: side %s at %s → %s', (side, price, expected) => {
    expect(verdict(new Scenario(limits({ priceBandPpm: 10_000 })).start(), side, price, 100)).toBe(expected);
  });

  it('position: worst case counts position, live, in flight and queued work of the same step', () => {
    const scenario = new Scenario(limits({ positionMax: 300 })).start();
    const first = scenario.submit(Side.Buy, 9_990, 100);
    scenario.accepted(first).filled(first, 9_990, 100);
    scenario.submit(Side.Buy, 9_990, 100);
    scenario.emit((_, intents) => { intents.submit(0, Side.Buy, 9_985, 100); intents.submit(0, Side.Buy, 9_980, 10); });
    expect(scenario.wire).toEqual(['NEW 100@9985']);
    expect(scenario.denied).toEqual(['Position']);
  });

  it('position: what reduces is let through beyond the limit', () => {
    const scenario = new Scenario(limits({ positionMax: 300 })).start();
    scenario.filled(777, 9_990, 900).reconcile();
    expect(verdict(scenario, Side.Buy, 9_990, 10)).toBe('Position');
    expect(verdict(scenario, Side.Sell, 10_010, 100)).toBe('sent');
  });

  it('open orders: instrument and account limits', () => {
    const scenario = new Scenario(limits({ openOrdersMax: 2 })).start();
    expect([0, 1, 2].map((i) => verdict(scenario, Side.Buy, 9_990 - 5 * i, 10))).toEqual(['sent', 'sent', 'OpenOrders']);
    const account = new Scenario(coreConfig({ risk: { ...coreConfig().risk, openOrdersMax: 1 } })).start();
    expect([0, 1].map((i) => verdict(account, Side.Buy, 9_990 - 5 * i, 10))).toEqual(['sent', 'OpenOrders']);
  });

  it('open orders: the account\'s limit counts what is queued in the same step for any instrument', () => {
    const scenario = new Scenario(coreConfig({
      risk: { ...coreConfig().risk, openOrdersMax: 2 },
      instruments: [instrumentConfig(), instrumentConfig({ id: 'ETH-USD' })], strategies: [strategyConfig({ instruments: [0, 1] })],
    })).start();
    scenario.emit((_, intents) => { for (const instrument of [0, 1, 0]) intents.submit(instrument, Side.Buy, 9_990, 10); });
    expect([scenario.wire.length, scenario.denied]).toEqual([2, ['OpenOrders']]);
  });

  it('gross exposure sums over the instruments of a currency', () => {
    const risk = { ...coreConfig().risk, grossExposureMax: [200_000_000_000n, 0n] };
    const config = coreConfig({
      risk, instruments: [instrumentConfig(), instrumentConfig({ id: 'ETH-USD' })], strategies: [strategyConfig({ instruments: [0, 1] })],
    });
    const scenario = new Scenario(config).start();
    // 100 × 10 010 × 10^-5 = 10.01 USD: 1 001 000 000 in 10^-8.
    for (let i = 0; i < 10; i++) scenario.submit(Side.Buy, 9_990, 1_000, i % 2);
    expect(scenario.denied).toEqual([]);
    scenario.emit((_, intents) => { for (let i = 0; i < 12; i++) intents.submit(i % 2, Side.Buy, 9_985, 1_000); });
    expect(scenario.denied).toContain('GrossExposure');
  });

  it('daily loss: stops what could lose more, lets what closes through, and forgets at midnight UTC', () => {
    const scenario = new Scenario(coreConfig({ risk: { ...coreConfig().risk, dailyLossMax: [100_000_000n, 0n] } })).start();
    const id = scenario.submit(Side.Buy, 10_010, 1_000);
    scenario.filled(id, 10_010, 1_000).book([[9_890, 1_000]], [[9_910, 1_000]]);
    expect(verdict(scenario, Side.Buy, 9_890, 10)).toBe('DailyLoss');
    expect(verdict(scenario, Side.Sell, 9_910, 100)).toBe('sent');
    scenario.advance(86_400 * SECOND).tick();
    expect(verdict(scenario, Side.Buy, 9_890, 10)).toBe('sent');
  });

  it('own orders: a NEW that would meet an own resting, in-flight or queued Order is denied', () => {
    const scenario = new Scenario().start();
    scenario.submit(Side.Sell, 10_010, 100);
    expect(verdict(scenario, Side.Buy, 10_010, 100)).toBe('OwnOrderCross');
    expect(verdict(scenario, Side.Buy, 10_005, 100)).toBe('sent');
    const atMarket = { type: OrderType.Market, timeInForce: TimeInForce.ImmediateOrCancel };
    scenario.emit((_, intents) => { intents.submit(0, Side.Buy, 1, 100, atMarket); });
    expect(scenario.denied).toEqual(['OwnOrderCross']);
  });

  it('a halted or cancel-only instrument takes no NEW; post-only takes post-only', () => {
    const scenario = new Scenario().start();
    scenario.send(Kind.InstrumentStatus, { Instrument: 0, State: InstrumentState.PostOnly }, Source.Venue0);
    expect(verdict(scenario, Side.Buy, 9_990, 100)).toBe('InstrumentHalted');
    scenario.emit((_, intents) => { intents.submit(0, Side.Buy, 9_990, 100, { timeInForce: TimeInForce.PostOnly }); });
    expect(scenario.wire).toEqual(['NEW 100@9990']);
  });

  it('a Strategy may not touch the Orders of another, nor instruments it is not given', () => {
    const config = coreConfig({
      instruments: [instrumentConfig(), instrumentConfig({ id: 'ETH-USD' })], strategies: [strategyConfig({ instruments: [1] })],
    });
    const scenario = new Scenario(config).start();
    scenario.emit((_, intents) => { intents.submit(1, Side.Buy, 9_990, 100); });
    expect(scenario.denied).toEqual(['InstrumentNotAllowed']);
  });

  it('R3: what Risk cannot decide is denied', () => {
    const scenario = new Scenario().start();
    Object.defineProperty(scenario.core.state.market.tops, '0', { get() { throw new Error('torn'); } });
    expect(verdict(scenario, Side.Buy, 9_990, 100)).toBe('Undecidable');
  });
});

describe('CON-8: exposure never exceeds its limit', () => {
  it('whatever is emitted, accepted, replaced, lost and filled', () => {
    const act = fc.record({
      act: fc.constantFrom('submit', 'submit', 'submit', 'replace', 'cancel', 'accept', 'fill', 'fill', 'lost'),
      side: fc.constantFrom(Side.Buy, Side.Sell), tick: fc.integer({ min: -40, max: 40 }), lots: fc.integer({ min: 1, max: 60 }),
      pick: fc.nat(1000),
    });
    fc.assert(fc.property(fc.array(act, { maxLength: 80, size: 'max' }), (acts) => {
      const scenario = new Scenario(limits({ positionMax: 900 })).start();
      const ids: number[] = [];
      const { orders, positions } = scenario.core.state.execution;
      for (const { act: what, side, tick, lots, pick } of acts) {
        const id = ids[pick % Math.max(1, ids.length)] ?? 0;
        const price = 10_000 + 5 * tick;
        if (what === 'submit') ids.push(scenario.submit(side, price, lots * 10));
        if (what === 'replace') scenario.emit((_, intents) => intents.replace(id, price, lots * 10));
        if (what === 'cancel') scenario.emit((_, intents) => intents.cancel(id));
        if (what === 'lost') scenario.advance(2 * SECOND).tick();
        const order = orders.get(id);
        if (order === undefined || order.terminal) continue;
        if (what === 'accept') scenario.accepted(id);
        const open = order.quantity - order.filled;
        if (what === 'fill' && open > 0) scenario.filled(id, order.price, Math.min(lots * 10, open));
        expect(Math.abs(positions.of[0]!.quantity)).toBeLessThanOrEqual(900);
      }
    }), { numRuns: 150 });
  });
});
