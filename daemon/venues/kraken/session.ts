// Kraken as the gateway host drives it: raw frames in, Events out. Owns the order of what is said about a feed: the
// Core hears that a book is invalid before anything that follows from the lost update, and hears a whole snapshot
// before it is told that the book is valid. Market data only: every order is refused as not transmitted. Reads no
// clock.

import { EventEncoder } from '../../event/encode.ts';
import {
  Action, FeedReason, FeedState, InstrumentState, RejectReason, Side, VenueOrderStatus,
} from '../../event/kinds.ts';
import type { DispatchedCommand, FrameSession, VenueOutput, VenueWelcome } from '../../event/venue-session.ts';
import { BookFeed, BookState, Verdict } from './book-feed.ts';
import { FrameKind, KrakenDecoder, type BookEntry, type TradeEntry } from './decode.ts';
import { Problems, type Problem } from './problems.ts';
import { BOOK_DEPTHS, subscribeBook, subscribeTrades, unsubscribeBook } from './requests.ts';
import { toScaled } from '../../base/scaled.ts';
import { unixNs } from '../../base/rfc3339.ts';

export interface KrakenOptions {
  readonly onProblem: (problem: Problem) => void;
  /** Silence of the whole connection, heartbeats included, after which its books are stale. */
  readonly silenceNs?: number;
  /** An unanswered resync is asked for again after this. */
  readonly resyncTimeoutNs?: number;
}

export interface KrakenStatistics {
  frames: number;
  heartbeats: number;
  /** Books whose checksum was computed and equal. */
  checksumsVerified: number;
  checksumMismatches: number;
  crossedBooks: number;
  resyncs: number;
  prints: number;
  problems: number;
}

/** Kraken sends a heartbeat every second in which it sends nothing else. */
const SILENCE_NS = 10e9;
const RESYNC_TIMEOUT_NS = 10e9;
const MARKET_DATA_ONLY = 'this gateway carries market data only';

const SYSTEM_STATES: ReadonlyMap<string, InstrumentState> = new Map([
  ['online', InstrumentState.Trading], ['post_only', InstrumentState.PostOnly],
  ['cancel_only', InstrumentState.CancelOnly], ['maintenance', InstrumentState.Halted],
]);

const REASONS: ReadonlyMap<Verdict, FeedReason> = new Map([
  [Verdict.BadLevel, FeedReason.BadLevel], [Verdict.ChecksumMismatch, FeedReason.ChecksumMismatch],
  [Verdict.Crossed, FeedReason.Crossed],
]);

export class KrakenSession implements FrameSession {
  readonly statistics: KrakenStatistics = {
    frames: 0, heartbeats: 0, checksumsVerified: 0, checksumMismatches: 0, crossedBooks: 0, resyncs: 0, prints: 0,
    problems: 0,
  };
  readonly problems: Problems;
  private readonly silenceNs: number;
  private readonly resyncTimeoutNs: number;
  private readonly encoder = new EventEncoder();
  private decoder = new KrakenDecoder([]);
  private feeds: BookFeed[] = [];
  /** Where Events go; null between stop and start. */
  private output: VenueOutput | null = null;
  /** The way to the Venue outlives a lost daemon link. */
  private venueOutput: VenueOutput | null = null;
  private venue = 0;
  private state = InstrumentState.Unknown;
  private isOpen = false;
  private isSilent = false;
  private lastLife = 0;

  constructor(options: KrakenOptions) {
    this.silenceNs = options.silenceNs ?? SILENCE_NS;
    this.resyncTimeoutNs = options.resyncTimeoutNs ?? RESYNC_TIMEOUT_NS;
    this.problems = new Problems((problem) => options.onProblem(problem));
  }

  // ── from the daemon ───────────────────────────────────────────────────────────────────────────
  start(welcome: VenueWelcome, output: VenueOutput, now: number): void {
    this.output = output;
    this.venueOutput = output;
    this.venue = welcome.venue;
    if (!this.knows(welcome)) this.subscribeAnew(welcome, now);
    for (const feed of this.feeds) {
      const { instrument } = feed.instrument;
      output.emit(this.encoder.instrumentDefined({ ...feed.instrument, venue: this.venue }));
      this.emitState(feed);
      if (feed.state === BookState.Valid) this.emitBook(feed, 0n, 0n, FeedReason.Subscribed);
      else if (feed.state === BookState.Empty) this.emitFeed(instrument, FeedState.Unknown, FeedReason.None, 0);
      else this.emitFeed(instrument, FeedState.Invalid, FeedReason.Resync, 0);
    }
    if (this.isSilent) this.emitValidFeeds(FeedState.Stale, FeedReason.Silence);
  }

