// Mutated real frames, thousands of them: decoder and desk must not throw, hang, or let a wrong book pass as a right one.
// TCX_FUZZ_CASES raises the count.

import { describe, expect, test } from 'vitest';
import { Prng } from '../../base/prng.ts';
import { BookEntry, FrameView } from '../../event/generated/view_generated.ts';
import { FeedState, Kind } from '../../event/kinds.ts';
import { FrameKind } from '../../event/market-adapter.ts';
import { deliver } from '../../gateway/market/frame-output.fixture.ts';
import { BTC_CAPTURE, BTC_USD, feedRecording, HAS_RECORDINGS, krakenMarket, readRecording, startFeed } from './recording.fixture.ts';

const CASES = Number(process.env['TCX_FUZZ_CASES'] ?? 10_000);
const SPICE = [
  '"', '{', '}', '[', ']', ',', ':', '\\', '-', '.', 'e', 'E', '+', '0', '9', 'null', '1e999', '\u0000', '\ud800',
];

function mutate(prng: Prng, frame: string): string {
  let text = frame;
  for (let edits = 1 + prng.below(4); edits > 0; edits -= 1) {
    const at = prng.below(text.length + 1);
    const size = prng.below(12);
    switch (prng.below(5)) {
      case 0: text = text.slice(0, at); break;
      case 1: text = text.slice(0, at) + text.slice(at + size); break;
      case 2: text = text.slice(0, at) + SPICE[prng.below(SPICE.length)] + text.slice(at + prng.below(2)); break;
      case 3: text = text.slice(0, at) + text.slice(at, at + size) + text.slice(at); break;
      default: text = text.slice(0, at) + text.slice(prng.below(text.length + 1)); break;
    }
  }
  return text;
}

describe.skipIf(!HAS_RECORDINGS)(`${CASES} mutated frames of ../shared/data`, () => {
  const frames = HAS_RECORDINGS ? readRecording(BTC_CAPTURE) : [];

  test('the decoder and the adapter answer every one of them', () => {
    const prng = Prng.seeded(1, 1);
    const market = krakenMarket();
    market.open([BTC_USD]);
    for (let i = 0; i < CASES; i += 1) {
      const text = mutate(prng, frames[prng.below(frames.length)].frame);
      const kind = market.decoder.decode(Buffer.from(text));
      expect(market.interpret(text).notice).toMatch(/^[a-z]+$/);
      const { books, frame } = market.decoder;
      const count = kind === FrameKind.Book ? frame[FrameView.BookCount] : 0;
      for (let book = 0; book < count; book += 1) expect(books[book * BookEntry.Stride + BookEntry.Symbol]).toBeLessThan(1);
    }
  });

  test('a feed given mutants ends as right as it began: no book is called valid that Kraken did not sign', () => {
    const prng = Prng.seeded(2, 1);
    const { feed, output } = startFeed(BTC_USD);
    feedRecording(feed, frames.slice(0, 200));
    let isValid = true;
    for (let i = 0; i < CASES; i += 1) {
      output.events.length = 0;
      output.lines.length = 0;
      deliver(feed, mutate(prng, frames[prng.below(frames.length)].frame), 1n, i);
      for (const event of output.events) {
        if (event.kind === Kind.BookDelta) expect(isValid).toBe(true);
        if (event.kind === Kind.FeedStatusChanged) isValid = event.fields.state === FeedState.Valid;
      }
    }
    expect(feed.market.statistics.frames).toBe(200 + CASES);
    expect(feed.market.problems.count('malformed frame')).toBeGreaterThan(CASES / 10);
  });
});
