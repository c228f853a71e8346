// A Venue of our own for tests of the desk: plain JSON frames, numbered or not, snapshots with the subscription or over
// HTTP. The truth of its books is the test's; what stands here only writes and reads frames.

import type { LevelBook } from '../../base/level-book.ts';
import { BookEntry, FrameView, LevelEntry, TradeEntry } from '../../event/generated/view_generated.ts';
import {
  Admission, FrameKind, type BookRule, type MarketAdapter, type MarketDecoder, type Notice, type SnapshotRequest,
} from '../../event/market-adapter.ts';
import type { ConnectionPlan, HttpRequest, VenueInstrument, VenueWelcome } from '../../event/venue-session.ts';

export interface FakeOptions {
  readonly copies?: number;
  readonly sequenced?: boolean;
  readonly needsSnapshot?: boolean;
  readonly definitions?: HttpRequest | null;
}

export interface FakeBook {
  /** '': a snapshot that names no instrument. */
  readonly symbol: string;
  readonly isSnapshot?: boolean;
  /** Numbers of the first and last change in it. */
  readonly first?: number;
  readonly last?: number;
  readonly bids?: readonly (readonly [number, number])[];
  readonly asks?: readonly (readonly [number, number])[];
  /** What `sumOf` gives of the whole book; absent: it is not proven. */
  readonly sum?: number;
}

interface FakePrint { readonly symbol: string; readonly price: number; readonly quantity: number; readonly id: number }

type FakeFrame = { books: readonly FakeBook[] } | { prints: readonly FakePrint[] } | { beat: true } | { notice: Notice };

function fakeInstrument(symbol: string, instrument = 0): VenueInstrument {
  return {
    instrument, symbol, base: 1, quote: 0, priceScale: 2, quantityScale: 3, tickSize: 1, lotSize: 1, minimumQuantity: 0,
    bookDepth: 0,
  };
}

export function fakeWelcome(...symbols: string[]): VenueWelcome {
  const instruments = symbols.map((symbol, index) => fakeInstrument(symbol, index));
  return { sessionId: 's', sessionOrdinal: 1, venue: 1, instruments, currencies: [] };
}

export function frameOf(frame: FakeFrame): string {
  return JSON.stringify(frame);
}

export function bookFrame(...books: FakeBook[]): string {
  return frameOf({ books });
}

/** Order and place of every level matter. */
export function sumOf(levels: Iterable<readonly [number, number]>): number {
  let sum = 7;
  for (const [price, quantity] of levels) sum = (Math.imul(sum, 31) + price * 13 + quantity) | 0;
  return sum;
}

class FakeDecoder implements MarketDecoder {
  readonly frame = new Float64Array(FrameView.Size);
  readonly books = new Float64Array(64 * BookEntry.Stride);
  readonly trades = new Float64Array(64 * TradeEntry.Stride);
  readonly levels = new Float64Array(4096 * LevelEntry.Stride);
  private readonly symbols: readonly string[];
  private readonly text = new TextDecoder();
  private levelCount = 0;

  constructor(symbols: readonly string[]) {
    this.symbols = symbols;
  }

  decode(bytes: Uint8Array): FrameKind {
    // Nothing of the frame before survives: who still needs it decodes it again.
    for (const view of [this.frame, this.books, this.trades]) view.fill(0);
    this.levels.fill(NaN, 0, this.levelCount * LevelEntry.Stride);
    this.levelCount = 0;
    let frame: FakeFrame;
    try {
      frame = JSON.parse(this.text.decode(bytes)) as FakeFrame;
    } catch {
      this.frame[FrameView.MayBeBook] = 1;
      return FrameKind.Malformed;
    }
    if ('beat' in frame) return FrameKind.Heartbeat;
    if ('notice' in frame) return FrameKind.Other;
    if ('prints' in frame) {
      this.frame[FrameView.TradeCount] = frame.prints.length;
      for (const [index, print] of frame.prints.entries()) this.readPrint(print, index * TradeEntry.Stride);
      return FrameKind.Trade;
    }
    this.frame[FrameView.BookCount] = frame.books.length;
    for (const [index, book] of frame.books.entries()) this.readBook(book, index * BookEntry.Stride);
    return FrameKind.Book;
  }

  private readPrint({ symbol, price, quantity, id }: FakePrint, at: number): void {
    this.trades[at + TradeEntry.Symbol] = this.symbols.indexOf(symbol);
    this.trades[at + TradeEntry.Price] = price;
    this.trades[at + TradeEntry.PriceDecimals] = 2;
    this.trades[at + TradeEntry.Quantity] = quantity;
    this.trades[at + TradeEntry.QuantityDecimals] = 3;
    this.trades[at + TradeEntry.Id] = id;
  }

