// The matching engine against a model written to be obvious: one unsorted list of orders, searched anew for each
// trade, amounts in BigInt. Random command streams must give the same reports, the same book and the same accounts,
// and no currency may come from nowhere.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Action, Kind, OrderType, Side, TimeInForce } from '../../event/kinds.ts';
import { CLIENT, FEES, MAKERS, TAKERS } from './accounts.ts';
import { Exchange } from './exchange.ts';
import { WELCOME } from './recording-host.fixture.ts';
import { DEFAULT_SETTINGS } from './settings.ts';

const LOT = WELCOME.instruments[0].lotSize;
const FEE_PPM = { maker: -70, taker: 1234 };
const ACCOUNTS = [CLIENT, MAKERS, TAKERS, FEES];

interface Step {
  readonly account: number;
  readonly action: Action;
  readonly target: number;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly price: number;
  readonly lots: number;
}
interface Order {
  id: number; account: number; rank: number; side: Side; price: number; quantity: number; filled: number;
  postOnly: boolean;
}

class Model {
  orders: Order[] = [];
  used = new Map<number, 'open' | 'ended'>();
  lines: string[] = [];
  rank = 0;
  usd = ACCOUNTS.map(() => 0n);
  btc = ACCOUNTS.map(() => 0n);

  best(side: Side): Order | undefined {
    const better = (x: Order, y: Order): number => (side === Side.Buy ? y.price - x.price : x.price - y.price)
      || x.rank - y.rank;
    return this.orders.filter((order) => order.side === side).sort(better)[0];
  }

  crosses(step: { side: Side; price: number; type: OrderType }, resting: Order | undefined): resting is Order {
    if (resting === undefined || step.type === OrderType.Market) return resting !== undefined;
    return step.side === Side.Buy ? resting.price <= step.price : resting.price >= step.price;
  }

  end(order: Order): void {
    this.orders = this.orders.filter((other) => other !== order);
    if (order.account === CLIENT) this.used.set(order.id, 'ended');
  }

  say(account: number, text: string): void {
    if (account === CLIENT) this.lines.push(text);
  }

  pay(account: number, amount: bigint, ppm: number): void {
    // Nearest unit, a half away from zero, the long way round.
    const exact = amount * BigInt(ppm);
    const sign = exact < 0n ? -1n : 1n;
    const whole = (exact * sign) / 1_000_000n;
    const rest = (exact * sign) % 1_000_000n;
    const fee = sign * (2n * rest >= 1_000_000n ? whole + 1n : whole);
    this.usd[account] -= fee;
    this.usd[FEES] += fee;
  }

  match(taker: Order, type: OrderType): void {
    for (;;) {
      const maker = this.best(taker.side === Side.Buy ? Side.Sell : Side.Buy);
      if (taker.filled === taker.quantity || !this.crosses({ ...taker, type }, maker)) return;
      if (maker.account === taker.account) {
        this.end(maker);
        this.say(maker.account, `${Kind.OrderCancelled} ${maker.id}`);
        continue;
      }
      const quantity = Math.min(taker.quantity - taker.filled, maker.quantity - maker.filled);
      taker.filled += quantity;
      maker.filled += quantity;
      const amount = BigInt(maker.price) * BigInt(quantity) / 10n;
      const [buyer, seller] = taker.side === Side.Buy ? [taker, maker] : [maker, taker];
      this.usd[buyer.account] -= amount;
      this.usd[seller.account] += amount;
      this.btc[buyer.account] += BigInt(quantity);
      this.btc[seller.account] -= BigInt(quantity);
      this.pay(taker.account, amount, FEE_PPM.taker);
      this.pay(maker.account, amount, FEE_PPM.maker);
      this.say(taker.account, `${Kind.OrderFilled} ${taker.id} ${quantity}@${maker.price}`);
      this.say(maker.account, `${Kind.OrderFilled} ${maker.id} ${quantity}@${maker.price}`);
      if (maker.filled === maker.quantity) this.end(maker);
    }
  }

  available(step: Step): number {
    return this.orders
      .filter((order) => order.side !== step.side && order.account !== step.account && this.crosses(step, order))
      .reduce((sum, order) => sum + order.quantity - order.filled, 0);
  }

