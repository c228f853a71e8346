// Whether a copy is Kraken's book: updates carry no number, so only a snapshot begins a copy and only the checksum keeps it.
// The checksum is over the digits of the wire text; what is remembered of that text is how many decimals it shows. Holds no
// levels.

import type { LevelBook } from '../../base/level-book.ts';
import { BookEntry, LevelEntry } from '../../event/generated/view_generated.ts';
import { Admission, type BookRule, type MarketDecoder } from '../../event/market-adapter.ts';
import type { VenueInstrument } from '../../event/venue-session.ts';
import { bookChecksum } from './checksum.ts';

export class KrakenBookRule implements BookRule {
  readonly sequenced = false;
  readonly sequence = 0;
  /** The window of the subscription: what falls out of it is never removed by a message. */
  depth: number;
  private readonly instrument: VenueInstrument;
  private hasCopy = false;
  /** The most decimals seen since the snapshot. */
  private priceDecimals = 0;
  private quantityDecimals = 0;

  constructor(instrument: VenueInstrument) {
    this.instrument = instrument;
    this.depth = instrument.bookDepth;
  }

  reset(): void {
    this.hasCopy = false;
  }

  admit({ books }: MarketDecoder, entry: number): Admission {
    if (books[entry * BookEntry.Stride + BookEntry.IsSnapshot] === 1) return Admission.Apply;
    return this.hasCopy ? Admission.Apply : Admission.Ignore;
  }

  accept({ books, levels }: MarketDecoder, entry: number, book: LevelBook): boolean {
    const { priceScale, quantityScale } = this.instrument;
    const at = entry * BookEntry.Stride;
    if (books[at + BookEntry.IsSnapshot] === 1) this.priceDecimals = this.quantityDecimals = 0;
    this.hasCopy = true;
    this.see(levels, books[at + BookEntry.BidsFrom], books[at + BookEntry.BidsTo]);
    this.see(levels, books[at + BookEntry.AsksFrom], books[at + BookEntry.AsksTo]);
    // One that is missing (NaN) equals nothing.
    const checksum = bookChecksum(book, this.priceDecimals - priceScale, this.quantityDecimals - quantityScale);
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
