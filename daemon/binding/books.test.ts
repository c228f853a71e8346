// The native book across the boundary: bodies in, views and numbers out. Its rules are tested in
// native/test/book_test.cc.

import { describe, expect, test } from 'vitest';
import { EventEncoder } from '../event/encode.ts';
import { BookResult, BookView, Status } from '../event/generated/view_generated.ts';
import { addon, type NativeBooks, type NativeEvent } from './addon.ts';

interface Feed {
  readonly event: NativeEvent;
  readonly books: NativeBooks;
  readonly encoder: EventEncoder;
}

function feed(instruments = 2): Feed {
  const event = addon.createEvent();
  return { event, books: addon.createBooks(event, instruments), encoder: new EventEncoder() };
}

/** Flat: price, quantity, price, quantity, … */
type Rows = readonly number[];

/** Applies a snapshot (sequence 10) of instrument 1. */
function snapshot({ event, books, encoder }: Feed, bids: Rows, asks: Rows): number {
  expect(event.load(encoder.bookSnapshot({
    instrument: 1, eventTime: 0, captureTime: 0, sequence: 10, bids, asks,
  }))).toBeGreaterThan(0);
  return books.apply();
}

describe('native books', () => {
  test('a snapshot reaches the view of its instrument only', () => {
    const f = feed();
    expect(f.books.define(1, 0, 1000)).toBe(Status.Ok);
    expect(snapshot(f, [100, 5, 99, 6], [101, 7])).toBe(BookResult.TopPriceChanged | BookResult.TopQuantityChanged);
    const block = f.books.view.subarray(BookView.Stride, 2 * BookView.Stride);
    expect([...block]).toEqual([1, 100, 5, 101, 7, 2, 1, 1]);
    expect([...f.books.view.subarray(0, BookView.Stride)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  test('levels, quantities and digest are read as numbers', () => {
    const f = feed();
    f.books.define(1, 0, 1000);
    snapshot(f, [Number.MAX_SAFE_INTEGER - 1, 5, 99, Number.MAX_SAFE_INTEGER], [101, 7]);
    expect(f.books.load(1, 0, 10)).toBe(2);
    expect([...f.books.levels.subarray(0, 4)]).toEqual([Number.MAX_SAFE_INTEGER - 1, 5, 99, Number.MAX_SAFE_INTEGER]);
    expect(f.books.quantityAt(1, 0, 99)).toBe(Number.MAX_SAFE_INTEGER);
    expect(f.books.quantityAt(1, 1, 99)).toBe(0);
    f.books.digest(1);
    const before = [...f.books.digestWords];
    expect(before.every((word) => Number.isInteger(word) && word >= 0 && word < 2 ** 32)).toBe(true);
    f.books.clear(1);
    f.books.digest(1);
    expect([...f.books.digestWords]).toEqual([0, 0]);
    snapshot(f, [Number.MAX_SAFE_INTEGER - 1, 5, 99, Number.MAX_SAFE_INTEGER], [101, 7]);
    f.books.digest(1);
    expect([...f.books.digestWords]).toEqual(before);
  });

  test('what cannot be applied is a negative Status and changes nothing', () => {
    const f = feed();
    expect(f.books.apply()).toBe(Status.KindNotAllowed);
    expect(snapshot(f, [], [])).toBe(Status.NotFound);
    f.books.define(1, 0, 2);
    expect(snapshot(f, [100, 5, 99, 5, 98, 5], [])).toBe(Status.TooLarge);
    expect(snapshot(f, [0, 5], [])).toBe(Status.BadValue);
    expect(f.books.view[BookView.Stride + BookView.Updates]).toBe(0);
    expect(f.books.define(1, 0, 2)).toBe(Status.Exists);
    expect(f.books.define(2, 0, 2)).toBe(Status.BadValue);
  });

  test('a delta out of sequence says so', () => {
    const f = feed();
    f.books.define(1, 0, 1000);
    snapshot(f, [100, 5], [101, 7]);
    f.event.load(f.encoder.bookDelta({
      instrument: 1, eventTime: 0, captureTime: 0, previous: 11, sequence: 12, bids: [100, 6], asks: [],
    }));
    expect(f.books.apply()).toBe(BookResult.OutOfSequence | BookResult.TopQuantityChanged);
  });

  test('functions and views live on without the object they came from', () => {
    const { books, ...rest } = feed();
    books.define(1, 0, 1000);
    const { apply, view } = books;
    snapshot({ ...rest, books: { ...books, apply } }, [100, 5], [101, 7]);
    expect(view[BookView.Stride + BookView.BidPrice]).toBe(100);
  });

  test('books need a NativeEvent and a sensible number of instruments', () => {
    expect(() => addon.createBooks({} as NativeEvent, 1)).toThrow(/expected a NativeEvent/);
    expect(() => addon.createBooks(addon.createEvent(), 0)).toThrow(/1 to 4096 instruments/);
  });
});
