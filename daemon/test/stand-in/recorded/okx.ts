// OKX's recordings, played: one track per recorded socket, each with its own books, so that redundant sockets of a client are fed
// what really came on different sockets.

import { crc32 } from 'node:zlib';
import { at } from '../plain-values.ts';
import type { World } from '../world.ts';
import { type TextLevel, TextBook, type TextSide } from './level-text.ts';
import { Player, readCaptures } from './recording.ts';

const CHECKSUM_LEVELS = 25;

interface OkxMessage {
  readonly channel: string;
  readonly instrument: string;
  readonly text: string;
}

interface Track {
  readonly player: Player;
  /** By channel and instrument. */
  readonly books: Map<string, TextBook>;
}

export class OkxRecording {
  private readonly world: World;
  private readonly tracks: readonly Track[];
  private readonly known = new Set<string>();

  constructor(world: World) {
    this.world = world;
    const { recorded } = world.settings;
    if (recorded === null) throw new Error('Invariant: a recording is played only when there is one');
    const captures = readCaptures(recorded.captures);
    this.tracks = captures.map((frames) => ({ player: new Player(frames, recorded), books: new Map() }));
    for (const { text } of captures.flat()) {
      const arg = at(JSON.parse(text), 'arg');
      this.known.add(`${String(at(arg, 'channel'))} ${String(at(arg, 'instId'))}`);
    }
  }

  get trackCount(): number {
    return this.tracks.length;
  }

  has(channel: string, instrument: string): boolean {
    return this.known.has(`${channel} ${instrument}`);
  }

  /** Due frames by track, after the books took them in. Null: the recording begins again. */
  advance(): OkxMessage[][] | null {
    const { loop } = this.world.settings.recorded ?? { loop: false };
    if (loop && this.tracks.every(({ player }) => player.atEnd)) {
      for (const { player, books } of this.tracks) {
        player.rewind();
        books.clear();
      }
      return null;
    }
    const now = performance.now();
    return this.tracks.map((track) => track.player.take(now).flatMap(({ text }) => this.message(track, text) ?? []));
  }

  /** The book as it stands on a track; null: no snapshot was played yet, or it is no book. */
  snapshot(track: number, channel: string, instrument: string): string | null {
    const book = this.tracks[track].books.get(`${channel} ${instrument}`);
    if (book?.isKnown !== true) return null;
    const side = ({ levels }: TextSide): string[][] => levels.map(({ price, quantity, rest }) => [price, quantity, ...rest]);
    const data = [{
      asks: side(book.asks), bids: side(book.bids), ts: String(this.world.clock.unixMs()),
      checksum: okxChecksum(book.bids.levels, book.asks.levels),
    }];
    return JSON.stringify({ arg: { channel, instId: instrument }, action: 'snapshot', data });
  }

  private message(track: Track, text: string): OkxMessage | null {
    const message: unknown = JSON.parse(text);
    if (at(message, 'event') !== undefined) return null;
    const channel = String(at(message, 'arg', 'channel'));
    const instrument = String(at(message, 'arg', 'instId'));
    if (at(message, 'action') !== undefined) this.follow(track, `${channel} ${instrument}`, message);
    return { channel, instrument, text };
  }

  private follow(track: Track, key: string, message: unknown): void {
    let book = track.books.get(key);
    if (book === undefined) {
      book = new TextBook();
      track.books.set(key, book);
    }
    if (at(message, 'action') === 'snapshot') {
      book.clear();
      book.isKnown = true;
    }
    for (const data of at(message, 'data') as unknown[]) {
      for (const [price, quantity, ...rest] of at(data, 'bids') as string[][]) book.bids.set({ price, quantity, rest });
      for (const [price, quantity, ...rest] of at(data, 'asks') as string[][]) book.asks.set({ price, quantity, rest });
    }
  }
}

/** Signed CRC-32 of best bid, best ask, second bid, … as `price:quantity`, joined by colons; 25 levels a side. */
export function okxChecksum(
  bids: readonly Pick<TextLevel, 'price' | 'quantity'>[], asks: readonly Pick<TextLevel, 'price' | 'quantity'>[],
): number {
  const parts: string[] = [];
  for (let i = 0; i < CHECKSUM_LEVELS; i += 1) {
    for (const level of [bids[i], asks[i]]) if (level !== undefined) parts.push(level.price, level.quantity);
  }
  return crc32(parts.join(':')) | 0;
}
