import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdTable } from './id-table.ts';

describe('an id table', () => {
  it('holds what a Map would, for ids small and large, whatever is added and removed', () => {
    const id = fc.oneof(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 2 ** 41, max: 2 ** 41 + 40 * 64 }),
      fc.maxSafeNat().filter((n) => n > 0),
    );
    const act = fc.record({ add: fc.boolean(), id });
    fc.assert(fc.property(fc.array(act, { maxLength: 300, size: 'max' }), (acts) => {
      const table = new IdTable<string>(400);
      const model = new Map<number, string>();
      for (const { add, id: each } of acts) {
        if (add && !model.has(each)) {
          table.add(each, `v${each}`);
          model.set(each, `v${each}`);
        } else if (!add) {
          table.remove(each);
          model.delete(each);
        }
      }
      expect(acts.map((a) => table.get(a.id))).toEqual(acts.map((a) => model.get(a.id)));
    }), { numRuns: 200 });
  });

  it('has nothing under ids that are none', () => {
    const table = new IdTable<string>(4);
    table.add(7, 'seven');
    const nonsense = [0, -1, Number.NaN, Infinity, 7.5, '7', 7n, Symbol('7'), null, undefined, {}] as number[];
    expect(nonsense.map((each) => table.get(each))).toEqual(nonsense.map(() => undefined));
  });

  it('refuses an id twice and more than its capacity', () => {
    const table = new IdTable<string>(2);
    table.add(1, 'a');
    expect(() => table.add(1, 'b')).toThrow(/added once/);
    table.add(2, 'b');
    expect(() => table.add(3, 'c')).toThrow(/capacity/);
  });
});