  work(order: Order, type: OrderType, timeInForce: TimeInForce, whole: boolean): void {
    if (whole) this.match(order, type);
    if (order.filled === order.quantity) {
      if (order.account === CLIENT) this.used.set(order.id, 'ended');
    } else if (type === OrderType.Limit
      && (timeInForce === TimeInForce.GoodTillCancel || timeInForce === TimeInForce.PostOnly)) {
      this.rank += 1;
      order.rank = this.rank;
      this.orders.push(order);
    } else {
      if (order.account === CLIENT) this.used.set(order.id, 'ended');
      this.say(order.account, `${Kind.OrderCancelled} ${order.id}`);
    }
  }

  place(step: Step, id: number): void {
    const { account, side, price, type, timeInForce } = step;
    if (account === CLIENT && this.used.has(id)) return this.say(account, `${Kind.OrderRejected} ${id}`);
    const opposite = this.best(side === Side.Buy ? Side.Sell : Side.Buy);
    const postOnly = timeInForce === TimeInForce.PostOnly;
    if (postOnly && (type === OrderType.Market || this.crosses(step, opposite))) {
      if (account === CLIENT) this.used.set(id, 'ended');
      return this.say(account, `${Kind.OrderRejected} ${id}`);
    }
    const quantity = step.lots * LOT;
    if (account === CLIENT) this.used.set(id, 'open');
    this.say(account, `${Kind.OrderAccepted} ${id}`);
    const order = { id, account, rank: 0, side, price, quantity, filled: 0, postOnly };
    const whole = timeInForce !== TimeInForce.FillOrKill || this.available(step) >= quantity;
    this.work(order, type, timeInForce, whole);
  }

  replace(step: Step): void {
    const id = step.target;
    const order = this.orders.find((other) => other.account === CLIENT && other.id === id);
    const quantity = step.lots * LOT;
    const probe = { side: order?.side ?? Side.Buy, price: step.price, type: OrderType.Limit };
    const opposite = order && this.best(order.side === Side.Buy ? Side.Sell : Side.Buy);
    if (order === undefined || quantity <= order.filled || (order.postOnly && this.crosses(probe, opposite))) {
      return this.say(CLIENT, `${Kind.ReplaceRejected} ${id}`);
    }
    this.say(CLIENT, `${Kind.OrderReplaced} ${id} ${quantity}@${step.price}`);
    const keeps = step.price === order.price && quantity <= order.quantity;
    order.price = step.price;
    order.quantity = quantity;
    if (keeps) return undefined;
    this.orders = this.orders.filter((other) => other !== order);
    this.work(order, OrderType.Limit, TimeInForce.GoodTillCancel, true);
    return undefined;
  }

  cancel(id: number): void {
    const order = this.orders.find((other) => other.account === CLIENT && other.id === id);
    if (order === undefined) return this.say(CLIENT, `${Kind.CancelRejected} ${id}`);
    this.end(order);
    return this.say(CLIENT, `${Kind.OrderCancelled} ${id}`);
  }

  levels(side: Side): string[] {
    const sums = new Map<number, number>();
    for (const order of this.orders.filter((other) => other.side === side)) {
      sums.set(order.price, (sums.get(order.price) ?? 0) + order.quantity - order.filled);
    }
    return [...sums].sort(([x], [y]) => (side === Side.Buy ? y - x : x - y))
      .map(([price, quantity]) => `${quantity}@${price}`);
  }
}

class Real {
  readonly exchange = new Exchange(
    { ...DEFAULT_SETTINGS, checkFunds: false, makerFeePpm: FEE_PPM.maker, takerFeePpm: FEE_PPM.taker }, 'test');
  readonly lines: string[] = [];
  private readonly market;

  constructor() {
    const [usd, btc] = WELCOME.currencies;
    this.exchange.accounts.open('USD', 0n);
    this.exchange.accounts.open('BTC', 0n);
    this.market = this.exchange.open(WELCOME.instruments[0], btc, usd);
  }

