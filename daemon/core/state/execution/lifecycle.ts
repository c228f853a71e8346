// The Order lifecycle as a table (docs/concepts/orders.md, L4): state × trigger → state. Terminal states absorb; what
// may not happen is `ANOMALY`, which leaves the state and asks for reconciliation.

import { OrderState } from '../../../event/kinds.ts';

/** What moves an Order. Closed; order of the columns below. */
export enum OrderTrigger {
  Dispatched = 0,
  Accepted = 1,
  Rejected = 2,
  PartialFill = 3,
  FullFill = 4,
  Cancelled = 5,
}
export const ORDER_TRIGGER_COUNT = 6;
export const ORDER_STATE_COUNT = 7;

/** No move: the report contradicts the Order's state. */
export const ANOMALY = -1;

const S = OrderState;

/** Rows: OrderState. Columns: OrderTrigger. */
export const ORDER_LIFECYCLE: readonly (readonly number[])[] = [
  /* None            */ [S.Submitted, ANOMALY, ANOMALY, ANOMALY, ANOMALY, ANOMALY],
  /* Submitted       */ [ANOMALY, S.Accepted, S.Rejected, S.PartiallyFilled, S.Filled, S.Cancelled],
  /* Accepted        */ [ANOMALY, S.Accepted, ANOMALY, S.PartiallyFilled, S.Filled, S.Cancelled],
  /* PartiallyFilled */ [ANOMALY, S.PartiallyFilled, ANOMALY, S.PartiallyFilled, S.Filled, S.Cancelled],
  /* Filled          */ [ANOMALY, S.Filled, ANOMALY, ANOMALY, ANOMALY, ANOMALY],
  /* Cancelled       */ [ANOMALY, S.Cancelled, ANOMALY, ANOMALY, ANOMALY, S.Cancelled],
  /* Rejected        */ [ANOMALY, ANOMALY, S.Rejected, ANOMALY, ANOMALY, ANOMALY],
];

/** The state after `trigger`, or ANOMALY. */
export function nextOrderState(state: number, trigger: number): number {
  return ORDER_LIFECYCLE[state]![trigger]!;
}

export function isTerminal(state: number): boolean {
  return state >= OrderState.Filled;
}
