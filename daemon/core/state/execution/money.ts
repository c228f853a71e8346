// Fees and balances per currency. A currency's sums are kept in its own fine unit, 10^-exponent, fine enough that every
// price × quantity of every instrument quoted in it is a whole number of units.

import type { DigestFold } from '../../../base/digest-fold.ts';
import { Wide } from '../../../base/wide.ts';
import { Side } from '../../../event/kinds.ts';
import type { CoreConfig, InstrumentConfig } from '../../config.ts';

/** Fine unit of each currency, as a power of ten. */
export function currencyExponents(config: CoreConfig): number[] {
  return config.currencies.map((currency, index) => {
    const money = config.instruments.filter((i) => i.quote === index).map((i) => i.priceScale + i.quantityScale);
    const amounts = config.instruments.filter((i) => i.base === index).map((i) => i.quantityScale);
    return Math.max(currency.scale, ...money, ...amounts);
  });
}

class Balance {
  /** As the Venue last reported, in 10^-currency.scale. */
  reportedTotal = 0;
  reportedAvailable = 0;
  known = false;
  /** What fills and fees moved since that report, in fine units. */
  readonly change = new Wide();
}

export class Money {
  readonly exponents: readonly number[];
  /** Fees paid per currency, in 10^-currency.scale; rebates are negative. */
  readonly fees: readonly Wide[];
  /** [venue][currency] */
  readonly balances: readonly (readonly Balance[])[];
  private readonly config: CoreConfig;

  constructor(config: CoreConfig) {
    this.config = config;
    this.exponents = currencyExponents(config);
    this.fees = config.currencies.map(() => new Wide());
    this.balances = config.venues.map(() => config.currencies.map(() => new Balance()));
  }

  /** Factor from an instrument's money unit to its quote currency's fine unit. */
  quoteFactor(instrument: InstrumentConfig): number {
    return 10 ** (this.exponents[instrument.quote]! - instrument.priceScale - instrument.quantityScale);
  }

  fill(instrument: InstrumentConfig, side: number, price: number, quantity: number): void {
    const balances = this.balances[instrument.venue]!;
    const signed = side === Side.Buy ? quantity : -quantity;
    amount.setInteger(signed).scale(10 ** (this.exponents[instrument.base]! - instrument.quantityScale));
    balances[instrument.base]!.change.add(amount);
    amount.setProduct(-signed, price).scale(this.quoteFactor(instrument));
    balances[instrument.quote]!.change.add(amount);
  }

  fee(venue: number, currency: number, fee: number): void {
    this.fees[currency]!.addInteger(fee);
    amount.setInteger(-fee).scale(10 ** (this.exponents[currency]! - this.config.currencies[currency]!.scale));
    this.balances[venue]![currency]!.change.add(amount);
  }

  report(venue: number, currency: number, total: number, available: number): void {
    const balance = this.balances[venue]![currency]!;
    balance.reportedTotal = total;
    balance.reportedAvailable = available;
    balance.known = true;
    balance.change.setZero();
  }

  fold(digest: DigestFold): void {
    for (let c = 0; c < this.fees.length; c++) digest.addPair(this.fees[c]!.hi, this.fees[c]!.lo);
    for (let v = 0; v < this.balances.length; v++) {
      const balances = this.balances[v]!;
      for (let c = 0; c < balances.length; c++) foldBalance(digest, balances[c]!);
    }
  }
}

const amount = new Wide();

function foldBalance(digest: DigestFold, balance: Balance): void {
  digest.addWord(balance.known ? 1 : 0);
  digest.add(balance.reportedTotal);
  digest.add(balance.reportedAvailable);
  digest.addPair(balance.change.hi, balance.change.lo);
}
