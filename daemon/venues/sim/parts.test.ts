// The small parts: agenda, money, accounts, configuration.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Agenda } from './agenda.ts';
import { readSimSettings } from './configuration.ts';
import { Money } from './money.ts';
import { WELCOME } from './recording-host.fixture.ts';
import { DEFAULT_SETTINGS } from './settings.ts';

describe('agenda', () => {
  it('gives back in order of time, and equal times in order of entry', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (dues) => {
      const agenda = new Agenda<number>();
      dues.forEach((due, index) => agenda.add(due, index));
      const expected = dues.map((due, index) => ({ due, task: index })).sort((x, y) => x.due - y.due);
      expect(agenda.list()).toEqual(expected);
      const taken: number[] = [];
      while (agenda.size > 0) taken.push(agenda.take() ?? -1);
      expect(taken).toEqual(expected.map(({ task }) => task));
      expect(agenda.take()).toBeUndefined();
      expect(agenda.nextDue()).toBe(Infinity);
    }));
  });

  it('stays in order when entries come and go', () => {
    fc.assert(fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 50 }))), (steps) => {
      const agenda = new Agenda<number>();
      let expected: { due: number; rank: number }[] = [];
      steps.forEach((due, rank) => {
        if (due !== null) {
          agenda.add(due, rank);
          expected = [...expected, { due, rank }].sort((x, y) => x.due - y.due || x.rank - y.rank);
        } else {
          expect(agenda.take()).toBe(expected.shift()?.rank);
        }
      });
    }));
  });
});

describe('money', () => {
  const [usd, btc] = WELCOME.currencies;
  const instrument = WELCOME.instruments[0];

  it('COR-37: amounts and fees are exact at any scale', () => {
    const scale = fc.integer({ min: 0, max: 10 });
    const amount = fc.integer({ min: 1, max: 10 ** 12 });
    fc.assert(fc.property(scale, scale, scale, amount, amount, fc.integer({ min: -5000, max: 5000 }),
      (priceScale, quantityScale, quoteScale, price, quantity, ppm) => {
        const money = new Money({ ...instrument, priceScale, quantityScale }, { ...btc, scale: 12 },
          { ...usd, scale: quoteScale });
        // floor(p q 10^quoteScale / 10^(ps + qs)), with nothing cancelled.
        const exact = BigInt(price) * BigInt(quantity) * 10n ** BigInt(quoteScale);
        const unit = 10n ** BigInt(priceScale + quantityScale);
        const quote = money.quoteAmount(price, quantity);
        expect(quote).toBe(exact / unit);
        const fee = money.fee(quote, ppm);
        // The nearest unit: twice the error is at most one unit, and a tie goes away from zero.
        const error = fee * 1_000_000n - quote * BigInt(ppm);
        expect(2n * (error < 0n ? -error : error)).toBeLessThanOrEqual(1_000_000n);
        if (2n * error === (ppm < 0 ? 1_000_000n : -1_000_000n)) expect.unreachable('a tie was rounded towards zero');
        expect(money.quoteReserve(price, quantity, ppm)).toBeGreaterThanOrEqual(quote + (ppm > 0 ? fee : 0n));
        expect(money.baseAmount(quantity)).toBe(BigInt(quantity) * 10n ** BigInt(12 - quantityScale));
      }));
  });

  it('refuses a base currency too coarse for the quantity', () => {
    expect(() => new Money(instrument, { ...btc, scale: 7 }, usd))
      .toThrow(/base currency BTC has scale 7; expected at least 8/);
  });
});

describe('configuration', () => {
  it('without a word it is the default', () => {
    expect(readSimSettings(undefined, 'f')).toEqual(DEFAULT_SETTINGS);
    expect(readSimSettings({}, 'f')).toEqual(DEFAULT_SETTINGS);
  });

  it('keeps the defaults around what is given', () => {
    const settings = readSimSettings({
      seed: 9, latency: { entryNs: 5 }, market: { levels: 30 },
      markets: { 'BTC/USD': { midPrice: '1000' }, 'X/Y': { levels: 3 } },
      balances: { USD: '5' }, faults: { script: [{ fault: 'reject', on: 'new', nth: 3 }], ppm: { loseFill: 10 } },
    }, 'f');
    expect(settings).toMatchObject({
      seed: 9, latency: { ...DEFAULT_SETTINGS.latency, entryNs: 5 }, market: { ...DEFAULT_SETTINGS.market, levels: 30 },
      balances: { USD: '5' }, faults: { disconnectMs: 1000, ppm: { loseFill: 10 } },
    });
    expect(settings.markets['BTC/USD']).toEqual({ ...DEFAULT_SETTINGS.markets['BTC/USD'], midPrice: '1000' });
    expect(settings.markets['X/Y']).toEqual({ levels: 3 });
    expect(settings.balances).toEqual({ USD: '5' });
  });

  it.each([
    [{ sed: 1 }, /sim\.yaml: .*\n.*"sed"/], [{ seed: -1 }, /seed: /],
    [{ latency: { entryNs: 1.5 } }, /latency\.entryNs/],
    [{ market: { midPrice: 5 } }, /market\.midPrice/], [{ market: { midPrice: '1e5' } }, /decimal number as text/],
    [{ faults: { ppm: { explode: 1 } } }, /faults\.ppm/],
    [{ faults: { ppm: { reject: 2_000_000 } } }, /faults\.ppm\.reject/],
    [{ faults: { script: [{ fault: 'loseFill', on: 'new', nth: 1 }] } },
      /faults\.script\.0: this fault cannot strike there/],
    [{ faults: { script: [{ fault: 'reject', on: 'new', nth: 0 }] } }, /faults\.script\.0\.nth/],
    [{ rateLimit: { capacity: 1, intervalNs: 0 } }, /rateLimit: a limit needs an intervalNs/],
    [{ markets: { 'A/B': { movePpm: 600_000, takerPpm: 600_000 } } }, /A\/B: movePpm 600000 and takerPpm 600000/],
    ['text', /\(root\)/],
  ])('refuses %j and names the place', (value, message) => {
    expect(() => readSimSettings(value, 'sim.yaml')).toThrow(message);
  });
});
