// The background market: deep enough, never crossed, alive, and such that our resting orders fill. And the public
// feed of it, from which a subscriber can rebuild the book exactly.
import { describe, expect, it } from 'vitest';
import type { BookDeltaFields, BookSnapshotFields, LevelFields, Levels } from '../../event/event-fields.ts';
import { Kind, Side, TimeInForce } from '../../event/kinds.ts';
import { MILLISECOND, QUIET, RecordingHost, SECOND } from './recording-host.fixture.ts';
import { type SimSettings } from '../../event/simulation-settings.ts';
import { DEFAULT_SETTINGS } from './settings.ts';

const LIVE: SimSettings = { ...DEFAULT_SETTINGS, latency: QUIET.latency };

function live(settings: SimSettings = LIVE): RecordingHost {
  const host = new RecordingHost(settings);
  host.start();
  return host;
}

function levelsOf(levels: Levels): readonly LevelFields[] {
  return levels as readonly LevelFields[];
}

/** What a subscriber of one instrument has: rebuilt from the frames alone, checking the chain. */
class Subscriber {
  readonly sides = [new Map<number, number>(), new Map<number, number>()];
  sequence = 0n;

  snapshot(fields: BookSnapshotFields): void {
    this.sides[0].clear();
    this.sides[1].clear();
    this.update(fields);
  }

  delta(fields: BookDeltaFields): void {
    expect(fields.previous).toBe(this.sequence);
    this.update(fields);
  }

  best(): [number, number] {
    return [Math.max(...this.sides[0].keys()), Math.min(...this.sides[1].keys())];
  }

  pairs(side: Side): [number, number][] {
    return [...this.sides[side]].sort(([x], [y]) => (side === Side.Buy ? y - x : x - y));
  }

  private update(fields: BookSnapshotFields): void {
    this.sequence = BigInt(fields.sequence);
    for (const side of [Side.Buy, Side.Sell]) {
      for (const { price, quantity } of levelsOf(side === Side.Buy ? fields.bids : fields.asks)) {
        if (Number(quantity) === 0) this.sides[side].delete(Number(price));
        else this.sides[side].set(Number(price), Number(quantity));
      }
    }
  }
}

