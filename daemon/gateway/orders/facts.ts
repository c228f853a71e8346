// What the Venue said of Orders, as Events for the daemon: decimal text to scaled integers, exactly or not at all. Between
// a lost link and the next Welcome nothing is told; reconciliation tells it again then. Knows no Order's life.

import { EventEncoder } from '../../event/encode.ts';
import type { CancelReason, RejectReason, VenueOrderStatus } from '../../event/kinds.ts';
import type { BalancesFact, FilledFact } from '../../event/order-adapter.ts';
import type { VenueCurrency, VenueInstrument, VenueOutput, VenueWelcome } from '../../event/venue-session.ts';
import { UNKNOWN_INSTRUMENT, type DeskOrder } from './order-table.ts';

const DECIMAL = /^(-?)(\d{1,60})(?:\.(\d{1,60}))?(?:[eE]([+-]?\d{1,3}))?$/;

/** Text as the integer it is at `scale`; NaN when it has digits beyond the scale, exceeds a safe integer or is no number. */
export function scaleExact(text: string, scale: number): number {
  const match = DECIMAL.exec(text);
  if (match === null) return NaN;
  const fraction = match[3] ?? '';
  const shift = scale - fraction.length + Number(match[4] ?? 0);
  if (Math.abs(shift) > 120) return NaN;
  const digits = BigInt(`${match[2]}${fraction}`);
  const unit = 10n ** BigInt(Math.abs(shift));
  if (shift < 0 && digits % unit !== 0n) return NaN;
  const value = Number(shift < 0 ? digits / unit : digits * unit);
  if (!Number.isSafeInteger(value)) return NaN;
  return match[1] === '-' && value !== 0 ? -value : value;
}

/** The later amount of each currency. */
export function mergedBalances(earlier: BalancesFact | null, later: BalancesFact): BalancesFact {
  const named = new Set(later.balances.map(({ currency }) => currency));
  const kept = earlier?.balances.filter(({ currency }) => !named.has(currency)) ?? [];
  return { ...later, balances: [...kept, ...later.balances] };
}

/** A fill in the instrument's integers, with the fee that an Event can carry. */
interface ScaledFill {
  readonly price: number;
  readonly quantity: number;
  readonly fee: number;
  readonly feeCurrency: number;
  /** Fees that no Event can carry: an unknown or a second currency, or digits finer than the currency's. */
  readonly lostFees: readonly string[];
}

/** What an Order stands at; scaled, quantity is the total. */
export interface Standing { readonly price: number; readonly quantity: number }

/** The Order's view that OrderStatusReport carries; scaled. */
export interface StatusView {
  readonly status: VenueOrderStatus;
  readonly price: number;
  readonly quantity: number;
  readonly filled: number;
  readonly eventTime: bigint;
}

export class Teller {
  /** Of the frame or answer being read. */
  captureTime = 0n;
  private readonly encoder = new EventEncoder(512);
  private output: VenueOutput | null = null;
  private venue = 0;
  private instruments = new Map<string, VenueInstrument>();
  private byIndex = new Map<number, VenueInstrument>();
  private currencies = new Map<string, VenueCurrency>();

  open(welcome: VenueWelcome, output: VenueOutput): void {
    this.output = output;
    this.venue = welcome.venue;
    this.instruments = new Map(welcome.instruments.map((instrument) => [instrument.symbol, instrument]));
    this.byIndex = new Map(welcome.instruments.map((instrument) => [instrument.instrument, instrument]));
    this.currencies = new Map(welcome.currencies.map((currency) => [currency.symbol, currency]));
  }

  close(): void {
    this.output = null;
  }

  get isOpen(): boolean {
    return this.output !== null;
  }

  named(symbol: string): VenueInstrument | undefined {
    return this.instruments.get(symbol);
  }

  instrument(index: number): VenueInstrument | undefined {
    return this.byIndex.get(index);
  }

  accepted({ orderId, venueOrderId }: DeskOrder, eventTime: bigint): void {
    this.output?.emit(this.encoder.orderAccepted({ orderId, eventTime, captureTime: this.captureTime, venueOrderId }));
  }

  rejected(what: 'submit' | 'replace' | 'cancel', orderId: number, reason: RejectReason, message: string, eventTime = 0n): void {
    const { encoder, captureTime } = this;
    const fields = { orderId, reason, eventTime, captureTime, message: message.slice(0, 200) };
    if (what === 'submit') this.output?.emit(encoder.orderRejected(fields));
    else if (what === 'replace') this.output?.emit(encoder.replaceRejected(fields));
    else this.output?.emit(encoder.cancelRejected(fields));
  }

