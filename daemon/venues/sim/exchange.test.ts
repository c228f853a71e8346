// What a command does at the Venue, one rule at a time: priority, times in force, replaces, refusals, funds, fees.
import { describe, expect, it } from 'vitest';
import {
  Action, CancelReason, InstrumentState, Kind, Liquidity, OrderType, RejectReason, Side, TimeInForce, VenueOrderStatus,
} from '../../event/kinds.ts';
import { CLIENT, FEES, MAKERS, TAKERS } from './accounts.ts';
import { Exchange } from './exchange.ts';
import type { Market } from './market.ts';
import type { ExecutionMessage } from './outbound.ts';
import { WELCOME } from './recording-host.fixture.ts';
import { type SimSettings } from '../../event/simulation-settings.ts';
import { DEFAULT_SETTINGS } from './settings.ts';

const { Limit, Market: AtMarket } = OrderType;
const { GoodTillCancel, ImmediateOrCancel, FillOrKill, PostOnly } = TimeInForce;
const UNIT = 1000;

class Bench {
  readonly exchange: Exchange;
  readonly market: Market;

  constructor(settings: Partial<SimSettings> = {}) {
    this.exchange = new Exchange({ ...DEFAULT_SETTINGS, ...settings }, 'test');
    const [usd, btc] = WELCOME.currencies;
    this.exchange.accounts.open('USD', 10n ** 14n);
    this.exchange.accounts.open('BTC', 10n ** 12n);
    this.market = this.exchange.open(WELCOME.instruments[0], btc, usd);
  }

  send(orderId: number, side: Side, price: number, units: number, timeInForce = GoodTillCancel,
    type = Limit): string[] {
    return this.execute({ action: Action.New, orderId, side, price, quantity: units * UNIT, timeInForce, type });
  }

  replace(orderId: number, price: number, units: number): string[] {
    return this.execute({ action: Action.Replace, orderId, price, quantity: units * UNIT });
  }

  cancel(orderId: number): string[] {
    return this.execute({ action: Action.Cancel, orderId });
  }

  execute(command: { action: Action; orderId: number } & Partial<Parameters<Exchange['execute']>[0]>): string[] {
    this.exchange.execute({
      strategy: 0, instrument: 0, side: Side.Buy, type: Limit, timeInForce: GoodTillCancel, price: 0, quantity: 0,
      ...command,
    }, this.market);
    return this.reports();
  }

  /** A background order; it trades or rests as the client's would. */
  other(side: Side, price: number, units: number, timeInForce = GoodTillCancel, type = Limit,
    account = MAKERS): string[] {
    this.exchange.placeFlow(this.market, account, { side, type, timeInForce, price, quantity: units * UNIT });
    return this.reports();
  }

  /** A background sale by another than who bids in `other`. */
  hit(price: number, units: number): string[] {
    return this.other(Side.Sell, price, units, GoodTillCancel, Limit, TAKERS);
  }

  reports(): string[] {
    return this.exchange.reports.splice(0).map(line);
  }

  levels(side: Side): [number, number][] {
    return this.market.book.sideOf(side).levels.map((level): [number, number] => [level.price, level.quantity / UNIT])
      .reverse();
  }

  status(orderId: number): string {
    const { status, filledQuantity } = this.exchange.statusOf(orderId).fields;
    return `${VenueOrderStatus[status]} ${Number(filledQuantity) / UNIT}`;
  }
}

function line(report: ExecutionMessage): string {
  const { orderId } = report.fields;
  switch (report.kind) {
    case Kind.OrderAccepted: return `accepted ${orderId}`;
    case Kind.OrderFilled: return `filled ${orderId} ${Number(report.fields.quantity) / UNIT}@${report.fields.price}`;
    case Kind.OrderCancelled: return `cancelled ${orderId} ${CancelReason[report.fields.reason]}`;
    case Kind.OrderReplaced:
      return `replaced ${orderId} ${Number(report.fields.quantity) / UNIT}@${report.fields.price}`;
    default: return `refused ${orderId} ${RejectReason[report.fields.reason]}`;
  }
}

