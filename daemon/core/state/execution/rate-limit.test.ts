import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Action } from '../../../event/kinds.ts';
import { TokenBucket } from './rate-limit.ts';

const config = { capacity: 5, tokenInterval: 10, reservedForCancel: 2, costNew: 1, costReplace: 2, costCancel: 1 };

describe('COR-23: token buckets', () => {
  it('never let more out than capacity + elapsed ÷ interval in any window', () => {
    const step = fc.record({ wait: fc.nat(40), action: fc.constantFrom(Action.New, Action.Cancel) });
    fc.assert(fc.property(fc.array(step, { maxLength: 100, size: 'max' }), (steps) => {
      const bucket = new TokenBucket(config);
      const sent: number[] = [];
      let now = 0;
      for (const { wait, action } of steps) {
        now += wait;
        if (!bucket.allows(action, now)) continue;
        bucket.take(action, now);
        sent.push(now);
        const bound = (since: number): number => config.capacity + Math.floor((now - since) / config.tokenInterval) + 1;
        expect(sent.filter((since, i) => sent.length - i > bound(since))).toEqual([]);
      }
    }));
  });

  it('say when: not a nanosecond before `allowsAt`, and then at once', () => {
    const take = fc.record({ wait: fc.nat(60), action: fc.constantFrom(Action.New, Action.Replace, Action.Cancel) });
    const takes = fc.array(take, { maxLength: 60, size: 'max' });
    fc.assert(fc.property(takes, (steps) => {
      const bucket = new TokenBucket(config);
      let now = 0;
      for (const { wait, action } of steps) {
        now += wait;
        if (bucket.allows(action, now)) {
          bucket.take(action, now);
          continue;
        }
        const at = bucket.allowsAt(action);
        expect(at).toBeGreaterThan(now);
        expect(bucket.allows(action, at - 1)).toBe(false);
        expect(bucket.allows(action, at)).toBe(true);
      }
    }));
  });

  it('asking changes nothing', () => {
    const asked = new TokenBucket(config);
    const silent = new TokenBucket(config);
    for (let now = 0; now < 500; now++) asked.allows(Action.New, now);
    asked.take(Action.New, 500);
    silent.take(Action.New, 500);
    expect(asked).toEqual(silent);
  });
});
