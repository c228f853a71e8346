// The rest of the market, for one instrument: a fair price that wanders, makers that quote around it, takers that
// trade. Its orders go through the same matching as the client's and get no favours. Draws only from its own
// generator.
//
//   fair price   a random walk in ticks, drawn back to where it started
//   makers       post-only orders on a grid of price levels around the fair price, more of them near it
//   takers       immediate orders of either side; and, when the fair price has moved through resting orders, orders
//                that take what has become mispriced: the client's orders too

import { parseScaled } from '../../base/decimal.ts';
import { Prng } from '../../base/prng.ts';
import { OrderType, Side, TimeInForce } from '../../event/kinds.ts';
import { MAKERS, TAKERS } from './accounts.ts';
import type { Exchange } from './exchange.ts';
import type { Market } from './market.ts';
import type { PriceLevel, VenueOrder } from './order-book.ts';
import type { FlowSettings } from '../../event/simulation-settings.ts';

const MILLION = 1_000_000;
const SECOND_NS = 1_000_000_000;
/** Levels beyond the outermost kept one at which a left-behind order is taken away. */
const STRAY_LEVELS = 10;
/** Typical quantities that one order against mispriced ones may take. */
const SWEEP_QUANTITIES = 6;

export interface FlowState {
  readonly fair: number;
  readonly words: readonly number[];
}

export class Flow {
  readonly market: Market;
  private readonly exchange: Exchange;
  private readonly settings: FlowSettings;
  private prng: Prng;
  /** Ticks. */
  private fair: number;
  private readonly anchor: number;
  private readonly lotsTypical: number;

  constructor(exchange: Exchange, market: Market, settings: FlowSettings, prng: Prng) {
    this.exchange = exchange;
    this.market = market;
    this.settings = settings;
    this.prng = prng;
    const { priceScale, quantityScale, tickSize, lotSize, minimumQuantity } = market.instrument;
    this.anchor = Math.round(parseScaled(settings.midPrice, priceScale) / tickSize);
    this.fair = this.anchor;
    const typical = Math.max(parseScaled(settings.quantity, quantityScale), minimumQuantity);
    this.lotsTypical = Math.max(1, Math.ceil(typical / lotSize));
    const reach = this.settings.halfSpreadTicks + (settings.levels + STRAY_LEVELS) * settings.spacingTicks;
    if (this.anchor <= reach) {
      const { midPrice } = settings;
      throw new RangeError(`simulated Venue: midPrice ${midPrice} of ${market.symbol} is ${this.anchor} ticks, but `
        + `${settings.levels} levels need more than ${reach}; lower levels or spacingTicks, or raise midPrice`);
    }
  }

  /** Fills an empty book. */
  seed(): void {
    for (const side of [Side.Buy, Side.Sell]) {
      for (let k = 0; k < this.settings.levels; k += 1) {
        for (let n = 0; n < this.settings.ordersPerLevel; n += 1) this.quote(side, k);
      }
    }
  }

  /** ns until the next event; Infinity when this market has no background. */
  nextInterval(): number {
    const rate = this.settings.eventsPerSecond;
    if (rate === 0) return Infinity;
    const mean = Math.max(1, Math.round(SECOND_NS / rate));
    return 1 + this.prng.below(2 * mean - 1);
  }

  /** One background event. */
  step(): void {
    const draw = this.prng.below(MILLION);
    if (draw < this.settings.movePpm) this.move();
    else if (draw < this.settings.movePpm + this.settings.takerPpm) this.take();
    else this.requote();
    this.keepLevels(Side.Buy);
    this.keepLevels(Side.Sell);
  }

  save(): FlowState {
    return { fair: this.fair, words: this.prng.words() };
  }

  /** Its resting orders are those of its account in the restored book: it keeps no list of its own. */
  restore(state: FlowState): void {
    this.fair = state.fair;
    this.prng = new Prng(state.words);
  }

  private move(): void {
    const { rangeTicks, moveTicks } = this.settings;
    if (rangeTicks === 0 || moveTicks === 0) return;
    const size = 1 + this.prng.below(moveTicks);
    const range = Math.min(rangeTicks, this.anchor - this.lowest());
    const up = this.prng.below(2 * range) < range - (this.fair - this.anchor);
    this.fair += up ? size : -size;
    this.fair = Math.min(Math.max(this.fair, this.anchor - range), this.anchor + range);
    const side = up ? Side.Sell : Side.Buy;
    this.withdrawMispriced(side);
    this.sweep(side);
    this.withdrawStrays(up ? Side.Buy : Side.Sell);
  }

  /** Makers notice first, half of the time. */
  private withdrawMispriced(side: Side): void {
    const { levels } = this.market.book.sideOf(side);
    for (let i = levels.length - 1; i >= 0; i -= 1) {
      const ticks = levels[i].price / this.market.instrument.tickSize;
      if (side === Side.Sell ? ticks > this.fair : ticks < this.fair) return;
      for (const order of this.makersAt(levels[i])) if (this.prng.below(2) === 0) this.market.book.remove(order);
    }
  }

