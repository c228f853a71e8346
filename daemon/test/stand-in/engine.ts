// The Venue's inside: the matching engine of the simulated Venue with its background market, one account, and everything a
// Venue's interface has to say about the account's orders afterwards. Knows no protocol, no socket, no fault.

import { parseDecimal, parseScaled } from '../../base/decimal.ts';
import { Prng } from '../../base/prng.ts';
import type { PrintFields } from '../../event/event-fields.ts';
import { Action, CancelReason, Kind, Liquidity, Side } from '../../event/kinds.ts';
import type { VenueCurrency } from '../../event/venue-session.ts';
import { CLIENT, FEES } from '../../venues/sim/accounts.ts';
import type { Refusal } from '../../venues/sim/admission.ts';
import { Exchange } from '../../venues/sim/exchange.ts';
import { Flow } from '../../venues/sim/flow.ts';
import type { Market } from '../../venues/sim/market.ts';
import type { ExecutionMessage, FilledMessage } from '../../venues/sim/outbound.ts';
import { DEFAULT_SETTINGS } from '../../venues/sim/settings.ts';
import type { Balance, EngineReport, OrderRecord, OrderTermsGiven, TradeRecord } from './orders.ts';
import { feeCurrencyOf, type StandInInstrument, type StandInSettings } from './settings.ts';

/** Decimals of every amount of money in a stand-in. */
export const CURRENCY_SCALE = 8;
/** A background market further behind than this is not caught up. */
const BEHIND_MAX_NS = 1_000_000_000n;
const MANY = 1_000_000;

type ReplacedMessage = Extract<ExecutionMessage, { kind: Kind.OrderReplaced }>;

export interface EngineMarket {
  readonly definition: StandInInstrument;
  readonly market: Market;
  readonly flow: Flow | null;
  /** Unix ns of the next background event. */
  due: bigint;
  /** Trades since the publisher last took them. */
  prints: PrintFields[];
  /** Of the account's last trade here. */
  lastTradeId: number;
}

export class Engine {
  readonly exchange: Exchange;
  readonly markets = new Map<string, EngineMarket>();
  readonly orders = new Map<number, OrderRecord>();
  readonly trades: TradeRecord[] = [];
  private readonly settings: StandInSettings;
  private readonly currencies = new Map<string, VenueCurrency>();
  /** Totals after the trade reported last: the accounts are at the last one made. */
  private readonly ledger = new Map<string, bigint>();
  private readonly named = new Map<string, OrderRecord>();
  private reports: EngineReport[] = [];
  private sequence = 0;
  private orderNumber = 0;
  private refusal: Refusal | null = null;

  constructor(settings: StandInSettings, now: bigint) {
    this.settings = settings;
    const terminalOrdersMax = MANY;
    this.exchange = new Exchange({
      ...DEFAULT_SETTINGS, seed: settings.seed, makerFeePpm: 0, takerFeePpm: 0, openOrdersMax: MANY, terminalOrdersMax,
      executionsMax: MANY,
    }, `s${settings.seed}`);
    this.exchange.time = now;
    settings.instruments.forEach((definition, index) => this.open(definition, index, now));
  }

  currencyNames(): string[] {
    return [...this.currencies.keys()];
  }

  balanceOf(currency: string): Balance {
    const total = this.exchange.accounts.total(currency, CLIENT);
    return { currency, total, available: this.exchange.accounts.available(currency) };
  }

  /** Money that comes, or goes (negative), without an order. */
  deposit(currency: string, change: bigint): void {
    this.exchange.accounts.move(currency, FEES, CLIENT, change);
    this.book(currency, change);
  }

  openOrders(): OrderRecord[] {
    return [...this.orders.values()].filter((order) => order.status === 'open');
  }

  /** The latest of this name. */
  byClientOrderId(clientOrderId: string): OrderRecord | undefined {
    return this.named.get(clientOrderId);
  }

  /** From now on the order answers to this name; to the one before only when it is kept. */
  rename(order: OrderRecord, clientOrderId: string, keeps = false): void {
    if (!keeps && this.named.get(order.clientOrderId) === order) this.named.delete(order.clientOrderId);
    order.clientOrderId = clientOrderId;
    this.named.set(clientOrderId, order);
  }