  stop(_now: number): void {
    this.output = null;
  }

  onDispatch(command: DispatchedCommand, _now: number): void {
    const refusal = {
      orderId: command.orderId, reason: RejectReason.NotTransmitted, eventTime: 0, captureTime: 0,
      message: MARKET_DATA_ONLY,
    };
    const { encoder } = this;
    if (command.action === Action.New) this.output?.emit(encoder.orderRejected(refusal));
    else if (command.action === Action.Replace) this.output?.emit(encoder.replaceRejected(refusal));
    else this.output?.emit(encoder.cancelRejected(refusal));
  }

  onStatusQuery(orderId: number, venueOrderId: string, _now: number): void {
    this.output?.emit(this.encoder.orderStatusReport({
      orderId, status: VenueOrderStatus.Indeterminate, instrument: this.feeds[0]?.instrument.instrument ?? 0,
      side: Side.Buy, price: 0, quantity: 0, filledQuantity: 0, eventTime: 0, captureTime: 0, venueOrderId,
    }));
  }

  /** There is nothing of ours at the Venue that this gateway put there. */
  onMassCancel(_reason: string, _now: number): void {}

  onSnapshotRequest(instrument: number, now: number): void {
    const feed = this.feeds.find((candidate) => candidate.instrument.instrument === instrument);
    if (feed === undefined) return;
    if (feed.state === BookState.Valid) this.emitBook(feed, 0n, 0n, FeedReason.Resync);
    else this.resync(feed, now);
  }

  onReconcileRequest(id: number, orderIds: readonly number[], now: number): void {
    for (const orderId of orderIds) this.onStatusQuery(orderId, '', now);
    this.output?.reconcileEnd(id, false, MARKET_DATA_ONLY);
  }

  advance(now: number): number {
    if (!this.isOpen) return Infinity;
    if (!this.isSilent && now - this.lastLife > this.silenceNs) {
      this.isSilent = true;
      this.emitValidFeeds(FeedState.Stale, FeedReason.Silence);
    }
    let due = this.isSilent ? Infinity : this.lastLife + this.silenceNs + 1;
    for (const feed of this.feeds) {
      if (feed.resyncSince < 0) continue;
      if (now - feed.resyncSince > this.resyncTimeoutNs) this.requestResync(feed, now);
      due = Math.min(due, feed.resyncSince + this.resyncTimeoutNs + 1);
    }
    return due;
  }

  // ── from the Venue ────────────────────────────────────────────────────────────────────────────
  onOpen(now: number): void {
    this.isOpen = true;
    this.isSilent = false;
    this.lastLife = now;
    this.subscribe(now);
  }

  onClose(_reason: string, _now: number): void {
    this.isOpen = false;
    this.state = InstrumentState.Unknown;
    for (const feed of this.feeds) {
      feed.empty();
      this.emitState(feed);
    }
    this.emitFeed(-1, FeedState.Invalid, FeedReason.LinkDown, 0);
  }

  onFrame(frame: string, captureTime: bigint, now: number): void {
    this.statistics.frames += 1;
    this.lastLife = now;
    if (this.isSilent) {
      // One connection delivers in order: what was silent lost nothing.
      this.isSilent = false;
      this.emitValidFeeds(FeedState.Valid, FeedReason.Resync);
    }
    const kind = this.decoder.decode(frame);
    switch (kind) {
      case FrameKind.Book: this.onBooks(frame, captureTime, now); break;
      case FrameKind.Trade: this.onTrades(frame, captureTime); break;
      case FrameKind.Heartbeat: this.statistics.heartbeats += 1; break;
      case FrameKind.Status: this.onSystem(this.decoder.system); break;
      case FrameKind.Answer: this.onAnswer(frame, now); break;
      case FrameKind.UnknownChannel: this.note('unknown channel', this.decoder.unknown); break;
      case FrameKind.UnknownMessage: this.note('unknown message', frame); break;
      case FrameKind.Malformed: case FrameKind.Oversize: this.onUnreadable(kind, frame, now); break;
    }
  }

  private onBooks(frame: string, captureTime: bigint, now: number): void {
    const { decoder } = this;
    for (let i = 0; i < decoder.bookCount; i += 1) {
      const entry = decoder.books[i];
      if (entry.symbol < 0) this.note('unknown symbol', entry.name);
      else this.onBook(this.feeds[entry.symbol], entry, frame, captureTime, now);
    }
  }

