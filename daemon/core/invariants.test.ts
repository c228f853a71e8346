import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type OutcomeRow, Scenario } from '../test/core-scenario.ts';
import { play, sessionConfig as config, sessions as streams } from '../test/random-session.ts';
import { Action, IntentState, Kind, TradingState } from '../event/kinds.ts';
import { INTENT_LIFECYCLE } from './intent/lifecycle.ts';

describe('over arbitrary streams', () => {
  it('E2, D1: the same stream gives the same outcomes and the same State at every position', () => {
    fc.assert(fc.property(streams, (acts) => {
      const first: string[] = [];
      const second: string[] = [];
      const one = new Scenario(config()).start();
      const two = new Scenario(config()).start();
      play(one, acts, (scenario) => first.push(scenario.digest));
      play(two, acts, (scenario) => second.push(scenario.digest));
      expect(second).toEqual(first);
      expect(two.outcomes).toEqual(one.outcomes);
    }), { numRuns: 40 });
  });

  it('EC5: a request leaves only when none is outstanding, when the Event at hand answers it, or as a CANCEL past an overdue one', () => {
    fc.assert(fc.property(streams, (acts) => {
      const scenario = new Scenario(config()).start();
      let before = new Set<number>();
      play(scenario, acts, () => {
        noteOverdue(scenario);
        const { event } = scenario.core;
        const answered = event.kind >= Kind.OrderAccepted && event.kind <= Kind.OrderStatusReport ? event.orderId : 0;
        for (const row of scenario.last.filter(dispatched)) {
          if (!before.has(row.orderId) || row.orderId === answered) continue;
          expect([row.action, overdue.has(row.orderId)]).toEqual([Action.Cancel, true]);
        }
        before = outstanding(scenario);
      });
      overdue.clear();
    }), { numRuns: 60 });
  });

  it('EC4: at most one queued command per Order id, and none for an Order that ended', () => {
    fc.assert(fc.property(streams, (acts) => {
      play(new Scenario(config()).start(), acts, ({ core }) => {
        const { queue, orders } = core.state.execution;
        const ids = queue.entries.slice(0, queue.count).map((entry) => entry.orderId);
        expect(new Set(ids).size).toBe(ids.length);
        for (const id of ids) expect(orders.get(id)?.terminal ?? false).toBe(false);
      });
    }), { numRuns: 60 });
  });

  it('LIV-6: while killed, or trading is off, only cancels and reductions leave', () => {
    fc.assert(fc.property(streams, (acts) => {
      const scenario = new Scenario(config()).start();
      play(scenario, acts, () => {
        const { control } = scenario.core.state;
        if (!control.killed && control.trading === TradingState.On) return;
        expect(scenario.last.filter(dispatched).filter((row) => row.action === Action.New)).toEqual([]);
      });
    }), { numRuns: 60 });
  });

  it('EC3: every allowed command ends once: dispatched, closed, or still queued', () => {
    fc.assert(fc.property(streams, (acts) => {
      const scenario = new Scenario(config()).start();
      play(scenario, acts);
      const sent = scenario.outcomes.filter((row) => dispatched(row) && row.action === Action.New).map((row) => row.orderId);
      expect(new Set(sent).size).toBe(sent.length);
      const closed = scenario.outcomes.filter((row) => row.kind === Kind.IntentClosed && row.action === Action.New);
      expect(closed.filter((row) => sent.includes(row.orderId))).toEqual([]);
    }), { numRuns: 60 });
  });

  it('L2, L3, L5: what is recorded of a NEW walks the Intent lifecycle, and its Order begins where it is dispatched', () => {
    fc.assert(fc.property(streams, (acts) => {
      const states = new Map<number, IntentState>();
      play(new Scenario(config({ terminalOrdersMax: 200 })).start(), acts, (scenario) => {
        for (const row of scenario.last.filter(({ action }) => action === Action.New)) walk(states, row);
        for (const [id, state] of states) {
          expect(scenario.core.state.execution.orders.get(id) !== undefined).toBe(state === IntentState.Inflight);
        }
      });
    }), { numRuns: 150 });
  });
});

/** Where the record leaves a NEW, and what it passed on the way there. */
const WALKS: Readonly<Record<number, readonly IntentState[]>> = {
  [Kind.IntentDenied]: [IntentState.PolicyDecided, IntentState.Closed],
  [Kind.IntentClosed]: [IntentState.PolicyDecided, IntentState.PendingDispatch, IntentState.Closed],
  [Kind.IntentDispatched]: [
    IntentState.PolicyDecided, IntentState.PendingDispatch, IntentState.Dispatched, IntentState.Inflight,
  ],
};

function walk(states: Map<number, IntentState>, { kind, orderId }: OutcomeRow): void {
  for (const next of WALKS[kind] ?? []) {
    const state = states.get(orderId) ?? IntentState.Generated;
    expect(INTENT_LIFECYCLE[state], `${IntentState[state]} → ${IntentState[next]} of Order ${orderId}`).toContain(next);
    states.set(orderId, next);
  }
}

function dispatched(row: OutcomeRow): boolean {
  return row.kind === Kind.IntentDispatched;
}

function outstanding(scenario: Scenario): Set<number> {
  const { orders } = scenario.core.state.execution;
  const ids = new Set<number>();
  for (let i = 0; i < orders.liveCount[0]!; i++) if (orders.liveAt(0, i).inflight >= 0) ids.add(orders.liveAt(0, i).id);
  return ids;
}

/** Orders whose request was overdue at some point: the Core said so when it happened. */
const overdue = new Set<number>();

function noteOverdue({ core }: Scenario): void {
  for (let i = 0; i < core.overdueCount; i++) overdue.add(core.overdue[i]!);
}
