// What the Core sees of the order books that C++ owns: numbers in shared memory, never levels as objects. The binding's
// NativeBooks satisfies the port; so can a reference book in a test.

import { BookView } from '../../../event/generated/view_generated.ts';

/** See daemon/binding/addon.ts NativeBooks: the same functions, as far as the Core calls them. */
export interface BooksPort {
  readonly view: Float64Array;
  readonly levels: Float64Array;
  readonly digestWords: Float64Array;
  define(instrument: number, depth: number, levelsMax: number): number;
  apply(): number;
  clear(instrument: number): void;
  load(instrument: number, side: number, count: number): number;
  quantityAt(instrument: number, side: number, price: number): number;
  digest(instrument: number): void;
}

/** Best prices of one instrument, read in place. A side without orders has quantity 0. */
export class Top {
  private readonly view: Float64Array;
  private readonly at: number;

  constructor(view: Float64Array, instrument: number) {
    this.view = view;
    this.at = instrument * BookView.Stride;
  }

  get bidPrice(): number { return this.view[this.at + BookView.BidPrice]!; }
  get bidQuantity(): number { return this.view[this.at + BookView.BidQuantity]!; }
  get askPrice(): number { return this.view[this.at + BookView.AskPrice]!; }
  get askQuantity(): number { return this.view[this.at + BookView.AskQuantity]!; }
  get bidLevels(): number { return this.view[this.at + BookView.BidLevels]!; }
  get askLevels(): number { return this.view[this.at + BookView.AskLevels]!; }
  get updates(): number { return this.view[this.at + BookView.Updates]!; }
}