  private onBook(feed: BookFeed, entry: BookEntry, frame: string, captureTime: bigint, now: number): void {
    const { isSnapshot } = this.decoder;
    if (isSnapshot === null) {
      this.note('unknown type', frame);
      this.breakFeed(feed, FeedReason.SequenceGap, now);
      return;
    }
    const eventTime = unixNs(entry.eventSeconds, entry.eventNanoseconds);
    if (entry.eventSeconds === 0) this.note('unreadable timestamp', frame);
    const before = feed.state;
    const isFirst = feed.state === BookState.Empty && feed.resyncSince < 0;
    const verdict = feed.apply(this.decoder, entry, isSnapshot);
    if (verdict === Verdict.Applied) {
      this.statistics.checksumsVerified += 1;
      if (isSnapshot) this.emitBook(feed, eventTime, captureTime, isFirst ? FeedReason.Subscribed : FeedReason.Resync);
      else this.emitDelta(feed, eventTime, captureTime);
    } else if (verdict === Verdict.Ignored) {
      if (feed.state === BookState.Broken) this.resync(feed, now);
    } else {
      this.onVerdict(feed, verdict, frame, before, now);
    }
  }

  private onVerdict(feed: BookFeed, verdict: Verdict, frame: string, before: BookState, now: number): void {
    if (verdict === Verdict.ChecksumMismatch) {
      this.statistics.checksumMismatches += 1;
      this.note('checksum mismatch', frame);
    } else if (verdict === Verdict.Crossed) {
      this.statistics.crossedBooks += 1;
      this.note('crossed book', frame);
    } else {
      this.note('bad level', frame);
    }
    const reason = REASONS.get(verdict) ?? FeedReason.None;
    if (before !== BookState.Broken) this.emitFeed(feed.instrument.instrument, FeedState.Invalid, reason, 0);
    // A snapshot that is wrong is asked for again, but not at once: it would be wrong again.
    if (this.decoder.isSnapshot) feed.resyncSince = now;
    else this.resync(feed, now);
  }

  private onTrades(frame: string, captureTime: bigint): void {
    const { decoder } = this;
    if (decoder.isSnapshot !== false) {
      this.note(decoder.isSnapshot ? 'trade snapshot' : 'unknown type', frame);
      return;
    }
    // One Event per run of prints of one instrument.
    for (let from = 0; from < decoder.tradeCount;) {
      const { symbol, name } = decoder.trades[from];
      let to = from + 1;
      while (to < decoder.tradeCount && decoder.trades[to].symbol === symbol) to += 1;
      if (symbol < 0) this.note('unknown symbol', name);
      else this.emitTrade(this.feeds[symbol], decoder.trades.slice(from, to), frame, captureTime);
      from = to;
    }
  }

  private emitTrade(feed: BookFeed, entries: readonly TradeEntry[], frame: string, captureTime: bigint): void {
    const { priceScale, quantityScale, instrument } = feed.instrument;
    const prints = entries.map((entry) => ({
      price: toScaled(entry.price, entry.priceDecimals, priceScale),
      quantity: toScaled(entry.quantity, entry.quantityDecimals, quantityScale),
      eventTime: unixNs(entry.eventSeconds, entry.eventNanoseconds), id: entry.id,
      aggressor: entry.isBuy === false ? Side.Sell : Side.Buy,
    }));
    const isGood = prints.every(({ price, quantity }) => price > 0 && quantity > 0)
      && entries.every(({ isBuy }) => isBuy !== null);
    if (!isGood) {
      this.note('bad print', frame);
      return;
    }
    this.statistics.prints += prints.length;
    this.output?.emit(this.encoder.trade({ instrument, captureTime, prints }));
  }

  private onSystem(system: string): void {
    const state = SYSTEM_STATES.get(system);
    if (state === undefined) this.note('unknown system state', system);
    if (this.state === (state ?? InstrumentState.Unknown)) return;
    this.state = state ?? InstrumentState.Unknown;
    for (const feed of this.feeds) this.emitState(feed);
  }

  private onAnswer(frame: string, now: number): void {
    const { method, channel, symbol, depth, success } = this.decoder.answer;
    if (method !== 'subscribe' && method !== 'unsubscribe') return;
    if (!success) this.note('request refused', frame);
    if (!success || channel !== 'book') return;
    const feed = this.feeds.find((candidate) => candidate.instrument.symbol === symbol);
    if (feed === undefined) {
      this.note('unknown symbol', symbol);
    } else if (method === 'unsubscribe') {
      if (feed.state === BookState.Valid) {
        this.emitFeed(feed.instrument.instrument, FeedState.Invalid, FeedReason.Resync, 0);
        feed.break();
        feed.suppressed = 0;
        feed.resyncSince = now;
      }
    } else if (depth !== 0 && depth !== feed.depth) {
      this.note('unexpected depth', frame);
      feed.depth = depth;
    }
  }

