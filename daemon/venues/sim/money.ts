// Exact amounts: what a trade moves between accounts and what it costs. BigInt, because price × quantity leaves the
// safe integers; nothing here rounds silently, each rounding is named.

import type { VenueCurrency, VenueInstrument } from '../../event/venue-session.ts';

const MILLION = 1_000_000n;

export class Money {
  readonly base: VenueCurrency;
  readonly quote: VenueCurrency;
  private readonly quantityFactor: bigint;
  private readonly notionalMultiplier: bigint;
  private readonly notionalDivisor: bigint;

  constructor(instrument: VenueInstrument, base: VenueCurrency, quote: VenueCurrency) {
    if (base.scale < instrument.quantityScale) {
      const { symbol, quantityScale } = instrument;
      throw new RangeError(`simulated Venue: ${symbol} has quantity scale ${quantityScale}, but its base currency `
        + `${base.symbol} has scale ${base.scale}; expected at least ${quantityScale}`);
    }
    this.base = base;
    this.quote = quote;
    this.quantityFactor = 10n ** BigInt(base.scale - instrument.quantityScale);
    const shift = quote.scale - instrument.priceScale - instrument.quantityScale;
    this.notionalMultiplier = shift > 0 ? 10n ** BigInt(shift) : 1n;
    this.notionalDivisor = shift < 0 ? 10n ** BigInt(-shift) : 1n;
  }

  /** In units of the base currency; exact. */
  baseAmount(quantity: number): bigint {
    return BigInt(quantity) * this.quantityFactor;
  }

  /** Price × quantity in units of the quote currency, rounded down. Both sides of a trade move this same amount. */
  quoteAmount(price: number, quantity: number): bigint {
    return (BigInt(price) * BigInt(quantity) * this.notionalMultiplier) / this.notionalDivisor;
  }

  /** In units of the quote currency, rounded to the nearest unit, a half away from zero. Negative ppm: a rebate. */
  fee(quoteAmount: bigint, ppm: number): bigint {
    const magnitude = (quoteAmount * BigInt(Math.abs(ppm)) + MILLION / 2n) / MILLION;
    return ppm < 0 ? -magnitude : magnitude;
  }

  /** What a buy of this size may cost, fee included, rounded up. */
  quoteReserve(price: number, quantity: number, feePpm: number): bigint {
    const product = BigInt(price) * BigInt(quantity) * this.notionalMultiplier;
    const amount = (product + this.notionalDivisor - 1n) / this.notionalDivisor;
    return amount + (amount * BigInt(Math.max(0, feePpm)) + MILLION - 1n) / MILLION;
  }
}
