// Risk: (Intent, State, Configuration) → allowed or denied with a numbered reason. Pure [R2]: it changes nothing and
// knows nothing of timing, rate or outstanding requests. What it cannot decide is denied [R3]. The only maker of
// AllowedIntent [R1].

import { Wide } from '../../base/wide.ts';
import { Action, DenyReason, FeedState, InstrumentState, OrderType, Side, TimeInForce, TradingState } from '../../event/kinds.ts';
import type { InstrumentConfig } from '../config.ts';
import type { AllowedIntent, Intent } from '../intent/intent.ts';
import { OPERATOR } from '../intent/intent.ts';
import type { Order } from '../state/execution/order.ts';
import { increasesExposure } from '../state/execution/exposure-change.ts';
import type { QueueEntry } from '../state/execution/queue-state.ts';
import type { State } from '../state/state.ts';
import { Exposure, grossExposure } from './exposure.ts';
import { Limits } from './limits.ts';
import { outsideBand } from './price-band.ts';

export class Risk {
  private readonly state: State;
  private limits: Limits;
  private readonly exposure = new Exposure();

  constructor(state: State) {
    this.state = state;
    this.limits = new Limits(state.config);
  }

  reconfigure(): void {
    this.limits = new Limits(this.state.config);
  }

  /** The same Intent, allowed; or why not. Fills in the instrument and side of a REPLACE or CANCEL from its Order. */
  judge(intent: Intent): AllowedIntent | DenyReason {
    let reason: DenyReason;
    try {
      reason = this.decide(intent);
    } catch {
      return DenyReason.Undecidable;
    }
    return reason === DenyReason.None ? (intent as AllowedIntent) : reason;
  }

  private decide(intent: Intent): DenyReason {
    if (!Number.isSafeInteger(intent.orderId)) return intent.action === Action.New ? DenyReason.InvalidIntent : DenyReason.UnknownOrder;
    const order = this.state.execution.orders.get(intent.orderId);
    const entry = this.state.execution.queue.get(intent.orderId);
    if (intent.action === Action.New) return this.decideNew(intent, order, entry);
    if (order === undefined && entry === undefined) {
      intent.instrument = -1;
      return DenyReason.UnknownOrder;
    }
    intent.instrument = order !== undefined ? order.instrument : entry!.instrument;
    intent.side = order !== undefined ? order.side : entry!.side;
    intent.type = order !== undefined ? order.type : entry!.type;
    intent.timeInForce = order !== undefined ? order.timeInForce : entry!.timeInForce;
    const owner = order !== undefined ? order.strategy : entry!.strategy;
    if (intent.strategy !== OPERATOR && intent.strategy !== owner && owner !== OPERATOR) return DenyReason.NotOwner;
    if (order !== undefined && order.terminal) return DenyReason.OrderTerminal;
    if (intent.action === Action.Cancel) return DenyReason.None;
    if (entry === undefined && this.state.execution.queue.full) return DenyReason.QueueFull;
    return this.decideReplace(intent, order);
  }

  private decideNew(intent: Intent, order: Order | undefined, entry: QueueEntry | undefined): DenyReason {
    if (this.state.config.instruments[intent.instrument] === undefined) return DenyReason.InstrumentNotAllowed;
    if (order !== undefined) return DenyReason.DuplicateOrder;
    if (entry === undefined && !intent.fresh) return DenyReason.UnknownOrder;
    if (entry !== undefined && entry.strategy !== intent.strategy) return DenyReason.NotOwner;
    const reason = this.sessionAllows(intent);
    if (reason !== DenyReason.None) return reason;
    if (entry === undefined && this.state.execution.queue.full) return DenyReason.QueueFull;
    if (this.state.execution.orders.liveTotal + this.state.execution.queue.count >= this.state.config.ordersMax) {
      return DenyReason.OrderTableFull;
    }
    return this.checkTerms(intent, 0, true);
  }

