import { describe, expect, test } from 'vitest';
import { interleavedChecksum } from '../../base/ladder-checksum.ts';
import { LevelBook } from '../../base/level-book.ts';
import { decoderWith, type EntryFields } from '../../event/book-entries.fixture.ts';
import { Admission } from '../../event/market-adapter.ts';
import { OkxBookRule } from './book-rule.ts';

const SCALE = { priceScale: 1, quantityScale: 0 };

/** The ladder of OKX's documentation: 3366.1:7:3366.8:9:3368:8:3372:8. */
function documentedBook(): LevelBook {
  const book = new LevelBook();
  book.bids.set(33661, 7, 1, 0);
  for (const [price, quantity, decimals] of [[33668, 9, 1], [33680, 8, 0], [33720, 8, 0]] as const) {
    book.asks.set(price, quantity, decimals, 0);
  }
  return book;
}
const CHECKSUM = interleavedChecksum(documentedBook(), SCALE, 25) | 0;

interface Taken { readonly admission: Admission; readonly accepted: boolean }

function take(rule: OkxBookRule, entry: EntryFields, book = documentedBook()): Taken {
  const decoder = decoderWith(entry);
  const admission = rule.admit(decoder, 0);
  return { admission, accepted: admission === Admission.Apply && rule.accept(decoder, 0, book) };
}
const applied = { admission: Admission.Apply, accepted: true };

function begun(last: number): OkxBookRule {
  const rule = new OkxBookRule(SCALE);
  expect(take(rule, { isSnapshot: 1, previous: -1, last, checksum: 0 })).toEqual(applied);
  return rule;
}

describe('seqId and prevSeqId', () => {
  test('a snapshot begins the chain, each update names the one before; numbers may jump', () => {
    const rule = begun(10);
    expect(take(rule, { previous: 10, last: 15, checksum: 0 })).toEqual(applied);
    expect(take(rule, { previous: 15, last: 93 })).toEqual(applied);
    expect(rule.sequence).toBe(93);
  });

  test('nothing changed for a minute: seqId equals prevSeqId', () => {
    const rule = begun(10);
    expect(take(rule, { previous: 10, last: 10, checksum: 0 })).toEqual(applied);
    expect(take(rule, { previous: 10, last: 12, checksum: 0 })).toEqual(applied);
  });

  test('numbers that begin anew follow when prevSeqId is ours', () => {
    const rule = begun(15);
    expect(take(rule, { previous: 15, last: 3, checksum: 0 })).toEqual(applied);
    expect(take(rule, { previous: 3, last: 5, checksum: 0 })).toEqual(applied);
  });

  test('another socket\'s copy of what was applied, and its older snapshot, are ignored', () => {
    const rule = begun(10);
    take(rule, { previous: 10, last: 15 });
    expect(take(rule, { previous: 10, last: 15 }).admission).toBe(Admission.Ignore);
    expect(take(rule, { isSnapshot: 1, previous: -1, last: 12 }).admission).toBe(Admission.Ignore);
    expect(take(rule, { isSnapshot: 1, previous: -1, last: 20 })).toEqual(applied);
  });

  test('one lost is a gap, and so is an update without numbers', () => {
    const rule = begun(10);
    expect(take(rule, { previous: 11, last: 15 }).admission).toBe(Admission.Gap);
    expect(take(rule, { checksum: CHECKSUM }).admission).toBe(Admission.Gap);
  });

  test('before a snapshot, and after a reset, there is nothing to follow', () => {
    const rule = new OkxBookRule(SCALE);
    expect(take(rule, { previous: 10, last: 15 }).admission).toBe(Admission.Ignore);
    const lost = begun(10);
    lost.reset();
    expect(take(lost, { previous: 10, last: 15 }).admission).toBe(Admission.Ignore);
    expect(lost.sequence).toBe(0);
  });
});

describe('checksum', () => {
  test('the documented ladder', () => {
    expect(CHECKSUM).toBe(831_078_360);
  });

  test('without numbers it alone decides, and one that is missing or 0 decides against', () => {
    const rule = new OkxBookRule(SCALE);
    expect(take(rule, { isSnapshot: 1, checksum: CHECKSUM })).toEqual(applied);
    expect(rule.sequence).toBe(0);
    expect(take(rule, { checksum: CHECKSUM })).toEqual(applied);
    expect(take(rule, { checksum: CHECKSUM + 1 }).accepted).toBe(false);
    expect(take(rule, { checksum: 0 }).accepted).toBe(false);
    expect(take(rule, {}).accepted).toBe(false);
  });

  test('beside numbers it is checked whenever it is there', () => {
    expect(take(begun(10), { previous: 10, last: 11, checksum: CHECKSUM })).toEqual(applied);
    expect(take(begun(10), { previous: 10, last: 11, checksum: CHECKSUM + 1 }).accepted).toBe(false);
  });
});
