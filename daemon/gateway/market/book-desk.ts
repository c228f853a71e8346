// All books of one Venue: what a decoded entry does to its book, in which order the daemon hears of it, and when a snapshot
// is asked for. G1: the Core hears that a book is invalid before anything that follows from the lost update, and a whole
// snapshot before it hears that the book is valid. One request in flight per book. Reads no clock, owns no socket.

import { unixNs } from '../../base/rfc3339.ts';
import { BookEntry, FrameView } from '../../event/generated/view_generated.ts';
import { FeedReason, FeedState } from '../../event/kinds.ts';
import { Admission } from '../../event/market-adapter.ts';
import type { VenueInstrument } from '../../event/venue-session.ts';
import { BookFeed, BookState, Verdict } from './book-feed.ts';
import { Carriers } from './carriers.ts';
import type { DeskContext } from './desk-context.ts';
import type { KeptFrame } from './kept-frames.ts';
import { frameHash, Place } from './redundancy.ts';
import { SnapshotRequests } from './snapshot-requests.ts';
import { MarketSockets } from './sockets.ts';

/** A Venue that gives snapshots only when asked is asked with its first update, or after this without one. */
const FIRST_ASK_NS = 1e9;
/** A snapshot older than the updates kept is asked for again after this. */
const ASK_AGAIN_NS = 1e9;
const NO_BYTES = new Uint8Array(0);

const REASONS: Readonly<Record<Exclude<Verdict, Verdict.Applied>, FeedReason>> = {
  [Verdict.BadLevel]: FeedReason.BadLevel, [Verdict.ChecksumMismatch]: FeedReason.ChecksumMismatch,
  [Verdict.Crossed]: FeedReason.Crossed,
};

export class BookDesk {
  feeds: readonly BookFeed[] = [];
  private readonly context: DeskContext;
  private sockets = new MarketSockets([]);
  private carriers = new Carriers(this.sockets);
  readonly requests: SnapshotRequests;
  // The frame in hand.
  private frame: Uint8Array = NO_BYTES;
  private captureTime = 0n;
  private socket = -1;
  private copy = -1;
  private hash = 0;
  private ordinal = 0;
  private now = 0;
  /** The decoder was used for a kept frame meanwhile. */
  private isClobbered = false;
  /** Event Time of the last kept frame that became part of a snapshot. */
  private splicedTime = 0n;

  constructor(context: DeskContext) {
    this.context = context;
    this.requests = new SnapshotRequests(context, this.sockets, this.carriers);
  }

  open(instruments: readonly VenueInstrument[], sockets: MarketSockets): void {
    const { plans } = sockets;
    const copies = Math.max(1, ...plans.map((plan) => plan.copies));
    this.sockets = sockets;
    this.carriers = new Carriers(sockets);
    this.requests.open(sockets, this.carriers);
    this.feeds = instruments.map((instrument, index) => (
      new BookFeed(index, instrument, this.context.adapter.bookRule(index), copies, plans.length === 1 ? 0 : -1)));
  }

  // ── frames ────────────────────────────────────────────────────────────────────────────────────
  /** The decoder holds a frame of kind Book, from a socket or (−1) the HTTP answer that `asker` waits for. */
  onBooks(frame: Uint8Array, socket: number, asker: BookFeed | null, captureTime: bigint, now: number): void {
    const { decoder } = this.context.adapter;
    this.hold(frame, socket, captureTime, now);
    const count = decoder.frame[FrameView.BookCount];
    for (let entry = 0; entry < count; entry += 1) {
      const feed = this.feedOf(entry, asker);
      if (feed !== null) this.onEntry(feed, entry);
      if (!this.isClobbered) continue;
      this.isClobbered = false;
      decoder.decode(frame);
    }
    this.frame = NO_BYTES;
  }

  /** It may have been an update of any book: a proof covers the top at most, so none is believed. */
  onUnreadable(socket: number, now: number): void {
    this.hold(NO_BYTES, socket, 0n, now);
    for (const feed of this.feeds) if (this.carriers.isOn(feed, socket)) this.loseUpdate(feed);
  }

  private hold(frame: Uint8Array, socket: number, captureTime: bigint, now: number): void {
    this.frame = frame;
    this.captureTime = captureTime;
    this.socket = socket;
    this.copy = socket < 0 ? -1 : this.sockets.copyOf(socket);
    this.hash = socket >= 0 && this.sockets.isShared(socket) ? frameHash(frame) : 0;
    this.ordinal += 1;
    this.now = now;
  }

