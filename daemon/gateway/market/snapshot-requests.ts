// Snapshots asked of the Venue: one request in flight per book, over a socket or over HTTP, repeated when it stays without an
// answer, held back when the Venue says that it is asked too often. Reads no snapshot.

import { backoff, type BackoffLimits } from '../../base/backoff.ts';
import type { FrameOutput, HttpAnswer } from '../../event/venue-session.ts';
import { BookState, type BookFeed } from './book-feed.ts';
import type { Carriers } from './carriers.ts';
import type { DeskContext } from './desk-context.ts';
import type { MarketSockets } from './sockets.ts';

const NS_PER_SECOND = 1e9;
const BACKOFF_NS: BackoffLimits = { min: 2 * NS_PER_SECOND, max: 60 * NS_PER_SECOND };
/** Answers by which a Venue says that this address asks too often; it bans who does not listen. */
const TOO_OFTEN: readonly number[] = [418, 429, 403];

export class SnapshotRequests {
  private readonly context: DeskContext;
  private sockets: MarketSockets;
  private carriers: Carriers;
  private output: FrameOutput | null = null;
  /** HTTP calls outstanding and the book each is for; null: nobody waits for the answer any more. */
  private readonly calls = new Map<number, BookFeed | null>();
  private callsFrom = 0;

  constructor(context: DeskContext, sockets: MarketSockets, carriers: Carriers) {
    this.context = context;
    this.sockets = sockets;
    this.carriers = carriers;
  }

  open(sockets: MarketSockets, carriers: Carriers): void {
    this.sockets = sockets;
    this.carriers = carriers;
    this.abandon();
  }

  /** The way to the Venue outlives a lost daemon link. */
  connect(output: FrameOutput): void {
    this.output = output;
  }

  /** Unless one is in flight, or a snapshot is expected anyway. */
  resync(feed: BookFeed, now: number): void {
    if (feed.askAt === Infinity) this.ask(feed, now);
  }

  ask(feed: BookFeed, now: number): void {
    const { adapter, resyncTimeoutNs, statistics } = this.context;
    const { output } = this;
    const socket = this.carriers.toAsk(feed);
    if (socket < 0 || output === null) {
      feed.expect(Infinity);
      return;
    }
    const request = adapter.snapshot(feed.index);
    if (request.over === 'http' && now < this.callsFrom) {
      feed.postpone(this.callsFrom);
      return;
    }
    if (feed.state === BookState.Broken) statistics.resyncs += 1;
    feed.asked(request.over === 'http' ? -1 : socket, now + resyncTimeoutNs + 1);
    if (request.over === 'http') {
      this.calls.set(output.request(request.request), feed);
      return;
    }
    const connection = this.sockets.connectionOf(socket);
    for (const frame of request.frames) output.transmit(connection, this.sockets.copyOf(socket), frame);
  }

  /** Whose snapshot the call was for; null: nobody waits any more; undefined: it was no call of ours. */
  take(id: number): BookFeed | null | undefined {
    const feed = this.calls.get(id);
    this.calls.delete(id);
    return feed;
  }

  /** The call brought no snapshot: asked again after a while. */
  refused(feed: BookFeed, answer: HttpAnswer, now: number): void {
    const isTooOften = TOO_OFTEN.includes(answer.status);
    const waitNs = Math.max(retryAfterNs(answer), backoff(BACKOFF_NS, feed.asksInVain));
    if (isTooOften) this.callsFrom = Math.max(this.callsFrom, now + waitNs);
    if (feed.state !== BookState.Valid) feed.postpone(now + waitNs);
  }

  /** Whatever is answered from now on comes too late. */
  abandon(): void {
    for (const id of this.calls.keys()) this.calls.set(id, null);
  }
}

/** What the answer's Retry-After asks for; 0: nothing. */
function retryAfterNs({ headers }: HttpAnswer): number {
  const seconds = Number(headers['retry-after'] ?? 0);
  return seconds > 0 && seconds < 7 * 86_400 ? seconds * NS_PER_SECOND : 0;
}
