// Several sockets for one feed: whatever one of them lags, misses or dies of, the Events are those of one perfect socket.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VenueFeed } from '../venue-feed.ts';
import { bookFrame, FakeMarket, fakeWelcome, frameOf, sumOf, type FakeBook } from './fake-market.fixture.ts';
import { deliver, KeptOutput } from './frame-output.fixture.ts';
import { FrameLog, frameHash, Place, PrintLog } from './redundancy.ts';

const UPDATES = 60;
const LEVELS = 40;

/** Every update sets one level; a level returns only after LEVELS updates, so that a loss is never made up for soon. */
function stream(): { snapshot: string; updates: string[] } {
  const levels = new Map<number, number>([[100, 1]]);
  const sum = (): number => sumOf([...levels].sort(([a], [b]) => b - a));
  const snapshot = bookFrame({ symbol: 'A', isSnapshot: true, last: 1000, bids: [...levels], sum: sum() });
  const updates = Array.from({ length: UPDATES }, (_, i) => {
    const [price, quantity] = [101 + ((i * 7) % LEVELS), 10 + i];
    levels.set(price, quantity);
    return bookFrame({ symbol: 'A', first: 1001 + i, last: 1001 + i, bids: [[price, quantity]], sum: sum() });
  });
  return { snapshot, updates };
}

const { snapshot, updates } = stream();
const WARM = 3;

function open(sequenced: boolean, copies: number): { feed: VenueFeed; output: KeptOutput; problems: string[] } {
  const output = new KeptOutput();
  const problems: string[] = [];
  const feed = new VenueFeed({
    adapter: new FakeMarket({ sequenced, copies }), orders: null, onProblem: ({ kind }) => problems.push(kind),
  });
  feed.start(fakeWelcome('A'), output, 0);
  for (let copy = 0; copy < copies; copy += 1) feed.onOpen(0, copy, 0);
  for (let copy = 0; copy < copies; copy += 1) deliver(feed, snapshot, 1n, 0, copy);
  for (const update of updates.slice(0, WARM)) {
    for (let copy = 0; copy < copies; copy += 1) deliver(feed, update, 1n, 0, copy);
  }
  return { feed, output, problems };
}

function perfect(sequenced: boolean): string[] {
  const { feed, output } = open(sequenced, 1);
  for (const update of updates.slice(WARM)) deliver(feed, update, 1n, 0);
  return output.lines;
}

/** Which socket delivers next; what socket 1 misses; after how many frames socket 2 dies. */
const story = fc.record({
  turns: fc.array(fc.nat(2), { minLength: 40, maxLength: 4 * UPDATES, size: 'max' }),
  missed: fc.array(fc.integer({ min: WARM, max: UPDATES - 1 }), { maxLength: 20 }),
  death: fc.integer({ min: WARM, max: UPDATES }),
});

