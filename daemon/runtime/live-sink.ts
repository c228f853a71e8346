// The Core's sink in a live session: appends each outcome to the journal and remembers where dispatches stand, for
// transmission. During recovery it stands in front of the replay until the journal's end is reached. Owns no rules.

import type { NativeSink } from '../binding/addon.ts';
import { Counter } from '../event/counters.ts';
import { Slot } from '../event/generated/view_generated.ts';
import { Kind } from '../event/kinds.ts';

/** Dispatches one step can make: every live Order cancelled, and the Intents of the step. */
const POSITIONS_INITIAL = 1024;

export class LiveSink {
  /** Positions of the IntentDispatched of this step. */
  positions: Float64Array;
  dispatchCount: number;
  private target: NativeSink;
  private readonly outcome: Float64Array;
  private readonly counters: Float64Array;

  constructor(target: NativeSink, outcome: Float64Array, counters: Float64Array) {
    this.positions = new Float64Array(POSITIONS_INITIAL);
    this.dispatchCount = 0;
    this.target = target;
    this.outcome = outcome;
    this.counters = counters;
  }

  /** From here on outcomes go to `target`. */
  redirect(target: NativeSink): void {
    this.target = target;
  }

  begin(): void {
    this.dispatchCount = 0;
  }

  appendOutcome(): number {
    const position = this.target.appendOutcome();
    if (position < 0) return position;
    const outcome = this.outcome;
    const kind = outcome[Slot.Kind];
    if (kind === Kind.IntentDispatched) {
      if (this.dispatchCount === this.positions.length) this.grow();
      this.positions[this.dispatchCount] = position;
      this.dispatchCount += 1;
    } else if (kind === Kind.IntentDenied) {
      this.counters[Counter.IntentsDenied] += 1;
      this.counters[Counter.DeniedReason0 + outcome[Slot.Reason]] += 1;
    } else if (kind === Kind.IntentClosed) {
      this.counters[Counter.IntentsClosed] += 1;
      this.counters[Counter.ClosedReason0 + outcome[Slot.Reason]] += 1;
    }
    return position;
  }

  private grow(): void {
    const larger = new Float64Array(this.positions.length * 2);
    larger.set(this.positions);
    this.positions = larger;
  }
}
