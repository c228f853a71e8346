// Each dialect read the plain way: the whole frame as a tree, fields looked up by name, numbers as big integers. What the
// native decoders are compared with. Slow on purpose, and without a line in common with them.

import { isJsonArray, isJsonObject, type JsonText, parseJsonText } from '../base/json-text.ts';
import { type Dialect, FrameKind } from '../event/market-adapter.ts';

/** Price mantissa, price decimals, quantity mantissa, quantity decimals. */
export type Level = readonly [number, number, number, number];
type Stamp = readonly [seconds: number, nanoseconds: number];

interface BookReading {
  symbol: number;
  name: string;
  bids: Level[];
  asks: Level[];
  checksum: number;
  first: number;
  last: number;
  previous: number;
  time: Stamp;
  isSnapshot: number;
}

interface TradeReading {
  symbol: number;
  name: string;
  level: Level;
  id: number;
  aggressor: number;
  time: Stamp;
}

export interface Reading { kind: FrameKind; isSnapshot: number; books: BookReading[]; trades: TradeReading[] }

/** A value twice: with its numbers as text, and with its types as JSON.parse knows them. Absent: both undefined. */
interface Node { readonly text: JsonText | undefined; readonly plain: unknown }

class Unfit extends Error {}

const NOTHING: Node = { text: undefined, plain: undefined };
const DECIMAL = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/;
const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?Z$/;
const OKX_BOOKS = ['books', 'books-l2-tbt', 'books50-l2-tbt'];
const BITGET_BOOKS = ['books', 'books5', 'books15'];

/** Null: JSON that the plain way cannot read either (nested too deep, exponents without end). */
export function readPlainly(dialect: Dialect, text: string, symbols: readonly string[]): Reading | null {
  if ((dialect === 'okx' || dialect === 'bitget') && /^pong[ \t\r\n]*$/.test(text)) return empty(FrameKind.Heartbeat);
  let plain: unknown;
  try {
    plain = JSON.parse(text);
  } catch {
    return empty(FrameKind.Malformed);
  }
  const tree = parseJsonText(text);
  if (tree === undefined) return null;
  const root = { text: tree, plain };
  try {
    switch (dialect) {
      case 'kraken': return readKraken(root, symbols);
      case 'kraken-v1': return readKrakenV1(root, symbols);
      case 'binance': return readBinance(root, symbols);
      case 'okx': return readOkx(root, symbols, false);
      case 'bitget': return readOkx(root, symbols, true);
    }
  } catch (error) {
    if (error instanceof Unfit) return empty(FrameKind.Malformed);
    throw error;
  }
}

function empty(kind: FrameKind): Reading {
  return { kind, isSnapshot: -1, books: [], trades: [] };
}

function field(node: Node, key: string): Node {
  if (!isJsonObject(node.text) || !Object.hasOwn(node.text, key)) return NOTHING;
  return { text: node.text[key], plain: (node.plain as Record<string, unknown>)[key] };
}

function isThere(node: Node): boolean { return node.text !== undefined; }

/** Elements of a list; of what is none, none. */
function elements(node: Node): Node[] {
  if (!isJsonArray(node.text)) return [];
  return node.text.map((text, index) => ({ text, plain: (node.plain as unknown[])[index] }));
}

function mustBe(node: Node, type: 'object' | 'array' | 'string'): Node {
  const fits = type === 'object' ? isJsonObject(node.text) : type === 'array' ? isJsonArray(node.text) : isText(node);
  if (!fits) throw new Unfit();
  return node;
}

function isText(node: Node): boolean { return typeof node.plain === 'string'; }

/** A string, or '' for anything else. */
function word(node: Node): string { return isText(node) ? String(node.plain) : ''; }

/** A string that must be one when it is there. */
function label(node: Node): string { return isThere(node) ? String(mustBe(node, 'string').plain) : ''; }