describe.each([['numbered', true], ['known by their bytes', false]] as const)('updates %s', (_, sequenced) => {
  test('G2: one lags, one misses frames, one dies: the Events are those of one perfect socket', () => {
    const expected = perfect(sequenced);
    fc.assert(fc.property(story, ({ turns, missed, death }) => {
      const { feed, output } = open(sequenced, 3);
      const next = [WARM, WARM, WARM];
      const step = (copy: number): void => {
        const at = next[copy];
        if (at >= UPDATES || (copy === 2 && at > death)) return;
        next[copy] += 1;
        if (copy === 2 && at === death) feed.onClose(0, 2, 'gone', 0);
        else if (copy !== 1 || !missed.includes(at)) deliver(feed, updates[at], 1n, 0, copy);
      };
      for (const copy of turns) step(copy);
      for (let i = 0; i < UPDATES; i += 1) for (const copy of [1, 2, 0]) step(copy);
      expect(output.lines).toEqual(expected);
      expect(feed.market.statistics.resyncs).toBe(0);
    }), { numRuns: 100 });
  });

  test('the leader dies in the middle: the others go on, nobody is asked for a snapshot', () => {
    const { feed, output } = open(sequenced, 2);
    for (const update of updates.slice(WARM, 30)) deliver(feed, update, 1n, 0, 0);
    for (const update of updates.slice(WARM, 20)) deliver(feed, update, 1n, 0, 1);
    feed.onClose(0, 0, 'gone', 0);
    for (const update of updates.slice(20)) deliver(feed, update, 1n, 0, 1);
    expect(output.lines).toEqual(perfect(sequenced));
    expect(output.transmitted).toEqual(['subscribe', 'subscribe']);
  });

  test('a socket that comes back joins in: its snapshot is no news, and it carries the book when the other dies', () => {
    const { feed, output } = open(sequenced, 2);
    feed.onClose(0, 1, 'gone', 0);
    for (const update of updates.slice(WARM, 20)) deliver(feed, update, 1n, 0, 0);
    feed.onOpen(0, 1, 0);
    const levels = new Map([[100, 1]]);
    for (let i = 0; i < 18; i += 1) levels.set(101 + ((i * 7) % LEVELS), 10 + i);
    deliver(feed, bookFrame({ symbol: 'A', isSnapshot: true, last: 1018, bids: [...levels] }), 1n, 0, 1);
    for (const update of updates.slice(18, 20)) deliver(feed, update, 1n, 0, 1);
    feed.onClose(0, 0, 'gone', 0);
    for (const update of updates.slice(20)) deliver(feed, update, 1n, 0, 1);
    expect(output.lines).toEqual(perfect(sequenced));
  });

  test('every socket misses the same update: the book is invalid, and one of them is asked for a snapshot', () => {
    const { feed, output } = open(sequenced, 2);
    output.take();
    for (const update of updates.slice(WARM + 1, 20)) for (const copy of [0, 1]) deliver(feed, update, 1n, 0, copy);
    expect(output.lines[0]).toMatch(/^FeedStatusChanged venue=1 instrument=0 state=Invalid/);
    expect(output.lines).toHaveLength(1);
    expect(output.transmitted.filter((frame) => frame === 'snapshot A')).toHaveLength(1);
    deliver(feed, snapshot, 1n, 0, 1);
    expect(output.lines.slice(1).map((line) => line.split(' ')[0])).toEqual(['BookSnapshot', 'FeedStatusChanged']);
    expect(output.lines.at(-1)).toMatch(/state=Valid reason=Resync dropped=16$/);
  });

  test('what one socket lacks and no other brings is not waited for without end', () => {
    const { feed, output } = open(sequenced, 2);
    output.take();
    deliver(feed, updates[WARM + 1], 1n, 1e9, 0);
    expect(output.lines).toEqual([]);
    expect(feed.advance(1e9)).toBe(1.2e9);
    feed.advance(1.2e9);
    expect(output.lines).toHaveLength(1);
    expect(output.lines[0]).toMatch(/state=Invalid reason=(SequenceGap|ChecksumMismatch) dropped=0$/);
  });

  test('what one socket lacks and another brings in time is not held against the book later', () => {
    const { feed, output } = open(sequenced, 2);
    deliver(feed, updates[WARM + 1], 1n, 1e9, 0);
    for (const update of updates.slice(WARM)) deliver(feed, update, 1n, 1e9, 1);
    for (const update of updates.slice(WARM + 2)) deliver(feed, update, 1n, 1e9, 0);
    feed.advance(2e9);
    expect(output.lines).toEqual(perfect(sequenced));
  });

  test('the socket asked for a snapshot dies: another is asked at once', () => {
    const { feed, output } = open(sequenced, 2);
    for (const copy of [0, 1]) deliver(feed, updates[10], 1n, 0, copy);
    expect(output.sockets.at(-1)).toBe('0.0');
    feed.onClose(0, 0, 'gone', 0);
    expect(output.transmitted.slice(-2)).toEqual(['snapshot A', 'snapshot A']);
    expect(output.sockets.at(-1)).toBe('0.1');
  });

  test('one socket is silent: nothing; both: the book is stale until one is heard', () => {
    const { feed, output } = open(sequenced, 2);
    output.take();
    deliver(feed, frameOf({ beat: true }), 1n, 3e9, 0);
    feed.advance(6e9);
    expect(output.take()).toEqual([]);
    feed.advance(9e9);
    expect(output.take()).toEqual(['FeedStatusChanged venue=1 instrument=0 state=Stale reason=Silence dropped=0']);
    deliver(feed, frameOf({ beat: true }), 1n, 10e9, 1);
    expect(output.take()).toEqual(['FeedStatusChanged venue=1 instrument=0 state=Valid reason=Resync dropped=0']);
  });

  test('an unreadable frame on one socket costs nothing while another carries the book', () => {
    const { feed, output } = open(sequenced, 2);
    deliver(feed, '{', 1n, 0, 0);
    for (const update of updates.slice(WARM)) for (const copy of [0, 1]) deliver(feed, update, 1n, 0, copy);
    expect(output.lines).toEqual(perfect(sequenced));
  });
});