  apply(step: Step, id: number): void {
    const { account, action, side, type, timeInForce, price } = step;
    const terms = { side, type, timeInForce, price, quantity: step.lots * LOT };
    if (account !== CLIENT) {
      // Background flow rests or is immediate; the Exchange offers it no more than that.
      this.exchange.placeFlow(this.market, account, terms);
    } else {
      const orderId = action === Action.New ? id : step.target;
      this.exchange.execute({ ...terms, orderId, action, strategy: 0, instrument: 0 }, this.market);
    }
    for (const { kind, fields } of this.exchange.reports.splice(0)) {
      const priced = kind === Kind.OrderFilled || kind === Kind.OrderReplaced;
      const terms = priced ? ` ${fields.quantity}@${fields.price}` : '';
      this.lines.push(`${kind} ${fields.orderId}${terms}`);
    }
  }

  levels(side: Side): string[] {
    return this.market.book.sideOf(side).levels.map((level) => `${level.quantity}@${level.price}`).reverse();
  }

  totals(currency: string): bigint[] {
    return ACCOUNTS.map((account) => this.exchange.accounts.total(currency, account));
  }
}

const clientStep = fc.record({
  account: fc.constant(CLIENT), action: fc.constantFrom(Action.New, Action.New, Action.Replace, Action.Cancel),
  target: fc.integer({ min: 1, max: 15 }), side: fc.constantFrom(Side.Buy, Side.Sell),
  type: fc.constantFrom(OrderType.Limit, OrderType.Limit, OrderType.Limit, OrderType.Market),
  timeInForce: fc.constantFrom(
    TimeInForce.GoodTillCancel, TimeInForce.GoodTillCancel, TimeInForce.PostOnly, TimeInForce.ImmediateOrCancel,
    TimeInForce.FillOrKill),
  price: fc.integer({ min: 98, max: 102 }), lots: fc.integer({ min: 1, max: 4 }),
});
const otherStep = fc.record({
  account: fc.constantFrom(MAKERS, TAKERS), action: fc.constant(Action.New), target: fc.constant(0),
  side: fc.constantFrom(Side.Buy, Side.Sell), type: fc.constant(OrderType.Limit),
  timeInForce: fc.constantFrom(TimeInForce.GoodTillCancel, TimeInForce.PostOnly, TimeInForce.ImmediateOrCancel),
  price: fc.integer({ min: 98, max: 102 }), lots: fc.integer({ min: 1, max: 4 }),
});
const steps = fc.array(fc.oneof(clientStep, otherStep), { minLength: 1, maxLength: 120 });

describe('BT-4: the engine is its model', () => {
  it('same reports, same book, same accounts, on random command streams; nothing is created or lost', () => {
    fc.assert(fc.property(steps, fc.integer({ min: 1, max: 3 }), (stream, reuse) => {
      const model = new Model();
      const real = new Real();
      stream.forEach((step, index) => {
        // Some ids come twice.
        const id = Math.ceil((index + 1) / reuse);
        real.apply(step, id);
        if (step.action === Action.New) model.place(step, id);
        else if (step.action === Action.Replace) model.replace(step);
        else model.cancel(step.target);
        expect(real.lines).toEqual(model.lines);
        expect([real.levels(Side.Buy), real.levels(Side.Sell)])
          .toEqual([model.levels(Side.Buy), model.levels(Side.Sell)]);
      });
      expect(real.totals('USD')).toEqual(model.usd);
      expect(real.totals('BTC')).toEqual(model.btc);
      expect(real.exchange.accounts.sum('USD')).toBe(0n);
      expect(real.exchange.accounts.sum('BTC')).toBe(0n);
      expect(BigInt(real.exchange.accounts.position('BTC/USD'))).toBe(model.btc[CLIENT]);
      const open = real.exchange.orders.listOpen();
      for (const { orderId } of open) {
        real.apply({ ...stream[0], account: CLIENT, action: Action.Cancel, target: orderId }, 0);
      }
      expect(real.exchange.accounts.available('USD')).toBe(real.exchange.accounts.total('USD', CLIENT));
      expect(real.exchange.accounts.available('BTC')).toBe(real.exchange.accounts.total('BTC', CLIENT));
    }), { numRuns: 400 });
  });
});
