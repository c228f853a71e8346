// When a book without numbers takes an entry: only a snapshot begins a copy, and only its proof keeps it.

import { expect, test } from 'vitest';
import { LevelBook } from '../base/level-book.ts';
import { decoderWith } from './book-entries.fixture.ts';
import { Admission } from './market-adapter.ts';
import { UnnumberedBookRule } from './unnumbered-book-rule.ts';

class TrustingRule extends UnnumberedBookRule {
  readonly depth = 0;
  isRight = true;

  protected isProven(): boolean {
    return this.isRight;
  }
}

const SNAPSHOT = decoderWith({ isSnapshot: 1 });
const UPDATE = decoderWith({ isSnapshot: 0 });

test('before a snapshot nothing but a snapshot is taken; after one, updates until the copy is lost', () => {
  const rule = new TrustingRule();
  const admitted = (): Admission[] => [SNAPSHOT, UPDATE].map((decoder) => rule.admit(decoder, 0));
  expect(admitted()).toEqual([Admission.Apply, Admission.Ignore]);
  expect(rule.accept(SNAPSHOT, 0, new LevelBook())).toBe(true);
  expect(admitted()).toEqual([Admission.Apply, Admission.Apply]);
  rule.reset();
  expect(admitted()).toEqual([Admission.Apply, Admission.Ignore]);
});

test('the Venue\'s proof decides', () => {
  const rule = new TrustingRule();
  rule.isRight = false;
  expect(rule.accept(SNAPSHOT, 0, new LevelBook())).toBe(false);
});
