// One instrument's book feed: takes decoded books in, keeps the local copy, and says after each whether it can still be
// believed. A frame is converted whole before any of it is applied. Emits nothing; session.ts turns verdicts into
// Events.
//
//   Empty ── snapshot verified ──→ Valid ── mismatch, crossed, bad level, gap ──→ Broken ── snapshot verified ──→ Valid
//     ↑                              └───────────────────── Venue link down ───────┴──────→ Empty

import type { VenueInstrument } from '../../event/venue-session.ts';
import { bookChecksum } from './checksum.ts';
import { LEVEL_STRIDE, type BookEntry, type KrakenDecoder } from './decode.ts';
import { LevelBook, type BookSide } from '../../base/level-book.ts';
import { toScaled } from '../../base/scaled.ts';

export enum BookState { Empty, Valid, Broken }
export enum Verdict { Applied, Ignored, BadLevel, ChecksumMismatch, Crossed }

/** More decimals than any price has; bounds the digits of a checksum. */
const DECIMALS_MAX = 18;

export class BookFeed {
  readonly instrument: VenueInstrument;
  readonly book = new LevelBook();
  depth: number;
  state = BookState.Empty;
  /** Book frames of this instrument not passed on since its book was lost. */
  suppressed = 0;
  /** When the resync in flight was asked for (ns, the session's clock); -1: none is. */
  resyncSince = -1;
  /** Levels of the last applied frame: price, quantity, price, quantity, … */
  readonly bids: number[] = [];
  readonly asks: number[] = [];
  /** Decimals of prices and quantities on the wire: the checksum is over their text. */
  private priceDecimals = 0;
  private quantityDecimals = 0;

  constructor(instrument: VenueInstrument) {
    this.instrument = instrument;
    this.depth = instrument.bookDepth;
  }

  /** Applies one decoded book. After any verdict but Applied and Ignored the book is Broken. */
  apply(decoder: KrakenDecoder, entry: BookEntry, isSnapshot: boolean): Verdict {
    if (!isSnapshot && this.state !== BookState.Valid) {
      this.suppressed += 1;
      return Verdict.Ignored;
    }
    if (isSnapshot) this.priceDecimals = this.quantityDecimals = 0;
    const converted = this.convert(decoder.levels, entry.bidsFrom, entry.bidsTo, this.bids)
      && this.convert(decoder.levels, entry.asksFrom, entry.asksTo, this.asks);
    if (!converted) return this.breakWith(Verdict.BadLevel);
    if (isSnapshot) this.book.clear();
    applyPairs(this.book.bids, this.bids);
    applyPairs(this.book.asks, this.asks);
    this.book.truncate(this.depth);
    if (this.checksum() !== entry.checksum) return this.breakWith(Verdict.ChecksumMismatch);
    if (this.book.isCrossed()) return this.breakWith(Verdict.Crossed);
    this.state = BookState.Valid;
    if (isSnapshot) this.resyncSince = -1;
    return Verdict.Applied;
  }

  /** An update may have been missed: nothing of this book is believed until the next snapshot. */
  break(): void {
    this.breakWith(Verdict.Ignored);
  }

  /** The Venue no longer sends this book. */
  empty(): void {
    this.book.clear();
    this.state = BookState.Empty;
    this.resyncSince = -1;
  }

  /** Frames not passed on since the last call. */
  takeSuppressed(): number {
    const { suppressed } = this;
    this.suppressed = 0;
    return suppressed;
  }

  private checksum(): number {
    const { priceScale, quantityScale } = this.instrument;
    return bookChecksum(this.book, this.priceDecimals - priceScale, this.quantityDecimals - quantityScale);
  }

  private breakWith(verdict: Verdict): Verdict {
    this.state = BookState.Broken;
    this.suppressed += 1;
    this.book.clear();
    return verdict;
  }

  /** Wire levels [from, to) as scaled pairs; false when one is not a level of this instrument. */
  private convert(levels: Float64Array, from: number, to: number, pairs: number[]): boolean {
    const { priceScale, quantityScale } = this.instrument;
    pairs.length = 0;
    for (let at = from * LEVEL_STRIDE; at < to * LEVEL_STRIDE; at += LEVEL_STRIDE) {
      const price = toScaled(levels[at], levels[at + 1], priceScale);
      const quantity = toScaled(levels[at + 2], levels[at + 3], quantityScale);
      if (!(price > 0 && quantity >= 0)) return false;
      if (levels[at + 1] > this.priceDecimals) this.priceDecimals = levels[at + 1];
      if (levels[at + 3] > this.quantityDecimals) this.quantityDecimals = levels[at + 3];
      pairs.push(price, quantity);
    }
    return this.priceDecimals <= DECIMALS_MAX && this.quantityDecimals <= DECIMALS_MAX;
  }
}

function applyPairs(side: BookSide, pairs: readonly number[]): void {
  for (let i = 0; i < pairs.length; i += 2) side.set(pairs[i], pairs[i + 1]);
}
