// The Venue's truth: markets, accounts, the client's orders and executions, and what each command does to them.
// Answers and fills are collected in `reports`, in the order in which they happened; delivering them, late or at
// all, is not its business. Knows no latency, no fault, no link.

import { Action, CancelReason, Kind, Liquidity, OrderType, RejectReason, Side, TimeInForce, VenueOrderStatus }
  from '../../event/kinds.ts';
import type { DispatchedCommand, VenueCurrency, VenueInstrument } from '../../event/venue-session.ts';
import { Accounts, CLIENT, FEES } from './accounts.ts';
import { fundsCurrency, fundsNeeded, refuseNew, refuseReplace, type Refusal } from './admission.ts';
import { ExecutionMemory } from './executions.ts';
import { definitionOf, Market } from './market.ts';
import { Money } from './money.ts';
import { type MatchObserver, type OrderTerms, VenueOrder } from './order-book.ts';
import { OrderTable } from './order-table.ts';
import type { ExecutionMessage, FilledMessage, StatusMessage } from './outbound.ts';
import type { SimSettings } from '../../event/simulation-settings.ts';

export class Exchange implements MatchObserver {
  readonly settings: SimSettings;
  readonly markets = new Map<string, Market>();
  readonly accounts = new Accounts();
  readonly orders: OrderTable;
  readonly executions: ExecutionMemory;
  /** Prefix of every id of this Venue's life, so that a Venue without memory never reuses an id. */
  instance: string;
  orderNumber = 0;
  executionNumber = 0;
  /** Unix ns of what happens now. */
  time = 0n;
  /** Reports of the command or flow event being executed; the caller drains it. */
  reports: ExecutionMessage[] = [];
  /** Counts every change to what the client owns or has at the Venue: a host saves when it has moved. */
  revision = 0;
  private matching: Market | null = null;

  constructor(settings: SimSettings, instance: string) {
    this.settings = settings;
    this.instance = instance;
    this.orders = new OrderTable(settings.terminalOrdersMax);
    this.executions = new ExecutionMemory(settings.executionsMax);
  }

  /** Adds the instrument, or takes over its new index. A definition that contradicts the known one is refused. */
  open(instrument: VenueInstrument, base: VenueCurrency, quote: VenueCurrency): Market {
    const known = this.markets.get(instrument.symbol);
    if (known !== undefined) {
      const found = definitionOf(instrument, base, quote);
      const expected = definitionOf(known.instrument, known.money.base, known.money.quote);
      if (found !== expected) {
        const { symbol } = instrument;
        throw new RangeError(`simulated Venue: the Welcome defines ${symbol} as ${found}, but the Venue's state has it `
          + `as ${expected}; restore the definition in the configuration or remove the Venue's state file`);
      }
      known.instrument = instrument;
      known.money = new Money(instrument, base, quote);
      return known;
    }
    const market = new Market(instrument, base, quote);
    this.markets.set(instrument.symbol, market);
    return market;
  }

  // ── The client's commands ─────────────────────────────────────────────────────────────────────
  execute(command: DispatchedCommand, market: Market | undefined): void {
    switch (command.action) {
      case Action.New: this.place(command, market); break;
      case Action.Replace: this.replace(command); break;
      case Action.Cancel: this.cancel(command.orderId); break;
    }
  }

  /** Refuses without looking at anything else: rate limits and injected rejects. */
  refuse(command: DispatchedCommand, market: Market | undefined, refusal: Refusal): void {
    if (command.action === Action.New && this.orders.find(command.orderId) === undefined) {
      const order = this.identify(command, market?.symbol ?? '');
      this.orders.add(order);
      this.retire(order, VenueOrderStatus.Rejected);
    }
    this.reportRefusal(command.action, command.orderId, refusal);
  }

  cancelAll(reason: CancelReason): void {
    for (const order of this.orders.listOpen()) this.withdraw(order, reason);
  }

  private place(command: DispatchedCommand, market: Market | undefined): void {
    if (this.orders.find(command.orderId) !== undefined) {
      const message = `order id ${command.orderId} was used before`;
      this.reportRefusal(Action.New, command.orderId, { reason: RejectReason.DuplicateOrder, message });
      return;
    }
    if (market === undefined) {
      const message = `no instrument ${command.instrument}`;
      this.refuse(command, market, { reason: RejectReason.UnknownInstrument, message });
      return;
    }
    const refusal = refuseNew(market, command, this.accounts, this.orders.openCount, this.settings);
    if (refusal !== null) {
      this.refuse(command, market, refusal);
      return;
    }
    const order = this.identify(command, market.symbol);
    this.orders.add(order);
    this.revision += 1;
    this.reports.push({
      kind: Kind.OrderAccepted,
      fields: { orderId: order.orderId, eventTime: this.time, venueOrderId: this.venueOrderId(order) },
    });
    this.work(market, order);
  }