  replaced({ orderId, venueOrderId }: DeskOrder, { price, quantity }: Standing, eventTime: bigint): void {
    const { captureTime } = this;
    this.output?.emit(this.encoder.orderReplaced({ orderId, price, quantity, eventTime, captureTime, venueOrderId }));
  }

  cancelled(orderId: number, reason: CancelReason, eventTime: bigint): void {
    this.output?.emit(this.encoder.orderCancelled({ orderId, reason, eventTime, captureTime: this.captureTime }));
  }

  filled(order: DeskOrder, { name, side, liquidity, executionId, eventTime }: FilledFact, fill: ScaledFill): void {
    const { orderId, instrument: { instrument } } = order;
    const { price, quantity, fee, feeCurrency } = fill;
    this.output?.emit(this.encoder.orderFilled({
      orderId, instrument, side, price, quantity, fee, feeCurrency, liquidity, eventTime, captureTime: this.captureTime,
      venueOrderId: name.venueOrderId || order.venueOrderId, executionId,
    }));
  }

  status(order: DeskOrder, view: StatusView): void {
    this.emitStatus(order.orderId, order.instrument, order.side, order.venueOrderId, view);
  }

  /** An Order at the Venue that tcx did not send. */
  foreign(venueOrderId: string, instrument: VenueInstrument, side: number, view: StatusView): void {
    this.emitStatus(0, instrument, side, venueOrderId, view);
  }

  private emitStatus(orderId: number, of: VenueInstrument, side: number, venueOrderId: string, view: StatusView): void {
    // An Order known by its id alone has no instrument; the daemon has its own.
    const instrument = of === UNKNOWN_INSTRUMENT ? this.byIndex.keys().next().value ?? 0 : of.instrument;
    const { status, price, quantity, filled, eventTime } = view;
    this.output?.emit(this.encoder.orderStatusReport({
      orderId, status, instrument, side, price, quantity, filledQuantity: filled, eventTime, captureTime: this.captureTime,
      venueOrderId,
    }));
  }

  /** Currencies the Configuration does not have are none of ours. Returns those whose amounts are not exact. */
  balances({ balances, eventTime }: BalancesFact): string[] {
    const inexact: string[] = [];
    const told = balances.flatMap(({ currency: symbol, total, available }) => {
      const currency = this.currencies.get(symbol);
      if (currency === undefined || total === '') return [];
      const scaled = scaleExact(total, currency.scale);
      // A Venue that does not say what is free is not known to hold anything.
      const free = available === '' ? scaled : scaleExact(available, currency.scale);
      if (Number.isNaN(scaled) || Number.isNaN(free)) {
        inexact.push(`${symbol} ${total} (${available} available) at ${currency.scale} decimals`);
        return [];
      }
      return [{ currency: currency.currency, total: scaled, available: free }];
    });
    if (told.length > 0) {
      const { venue, captureTime } = this;
      this.output?.emit(this.encoder.balanceReport({ venue, eventTime, captureTime, balances: told }));
    }
    return inexact;
  }

  reconcileEnd(id: number, isComplete: boolean, message: string): void {
    this.output?.reconcileEnd(id, isComplete, message);
  }

  /** Null: price or quantity is not exactly what the instrument can express. */
  scale(fact: FilledFact, instrument: VenueInstrument): ScaledFill | null {
    const price = scaleExact(fact.price, instrument.priceScale);
    const quantity = scaleExact(fact.quantity, instrument.quantityScale);
    if (!(price > 0 && quantity > 0)) return null;
    let fee = 0;
    let feeCurrency = -1;
    const lostFees: string[] = [];
    for (const { currency: symbol, amount } of fact.fees) {
      const currency = this.currencies.get(symbol);
      const scaled = currency === undefined ? NaN : scaleExact(amount, currency.scale);
      if (scaled === 0) continue;
      if (currency === undefined || Number.isNaN(scaled) || (feeCurrency >= 0 && feeCurrency !== currency.currency)) {
        lostFees.push(`${amount} ${symbol}`);
      } else {
        fee += scaled;
        feeCurrency = currency.currency;
      }
    }
    return { price, quantity, fee, feeCurrency: feeCurrency >= 0 ? feeCurrency : instrument.quote, lostFees };
  }
}