  /** Whose entry it is. One without a name is a snapshot for whoever has waited longest, else for the only book. */
  private feedOf(entry: number, asker: BookFeed | null): BookFeed | null {
    const { adapter: { decoder: { books } }, problems } = this.context;
    const at = entry * BookEntry.Stride;
    const symbol = books[at + BookEntry.Symbol];
    if (symbol >= 0) return this.feeds[symbol];
    const nameAt = books[at + BookEntry.NameAt];
    const nameSize = books[at + BookEntry.NameSize];
    if (nameSize > 0) {
      problems.noteBytes('unknown symbol', this.frame, nameAt, nameAt + nameSize);
      return null;
    }
    const feed = asker ?? this.longestWaiting() ?? (this.feeds.length === 1 ? this.feeds[0] : null);
    if (feed === null) problems.noteBytes('book without a symbol', this.frame);
    return feed;
  }

  private longestWaiting(): BookFeed | null {
    let found: BookFeed | null = null;
    for (const feed of this.feeds) if (feed.isAsked && feed.askAt < (found?.askAt ?? Infinity)) found = feed;
    return found;
  }

  private onEntry(feed: BookFeed, entry: number): void {
    const { adapter: { decoder: { books } }, problems } = this.context;
    const at = entry * BookEntry.Stride;
    const isSnapshot = books[at + BookEntry.IsSnapshot];
    feed.entries += 1;
    if (feed.connection < 0 && this.socket >= 0) feed.connection = this.sockets.connectionOf(this.socket);
    if (isSnapshot === 1) {
      this.onSnapshot(feed, entry);
    } else if (isSnapshot === 0) {
      if (books[at + BookEntry.EventSeconds] === 0) problems.noteBytes('unreadable timestamp', this.frame);
      this.onUpdate(feed, entry);
      if (feed.isStale && feed.carries(this.copy)) this.revive(feed);
    } else {
      problems.noteBytes('unknown type', this.frame);
      this.loseUpdate(feed);
    }
  }

  // ── snapshots ─────────────────────────────────────────────────────────────────────────────────
  private onSnapshot(feed: BookFeed, entry: number): void {
    const { adapter: { decoder }, problems, statistics } = this.context;
    const last = decoder.books[entry * BookEntry.Stride + BookEntry.Last];
    const admission = this.isRepeated(feed) ? Admission.Ignore : feed.rule.admit(decoder, entry);
    if (admission === Admission.Ignore) {
      statistics.duplicates += 1;
      if (this.copy >= 0) feed.brought(this.copy, last);
      feed.log?.beganWith(this.copy, this.hash + entry);
      return;
    }
    const before = feed.state;
    const eventTime = this.eventTime(entry);
    if (admission !== Admission.Apply) {
      problems.noteBytes('unusable snapshot', this.frame);
      if (before !== BookState.Valid) feed.postpone(this.now + this.context.resyncTimeoutNs + 1);
      return;
    }
    const verdict = feed.apply(decoder, entry, true);
    if (verdict !== Verdict.Applied) {
      this.noteVerdict(verdict);
      this.refuse(feed, before, REASONS[verdict]);
      return;
    }
    this.countProof(entry);
    this.splicedTime = eventTime;
    if (feed.kept.count > 0 && !this.splice(feed, before)) return;
    const isHeld = feed.kept.count > 0;
    feed.begin(this.copy, this.hash + entry);
    if (this.copy >= 0) feed.brought(this.copy, last);
    if (isHeld) this.holdOn(feed, FeedReason.SequenceGap);
    const reason = before === BookState.Empty ? FeedReason.Subscribed : FeedReason.Resync;
    this.context.events.book(feed, this.splicedTime, this.captureTime, reason);
  }

  /** Another socket's first word, or an answer nobody waits for any more: the book stands. */
  private isRepeated(feed: BookFeed): boolean {
    if (feed.state !== BookState.Valid) return false;
    return this.copy < 0 ? true : !feed.carries(this.copy) && this.carriers.hasOther(feed, this.socket);
  }

  /** A snapshot that is wrong is asked for again, but not at once: it would be wrong again. */
  private refuse(feed: BookFeed, before: BookState, reason: FeedReason): void {
    const { resyncTimeoutNs } = this.context;
    const isNews = before !== BookState.Broken && feed.contradiction === '';
    feed.lose(BookState.Broken);
    feed.suppressed += 1;
    if (isNews) this.context.events.feed(feed, FeedState.Invalid, reason);
    feed.postpone(this.now + resyncTimeoutNs + 1);
  }

