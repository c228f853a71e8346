// Kraken spot WebSocket v2: one raw frame to plain numbers, exact and without floats. Pure: no book, no clock, no
// memory of earlier frames. A frame is read to its end before anything in it counts, so a truncated one has no effect.
// Unknown fields are stepped over. README.md holds the evidence for every field.

import { JsonScanner } from '../../base/json-scanner.ts';
import { TimestampReader } from '../../base/rfc3339.ts';

export enum FrameKind { Malformed, Oversize, Heartbeat, Book, Trade, Status, Answer, UnknownChannel, UnknownMessage }

/** Longest frame read, in characters: a depth-1000 snapshot is 100 kB. */
export const FRAME_LENGTH_MAX = 8 * 1024 * 1024;

/** Doubles per level in `levels`: price mantissa, price decimals, quantity mantissa, quantity decimals. */
export const LEVEL_STRIDE = 4;

/** One book of a frame. Its levels are levels[bidsFrom, bidsTo) and levels[asksFrom, asksTo), counted in levels. */
export interface BookEntry {
  /** Index into the decoder's symbols; -1 unknown, its name in `name`. */
  symbol: number;
  name: string;
  bidsFrom: number;
  bidsTo: number;
  asksFrom: number;
  asksTo: number;
  /** Unsigned 32 bits; -1: the frame has none. */
  checksum: number;
  /** Unix time in two numbers; both 0: absent or unreadable. */
  eventSeconds: number;
  eventNanoseconds: number;
}

/** One print of a frame. Mantissas are NaN when they have more digits than a safe integer. */
export interface TradeEntry {
  symbol: number;
  name: string;
  price: number;
  priceDecimals: number;
  quantity: number;
  quantityDecimals: number;
  id: number;
  /** The taker's side; null when the word is neither buy nor sell. */
  isBuy: boolean | null;
  eventSeconds: number;
  eventNanoseconds: number;
}

/** The answer to a request of ours. */
export interface Answer {
  method: string;
  channel: string;
  symbol: string;
  depth: number;
  success: boolean;
  error: string;
}

enum Channel { None, Book, Trade, Status, Heartbeat, Other }

/** How Kraken writes an update, to the byte. `readCanonical` takes this form; any other is read field by field. */
const UPDATE_HEAD = '{"channel":"book","type":"update","data":[{"symbol":"';
const BIDS_HEAD = '","bids":[';
const ASKS_HEAD = '],"asks":[';
const CHECKSUM_HEAD = '],"checksum":';
const TIMESTAMP_HEAD = ',"timestamp":"';
const UPDATE_TAIL = '"}]}';
const PRICE_HEAD = '{"price":';
const QUANTITY_HEAD = ',"qty":';
const STAMP_LENGTH = 27;
const COMMA = 44;
const CLOSE_ARRAY = 93;
const CLOSE_OBJECT = 125;

export class KrakenDecoder {
  /** Books of the last frame: the first `bookCount` are valid. Reused. */
  readonly books: BookEntry[] = [];
  bookCount = 0;
  readonly trades: TradeEntry[] = [];
  tradeCount = 0;
  /** Levels of the last frame, LEVEL_STRIDE doubles each. */
  levels = new Float64Array(LEVEL_STRIDE * 64);
  /** Book and trade frames: whether they repeat the whole or change it. Null: another or no word. */
  isSnapshot: boolean | null = null;
  /** `system` of the last status frame. */
  system = '';
  /** Name of an unknown channel or method. */
  unknown = '';
  readonly answer: Answer = { method: '', channel: '', symbol: '', depth: 0, success: false, error: '' };

  private readonly symbols: readonly string[];
  private readonly scanner = new JsonScanner();
  private readonly timestamps = new TimestampReader();
  private levelCount = 0;
  private channel = Channel.None;
  private lastSymbol = 0;

  constructor(symbols: readonly string[]) {
    this.symbols = symbols;
  }

  /** Where in the last frame the reading stopped. */
  get position(): number {
    return this.scanner.at;
  }

  /** An unreadable frame that was, or got no further than might be, a book. */
  get mayBeBook(): boolean {
    return this.channel === Channel.None || this.channel === Channel.Book;
  }

