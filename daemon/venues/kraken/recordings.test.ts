// Kraken's own recordings: every checksum holds, the books equal a naive reference, and a lost frame is noticed.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FeedReason, FeedState, Kind } from '../../event/kinds.ts';
import type { BookSnapshotFields, EventValue, LevelFields } from '../../event/event-fields.ts';
import { Prng } from '../../base/prng.ts';
import { deliver } from '../../gateway/market/frame-output.fixture.ts';
import {
  BTC_CAPTURE, BTC_USD, feedRecording, HAS_RECORDINGS, MINA_CAPTURE, MINA_GBP, readRecording, RECORDINGS, startFeed,
  startShared, type RecordedFrame,
} from './recording.fixture.ts';

/** Says so in the report instead of passing silently: the recordings are not in the repository. */
const recorded = describe.skipIf(!HAS_RECORDINGS);

interface JsonLevel { readonly price: string; readonly qty: string }

/** A naive reference: Maps of price text to quantity text, from numbers kept as text. */
class ReferenceBook {
  private readonly sides = { bids: new Map<bigint, bigint>(), asks: new Map<bigint, bigint>() };
  private readonly depth: number;
  private readonly priceScale: number;
  private readonly quantityScale: number;

  constructor(depth: number, priceScale: number, quantityScale: number) {
    this.depth = depth;
    this.priceScale = priceScale;
    this.quantityScale = quantityScale;
  }

  apply(frame: string): void {
    const quoted = frame.replace(/"(price|qty)":([-0-9.eE+]+)/g, '"$1":"$2"');
    const message = JSON.parse(quoted) as { type: string; data: { bids: JsonLevel[]; asks: JsonLevel[] }[] };
    for (const side of ['bids', 'asks'] as const) {
      if (message.type === 'snapshot') this.sides[side].clear();
      for (const { price, qty } of message.data[0][side]) {
        const key = fixed(price, this.priceScale);
        if (Number(qty) === 0) this.sides[side].delete(key);
        else this.sides[side].set(key, fixed(qty, this.quantityScale));
      }
      const kept = this.levels(side).slice(0, this.depth);
      this.sides[side] = new Map(kept);
    }
  }

  levels(side: 'bids' | 'asks'): [bigint, bigint][] {
    const best = side === 'bids' ? -1 : 1;
    return [...this.sides[side]].sort(([a], [b]) => (a < b ? -best : best));
  }
}

function fixed(text: string, scale: number): bigint {
  const [whole, fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(scale, '0'));
}

/** A third copy of the book, made from the Events alone as the daemon does it: its window cut after each. */
class EventBook {
  private bids = new Map<bigint, bigint>();
  private asks = new Map<bigint, bigint>();
  private readonly depth: number;

  constructor(depth: number) {
    this.depth = depth;
  }

  apply(event: EventValue): void {
    if (event.kind !== Kind.BookSnapshot && event.kind !== Kind.BookDelta) return;
    for (const side of ['bids', 'asks'] as const) {
      if (event.kind === Kind.BookSnapshot) this[side].clear();
      for (const { price, quantity } of event.fields[side] as { price: bigint; quantity: bigint }[]) {
        if (quantity === 0n) this[side].delete(price);
        else this[side].set(price, quantity);
      }
      this[side] = new Map(this.levels(side).slice(0, this.depth));
    }
  }

  levels(side: 'bids' | 'asks'): [bigint, bigint][] {
    const best = side === 'bids' ? -1 : 1;
    return [...this[side]].sort(([a], [b]) => (a < b ? -best : best));
  }
}

recorded('recordings in ../shared/data', () => {
  test('btcusd depth 10: 1254 of 1254 checksums, nothing unknown', () => {
    const { feed, output, problems } = startFeed(BTC_USD);
    feedRecording(feed, readRecording(BTC_CAPTURE));
    expect(problems).toEqual([]);
    expect(feed.market.statistics).toEqual({
      frames: 1376, heartbeats: 120, checksumsVerified: 1254, checksumMismatches: 0, crossedBooks: 0, resyncs: 0,
      sequenceGaps: 0, prints: 0, duplicates: 0,
    });
    expect(output.kinds().filter((kind) => kind === 'BookSnapshot')).toHaveLength(1);
    expect(output.kinds().filter((kind) => kind === 'BookDelta')).toHaveLength(1253);
    expect(output.events.filter((event) => event.kind === Kind.FeedStatusChanged).map((event) => event.fields))
      .toMatchObject([{ state: FeedState.Unknown }, { state: FeedState.Valid, reason: FeedReason.Subscribed }]);
  });

  test('minagbp depth 25, unsubscribed and resubscribed: 19 of 19 checksums, 18 s of heartbeats are life', () => {
    const { feed, output, problems } = startFeed(MINA_GBP);
    feedRecording(feed, readRecording(MINA_CAPTURE));
    expect(problems).toEqual([]);
    expect(feed.market.statistics).toMatchObject({ frames: 96, checksumsVerified: 19, checksumMismatches: 0, resyncs: 0 });
    expect(output.events.filter((event) => event.kind === Kind.FeedStatusChanged).map((event) => event.fields))
      .toMatchObject([
        { instrument: 3, state: FeedState.Unknown },
        { state: FeedState.Valid, reason: FeedReason.Subscribed },
        { state: FeedState.Invalid, reason: FeedReason.Resync },
        { state: FeedState.Valid, reason: FeedReason.Resync },
      ]);
  });

  test.each([[BTC_CAPTURE, BTC_USD], [MINA_CAPTURE, MINA_GBP]] as const)(
    '%s: after every frame the Events give the reference book', (name, instrument) => {
      const { feed, output } = startFeed(instrument);
      const reference = new ReferenceBook(instrument.bookDepth, instrument.priceScale, instrument.quantityScale);
      const fromEvents = new EventBook(instrument.bookDepth);
      for (const { frame, bytes, captureTime } of readRecording(name)) {
        feed.onFrame(0, 0, bytes, captureTime, 0);
        for (const event of output.events.splice(0)) fromEvents.apply(event);
        if (!frame.startsWith('{"channel":"book"')) continue;
        reference.apply(frame);
        for (const side of ['bids', 'asks'] as const) {
          expect(fromEvents.levels(side)).toEqual(reference.levels(side));
        }
      }
    });

});

