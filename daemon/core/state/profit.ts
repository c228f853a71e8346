// Profit and loss per quote currency, exact, in the currency's fine unit (see execution/money.ts), and since the UTC day
// of Sequencing Time began. Valued at what closing would get.

import type { DigestFold } from '../../base/digest-fold.ts';
import { Wide } from '../../base/wide.ts';
import type { CoreConfig } from '../config.ts';
import type { Execution } from './execution/execution.ts';
import type { Market } from './market/market.ts';

export class ProfitAndLoss {
  private readonly config: CoreConfig;
  private readonly market: Market;
  private readonly execution: Execution;
  /** UTC day that `dayStart` belongs to; −1 before the first Event. */
  private day = -1;
  private readonly dayStart: readonly Wide[];

  constructor(config: CoreConfig, market: Market, execution: Execution) {
    this.config = config;
    this.market = market;
    this.execution = execution;
    this.dayStart = config.currencies.map(() => new Wide());
  }

  /** Remembers where the currencies stand when the first Event of a UTC day arrives. */
  enterDay(day: number): void {
    if (day === this.day) return;
    this.day = day;
    for (let c = 0; c < this.dayStart.length; c++) this.total(c, this.dayStart[c]!);
  }

  /** Realised + unrealised − fees of everything quoted in `currency`, into `result`. */
  total(currency: number, result: Wide): Wide {
    result.setZero();
    for (let i = 0; i < this.config.instruments.length; i++) {
      const instrument = this.config.instruments[i]!;
      if (instrument.quote !== currency) continue;
      const position = this.execution.positions.of[i]!;
      if (position.fillCount === 0 && position.quantity === 0) continue;
      const mark = this.markOf(i);
      // Without any price to value it at, what is open counts for what it cost.
      if (mark === 0) one.set(position.realised);
      else position.profit(mark, one);
      result.add(one.scale(this.execution.money.quoteFactor(instrument)));
    }
    const { exponents, fees } = this.execution.money;
    one.set(fees[currency]!).scale(10 ** (exponents[currency]! - this.config.currencies[currency]!.scale));
    return result.subtract(one);
  }

  /** `total` now less `total` when the day began. */
  today(currency: number, result: Wide): Wide {
    this.total(currency, result);
    return result.subtract(this.dayStart[currency]!);
  }

  /** What the instrument's position is valued at; 0: unknown. */
  markOf(instrument: number): number {
    const position = this.execution.positions.of[instrument]!;
    const mark = this.market.mark(instrument, position.quantity);
    return mark !== 0 ? mark : position.lastPrice;
  }

  /** Where the day stands, for the next session: a restart must not forget the day's loss. */
  exportDay(): { day: number; start: string[] } {
    return { day: this.day, start: this.dayStart.map((start) => start.toBigInt().toString()) };
  }

  /** By currency index; a currency that is new starts the day at nothing. */
  importDay(day: number, start: readonly (string | undefined)[]): void {
    this.day = day;
    for (let c = 0; c < this.dayStart.length; c++) this.dayStart[c]!.setBigInt(BigInt(start[c] ?? '0'));
  }

  fold(digest: DigestFold): void {
    digest.add(this.day);
    for (let c = 0; c < this.dayStart.length; c++) digest.addPair(this.dayStart[c]!.hi, this.dayStart[c]!.lo);
  }
}

const one = new Wide();
