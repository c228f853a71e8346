// What a recording holds: every symbol with the decimals of its prices and quantities, the depth of its book and what the Venue
// announced of it. Read with the Venue's own decoder, which is told no symbol and so names each. Guesses nothing that the
// frames do not say; owns no file.

import { BookEntry, FrameView, LevelEntry, TradeEntry } from '../event/generated/view_generated.ts';
import { FrameKind, type InstrumentDefinition, type MarketAdapter } from '../event/market-adapter.ts';
import { RecordKind, type RawRecord } from './record/raw-format.ts';
import { decodeExchange } from './record/record-bodies.ts';
import { Direction } from './recorder.ts';

export interface SurveyedSymbol {
  readonly symbol: string;
  readonly priceScale: number;
  readonly quantityScale: number;
  readonly bookDepth: number;
  readonly books: number;
  readonly prints: number;
  /** Null: the recording has no word of the Venue on it. */
  readonly definition: InstrumentDefinition | null;
}

/** Announcements kept until the symbols are known. */
const ANNOUNCEMENTS_MAX = 64;

class Found {
  priceDecimals = 0;
  quantityDecimals = 0;
  /** Levels of the longer side of its largest frame. */
  levels = 0;
  /** As the Venue confirmed it; 0: it did not say. */
  depth = 0;
  books = 0;
  prints = 0;

  saw(price: number, priceDecimals: number, quantity: number, quantityDecimals: number): void {
    this.priceDecimals = Math.max(this.priceDecimals, decimalsOf(price, priceDecimals));
    this.quantityDecimals = Math.max(this.quantityDecimals, decimalsOf(quantity, quantityDecimals));
  }
}

export class CaptureSurvey {
  readonly frames = { read: 0, unreadable: 0 };
  private readonly createAdapter: () => MarketAdapter;
  private readonly adapter: MarketAdapter;
  private readonly found = new Map<string, Found>();
  /** Of frames that name no symbol: a snapshot asked for over HTTP is one of any of them. */
  private readonly unnamed = new Found();
  private readonly announcements: string[] = [];
  private readonly text = new TextDecoder();

  constructor(createAdapter: () => MarketAdapter) {
    this.createAdapter = createAdapter;
    this.adapter = createAdapter();
    this.adapter.open([]);
  }

  add({ kind, direction, body }: RawRecord): void {
    if (kind === RecordKind.Exchange) this.read(decodeExchange(body).body);
    else if (kind === RecordKind.Frame && direction === Direction.In) this.read(body);
  }

  /** In the order in which they came up. */
  symbols(): readonly SurveyedSymbol[] {
    const definitions = this.definitions();
    return [...this.found].map(([symbol, it]) => ({
      symbol, books: it.books, prints: it.prints, bookDepth: this.depthOf(it), definition: definitions.get(symbol) ?? null,
      priceScale: Math.max(it.priceDecimals, this.unnamed.priceDecimals),
      quantityScale: Math.max(it.quantityDecimals, this.unnamed.quantityDecimals),
    }));
  }

  private read(frame: Uint8Array): void {
    this.frames.read += 1;
    const { decoder } = this.adapter;
    switch (decoder.decode(frame)) {
      case FrameKind.Book: this.readBooks(frame); break;
      case FrameKind.Trade: this.readPrints(frame); break;
      case FrameKind.Other: this.readNotice(this.text.decode(frame)); break;
      case FrameKind.Heartbeat: break;
      case FrameKind.Malformed: case FrameKind.Oversize: this.frames.unreadable += 1; break;
    }
  }

  private readBooks(frame: Uint8Array): void {
    const { decoder: { frame: view, books } } = this.adapter;
    for (let entry = 0; entry < view[FrameView.BookCount]; entry += 1) {
      const at = entry * BookEntry.Stride;
      const it = this.named(frame, books[at + BookEntry.NameAt], books[at + BookEntry.NameSize]);
      it.books += 1;
      this.readSide(it, books[at + BookEntry.BidsFrom], books[at + BookEntry.BidsTo]);
      this.readSide(it, books[at + BookEntry.AsksFrom], books[at + BookEntry.AsksTo]);
    }
  }

  private readSide(it: Found, begin: number, end: number): void {
    const { levels } = this.adapter.decoder;
    it.levels = Math.max(it.levels, end - begin);
    for (let level = begin; level < end; level += 1) {
      const from = level * LevelEntry.Stride;
      it.saw(levels[from + LevelEntry.Price], levels[from + LevelEntry.PriceDecimals],
        levels[from + LevelEntry.Quantity], levels[from + LevelEntry.QuantityDecimals]);
    }
  }

  private readPrints(frame: Uint8Array): void {
    const { decoder: { frame: view, trades } } = this.adapter;
    for (let entry = 0; entry < view[FrameView.TradeCount]; entry += 1) {
      const at = entry * TradeEntry.Stride;
      const it = this.named(frame, trades[at + TradeEntry.NameAt], trades[at + TradeEntry.NameSize]);
      it.prints += 1;
      it.saw(trades[at + TradeEntry.Price], trades[at + TradeEntry.PriceDecimals],
        trades[at + TradeEntry.Quantity], trades[at + TradeEntry.QuantityDecimals]);
    }
  }

  private readNotice(text: string): void {
    const notice = this.adapter.interpret(text);
    if (notice.notice === 'subscribed' && notice.depth !== undefined) this.find(notice.symbol).depth = notice.depth;
    if (notice.notice === 'defined' && this.announcements.length < ANNOUNCEMENTS_MAX) this.announcements.push(text);
  }

  private named(frame: Uint8Array, at: number, size: number): Found {
    return size > 0 ? this.find(this.text.decode(frame.subarray(at, at + size))) : this.unnamed;
  }

  private find(symbol: string): Found {
    let it = this.found.get(symbol);
    if (it === undefined) {
      it = new Found();
      this.found.set(symbol, it);
    }
    return it;
  }

  /** Confirmed, else the smallest the Venue has that holds what was seen. */
  private depthOf({ depth, levels }: Found): number {
    const { bookDepths } = this.adapter;
    if (bookDepths.includes(depth)) return depth;
    return bookDepths.find((known) => known === 0 || known >= levels) ?? bookDepths.at(-1) ?? 0;
  }

  /** An adapter tells the definitions of its own instruments only, so another one is opened with those that were found. */
  private definitions(): ReadonlyMap<string, InstrumentDefinition> {
    const all = new Map<string, InstrumentDefinition>();
    if (this.announcements.length === 0) return all;
    const adapter = this.createAdapter();
    adapter.open([...this.found].map(([symbol, it], instrument) => ({
      instrument, symbol, base: 0, quote: 0, priceScale: 0, quantityScale: 0, tickSize: 1, lotSize: 1, minimumQuantity: 1,
      bookDepth: this.depthOf(it),
    })));
    for (const text of this.announcements) {
      const notice = adapter.interpret(text);
      if (notice.notice === 'defined') for (const definition of notice.definitions) all.set(definition.symbol, definition);
    }
    return all;
  }
}

/** Those that say something: 60000.100 has one. */
function decimalsOf(mantissa: number, decimals: number): number {
  if (Number.isNaN(mantissa) || mantissa === 0) return 0;
  let left = mantissa;
  let needed = decimals;
  while (needed > 0 && left % 10 === 0) {
    left /= 10;
    needed -= 1;
  }
  return Math.max(0, needed);
}
