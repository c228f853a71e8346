// Kraken's recordings, played: what each frame is about, the book it leaves behind, and the snapshot of that book for who
// subscribes in the middle. Frames go out as they were recorded.

import { crc32 } from 'node:zlib';
import { plain, readRequest } from '../json.ts';
import { at } from '../plain-values.ts';
import type { World } from '../world.ts';
import { type TextLevel, TextBook, type TextSide } from './level-text.ts';
import { Mirror } from './mirror.ts';
import { Player, readCaptures } from './recording.ts';

const CHECKSUM_LEVELS = 10;

export interface RecordedMessage {
  readonly channel: string;
  readonly symbol: string;
  readonly text: string;
}

export class KrakenRecording {
  /** Depth that each symbol was recorded with. */
  readonly depths = new Map<string, number>();
  private readonly world: World;
  private readonly players: readonly Player[];
  private readonly books = new Map<string, TextBook>();
  private readonly mirrors = new Map<string, Mirror>();

  constructor(world: World) {
    this.world = world;
    const { recorded } = world.settings;
    if (recorded === null) throw new Error('Invariant: a recording is played only when there is one');
    const captures = readCaptures(recorded.captures);
    this.players = captures.map((frames) => new Player(frames, recorded));
    for (const { text } of captures.flat()) {
      if (text.includes('"method":"subscribe"') && text.includes('"channel":"book"')) this.learnDepth(text);
    }
    for (const [symbol, entry] of world.engine.markets) this.mirrors.set(symbol, new Mirror(world.engine, entry));
  }

  /** Due frames of data, after the book took them in. Null: the recording begins again. */
  advance(): RecordedMessage[] | null {
    const { loop } = this.world.settings.recorded ?? { loop: false };
    if (loop && this.players.every((player) => player.atEnd)) {
      for (const player of this.players) player.rewind();
      for (const book of this.books.values()) book.isKnown = false;
      return null;
    }
    const now = performance.now();
    return this.players.flatMap((player) => player.take(now)).flatMap(({ text }) => this.message(text) ?? []);
  }

  /** The book as it stands; null: no snapshot was played yet. */
  snapshot(symbol: string): string | null {
    const book = this.books.get(symbol);
    if (book?.isKnown !== true) return null;
    const side = ({ levels }: TextSide): string => levels.map(({ price, quantity }) => `{"price":${price},"qty":${quantity}}`).join(',');
    const timestamp = new Date(this.world.clock.unixMs()).toISOString();
    return `{"channel":"book","type":"snapshot","data":[{"symbol":${JSON.stringify(symbol)},"bids":[${side(book.bids)}],`
      + `"asks":[${side(book.asks)}],"checksum":${checksum(book)},"timestamp":"${timestamp}"}]}`;
  }

  private learnDepth(text: string): void {
    const message = readRequest(text);
    const symbol = plain(at(message, 'result', 'symbol'));
    const depth = plain(at(message, 'result', 'depth'));
    if (symbol !== undefined && depth !== undefined) this.depths.set(symbol, Number(depth));
  }

  private message(text: string): RecordedMessage | null {
    if (!text.startsWith('{"channel":"book"') && !text.startsWith('{"channel":"trade"')) return null;
    const message = readRequest(text);
    const symbol = plain(at(message, 'data', 0, 'symbol')) ?? '';
    const channel = plain(message?.channel) ?? '';
    if (channel === 'book') this.follow(symbol, plain(message?.type) ?? '', at(message, 'data', 0));
    return { channel, symbol, text };
  }

  private follow(symbol: string, type: string, data: unknown): void {
    let book = this.books.get(symbol);
    if (book === undefined) {
      book = new TextBook();
      this.books.set(symbol, book);
    }
    if (type === 'snapshot') {
      book.clear();
      book.isKnown = true;
    }
    for (const level of levelsIn(at(data, 'bids'))) book.bids.set(level);
    for (const level of levelsIn(at(data, 'asks'))) book.asks.set(level);
    book.cut(this.depths.get(symbol) ?? 0);
    this.mirrors.get(symbol)?.follow(book, this.world.clock.unixNs());
  }
}

function levelsIn(list: unknown): TextLevel[] {
  return !Array.isArray(list) ? [] : list.map((each): TextLevel => {
    return { price: plain(at(each, 'price')) ?? '', quantity: plain(at(each, 'qty')) ?? '', rest: [] };
  });
}

function checksum(book: TextBook): number {
  const digits = (text: string): string => text.replace('.', '').replace(/^0+/, '');
  const side = ({ levels }: TextSide): string => levels.slice(0, CHECKSUM_LEVELS)
    .map(({ price, quantity }) => digits(price) + digits(quantity)).join('');
  return crc32(side(book.asks) + side(book.bids));
}