describe('BT-4: price-time priority', () => {
  it('fills the better price first, then the earlier order', () => {
    const bench = new Bench();
    bench.send(1, Side.Sell, 102, 1);
    bench.send(2, Side.Sell, 101, 1);
    bench.send(3, Side.Sell, 101, 1);
    expect(bench.other(Side.Buy, 102, 3)).toEqual(['filled 2 1@101', 'filled 3 1@101', 'filled 1 1@102']);
  });

  it('trades at the resting price, not at the taker’s', () => {
    const bench = new Bench();
    bench.other(Side.Sell, 100, 2);
    expect(bench.send(1, Side.Buy, 105, 1)).toEqual(['accepted 1', 'filled 1 1@100']);
  });

  it('our order waits for what rests ahead of it at its price', () => {
    const bench = new Bench();
    bench.other(Side.Buy, 100, 5);
    bench.send(1, Side.Buy, 100, 2);
    bench.other(Side.Buy, 100, 5);
    expect(bench.hit(100, 4)).toEqual([]);
    expect(bench.hit(100, 2)).toEqual(['filled 1 1@100']);
    expect(bench.status(1)).toBe('Open 1');
    expect(bench.hit(100, 4)).toEqual(['filled 1 1@100']);
    expect(bench.status(1)).toBe('Filled 2');
    expect(bench.levels(Side.Buy)).toEqual([[100, 2]]);
  });

  it('a partial fill leaves the rest in its place', () => {
    const bench = new Bench();
    bench.send(1, Side.Sell, 100, 3);
    bench.send(2, Side.Sell, 100, 3);
    expect(bench.other(Side.Buy, 100, 1)).toEqual(['filled 1 1@100']);
    expect(bench.other(Side.Buy, 100, 3)).toEqual(['filled 1 2@100', 'filled 2 1@100']);
  });
});

describe('BT-4: times in force', () => {
  it('GTC takes what it can and rests with the remainder', () => {
    const bench = new Bench();
    bench.other(Side.Sell, 100, 2);
    expect(bench.send(1, Side.Buy, 100, 5)).toEqual(['accepted 1', 'filled 1 2@100']);
    expect(bench.levels(Side.Buy)).toEqual([[100, 3]]);
  });

  it('IOC takes what it can and expires with the remainder', () => {
    const bench = new Bench();
    bench.other(Side.Sell, 100, 2);
    bench.other(Side.Sell, 101, 2);
    expect(bench.send(1, Side.Buy, 100, 5, ImmediateOrCancel))
      .toEqual(['accepted 1', 'filled 1 2@100', 'cancelled 1 Expired']);
    expect(bench.status(1)).toBe('Expired 2');
    expect(bench.levels(Side.Buy)).toEqual([]);
  });

  it('FOK fills whole or expires untouched', () => {
    const bench = new Bench();
    bench.other(Side.Sell, 100, 2);
    bench.other(Side.Sell, 101, 2);
    expect(bench.send(1, Side.Buy, 101, 5, FillOrKill)).toEqual(['accepted 1', 'cancelled 1 Expired']);
    expect(bench.levels(Side.Sell)).toEqual([[100, 2], [101, 2]]);
    expect(bench.send(2, Side.Buy, 101, 4, FillOrKill)).toEqual(['accepted 2', 'filled 2 2@100', 'filled 2 2@101']);
  });

  it('FOK does not count our own resting orders', () => {
    const bench = new Bench();
    bench.other(Side.Sell, 101, 1);
    bench.send(1, Side.Sell, 100, 5);
    expect(bench.send(2, Side.Buy, 101, 3, FillOrKill)).toEqual(['accepted 2', 'cancelled 2 Expired']);
    expect(bench.status(1)).toBe('Open 0');
  });

  it('post-only is refused when it would trade, rests when it would not', () => {
    const bench = new Bench();
    bench.other(Side.Sell, 100, 1);
    expect(bench.send(1, Side.Buy, 100, 1, PostOnly)).toEqual(['refused 1 PostOnlyWouldCross']);
    expect(bench.status(1)).toBe('Rejected 0');
    expect(bench.send(2, Side.Buy, 99, 1, PostOnly)).toEqual(['accepted 2']);
  });

  it('MARKET walks the book and expires with what nobody offers', () => {
    const bench = new Bench();
    bench.other(Side.Sell, 100, 1);
    bench.other(Side.Sell, 105, 1);
    expect(bench.send(1, Side.Buy, 0, 3, GoodTillCancel, AtMarket))
      .toEqual(['accepted 1', 'filled 1 1@100', 'filled 1 1@105', 'cancelled 1 Expired']);
    expect(bench.send(2, Side.Sell, 0, 1, FillOrKill, AtMarket)).toEqual(['accepted 2', 'cancelled 2 Expired']);
  });
});