test('numbered: when every socket has passed what is missing, nobody waits any longer', () => {
  const { feed, output } = open(true, 2);
  output.take();
  deliver(feed, updates[WARM + 1], 1n, 0, 0);
  expect(output.lines).toEqual([]);
  deliver(feed, updates[WARM + 5], 1n, 0, 1);
  expect(output.lines).toEqual(['FeedStatusChanged venue=1 instrument=0 state=Invalid reason=SequenceGap dropped=0']);
});

test('numbered: a frame that brings what was missing is read to its end', () => {
  const output = new KeptOutput();
  const feed = new VenueFeed({ adapter: new FakeMarket({ copies: 2 }), orders: null, onProblem: () => undefined });
  feed.start(fakeWelcome('A', 'B'), output, 0);
  const book = (symbol: string, last: number, isSnapshot: boolean): FakeBook => (
    { symbol, isSnapshot, first: last, last, bids: [[100, last]] });
  for (const copy of [0, 1]) {
    feed.onOpen(0, copy, 0);
    deliver(feed, bookFrame(book('A', 1, true), book('B', 1, true)), 1n, 0, copy);
  }
  output.take();
  deliver(feed, bookFrame(book('A', 3, false)), 1n, 0, 0);
  deliver(feed, bookFrame(book('A', 2, false), book('B', 2, false)), 1n, 0, 1);
  expect(output.take().map((line) => /instrument=\d.* sequence=\d/.exec(line)?.[0].replace(/ event.*previous=\d/, ''))).toEqual([
    'instrument=0 sequence=2', 'instrument=0 sequence=3', 'instrument=1 sequence=2',
  ]);
});

test('without numbers: the socket that carries the book is silent, another one joins in: no longer stale', () => {
  const { feed, output } = open(false, 2);
  feed.onClose(0, 1, 'gone', 0);
  feed.onOpen(0, 1, 0);
  deliver(feed, updates[WARM], 1n, 1e9, 0);
  deliver(feed, frameOf({ beat: true }), 1n, 6e9, 1);
  output.take();
  feed.advance(7e9);
  expect(output.take()).toEqual(['FeedStatusChanged venue=1 instrument=0 state=Stale reason=Silence dropped=0']);
  deliver(feed, updates[WARM], 1n, 7e9, 1);
  deliver(feed, updates[WARM + 1], 1n, 7e9, 1);
  expect(output.take().map((line) => line.split(' ').slice(0, 4).join(' '))).toEqual([
    'FeedStatusChanged venue=1 instrument=0 state=Valid', 'BookDelta instrument=0 eventTime=1000000000 captureTime=1',
  ]);
});

test('without numbers: a socket ahead of the others is aligned when they catch up with it, and then leads', () => {
  const { feed, output } = open(false, 2);
  feed.onClose(0, 1, 'gone', 0);
  feed.onOpen(0, 1, 0);
  deliver(feed, updates[WARM], 1n, 0, 1);
  for (const copy of [0, 1]) deliver(feed, updates[WARM + copy], 1n, 0, copy);
  feed.onClose(0, 0, 'gone', 0);
  for (const update of updates.slice(WARM + 2)) deliver(feed, update, 1n, 0, 1);
  expect(output.lines).toEqual(perfect(false));
});