  /** The order as it stood after what happened at once. A refusal leaves no order behind. */
  place(terms: OrderTermsGiven, now: bigint): { order: OrderRecord } | { refusal: Refusal } {
    const order = this.recordOf(terms, now);
    const { number } = order;
    const namesake = this.named.get(terms.clientOrderId);
    this.orders.set(number, order);
    this.named.set(order.clientOrderId, order);
    const refusal = this.execute(number, Action.New, order, order.price, order.quantity, now);
    if (refusal === null) return { order };
    this.orders.delete(number);
    this.named.delete(order.clientOrderId);
    if (namesake !== undefined) this.named.set(namesake.clientOrderId, namesake);
    return { refusal };
  }

  /** An order the Venue acknowledged and took back at once: a post-only order that would have traded. */
  takeBack(terms: OrderTermsGiven, now: bigint, status: 'canceled' | 'rejected' = 'canceled'): OrderRecord {
    this.exchange.time = now;
    const order: OrderRecord = { ...this.recordOf(terms, now), status, cancelReason: CancelReason.Venue };
    this.orders.set(order.number, order);
    this.named.set(order.clientOrderId, order);
    this.tell('refused', order.number, null);
    return order;
  }

  /** To this price and total quantity. Null: done. */
  replace(order: OrderRecord, price: number, quantity: number, now: bigint): Refusal | null {
    return this.execute(order.number, Action.Replace, order, price, quantity, now);
  }

  cancel(order: OrderRecord, now: bigint): Refusal | null {
    return this.execute(order.number, Action.Cancel, order, order.price, order.quantity, now);
  }

  /** Runs the background market up to now. */
  advance(now: bigint): void {
    for (const entry of this.markets.values()) {
      if (entry.flow === null) continue;
      if (entry.due < now - BEHIND_MAX_NS) entry.due = now - BEHIND_MAX_NS;
      while (entry.due <= now) {
        // Never before what a client did last: background events that are due are caught up after it.
        if (entry.due > this.exchange.time) this.exchange.time = entry.due;
        entry.flow.step();
        const interval = entry.flow.nextInterval();
        if (interval === Infinity) {
          entry.due = now + BEHIND_MAX_NS;
          break;
        }
        entry.due += BigInt(interval);
      }
    }
    this.collect();
  }

  /** Something else changed the books (a mirrored recording): what that did to the account becomes reports. */
  collect(): void {
    const { reports } = this.exchange;
    this.exchange.reports = [];
    for (const report of reports) {
      if (report.kind === Kind.OrderAccepted) this.tell('accepted', report.fields.orderId, null);
      else if (report.kind === Kind.OrderReplaced) this.replaced(report);
      else if (report.kind === Kind.OrderFilled) this.filled(report);
      else if (report.kind === Kind.OrderCancelled) this.cancelled(report.fields.orderId, report.fields.reason);
      else this.refusal = { reason: report.fields.reason, message: report.fields.message };
    }
    for (const entry of this.markets.values()) {
      entry.prints.push(...entry.market.prints);
      entry.market.prints = [];
    }
  }

  takeReports(): EngineReport[] {
    const { reports } = this;
    this.reports = [];
    return reports;
  }

  private recordOf(terms: OrderTermsGiven, now: bigint): OrderRecord {
    this.orderNumber += 1;
    return {
      ...terms, number: this.orderNumber, firstName: terms.clientOrderId, filled: 0, cost: 0n, fees: new Map(), status: 'open',
      cancelReason: null, createdAt: now, updatedAt: now, trades: [], amended: false,
    };
  }

  private open(definition: StandInInstrument, index: number, now: bigint): void {
    const { settings, exchange } = this;
    const { priceDecimals, quantityDecimals, symbol } = definition;
    const base = this.currency(definition.base);
    const quote = this.currency(definition.quote);
    const market = exchange.open({
      instrument: index, symbol, base: base.currency, quote: quote.currency, priceScale: priceDecimals,
      quantityScale: quantityDecimals, tickSize: parseScaled(definition.tickSize, priceDecimals),
      lotSize: parseScaled(definition.lotSize, quantityDecimals),
      minimumQuantity: parseScaled(definition.minimumQuantity, quantityDecimals), bookDepth: 0,
    }, base, quote);
    const flow = settings.recorded !== null ? null
      : new Flow(exchange, market, { ...DEFAULT_SETTINGS.market, ...definition.flow }, Prng.seeded(settings.seed, index));
    flow?.seed();
    this.markets.set(symbol, { definition, market, flow, due: now, prints: [], lastTradeId: 0 });
  }

  private currency(symbol: string): VenueCurrency {
    const known = this.currencies.get(symbol);
    if (known !== undefined) return known;
    const currency = { currency: this.currencies.size, symbol, scale: CURRENCY_SCALE };
    this.currencies.set(symbol, currency);
    const { balances } = this.settings;
    const owned = parseDecimal(balances[symbol] ?? balances['*'] ?? '0', CURRENCY_SCALE);
    this.exchange.accounts.open(symbol, owned);
    this.ledger.set(symbol, owned);
    return currency;
  }

