// When an update of Binance's diff stream follows the copy of a book: by update ids alone, there is no checksum. Owns the
// id of the last update applied; holds no levels. Spot counts every change (U … u without holes); futures do not, and
// name the update before instead (pu).

import { Admission, type BookRule, type MarketDecoder } from '../../event/market-adapter.ts';
import { BookEntry } from '../../event/generated/view_generated.ts';

/** Which of the two chains a product has. */
export type Chain = 'spot' | 'futures';

export class SequenceRule implements BookRule {
  /** The diff stream is of the whole book: what lies below the snapshot is unknown, and nothing ever falls out. */
  readonly depth = 0;
  readonly sequenced = true;
  private readonly chain: Chain;
  /** NaN: there is no copy. */
  private last = NaN;

  constructor(chain: Chain) {
    this.chain = chain;
  }

  get sequence(): number {
    return Number.isNaN(this.last) ? 0 : this.last;
  }

  reset(): void {
    this.last = NaN;
  }

  admit({ books }: MarketDecoder, entry: number): Admission {
    const at = entry * BookEntry.Stride;
    const last = books[at + BookEntry.Last];
    if (books[at + BookEntry.IsSnapshot] === 1) return this.admitSnapshot(last);
    if (Number.isNaN(this.last)) return Admission.Wait;
    return this.chain === 'spot'
      ? this.follows(books[at + BookEntry.First] - 1, last)
      : this.follows(books[at + BookEntry.Previous], last);
  }

  accept({ books }: MarketDecoder, entry: number): boolean {
    this.last = books[entry * BookEntry.Stride + BookEntry.Last];
    return true;
  }

  /** One that is older than the copy answers a question nobody has any more. */
  private admitSnapshot(last: number): Admission {
    if (Number.isNaN(last)) return Admission.Gap;
    return last <= this.last ? Admission.Ignore : Admission.Apply;
  }

  /**
   * An update from `previous` (exclusive) to `last`. Quantities are absolute, so one that begins before the copy ends is
   * applied whole: that is how the first one after a snapshot arrives. Written so that an id that is missing (NaN) is a gap.
   */
  private follows(previous: number, last: number): Admission {
    if (last <= this.last) return Admission.Ignore;
    return previous <= this.last && last > this.last ? Admission.Apply : Admission.Gap;
  }
}