  private decideReplace(intent: Intent, order: Order | undefined): DenyReason {
    if (intent.type === OrderType.Market) return DenyReason.InvalidIntent;
    const more = order === undefined || increasesExposure(order, intent.price, intent.quantity);
    if (more) {
      const reason = this.sessionAllows(intent);
      if (reason !== DenyReason.None) return reason;
    }
    const filled = order === undefined ? 0 : order.filled;
    if (intent.quantity <= filled) return DenyReason.InvalidIntent;
    return this.checkTerms(intent, filled, more);
  }

  /** Kill switch, trading state, Strategy, Venue and instrument: may new exposure leave at all? */
  private sessionAllows(intent: Intent): DenyReason {
    const { control, market, config } = this.state;
    if (control.killed) return DenyReason.KillSwitch;
    if (control.trading !== TradingState.On) return DenyReason.TradingOff;
    if (intent.strategy !== OPERATOR && !control.strategies[intent.strategy]!.enabled) return DenyReason.StrategyDisabled;
    const instrument = config.instruments[intent.instrument]!;
    if (!instrument.limits.allowed) return DenyReason.InstrumentNotAllowed;
    if (intent.strategy !== OPERATOR && !config.strategies[intent.strategy]!.instruments.includes(intent.instrument)) {
      return DenyReason.InstrumentNotAllowed;
    }
    const venue = control.venues[instrument.venue]!;
    if (!venue.linked) return DenyReason.LinkDown;
    if (!venue.reconciled) return DenyReason.NotReconciled;
    const feed = market.feeds[intent.instrument]!;
    if (feed.state === FeedState.Stale) return DenyReason.BookStale;
    if (feed.state !== FeedState.Valid) return DenyReason.BookInvalid;
    return halted(feed.instrumentState, intent) ? DenyReason.InstrumentHalted : DenyReason.None;
  }

  /** Price, quantity and limits. `filled`: part of the quantity that is done; `more`: exposure grows. */
  private checkTerms(intent: Intent, filled: number, more: boolean): DenyReason {
    const instrument = this.state.config.instruments[intent.instrument]!;
    const shape = checkShape(intent, instrument);
    if (shape !== DenyReason.None || !more) return shape;
    const price = this.worstPrice(intent);
    if (price <= 0) return DenyReason.BookInvalid;
    if (exceeds(intent.quantity, price, this.limits.orderNotional[intent.instrument]!)) return DenyReason.OrderNotional;
    const top = this.state.market.tops[intent.instrument]!;
    if (intent.type === OrderType.Limit && outsideBand(intent, top, instrument.limits.priceBandPpm)) return DenyReason.PriceBand;
    if (this.state.config.risk.denyOwnCross && this.crossesOwn(intent)) return DenyReason.OwnOrderCross;
    return this.checkExposure(intent, instrument, filled, price);
  }

  private checkExposure(intent: Intent, instrument: InstrumentConfig, filled: number, price: number): DenyReason {
    const { exposure, state } = this;
    const position = state.execution.positions.of[intent.instrument]!.quantity;
    const replaced = state.execution.orders.get(intent.orderId);
    exposure.measure(state, intent.instrument, intent.orderId);
    if (replaced === undefined && this.openOrdersReached(instrument)) return DenyReason.OpenOrders;
    const before = replaced === undefined ? 0 : replaced.worstRemaining;
    exposure.add(intent.side, Math.max(before, intent.quantity - filled));
    const side = intent.side === Side.Buy ? Math.abs(position + exposure.buys) : Math.abs(position - exposure.sells);
    if (side > instrument.limits.positionMax && !this.reduces(intent, position)) return DenyReason.Position;
    const gross = this.limits.grossExposure[instrument.quote]!;
    if (!gross.zero && !this.reduces(intent, position)) {
      grossExposure(state, instrument.quote, intent.instrument, exposure, price, sum);
      if (sum.compare(gross) > 0) return DenyReason.GrossExposure;
    }
    return this.checkDailyLoss(intent, instrument, position);
  }

  /** Of what `exposure` measured: one more Order would pass the instrument's limit, or that of the whole account. */
  private openOrdersReached({ limits }: InstrumentConfig): boolean {
    const { config, execution } = this.state;
    if (this.exposure.openOrders >= limits.openOrdersMax) return true;
    return execution.orders.liveTotal + this.exposure.queuedTotal >= config.risk.openOrdersMax;
  }

