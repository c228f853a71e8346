// One instrument's book: the gateway's copy, the Venue's rule of sequence and proof, and what is known of how it stands. A
// frame's entry is converted whole before any of it is applied. Emits nothing and asks for nothing; market-desk.ts does.
//
//   Empty ── snapshot proven ──→ Valid ── gap, mismatch, crossed, bad level ──→ Broken ── snapshot proven ──→ Valid
//     ↑                            └─────────────── Venue link down ───────────────┴──────→ Empty

import { LevelBook, type BookSide } from '../../base/level-book.ts';
import { toScaled } from '../../base/scaled.ts';
import type { LevelPairs } from '../../event/event-fields.ts';
import { BookEntry, LevelEntry } from '../../event/generated/view_generated.ts';
import { FeedReason, type InstrumentState } from '../../event/kinds.ts';
import type { BookRule, MarketDecoder } from '../../event/market-adapter.ts';
import type { VenueInstrument } from '../../event/venue-session.ts';
import { KeptFrames } from './kept-frames.ts';
import { FrameLog, PrintLog } from './redundancy.ts';

export enum BookState { Empty, Valid, Broken }
export enum Verdict { Applied, BadLevel, ChecksumMismatch, Crossed }

/** More decimals than any price has; bounds the digits of a checksum. */
const DECIMALS_MAX = 18;
const NEVER = Infinity;

/** Scaled levels of one side of one entry. Grows, never shrinks. */
class ScaledLevels implements LevelPairs {
  pairs = new Float64Array(64);
  size = 0;

  clear(): void {
    this.size = 0;
  }

  push(price: number, quantity: number): void {
    if (this.size === this.pairs.length) {
      const larger = new Float64Array(this.size * 2);
      larger.set(this.pairs);
      this.pairs = larger;
    }
    this.pairs[this.size] = price;
    this.pairs[this.size + 1] = quantity;
    this.size += 2;
  }
}

export class BookFeed {
  /** Index among the adapter's instruments. */
  readonly index: number;
  readonly instrument: VenueInstrument;
  readonly rule: BookRule;
  readonly book = new LevelBook();
  state = BookState.Empty;
  /** Snapshots and updates of it that came, and those that were passed on. */
  entries = 0;
  told = 0;
  /** Updates of this book not passed on since it was lost. */
  suppressed = 0;
  /** Every socket that carries it is silent. */
  isStale = false;
  /** What the Venue announces and the Configuration contradicts: no word of this book is passed on. '': nothing. */
  contradiction = '';
  /** The Venue's word on this instrument; null: it said none. */
  instrumentState: InstrumentState | null = null;
  /** Connection its entries come on; −1: none came yet. */
  connection: number;
  /** When a snapshot is asked for unless it came before (ns); Infinity: none is awaited. */
  askAt = NEVER;
  /** The snapshot awaited was asked for, over this socket or over HTTP (−1). */
  isAsked = false;
  askedSocket = -1;
  asksInVain = 0;
  /** Since when an update is missing that another socket may still bring, and what it is called if none does. */
  heldSince = NEVER;
  heldReason = FeedReason.None;
  readonly kept = new KeptFrames();
  /** Levels of the last applied entry. */
  readonly bids = new ScaledLevels();
  readonly asks = new ScaledLevels();
  /** Number of the entry applied before the last one. */
  previous = 0;
  readonly prints = new PrintLog();

  private readonly shared: FrameLog | null;
  /** Number of the last update each socket brought; NaN: it brought none. */
  private readonly numbers: Float64Array;
  /** The copy as it was before the entry last applied. */
  private readonly before: LevelBook | null;

  constructor(index: number, instrument: VenueInstrument, rule: BookRule, copies: number, connection: number) {
    this.index = index;
    this.instrument = instrument;
    this.rule = rule;
    this.connection = connection;
    this.shared = copies > 1 ? new FrameLog(copies) : null;
    this.before = copies > 1 ? new LevelBook() : null;
    this.numbers = new Float64Array(copies).fill(NaN);
    rule.reset();
  }

  /** How the sockets stand when several carry the book and its updates are not numbered, else null. */
  get log(): FrameLog | null {
    return this.rule.sequenced ? null : this.shared;
  }

