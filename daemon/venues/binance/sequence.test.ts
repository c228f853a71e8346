import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decoderWith, type EntryFields } from '../../event/book-entries.fixture.ts';
import { Admission } from '../../event/market-adapter.ts';
import { SequenceRule, type Chain } from './sequence.ts';

/** Admits, and accepts what is to be applied. */
function take(rule: SequenceRule, entry: EntryFields): Admission {
  const decoder = decoderWith(entry);
  const admission = rule.admit(decoder, 0);
  if (admission === Admission.Apply) expect(rule.accept(decoder, 0)).toBe(true);
  return admission;
}

function begun(chain: Chain, last: number): SequenceRule {
  const rule = new SequenceRule(chain);
  expect(take(rule, { isSnapshot: 1, last })).toBe(Admission.Apply);
  return rule;
}

describe('spot: U … u', () => {
  test('before a snapshot every update waits, and the snapshot sorts them', () => {
    const rule = new SequenceRule('spot');
    expect(take(rule, { first: 90, last: 100 })).toBe(Admission.Wait);
    expect(rule.sequence).toBe(0);
    expect(take(rule, { isSnapshot: 1, last: 100 })).toBe(Admission.Apply);
    expect(rule.sequence).toBe(100);
    expect(take(rule, { first: 90, last: 100 })).toBe(Admission.Ignore);
  });

  test('the first update may begin before the snapshot ends', () => {
    const rule = begun('spot', 100);
    expect(take(rule, { first: 95, last: 104 })).toBe(Admission.Apply);
    expect(take(rule, { first: 105, last: 105 })).toBe(Admission.Apply);
    expect(rule.sequence).toBe(105);
  });

  test('a first update that begins too late is a gap: the snapshot is older than the stream', () => {
    expect(take(begun('spot', 100), { first: 102, last: 104 })).toBe(Admission.Gap);
  });

  test('one that was applied already is ignored, from whichever socket', () => {
    const rule = begun('spot', 100);
    const update = { first: 101, last: 103 };
    expect([take(rule, update), take(rule, update), take(rule, { first: 101, last: 102 })])
      .toEqual([Admission.Apply, Admission.Ignore, Admission.Ignore]);
  });

  test('a snapshot that is older than the copy, or as old, is ignored; a newer one replaces it', () => {
    const rule = begun('spot', 100);
    expect(take(rule, { isSnapshot: 1, last: 99 })).toBe(Admission.Ignore);
    expect(take(rule, { isSnapshot: 1, last: 100 })).toBe(Admission.Ignore);
    expect(take(rule, { isSnapshot: 1, last: 101 })).toBe(Admission.Apply);
    expect(rule.sequence).toBe(101);
  });

  test('after a reset updates wait again', () => {
    const rule = begun('spot', 100);
    rule.reset();
    expect(take(rule, { first: 101, last: 102 })).toBe(Admission.Wait);
  });

  test('ids that are missing are a gap, never an update', () => {
    expect(take(begun('spot', 100), { last: 101 })).toBe(Admission.Gap);
    expect(take(begun('spot', 100), { first: 101 })).toBe(Admission.Gap);
    expect(take(new SequenceRule('spot'), { isSnapshot: 1 })).toBe(Admission.Gap);
  });
});

describe('futures: pu', () => {
  test('the first update holds the snapshot within it, the others name the one before', () => {
    const rule = begun('futures', 100);
    expect(take(rule, { first: 90, last: 99, previous: 80 })).toBe(Admission.Ignore);
    expect(take(rule, { first: 98, last: 107, previous: 99 })).toBe(Admission.Apply);
    expect(take(rule, { first: 120, last: 130, previous: 107 })).toBe(Admission.Apply);
    expect(rule.sequence).toBe(130);
  });

  test('an update that names another one before it is a gap, whatever its U', () => {
    const rule = begun('futures', 100);
    take(rule, { first: 101, last: 107, previous: 99 });
    expect(take(rule, { first: 108, last: 130, previous: 120 })).toBe(Admission.Gap);
  });

  test('without pu it is a gap', () => {
    expect(take(begun('futures', 100), { first: 101, last: 107 })).toBe(Admission.Gap);
  });
});

describe('any stream', () => {
  const steps = fc.array(fc.record({ size: fc.integer({ min: 1, max: 5 }), hole: fc.integer({ min: 0, max: 3 }) }),
    { minLength: 1, maxLength: 60, size: 'max' });

  test.each(['spot', 'futures'] as const)('%s: whole and in order everything follows, repeated or not; one lost is a gap', (chain) => {
    fc.assert(fc.property(steps, fc.nat(), fc.nat(), (sizes, loss, repeat) => {
      let last = 1000;
      const updates = sizes.map(({ size, hole }) => {
        // Only futures leave ids out.
        const first = last + 1 + (chain === 'futures' ? hole : 0);
        const update = { first, last: first + size - 1, previous: last };
        last = update.last;
        return update;
      });
      const rule = begun(chain, 1000);
      updates.forEach((update, index) => {
        expect(take(rule, update)).toBe(Admission.Apply);
        if (index === repeat % updates.length) expect(take(rule, updates[index >> 1])).toBe(Admission.Ignore);
      });
      expect(rule.sequence).toBe(last);
      const lost = loss % updates.length;
      const broken = begun(chain, 1000);
      for (const update of updates.slice(0, lost)) take(broken, update);
      for (const update of updates.slice(lost + 1)) expect(take(broken, update)).toBe(Admission.Gap);
    }));
  });
});