  private execute(
    orderId: number, action: Action, terms: OrderTermsGiven, price: number, quantity: number, now: bigint,
  ): Refusal | null {
    const { symbol, side, type, timeInForce } = terms;
    const market = this.markets.get(symbol)?.market;
    const instrument = market?.instrument.instrument ?? 0;
    this.exchange.time = now;
    this.refusal = null;
    this.exchange.execute({ orderId, strategy: 0, instrument, action, side, type, timeInForce, price, quantity }, market);
    this.collect();
    return this.refusal;
  }

  private replaced({ fields }: ReplacedMessage): void {
    const order = this.known(fields.orderId);
    order.price = Number(fields.price);
    order.quantity = Number(fields.quantity);
    order.amended = true;
    this.tell('replaced', order.number, null);
  }

  private cancelled(number: number, reason: CancelReason): void {
    const order = this.known(number);
    order.status = reason === CancelReason.Expired ? 'expired' : 'canceled';
    order.cancelReason = reason;
    this.tell('done', number, null);
  }

  private filled({ fields }: FilledMessage): void {
    const order = this.known(fields.orderId);
    const entry = this.marketOf(order.symbol);
    const { money } = entry.market;
    const { liquidity } = fields;
    const price = Number(fields.price);
    const quantity = Number(fields.quantity);
    const cost = money.quoteAmount(price, quantity);
    const inBase = feeCurrencyOf(this.settings.venue) === 'received' && order.side === Side.Buy;
    const ppm = liquidity === Liquidity.Maker ? this.settings.makerFeePpm : this.settings.takerFeePpm;
    const fee = money.fee(inBase ? money.baseAmount(quantity) : cost, ppm);
    const feeCurrency = inBase ? money.base.symbol : money.quote.symbol;
    this.exchange.accounts.move(feeCurrency, CLIENT, FEES, fee);
    const direction = order.side === Side.Buy ? 1n : -1n;
    this.book(money.base.symbol, direction * money.baseAmount(quantity));
    this.book(money.quote.symbol, -direction * cost);
    this.book(feeCurrency, -fee);
    order.filled += quantity;
    order.cost += cost;
    order.fees.set(feeCurrency, (order.fees.get(feeCurrency) ?? 0n) + fee);
    if (order.filled === order.quantity) order.status = 'filled';
    const trade: TradeRecord = {
      number: this.trades.length + 1, tradeId: this.tradeIdOf(entry, price, quantity), orderNumber: order.number,
      symbol: order.symbol, side: order.side, price, quantity, cost, fee, feeCurrency, liquidity, time: this.exchange.time,
    };
    this.trades.push(trade);
    order.trades.push(trade);
    this.tell('trade', order.number, trade);
  }

  /** Prints and fills come in the same order: the first print of this price and quantity not yet taken is its trade. */
  private tradeIdOf(entry: EngineMarket, price: number, quantity: number): number {
    const print = entry.market.prints.find((found) => {
      return Number(found.id) > entry.lastTradeId && found.price === price && found.quantity === quantity;
    });
    entry.lastTradeId = print === undefined ? entry.market.tradeNumber : Number(print.id);
    return entry.lastTradeId;
  }

  private tell(what: EngineReport['what'], number: number, trade: TradeRecord | null): void {
    const order = this.known(number);
    order.updatedAt = this.exchange.time;
    this.sequence += 1;
    const { definition } = this.marketOf(order.symbol);
    const balances = [definition.base, definition.quote].map((currency): Balance => {
      const { total, available } = this.balanceOf(currency);
      const then = this.ledger.get(currency) ?? total;
      return { currency, total: then, available: then - (total - available) };
    });
    this.reports.push({
      what, order: { ...order, fees: new Map(order.fees), trades: [...order.trades] }, trade, balances, sequence: this.sequence,
    });
  }

  private book(currency: string, change: bigint): void {
    this.ledger.set(currency, (this.ledger.get(currency) ?? 0n) + change);
  }

  private known(number: number): OrderRecord {
    const order = this.orders.get(number);
    if (order === undefined) throw new Error(`Invariant: the engine reports on its own order ${number}`);
    return order;
  }

  marketOf(symbol: string): EngineMarket {
    const entry = this.markets.get(symbol);
    if (entry === undefined) throw new Error(`Invariant: ${symbol} is an instrument of the engine`);
    return entry;
  }
}