  /** Continues a fresh snapshot with what was kept. False: they do not meet, or what was kept is wrong. */
  private splice(feed: BookFeed, before: BookState): boolean {
    feed.kept.dropBeyond(feed.highest);
    const verdict = this.drain(feed, false);
    if (verdict !== Verdict.Applied) {
      this.noteVerdict(verdict);
      this.refuse(feed, before, REASONS[verdict]);
      return false;
    }
    if (feed.kept.count === 0 || this.carriers.mayBring(feed, feed.kept.lowest())) return true;
    // Older than everything kept: the Venue is asked for a younger one.
    feed.lose(before === BookState.Empty ? BookState.Empty : BookState.Broken);
    if (before === BookState.Valid && feed.contradiction === '') this.context.events.feed(feed, FeedState.Invalid, FeedReason.SequenceGap);
    feed.postpone(this.now + ASK_AGAIN_NS);
    return false;
  }

  // ── updates ───────────────────────────────────────────────────────────────────────────────────
  private onUpdate(feed: BookFeed, entry: number): void {
    const { adapter: { decoder }, statistics } = this.context;
    const last = decoder.books[entry * BookEntry.Stride + BookEntry.Last];
    if (this.copy >= 0) feed.brought(this.copy, last);
    if (feed.log !== null && feed.state === BookState.Valid && !this.isNext(feed, entry)) return;
    const admission = feed.rule.admit(decoder, entry);
    if (admission === Admission.Wait) {
      this.keepWaiting(feed, last);
    } else if (feed.state !== BookState.Valid) {
      this.suppress(feed);
      if (feed.state === BookState.Broken) this.requests.resync(feed, this.now);
    } else if (admission === Admission.Apply) {
      this.applyUpdate(feed, entry);
    } else if (admission === Admission.Gap) {
      this.onGap(feed, entry, last);
    } else {
      statistics.duplicates += 1;
    }
    if (feed.kept.count > 0 && feed.state === BookState.Valid) this.reviewHeld(feed);
  }

  /** Whether an update without a number extends the book, by where its socket stands among the others. */
  private isNext(feed: BookFeed, entry: number): boolean {
    const { statistics } = this.context;
    const place = feed.log?.place(this.copy, this.hash + entry);
    if (place === Place.Next) return true;
    statistics.duplicates += 1;
    if (place === Place.Lost) this.loseHidden(feed);
    return false;
  }

  /** One socket had an update that the book never saw, though nothing else showed it. */
  private loseHidden(feed: BookFeed): void {
    this.context.problems.noteBytes('update lost by a socket', this.frame);
    this.lose(feed, FeedReason.SequenceGap);
  }

  private applyUpdate(feed: BookFeed, entry: number): void {
    const { log } = feed;
    const verdict = feed.apply(this.context.adapter.decoder, entry, false);
    if (verdict !== Verdict.Applied) {
      this.onVerdict(feed, verdict);
      return;
    }
    this.countProof(entry);
    const isWhole = log === null || log.extend(this.copy, this.hash + entry);
    this.context.events.delta(feed, this.eventTime(entry), this.captureTime);
    if (!isWhole) this.loseHidden(feed);
    else if (log !== null) feed.heldSince = Infinity;
    else if (feed.kept.count > 0) this.continueHeld(feed);
  }

  private onVerdict(feed: BookFeed, verdict: Exclude<Verdict, Verdict.Applied>): void {
    this.noteVerdict(verdict);
    if (feed.log !== null && this.carriers.hasOther(feed, this.socket)) {
      // Perhaps this socket alone lost something: the others decide, but not for long.
      feed.revert(verdict);
      feed.log.forget(this.copy);
      this.holdOn(feed, REASONS[verdict]);
    } else {
      this.lose(feed, REASONS[verdict]);
    }
  }

  private onGap(feed: BookFeed, entry: number, last: number): void {
    const { adapter: { decoder }, problems } = this.context;
    if (this.carriers.mayBring(feed, last)) {
      feed.kept.keep(this.frame, this.captureTime, last, this.ordinal);
      this.holdOn(feed, FeedReason.SequenceGap);
      return;
    }
    problems.noteBytes('sequence gap', this.frame);
    this.lose(feed, FeedReason.SequenceGap);
    if (feed.rule.admit(decoder, entry) === Admission.Wait) {
      feed.kept.keep(this.frame, this.captureTime, last, this.ordinal);
    }
  }

  private keepWaiting(feed: BookFeed, last: number): void {
    feed.kept.keep(this.frame, this.captureTime, last, this.ordinal);
    if (feed.state === BookState.Broken) this.suppress(feed);
    if (!feed.isAsked) this.requests.ask(feed, this.now);
  }

