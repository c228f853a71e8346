// Market data of one Venue, whichever it is: drives a MarketAdapter over the sockets that the host keeps. Subscribes per
// socket, decodes each frame once, and gives books, prints and the Venue's own words to the parts that turn them into Events.
// Owns silence, instrument states and the comparison of definitions; the order of what is said of a book is book-desk.ts's.

import { FrameView } from '../../event/generated/view_generated.ts';
import { FeedReason, FeedState, InstrumentState } from '../../event/kinds.ts';
import { FrameKind, type InstrumentDefinition, type MarketAdapter, type Notice } from '../../event/market-adapter.ts';
import type { ConnectionPlan, FrameOutput, HttpAnswer, VenueWelcome } from '../../event/venue-session.ts';
import { BookDesk } from './book-desk.ts';
import { BookState, type BookFeed } from './book-feed.ts';
import { contradictionOf, stateOf } from './definitions.ts';
import type { DeskContext, MarketStatistics } from './desk-context.ts';
import { MarketEvents } from './market-events.ts';
import { Problems, type Problem } from './problems.ts';
import { MarketSockets } from './sockets.ts';
import { TradeDesk } from './trade-desk.ts';

export interface MarketDeskOptions {
  readonly adapter: MarketAdapter;
  readonly onProblem: (problem: Problem) => void;
  /** Takes secrets out of what the Venue said before it is told; absent: there are none. */
  readonly clean?: (text: string) => string;
  /** An unanswered request for a snapshot is repeated after this. */
  readonly resyncTimeoutNs?: number;
  /** How long an update that one of several sockets lacks may take to come on another. */
  readonly patienceNs?: number;
}

export interface BookCount {
  readonly symbol: string;
  readonly entries: number;
  readonly told: number;
}

const RESYNC_TIMEOUT_NS = 10e9;
const PATIENCE_NS = 200e6;
/** Definitions that could not be had are asked for again after this. */
const DEFINITIONS_RETRY_NS = 60e9;
/** Asked for over HTTP, nothing tells when a halt ends. */
const DEFINITIONS_HALTED_NS = 10e9;
const HTTP_OK = 200;

export class MarketDesk {
  readonly statistics: MarketStatistics = {
    frames: 0, heartbeats: 0, checksumsVerified: 0, checksumMismatches: 0, crossedBooks: 0, sequenceGaps: 0, resyncs: 0,
    prints: 0, duplicates: 0,
  };
  readonly problems: Problems;
  private readonly adapter: MarketAdapter;
  private readonly events = new MarketEvents();
  private readonly books: BookDesk;
  private readonly trades: TradeDesk;
  private readonly text = new TextDecoder('utf-8', { fatal: true });
  private sockets = new MarketSockets([]);
  private output: FrameOutput | null = null;
  private signature = '';
  /** The Venue's word on all its instruments; null: it said none. */
  private venueState: InstrumentState | null = null;
  /** The call for definitions in flight; −1: none. */
  private definitionsCall = -1;
  private definitionsAt = Infinity;

  constructor(options: MarketDeskOptions) {
    const { adapter, onProblem, clean, resyncTimeoutNs = RESYNC_TIMEOUT_NS, patienceNs = PATIENCE_NS } = options;
    this.adapter = adapter;
    this.problems = new Problems(onProblem, clean);
    const context: DeskContext = {
      adapter, events: this.events, problems: this.problems, statistics: this.statistics, resyncTimeoutNs, patienceNs,
    };
    this.books = new BookDesk(context);
    this.trades = new TradeDesk(context);
  }

  // ── from the daemon ───────────────────────────────────────────────────────────────────────────
  connections(): readonly ConnectionPlan[] {
    return this.sockets.plans;
  }

  /** What came of each book of the Welcome, and how much of it was passed on. */
  bookCounts(): readonly BookCount[] {
    return this.books.feeds.map(({ instrument: { symbol }, entries, told }) => ({ symbol, entries, told }));
  }

  /** Throws what the adapter throws when the Venue cannot serve the Welcome's instruments. */
  start(welcome: VenueWelcome, output: FrameOutput): void {
    const signature = JSON.stringify(welcome.instruments);
    if (signature !== this.signature) this.open(welcome, output);
    this.signature = signature;
    this.output = output;
    this.books.requests.connect(output);
    this.events.begin(output, welcome.venue);
    for (const feed of this.books.feeds) {
      this.events.defined(feed.instrument);
      this.tellState(feed);
      this.introduce(feed);
    }
  }

  stop(): void {
    this.events.end();
  }

  onSnapshotRequest(instrument: number, now: number): void {
    this.books.onSnapshotRequest(instrument, now);
  }