  /** Takes orders of `side` that rest beyond the fair price. */
  private sweep(side: Side): void {
    const price = this.fair * this.market.instrument.tickSize;
    const taker = side === Side.Sell ? Side.Buy : Side.Sell;
    if (!this.market.book.crosses(taker, OrderType.Limit, price)) return;
    this.trade(taker, OrderType.Limit, price, this.someLots() * SWEEP_QUANTITIES);
  }

  private take(): void {
    const side = this.prng.below(2) === 0 ? Side.Buy : Side.Sell;
    this.trade(side, OrderType.Market, 0, this.someLots());
  }

  private trade(side: Side, type: OrderType, price: number, lots: number): void {
    const quantity = lots * this.market.instrument.lotSize;
    const timeInForce = TimeInForce.ImmediateOrCancel;
    this.exchange.placeFlow(this.market, TAKERS, { side, type, timeInForce, price, quantity });
  }

  /** A new quote or the end of one, keeping the number of orders around what was asked for. */
  private requote(): void {
    const side = this.prng.below(2) === 0 ? Side.Buy : Side.Sell;
    const { levels, ordersPerLevel } = this.settings;
    const wanted = levels * ordersPerLevel;
    const resting = this.countMakers(side);
    if (resting > 0 && this.prng.below(2 * wanted) < resting) {
      this.withdraw(side, this.prng.below(resting));
    } else {
      this.quote(side, Math.min(this.prng.below(levels), this.prng.below(levels)));
    }
  }

  /** A post-only order at the k-th level from the fair price. */
  private quote(side: Side, k: number): void {
    const price = this.levelPrice(side, k);
    const quantity = this.someLots() * this.market.instrument.lotSize;
    const terms = { side, type: OrderType.Limit, timeInForce: TimeInForce.PostOnly, price, quantity };
    this.exchange.placeFlow(this.market, MAKERS, terms);
  }

  /** The book never shows fewer levels than asked for, as far as the other side leaves room. */
  private keepLevels(side: Side): void {
    const { levels } = this.settings;
    const book = this.market.book.sideOf(side);
    for (let k = 0; book.levels.length < levels && k < levels + STRAY_LEVELS; k += 1) {
      if (book.levelAt(this.levelPrice(side, k)) === null) this.quote(side, k);
    }
  }

  private withdrawStrays(side: Side): void {
    const book = this.market.book.sideOf(side);
    const limit = this.levelPrice(side, this.settings.levels + STRAY_LEVELS);
    // A level disappears with its last order, so the list shrinks under the walk: each level is looked at once.
    const strays = book.levels.filter((level) => !book.atLeastAsGood(level.price, limit));
    for (const level of strays) for (const order of this.makersAt(level)) this.market.book.remove(order);
  }

  private countMakers(side: Side): number {
    const { levels } = this.market.book.sideOf(side);
    let count = 0;
    for (let i = 0; i < levels.length; i += 1) {
      for (let order = levels[i].first; order !== null; order = order.after) if (order.account === MAKERS) count += 1;
    }
    return count;
  }

  /** Takes away the n-th background order of a side. */
  private withdraw(side: Side, n: number): void {
    const { levels } = this.market.book.sideOf(side);
    let left = n;
    for (let i = 0; i < levels.length; i += 1) {
      for (let order = levels[i].first; order !== null; order = order.after) {
        if (order.account !== MAKERS) continue;
        if (left === 0) {
          this.market.book.remove(order);
          return;
        }
        left -= 1;
      }
    }
  }

  private makersAt(level: PriceLevel): VenueOrder[] {
    const makers: VenueOrder[] = [];
    for (let order = level.first; order !== null; order = order.after) if (order.account === MAKERS) makers.push(order);
    return makers;
  }

  private levelPrice(side: Side, k: number): number {
    const { spacingTicks, halfSpreadTicks } = this.settings;
    const ticks = side === Side.Buy
      ? (Math.floor((this.fair - halfSpreadTicks) / spacingTicks) - k) * spacingTicks
      : (Math.ceil((this.fair + halfSpreadTicks) / spacingTicks) + k) * spacingTicks;
    return ticks * this.market.instrument.tickSize;
  }

  /** Between a fifth of the typical quantity and nearly twice it. */
  private someLots(): number {
    const fifth = Math.max(1, Math.floor(this.lotsTypical / 5));
    return fifth + this.prng.below(2 * this.lotsTypical - fifth);
  }

  private lowest(): number {
    const { halfSpreadTicks, levels, spacingTicks } = this.settings;
    return halfSpreadTicks + (levels + STRAY_LEVELS) * spacingTicks;
  }
}