describe('BT-4: replace', () => {
  function queue(): Bench {
    const bench = new Bench();
    bench.send(1, Side.Buy, 100, 4);
    bench.send(2, Side.Buy, 100, 4);
    return bench;
  }

  it('less quantity at the same price keeps the place', () => {
    const bench = queue();
    expect(bench.replace(1, 100, 2)).toEqual(['replaced 1 2@100']);
    expect(bench.levels(Side.Buy)).toEqual([[100, 6]]);
    expect(bench.other(Side.Sell, 100, 3)).toEqual(['filled 1 2@100', 'filled 2 1@100']);
  });

  it('the same terms again keep the place', () => {
    const bench = queue();
    expect(bench.replace(1, 100, 4)).toEqual(['replaced 1 4@100']);
    expect(bench.other(Side.Sell, 100, 4)).toEqual(['filled 1 4@100']);
  });

  it('more quantity loses the place', () => {
    const bench = queue();
    bench.replace(1, 100, 5);
    expect(bench.other(Side.Sell, 100, 5)).toEqual(['filled 2 4@100', 'filled 1 1@100']);
  });

  it('a new price loses the place even when it comes back', () => {
    const bench = queue();
    bench.replace(1, 101, 4);
    bench.replace(1, 100, 4);
    expect(bench.other(Side.Sell, 100, 4)).toEqual(['filled 2 4@100']);
  });

  it('quantity is the total: what is filled counts', () => {
    const bench = queue();
    bench.other(Side.Sell, 100, 3);
    expect(bench.replace(1, 100, 3)).toEqual(['refused 1 InvalidQuantity']);
    expect(bench.replace(1, 102, 5)).toEqual(['replaced 1 5@102']);
    expect(bench.levels(Side.Buy)).toEqual([[102, 2], [100, 4]]);
  });

  it('a price that crosses trades at once, after the answer', () => {
    const bench = new Bench();
    bench.other(Side.Sell, 105, 1);
    bench.send(1, Side.Buy, 100, 2);
    expect(bench.replace(1, 106, 2)).toEqual(['replaced 1 2@106', 'filled 1 1@105']);
    expect(bench.levels(Side.Buy)).toEqual([[106, 1]]);
  });

  it('a post-only order that would cross is refused and stays as it was', () => {
    const bench = new Bench();
    bench.other(Side.Sell, 105, 1);
    bench.send(1, Side.Buy, 100, 2, PostOnly);
    expect(bench.replace(1, 105, 2)).toEqual(['refused 1 PostOnlyWouldCross']);
    expect(bench.levels(Side.Buy)).toEqual([[100, 2]]);
  });

  it('of an unknown or ended order is refused', () => {
    const bench = queue();
    bench.cancel(1);
    expect(bench.replace(1, 100, 2)).toEqual(['refused 1 OrderTerminal']);
    expect(bench.replace(9, 100, 2)).toEqual(['refused 9 UnknownOrder']);
  });
});

describe('BT-4: cancel, mass cancel, own orders', () => {
  it('cancels what remains; a second cancel finds the order ended', () => {
    const bench = new Bench();
    bench.send(1, Side.Buy, 100, 4);
    bench.other(Side.Sell, 100, 1);
    expect(bench.cancel(1)).toEqual(['cancelled 1 Requested']);
    expect(bench.status(1)).toBe('Cancelled 1');
    expect(bench.cancel(1)).toEqual(['refused 1 OrderTerminal']);
    expect(bench.cancel(2)).toEqual(['refused 2 UnknownOrder']);
  });

  it('a cancel that loses the race against a fill is refused', () => {
    const bench = new Bench();
    bench.send(1, Side.Buy, 100, 1);
    expect(bench.other(Side.Sell, 100, 1)).toEqual(['filled 1 1@100']);
    expect(bench.cancel(1)).toEqual(['refused 1 OrderTerminal']);
  });

  it('mass cancel ends every open order in order of arrival and no other', () => {
    const bench = new Bench();
    bench.send(1, Side.Buy, 100, 1);
    bench.send(2, Side.Sell, 110, 1);
    bench.other(Side.Buy, 100, 1);
    bench.exchange.cancelAll(CancelReason.Requested);
    expect(bench.reports()).toEqual(['cancelled 1 Requested', 'cancelled 2 Requested']);
    expect(bench.levels(Side.Buy)).toEqual([[100, 1]]);
  });

  it('never trades with itself: the resting order is cancelled by the Venue and the taker goes on', () => {
    const bench = new Bench();
    bench.send(1, Side.Sell, 100, 1);
    bench.other(Side.Sell, 101, 1);
    expect(bench.send(2, Side.Buy, 101, 2)).toEqual(['accepted 2', 'cancelled 1 Venue', 'filled 2 1@101']);
  });

  it('an order id is used once, also after the order has ended', () => {
    const bench = new Bench();
    bench.send(1, Side.Buy, 100, 1);
    expect(bench.send(1, Side.Buy, 100, 1)).toEqual(['refused 1 DuplicateOrder']);
    bench.cancel(1);
    expect(bench.send(1, Side.Buy, 100, 1)).toEqual(['refused 1 DuplicateOrder']);
    expect(bench.status(1)).toBe('Cancelled 0');
  });
});

