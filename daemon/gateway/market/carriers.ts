// Which sockets carry which book: the one place where a feed's connection, its sockets and its order among them meet.
// Answers questions, changes nothing.

import { BookState, type BookFeed } from './book-feed.ts';
import type { MarketSockets } from './sockets.ts';

export class Carriers {
  private readonly sockets: MarketSockets;

  constructor(sockets: MarketSockets) {
    this.sockets = sockets;
  }

  /** Whether the book comes, or may come, on this socket's connection. */
  isOn(feed: BookFeed, socket: number): boolean {
    return feed.connection < 0 || feed.connection === this.sockets.connectionOf(socket);
  }

  /** Whether another socket could go on with the book if this one died. */
  hasOther(feed: BookFeed, socket: number): boolean {
    for (let other = 0; other < this.sockets.count; other += 1) if (other !== socket && this.carries(feed, other)) return true;
    return false;
  }

  /** The next open socket to ask for a snapshot: another one each time; −1: none is open. */
  toAsk(feed: BookFeed): number {
    const { count } = this.sockets;
    for (let i = 0; i < count; i += 1) {
      const socket = (feed.asksInVain + i) % count;
      if (this.isOn(feed, socket) && this.sockets.isOpen(socket)) return socket;
    }
    return -1;
  }

  /** Of several sockets that repeat an update one counts it. */
  counts(feed: BookFeed, socket: number): boolean {
    for (let other = 0; other < socket; other += 1) if (this.isOn(feed, other) && this.sockets.isOpen(other)) return false;
    return true;
  }

  /** Whether a socket has yet to pass the update of that number, and so may bring what is missing before it. */
  mayBring(feed: BookFeed, number: number): boolean {
    for (let other = 0; other < this.sockets.count; other += 1) {
      if (!this.isOn(feed, other) || !this.sockets.isOpen(other)) continue;
      if (feed.isBefore(this.sockets.copyOf(other), number)) return true;
    }
    return false;
  }

  /** Whether every socket that carries the book is silent. */
  isUnheard(feed: BookFeed): boolean {
    if (feed.state !== BookState.Valid) return false;
    for (let socket = 0; socket < this.sockets.count; socket += 1) {
      if (this.carries(feed, socket) && !this.sockets.isSilent(socket)) return false;
    }
    return true;
  }

  private carries(feed: BookFeed, socket: number): boolean {
    return this.isOn(feed, socket) && this.sockets.isOpen(socket) && feed.carries(this.sockets.copyOf(socket));
  }
}
