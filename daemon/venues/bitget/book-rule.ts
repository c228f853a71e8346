// Whether a copy is Bitget's book: a checksum over the best 25 levels as they were written. Updates name no predecessor, so
// only a snapshot begins a copy and only the checksum keeps it. Holds no levels.

import { interleavedChecksum, type LadderScale } from '../../base/ladder-checksum.ts';
import type { LevelBook } from '../../base/level-book.ts';
import { BookEntry } from '../../event/generated/view_generated.ts';
import { Admission, type BookRule, type MarketDecoder } from '../../event/market-adapter.ts';

const CHECKSUM_LEVELS = 25;

export class BitgetBookRule implements BookRule {
  /** In the recording nothing has to be cut: removals are sent. */
  readonly depth = 0;
  readonly sequenced = false;
  readonly sequence = 0;
  private readonly scale: LadderScale;
  private hasCopy = false;

  constructor(scale: LadderScale) {
    this.scale = scale;
  }

  reset(): void {
    this.hasCopy = false;
  }

  admit({ books }: MarketDecoder, entry: number): Admission {
    const isSnapshot = books[entry * BookEntry.Stride + BookEntry.IsSnapshot];
    if (isSnapshot === 1) return Admission.Apply;
    if (!this.hasCopy) return Admission.Ignore;
    return isSnapshot === 0 ? Admission.Apply : Admission.Gap;
  }

  accept({ books }: MarketDecoder, entry: number, book: LevelBook): boolean {
    this.hasCopy = true;
    // On the wire it is signed; one that is missing (NaN) equals nothing.
    return (interleavedChecksum(book, this.scale, CHECKSUM_LEVELS) | 0) === books[entry * BookEntry.Stride + BookEntry.Checksum];
  }
}