describe('BT-4: refusals', () => {
  it.each([
    ['price zero', 0, UNIT, 'InvalidPrice'], ['price negative', -5, UNIT, 'InvalidPrice'],
    ['quantity zero', 100, 0, 'InvalidQuantity'], ['quantity negative', 100, -UNIT, 'InvalidQuantity'],
    ['quantity off the lot', 100, UNIT + 1, 'InvalidQuantity'],
    ['quantity below the minimum', 100, UNIT / 2, 'InvalidQuantity'],
    ['more than can be accounted for', Number.MAX_SAFE_INTEGER, UNIT * 1000, 'InvalidQuantity'],
  ])('%s', (_name, price, quantity, reason) => {
    const bench = new Bench();
    expect(bench.execute({ action: Action.New, orderId: 1, price, quantity })).toEqual([`refused 1 ${reason}`]);
    expect(bench.levels(Side.Buy)).toEqual([]);
  });

  it('a price off the tick, an unknown instrument, a post-only market order', () => {
    const bench = new Bench();
    bench.market.instrument = { ...bench.market.instrument, tickSize: 5 };
    expect(bench.send(1, Side.Buy, 101, 1)).toEqual(['refused 1 InvalidPrice']);
    expect(bench.send(2, Side.Buy, 100, 1, PostOnly, AtMarket)).toEqual(['refused 2 Other']);
    bench.exchange.execute({
      action: Action.New, orderId: 3, strategy: 0, instrument: 9, side: Side.Buy, type: Limit,
      timeInForce: GoodTillCancel,
      price: 100, quantity: UNIT,
    }, undefined);
    expect(bench.reports()).toEqual(['refused 3 UnknownInstrument']);
    expect(bench.status(3)).toBe('Rejected 0');
  });

  it.each([
    [InstrumentState.Halted, GoodTillCancel, false], [InstrumentState.CancelOnly, PostOnly, false],
    [InstrumentState.PostOnly, GoodTillCancel, false], [InstrumentState.PostOnly, PostOnly, true],
    [InstrumentState.Trading, GoodTillCancel, true],
  ])('in state %i time in force %i is taken: %s', (state, timeInForce, taken) => {
    const bench = new Bench();
    bench.market.state = state;
    expect(bench.send(1, Side.Buy, 100, 1, timeInForce)).toEqual([taken ? 'accepted 1' : 'refused 1 VenueUnavailable']);
  });

  it('a halted instrument still cancels', () => {
    const bench = new Bench();
    bench.send(1, Side.Buy, 100, 1);
    bench.market.state = InstrumentState.Halted;
    expect(bench.cancel(1)).toEqual(['cancelled 1 Requested']);
  });

  it('one order more than may be open', () => {
    const bench = new Bench({ openOrdersMax: 2 });
    bench.send(1, Side.Buy, 100, 1);
    bench.send(2, Side.Buy, 100, 1);
    expect(bench.send(3, Side.Buy, 100, 1)).toEqual(['refused 3 Other']);
    bench.cancel(1);
    expect(bench.send(4, Side.Buy, 100, 1)).toEqual(['accepted 4']);
  });
});