  decode(frame: string): FrameKind {
    this.bookCount = 0;
    this.tradeCount = 0;
    this.levelCount = 0;
    this.channel = Channel.None;
    this.isSnapshot = null;
    this.answer.method = '';
    if (frame.length > FRAME_LENGTH_MAX) return FrameKind.Oversize;
    if (this.readCanonical(frame)) return FrameKind.Book;
    this.bookCount = 0;
    this.levelCount = 0;
    const dataAt = this.frame(frame);
    const s = this.scanner;
    if (!s.finished()) return FrameKind.Malformed;
    if (dataAt >= 0 && this.channel !== Channel.None) {
      // `data` came before `channel`: now its meaning is known.
      s.open(frame, dataAt);
      this.readData();
      if (!s.ok) return FrameKind.Malformed;
    }
    return this.kind();
  }

  /** Reads a book update in the form Kraken writes; false leaves nothing read. Saves comparing every key. */
  private readCanonical(text: string): boolean {
    const s = this.scanner;
    s.open(text);
    if (!s.skipText(UPDATE_HEAD)) return false;
    const symbol = this.symbolAt(text, s.at);
    if (symbol < 0) return false;
    s.at += this.symbols[symbol].length;
    const entry = this.nextBook();
    entry.symbol = symbol;
    if (!s.skipText(BIDS_HEAD)) return false;
    if (!this.readCanonicalLevels()) return false;
    entry.bidsTo = entry.asksFrom = this.levelCount;
    if (!s.skipText(ASKS_HEAD)) return false;
    if (!this.readCanonicalLevels()) return false;
    entry.asksTo = this.levelCount;
    if (!s.skipText(CHECKSUM_HEAD) || !s.number() || s.decimals !== 0) return false;
    if (!(s.mantissa >= 0 && s.mantissa <= 0xffff_ffff) || !s.skipText(TIMESTAMP_HEAD)) return false;
    entry.checksum = s.mantissa;
    this.timestamps.read(text, s.at, s.at + STAMP_LENGTH);
    entry.eventSeconds = this.timestamps.seconds;
    entry.eventNanoseconds = this.timestamps.nanoseconds;
    s.at += STAMP_LENGTH;
    if (entry.eventSeconds === 0 || !s.skipText(UPDATE_TAIL) || s.at !== text.length) return false;
    this.channel = Channel.Book;
    this.isSnapshot = false;
    return true;
  }

  private symbolAt(text: string, at: number): number {
    const { symbols } = this;
    if (this.lastSymbol < symbols.length && isSymbolAt(text, symbols[this.lastSymbol], at)) return this.lastSymbol;
    for (let i = 0; i < symbols.length; i += 1) {
      if (!isSymbolAt(text, symbols[i], at)) continue;
      this.lastSymbol = i;
      return i;
    }
    return -1;
  }

  private readCanonicalLevels(): boolean {
    const s = this.scanner;
    const { text } = s;
    let isLast = text.charCodeAt(s.at) === CLOSE_ARRAY;
    while (!isLast) {
      const at = this.levelCount * LEVEL_STRIDE;
      if (at + LEVEL_STRIDE > this.levels.length) this.growLevels();
      if (!s.skipText(PRICE_HEAD) || !s.number()) return false;
      this.levels[at] = s.exact ? s.mantissa : NaN;
      this.levels[at + 1] = s.decimals;
      if (!s.skipText(QUANTITY_HEAD) || !s.number()) return false;
      this.levels[at + 2] = s.exact ? s.mantissa : NaN;
      this.levels[at + 3] = s.decimals;
      if (text.charCodeAt(s.at) !== CLOSE_OBJECT) return false;
      this.levelCount += 1;
      isLast = text.charCodeAt(s.at + 1) !== COMMA;
      s.at += isLast ? 1 : 2;
    }
    return true;
  }

  private kind(): FrameKind {
    switch (this.channel) {
      case Channel.Book: return FrameKind.Book;
      case Channel.Trade: return FrameKind.Trade;
      case Channel.Status: return FrameKind.Status;
      case Channel.Heartbeat: return FrameKind.Heartbeat;
      case Channel.Other: return FrameKind.UnknownChannel;
      case Channel.None: return this.answer.method === '' ? FrameKind.UnknownMessage : FrameKind.Answer;
    }
  }