function decimal(node: Node): readonly [mantissa: number, decimals: number] {
  const isScalar = typeof node.plain === 'number' || typeof node.plain === 'string';
  const match = isScalar ? DECIMAL.exec(node.text as string) : null;
  if (match === null) return [NaN, 0];
  let fraction = match[3] ?? '';
  const exponent = Number(match[4] ?? '0');
  const isTooLong = (): boolean => BigInt(`${match[2]}${fraction}`) > BigInt(Number.MAX_SAFE_INTEGER);
  if (isTooLong()) fraction = fraction.replace(/0+$/, '');
  if (isTooLong() || Math.abs(exponent) > 400) return [NaN, 0];
  const mantissa = BigInt(`${match[2]}${fraction}`);
  return [Number(match[1] === '-' ? -mantissa : mantissa), fraction.length - exponent];
}

function integer(node: Node): number {
  const [mantissa, decimals] = decimal(node);
  return decimals === 0 ? mantissa : NaN;
}

function within(value: number, low: number, high: number): number {
  return value >= low && value <= high ? value : NaN;
}

function idOf(node: Node): number {
  const id = integer(node);
  return id > 0 ? id : 0;
}

function level(price: Node, quantity: Node): Level {
  return [...decimal(price), ...decimal(quantity)];
}

function pairs(node: Node): Level[] {
  if (!isThere(node)) return [];
  return elements(mustBe(node, 'array')).map((pair) => {
    const [price = NOTHING, quantity = NOTHING] = elements(mustBe(pair, 'array'));
    return level(price, quantity);
  });
}

function nameOf(node: Node, symbols: readonly string[]): { symbol: number; name: string } {
  if (!isThere(node)) return { symbol: -1, name: '' };
  const name = label(node);
  const symbol = symbols.indexOf(name);
  return { symbol, name: symbol < 0 ? name : '' };
}

function rfc3339(node: Node): Stamp {
  const match = RFC3339.exec(word(node));
  if (match === null) return [0, 0];
  const [year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1, 7).map(Number);
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hours > 23 || minutes > 59 || seconds > 60) return [0, 0];
  // Day by day from the first of the month: some dates that no calendar has (31 April) are read all the same.
  const days = Date.UTC(year, month - 1, 1) / 86_400_000 + day - 1;
  const ns = Number((match[7] ?? '').slice(0, 9).padEnd(9, '0'));
  return [days * 86_400 + hours * 3600 + minutes * 60 + seconds, ns];
}

function count(node: Node): Stamp {
  const value = integer(node);
  if (!(value > 0)) return [0, 0];
  const perSecond = value < 1e14 ? 1000n : 1_000_000n;
  const whole = BigInt(value);
  return [Number(whole / perSecond), Number((whole % perSecond) * (1_000_000_000n / perSecond))];
}

function seconds(node: Node): Stamp {
  const [mantissa, decimals] = decimal(node);
  if (!(mantissa > 0) || decimals < 0 || decimals > 9) return [0, 0];
  const ns = BigInt(mantissa) * 10n ** BigInt(9 - decimals);
  return [Number(ns / 1_000_000_000n), Number(ns % 1_000_000_000n)];
}

function newBook(isSnapshot: number): BookReading {
  return {
    symbol: -1, name: '', bids: [], asks: [], checksum: NaN, first: NaN, last: NaN, previous: NaN, time: [0, 0], isSnapshot,
  };
}

function snapshotOf(node: Node): number {
  const text = label(node);
  return text === 'snapshot' ? 1 : text === 'update' ? 0 : -1;
}

function sideOf(text: string, buy: string, sell: string): number {
  return text === buy ? 0 : text === sell ? 1 : NaN;
}

function readKraken(root: Node, symbols: readonly string[]): Reading {
  mustBe(root, 'object');
  const channel = label(field(root, 'channel'));
  const isSnapshot = snapshotOf(field(root, 'type'));
  if (channel === 'heartbeat') return { ...empty(FrameKind.Heartbeat), isSnapshot };
  if (channel !== 'book' && channel !== 'trade') return { ...empty(FrameKind.Other), isSnapshot };
  const data = field(root, 'data');
  const list = isThere(data) ? elements(mustBe(data, 'array')) : [];
  list.forEach((entry) => mustBe(entry, 'object'));
  const kind = channel === 'book' ? FrameKind.Book : FrameKind.Trade;
  const books = channel === 'book' ? list.map((entry) => krakenBook(entry, symbols, isSnapshot)) : [];
  const trades = channel === 'trade' ? list.map((entry) => krakenTrade(entry, symbols)) : [];
  return { kind, isSnapshot, books, trades };
}

