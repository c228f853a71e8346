// Binance's recordings, played: combined stream frames as they were recorded, the book they leave behind, and the HTTP snapshot of
// it. The recording holds one snapshot; playing begins with the first diff that continues it.

import { at } from '../plain-values.ts';
import type { World } from '../world.ts';
import { TextBook, type TextLevel, type TextSide } from './level-text.ts';
import { Mirror } from './mirror.ts';
import { Player, readCaptures, type RecordedFrame } from './recording.ts';

interface StreamMessage {
  readonly stream: string;
  /** Combined; the raw text is what stands in `data`. */
  readonly text: string;
}

const STREAM = /^\{"stream":"([^"]+)","data":/;

interface Beginning {
  readonly symbol: string;
  readonly snapshot: unknown;
  readonly index: number;
}

export class BinanceRecording {
  private readonly world: World;
  private readonly player: Player;
  private readonly book = new TextBook();
  private readonly mirror: Mirror | null;
  private readonly beginning: Beginning;
  private updateId = 0;

  constructor(world: World) {
    this.world = world;
    const { recorded } = world.settings;
    if (recorded === null) throw new Error('Invariant: a recording is played only when there is one');
    const [frames = []] = readCaptures(recorded.captures.slice(0, 1));
    this.beginning = beginningOf(frames, recorded.captures[0] ?? 'no file');
    this.player = new Player(frames, recorded, this.beginning.index);
    const entry = world.engine.markets.get(this.beginning.symbol);
    this.mirror = entry === undefined ? null : new Mirror(world.engine, entry);
    this.begin();
  }

  /** Due frames, after the book took them in. Null: the recording begins again. */
  advance(): StreamMessage[] | null {
    if (this.player.atEnd && this.world.settings.recorded?.loop === true) {
      this.player.rewind();
      this.begin();
      return null;
    }
    return this.player.take(performance.now()).flatMap(({ text }) => {
      const stream = STREAM.exec(text)?.[1];
      if (stream === undefined) return [];
      if (stream.includes('@depth')) this.follow(JSON.parse(text));
      return [{ stream, text }];
    });
  }

  /** The body of GET /api/v3/depth; null: another symbol was recorded. */
  snapshot(symbol: string, limit: number): { lastUpdateId: number; bids: string[][]; asks: string[][] } | null {
    if (symbol !== this.beginning.symbol) return null;
    const side = ({ levels }: TextSide): string[][] => levels.slice(0, limit).map(({ price, quantity }) => [price, quantity]);
    return { lastUpdateId: this.updateId, bids: side(this.book.bids), asks: side(this.book.asks) };
  }

  private begin(): void {
    this.book.clear();
    this.mirror?.follow(this.book, this.world.clock.unixNs());
    this.updateId = Number(at(this.beginning.snapshot, 'lastUpdateId'));
    this.take(at(this.beginning.snapshot, 'bids'), at(this.beginning.snapshot, 'asks'));
  }

  private follow(message: unknown): void {
    this.updateId = Number(at(message, 'data', 'u'));
    this.take(at(message, 'data', 'b'), at(message, 'data', 'a'));
  }

  private take(bids: unknown, asks: unknown): void {
    const changes = { bids: levelsIn(bids), asks: levelsIn(asks) };
    for (const level of changes.bids) this.book.bids.set(level);
    for (const level of changes.asks) this.book.asks.set(level);
    this.mirror?.apply(changes, this.world.clock.unixNs());
  }
}

function levelsIn(list: unknown): TextLevel[] {
  return (list as [string, string][]).map(([price, quantity]) => ({ price, quantity, rest: [] }));
}

function beginningOf(frames: readonly RecordedFrame[], file: string): Beginning {
  const snapshot = frames.map(({ text }) => text).find((text) => text.startsWith('{"lastUpdateId":'));
  if (snapshot === undefined) throw new RangeError(`${file}: found no line {"lastUpdateId":…}, expected one in a recording of Binance`);
  const read: unknown = JSON.parse(snapshot);
  const next = Number(at(read, 'lastUpdateId')) + 1;
  const index = frames.findIndex(({ text }) => {
    const stream = STREAM.exec(text)?.[1] ?? '';
    return stream.includes('@depth') && Number(at(JSON.parse(text), 'data', 'u')) >= next;
  });
  if (index < 0) throw new RangeError(`${file}: found no diff that continues the snapshot at ${next - 1}`);
  return { symbol: String(at(JSON.parse(frames[index].text), 'data', 's')), snapshot: read, index };
}
