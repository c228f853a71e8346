// What the desk says to the daemon: Events of feeds, books and prints, each encoded once. Silent between `end` and the next
// `begin`. Owns the encoder and no rule of order: whoever calls decides what is said when.

import { EventEncoder } from '../../event/encode.ts';
import type { BookDeltaFields, Integer, LevelPairs, PrintFields } from '../../event/event-fields.ts';
import { FeedReason, FeedState, type InstrumentState } from '../../event/kinds.ts';
import type { VenueInstrument, VenueOutput } from '../../event/venue-session.ts';
import type { BookFeed } from './book-feed.ts';

/** One object for all deltas: filled, encoded, filled again. */
class Delta implements BookDeltaFields {
  instrument = 0;
  eventTime = 0n;
  captureTime = 0n;
  previous = 0;
  sequence = 0;
  bids: LevelPairs;
  asks: LevelPairs;

  constructor() {
    this.bids = this.asks = { pairs: new Float64Array(0), size: 0 };
  }
}

export class MarketEvents {
  private readonly encoder = new EventEncoder();
  private readonly fields = new Delta();
  private output: VenueOutput | null = null;
  private venue = 0;

  begin(output: VenueOutput, venue: number): void {
    this.output = output;
    this.venue = venue;
  }

  end(): void {
    this.output = null;
  }

  defined(instrument: VenueInstrument): void {
    this.output?.emit(this.encoder.instrumentDefined({ ...instrument, venue: this.venue }));
  }

  instrumentStatus(instrument: number, state: InstrumentState): void {
    this.output?.emit(this.encoder.instrumentStatus({ instrument, state, eventTime: 0 }));
  }

  /** Instrument −1: every feed of the Venue. */
  feedStatus(instrument: number, state: FeedState, reason: FeedReason, dropped: number): void {
    this.output?.emit(this.encoder.feedStatusChanged({ venue: this.venue, instrument, state, reason, dropped }));
  }

  /** Of one book. */
  feed(feed: BookFeed, state: FeedState, reason: FeedReason): void {
    this.feedStatus(feed.instrument.instrument, state, reason, 0);
  }

  /** The whole copy, then that it is valid. A contradicted book is not told. */
  book(feed: BookFeed, eventTime: bigint, captureTime: bigint, reason: FeedReason): void {
    const { instrument: { instrument }, rule, book: { bids, asks } } = feed;
    if (feed.contradiction !== '') {
      feed.suppressed += 1;
      return;
    }
    feed.told += 1;
    this.output?.emit(this.encoder.bookSnapshot({
      instrument, eventTime, captureTime, sequence: rule.sequence, bids: bids.pairs(), asks: asks.pairs(),
    }));
    this.feedStatus(instrument, FeedState.Valid, reason, feed.takeSuppressed());
    if (feed.isStale) this.feed(feed, FeedState.Stale, FeedReason.Silence);
  }

  /** The entry last applied. A contradicted book is not told. */
  delta(feed: BookFeed, eventTime: bigint, captureTime: bigint): void {
    if (feed.contradiction !== '') feed.suppressed += 1;
    if (this.output === null || feed.contradiction !== '') return;
    feed.told += 1;
    const { fields } = this;
    fields.instrument = feed.instrument.instrument;
    fields.eventTime = eventTime;
    fields.captureTime = captureTime;
    fields.previous = feed.previous;
    fields.sequence = feed.rule.sequence;
    fields.bids = feed.bids;
    fields.asks = feed.asks;
    this.output.emit(this.encoder.bookDelta(fields));
  }

  trade(instrument: number, captureTime: Integer, prints: readonly PrintFields[]): void {
    this.output?.emit(this.encoder.trade({ instrument, captureTime, prints }));
  }
}
