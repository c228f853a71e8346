// The Configuration's money limits as Wides, in the units Risk compares in. Built when a Configuration takes effect.

import { Wide } from '../../base/wide.ts';
import type { CoreConfig } from '../config.ts';
import { currencyExponents } from '../state/execution/money.ts';

export class Limits {
  /** Per instrument, in 10^-(priceScale + quantityScale); zero: off. */
  readonly orderNotional: readonly Wide[];
  /** Per currency, in its fine unit; zero: off. */
  readonly grossExposure: readonly Wide[];
  /** Per currency, negative: the lowest result of the day; zero: off. */
  readonly dailyFloor: readonly Wide[];

  constructor(config: CoreConfig) {
    const exponents = currencyExponents(config);
    const fine = (amounts: readonly bigint[]): Wide[] => config.currencies.map((currency, index) =>
      new Wide().setBigInt(amounts[index]! * 10n ** BigInt(exponents[index]! - currency.scale)));
    this.orderNotional = config.instruments.map((i) => new Wide().setBigInt(i.limits.orderNotionalMax));
    this.grossExposure = fine(config.risk.grossExposureMax);
    this.dailyFloor = fine(config.risk.dailyLossMax).map((limit) => limit.negate());
  }
}
