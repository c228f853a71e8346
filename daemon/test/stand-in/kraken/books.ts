// Kraken's book channel: who subscribes to which book and depth, and what they are sent. Either from the engine's own market, or
// from a recording.

import { type BookPicture, changesOf, pictureOf } from '../book-levels.ts';
import type { Connection } from '../connection.ts';
import type { EngineMarket } from '../engine.ts';
import { KrakenRecording, type RecordedMessage } from '../recorded/kraken.ts';
import type { World } from '../world.ts';
import { bookMessage } from './wire.ts';

export interface KrakenBooks {
  /** Why this connection may not join; null: it may. */
  refusal(connection: Connection, symbol: string, depth: number): string | null;
  /** The snapshot to begin with; null: it comes later. */
  join(connection: Connection, symbol: string, depth: number): string | null;
  /** False: it was not subscribed. */
  leave(connection: Connection, symbol: string, depth: number): boolean;
  drop(connection: Connection): void;
  publish(): void;
}

interface BookGroup {
  readonly market: EngineMarket;
  readonly depth: number;
  readonly members: Set<Connection>;
  picture: BookPicture;
}

/** Every group of subscribers of one book and depth is at the same picture; what brings it to the next is computed once. */
export class EngineBooks implements KrakenBooks {
  private readonly world: World;
  private readonly groups = new Map<string, BookGroup>();

  constructor(world: World) {
    this.world = world;
  }

  refusal(connection: Connection, symbol: string, depth: number): string | null {
    return this.groupOf(symbol, depth).members.has(connection) ? 'Already subscribed' : null;
  }

  join(connection: Connection, symbol: string, depth: number): string {
    const group = this.groupOf(symbol, depth);
    this.bring(group);
    group.members.add(connection);
    return bookMessage('snapshot', group.market.definition, group.picture, group.picture, this.world.clock.unixNs());
  }

  leave(connection: Connection, symbol: string, depth: number): boolean {
    return this.groupOf(symbol, depth).members.delete(connection);
  }

  drop(connection: Connection): void {
    for (const group of this.groups.values()) group.members.delete(connection);
  }

  publish(): void {
    for (const group of this.groups.values()) this.bring(group);
  }

  private groupOf(symbol: string, depth: number): BookGroup {
    const key = `${symbol} ${depth}`;
    let group = this.groups.get(key);
    if (group === undefined) {
      const market = this.world.engine.marketOf(symbol);
      group = { market, depth, members: new Set(), picture: pictureOf(market.market.book, depth) };
      this.groups.set(key, group);
    }
    return group;
  }

  private bring(group: BookGroup): void {
    const { market, depth, members } = group;
    const after = pictureOf(market.market.book, depth);
    const changes = changesOf(group.picture, after, depth);
    group.picture = after;
    if (changes.bids.length + changes.asks.length === 0 || members.size === 0) return;
    const text = bookMessage('update', market.definition, changes, after, this.world.clock.unixNs());
    for (const connection of members) connection.send('book', text);
  }
}

/** At the end of the recording every subscriber is disconnected: what follows does not continue the book it has. */
export class RecordedBooks implements KrakenBooks {
  private readonly recording: KrakenRecording;
  private readonly members = new Map<string, Set<Connection>>();
  private readonly others: { forward(message: RecordedMessage): void };

  constructor(world: World, others: { forward(message: RecordedMessage): void }) {
    this.recording = new KrakenRecording(world);
    this.others = others;
  }

  refusal(connection: Connection, symbol: string, depth: number): string | null {
    if (this.recording.depths.get(symbol) !== depth) return 'Subscription depth not supported';
    return this.membersOf(symbol).has(connection) ? 'Already subscribed' : null;
  }

  join(connection: Connection, symbol: string): string | null {
    this.membersOf(symbol).add(connection);
    return this.recording.snapshot(symbol);
  }

  leave(connection: Connection, symbol: string): boolean {
    return this.membersOf(symbol).delete(connection);
  }

  drop(connection: Connection): void {
    for (const members of this.members.values()) members.delete(connection);
  }

  publish(): void {
    const messages = this.recording.advance();
    if (messages === null) {
      for (const members of this.members.values()) for (const connection of members) connection.end('close');
      return;
    }
    for (const message of messages) {
      if (message.channel !== 'book') this.others.forward(message);
      else for (const connection of this.membersOf(message.symbol)) connection.send('book', message.text);
    }
  }

  private membersOf(symbol: string): Set<Connection> {
    let members = this.members.get(symbol);
    if (members === undefined) {
      members = new Set();
      this.members.set(symbol, members);
    }
    return members;
  }
}
