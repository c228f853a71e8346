// What the tests of market decoders feed them: every recorded frame of their dialects, mutants of those, and the same
// frames in another spelling. And what a decoder answered, in the form of the plain reading.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { isJsonArray, isJsonObject, type JsonText } from '../base/json-text.ts';
import type { Prng } from '../base/prng.ts';
import { BookEntry, FrameView, LevelEntry, TradeEntry } from '../event/generated/view_generated.ts';
import type { Dialect, MarketDecoder } from '../event/market-adapter.ts';
import type { Level, Reading } from './plain-market-reading.fixture.ts';

/** The recordings lie beside the repository, never in it. */
const CAPTURES = fileURLToPath(new URL('../../../shared/data/captures/', import.meta.url));
export const HAS_RECORDINGS = existsSync(CAPTURES);

interface Recording { readonly file: string; readonly dialect: Dialect; readonly symbols: readonly string[] }

/** Some of the symbols in each: the others are names the decoder does not know. */
export const RECORDINGS: readonly Recording[] = [
  { file: 'kraken-v2/btcusd-depth10-20260719', dialect: 'kraken', symbols: ['ETH/USD', 'BTC/USD'] },
  { file: 'kraken-v2/minagbp-depth25-resubscribe-20260818', dialect: 'kraken', symbols: ['MINA/GBP'] },
  { file: 'kraken-v1/five-pairs-depth1000-20210417', dialect: 'kraken-v1', symbols: ['SC/EUR', 'XMR/USD', 'WAVES/EUR'] },
  { file: 'okx/books-three-instruments-20220513', dialect: 'okx', symbols: ['BTC-USDT', 'UNI-USD-SWAP'] },
  { file: 'okx/books-l2-tbt-20210722.socket1', dialect: 'okx', symbols: ['FUN-BTC', 'OKT-BTC', 'AUCTION-USDT'] },
  { file: 'okx/books-l2-tbt-20210722.socket2', dialect: 'okx', symbols: ['XMR-USDT-SWAP', 'PAY-BTC'] },
  { file: 'okx/books-l2-tbt-20210722.socket3', dialect: 'okx', symbols: [] },
  { file: 'bitget/spot-books-20220407', dialect: 'bitget', symbols: ['CULTUSDT', 'EOSUSDT'] },
  { file: 'binance-spot/btcusdt-20240808', dialect: 'binance', symbols: ['BTCUSDT'] },
  { file: 'binance-usdm/btcusdt-20240808', dialect: 'binance', symbols: ['ETHUSDT', 'BTCUSDT'] },
  { file: 'binance-coinm/btcusd_perp-20240808', dialect: 'binance', symbols: ['BTCUSD_PERP'] },
];

/** Frames of kinds that no recording holds, as the Venues' documentation writes them. */
export const WRITTEN: Readonly<Record<Dialect, readonly string[]>> = {
  kraken: [
    '{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"sell","price":4136.4,"qty":0.23374249,"ord_type":"limit",'
      + '"trade_id":4665846,"timestamp":"2023-09-25T07:48:36.925533Z"},{"symbol":"MATIC/USD","side":"buy","price":0.5117,"qty":1.0E-7,'
      + '"ord_type":"market","trade_id":4665847,"timestamp":"2023-09-25T07:49:36.925603123Z"}]}',
  ],
  'kraken-v1': [
    '[0,[["5541.20000","0.15850568","1534614057.321597","s","l",""],["6060.00000","0.02455000","1534614057.324998","b","l",""]],'
      + '"trade","XMR/USD"]',
    '[1234,{"a":[["5541.3","2.50700000","1534614248.456738","r"]]},{"b":[["5541.2","1.5","1534614248.765567"]],"c":"974942666"},'
      + '"book-10","SC/EUR"]',
    '[42,{"a":["5525.4",1,"1.0"],"b":["5525.1",1,"1.0"]},"ticker","XMR/USD"]',
  ],
  binance: [
    '{"e":"depthUpdate","E":1672515782136123,"s":"BTCUSDT","U":157,"u":160,"b":[["0.0024","10"]],"a":[["0.0026","100"]]}',
    '{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1672515782136,"s":"BTCUSDT","a":12345,"p":"0.001","q":"100","f":100,'
      + '"l":105,"T":1672515782130,"m":true,"M":true}}',
    '{"lastUpdateId":1027024,"bids":[["4.00000000","431.00000000"]],"asks":[["4.00000200","12.00000000"],["5","1"]]}',
    '{"lastUpdateId":16769853,"symbol":"BTCUSD_PERP","pair":"BTCUSD","E":1591250106370,"T":1591250106368,'
      + '"bids":[["9638.0","431"]],"asks":[["9638.2","12"]]}',
  ],
  okx: [
    '{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"update","data":[{"asks":[["8476.98","415","0","13"]],'
      + '"bids":[["8476.97","256","0","12"],["8475.55","0","0","0"]],"ts":"1597026383085","checksum":-855196043,'
      + '"prevSeqId":123456,"seqId":123457}]}',
    '{"arg":{"channel":"books5","instId":"FUN-BTC"},"data":[{"asks":[["111.06","55154","0","2"]],"bids":[["111.05","57745","0","2"]],'
      + '"instId":"FUN-BTC","ts":"1670324386802","seqId":363996337}]}',
    'pong',
  ],
  bitget: [
    '{"action":"update","arg":{"instType":"sp","channel":"books5","instId":"EOSUSDT"},"data":[{"asks":[["27001.00","8.7640"]],'
      + '"bids":[["27000.0","2.71"]],"checksum":0,"ts":"1695716059516"}]}',
    'pong',
  ],
};

