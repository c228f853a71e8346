// Whether a copy is Kraken's book: a checksum over the digits of the wire text, ten levels a side. What is remembered of
// that text is how many decimals it shows.

import { evenDigitsChecksum } from '../../base/ladder-checksum.ts';
import type { LevelBook } from '../../base/level-book.ts';
import { BookEntry, LevelEntry } from '../../event/generated/view_generated.ts';
import type { MarketDecoder } from '../../event/market-adapter.ts';
import { UnnumberedBookRule } from '../../event/unnumbered-book-rule.ts';
import type { VenueInstrument } from '../../event/venue-session.ts';

const CHECKSUM_LEVELS = 10;

export class KrakenBookRule extends UnnumberedBookRule {
  /** The window of the subscription: what falls out of it is never removed by a message. */
  depth: number;
  private readonly instrument: VenueInstrument;
  /** The most decimals seen since the snapshot. */
  private priceDecimals = 0;
  private quantityDecimals = 0;

  constructor(instrument: VenueInstrument) {
    super();
    this.instrument = instrument;
    this.depth = instrument.bookDepth;
  }

  protected isProven({ books, levels }: MarketDecoder, entry: number, book: LevelBook): boolean {
    const at = entry * BookEntry.Stride;
    if (books[at + BookEntry.IsSnapshot] === 1) this.priceDecimals = this.quantityDecimals = 0;
    this.see(levels, books[at + BookEntry.BidsFrom], books[at + BookEntry.BidsTo]);
    this.see(levels, books[at + BookEntry.AsksFrom], books[at + BookEntry.AsksTo]);
    // One that is missing (NaN) equals nothing.
    const checksum = evenDigitsChecksum(book, this.instrument, CHECKSUM_LEVELS, this.priceDecimals, this.quantityDecimals);
    return checksum === books[at + BookEntry.Checksum];
  }

  private see(levels: Float64Array, from: number, to: number): void {
    for (let at = from * LevelEntry.Stride; at < to * LevelEntry.Stride; at += LevelEntry.Stride) {
      if (levels[at + LevelEntry.PriceDecimals] > this.priceDecimals) this.priceDecimals = levels[at + LevelEntry.PriceDecimals];
      if (levels[at + LevelEntry.QuantityDecimals] > this.quantityDecimals) {
        this.quantityDecimals = levels[at + LevelEntry.QuantityDecimals];
      }
    }
  }
}
