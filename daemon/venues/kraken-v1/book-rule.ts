// Whether a copy is Kraken's book, as WebSocket v1 proves it: a checksum over the digits of ten levels a side, with every
// update but not with the snapshot.

import { digitsChecksum, type LadderScale } from '../../base/ladder-checksum.ts';
import type { LevelBook } from '../../base/level-book.ts';
import { BookEntry } from '../../event/generated/view_generated.ts';
import type { MarketDecoder } from '../../event/market-adapter.ts';
import { UnnumberedBookRule } from '../../event/unnumbered-book-rule.ts';

const CHECKSUM_LEVELS = 10;

export class KrakenV1BookRule extends UnnumberedBookRule {
  /** The removal of what falls out of the window is never sent. */
  readonly depth: number;
  private readonly scale: LadderScale;

  constructor(scale: LadderScale, depth: number) {
    super();
    this.scale = scale;
    this.depth = depth;
  }

  protected isProven({ books }: MarketDecoder, entry: number, book: LevelBook): boolean {
    const at = entry * BookEntry.Stride;
    const checksum = books[at + BookEntry.Checksum];
    if (books[at + BookEntry.IsSnapshot] === 1 && Number.isNaN(checksum)) return true;
    return digitsChecksum(book, this.scale, CHECKSUM_LEVELS) === checksum;
  }
}
