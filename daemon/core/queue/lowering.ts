// Lowering (docs/concepts/intents-and-queue.md): what an effective command means on the wire, given whether the Order
// lives at the Venue and whether the entry displaced an unsent NEW. Pure.

import { Action } from '../../event/kinds.ts';

export enum Wire {
  SendNew = 0,
  /** The base NEW with the replaced price and quantity. */
  SendAmendedNew = 1,
  SendReplace = 2,
  SendCancel = 3,
  /** Nothing leaves; NEW and CANCEL end together. */
  Annihilate = 4,
  CloseNoTarget = 5,
  /** Risk keeps this from happening: a NEW for an Order that already lives. */
  Impossible = 6,
}

/** Rows: Action. Columns: live Order; no live Order but base; neither. */
const LOWERING: readonly (readonly Wire[])[] = [
  /* NEW     */ [Wire.Impossible, Wire.SendNew, Wire.SendNew],
  /* REPLACE */ [Wire.SendReplace, Wire.SendAmendedNew, Wire.CloseNoTarget],
  /* CANCEL  */ [Wire.SendCancel, Wire.Annihilate, Wire.CloseNoTarget],
];

export function lowering(effective: Action, live: boolean, hasBase: boolean): Wire {
  return LOWERING[effective]![live ? 0 : hasBase ? 1 : 2]!;
}