  private replace(command: DispatchedCommand): void {
    const { orderId, price, quantity } = command;
    const order = this.openOrder(Action.Replace, orderId);
    if (order === null) return;
    const market = this.marketOf(order);
    const refusal = refuseReplace(market, order, price, quantity, this.accounts, this.settings);
    if (refusal !== null) {
      this.reportRefusal(Action.Replace, orderId, refusal);
      return;
    }
    this.revision += 1;
    const keepsPlace = price === order.price && quantity <= order.quantity;
    if (keepsPlace) {
      market.book.reduce(order, quantity);
    } else {
      market.book.remove(order);
      order.price = price;
      order.quantity = quantity;
    }
    this.reports.push({
      kind: Kind.OrderReplaced,
      fields: { orderId, price, quantity, eventTime: this.time, venueOrderId: this.venueOrderId(order) },
    });
    if (keepsPlace) this.reserve(market, order);
    else this.work(market, order);
  }

  private cancel(orderId: number): void {
    const order = this.openOrder(Action.Cancel, orderId);
    if (order !== null) this.withdraw(order, CancelReason.Requested);
  }

  /** Matches, then rests or ends what remains. */
  private work(market: Market, order: VenueOrder): void {
    const { timeInForce, type } = order;
    const rests = type === OrderType.Limit
      && (timeInForce === TimeInForce.GoodTillCancel || timeInForce === TimeInForce.PostOnly);
    const whole = timeInForce !== TimeInForce.FillOrKill
      || market.book.reach(order, order.account).quantity === order.quantity;
    if (whole) this.match(market, order);
    if (order.remaining === 0) {
      this.retire(order, VenueOrderStatus.Filled);
    } else if (rests) {
      market.book.rest(order);
      this.reserve(market, order);
    } else {
      this.retire(order, VenueOrderStatus.Expired);
      this.reportCancelled(order, CancelReason.Expired);
    }
  }

  private withdraw(order: VenueOrder, reason: CancelReason): void {
    this.marketOf(order).book.remove(order);
    this.retire(order, VenueOrderStatus.Cancelled);
    this.reportCancelled(order, reason);
  }

  private openOrder(action: Action, orderId: number): VenueOrder | null {
    const order = this.orders.find(orderId);
    if (order === undefined) {
      this.reportRefusal(action, orderId, { reason: RejectReason.UnknownOrder, message: `no order ${orderId}` });
      return null;
    }
    if (order.status === VenueOrderStatus.Open) return order;
    const message = `order ${orderId} is ${VenueOrderStatus[order.status]}`;
    this.reportRefusal(action, orderId, { reason: RejectReason.OrderTerminal, message });
    return null;
  }

  // ── Background flow and faults ────────────────────────────────────────────────────────────────
  /** Places a background order. Null when it is post-only and would have traded. */
  placeFlow(market: Market, account: number, terms: OrderTerms): VenueOrder | null {
    const { book } = market;
    if (terms.timeInForce === TimeInForce.PostOnly && book.crosses(terms.side, terms.type, terms.price)) return null;
    const order = this.number(0, account, market.symbol, terms);
    this.match(market, order);
    if (terms.timeInForce === TimeInForce.ImmediateOrCancel || order.remaining === 0) return order;
    book.rest(order);
    return order;
  }

  /** Trades an open order of the client out of turn, at its own price: only a fault does that. */
  forceFill(order: VenueOrder, quantity: number, account: number): void {
    const market = this.marketOf(order);
    const side = order.side === Side.Buy ? Side.Sell : Side.Buy;
    const terms = { ...order, side, quantity, type: OrderType.Limit, timeInForce: TimeInForce.ImmediateOrCancel };
    const taker = this.number(0, account, market.symbol, terms);
    this.matching = market;
    market.book.fill(order, quantity);
    taker.filled = quantity;
    this.traded(taker, order, quantity);
  }

  // ── MatchObserver ─────────────────────────────────────────────────────────────────────────────
  traded(taker: VenueOrder, maker: VenueOrder, quantity: number): void {
    const market = this.matching;
    if (market === null) return;
    const amount = market.money.quoteAmount(maker.price, quantity);
    const [buyer, seller] = taker.side === Side.Buy ? [taker, maker] : [maker, taker];
    this.accounts.move(market.money.quote.symbol, buyer.account, seller.account, amount);
    this.accounts.move(market.money.base.symbol, seller.account, buyer.account, market.money.baseAmount(quantity));
    market.tradeNumber += 1;
    market.prints.push({
      price: maker.price, quantity, eventTime: this.time, id: BigInt(market.tradeNumber), aggressor: taker.side,
    });
    this.charge(market, taker, maker.price, quantity, amount, Liquidity.Taker);
    this.charge(market, maker, maker.price, quantity, amount, Liquidity.Maker);
    if (maker.account === CLIENT) {
      if (maker.remaining === 0) this.retire(maker, VenueOrderStatus.Filled);
      else this.reserve(market, maker);
    }
  }

