// When an OKX book update follows the copy, and whether the copy is OKX's book. Two proofs: seqId and prevSeqId, which
// every update has since 2022, and a checksum over the best 25 levels as they were written, which every update had until
// June 2026 and which is 0 since. A book is believed with either, never with neither. Holds no levels.

import { interleavedChecksum, type LadderScale } from '../../base/ladder-checksum.ts';
import type { LevelBook } from '../../base/level-book.ts';
import { BookEntry } from '../../event/generated/view_generated.ts';
import { Admission, type BookRule, type MarketDecoder } from '../../event/market-adapter.ts';

const CHECKSUM_LEVELS = 25;

export class OkxBookRule implements BookRule {
  /** OKX sends the removal of what falls out of its window. */
  readonly depth = 0;
  readonly sequenced: boolean;
  private readonly scale: LadderScale;
  private hasCopy = false;
  /** Of the update applied last; NaN: it had none. */
  private last = NaN;

  /** `sequenced` false: frames of 2021 and early 2022, which several sockets can only match by their bytes. */
  constructor(scale: LadderScale, sequenced = true) {
    this.scale = scale;
    this.sequenced = sequenced;
  }

  get sequence(): number {
    return this.isNumbered() ? this.last : 0;
  }

  reset(): void {
    this.hasCopy = false;
    this.last = NaN;
  }

  admit({ books }: MarketDecoder, entry: number): Admission {
    const at = entry * BookEntry.Stride;
    const last = books[at + BookEntry.Last];
    // A second socket's snapshot may be older than what the first one has made of its own.
    if (books[at + BookEntry.IsSnapshot] === 1) return this.hasCopy && last <= this.last ? Admission.Ignore : Admission.Apply;
    if (!this.hasCopy) return Admission.Ignore;
    if (Number.isNaN(last) === this.isNumbered()) return Admission.Gap;
    return this.isNumbered() ? this.follows(books[at + BookEntry.Previous], last) : Admission.Apply;
  }

  accept({ books }: MarketDecoder, entry: number, book: LevelBook): boolean {
    const at = entry * BookEntry.Stride;
    this.hasCopy = true;
    this.last = books[at + BookEntry.Last];
    const checksum = books[at + BookEntry.Checksum];
    if (this.isNumbered() && (Number.isNaN(checksum) || checksum === 0)) return true;
    // On the wire it is signed.
    return (interleavedChecksum(book, this.scale, CHECKSUM_LEVELS) | 0) === checksum;
  }

  private isNumbered(): boolean {
    return !Number.isNaN(this.last);
  }

  /**
   * The one that names our last as the one before it follows, whatever its own number: equal when nothing changed for a
   * minute, smaller when OKX began to count anew.
   */
  private follows(previous: number, last: number): Admission {
    if (previous === this.last) return Admission.Apply;
    return last <= this.last ? Admission.Ignore : Admission.Gap;
  }
}