test('without numbers: a slower leader skips what a faster socket had: the book lost it', () => {
  const { feed, output, problems } = open(false, 2);
  output.take();
  const change = (quantity: number): string => bookFrame({ symbol: 'A', bids: [[100, quantity]] });
  deliver(feed, change(4), 1n, 0, 0);
  // Socket 1 is behind, and has had two updates that nobody else brought.
  deliver(feed, change(5), 1n, 0, 1);
  deliver(feed, change(6), 1n, 0, 1);
  deliver(feed, change(6), 1n, 0, 0);
  expect(output.lines.map((line) => line.split(' ')[0])).toEqual(['BookDelta', 'BookDelta', 'FeedStatusChanged']);
  expect(problems).toEqual(['update lost by a socket']);
});

test('without numbers: the leader loses an update that the next one hides, and a slower socket shows it', () => {
  const { feed, output, problems } = open(false, 2);
  output.take();
  const hidden = bookFrame({ symbol: 'A', bids: [[100, 5]] });
  const hiding = bookFrame({ symbol: 'A', bids: [[100, 6]] });
  deliver(feed, hiding, 1n, 0, 0);
  deliver(feed, hidden, 1n, 0, 1);
  deliver(feed, hiding, 1n, 0, 1);
  expect(output.lines.map((line) => line.split(' ')[0])).toEqual(['BookDelta', 'FeedStatusChanged']);
  expect(problems).toEqual(['update lost by a socket']);
});

describe('the log of one book', () => {
  test('a socket further behind than the log reaches is aligned anew, without accusing anyone', () => {
    const log = new FrameLog(2);
    log.restart(0, 7);
    expect(log.place(1, 1)).toBe(Place.Unknown);
    for (let i = 1; i <= 3000; i += 1) {
      expect(log.place(0, i)).toBe(Place.Next);
      expect(log.extend(0, i)).toBe(true);
      if (i === 2) expect(log.place(1, 2)).toBe(Place.Known);
    }
    expect(log.place(1, 3)).toBe(Place.Unknown);
    expect(log.place(1, 2999)).toBe(Place.Known);
    expect(log.place(1, 3000)).toBe(Place.Known);
    expect(log.place(1, 3001)).toBe(Place.Next);
  });

  test('a socket whose first word was the same snapshot is aligned with it, another is not', () => {
    const log = new FrameLog(3);
    log.restart(0, 7);
    log.beganWith(1, 7);
    log.beganWith(2, 8);
    expect([0, 1, 2].map((copy) => log.isAligned(copy))).toEqual([true, true, false]);
    expect(log.place(0, 1)).toBe(Place.Next);
    expect(log.extend(0, 1)).toBe(true);
    expect(log.place(1, 1)).toBe(Place.Known);
    expect(log.place(1, 2)).toBe(Place.Next);
  });

  test('hashes differ with any byte, and are safe integers', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.nat(), fc.integer({ min: 1, max: 255 }),
      (bytes, at, change) => {
        const other = Uint8Array.from(bytes);
        other[at % bytes.length] ^= change;
        expect(frameHash(other)).not.toBe(frameHash(bytes));
        expect(Number.isSafeInteger(frameHash(bytes))).toBe(true);
      }));
  });
});

describe('prints', () => {
  test('a print from a second socket is not news, one that only the slower socket has is', () => {
    const { feed, output } = open(true, 2);
    output.take();
    const print = (id: number): string => frameOf({ prints: [{ symbol: 'A', price: 100, quantity: 1, id }] });
    for (const [copy, id] of [[0, 1], [1, 1], [0, 3], [1, 2], [1, 3]] as const) deliver(feed, print(id), 1n, 0, copy);
    expect(output.take().map((line) => /id=(\d)/.exec(line)?.[1])).toEqual(['1', '3', '2']);
  });

  test('an id is news once, however old', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { size: 'max', maxLength: 200 }), (ids) => {
      const log = new PrintLog();
      expect(ids.filter((id) => log.isNew(id))).toEqual([...new Set(ids)]);
    }));
  });
});