  selfTradePrevented(resting: VenueOrder): void {
    if (resting.account !== CLIENT) return;
    this.retire(resting, VenueOrderStatus.Cancelled);
    this.reportCancelled(resting, CancelReason.Venue);
  }

  private match(market: Market, order: VenueOrder): void {
    this.matching = market;
    market.book.match(order, this);
    this.matching = null;
  }

  /** Takes the fee of one side of a trade and, when it is the client's, remembers and reports the execution. */
  private charge(
    market: Market, order: VenueOrder, price: number, quantity: number, amount: bigint, liquidity: Liquidity,
  ): void {
    const { settings } = this;
    const { quote } = market.money;
    const fee = market.money.fee(amount, liquidity === Liquidity.Maker ? settings.makerFeePpm : settings.takerFeePpm);
    this.accounts.move(quote.symbol, order.account, FEES, fee);
    if (order.account !== CLIENT) return;
    this.revision += 1;
    this.executionNumber += 1;
    this.accounts.movePosition(market.symbol, order.side === Side.Buy ? quantity : -quantity);
    const report: FilledMessage = {
      kind: Kind.OrderFilled,
      fields: {
        orderId: order.orderId, instrument: market.instrument.instrument, side: order.side, price, quantity,
        fee: Number(fee), feeCurrency: quote.currency, liquidity, eventTime: this.time,
        venueOrderId: this.venueOrderId(order), executionId: `${this.instance}-e${this.executionNumber}`,
      },
    };
    this.executions.add(report, market.symbol);
    this.reports.push(report);
  }

  // ── Answers ───────────────────────────────────────────────────────────────────────────────────
  statusOf(orderId: number): StatusMessage {
    const order = this.orders.find(orderId);
    if (order !== undefined) return this.statusReport(order);
    return {
      kind: Kind.OrderStatusReport,
      fields: {
        orderId, status: this.orders.statusOfUnknown(orderId), instrument: 0, side: Side.Buy, price: 0, quantity: 0,
        filledQuantity: 0, eventTime: this.time, venueOrderId: '',
      },
    };
  }

  statusReport(order: VenueOrder): StatusMessage {
    return {
      kind: Kind.OrderStatusReport,
      fields: {
        orderId: order.orderId, status: order.status, side: order.side, price: order.price, quantity: order.quantity,
        instrument: this.markets.get(order.symbol)?.instrument.instrument ?? 0, filledQuantity: order.filled,
        eventTime: this.time, venueOrderId: this.venueOrderId(order),
      },
    };
  }

  marketOf(order: VenueOrder): Market {
    const market = this.markets.get(order.symbol);
    if (market === undefined) throw new Error(`Invariant: the open order ${order.orderId} is of a known instrument`);
    return market;
  }

  private reportRefusal(action: Action, orderId: number, { reason, message }: Refusal): void {
    const kind = action === Action.New ? Kind.OrderRejected
      : action === Action.Replace ? Kind.ReplaceRejected : Kind.CancelRejected;
    this.reports.push({ kind, fields: { orderId, reason, message, eventTime: this.time } });
  }

  private reportCancelled(order: VenueOrder, reason: CancelReason): void {
    this.reports.push({ kind: Kind.OrderCancelled, fields: { orderId: order.orderId, reason, eventTime: this.time } });
  }

  private venueOrderId(order: VenueOrder): string {
    return `${this.instance}-o${order.number}`;
  }

  private identify(command: DispatchedCommand, symbol: string): VenueOrder {
    return this.number(command.orderId, CLIENT, symbol, command);
  }

  private number(orderId: number, account: number, symbol: string, terms: OrderTerms): VenueOrder {
    this.orderNumber += 1;
    return new VenueOrder({ orderId, number: this.orderNumber, account, symbol }, terms);
  }

  // ── Funds set aside ───────────────────────────────────────────────────────────────────────────
  /** Brings what an open order sets aside in line with what remains of it. */
  reserve(market: Market, order: VenueOrder): void {
    const needed = order.account === CLIENT && order.level !== null
      ? fundsNeeded(market, { ...order, quantity: order.remaining }, this.settings) : 0n;
    this.accounts.reserve(fundsCurrency(market, order.side), needed - order.reserved);
    order.reserved = needed;
  }

  private retire(order: VenueOrder, status: VenueOrderStatus): void {
    this.revision += 1;
    this.orders.retire(order, status);
    const market = this.markets.get(order.symbol);
    if (market === undefined || order.reserved === 0n) return;
    this.accounts.reserve(fundsCurrency(market, order.side), -order.reserved);
    order.reserved = 0n;
  }
}