  /** Applies an admitted entry. After any verdict but Applied the copy is spoilt: `revert` or `lose`. */
  apply(decoder: MarketDecoder, entry: number, isSnapshot: boolean): Verdict {
    const { book, rule } = this;
    const at = entry * BookEntry.Stride;
    const { books, levels } = decoder;
    const converted = this.convert(levels, books[at + BookEntry.BidsFrom], books[at + BookEntry.BidsTo], this.bids)
      && this.convert(levels, books[at + BookEntry.AsksFrom], books[at + BookEntry.AsksTo], this.asks);
    if (!converted) return Verdict.BadLevel;
    if (!isSnapshot && this.log !== null) this.before?.copyFrom(book);
    if (isSnapshot) book.clear();
    applyLevels(book.bids, this.bids, levels, books[at + BookEntry.BidsFrom]);
    applyLevels(book.asks, this.asks, levels, books[at + BookEntry.AsksFrom]);
    book.truncate(rule.depth);
    this.previous = rule.sequence;
    if (!rule.accept(decoder, entry, book)) return Verdict.ChecksumMismatch;
    return book.isCrossed() ? Verdict.Crossed : Verdict.Applied;
  }

  /** Takes back the entry last applied. Only of a book that several sockets carry without numbers. */
  revert(verdict: Verdict): void {
    if (this.before !== null && verdict !== Verdict.BadLevel) this.book.copyFrom(this.before);
  }

  /** Nothing of this book is believed until the next snapshot. */
  lose(state: BookState.Empty | BookState.Broken): void {
    this.state = state;
    this.isStale = false;
    this.heldSince = NEVER;
    this.book.clear();
    this.rule.reset();
    this.shared?.clear();
  }

  /** A whole, proven book that starts with what this socket brought (−1: HTTP), a frame of this hash. */
  begin(copy: number, hash: number): void {
    this.state = BookState.Valid;
    this.isStale = false;
    this.heldSince = NEVER;
    this.askAt = NEVER;
    this.isAsked = false;
    this.asksInVain = 0;
    this.shared?.restart(copy, hash);
  }

  /** A snapshot is expected, and asked for when it has not come by then. */
  expect(until: number): void {
    this.askAt = until;
    this.isAsked = false;
  }

  asked(socket: number, until: number): void {
    this.askAt = until;
    this.isAsked = true;
    this.askedSocket = socket;
    this.asksInVain += 1;
  }

  /** The snapshot awaited will not come, or is of no use: asked for again then, and by nobody before. */
  postpone(until: number): void {
    this.askAt = until;
    this.isAsked = true;
  }

  /** Updates not passed on since the last call. */
  takeSuppressed(): number {
    const { suppressed } = this;
    this.suppressed = 0;
    return suppressed;
  }

  /** Whether the Core was told of this book and may go on with it. */
  get isTold(): boolean {
    return this.state === BookState.Valid && this.contradiction === '';
  }

  // ── sockets ───────────────────────────────────────────────────────────────────────────────────
  /** Whether this socket could go on with the book if it were the only one left. */
  carries(copy: number): boolean {
    if (this.numbers.length === 1) return true;
    return this.log === null ? !Number.isNaN(this.numbers[copy]) : this.log.isAligned(copy);
  }

  brought(copy: number, number: number): void {
    if (!Number.isNaN(number)) this.numbers[copy] = number;
  }

  /** Whether this socket has yet to pass the update of that number. */
  isBefore(copy: number, number: number): boolean {
    return this.numbers[copy] < number;
  }

  /** Number of the last update that any socket brought; NaN: none did. */
  get highest(): number {
    let highest = NaN;
    for (const number of this.numbers) if (!(highest >= number)) highest = Number.isNaN(number) ? highest : number;
    return highest;
  }

  forget(copy: number): void {
    this.numbers[copy] = NaN;
    this.shared?.forget(copy);
  }

  /** Wire levels [from, to) as scaled pairs; false when one is not a level of this instrument. */
  private convert(levels: Float64Array, from: number, to: number, scaled: ScaledLevels): boolean {
    const { priceScale, quantityScale } = this.instrument;
    scaled.clear();
    for (let at = from * LevelEntry.Stride; at < to * LevelEntry.Stride; at += LevelEntry.Stride) {
      const priceDecimals = levels[at + LevelEntry.PriceDecimals];
      const quantityDecimals = levels[at + LevelEntry.QuantityDecimals];
      const price = toScaled(levels[at + LevelEntry.Price], priceDecimals, priceScale);
      const quantity = toScaled(levels[at + LevelEntry.Quantity], quantityDecimals, quantityScale);
      if (!(price > 0 && quantity >= 0 && priceDecimals <= DECIMALS_MAX && quantityDecimals <= DECIMALS_MAX)) return false;
      scaled.push(price, quantity);
    }
    return true;
  }
}

function applyLevels(side: BookSide, scaled: ScaledLevels, levels: Float64Array, from: number): void {
  const { pairs, size } = scaled;
  let at = from * LevelEntry.Stride;
  for (let i = 0; i < size; i += 2) {
    side.set(pairs[i], pairs[i + 1], levels[at + LevelEntry.PriceDecimals], levels[at + LevelEntry.QuantityDecimals]);
    at += LevelEntry.Stride;
  }
}
