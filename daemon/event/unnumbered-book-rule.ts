// The rule of books whose updates name no predecessor: only a snapshot begins a copy, and only the checksum beside each
// update keeps it. What the checksum is over, a Venue's own rule says. Holds no levels.

import type { LevelBook } from '../base/level-book.ts';
import { BookEntry } from './generated/view_generated.ts';
import { Admission, type BookRule, type MarketDecoder } from './market-adapter.ts';

export abstract class UnnumberedBookRule implements BookRule {
  abstract readonly depth: number;
  readonly sequenced = false;
  readonly sequence = 0;
  private hasCopy = false;

  reset(): void {
    this.hasCopy = false;
  }

  admit({ books }: MarketDecoder, entry: number): Admission {
    const isSnapshot = books[entry * BookEntry.Stride + BookEntry.IsSnapshot] === 1;
    return isSnapshot || this.hasCopy ? Admission.Apply : Admission.Ignore;
  }

  accept(decoder: MarketDecoder, entry: number, book: LevelBook): boolean {
    this.hasCopy = true;
    return this.isProven(decoder, entry, book);
  }

  /** Whether the checksum beside the entry is that of `book`. */
  protected abstract isProven(decoder: MarketDecoder, entry: number, book: LevelBook): boolean;
}