function krakenBook(entry: Node, symbols: readonly string[], isSnapshot: number): BookReading {
  const levels = (side: Node): Level[] => (isThere(side) ? elements(mustBe(side, 'array')) : [])
    .map((each) => level(field(mustBe(each, 'object'), 'price'), field(each, 'qty')));
  return {
    ...newBook(isSnapshot), ...nameOf(field(entry, 'symbol'), symbols), bids: levels(field(entry, 'bids')),
    asks: levels(field(entry, 'asks')), checksum: within(integer(field(entry, 'checksum')), 0, 0xffff_ffff),
    time: rfc3339(field(entry, 'timestamp')),
  };
}

function krakenTrade(entry: Node, symbols: readonly string[]): TradeReading {
  return {
    ...nameOf(field(entry, 'symbol'), symbols), level: level(field(entry, 'price'), field(entry, 'qty')),
    id: idOf(field(entry, 'trade_id')), aggressor: sideOf(word(field(entry, 'side')), 'buy', 'sell'),
    time: rfc3339(field(entry, 'timestamp')),
  };
}

function readKrakenV1(root: Node, symbols: readonly string[]): Reading {
  if (isJsonObject(root.text)) {
    return empty(word(field(root, 'event')) === 'heartbeat' ? FrameKind.Heartbeat : FrameKind.Other);
  }
  const list = elements(mustBe(root, 'array'));
  const channel = word(list.at(-2) ?? NOTHING);
  if (list.length < 4 || list.length > 5) return empty(FrameKind.Other);
  if (channel.startsWith('book-')) return krakenV1Book(list, symbols);
  if (channel !== 'trade') return empty(FrameKind.Other);
  const name = nameOf(list.at(-1)!, symbols);
  const trades = elements(mustBe(list[1]!, 'array')).map((print): TradeReading => {
    const [price = NOTHING, quantity = NOTHING, time = NOTHING, side = NOTHING] = elements(mustBe(print, 'array'));
    return { ...name, level: level(price, quantity), id: 0, aggressor: sideOf(word(side), 'b', 's'), time: seconds(time) };
  });
  return { kind: FrameKind.Trade, isSnapshot: 0, books: [], trades };
}

function krakenV1Book(list: readonly Node[], symbols: readonly string[]): Reading {
  const book = { ...newBook(0), ...nameOf(list.at(-1)!, symbols) };
  for (const part of list.slice(1, -2)) {
    for (const key of Object.keys(mustBe(part, 'object').text as object)) {
      const value = field(part, key);
      if (key === 'as' || key === 'bs') book.isSnapshot = 1;
      if (key === 'as' || key === 'a') book.asks = pairs(value);
      if (key === 'bs' || key === 'b') book.bids = pairs(value);
      if (key === 'c') book.checksum = within(integer(value), 0, 0xffff_ffff);
      if (!['as', 'a', 'bs', 'b'].includes(key)) continue;
      for (const each of elements(value)) book.time = later(book.time, seconds(elements(each)[2] ?? NOTHING));
    }
  }
  return { kind: FrameKind.Book, isSnapshot: book.isSnapshot, books: [book], trades: [] };
}

function later(a: Stamp, b: Stamp): Stamp {
  return b[0] > a[0] || (b[0] === a[0] && b[1] > a[1]) ? b : a;
}

function readBinance(root: Node, symbols: readonly string[]): Reading {
  mustBe(root, 'object');
  const data = field(root, 'data');
  const payload = isThere(data) ? data : root;
  const type = field(payload, 'e');
  if (word(type) === 'depthUpdate') return binanceDepth(payload, symbols);
  if (word(type) === 'trade' || word(type) === 'aggTrade') return binanceTrade(payload, symbols);
  const isSnapshot = !isThere(data) && !isThere(type)
    && ['lastUpdateId', 'bids', 'asks'].every((key) => isThere(field(payload, key)));
  if (!isSnapshot) return empty(FrameKind.Other);
  const book = {
    ...newBook(1), ...nameOf(field(payload, 'symbol'), symbols), bids: pairs(field(payload, 'bids')),
    asks: pairs(field(payload, 'asks')), last: integer(field(payload, 'lastUpdateId')), time: binanceTime(payload),
  };
  return { kind: FrameKind.Book, isSnapshot: 1, books: [book], trades: [] };
}

