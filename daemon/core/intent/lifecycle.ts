// The Intent lifecycle (docs/concepts/intents-and-queue.md): a machine of its own, never merged with the Order's [L2],
// that only moves forward [L5]. The Core walks it implicitly, stage by stage; this table is what the stages must agree
// with.

import { IntentState } from '../../event/kinds.ts';

const S = IntentState;

/** For each state, the states it may go to. Closed is final. */
export const INTENT_LIFECYCLE: readonly (readonly number[])[] = [
  /* Generated       */ [S.PolicyDecided],
  /* PolicyDecided   */ [S.PendingDispatch, S.Closed],
  /* PendingDispatch */ [S.Dispatched, S.Closed],
  /* Dispatched      */ [S.Inflight, S.Closed],
  /* Inflight        */ [S.Closed],
  /* Closed          */ [],
];
