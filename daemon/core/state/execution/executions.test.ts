import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExecutionIds } from './executions.ts';

const NONE_LIVE = { mayFill: () => false };

describe('execution ids', () => {
  it('admit each id once while it is remembered, like a set of the last n', () => {
    const id = fc.tuple(fc.nat(1), fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 12 }));
    fc.assert(fc.property(fc.array(id, { maxLength: 400, size: 'max' }), (ids) => {
      const subject = new ExecutionIds(5, NONE_LIVE);
      const remembered: string[] = [];
      for (const [venue, high, low] of ids) {
        const key = `${venue} ${high} ${low}`;
        const absent = high === 0 && low === 0;
        expect(subject.admit(venue, low, high, 0)).toBe(absent || !remembered.includes(key));
        if (absent || remembered.includes(key)) continue;
        remembered.push(key);
        if (remembered.length > 16) remembered.shift();
      }
    }), { numRuns: 500 });
  });

  it('of live Orders outlive those of ended ones, whatever comes in between', () => {
    const step = fc.record({ order: fc.integer({ min: 1, max: 6 }), ends: fc.integer({ min: 0, max: 20 }) });
    fc.assert(fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
      const live = new Set([1, 2, 3, 4, 5, 6]);
      const subject = new ExecutionIds(5, { mayFill: (orderId) => live.has(orderId) });
      const told: { readonly low: number; readonly order: number }[] = [];
      steps.forEach(({ order, ends }, index) => {
        if (ends <= 6) live.delete(ends);
        // An Order never has more executions than are remembered in all.
        const held = told.filter((each) => live.has(each.order)).length;
        const of = held < 15 && live.has(order) ? order : 7;
        expect(subject.admit(0, index + 1, 0, of)).toBe(true);
        told.push({ low: index + 1, order: of });
        const repeated = told.filter((each) => live.has(each.order));
        for (const each of repeated) expect(subject.admit(0, each.low, 0, each.order)).toBe(false);
      });
    }), { numRuns: 300 });
  });

  it('of one live Order alone: the oldest goes when there are more than can be remembered', () => {
    const subject = new ExecutionIds(5, { mayFill: () => true });
    for (let low = 1; low <= 17; low += 1) expect(subject.admit(0, low, 0, 1)).toBe(true);
    expect(subject.admit(0, 17, 0, 1)).toBe(false);
    expect(subject.admit(0, 2, 0, 1)).toBe(false);
    expect(subject.admit(0, 1, 0, 1)).toBe(true);
  });
});