export function readFrames(recording: Recording): Buffer[] {
  const bytes = gunzipSync(readFileSync(`${CAPTURES}${recording.file}.capture.gz`));
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(10, at);
    frames.push(bytes.subarray(bytes.indexOf(32, at) + 1, end));
    at = end + 1;
  }
  return frames;
}

/** What the decoder says of a frame, its levels in the books they belong to. */
export function readNatively(decoder: MarketDecoder, frame: Uint8Array): Reading {
  const kind = decoder.decode(frame);
  const { books, trades, frame: view } = decoder;
  const bookAt = (index: number): Reading['books'][number] => {
    const at = (slot: BookEntry): number => books[index * BookEntry.Stride + slot]!;
    return {
      symbol: at(BookEntry.Symbol), name: nameIn(frame, at(BookEntry.NameAt), at(BookEntry.NameSize)),
      bids: levelsIn(decoder, at(BookEntry.BidsFrom), at(BookEntry.BidsTo)),
      asks: levelsIn(decoder, at(BookEntry.AsksFrom), at(BookEntry.AsksTo)),
      checksum: at(BookEntry.Checksum), first: at(BookEntry.First), last: at(BookEntry.Last), previous: at(BookEntry.Previous),
      time: [at(BookEntry.EventSeconds), at(BookEntry.EventNanoseconds)], isSnapshot: at(BookEntry.IsSnapshot),
    };
  };
  const tradeAt = (index: number): Reading['trades'][number] => {
    const at = (slot: TradeEntry): number => trades[index * TradeEntry.Stride + slot]!;
    return {
      symbol: at(TradeEntry.Symbol), name: nameIn(frame, at(TradeEntry.NameAt), at(TradeEntry.NameSize)),
      level: [at(TradeEntry.Price), at(TradeEntry.PriceDecimals), at(TradeEntry.Quantity), at(TradeEntry.QuantityDecimals)],
      id: at(TradeEntry.Id), aggressor: at(TradeEntry.Aggressor),
      time: [at(TradeEntry.EventSeconds), at(TradeEntry.EventNanoseconds)],
    };
  };
  return {
    kind, isSnapshot: view[FrameView.IsSnapshot]!,
    books: Array.from({ length: view[FrameView.BookCount]! }, (_, index) => bookAt(index)),
    trades: Array.from({ length: view[FrameView.TradeCount]! }, (_, index) => tradeAt(index)),
  };
}

function nameIn(frame: Uint8Array, at: number, size: number): string {
  return JSON.parse(`"${Buffer.from(frame.subarray(at, at + size)).toString()}"`) as string;
}

function levelsIn(decoder: MarketDecoder, from: number, to: number): Level[] {
  const levels: Level[] = [];
  for (let i = from; i < to; i += 1) {
    const at = (slot: LevelEntry): number => decoder.levels[i * LevelEntry.Stride + slot]!;
    levels.push([at(LevelEntry.Price), at(LevelEntry.PriceDecimals), at(LevelEntry.Quantity), at(LevelEntry.QuantityDecimals)]);
  }
  return levels;
}

const SPICE = [
  '"', '{', '}', '[', ']', ',', ':', '\\', '-', '.', 'e', '0', '9', 'null', 'true', '1e999', '1E-7', '9007199254740993',
  '-0', '00', '\\u0041', '\\ud800', '\u0000', '\n', ' ', '{}', '[]', '""', '0.00000000000000000000001',
  '123456789012345678901234567890', '\u00e9', '[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[',
].map((text) => Buffer.from(text, 'utf8'));