describe('BT-4: funds and fees', () => {
  it('moves base, quote and fee to the last unit', () => {
    const bench = new Bench({ makerFeePpm: -50, takerFeePpm: 333 });
    const { accounts } = bench.exchange;
    bench.other(Side.Sell, 600_001, 7);
    bench.send(1, Side.Buy, 600_001, 7);
    // 7000 × 10^-8 BTC at 60 000.1 USD = 4.200007 USD; taker 0.0333 % = 0.001398602331 → 139860 of 10^-8.
    expect(accounts.total('BTC', CLIENT)).toBe(10n ** 12n + 7000n);
    expect(accounts.total('USD', CLIENT)).toBe(10n ** 14n - 420_000_700n - 139_860n);
    expect(accounts.total('USD', MAKERS)).toBe(420_000_700n + 21_000n);
    expect(accounts.total('USD', FEES)).toBe(139_860n - 21_000n);
    expect(accounts.position('BTC/USD')).toBe(7000);
    const [execution] = bench.exchange.executions.list();
    expect(execution.report.fields).toMatchObject({
      fee: 139_860, feeCurrency: 0, liquidity: Liquidity.Taker, executionId: 'test-e1', venueOrderId: 'test-o2',
    });
  });

  it('sets funds aside for open orders and releases them', () => {
    const bench = new Bench({ takerFeePpm: 1000, makerFeePpm: 0 });
    const { accounts } = bench.exchange;
    const all = accounts.available('USD');
    bench.send(1, Side.Buy, 100, 10);
    // 10 000 × 10^-8 BTC × 10.0 USD = 0.001 USD = 100 000 units, and 0.1 % of it.
    expect(accounts.available('USD')).toBe(all - 100_100n);
    bench.replace(1, 100, 5);
    expect(accounts.available('USD')).toBe(all - 50_050n);
    bench.other(Side.Sell, 100, 2);
    expect(accounts.available('USD')).toBe(all - 20_000n - 30_030n);
    bench.cancel(1);
    expect(accounts.available('USD')).toBe(all - 20_000n);
  });

  it('refuses what the account cannot pay for, unless told not to look', () => {
    const poor = new Bench();
    poor.exchange.accounts.move('USD', CLIENT, TAKERS, 10n ** 14n - 100_000n);
    poor.exchange.accounts.move('BTC', CLIENT, TAKERS, 10n ** 12n - 3000n);
    expect(poor.send(1, Side.Buy, 100, 11)).toEqual(['refused 1 InsufficientFunds']);
    expect(poor.send(2, Side.Sell, 100, 4)).toEqual(['refused 2 InsufficientFunds']);
    expect(poor.send(3, Side.Sell, 100, 3)).toEqual(['accepted 3']);
    expect(poor.send(4, Side.Sell, 100, 1)).toEqual(['refused 4 InsufficientFunds']);
    expect(poor.replace(3, 100, 4)).toEqual(['refused 3 InsufficientFunds']);
    const generous = new Bench({ checkFunds: false });
    generous.exchange.accounts.move('BTC', CLIENT, TAKERS, 10n ** 12n);
    expect(generous.send(1, Side.Sell, 100, 4)).toEqual(['accepted 1']);
  });

  it('a market buy needs the funds for the price it would reach', () => {
    const bench = new Bench({ takerFeePpm: 0, makerFeePpm: 0 });
    bench.other(Side.Sell, 100, 1);
    bench.other(Side.Sell, 200, 1);
    bench.exchange.accounts.move('USD', CLIENT, TAKERS, 10n ** 14n - 30_000n);
    expect(bench.send(1, Side.Buy, 0, 2, GoodTillCancel, AtMarket)).toEqual(['refused 1 InsufficientFunds']);
    expect(bench.send(2, Side.Buy, 0, 1, GoodTillCancel, AtMarket)).toEqual(['accepted 2', 'filled 2 1@100']);
  });
});

describe('BT-4: memory', () => {
  it('remembers ended orders up to the limit, then says so instead of guessing', () => {
    const bench = new Bench({ terminalOrdersMax: 2 });
    for (const orderId of [10, 11, 12]) {
      bench.send(orderId, Side.Buy, 100, 1);
      bench.cancel(orderId);
    }
    expect(bench.status(10)).toBe('Indeterminate 0');
    expect(bench.status(11)).toBe('Cancelled 0');
    expect(bench.status(13)).toBe('NotFound 0');
  });

  it('refuses a Welcome that redefines an instrument', () => {
    const bench = new Bench();
    const [usd, btc] = WELCOME.currencies;
    const changed = { ...WELCOME.instruments[0], tickSize: 2 };
    expect(() => bench.exchange.open(changed, btc, usd)).toThrow(/defines BTC\/USD as .*"tickSize":2.*"tickSize":1/);
    expect(() => bench.exchange.open({ ...WELCOME.instruments[1], quantityScale: 9 }, btc, usd))
      .toThrow(/expected at least 9/);
  });
});
