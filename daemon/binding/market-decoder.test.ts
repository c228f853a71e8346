// Native market decoders against a plain reading of the same bytes: every recorded frame, the same frames in another
// spelling, and mutants of them. TCX_FUZZ_CASES raises the count, TCX_FUZZ_SEED chooses others.

import { beforeAll, describe, expect, test } from 'vitest';
import { parseJsonText } from '../base/json-text.ts';
import { Prng } from '../base/prng.ts';
import { BookEntry, FrameView } from '../event/generated/view_generated.ts';
import { type Dialect, FrameKind, VENUE_FRAME_SIZE_MAX } from '../event/market-adapter.ts';
import { addon } from './addon.ts';
import {
  HAS_RECORDINGS, mutate, readFrames, readNatively, RECORDINGS, respell, WRITTEN,
} from './market-frames.fixture.ts';
import { readPlainly, type Reading } from './plain-market-reading.fixture.ts';

const CASES = Number(process.env['TCX_FUZZ_CASES'] ?? 20_000);
const SEED = Number(process.env['TCX_FUZZ_SEED'] ?? 1);
const DIALECTS: readonly Dialect[] = ['kraken', 'kraken-v1', 'binance', 'okx', 'bitget'];

/** Equal, NaN and all; much quicker than expect over a million cases. */
function same(a: Reading, b: Reading): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function expectSame(found: Reading, expected: Reading, text: string): void {
  if (!same(found, expected)) expect(found, text.slice(0, 2000)).toEqual(expected);
}

/**
 * Whether the text says something twice: a field of an object, or an event beside a wrapped one. The decoder takes the
 * last, but refuses the frame when the other is not what it should be.
 */
function saysTwice(text: string): boolean {
  const colons = (json: string): number => json.replace(/"(?:[^"\\]|\\.)*"/g, '').split(':').length;
  const root: unknown = JSON.parse(text);
  const isWrapped = typeof root === 'object' && root !== null && 'data' in root
    && ('lastUpdateId' in root || 'e' in root);
  return isWrapped || colons(text) !== colons(JSON.stringify(root));
}

describe('the binding', () => {
  test('refuses dialects it does not know and symbols it cannot hold', () => {
    expect(() => addon.createMarketDecoder('kucoin' as Dialect, [])).toThrow(/found dialect kucoin/);
    expect(() => addon.createMarketDecoder('kraken', [''])).toThrow(/symbols/);
    expect(() => addon.createMarketDecoder('kraken', ['x'.repeat(65)])).toThrow(/symbols/);
    expect(() => addon.createMarketDecoder('kraken', new Array<string>(4097).fill('x'))).toThrow(/symbols/);
    expect(() => addon.createMarketDecoder('kraken', []).decode('{}' as unknown as Uint8Array)).toThrow(/Uint8Array/);
  });

  test('the views outlive the decoder object, and two decoders share nothing', () => {
    const frame = Buffer.from('{"channel":"book","type":"update","data":[{"symbol":"A","bids":[],"asks":[]}]}');
    const { books, decode } = addon.createMarketDecoder('kraken', ['A']);
    const other = addon.createMarketDecoder('kraken', ['B', 'A']);
    expect(decode(frame)).toBe(FrameKind.Book);
    expect(other.decode(frame)).toBe(FrameKind.Book);
    expect([books[BookEntry.Symbol], other.books[BookEntry.Symbol]]).toEqual([0, 1]);
  });
});

describe.each(DIALECTS)('%s', (dialect) => {
  const decoder = addon.createMarketDecoder(dialect, ['X']);

  test('what is no JSON is malformed, may have been a book, and leaves nothing', () => {
    for (const text of ['', ' ', 'null', '1', '"book"', '{', '{}}', '{"a":}', '{"a" 1}', '{"a":tru}', '{"a":1,}', '{,}', '[1,]',
      '[', '{"a":01}', '{"a":1.}', '{"a":-}', '{"a":1e}', '{"a":"\\x"}', '{"a":"\\u12g4"}', '{"a":"\u0001"}', '{"a":"b',
      '{"a":"b\\',
      '{"a":"b\\u1', `{"a":${'['.repeat(32)}${']'.repeat(32)}}`, '[['.repeat(50), '\ufeff{}', '{}\u0000']) {
      expect(decoder.decode(Buffer.from(text)), text).toBe(FrameKind.Malformed);
      expect([...decoder.frame.subarray(FrameView.BookCount, FrameView.LevelCount + 1)], text).toEqual([0, 0, 0]);
    }
    expect(decoder.frame[FrameView.MayBeBook]).toBe(dialect === 'kraken-v1' ? 0 : 1);
  });

  test('a frame too long to be looked at is oversize', () => {
    expect(decoder.decode(Buffer.alloc(VENUE_FRAME_SIZE_MAX + 1, '{}'))).toBe(FrameKind.Oversize);
    expect(decoder.frame[FrameView.MayBeBook]).toBe(1);
    expect(decoder.decode(Buffer.alloc(VENUE_FRAME_SIZE_MAX, ' '))).toBe(FrameKind.Malformed);
  });

  test('an empty object is something else', () => {
    expect(decoder.decode(Buffer.from(' {\n} '))).toBe(FrameKind.Other);
  });
});