describe('BT-4: the background market', () => {
  it('keeps at least the levels asked for on both sides and is never crossed, at every delta', () => {
    const host = live();
    for (let i = 0; i < 1000; i += 1) {
      host.wait(5 * MILLISECOND);
      for (const { book } of host.venue.exchange().markets.values()) {
        expect(Math.min(book.bids.levels.length, book.asks.levels.length)).toBeGreaterThanOrEqual(20);
        expect(book.bids.best()?.price).toBeLessThan(book.asks.best()?.price ?? 0);
      }
    }
  });

  it('publishes about the events per second it is set to, trades among them', () => {
    const host = live();
    host.forget();
    host.live(20 * SECOND);
    for (const instrument of [0, 1]) {
      const deltas = host.of(Kind.BookDelta).filter((delta) => delta.instrument === instrument).length / 20;
      const trades = host.of(Kind.Trade).filter((trade) => trade.instrument === instrument).length / 20;
      expect(deltas + trades).toBeGreaterThan(100);
      expect(deltas + trades).toBeLessThan(300);
      expect(trades).toBeGreaterThan(5);
    }
  });

  it('moves its price, and stays in its range', () => {
    const host = live({ ...LIVE, market: { ...LIVE.market, eventsPerSecond: 5000 } });
    const market = host.venue.exchange().markets.get('BTC/USD');
    const prices = new Set<number>();
    for (let i = 0; i < 100; i += 1) {
      host.wait(20 * MILLISECOND);
      const best = market?.book.bids.best()?.price ?? 0;
      prices.add(best);
      expect(Math.abs(best - 600_000)).toBeLessThan(20_000 + 100);
    }
    expect(prices.size).toBeGreaterThan(20);
  });

  it('fills orders that rest at the best price, in both directions, and not those far away', () => {
    const host = live();
    const filled = new Set<bigint>();
    let orderId = 0;
    for (let i = 0; i < 20; i += 1) {
      const book = host.venue.exchange().markets.get('BTC/USD')?.book;
      host.buy(orderId += 1, book?.bids.best()?.price ?? 0, 1_000_000, TimeInForce.PostOnly);
      host.sell(orderId += 1, book?.asks.best()?.price ?? 0, 1_000_000, TimeInForce.PostOnly);
      host.live(SECOND);
      for (const open of host.venue.exchange().orders.listOpen()) host.cancel(open.orderId);
    }
    host.buy(1000, 500_000, 1_000_000);
    host.live(5 * SECOND);
    const fills = host.of(Kind.OrderFilled);
    for (const fill of fills) filled.add(BigInt(fill.orderId));
    expect(filled.size).toBeGreaterThan(4);
    expect(filled.size).toBeLessThan(40);
    expect(new Set(fills.map((fill) => fill.side)).size).toBe(2);
    expect(filled.has(1000n)).toBe(false);
  });

  it('takes an order that the price has moved through', () => {
    const host = live();
    host.buy(1, 650_000, 1_400_000_000);
    host.live(10 * SECOND);
    const sold = host.of(Kind.OrderFilled).filter((fill) => Number(fill.price) === 650_000);
    expect(sold.length).toBeGreaterThan(3);
  });

  it('stands still when its price may not move', () => {
    const host = live(
      { ...LIVE,
        markets: { 'BTC/USD': { midPrice: '60000', moveTicks: 0 }, 'ETH/USD': { midPrice: '3000', rangeTicks: 0 } } });
    host.live(5 * SECOND);
    expect(host.of(Kind.BookDelta).length).toBeGreaterThan(500);
  });

  it('rests when told to: no event without a command', () => {
    const host = live(QUIET);
    host.forget();
    host.wait(3600 * SECOND);
    expect(host.frames).toEqual([]);
  });

  it('refuses a mid price that leaves no room for its levels', () => {
    const settings = { ...LIVE, markets: { 'BTC/USD': { midPrice: '2', levels: 25, spacingTicks: 1 } } };
    expect(() => live(settings)).toThrow(/midPrice 2 of BTC\/USD is 20 ticks, but 25 levels need more than/);
  });
});

describe('BT-4: the public feed', () => {
  it.each([['each step', 0], ['every 7 ms', 7 * MILLISECOND]])('rebuilds the book exactly, published %s',
    (_name, publishIntervalNs) => {
    const host = live({ ...LIVE, publishIntervalNs });
    const subscribers = [new Subscriber(), new Subscriber()];
    for (let round = 0; round < 100; round += 1) {
      host.buy(2 * round + 1, 599_900 + (round % 200), 1_000_000);
      host.sell(2 * round + 2, 600_100 - (round % 200), 1_000_000);
      if (round % 3 === 0) host.cancel(round);
      if (round % 10 === 9) host.venue.onSnapshotRequest(round % 2, host.now);
      host.wait(49 * MILLISECOND);
      for (const event of host.events()) {
        if (event.kind === Kind.BookSnapshot) subscribers[event.fields.instrument].snapshot(event.fields);
        if (event.kind === Kind.BookDelta) subscribers[event.fields.instrument].delta(event.fields);
      }
      host.forget();
      if (publishIntervalNs !== 0 && round % 7 !== 6) continue;
      for (const market of host.venue.exchange().markets.values()) {
        const { instrument, bookDepth } = market.instrument;
        for (const side of [Side.Buy, Side.Sell]) {
          const shown = [...market.book.sideOf(side).levels].reverse()
            .slice(0, bookDepth === 0 ? undefined : bookDepth);
          expect(subscribers[instrument].pairs(side)).toEqual(shown.map(({ price, quantity }) => [price, quantity]));
        }
      }
    }
  });

  it('prints add up to the volume our fills saw, under increasing ids', () => {
    const host = live();
    host.buy(1, 610_000, 500_000_000);
    host.wait(0);
    const fills = host.of(Kind.OrderFilled).reduce((sum, fill) => sum + Number(fill.quantity), 0);
    const prints = host.of(Kind.Trade).flatMap((trade) => trade.prints);
    expect(prints.reduce((sum, print) => sum + Number(print.quantity), 0)).toBe(fills);
    expect(prints.map((print) => print.id)).toEqual(prints.map((_print, index) => BigInt(index + 1)));
  });
});
