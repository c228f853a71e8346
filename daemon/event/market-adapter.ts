// What a Venue's own code says about its market data, and nothing else: which sockets, what to ask, how a frame reads, when
// an update follows. Interface only; implemented in daemon/venues/<venue>/, driven by daemon/gateway/market/, which owns
// everything the Venues have in common: feed states, one resync in flight, buffering, redundant sockets, silence.
//
// An adapter is pure: no clock, no socket, no randomness, and it never throws for what a Venue sent.

import type { LevelBook } from '../base/level-book.ts';
import type { InstrumentState } from './kinds.ts';
import type { ConnectionPlan, HttpRequest, VenueInstrument } from './venue-session.ts';

/** What one frame turned out to be. */
export enum FrameKind {
  /** Book entries are in `books` and `levels`. */
  Book = 1,
  /** Prints are in `trades`. */
  Trade = 2,
  Heartbeat = 3,
  /** Well-formed and none of the above: `MarketAdapter.interpret` says what it means. */
  Other = 4,
  Malformed = 5,
  /** Longer than FRAME_SIZE_MAX, or more entries or levels than the decoder holds. */
  Oversize = 6,
}

/** Symbols that a decoder may be told to look for, one dialect each. */
export type Dialect = 'kraken' | 'kraken-v1' | 'binance' | 'okx' | 'bitget';

/** The largest Venue frame that is looked at: a snapshot of 5000 levels a side is about 500 kB. */
export const VENUE_FRAME_SIZE_MAX = 8 * 1024 * 1024;
/** Levels a side, the most that the daemon's copy of a book can hold. */
export const BOOK_LEVELS_MAX = 16_384;

/**
 * One frame's bytes → numbers, without objects, strings or floats on the way; no memory of earlier frames. Native
 * (native/venue/, through daemon/binding). The views stay the same arrays for the decoder's life; their contents are
 * valid until the next `decode`. Layouts: FrameView, BookEntry, TradeEntry, LevelEntry in schemas/view.fbs.
 */
export interface MarketDecoder {
  readonly frame: Float64Array;
  readonly books: Float64Array;
  readonly trades: Float64Array;
  readonly levels: Float64Array;
  decode(frame: Uint8Array): FrameKind;
}

/** Symbols by index, as the instruments of MarketAdapter.open. */
export type CreateMarketDecoder = (dialect: Dialect, symbols: readonly string[]) => MarketDecoder;

/** What `BookRule.admit` says of a book entry. */
export enum Admission {
  Apply,
  /** Older than the copy, or already in it. */
  Ignore,
  /** An update between the copy and this one was lost. */
  Gap,
  /** Cannot be placed before a snapshot: keep it. */
  Wait,
}

/** One book's rules of sequence and proof. Entries are indices into `MarketDecoder.books`. */
export interface BookRule {
  /** Levels a side the Venue keeps in its window: the copy is cut to it after each update; 0: never. */
  readonly depth: number;
  /** Whether updates carry numbers: without, redundant sockets are matched by the bytes of their frames. */
  readonly sequenced: boolean;
  /** The copy is lost: the next entry admitted is a snapshot. */
  reset(): void;
  /** An entry that is a snapshot or an update: what did not say which never comes here. */
  admit(decoder: MarketDecoder, entry: number): Admission;
  /** After the levels of an admitted entry stand in `book`. False: the copy is not the Venue's book. */
  accept(decoder: MarketDecoder, entry: number, book: LevelBook): boolean;
  /** Of the entry accepted last: what BookSnapshot and BookDelta carry; 0: the Venue does not number. */
  readonly sequence: number;
}

/** What a frame of kind Other means. */
export type Notice =
  | { readonly notice: 'nothing' }
  /** A subscription is confirmed. */
  | {
    readonly notice: 'subscribed';
    readonly symbol: string;
    /** Levels a side of a book, where the Venue says them. */
    readonly depth?: number;
  }
  /** The Venue stopped sending this book; a snapshot follows a new subscription. */
  | { readonly notice: 'unsubscribed'; readonly symbol: string }
  | { readonly notice: 'refused'; readonly message: string }
  /** symbol '': every instrument of the Venue. */
  | { readonly notice: 'state'; readonly symbol: string; readonly state: InstrumentState }
  /** A definition the Venue announces: what the Configuration says is compared with it. Decimal texts. */
  | { readonly notice: 'defined'; readonly definitions: readonly InstrumentDefinition[] }
  /** The Venue asks for a new connection. */
  | { readonly notice: 'redial'; readonly message: string }
  | { readonly notice: 'unknown'; readonly what: string };

export interface InstrumentDefinition {
  readonly symbol: string;
  readonly tickSize: string;
  readonly lotSize: string;
  readonly minimumQuantity: string;
  readonly state: InstrumentState;
}

export type SnapshotRequest =
  | { readonly over: 'socket'; readonly frames: readonly string[] }
  | { readonly over: 'http'; readonly request: HttpRequest };

export interface MarketAdapter {
  /** Sets the instruments. Throws a RangeError naming symbol, found and expected when the Venue cannot serve one. */
  open(instruments: readonly VenueInstrument[]): void;
  /** What an instrument's `bookDepth` may be, ascending; 0: the whole book. */
  readonly bookDepths: readonly number[];
  /** Market connections, after `open`. */
  connections(): readonly ConnectionPlan[];
  readonly decoder: MarketDecoder;
  /** Frames for a socket of connection `connection` (index into `connections`) that just opened. */
  subscribe(connection: number): readonly string[];
  /** Also asked once after subscribing when `needsSnapshot`. */
  snapshot(instrument: number): SnapshotRequest;
  /** Snapshots come only when asked for (Binance), not with the subscription. */
  readonly needsSnapshot: boolean;
  /** Definitions and states to ask for over HTTP when the connection opens; null: they come on the socket. */
  readonly definitions: HttpRequest | null;
  /** A frame of kind Other, or the body of `definitions`. */
  interpret(text: string): Notice;
  /** `instrument`: index into those of `open`. */
  bookRule(instrument: number): BookRule;
}
