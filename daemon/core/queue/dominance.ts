// Dominance (docs/concepts/intents-and-queue.md): which command of an Order id stays effective when an allowed Intent
// meets unsent work, as a table [EC4]. Dispatched work is immune: it is not in the Queue any more.

import { Action } from '../../event/kinds.ts';

/** What admission does. */
export enum Admission {
  /** The incoming command becomes a new entry. */
  Append = 0,
  /** The incoming command takes the entry over; the displaced one is superseded. */
  Supersede = 1,
  /** The incoming command is dropped. */
  Drop = 2,
}

/** Row of "nothing pending". */
export const NOTHING_PENDING = 3;

/** Rows: pending Action, or NOTHING_PENDING. Columns: incoming Action (New, Replace, Cancel). */
const DOMINANCE: readonly (readonly Admission[])[] = [
  /* NEW     */ [Admission.Supersede, Admission.Supersede, Admission.Supersede],
  /* REPLACE */ [Admission.Drop, Admission.Supersede, Admission.Supersede],
  /* CANCEL  */ [Admission.Drop, Admission.Drop, Admission.Supersede],
  /* nothing */ [Admission.Append, Admission.Append, Admission.Append],
];

export function dominance(pending: Action | typeof NOTHING_PENDING, incoming: Action): Admission {
  return DOMINANCE[pending]![incoming]!;
}