/** One to three accidents. */
export function mutate(prng: Prng, frame: Buffer, other: Buffer): Buffer {
  let bytes = frame;
  for (let edits = 1 + prng.below(3); edits > 0; edits -= 1) bytes = mutateOnce(prng, bytes, other);
  return bytes;
}

function mutateOnce(prng: Prng, bytes: Buffer, other: Buffer): Buffer {
  const at = prng.below(bytes.length + 1);
  const to = Math.min(bytes.length, at + prng.below(24));
  const splice = (...middle: Uint8Array[]): Buffer => Buffer.concat([bytes.subarray(0, at), ...middle]);
  switch (prng.below(9)) {
    case 0: return bytes.subarray(0, at);
    case 1: return splice(bytes.subarray(to));
    case 2: return splice(SPICE[prng.below(SPICE.length)]!, bytes.subarray(at + prng.below(2)));
    case 3: return splice(bytes.subarray(at, to), bytes.subarray(at));
    case 4: return splice(other.subarray(prng.below(other.length + 1)));
    case 5: return splice(Uint8Array.of(prng.below(256)), bytes.subarray(at + 1));
    case 6: {
      const end = Math.min(bytes.length, to + prng.below(24));
      return splice(bytes.subarray(to, end), bytes.subarray(at, to), bytes.subarray(end));
    }
    case 7: return repeatField(prng, bytes);
    default: return swapNumber(prng, bytes);
  }
}

/** Copies `"key":value` of some flat field to somewhere else in front of a key. */
function repeatField(prng: Prng, bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  const fields = [...text.matchAll(/"[a-zA-Z]+":("[^"]*"|[-0-9.eE]+|\[[^[\]]*\])/g)];
  if (fields.length < 2) return bytes;
  const copied = fields[prng.below(fields.length)]![0];
  const { index } = fields[prng.below(fields.length)]!;
  return Buffer.from(`${text.slice(0, index)}${copied},${text.slice(index)}`, 'latin1');
}

/** Puts some other number where one stands. */
function swapNumber(prng: Prng, bytes: Buffer): Buffer {
  const text = bytes.toString('latin1');
  const numbers = [...text.matchAll(/-?\d+(\.\d+)?/g)];
  if (numbers.length === 0) return bytes;
  const { index, 0: found } = numbers[prng.below(numbers.length)]!;
  const digits = Array.from({ length: 1 + prng.below(24) }, () => prng.below(10)).join('');
  const numbersLike = [
    digits, `-${digits}`, `${digits}.${digits}`, `0.${digits}`, `1.${digits}E-${prng.below(500)}`, `${digits}e+2`,
    `${digits}.${'0'.repeat(prng.below(20))}`,
  ];
  const number = numbersLike[prng.below(numbersLike.length)]!;
  return Buffer.from(`${text.slice(0, index)}${number}${text.slice(index + found.length)}`, 'latin1');
}

/** The same value in another spelling: fields in another order, white space, escapes, unknown fields. */
export function respell(prng: Prng, text: JsonText, plain: unknown): string {
  const space = (): string => ['', '', '', ' ', '\n\t', '\r\n '][prng.below(6)]!;
  if (isJsonArray(text)) {
    const list = text.map((element, index) => respell(prng, element, (plain as unknown[])[index]));
    return `[${space()}${list.join(`${space()},${space()}`)}${space()}]`;
  }
  if (isJsonObject(text)) {
    const fields = Object.keys(text).map((key) => {
      const value = respell(prng, text[key]!, (plain as Record<string, unknown>)[key]);
      return `${quote(prng, key)}${space()}:${space()}${value}`;
    });
    if (prng.below(4) === 0) fields.push(`"unknown":${['1e999', '{"a":[{},[],null]}', '"\\\\\\""', 'false'][prng.below(4)]}`);
    for (let i = fields.length - 1; i > 0; i -= 1) {
      const j = prng.below(i + 1);
      [fields[i], fields[j]] = [fields[j]!, fields[i]!];
    }
    return `{${space()}${fields.join(`${space()},${space()}`)}${space()}}`;
  }
  return typeof plain === 'string' ? quote(prng, plain) : String(text);
}

function quote(prng: Prng, text: string): string {
  const escaped = text !== '' && prng.below(5) === 0 ? prng.below(text.length) : -1;
  return `"${[...text].map((letter, index) => {
    const code = letter.codePointAt(0)!;
    return index === escaped && code < 0x80 ? `\\u${code.toString(16).padStart(4, '0')}` : JSON.stringify(letter).slice(1, -1);
  }).join('')}"`;
}
