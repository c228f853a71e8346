import { describe, expect, it } from 'vitest';
import { IntentState, OrderState } from '../../../event/kinds.ts';
import { INTENT_LIFECYCLE } from '../../intent/lifecycle.ts';
import {
  ANOMALY, isTerminal, nextOrderState, ORDER_LIFECYCLE, ORDER_STATE_COUNT, ORDER_TRIGGER_COUNT, OrderTrigger,
} from './lifecycle.ts';

/** docs/concepts/orders.md, restated edge by edge. Everything not listed is an anomaly. */
const EDGES: readonly [from: OrderState, trigger: OrderTrigger, to: OrderState][] = [
  [OrderState.None, OrderTrigger.Dispatched, OrderState.Submitted],
  [OrderState.Submitted, OrderTrigger.Accepted, OrderState.Accepted],
  [OrderState.Submitted, OrderTrigger.Rejected, OrderState.Rejected],
  [OrderState.Submitted, OrderTrigger.PartialFill, OrderState.PartiallyFilled],
  [OrderState.Submitted, OrderTrigger.FullFill, OrderState.Filled],
  [OrderState.Submitted, OrderTrigger.Cancelled, OrderState.Cancelled],
  [OrderState.Accepted, OrderTrigger.Accepted, OrderState.Accepted],
  [OrderState.Accepted, OrderTrigger.PartialFill, OrderState.PartiallyFilled],
  [OrderState.Accepted, OrderTrigger.FullFill, OrderState.Filled],
  [OrderState.Accepted, OrderTrigger.Cancelled, OrderState.Cancelled],
  [OrderState.PartiallyFilled, OrderTrigger.Accepted, OrderState.PartiallyFilled],
  [OrderState.PartiallyFilled, OrderTrigger.PartialFill, OrderState.PartiallyFilled],
  [OrderState.PartiallyFilled, OrderTrigger.FullFill, OrderState.Filled],
  [OrderState.PartiallyFilled, OrderTrigger.Cancelled, OrderState.Cancelled],
  // Repetitions a Venue may send after the end: absorbed.
  [OrderState.Filled, OrderTrigger.Accepted, OrderState.Filled],
  [OrderState.Cancelled, OrderTrigger.Accepted, OrderState.Cancelled],
  [OrderState.Cancelled, OrderTrigger.Cancelled, OrderState.Cancelled],
  [OrderState.Rejected, OrderTrigger.Rejected, OrderState.Rejected],
];

describe('L4: the Order lifecycle', () => {
  it('has exactly the edges of the model, over every pair of state and trigger', () => {
    for (let state = 0; state < ORDER_STATE_COUNT; state++) {
      for (let trigger = 0; trigger < ORDER_TRIGGER_COUNT; trigger++) {
        const edge = EDGES.find(([from, by]) => from === state && by === trigger);
        const found = `${OrderState[state]} × ${OrderTrigger[trigger]} → ${nextOrderState(state, trigger)}`;
        expect(found).toBe(`${OrderState[state]} × ${OrderTrigger[trigger]} → ${edge?.[2] ?? ANOMALY}`);
      }
    }
  });

  it('never leaves a terminal state', () => {
    for (const [state, row] of ORDER_LIFECYCLE.entries()) {
      if (isTerminal(state)) expect(row.every((next) => next === ANOMALY || next === state)).toBe(true);
    }
  });
});

describe('L2, L5: the Intent lifecycle', () => {
  it('only moves forward and ends in Closed', () => {
    for (const [state, next] of INTENT_LIFECYCLE.entries()) {
      expect(next.every((to) => to > state)).toBe(true);
      expect(next.length === 0).toBe(state === IntentState.Closed);
    }
  });
});
