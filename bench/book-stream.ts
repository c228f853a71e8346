// Streams of L2 updates for the `book` bench: a recorded one, read to integers, and a synthetic one. Also writes them
// for the native program. Never timed.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Prng } from '../daemon/base/prng.ts';
import { buildFolder, sharedData } from './harness.ts';

/** Flat pairs: price, quantity, price, quantity, … */
export interface BookUpdate {
  readonly snapshot: boolean;
  readonly bids: readonly number[];
  readonly asks: readonly number[];
}

export interface Stream {
  readonly name: string;
  readonly updates: readonly BookUpdate[];
  readonly levelCount: number;
}

const RECORDED = 'captures/binance-usdm/btcusdt-20240808.capture.gz';
const PRICE_DIGITS = 2;
const QUANTITY_DIGITS = 3;

type TextLevels = readonly (readonly [string, string])[];

/** The recorded BTCUSDT futures book, or undefined when the recordings are not there. */
export function recordedStream(): Stream | undefined {
  const path = join(sharedData, RECORDED);
  if (!existsSync(path)) return undefined;
  const updates: BookUpdate[] = [];
  for (const line of gunzipSync(readFileSync(path)).toString('latin1').split('\n')) {
    const update = line === '' ? undefined : readUpdate(line.slice(line.indexOf(' ') + 1));
    if (update && (updates.length > 0 || update.snapshot)) updates.push(update);
  }
  return streamOf('recorded', updates);
}

function readUpdate(frame: string): BookUpdate | undefined {
  const message = JSON.parse(frame) as { data?: Record<string, unknown> } & Record<string, unknown>;
  const body = message.data ?? message;
  const snapshot = 'lastUpdateId' in body;
  if (!snapshot && body['e'] !== 'depthUpdate') return undefined;
  const [bids, asks] = snapshot ? [body['bids'], body['asks']] : [body['b'], body['a']];
  return { snapshot, bids: integers(bids as TextLevels), asks: integers(asks as TextLevels) };
}

function integers(levels: TextLevels): number[] {
  return levels.flatMap(([price, quantity]) => [scaled(price, PRICE_DIGITS), scaled(quantity, QUANTITY_DIGITS)]);
}

function scaled(text: string, digits: number): number {
  const [whole, fraction = ''] = text.split('.');
  return Number(whole! + fraction.padEnd(digits, '0').slice(0, digits));
}

/**
 * One level an update, near the top: depth exponential with a mean of 12 levels, 35 % of the updates remove. Bids lie
 * below and asks above one fixed middle, so that the book never crosses.
 */
export function syntheticStream(updateCount: number): Stream {
  const prng = Prng.seeded(42, 0);
  const random = (): number => prng.next() / 2 ** 32;
  const middle = 1_000_000;
  const depths = Array.from({ length: 1000 }, (_, depth) => depth);
  const updates: BookUpdate[] = [{
    snapshot: true,
    bids: depths.flatMap((depth) => [middle - 1 - depth, 500]),
    asks: depths.flatMap((depth) => [middle + depth, 500]),
  }];
  while (updates.length <= updateCount) {
    const buy = random() < 0.5;
    const depth = Math.floor(-12 * Math.log(1 - random()));
    const quantity = random() < 0.35 ? 0 : 1 + Math.floor(random() * 1000);
    const level = [buy ? middle - 1 - depth : middle + depth, quantity];
    updates.push({ snapshot: false, bids: buy ? level : [], asks: buy ? [] : level });
  }
  return streamOf('synthetic', updates);
}

function streamOf(name: string, updates: readonly BookUpdate[]): Stream {
  const levelCount = updates.reduce((sum, { bids, asks }) => sum + (bids.length + asks.length) / 2, 0);
  return { name, updates, levelCount };
}

/** Writes the stream as bench/native/book_bench.cc reads it; returns the path. */
export function writeStream(stream: Stream): string {
  const bytes = Buffer.alloc(stream.updates.length * 16 + stream.levelCount * 16);
  let at = 0;
  for (const { snapshot, bids, asks } of stream.updates) {
    for (const word of [snapshot ? 1 : 0, bids.length / 2, asks.length / 2, 0]) at = bytes.writeUInt32LE(word, at);
    for (const value of [...bids, ...asks]) at = bytes.writeBigInt64LE(BigInt(value), at);
  }
  const folder = join(buildFolder, 'streams');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${stream.name}.stream`);
  writeFileSync(path, bytes);
  return path;
}
