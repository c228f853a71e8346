// A recording in the capture format as frames with their times, and a player that says which are due. Whole files in memory: a
// recording is played again and again.

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { RecordedMarket } from '../settings.ts';

export interface RecordedFrame {
  /** ns since the beginning of all recordings played together. */
  readonly at: number;
  readonly text: string;
}

/** Recordings that begin further apart were not made together: each begins at once. */
const TOGETHER_NS = 3600e9;
const LINE = /^(\d+) (.*)$/;

/** One list of frames per file, on one time line. */
export function readCaptures(files: readonly string[]): RecordedFrame[][] {
  const lines = files.map((file) => linesOf(file));
  const begin = Math.min(...lines.map((each) => each[0]?.at ?? Infinity));
  return lines.map((each) => {
    const own = each[0]?.at ?? begin;
    const origin = own - begin > TOGETHER_NS ? own : begin;
    return each.map(({ at, text }) => ({ at: at - origin, text }));
  });
}

function linesOf(file: string): RecordedFrame[] {
  const bytes = readFileSync(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  const frames: RecordedFrame[] = [];
  let first: bigint | null = null;
  for (const line of text.split('\n')) {
    const match = LINE.exec(line);
    if (match === null) continue;
    // The first line of a recording may carry no time; it happened with the next one.
    const at = BigInt(match[1]);
    if (first === null && at !== 0n) first = at;
    frames.push({ at: at === 0n ? 0 : Number(at - (first ?? at)), text: match[2] });
  }
  const origin = Number((first ?? 0n) / 1000n) * 1000;
  return frames.map((frame) => ({ at: frame.at + origin, text: frame.text }));
}

/** Walks frames by the clock: at the recording's pace times `speed`, or so many a second. */
export class Player {
  readonly frames: readonly RecordedFrame[];
  private readonly market: RecordedMarket;
  private readonly begin: number;
  private index: number;
  private startedAt = 0;

  /** `begin`: the first frame that can be played. */
  constructor(frames: readonly RecordedFrame[], market: RecordedMarket, begin = 0) {
    this.frames = frames;
    this.market = market;
    this.begin = begin;
    this.index = begin;
  }

  get position(): number {
    return this.index;
  }

  get atEnd(): boolean {
    return this.index === this.frames.length;
  }

  rewind(): void {
    this.index = this.begin;
    this.startedAt = 0;
  }

  /** Those that are due now, each once. `nowMs` only ever grows. */
  take(nowMs: number): readonly RecordedFrame[] {
    if (this.startedAt === 0) this.startedAt = nowMs;
    const elapsed = nowMs - this.startedAt;
    const { framesPerSecond, speed } = this.market;
    const from = this.index;
    if (framesPerSecond > 0) {
      this.index = Math.min(this.frames.length, this.begin + Math.floor((elapsed * framesPerSecond) / 1000));
    } else {
      const limit = this.frames[this.begin].at + elapsed * 1e6 * speed;
      while (this.index < this.frames.length && this.frames[this.index].at <= limit) this.index += 1;
    }
    return this.frames.slice(from, this.index);
  }
}
