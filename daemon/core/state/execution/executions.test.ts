import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExecutionIds } from './executions.ts';

describe('execution ids', () => {
  it('admit each id once while it is remembered, like a set of the last n', () => {
    const id = fc.tuple(fc.nat(1), fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 12 }));
    fc.assert(fc.property(fc.array(id, { maxLength: 400, size: 'max' }), (ids) => {
      const subject = new ExecutionIds(5);
      const remembered: string[] = [];
      for (const [venue, high, low] of ids) {
        const key = `${venue} ${high} ${low}`;
        const absent = high === 0 && low === 0;
        expect(subject.admit(venue, low, high)).toBe(absent || !remembered.includes(key));
        if (absent || remembered.includes(key)) continue;
        remembered.push(key);
        if (remembered.length > 16) remembered.shift();
      }
    }), { numRuns: 500 });
  });
});