  /** It may have been an update of any book: a checksum covers only the top, so none is believed. */
  private onUnreadable(kind: FrameKind, frame: string, now: number): void {
    this.note(kind === FrameKind.Oversize ? 'oversize frame' : 'malformed frame', frame);
    if (!this.decoder.mayBeBook) return;
    for (const feed of this.feeds) this.breakFeed(feed, FeedReason.SequenceGap, now);
  }

  // ── feeds ─────────────────────────────────────────────────────────────────────────────────────
  private breakFeed(feed: BookFeed, reason: FeedReason, now: number): void {
    if (feed.state !== BookState.Valid) return;
    feed.break();
    this.emitFeed(feed.instrument.instrument, FeedState.Invalid, reason, 0);
    this.resync(feed, now);
  }

  /** One in flight per book. */
  private resync(feed: BookFeed, now: number): void {
    if (feed.resyncSince < 0) this.requestResync(feed, now);
  }

  private requestResync(feed: BookFeed, now: number): void {
    feed.resyncSince = now;
    this.statistics.resyncs += 1;
    this.venueOutput?.transmit(unsubscribeBook(feed.instrument.symbol, feed.depth));
    this.venueOutput?.transmit(subscribeBook(feed.instrument.symbol, feed.depth));
  }

  private subscribe(now: number): void {
    if (!this.isOpen || this.feeds.length === 0) return;
    for (const feed of this.feeds) {
      this.venueOutput?.transmit(subscribeBook(feed.instrument.symbol, feed.depth));
      feed.resyncSince = -1;
    }
    this.venueOutput?.transmit(subscribeTrades(this.feeds.map((feed) => feed.instrument.symbol)));
    this.lastLife = now;
  }

  private knows(welcome: VenueWelcome): boolean {
    const signature = (list: readonly object[]): string => JSON.stringify(list);
    return signature(welcome.instruments) === signature(this.feeds.map((feed) => feed.instrument));
  }

  private subscribeAnew(welcome: VenueWelcome, now: number): void {
    for (const { symbol, bookDepth } of welcome.instruments) {
      if ((BOOK_DEPTHS as readonly number[]).includes(bookDepth)) continue;
      throw new RangeError(`kraken: ${symbol} has bookDepth ${bookDepth}; expected what Kraken serves: `
        + `${BOOK_DEPTHS.join(', ')}; change it in the daemon's configuration`);
    }
    this.feeds = welcome.instruments.map((instrument) => new BookFeed({ ...instrument }));
    this.decoder = new KrakenDecoder(this.feeds.map((feed) => feed.instrument.symbol));
    this.subscribe(now);
  }

  // ── Events ────────────────────────────────────────────────────────────────────────────────────
  private emitBook(feed: BookFeed, eventTime: bigint, captureTime: bigint, reason: FeedReason): void {
    this.output?.emit(this.encoder.bookSnapshot({
      instrument: feed.instrument.instrument, eventTime, captureTime, sequence: 0,
      bids: feed.book.bids.pairs(), asks: feed.book.asks.pairs(),
    }));
    this.emitFeed(feed.instrument.instrument, FeedState.Valid, reason, feed.takeSuppressed());
  }

  private emitDelta(feed: BookFeed, eventTime: bigint, captureTime: bigint): void {
    this.output?.emit(this.encoder.bookDelta({
      instrument: feed.instrument.instrument, eventTime, captureTime, previous: 0, sequence: 0,
      bids: feed.bids, asks: feed.asks,
    }));
  }

  private emitFeed(instrument: number, state: FeedState, reason: FeedReason, dropped: number): void {
    this.output?.emit(this.encoder.feedStatusChanged({ venue: this.venue, instrument, state, reason, dropped }));
  }

  private emitValidFeeds(state: FeedState, reason: FeedReason): void {
    for (const feed of this.feeds) {
      if (feed.state === BookState.Valid) this.emitFeed(feed.instrument.instrument, state, reason, 0);
    }
  }

  private emitState(feed: BookFeed): void {
    this.output?.emit(this.encoder.instrumentStatus({
      instrument: feed.instrument.instrument, state: this.state, eventTime: 0,
    }));
  }

  private note(kind: Problem['kind'], sample: string): void {
    this.problems.note(kind, sample);
    this.statistics.problems += 1;
  }
}
