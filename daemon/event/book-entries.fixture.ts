// Book entries as a market decoder leaves them, written by hand: what the tests of book rules admit and accept.

import { FrameKind, type MarketDecoder } from './market-adapter.ts';
import { BookEntry, FrameView, LevelEntry } from './generated/view_generated.ts';

export interface EntryFields {
  /** 1, 0 or -1. */
  readonly isSnapshot?: number;
  readonly first?: number;
  readonly last?: number;
  readonly previous?: number;
  readonly checksum?: number;
}

/** A decoder that holds these entries and decodes nothing. */
export function decoderWith(...entries: readonly EntryFields[]): MarketDecoder {
  const books = new Float64Array(entries.length * BookEntry.Stride);
  entries.forEach(({ isSnapshot = 0, first = NaN, last = NaN, previous = NaN, checksum = NaN }, index) => {
    const at = index * BookEntry.Stride;
    books[at + BookEntry.IsSnapshot] = isSnapshot;
    books[at + BookEntry.First] = first;
    books[at + BookEntry.Last] = last;
    books[at + BookEntry.Previous] = previous;
    books[at + BookEntry.Checksum] = checksum;
  });
  return {
    frame: new Float64Array(FrameView.Size), books, trades: new Float64Array(0), levels: new Float64Array(LevelEntry.Stride),
    decode: () => FrameKind.Book,
  };
}