recorded('recordings on several sockets and in exact time', () => {
  test('on three sockets, one late, one that misses frames, one that dies: the Events are those of one', () => {
    const frames = readRecording(BTC_CAPTURE);
    const single = startFeed(BTC_USD);
    feedRecording(single.feed, frames);
    const { feed, output, problems } = startShared(3, BTC_USD);
    const prng = Prng.seeded(3, 1);
    const late: RecordedFrame[] = [];
    for (const [index, frame] of frames.entries()) {
      const leads = index > 700 ? [0] : [2, 0];
      for (const copy of leads) feed.onFrame(0, copy, frame.bytes, frame.captureTime, 0);
      if (index === 700) feed.onClose(0, 2, 'gone', 0);
      late.push(frame);
      if (late.length > 5 && prng.below(20) > 0) feed.onFrame(0, 1, late.shift()!.bytes, frame.captureTime, 0);
      else if (late.length > 9) late.shift();
    }
    expect(problems).toEqual([]);
    const books = (lines: readonly string[]): string[] => lines.filter((line) => /^(Book|FeedStatus)/.test(line));
    expect(books(output.lines)).toEqual(books(single.output.lines));
    expect(feed.market.statistics).toMatchObject({ checksumsVerified: 1254, resyncs: 0 });
  });

  test('times are exact: the Venue\'s stamp to the microsecond, ours to the nanosecond', () => {
    const { feed, output } = startFeed(MINA_GBP);
    feedRecording(feed, readRecording(MINA_CAPTURE));
    const delta = output.events.find((event) => event.kind === Kind.BookDelta);
    expect(delta?.fields)
      .toMatchObject({ eventTime: 1_787_085_840_932_079_000n, captureTime: 1_787_085_840_402_943_100n });
  });
});

recorded('checks on ../shared/data', () => {
  test('static ladders: 200 of 200 checksums, quantities like 1.0E-7 included', () => {
    const { captures } = JSON.parse(readFileSync(`${RECORDINGS}checksums/kraken-v2-ladders.json`, 'utf8')) as {
      captures: { expected_checksum: number; local_book_bids: string[][]; local_book_asks: string[][] }[];
    };
    const level = ([price, qty]: string[]): string => `{"price":${price},"qty":${qty}}`;
    for (const capture of captures) {
      const { feed, output } = startFeed(BTC_USD);
      deliver(feed, `{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD","bids":[`
        + `${capture.local_book_bids.map(level).join(',')}],"asks":[${capture.local_book_asks.map(level).join(',')}],`
        + `"checksum":${capture.expected_checksum},"timestamp":"2026-07-21T17:13:05.810195Z"}]}`, 1n, 0);
      expect(feed.market.statistics.checksumsVerified).toBe(1);
      expect(output.kinds()).toContain('BookSnapshot');
    }
    expect(captures).toHaveLength(200);
  });

  test('one update dropped at random: noticed, or made up for by the next; a wrong book is never passed on', () => {
    const frames = readRecording(BTC_CAPTURE);
    const reference = new ReferenceBook(BTC_USD.bookDepth, BTC_USD.priceScale, BTC_USD.quantityScale);
    const books = frames.map(({ frame }) => {
      if (frame.startsWith('{"channel":"book"')) reference.apply(frame);
      return [...reference.levels('bids'), ...reference.levels('asks')].join(' ');
    });
    const isUpdate = (frame: string): boolean => frame.startsWith('{"channel":"book","type":"update"');
    const updates = frames.flatMap(({ frame }, i) => (isUpdate(frame) ? [i] : []));
    const prng = Prng.seeded(7, 1);
    let noticed = 0;
    for (let trial = 0; trial < 40; trial += 1) {
      const dropped = updates[prng.below(updates.length - 100)];
      const { feed, output } = startFeed(BTC_USD);
      feedRecording(feed, frames.slice(0, dropped));
      for (let i = dropped + 1; i < dropped + 60 && feed.market.statistics.resyncs === 0; i += 1) {
        output.events.length = 0;
        feed.onFrame(0, 0, frames[i].bytes, 1n, 0);
        if (output.events[0]?.kind !== Kind.BookDelta) continue;
        feed.onSnapshotRequest(0, 0);
        const { bids, asks } = output.events[1].fields as BookSnapshotFields;
        const levels = [...bids as readonly LevelFields[], ...asks as readonly LevelFields[]];
        expect(levels.map(({ price, quantity }) => `${price},${quantity}`).join(' ')).toBe(books[i]);
      }
      if (feed.market.statistics.resyncs === 0) continue;
      noticed += 1;
      output.events.length = 0;
      feedRecording(feed, frames.slice(dropped + 60));
      expect(output.kinds()).not.toContain('BookDelta');
    }
    expect(noticed).toBeGreaterThan(20);
  });
});
