// Whether a copy is Bitget's book: a checksum over the best 25 levels as they were written.

import { interleavedChecksum, type LadderScale } from '../../base/ladder-checksum.ts';
import type { LevelBook } from '../../base/level-book.ts';
import { BookEntry } from '../../event/generated/view_generated.ts';
import type { MarketDecoder } from '../../event/market-adapter.ts';
import { UnnumberedBookRule } from '../../event/unnumbered-book-rule.ts';

const CHECKSUM_LEVELS = 25;

export class BitgetBookRule extends UnnumberedBookRule {
  /** In the recording nothing has to be cut: removals are sent. */
  readonly depth = 0;
  private readonly scale: LadderScale;

  constructor(scale: LadderScale) {
    super();
    this.scale = scale;
  }

  protected isProven({ books }: MarketDecoder, entry: number, book: LevelBook): boolean {
    // On the wire it is signed; one that is missing (NaN) equals nothing.
    return (interleavedChecksum(book, this.scale, CHECKSUM_LEVELS) | 0) === books[entry * BookEntry.Stride + BookEntry.Checksum];
  }
}