  advance(now: number): number {
    for (let socket = 0; socket < this.sockets.count; socket += 1) {
      if (this.sockets.fellSilent(socket, now)) this.books.onSilence(socket);
    }
    if (now >= this.definitionsAt) this.askDefinitions(now);
    return Math.min(this.books.advance(now), this.sockets.nextSilence(), this.definitionsAt);
  }

  /** Sockets stay as they are; the host learns from `connections` what has changed. */
  private open(welcome: VenueWelcome, output: FrameOutput): void {
    const before = this.sockets;
    this.adapter.open(welcome.instruments);
    const sockets = new MarketSockets(this.adapter.connections());
    this.sockets = sockets;
    this.venueState = null;
    this.books.open(welcome.instruments, sockets);
    for (let socket = 0; socket < before.count; socket += 1) {
      if (!before.isOpen(socket)) continue;
      output.redial(before.connectionOf(socket), before.copyOf(socket), 0, 'the daemon\'s instruments changed');
    }
    sockets.inherit(before);
  }

  /** What the daemon is told of a book when its link is new. */
  private introduce(feed: BookFeed): void {
    if (feed.isTold) this.events.book(feed, 0n, 0n, FeedReason.Subscribed);
    else if (feed.contradiction !== '') this.events.feed(feed, FeedState.Invalid, FeedReason.None);
    else if (feed.state === BookState.Empty) this.events.feed(feed, FeedState.Unknown, FeedReason.None);
    else this.events.feed(feed, FeedState.Invalid, FeedReason.Resync);
  }

  // ── from the Venue ────────────────────────────────────────────────────────────────────────────
  onOpen(connection: number, copy: number, now: number): void {
    const socket = this.sockets.index(connection, copy);
    if (socket < 0) return;
    const isFirst = this.sockets.openCount === 0;
    this.sockets.opened(socket, now);
    if (isFirst && this.adapter.definitions !== null) this.askDefinitions(now);
    for (const frame of this.adapter.subscribe(connection)) this.output?.transmit(connection, copy, frame);
    this.books.onOpen(socket, now);
  }

  onClose(connection: number, copy: number, now: number): void {
    const socket = this.sockets.index(connection, copy);
    if (socket < 0 || !this.sockets.isOpen(socket)) return;
    this.sockets.closed(socket);
    if (this.sockets.openCount > 0) {
      this.books.onClose(socket, now);
      return;
    }
    this.books.onAllClosed();
    this.definitionsAt = Infinity;
    this.venueState = null;
    for (const feed of this.books.feeds) {
      feed.instrumentState = null;
      this.tellState(feed);
    }
    this.events.feedStatus(-1, FeedState.Invalid, FeedReason.LinkDown, 0);
  }

  onFrame(connection: number, copy: number, frame: Uint8Array, captureTime: bigint, now: number): void {
    const socket = this.sockets.index(connection, copy);
    if (socket < 0 || !this.sockets.isOpen(socket)) return;
    this.statistics.frames += 1;
    if (this.sockets.heard(socket, now)) this.books.onLife(socket);
    switch (this.adapter.decoder.decode(frame)) {
      case FrameKind.Book: this.books.onBooks(frame, socket, null, captureTime, now); break;
      case FrameKind.Trade: this.trades.onTrades(this.books.feeds, frame, captureTime, this.sockets.isShared(socket)); break;
      case FrameKind.Heartbeat: this.statistics.heartbeats += 1; break;
      case FrameKind.Other: this.onOther(frame, socket, now); break;
      case FrameKind.Malformed: this.onUnreadable('malformed frame', frame, socket, now); break;
      case FrameKind.Oversize: this.onUnreadable('oversize frame', frame, socket, now); break;
    }
  }

  /** False: it was no call of the market's. */
  onHttp(id: number, answer: HttpAnswer, captureTime: bigint, now: number): boolean {
    if (id === this.definitionsCall) {
      this.definitionsCall = -1;
      if (answer.status === HTTP_OK) this.onOther(answer.body, -1, now);
      else this.onDefinitionsRefused(answer, now);
      return true;
    }
    const feed = this.books.requests.take(id);
    if (feed === undefined) return false;
    if (feed !== null) this.onSnapshotAnswer(feed, answer, captureTime, now);
    return true;
  }

  private onSnapshotAnswer(feed: BookFeed, answer: HttpAnswer, captureTime: bigint, now: number): void {
    const isSnapshot = answer.status === HTTP_OK && this.adapter.decoder.decode(answer.body) === FrameKind.Book;
    if (isSnapshot) {
      this.books.onBooks(answer.body, -1, feed, captureTime, now);
      return;
    }
    const { symbol } = feed.instrument;
    this.problems.noteBytes(`no snapshot, status ${answer.status}`, answer.body);
    if (answer.status === HTTP_OK) this.problems.note('unreadable snapshot', symbol);
    this.books.requests.refused(feed, answer, now);
  }

