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

const CHANNELS: readonly Channel[] = [
  { name: 'kraken book', dialect: 'kraken', file: 'kraken-v2/btcusd-depth10-20260719', symbol: 'BTC/USD', mark: '"update","data":[{"symbol"', kind: FrameKind.Book },
  { name: 'binance spot depth', dialect: 'binance', file: 'binance-spot/btcusdt-20240808', symbol: 'BTCUSDT', mark: '"depthUpdate"', kind: FrameKind.Book },
  { name: 'binance usdm depth', dialect: 'binance', file: 'binance-usdm/btcusdt-20240808', symbol: 'BTCUSDT', mark: '"depthUpdate"', kind: FrameKind.Book },
  { name: 'binance coinm depth', dialect: 'binance', file: 'binance-coinm/btcusd_perp-20240808', symbol: 'BTCUSD_PERP', mark: '"depthUpdate"', kind: FrameKind.Book },
  { name: 'binance spot trade', dialect: 'binance', file: 'binance-spot/btcusdt-20240808', symbol: 'BTCUSDT', mark: '"e":"trade"', kind: FrameKind.Trade },
  { name: 'okx books', dialect: 'okx', file: 'okx/books-three-instruments-20220513', symbol: 'BTC-USDT', mark: '"update"', kind: FrameKind.Book },
  { name: 'okx books-l2-tbt', dialect: 'okx', file: 'okx/books-l2-tbt-20210722.socket1', symbol: 'XMR-USDT-SWAP', mark: '"update"', kind: FrameKind.Book },
  { name: 'bitget books', dialect: 'bitget', file: 'bitget/spot-books-20220407', symbol: 'CULTUSDT', mark: '"update","arg":{"instType":"sp","channel":"books"', kind: FrameKind.Book },
  { name: 'kraken v1 book', dialect: 'kraken-v1', file: 'kraken-v1/five-pairs-depth1000-20210417', symbol: 'SC/EUR', mark: ',"book-1000","', kind: FrameKind.Book },
];

export const decode: Bench = {
  name: 'decode',
  question: 'a Venue\'s frame to exact numbers, per frame',
  loop: 'closed',
  run() {
    if (!existsSync(sharedData)) return { figures: [], ratios: [], notes: ['skipped: the recordings, ../shared/data is not there'] };
    const figures: Figure[] = [];
    const ratios: Ratio[] = [];
    const notes: string[] = ['JSON.parse leaves floats, strings and objects behind; the native decoder leaves exact numbers in shared memory'];
    for (const channel of CHANNELS) {
      const frames = hotFrames(channel);
      const measured = measure(channel, frames);
      const of = (name: string): number => median(figureNamed(measured, `${channel.name}: ${name}`));
      figures.push(...measured);
      ratios.push(
        atLeast(`${channel.name}: JSON.parse / native`, of('JSON.parse') / of('native'), RATIO_MIN),
        atLeast(`${channel.name}: JSON.parse of bytes / native`, of('JSON.parse of bytes') / of('native'), RATIO_MIN),
      );
      const size = frames.reduce((sum, { length }) => sum + length, 0) / frames.length;
      notes.push(`${channel.name}: ${frames.length} frames of ${size.toFixed(0)} bytes on average`);
    }
    return { figures, ratios, notes };
  },
};

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
  if (kind === FrameKind.Book) mustEqual(`${name}: levels`, levels, texts.reduce((sum, text) => sum + countLevels(JSON.parse(text)), 0));
  let sink = 0;
  const figures = compare([
    { name: `${name}: native`, operations: frames.length, body: () => { for (const frame of frames) sink += decoder.decode(frame); } },
    { name: `${name}: JSON.parse`, operations: frames.length, body: () => { for (const text of texts) sink += JSON.parse(text) === null ? 1 : 0; } },
    {
      name: `${name}: JSON.parse of bytes`, operations: frames.length,
      body: () => { for (const frame of frames) sink += JSON.parse(frame.toString()) === null ? 1 : 0; },
    },
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