  /** The top level. Returns where `data` begins when it came too early to be read, else -1. */
  private frame(text: string): number {
    const s = this.scanner;
    const answer = this.answer;
    let dataAt = -1;
    s.open(text);
    if (!s.startObject()) return -1;
    for (let isFirst = true; s.nextKey(isFirst); isFirst = false) {
      if (s.is('channel')) this.readChannel();
      else if (s.is('type')) this.readType();
      else if (s.is('data')) {
        if (this.channel === Channel.None) {
          dataAt = s.at;
          s.skip();
        } else this.readData();
      } else if (s.is('method')) answer.method = this.readWord();
      else if (s.is('success')) answer.success = s.boolean();
      else if (s.is('error')) answer.error = this.readWord();
      else if (s.is('result')) this.readResult();
      else if (s.is('symbol')) answer.symbol = this.readWord();
      else s.skip();
      if (!s.ok) return -1;
    }
    return dataAt;
  }

  private readChannel(): void {
    const s = this.scanner;
    if (!s.string()) return;
    if (s.is('book')) this.channel = Channel.Book;
    else if (s.is('trade')) this.channel = Channel.Trade;
    else if (s.is('heartbeat')) this.channel = Channel.Heartbeat;
    else if (s.is('status')) this.channel = Channel.Status;
    else {
      this.channel = Channel.Other;
      this.unknown = s.take();
    }
  }

  private readType(): void {
    const s = this.scanner;
    if (!s.string()) return;
    if (s.is('update')) this.isSnapshot = false;
    else if (s.is('snapshot')) this.isSnapshot = true;
  }

  /** A string, or '' stepping over anything else. */
  private readWord(): string {
    const s = this.scanner;
    if (s.peek() !== 34) {
      s.skip();
      return '';
    }
    return s.string() ? s.take() : '';
  }

  private readResult(): void {
    const s = this.scanner;
    const answer = this.answer;
    answer.channel = '';
    answer.depth = 0;
    if (s.peek() !== 123) {
      s.skip();
      return;
    }
    s.startObject();
    for (let isFirst = true; s.nextKey(isFirst); isFirst = false) {
      if (s.is('channel')) answer.channel = this.readWord();
      else if (s.is('symbol')) answer.symbol = this.readWord();
      else if (s.is('depth')) answer.depth = s.number() && s.decimals === 0 ? s.mantissa : 0;
      else s.skip();
      if (!s.ok) return;
    }
  }

  private readData(): void {
    const s = this.scanner;
    if (this.channel === Channel.Heartbeat || this.channel === Channel.Other) {
      s.skip();
      return;
    }
    if (!s.startArray()) return;
    for (let isFirst = true; s.nextElement(isFirst) && s.ok; isFirst = false) {
      if (this.channel === Channel.Book) this.readBook();
      else if (this.channel === Channel.Trade) this.readTrade();
      else this.readStatus();
    }
  }

  private readStatus(): void {
    const s = this.scanner;
    this.system = '';
    if (!s.startObject()) return;
    for (let isFirst = true; s.nextKey(isFirst); isFirst = false) {
      if (s.is('system')) this.system = this.readWord();
      else s.skip();
      if (!s.ok) return;
    }
  }

  private readBook(): void {
    const s = this.scanner;
    const entry = this.nextBook();
    if (!s.startObject()) return;
    for (let isFirst = true; s.nextKey(isFirst); isFirst = false) {
      if (s.is('symbol')) entry.symbol = this.readSymbol(entry);
      else if (s.is('bids')) {
        entry.bidsFrom = this.levelCount;
        this.readLevels();
        entry.bidsTo = this.levelCount;
      } else if (s.is('asks')) {
        entry.asksFrom = this.levelCount;
        this.readLevels();
        entry.asksTo = this.levelCount;
      } else if (s.is('checksum')) {
        s.number();
        entry.checksum = s.decimals === 0 && s.mantissa <= 0xffff_ffff ? s.mantissa : -1;
      } else if (s.is('timestamp')) this.readTimestamp(entry);
      else s.skip();
      if (!s.ok) return;
    }
  }