  /** An update is missing that another socket may still bring. */
  private holdOn(feed: BookFeed, reason: FeedReason): void {
    if (feed.heldSince !== Infinity) return;
    feed.heldSince = this.now;
    feed.heldReason = reason;
  }

  private reviewHeld(feed: BookFeed): void {
    if (this.carriers.mayBring(feed, feed.kept.lowest())) return;
    this.context.problems.noteBytes('sequence gap', feed.kept.at(0).bytes);
    this.lose(feed, FeedReason.SequenceGap);
  }

  private continueHeld(feed: BookFeed): void {
    const verdict = this.drain(feed, true);
    if (verdict !== Verdict.Applied) this.onVerdict(feed, verdict);
    else if (feed.kept.count === 0) feed.heldSince = Infinity;
  }

  /** Applies what was kept and follows by now; what is older is dropped. Ends with the first entry that is wrong. */
  private drain(feed: BookFeed, isTold: boolean): Verdict {
    this.isClobbered = true;
    const { kept } = feed;
    let isMoving = true;
    while (isMoving && kept.count > 0) {
      isMoving = false;
      for (let i = 0; i < kept.count;) {
        const outcome = this.replay(feed, kept.at(i), isTold);
        if (outcome === null) {
          i += 1;
          continue;
        }
        kept.remove(i);
        if (outcome !== Verdict.Applied) return outcome;
        isMoving = true;
      }
    }
    return Verdict.Applied;
  }

  /** Null: an entry of it does not follow yet. */
  private replay(feed: BookFeed, { bytes, captureTime }: KeptFrame, isTold: boolean): Verdict | null {
    const { decoder } = this.context.adapter;
    decoder.decode(bytes);
    const count = decoder.frame[FrameView.BookCount];
    for (let entry = 0; entry < count; entry += 1) {
      if (decoder.books[entry * BookEntry.Stride + BookEntry.Symbol] !== feed.index) continue;
      const admission = feed.rule.admit(decoder, entry);
      if (admission === Admission.Ignore) continue;
      if (admission !== Admission.Apply) return null;
      const verdict = feed.apply(decoder, entry, false);
      if (verdict !== Verdict.Applied) return verdict;
      this.countProof(entry);
      if (isTold) this.context.events.delta(feed, this.eventTime(entry), captureTime);
      else this.splicedTime = this.eventTime(entry);
    }
    return Verdict.Applied;
  }

  // ── sockets ───────────────────────────────────────────────────────────────────────────────────
  onOpen(socket: number, now: number): void {
    const { adapter, resyncTimeoutNs } = this.context;
    const waitNs = adapter.needsSnapshot ? FIRST_ASK_NS : resyncTimeoutNs;
    for (const feed of this.feeds) {
      if (this.carriers.isOn(feed, socket) && feed.state !== BookState.Valid && feed.askAt === Infinity) feed.expect(now + waitNs + 1);
    }
  }

  /** Another socket of the market is open: only what this one alone carried is lost. */
  onClose(socket: number, now: number): void {
    this.hold(NO_BYTES, socket, 0n, now);
    for (const feed of this.feeds) {
      if (!this.carriers.isOn(feed, socket)) continue;
      feed.forget(this.copy);
      if (feed.state !== BookState.Valid) {
        if (feed.isAsked && feed.askedSocket === socket) this.requests.ask(feed, this.now);
      } else if (this.carriers.hasOther(feed, this.socket)) {
        if (feed.kept.count > 0) this.reviewHeld(feed);
        this.reviewLife(feed);
      } else {
        this.forsake(feed);
      }
    }
  }

  /** No socket is open: every book is gone. */
  onAllClosed(): void {
    for (const feed of this.feeds) {
      for (let socket = 0; socket < this.sockets.count; socket += 1) feed.forget(this.sockets.copyOf(socket));
      this.empty(feed);
    }
    this.requests.abandon();
  }

  /** The Venue confirms that it stopped sending a book on this socket; whoever asked for it expects a snapshot. */
  onUnsubscribed(feed: BookFeed, socket: number, now: number): void {
    this.hold(NO_BYTES, socket, 0n, now);
    feed.forget(this.copy);
    if (feed.state !== BookState.Valid || this.carriers.hasOther(feed, this.socket)) return;
    const wasTold = feed.isTold;
    feed.lose(BookState.Broken);
    feed.suppressed = 0;
    if (wasTold) this.context.events.feed(feed, FeedState.Invalid, FeedReason.Resync);
    feed.expect(now + this.context.resyncTimeoutNs + 1);
  }