describe.skipIf(!HAS_RECORDINGS)('recordings of ../shared/data', () => {
  test.each(RECORDINGS)('every frame of $file reads as the plain way reads it', (recording) => {
    const { dialect, symbols } = recording;
    const decoder = addon.createMarketDecoder(dialect, symbols);
    const kinds = new Map<FrameKind, number>();
    for (const frame of readFrames(recording)) {
      const found = readNatively(decoder, frame);
      kinds.set(found.kind, (kinds.get(found.kind) ?? 0) + 1);
      const text = frame.toString();
      expectSame(found, readPlainly(dialect, text, symbols)!, text);
    }
    expect(kinds.get(FrameKind.Book)).toBeGreaterThan(10);
    expect(kinds.has(FrameKind.Malformed) || kinds.has(FrameKind.Oversize)).toBe(false);
  });
});

describe.skipIf(!HAS_RECORDINGS)(`${CASES} frames made from ../shared/data, seed ${SEED}`, () => {
  const corpora: Buffer[][] = [];

  beforeAll(() => {
    for (const recording of RECORDINGS) {
      const frames = readFrames(recording);
      const stride = Math.max(1, Math.floor(frames.length / 2000));
      const recorded = frames.filter(({ length }, index) => index % stride === 0 && length < 5000);
      const written = WRITTEN[recording.dialect].map((frame) => Buffer.from(frame));
      corpora.push(recorded.flatMap((frame, index) => (index % 6 === 0 ? [frame, written[index / 6 % written.length]!] : [frame])));
    }
  });

  test('another spelling of a frame reads the same', () => {
    const decoders = RECORDINGS.map(({ dialect, symbols }) => addon.createMarketDecoder(dialect, symbols));
    const prng = Prng.seeded(SEED, 1);
    for (let i = 0; i < CASES / 10; i += 1) {
      const frames = corpora[i % RECORDINGS.length]!;
      const decoder = decoders[i % RECORDINGS.length]!;
      const original = frames[prng.below(frames.length)]!;
      if (original.toString() === 'pong') continue;
      const spelled = respell(prng, parseJsonText(original.toString())!, JSON.parse(original.toString()));
      const found = readNatively(decoder, Buffer.from(spelled));
      expectSame(found, readNatively(decoder, original), spelled);
    }
  });

  test('a mutant is malformed when it is no JSON, and else reads as the plain way reads it', () => {
    const decoders = RECORDINGS.map(({ dialect, symbols }) => addon.createMarketDecoder(dialect, symbols));
    const prng = Prng.seeded(SEED, 2);
    const seen = { malformed: 0, compared: 0, twice: 0, unread: 0 };
    for (let i = 0; i < CASES; i += 1) {
      const at = i % RECORDINGS.length;
      const { dialect, symbols } = RECORDINGS[at]!;
      const frames = corpora[at]!;
      const bytes = mutate(prng, frames[prng.below(frames.length)]!, frames[prng.below(frames.length)]!);
      const found = readNatively(decoders[at]!, bytes);
      const text = bytes.toString();
      const expected = readPlainly(dialect, text, symbols);
      if (expected === null) seen.unread += 1;
      else if (same(found, expected)) seen[expected.kind === FrameKind.Malformed ? 'malformed' : 'compared'] += 1;
      else if (found.kind === FrameKind.Malformed && saysTwice(text)) seen.twice += 1;
      else expectSame(found, expected, text);
    }
    console.log(`market decoders: ${CASES} mutants, seed ${SEED}: ${JSON.stringify(seen)}`);
    expect(seen.malformed).toBeGreaterThan(CASES / 4);
    expect(seen.compared).toBeGreaterThan(CASES / 20);
    expect(seen.twice).toBeLessThan(CASES / 20);
  });
});
