// The Market domain: books, last trades and whether each feed may be believed. A book that cannot be trusted is invalid
// from the Event that showed it, until a snapshot replaces it; deltas in between are ignored.

import type { DigestFold } from '../../../base/digest-fold.ts';
import type { EventView } from '../../../event/event-view.ts';
import { PRINT_STRIDE } from '../../../event/event-view.ts';
import { BookResult, Status } from '../../../event/generated/view_generated.ts';
import { FeedReason, FeedState, InstrumentState } from '../../../event/kinds.ts';
import type { CoreConfig } from '../../config.ts';
import { type BooksPort, Top } from './books.ts';

/** One instrument's feed. Times: ns since the session's epoch, −1 before the first. */
class Feed {
  state: number = FeedState.Unknown;
  reason: number = FeedReason.None;
  instrumentState: number = InstrumentState.Unknown;
  lastTime = -1;
  tradePrice = 0;
  tradeQuantity = 0;
  tradeCount = 0;
  /** A SnapshotRequest was asked for and no snapshot came yet: one resync in flight per book. */
  resyncing = false;
}

export class Market {
  config: CoreConfig;
  readonly books: BooksPort;
  readonly feeds: readonly Feed[];
  readonly tops: readonly Top[];
  /** Earliest moment a feed can turn stale; Infinity when none can. Kept exact lazily: see `staleDeadline`. */
  private earliestStale = Infinity;
  private earliestFeed = -1;
  /** `BookResult` bits of the last Event, or 0; of one step, not State. */
  lastBookResult = 0;
  /** Instrument whose book the last Event made invalid and needs a snapshot, or −1; of one step. */
  resyncNeeded = -1;

  constructor(config: CoreConfig, books: BooksPort) {
    this.config = config;
    this.books = books;
    this.feeds = config.instruments.map(() => new Feed());
    this.tops = config.instruments.map((_, index) => new Top(books.view, index));
    for (let i = 0; i < config.instruments.length; i++) {
      const { id, bookDepth, bookLevelsMax } = config.instruments[i]!;
      const status = books.define(i, bookDepth, bookLevelsMax);
      if (status === 0) continue;
      throw new Error(`instrument ${id}: no room for a book of ${bookLevelsMax} levels a side (status ${status}); lower bookLevelsMax`);
    }
  }

  beginEvent(): void {
    this.lastBookResult = 0;
    this.resyncNeeded = -1;
  }

  applySnapshot(event: EventView): void {
    const feed = this.feeds[event.instrument]!;
    const result = this.books.apply();
    feed.resyncing = false;
    this.touch(event.instrument, event.time);
    if (this.rejects(event.instrument, result)) return;
    this.revive(event.instrument, event.time);
    this.lastBookResult = result;
  }

  applyDelta(event: EventView): void {
    const feed = this.feeds[event.instrument]!;
    if (feed.state === FeedState.Unknown || feed.state === FeedState.Invalid) {
      this.touch(event.instrument, event.time);
      this.requestResync(event.instrument);
      return;
    }
    const result = this.books.apply();
    this.touch(event.instrument, event.time);
    if (this.rejects(event.instrument, result)) return;
    if (feed.state === FeedState.Stale) this.revive(event.instrument, event.time);
    this.lastBookResult = result;
  }

  /** A book that is crossed, out of sequence or malformed is invalid at once. */
  private rejects(instrument: number, result: number): boolean {
    const reason = faultOf(result);
    if (reason === FeedReason.None) return false;
    this.invalidate(instrument, reason);
    this.requestResync(instrument);
    return true;
  }

  applyTrade(event: EventView): void {
    const feed = this.feeds[event.instrument]!;
    for (let i = 0; i < event.count; i++) {
      feed.tradePrice = event.entries[i * PRINT_STRIDE]!;
      feed.tradeQuantity = event.entries[i * PRINT_STRIDE + 1]!;
    }
    feed.tradeCount += event.count;
    this.touch(event.instrument, event.time);
    if (feed.state === FeedState.Stale) this.revive(event.instrument, event.time);
  }

  applyInstrumentStatus(event: EventView): void {
    this.feeds[event.instrument]!.instrumentState = event.state;
    this.touch(event.instrument, event.time);
  }

  /** The gateway's word on a feed; instrument −1: all feeds of the Venue. */
  applyFeedStatus(event: EventView): void {
    for (let i = 0; i < this.feeds.length; i++) {
      const named = event.instrument === i || event.instrument === -1;
      if (named && this.config.instruments[i]!.venue === event.venue) this.feedStatus(i, event);
    }
  }