  private readBook(book: FakeBook, at: number): void {
    const { books } = this;
    books[at + BookEntry.Symbol] = this.symbols.indexOf(book.symbol);
    books[at + BookEntry.NameSize] = book.symbol === '' ? 0 : 1;
    books[at + BookEntry.Checksum] = book.sum ?? NaN;
    books[at + BookEntry.First] = book.first ?? NaN;
    books[at + BookEntry.Last] = book.last ?? NaN;
    books[at + BookEntry.EventSeconds] = 1;
    books[at + BookEntry.IsSnapshot] = book.isSnapshot === true ? 1 : 0;
    books[at + BookEntry.BidsFrom] = this.levelCount;
    this.readLevels(book.bids ?? []);
    books[at + BookEntry.BidsTo] = books[at + BookEntry.AsksFrom] = this.levelCount;
    this.readLevels(book.asks ?? []);
    books[at + BookEntry.AsksTo] = this.levelCount;
  }

  private readLevels(levels: readonly (readonly [number, number])[]): void {
    for (const [price, quantity] of levels) {
      const at = this.levelCount * LevelEntry.Stride;
      this.levels[at + LevelEntry.Price] = price;
      this.levels[at + LevelEntry.PriceDecimals] = 2;
      this.levels[at + LevelEntry.Quantity] = quantity;
      this.levels[at + LevelEntry.QuantityDecimals] = 3;
      this.levelCount += 1;
    }
  }
}

class FakeRule implements BookRule {
  readonly depth = 0;
  readonly sequenced: boolean;
  private readonly waits: boolean;
  private last = NaN;

  constructor(sequenced: boolean, waits: boolean) {
    this.sequenced = sequenced;
    this.waits = waits;
  }

  get sequence(): number {
    return this.sequenced && !Number.isNaN(this.last) ? this.last : 0;
  }

  reset(): void {
    this.last = NaN;
  }

  admit({ books }: MarketDecoder, entry: number): Admission {
    const at = entry * BookEntry.Stride;
    if (books[at + BookEntry.IsSnapshot] === 1) return Admission.Apply;
    if (Number.isNaN(this.last)) return this.waits ? Admission.Wait : Admission.Ignore;
    if (!this.sequenced) return Admission.Apply;
    if (books[at + BookEntry.Last] <= this.last) return Admission.Ignore;
    return books[at + BookEntry.First] <= this.last + 1 ? Admission.Apply : Admission.Gap;
  }

  accept({ books }: MarketDecoder, entry: number, book: LevelBook): boolean {
    const at = entry * BookEntry.Stride;
    this.last = this.sequenced ? books[at + BookEntry.Last] : 0;
    const sum = books[at + BookEntry.Checksum];
    return Number.isNaN(sum) || sum === sumOf(levelsOf(book));
  }
}

function* levelsOf({ bids, asks }: LevelBook): Generator<readonly [number, number]> {
  for (const side of [bids, asks]) {
    for (let i = 0; i < side.count; i += 1) yield [side.prices[i], side.quantities[i]];
  }
}

export class FakeMarket implements MarketAdapter {
  readonly bookDepths = [0] as const;
  readonly needsSnapshot: boolean;
  readonly definitions: HttpRequest | null;
  private readonly options: FakeOptions;
  private instruments: readonly VenueInstrument[] = [];
  private opened: MarketDecoder = new FakeDecoder([]);

  constructor(options: FakeOptions = {}) {
    this.options = options;
    this.needsSnapshot = options.needsSnapshot ?? false;
    this.definitions = options.definitions ?? null;
  }

  get decoder(): MarketDecoder {
    return this.opened;
  }

  open(instruments: readonly VenueInstrument[]): void {
    this.instruments = instruments;
    this.opened = new FakeDecoder(instruments.map(({ symbol }) => symbol));
  }

  connections(): readonly ConnectionPlan[] {
    return [{
      name: 'public', url: 'wss://fake', isPrivate: false, copies: this.options.copies ?? 1, silenceNs: 5e9, keepAlive: '',
      keepAliveNs: 1e9, lifetimeNs: Infinity,
    }];
  }

  subscribe(): readonly string[] {
    return ['subscribe'];
  }

  snapshot(instrument: number): SnapshotRequest {
    const { symbol } = this.instruments[instrument];
    if (!this.needsSnapshot) return { over: 'socket', frames: [`snapshot ${symbol}`] };
    return { over: 'http', request: { method: 'GET', path: `/depth/${symbol}`, headers: {}, body: '', isPrivate: false } };
  }

  interpret(text: string): Notice {
    const frame = JSON.parse(text) as { notice?: Notice };
    return frame.notice ?? { notice: 'unknown', what: 'message' };
  }

  bookRule(): BookRule {
    return new FakeRule(this.options.sequenced ?? true, this.needsSnapshot);
  }
}
