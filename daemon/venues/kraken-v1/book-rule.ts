// Whether a copy is Kraken's book, as WebSocket v1 proves it: a checksum over the digits of ten levels a side, with every
// update but not with the snapshot. Updates name no predecessor. Holds no levels.

import { digitsChecksum, type LadderScale } from '../../base/ladder-checksum.ts';
import type { LevelBook } from '../../base/level-book.ts';
import { BookEntry } from '../../event/generated/view_generated.ts';
import { Admission, type BookRule, type MarketDecoder } from '../../event/market-adapter.ts';

const CHECKSUM_LEVELS = 10;

export class KrakenV1BookRule implements BookRule {
  /** The removal of what falls out of the window is never sent. */
  readonly depth: number;
  readonly sequenced = false;
  readonly sequence = 0;
  private readonly scale: LadderScale;
  private hasCopy = false;

  constructor(scale: LadderScale, depth: number) {
    this.scale = scale;
    this.depth = depth;
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
    const at = entry * BookEntry.Stride;
    this.hasCopy = true;
    const checksum = books[at + BookEntry.Checksum];
    if (books[at + BookEntry.IsSnapshot] === 1 && Number.isNaN(checksum)) return true;
    return digitsChecksum(book, this.scale, CHECKSUM_LEVELS) === checksum;
  }
}
