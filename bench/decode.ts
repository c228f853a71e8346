// `decode`: one recorded frame's bytes to numbers, natively, against what JSON.parse takes for the same frames, once from a
// string that is already there and once from the bytes. Recorded frames of the hot channels only.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { addon } from '../daemon/binding/addon.ts';
import { FrameView } from '../daemon/event/generated/view_generated.ts';
import { type Dialect, FrameKind } from '../daemon/event/market-adapter.ts';
import {
  atLeast, type Bench, compare, type Figure, figureNamed, median, mustEqual, type Ratio, sharedData,
} from './harness.ts';

interface Channel {
  readonly name: string;
  readonly dialect: Dialect;
  readonly file: string;
  readonly symbol: string;
  /** What only frames of this channel hold. */
  readonly mark: string;
  readonly kind: FrameKind;
}

// A pass must be shorter than a time slice of the scheduler, see boundary.ts.
const FRAMES_MAX = 100;
const ROUNDS = 61;
const RATIO_MIN = 3;
/** Kraken v1 lives in recordings only, and names its channel last: its frames are walked twice. */
const RATIO_MIN_KRAKEN_V1 = 2;

const { Book, Trade } = FrameKind;
const KRAKEN = 'kraken-v2/btcusd-depth10-20260719';
const BINANCE_SPOT = 'binance-spot/btcusdt-20240808';
const BINANCE_USDM = 'binance-usdm/btcusdt-20240808';
const BINANCE_COINM = 'binance-coinm/btcusd_perp-20240808';
const OKX = 'okx/books-three-instruments-20220513';
const OKX_TBT = 'okx/books-l2-tbt-20210722.socket1';
const BITGET = 'bitget/spot-books-20220407';
const KRAKEN_V1 = 'kraken-v1/five-pairs-depth1000-20210417';

const CHANNELS: readonly Channel[] = [
  channel('kraken book', 'kraken', KRAKEN, 'BTC/USD', '"update","data":[{"symbol"', Book),
  channel('binance spot depth', 'binance', BINANCE_SPOT, 'BTCUSDT', '"depthUpdate"', Book),
  channel('binance usdm depth', 'binance', BINANCE_USDM, 'BTCUSDT', '"depthUpdate"', Book),
  channel('binance coinm depth', 'binance', BINANCE_COINM, 'BTCUSD_PERP', '"depthUpdate"', Book),
  channel('binance spot trade', 'binance', BINANCE_SPOT, 'BTCUSDT', '"e":"trade"', Trade),
  channel('okx books', 'okx', OKX, 'BTC-USDT', '"update"', Book),
  channel('okx books-l2-tbt', 'okx', OKX_TBT, 'XMR-USDT-SWAP', '"update"', Book),
  channel('bitget books', 'bitget', BITGET, 'CULTUSDT', '"update","arg":{"instType":"sp","channel":"books"', Book),
  channel('kraken v1 book', 'kraken-v1', KRAKEN_V1, 'SC/EUR', ',"book-1000","', Book),
];

export const decode: Bench = {
  name: 'decode',
  question: 'a Venue\'s frame to exact numbers, per frame',
  loop: 'closed',
  run() {
    if (!existsSync(sharedData)) {
      return { figures: [], ratios: [], notes: ['skipped: the recordings, ../shared/data is not there'] };
    }
    const figures: Figure[] = [];
    const ratios: Ratio[] = [];
    const notes: string[] = [
      'JSON.parse leaves floats, strings and objects behind; the native decoder leaves exact numbers in shared memory',
    ];
    for (const each of CHANNELS) {
      const frames = hotFrames(each);
      const measured = measure(each, frames);
      const minimum = each.dialect === 'kraken-v1' ? RATIO_MIN_KRAKEN_V1 : RATIO_MIN;
      const of = (name: string): number => median(figureNamed(measured, `${each.name}: ${name}`));
      figures.push(...measured);
      ratios.push(
        atLeast(`${each.name}: JSON.parse / native`, of('JSON.parse') / of('native'), minimum),
        atLeast(`${each.name}: JSON.parse of bytes / native`, of('JSON.parse of bytes') / of('native'), minimum),
      );
      const size = frames.reduce((sum, { length }) => sum + length, 0) / frames.length;
      notes.push(`${each.name}: ${frames.length} frames of ${size.toFixed(0)} bytes on average`);
    }
    return { figures, ratios, notes };
  },
};

function channel(name: string, dialect: Dialect, file: string, symbol: string, mark: string, kind: FrameKind): Channel {
  return { name, dialect, file, symbol, mark, kind };
}

/** Frames of the channel, evenly from the whole recording, each in memory of its own as a socket delivers it. */
function hotFrames({ file, mark }: Channel): Buffer[] {
  const text = gunzipSync(readFileSync(join(sharedData, 'captures', `${file}.capture.gz`))).toString('latin1');
  const all = text.split('\n').filter((line) => line.includes(mark)).map((line) => line.slice(line.indexOf(' ') + 1));
  const stride = Math.max(1, Math.floor(all.length / FRAMES_MAX));
  return all.filter((_, index) => index % stride === 0).slice(0, FRAMES_MAX).map((frame) => Buffer.from(frame, 'latin1'));
}

function measure({ name, dialect, symbol, kind }: Channel, frames: readonly Buffer[]): Figure[] {
  const decoder = addon.createMarketDecoder(dialect, [symbol]);
  const texts = frames.map((frame) => frame.toString('latin1'));
  let levels = 0;
  for (const frame of frames) {
    mustEqual(`${name}: kind of ${frame.toString().slice(0, 80)}`, decoder.decode(frame), kind);
    levels += decoder.frame[FrameView.LevelCount]!;
  }
  if (kind === Book) {
    mustEqual(`${name}: levels`, levels, texts.reduce((sum, text) => sum + countLevels(JSON.parse(text)), 0));
  }
  let sink = 0;
  const operations = frames.length;
  const parse = (text: string): void => { sink += JSON.parse(text) === null ? 1 : 0; };
  const figures = compare([
    { name: `${name}: native`, operations, body: () => { for (const frame of frames) sink += decoder.decode(frame); } },
    { name: `${name}: JSON.parse`, operations, body: () => { for (const text of texts) parse(text); } },
    { name: `${name}: JSON.parse of bytes`, operations, body: () => { for (const frame of frames) parse(frame.toString()); } },
  ], ROUNDS);
  if (!(sink > 0)) throw new Error('bench: nothing was decoded');
  return figures;
}

/** Elements of every list that holds levels, by the names the Venues give them. */
function countLevels(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, each) => sum + countLevels(each), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce((sum, [key, each]) => {
    const isSide = ['bids', 'asks', 'b', 'a', 'bs', 'as'].includes(key) && Array.isArray(each);
    return sum + (isSide ? each.length : countLevels(each));
  }, 0);
}