  private askDefinitions(now: number): void {
    this.definitionsAt = Infinity;
    const request = this.adapter.definitions;
    if (request === null || this.output === null || this.definitionsCall >= 0) return;
    this.definitionsAt = now + DEFINITIONS_RETRY_NS;
    this.definitionsCall = this.output.request(request);
  }

  private onDefinitionsRefused(answer: HttpAnswer, now: number): void {
    this.problems.noteBytes(`no definitions, status ${answer.status}`, answer.body);
    this.definitionsAt = now + DEFINITIONS_RETRY_NS;
  }

  private onUnreadable(kind: string, frame: Uint8Array, socket: number, now: number): void {
    this.problems.noteBytes(kind, frame);
    if (this.adapter.decoder.frame[FrameView.MayBeBook] === 1) this.books.onUnreadable(socket, now);
  }

  /** A frame that is none of the hot kinds. */
  private onOther(frame: Uint8Array, socket: number, now: number): void {
    let text: string;
    try {
      text = this.text.decode(frame);
    } catch {
      this.problems.noteBytes('malformed frame', frame);
      return;
    }
    this.onNotice(this.adapter.interpret(text), text, socket, now);
  }

  private onNotice(notice: Notice, text: string, socket: number, now: number): void {
    switch (notice.notice) {
      case 'nothing': case 'subscribed': break;
      case 'unsubscribed': this.onUnsubscribed(notice.symbol, socket, now); break;
      case 'refused': this.problems.note('request refused', notice.message); break;
      case 'state': this.onState(notice.symbol, notice.state, text); break;
      case 'defined': this.onDefined(notice.definitions, text, now); break;
      case 'redial': this.onRedial(notice.message, socket); break;
      case 'unknown': this.problems.noteUnknown(notice.what, text); break;
    }
  }

  private onUnsubscribed(symbol: string, socket: number, now: number): void {
    const feed = this.feedNamed(symbol);
    if (feed === undefined) this.problems.note('unknown symbol', symbol);
    else if (socket >= 0) this.books.onUnsubscribed(feed, socket, now);
  }

  private onRedial(message: string, socket: number): void {
    if (socket < 0) return;
    this.problems.note('redial asked for', message);
    this.output?.redial(this.sockets.connectionOf(socket), this.sockets.copyOf(socket), 0, message);
  }

  // ── instruments ───────────────────────────────────────────────────────────────────────────────
  private onState(symbol: string, state: InstrumentState, text: string): void {
    if (state === InstrumentState.Unknown) this.problems.note('unknown state', text);
    if (symbol === '') {
      this.change(this.books.feeds, () => { this.venueState = state; });
      return;
    }
    const feed = this.feedNamed(symbol);
    if (feed === undefined) this.problems.note('unknown symbol', symbol);
    else this.change([feed], () => { feed.instrumentState = state; });
  }

  private onDefined(definitions: readonly InstrumentDefinition[], text: string, now: number): void {
    const isHalted = definitions.some(({ state }) => state !== InstrumentState.Trading);
    this.definitionsAt = isHalted && this.adapter.definitions !== null ? now + DEFINITIONS_HALTED_NS : Infinity;
    for (const definition of definitions) {
      const feed = this.feedNamed(definition.symbol);
      if (feed === undefined) continue;
      this.compare(feed, definition);
      if (definition.state === InstrumentState.Unknown) this.problems.note('unknown state', text);
      this.change([feed], () => { feed.instrumentState = definition.state; });
    }
  }

  /** While they differ the book is invalid, whatever else happens to it: trading on it is impossible. */
  private compare(feed: BookFeed, definition: InstrumentDefinition): void {
    const contradiction = contradictionOf(feed.instrument, definition);
    if (contradiction === feed.contradiction) return;
    if (contradiction !== '') this.problems.note(`definition of ${feed.instrument.symbol} differs`, contradiction);
    const wasKnown = feed.isTold || feed.contradiction === '';
    feed.contradiction = contradiction;
    if (contradiction !== '') {
      if (wasKnown) this.events.feed(feed, FeedState.Invalid, FeedReason.None);
    } else if (feed.isTold) {
      this.events.book(feed, 0n, 0n, FeedReason.Resync);
    }
  }

  /** Tells the states that `set` changes. */
  private change(feeds: readonly BookFeed[], set: () => void): void {
    const before = feeds.map((feed) => stateOf(this.venueState, feed.instrumentState));
    set();
    for (const [index, feed] of feeds.entries()) {
      if (stateOf(this.venueState, feed.instrumentState) !== before[index]) this.tellState(feed);
    }
  }

  private tellState(feed: BookFeed): void {
    this.events.instrumentStatus(feed.instrument.instrument, stateOf(this.venueState, feed.instrumentState));
  }

  private feedNamed(symbol: string): BookFeed | undefined {
    return this.books.feeds.find((feed) => feed.instrument.symbol === symbol);
  }
}
