// One instrument at the simulated Venue: its definition, its book, its state and the trades not yet published.

import type { PrintFields } from '../../event/event-fields.ts';
import { InstrumentState } from '../../event/kinds.ts';
import type { VenueCurrency, VenueInstrument } from '../../event/venue-session.ts';
import { Money } from './money.ts';
import { OrderBook } from './order-book.ts';

export class Market {
  readonly symbol: string;
  readonly book = new OrderBook();
  /** As the daemon's Welcome last defined it; the indices may change between sessions, nothing else may. */
  instrument: VenueInstrument;
  money: Money;
  state: InstrumentState = InstrumentState.Trading;
  /** Number of the latest trade. */
  tradeNumber = 0;
  prints: PrintFields[] = [];

  constructor(instrument: VenueInstrument, base: VenueCurrency, quote: VenueCurrency) {
    this.symbol = instrument.symbol;
    this.instrument = instrument;
    this.money = new Money(instrument, base, quote);
  }
}

/** What has to stay the same for a market's orders and trades to keep their meaning. */
export function definitionOf(instrument: VenueInstrument, base: VenueCurrency, quote: VenueCurrency): string {
  return JSON.stringify({
    symbol: instrument.symbol, priceScale: instrument.priceScale, quantityScale: instrument.quantityScale,
    tickSize: instrument.tickSize, lotSize: instrument.lotSize, minimumQuantity: instrument.minimumQuantity,
    base: base.symbol, baseScale: base.scale, quote: quote.symbol, quoteScale: quote.scale,
  });
}
