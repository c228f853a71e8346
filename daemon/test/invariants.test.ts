// Invariants that no single folder owns: what may influence State, what the record says, who may fill the Queue. The
// rest stands beside the code it guards; docs/invariants.md lists all of them.

import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import type { AllowedIntent, Intent } from '../core/intent/intent.ts';
import { Kind, Side, TradingState } from '../event/kinds.ts';
import { coreConfig, MS, Scenario, venueConfig, wireOf } from './core-scenario.ts';

const bucket = { capacity: 2, tokenInterval: 50 * MS, reservedForCancel: 0, costNew: 1, costReplace: 1, costCancel: 1 };

/** A stream that leaves work queued, a request in flight and a bucket empty. */
function busy(overrides: Parameters<typeof coreConfig>[0] = {}): Scenario {
  const scenario = new Scenario(coreConfig({ venues: [venueConfig({ rateLimits: [bucket] })], ...overrides })).start();
  const id = scenario.submit(Side.Buy, 9_990, 100);
  scenario.accepted(id);
  scenario.emit((_, intents) => {
    intents.submit(0, Side.Buy, 9_991, 100);
    intents.replace(id, 9_980, 100);
    intents.replace(id, 9_975, 100);
    intents.submit(0, Side.Buy, 9_970, 100);
    intents.submit(0, Side.Buy, 9_965, 100);
  });
  return scenario.advance(60 * MS).tick();
}

describe('what may influence State', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('E1: reading State, its gates, its digest and its obligation changes nothing', () => {
    const scenario = busy();
    const { core } = scenario;
    const before = scenario.digest;
    core.gates();
    core.obligation.derive(core.state, new Int8Array(1).fill(-1));
    core.state.saveUndecided(new Float64Array(65_536));
    expect(scenario.digest).toBe(before);
  });

  it('D2: a step runs with every clock, timer and random source out of reach', () => {
    const expected = busy().digest;
    const forbidden = (): never => { throw new Error('D2: the Core reads no clock, timer or random source'); };
    for (const name of [
      'Date',
      'setTimeout',
      'setInterval',
      'setImmediate',
      'queueMicrotask',
      'performance',
      'crypto',
    ]) {
      vi.stubGlobal(name, new Proxy(forbidden, { get: forbidden, construct: forbidden, apply: forbidden }));
    }
    const random = vi.spyOn(Math, 'random').mockImplementation(forbidden);
    const found = busy().digest;
    random.mockRestore();
    expect(found).toBe(expected);
  });

  it('EC1: Queue, inflight and rate capacity are rebuilt by the stream alone', () => {
    const first = busy().core.state.execution;
    const second = busy().core.state.execution;
    expect(first.queue.count).toBeGreaterThan(0);
    expect(second.queue.entries.slice(0, second.queue.count)).toEqual(first.queue.entries.slice(0, first.queue.count));
    expect(second.capacity).toEqual(first.capacity);
  });
});

describe('what the record says', () => {
  it('EC6: which outcomes are recorded is Configuration, and changes no dispatch', () => {
    const all = busy();
    const few = busy({ recordDenied: false, recordClosed: false });
    expect(all.outcomes.map((row) => row.kind)).toContain(Kind.IntentDenied);
    expect(all.outcomes.map((row) => row.kind)).toContain(Kind.IntentClosed);
    expect(wireOf(few.outcomes)).toEqual(wireOf(all.outcomes));
    expect(few.outcomes.every((row) => row.kind === Kind.IntentDispatched)).toBe(true);
  });
});

describe('who may fill the Queue', () => {
  it('R1: an Intent that Risk has not judged is not an AllowedIntent', () => {
    expectTypeOf<AllowedIntent>().toExtend<Intent>();
    expectTypeOf<Intent>().not.toExtend<AllowedIntent>();
  });

  it('R1: a denied Intent leaves no entry', () => {
    const scenario = new Scenario().start().trading(TradingState.Off);
    scenario.submit(Side.Buy, 9_990, 100);
    expect(scenario.denied).toEqual(['TradingOff']);
    expect(scenario.core.state.execution.queue.count).toBe(0);
  });
});