  onSilence(socket: number): void {
    for (const feed of this.feeds) if (this.carriers.isOn(feed, socket)) this.reviewLife(feed);
  }

  /** A silent socket was heard: it delivers in order, so what it carries lost nothing. */
  onLife(socket: number): void {
    for (const feed of this.feeds) {
      if (feed.isStale && this.carriers.isOn(feed, socket) && feed.carries(this.sockets.copyOf(socket))) this.revive(feed);
    }
  }

  private reviewLife(feed: BookFeed): void {
    if (feed.isStale || !this.carriers.isUnheard(feed)) return;
    feed.isStale = true;
    if (feed.isTold) this.context.events.feed(feed, FeedState.Stale, FeedReason.Silence);
  }

  private revive(feed: BookFeed): void {
    feed.isStale = false;
    if (feed.isTold) this.context.events.feed(feed, FeedState.Valid, FeedReason.Resync);
  }

  /** No socket is left that could go on with the book. */
  private forsake(feed: BookFeed): void {
    const wasTold = feed.isTold;
    const isOpen = this.carriers.toAsk(feed) >= 0;
    if (isOpen) feed.lose(BookState.Broken);
    else this.empty(feed);
    if (wasTold) this.context.events.feed(feed, FeedState.Invalid, FeedReason.LinkDown);
    if (isOpen) this.requests.resync(feed, this.now);
  }

  private empty(feed: BookFeed): void {
    feed.lose(BookState.Empty);
    feed.expect(Infinity);
    feed.kept.clear();
  }

  // ── losing and asking ─────────────────────────────────────────────────────────────────────────
  /** An update of this book may have been missed on this socket. */
  private loseUpdate(feed: BookFeed): void {
    if (feed.state !== BookState.Valid) return;
    if (this.copy >= 0 && this.carriers.hasOther(feed, this.socket)) feed.log?.forget(this.copy);
    else this.lose(feed, FeedReason.SequenceGap);
  }

  private lose(feed: BookFeed, reason: FeedReason): void {
    const wasTold = feed.isTold;
    if (reason === FeedReason.SequenceGap) this.context.statistics.sequenceGaps += 1;
    feed.lose(BookState.Broken);
    // Only a Venue whose snapshots are asked for keeps numbering on from what was kept.
    if (!this.context.adapter.needsSnapshot) feed.kept.clear();
    feed.suppressed += 1;
    if (wasTold) this.context.events.feed(feed, FeedState.Invalid, reason);
    this.requests.resync(feed, this.now);
  }

  /** A snapshot for the daemon: from the copy, or from the Venue when there is none to believe. */
  onSnapshotRequest(instrument: number, now: number): void {
    this.now = now;
    const feed = this.feeds.find((candidate) => candidate.instrument.instrument === instrument);
    if (feed === undefined) return;
    if (feed.isTold) this.context.events.book(feed, 0n, 0n, FeedReason.Resync);
    else if (feed.state !== BookState.Valid) this.requests.resync(feed, this.now);
  }

  advance(now: number): number {
    const { patienceNs } = this.context;
    this.hold(NO_BYTES, -1, 0n, now);
    let due = Infinity;
    for (const feed of this.feeds) {
      if (feed.askAt <= now) this.requests.ask(feed, this.now);
      if (feed.heldSince + patienceNs <= now) this.lose(feed, feed.heldReason);
      due = Math.min(due, feed.askAt, feed.heldSince + patienceNs);
    }
    return due;
  }

  private eventTime(entry: number): bigint {
    const { books } = this.context.adapter.decoder;
    const at = entry * BookEntry.Stride;
    return unixNs(books[at + BookEntry.EventSeconds], books[at + BookEntry.EventNanoseconds]);
  }

  private countProof(entry: number): void {
    const { adapter: { decoder: { books } }, statistics } = this.context;
    if (!Number.isNaN(books[entry * BookEntry.Stride + BookEntry.Checksum])) statistics.checksumsVerified += 1;
  }

  private noteVerdict(verdict: Exclude<Verdict, Verdict.Applied>): void {
    const { problems, statistics } = this.context;
    if (verdict === Verdict.ChecksumMismatch) {
      statistics.checksumMismatches += 1;
      problems.noteBytes('checksum mismatch', this.frame);
    } else if (verdict === Verdict.Crossed) {
      statistics.crossedBooks += 1;
      problems.noteBytes('crossed book', this.frame);
    } else {
      problems.noteBytes('bad level', this.frame);
    }
  }

  private suppress(feed: BookFeed): void {
    if (this.socket < 0 || this.carriers.counts(feed, this.socket)) feed.suppressed += 1;
  }
}
