// Several Strategies in one step: none can take the room of those that follow, and one that fails leaves nothing behind.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { coreConfig, Scenario, strategyConfig } from '../../test/core-scenario.ts';
import { Side } from '../../event/kinds.ts';
import { IntentBuffer, ORDER_IDS_PER_INPUT } from '../intent/intent.ts';
import { Evaluation } from './evaluation.ts';
import type { Intents } from './intents.ts';
import { defineStrategy, eraseStrategy } from './strategy.ts';

const ID_BASE = 64_000;

/** What a Strategy does in the step. */
type Greed = (intents: Intents) => void;

function step(capacity: number, greeds: readonly Greed[]): { readonly buffer: IntentBuffer; readonly evaluation: Evaluation } {
  const scenario = new Scenario(coreConfig({ strategies: greeds.map((_, index) => strategyConfig({ id: `s${index}` })) })).start().tick();
  const buffer = new IntentBuffer(capacity);
  const evaluation = new Evaluation(scenario.core.state, scenario.core.event, buffer, greeds.map((greed, index) => (
    eraseStrategy(defineStrategy({
      name: `s${index}`, version: '1', memory: { calls: 0 }, parameters: () => null,
      evaluate: (_context, _memory, intents) => { greed(intents); },
    })))));
  buffer.begin(ID_BASE);
  evaluation.run();
  return { buffer, evaluation };
}

const submit = (intents: Intents): number => intents.submit(0, Side.Buy, 100, 10);
const asMuchAsFits: Greed = (intents) => { while (intents.room > 0) submit(intents); };
const nothing: Greed = () => undefined;
const withoutLooking: Greed = (intents) => { for (let i = 0; i <= ORDER_IDS_PER_INPUT; i += 1) submit(intents); };

function emitted({ buffer }: { readonly buffer: IntentBuffer }, strategies: number): number[] {
  const counts = new Array<number>(strategies).fill(0);
  for (let i = 0; i < buffer.count; i += 1) counts[buffer.intents[i]!.strategy]! += 1;
  return counts;
}

describe('Intents of one step', () => {
  test.each([
    [64, [asMuchAsFits], [64]],
    [64, [asMuchAsFits, asMuchAsFits], [32, 32]],
    [64, [asMuchAsFits, asMuchAsFits, asMuchAsFits], [22, 21, 21]],
    [64, [nothing, asMuchAsFits, asMuchAsFits], [0, 43, 21]],
    [64, [withoutLooking, asMuchAsFits], [0, 64]],
    [2, [asMuchAsFits, asMuchAsFits, asMuchAsFits], [2, 0, 0]],
  ])('%d for %o', (capacity, greeds, expected) => {
    expect(emitted(step(capacity, greeds), greeds.length)).toEqual(expected);
  });

  test('a Strategy that emits more than its share fails by itself', () => {
    const { evaluation } = step(64, [withoutLooking, asMuchAsFits]);
    expect(evaluation.failures).toMatchObject([{ strategy: 0 }]);
    expect(String(evaluation.failures[0]!.error)).toContain('this Strategy at most 32 in this one');
  });

  test('L3: ids are those of this input, each given once, whoever fails', () => {
    const greed = fc.record({ count: fc.nat(70), fails: fc.boolean(), looks: fc.boolean() });
    fc.assert(fc.property(fc.array(greed, { minLength: 1, maxLength: 5 }), (greeds) => {
      const { buffer } = step(64, greeds.map(({ count, fails, looks }) => (intents: Intents) => {
        for (let i = 0; i < count && (!looks || intents.room > 0); i += 1) submit(intents);
        if (fails) throw new Error('as it pleases');
      }));
      const ids = buffer.intents.slice(0, buffer.count).map(({ orderId }) => orderId);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.filter((id) => id < ID_BASE || id >= ID_BASE + ORDER_IDS_PER_INPUT)).toEqual([]);
    }), { numRuns: 100 });
  });
});