  /** A loss limit stops what could lose more, never what closes a position. */
  private checkDailyLoss(intent: Intent, instrument: InstrumentConfig, position: number): DenyReason {
    const floor = this.limits.dailyFloor[instrument.quote]!;
    if (floor.zero || this.reduces(intent, position)) return DenyReason.None;
    this.state.profit.today(instrument.quote, sum);
    return sum.compare(floor) < 0 ? DenyReason.DailyLoss : DenyReason.None;
  }

  /** Everything on this side, the Intent included, only brings the position towards zero. */
  private reduces(intent: Intent, position: number): boolean {
    if (intent.side === Side.Buy) return position < 0 && position + this.exposure.buys <= 0;
    return position > 0 && position - this.exposure.sells >= 0;
  }

  /** The highest price this Intent could pay or be valued at. */
  private worstPrice(intent: Intent): number {
    const top = this.state.market.tops[intent.instrument]!;
    if (intent.type === OrderType.Market) return Math.max(top.askPrice, top.bidPrice);
    return Math.max(intent.price, intent.side === Side.Sell ? top.bidPrice : 0);
  }

  /** Would it trade against an own Order that rests, is on its way, or is queued? */
  private crossesOwn(intent: Intent): boolean {
    const { orders, queue } = this.state.execution;
    for (let i = 0; i < orders.liveCount[intent.instrument]!; i++) {
      const order = orders.liveAt(intent.instrument, i);
      if (order.side === intent.side || order.id === intent.orderId) continue;
      if (meets(intent, order.price) || (order.unansweredQuantity > 0 && meets(intent, order.requestedPrice))) return true;
    }
    for (let i = 0; i < queue.count; i++) {
      const entry = queue.entries[i]!;
      if (entry.instrument !== intent.instrument || entry.side === intent.side || entry.orderId === intent.orderId) continue;
      if (entry.action !== Action.Cancel && meets(intent, entry.price)) return true;
    }
    return false;
  }
}

const sum = new Wide();
const notional = new Wide();

function halted(state: number, intent: Intent): boolean {
  if (state === InstrumentState.Halted || state === InstrumentState.CancelOnly) return true;
  return state === InstrumentState.PostOnly && intent.timeInForce !== TimeInForce.PostOnly;
}

/** Integers in range, on the grid, within the size limit. Everything a Strategy can get wrong about one number. */
function checkShape(intent: Intent, instrument: InstrumentConfig): DenyReason {
  if (intent.side !== Side.Buy && intent.side !== Side.Sell) return DenyReason.InvalidIntent;
  if (intent.type !== OrderType.Limit && intent.type !== OrderType.Market) return DenyReason.InvalidIntent;
  if (!isTimeInForce(intent.timeInForce)) return DenyReason.InvalidIntent;
  if (!Number.isSafeInteger(intent.quantity) || intent.quantity <= 0) return DenyReason.InvalidIntent;
  if (intent.type === OrderType.Market) {
    if (intent.timeInForce === TimeInForce.PostOnly) return DenyReason.InvalidIntent;
    intent.price = 0;
  } else {
    if (!Number.isSafeInteger(intent.price) || intent.price <= 0) return DenyReason.InvalidIntent;
    if (intent.price % instrument.tickSize !== 0) return DenyReason.TickSize;
  }
  if (intent.quantity % instrument.lotSize !== 0 || intent.quantity < instrument.minimumQuantity) return DenyReason.LotSize;
  return intent.quantity > instrument.limits.orderQuantityMax ? DenyReason.OrderQuantity : DenyReason.None;
}

function isTimeInForce(value: number): boolean {
  return Number.isInteger(value) && value >= TimeInForce.GoodTillCancel && value <= TimeInForce.PostOnly;
}

function exceeds(quantity: number, price: number, limit: Wide): boolean {
  return !limit.zero && notional.setProduct(quantity, price).compare(limit) > 0;
}

/** Would the Intent trade with an opposite Order at `price`? Market Orders (own price 0) meet everything. */
function meets(intent: Intent, price: number): boolean {
  if (intent.type === OrderType.Market || price === 0) return true;
  return intent.side === Side.Buy ? intent.price >= price : intent.price <= price;
}