  private feedStatus(instrument: number, event: EventView): void {
    const feed = this.feeds[instrument]!;
    this.touch(instrument, event.time);
    // Valid only says that the feed is alive: what makes a book valid is a snapshot.
    if (event.state === FeedState.Valid) {
      if (feed.state === FeedState.Stale) this.revive(instrument, event.time);
      return;
    }
    if (event.state === FeedState.Stale && feed.state !== FeedState.Valid) return;
    if (event.state === FeedState.Stale) {
      feed.state = FeedState.Stale;
      feed.reason = event.reason;
      this.forgetDeadline(instrument);
    } else {
      this.invalidate(instrument, event.reason);
    }
  }

  linkDown(venue: number): void {
    for (let i = 0; i < this.feeds.length; i++) {
      if (this.config.instruments[i]!.venue !== venue) continue;
      this.feeds[i]!.resyncing = false;
      if (this.feeds[i]!.state !== FeedState.Unknown) this.invalidate(i, FeedReason.LinkDown);
    }
  }

  private invalidate(instrument: number, reason: number): void {
    const feed = this.feeds[instrument]!;
    feed.state = FeedState.Invalid;
    feed.reason = reason;
    this.books.clear(instrument);
    this.forgetDeadline(instrument);
  }

  private requestResync(instrument: number): void {
    const feed = this.feeds[instrument]!;
    if (feed.resyncing) return;
    feed.resyncing = true;
    this.resyncNeeded = instrument;
  }

  private revive(instrument: number, time: number): void {
    const feed = this.feeds[instrument]!;
    feed.state = FeedState.Valid;
    feed.reason = FeedReason.None;
    this.touch(instrument, time);
  }

  // ── staleness ─────────────────────────────────────────────────────────────

  /** An Event of the feed arrived: its own deadline moves out; the earliest is searched again only when it was this one. */
  private touch(instrument: number, time: number): void {
    this.feeds[instrument]!.lastTime = time;
    if (instrument === this.earliestFeed) {
      this.findEarliest();
      return;
    }
    const deadline = this.staleAt(instrument);
    if (deadline < this.earliestStale) {
      this.earliestStale = deadline;
      this.earliestFeed = instrument;
    }
  }

  private forgetDeadline(instrument: number): void {
    if (instrument === this.earliestFeed) this.findEarliest();
  }

  private staleAt(instrument: number): number {
    const staleAfter = this.config.instruments[instrument]!.staleAfter;
    const feed = this.feeds[instrument]!;
    if (staleAfter === 0 || feed.state !== FeedState.Valid) return Infinity;
    return feed.lastTime + staleAfter;
  }

  private findEarliest(): void {
    this.earliestStale = Infinity;
    this.earliestFeed = -1;
    for (let i = 0; i < this.feeds.length; i++) {
      const deadline = this.staleAt(i);
      if (deadline < this.earliestStale) {
        this.earliestStale = deadline;
        this.earliestFeed = i;
      }
    }
  }

  staleDeadline(): number {
    return this.earliestStale;
  }

  /** Marks every feed stale whose time has come. */
  expireFeeds(now: number): void {
    while (this.earliestStale <= now) {
      const feed = this.feeds[this.earliestFeed]!;
      feed.state = FeedState.Stale;
      feed.reason = FeedReason.Silence;
      this.findEarliest();
    }
  }

  reconfigure(config: CoreConfig): void {
    this.config = config;
    this.findEarliest();
  }

  /** Price a position is valued at: what closing it would get, else the last trade. 0 when the market never spoke. */
  mark(instrument: number, quantity: number): number {
    const top = this.tops[instrument]!;
    const price = quantity < 0 ? top.askPrice : top.bidPrice;
    return price !== 0 ? price : this.feeds[instrument]!.tradePrice;
  }

  fold(digest: DigestFold): void {
    for (let i = 0; i < this.feeds.length; i++) {
      const feed = this.feeds[i]!;
      digest.addWord(feed.state | (feed.reason << 8) | (feed.instrumentState << 16) | ((feed.resyncing ? 1 : 0) << 24));
      digest.add(feed.lastTime);
      digest.add(feed.tradePrice);
      digest.add(feed.tradeQuantity);
      digest.add(feed.tradeCount);
      this.books.digest(i);
      digest.addPair(this.books.digestWords[0]!, this.books.digestWords[1]!);
    }
  }
}

function faultOf(result: number): FeedReason {
  if (result < 0) return result === Status.TooLarge ? FeedReason.BookOverflow : FeedReason.BadLevel;
  if ((result & BookResult.OutOfSequence) !== 0) return FeedReason.SequenceGap;
  if ((result & BookResult.Crossed) !== 0) return FeedReason.Crossed;
  return FeedReason.None;
}