  private nextBook(): BookEntry {
    let entry = this.books[this.bookCount];
    if (entry === undefined) {
      entry = {
        symbol: -1, name: '', bidsFrom: 0, bidsTo: 0, asksFrom: 0, asksTo: 0, checksum: -1, eventSeconds: 0,
        eventNanoseconds: 0,
      };
      this.books.push(entry);
    }
    this.bookCount += 1;
    entry.symbol = -1;
    entry.name = '';
    entry.bidsFrom = entry.bidsTo = entry.asksFrom = entry.asksTo = 0;
    entry.checksum = -1;
    entry.eventSeconds = entry.eventNanoseconds = 0;
    return entry;
  }

  /** Index of the symbol; -1 leaves its name in the entry. */
  private readSymbol(entry: BookEntry | TradeEntry): number {
    const s = this.scanner;
    if (!s.string()) return -1;
    if (this.lastSymbol < this.symbols.length && s.is(this.symbols[this.lastSymbol])) return this.lastSymbol;
    const name = s.take();
    const index = this.symbols.indexOf(name);
    if (index >= 0) this.lastSymbol = index;
    else entry.name = name;
    return index;
  }

  private readTimestamp(entry: BookEntry | TradeEntry): void {
    const s = this.scanner;
    if (!s.string()) return;
    this.timestamps.read(s.text, s.start, s.end);
    entry.eventSeconds = this.timestamps.seconds;
    entry.eventNanoseconds = this.timestamps.nanoseconds;
  }

  private readLevels(): void {
    const s = this.scanner;
    if (!s.startArray()) return;
    for (let isFirst = true; s.nextElement(isFirst); isFirst = false) {
      if ((this.levelCount + 1) * LEVEL_STRIDE > this.levels.length) this.growLevels();
      this.readLevel(this.levelCount * LEVEL_STRIDE);
      if (!s.ok) return;
      this.levelCount += 1;
    }
  }

  private readLevel(at: number): void {
    const s = this.scanner;
    const levels = this.levels;
    levels[at] = levels[at + 2] = NaN;
    if (!s.startObject()) return;
    for (let isFirst = true; s.nextKey(isFirst); isFirst = false) {
      if (s.is('price')) {
        s.number();
        levels[at] = s.exact ? s.mantissa : NaN;
        levels[at + 1] = s.decimals;
      } else if (s.is('qty')) {
        s.number();
        levels[at + 2] = s.exact ? s.mantissa : NaN;
        levels[at + 3] = s.decimals;
      } else s.skip();
      if (!s.ok) return;
    }
  }

  private growLevels(): void {
    const larger = new Float64Array(this.levels.length * 2);
    larger.set(this.levels);
    this.levels = larger;
  }

  private readTrade(): void {
    const s = this.scanner;
    const entry = this.nextTrade();
    if (!s.startObject()) return;
    for (let isFirst = true; s.nextKey(isFirst); isFirst = false) {
      if (s.is('symbol')) entry.symbol = this.readSymbol(entry);
      else if (s.is('price')) {
        s.number();
        entry.price = s.exact ? s.mantissa : NaN;
        entry.priceDecimals = s.decimals;
      } else if (s.is('qty')) {
        s.number();
        entry.quantity = s.exact ? s.mantissa : NaN;
        entry.quantityDecimals = s.decimals;
      } else if (s.is('side')) {
        s.string();
        entry.isBuy = s.is('buy') ? true : s.is('sell') ? false : null;
      } else if (s.is('trade_id')) {
        s.number();
        entry.id = s.exact && s.decimals === 0 && s.mantissa >= 0 ? s.mantissa : 0;
      } else if (s.is('timestamp')) this.readTimestamp(entry);
      else s.skip();
      if (!s.ok) return;
    }
  }

  private nextTrade(): TradeEntry {
    let entry = this.trades[this.tradeCount];
    if (entry === undefined) {
      entry = {
        symbol: -1, name: '', price: NaN, priceDecimals: 0, quantity: NaN, quantityDecimals: 0, id: 0, isBuy: null,
        eventSeconds: 0, eventNanoseconds: 0,
      };
      this.trades.push(entry);
    }
    this.tradeCount += 1;
    entry.symbol = -1;
    entry.name = '';
    entry.price = entry.quantity = NaN;
    entry.id = 0;
    entry.isBuy = null;
    entry.eventSeconds = entry.eventNanoseconds = 0;
    return entry;
  }
}

function isSymbolAt(text: string, symbol: string, at: number): boolean {
  return text.startsWith(symbol, at) && text.charCodeAt(at + symbol.length) === 34;
}
