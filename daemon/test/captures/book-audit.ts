// Follows a stream of Events with the daemon's own books: what came, how each book stood after it, whether its best prices
// were the Venue's. The Events come from a journal or straight from a session; the caller decodes each into `memory`.

import { addon, type NativeBooks, type NativeEvent } from '../../binding/addon.ts';
import { BOOK_LEVELS_MAX } from '../../event/market-adapter.ts';
import { BookResult, BookView, Slot } from '../../event/generated/view_generated.ts';
import { FeedState, Kind } from '../../event/kinds.ts';
import type { BestPrices } from './best-prices.ts';
import type { RecordedInstrument } from './recordings.ts';

const FAULTS = BookResult.Crossed | BookResult.OutOfSequence | BookResult.BadLevel | BookResult.Overflow;
const WORD = 2 ** 32;

export class BookAudit {
  readonly memory: NativeEvent = addon.createEvent();
  readonly books: NativeBooks;
  /** Market Events: books, trades, states. */
  events = 0;
  /** Snapshots and deltas, by instrument. */
  readonly updates: number[];
  /** Feeds told to be invalid; the loss of every socket at once is not counted. */
  invalid = 0;
  /** Events that a book did not take as they were. */
  faults = 0;
  compared = 0;
  equal = 0;
  private readonly best: BestPrices;

  constructor(instruments: readonly RecordedInstrument[], best: BestPrices) {
    this.best = best;
    this.books = addon.createBooks(this.memory, instruments.length);
    this.updates = instruments.map(() => 0);
    instruments.forEach(({ bookDepth }, index) => this.books.define(index, bookDepth, BOOK_LEVELS_MAX));
  }

  /** An Event stands in `memory`. */
  seen(): void {
    const { input } = this.memory;
    switch (input[Slot.Kind] as Kind) {
      case Kind.BookSnapshot: case Kind.BookDelta: this.book(); break;
      case Kind.Trade: case Kind.InstrumentStatus: this.events += 1; break;
      case Kind.FeedStatusChanged: this.feed(); break;
      default: break;
    }
  }

  private book(): void {
    const { input } = this.memory;
    const instrument = input[Slot.Instrument];
    this.events += 1;
    this.updates[instrument]! += 1;
    const result = this.books.apply();
    if (result < 0 || (result & FAULTS) !== 0) this.faults += 1;
    const top = instrument === 0 ? this.best.at(input[Slot.SequenceLow] + input[Slot.SequenceHigh] * WORD) : null;
    if (top === null) return;
    this.compared += 1;
    const { view } = this.books;
    const fields = [BookView.BidPrice, BookView.BidQuantity, BookView.AskPrice, BookView.AskQuantity];
    if (fields.every((field, index) => view[instrument * BookView.Stride + field] === top[index])) this.equal += 1;
  }

  private feed(): void {
    const { input } = this.memory;
    if (input[Slot.State] === FeedState.Invalid && input[Slot.Instrument] >= 0) this.invalid += 1;
  }

  /** Every level of both sides, best first. */
  levels(instrument: number): readonly [readonly number[], readonly number[]] {
    const side = (number: number): number[] => {
      const count = this.books.load(instrument, number, this.books.levels.length / 2);
      return [...this.books.levels.subarray(0, 2 * count)];
    };
    return [side(0), side(1)];
  }
}