function binanceTime(payload: Node): Stamp {
  const transaction = field(payload, 'T');
  return count(Number.isNaN(decimal(transaction)[0]) ? field(payload, 'E') : transaction);
}

function binanceDepth(payload: Node, symbols: readonly string[]): Reading {
  const book = {
    ...newBook(0), ...nameOf(field(payload, 's'), symbols), bids: pairs(field(payload, 'b')), asks: pairs(field(payload, 'a')),
    first: integer(field(payload, 'U')), last: integer(field(payload, 'u')), previous: integer(field(payload, 'pu')),
    time: binanceTime(payload),
  };
  return { kind: FrameKind.Book, isSnapshot: 0, books: [book], trades: [] };
}

function binanceTrade(payload: Node, symbols: readonly string[]): Reading {
  const maker = field(payload, 'm').plain;
  const id = field(payload, word(field(payload, 'e')) === 'trade' ? 't' : 'a');
  const trade = {
    ...nameOf(field(payload, 's'), symbols), level: level(field(payload, 'p'), field(payload, 'q')), id: idOf(id),
    aggressor: maker === true ? 1 : maker === false ? 0 : NaN, time: binanceTime(payload),
  };
  return { kind: FrameKind.Trade, isSnapshot: 0, books: [], trades: [trade] };
}

function readOkx(root: Node, symbols: readonly string[], isBitget: boolean): Reading {
  mustBe(root, 'object');
  const argument = field(root, 'arg');
  if (isThere(argument)) mustBe(argument, 'object');
  const channel = label(field(argument, 'channel'));
  const name = nameOf(field(argument, 'instId'), symbols);
  const action = snapshotOf(field(root, 'action'));
  const data = field(root, 'data');
  const isWhole = channel === 'books5' && !isBitget;
  const isBook = isWhole || (isBitget ? BITGET_BOOKS : OKX_BOOKS).includes(channel);
  if (!isThere(data) || !(isBook || channel === (isBitget ? 'trade' : 'trades'))) return empty(FrameKind.Other);
  const list = elements(mustBe(data, 'array'));
  const isSnapshot = isWhole ? 1 : action;
  if (isBook) {
    const books = list.map((entry) => okxBook(entry, symbols, name, isSnapshot));
    return { kind: FrameKind.Book, isSnapshot, books, trades: [] };
  }
  const print = (entry: Node): TradeReading => (isBitget ? bitgetTrade(entry, name) : okxTrade(entry, symbols, name));
  // Prints without an action are news; Bitget calls those of the past a snapshot.
  return { kind: FrameKind.Trade, isSnapshot: isThere(field(root, 'action')) ? action : 0, books: [], trades: list.map(print) };
}

interface Name { readonly symbol: number; readonly name: string }

function okxBook(entry: Node, symbols: readonly string[], name: Name, isSnapshot: number): BookReading {
  const own = field(mustBe(entry, 'object'), 'instId');
  return {
    ...newBook(isSnapshot), ...(isThere(own) ? nameOf(own, symbols) : name), bids: pairs(field(entry, 'bids')),
    asks: pairs(field(entry, 'asks')), checksum: within(integer(field(entry, 'checksum')), -(2 ** 31), 2 ** 31 - 1),
    last: integer(field(entry, 'seqId')), previous: integer(field(entry, 'prevSeqId')), time: count(field(entry, 'ts')),
  };
}

function okxTrade(entry: Node, symbols: readonly string[], name: Name): TradeReading {
  const own = field(mustBe(entry, 'object'), 'instId');
  return {
    ...(isThere(own) ? nameOf(own, symbols) : name), level: level(field(entry, 'px'), field(entry, 'sz')),
    id: idOf(field(entry, 'tradeId')), aggressor: sideOf(word(field(entry, 'side')), 'buy', 'sell'),
    time: count(field(entry, 'ts')),
  };
}

function bitgetTrade(entry: Node, name: Name): TradeReading {
  const [time = NOTHING, price = NOTHING, quantity = NOTHING, side = NOTHING] = elements(mustBe(entry, 'array'));
  return { ...name, level: level(price, quantity), id: 0, aggressor: sideOf(word(side), 'buy', 'sell'), time: count(time) };
}
