// The Core's sink in a live session: appends each outcome to the journal and remembers where dispatches stand, for
// transmission. During recovery it stands in front of the replay until the journal's end is reached. Owns no rules.

import type { NativeSink, NativeWriter } from '../binding/addon.ts';
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
  private writer: NativeWriter | null;
  /** Frames of the writer that are in use. */
  private windowCount: number;
  /** Copies of the step's earlier frames, for a step that dispatches more than the writer keeps. */
  private readonly held: Uint8Array[];
  private heldCount: number;
  private readonly outcome: Float64Array;
  private counters: Float64Array;

  constructor(target: NativeSink, outcome: Float64Array, counters: Float64Array) {
    this.positions = new Float64Array(POSITIONS_INITIAL);
    this.dispatchCount = 0;
    this.target = target;
    this.writer = null;
    this.windowCount = 0;
    this.held = [];
    this.heldCount = 0;
    this.outcome = outcome;
    this.counters = counters;
  }

  /** From here on outcomes go to `writer` and count. */
  redirect(writer: NativeWriter, counters: Float64Array): void {
    this.counters = counters;
    this.target = writer;
    this.writer = writer;
    this.begin();
  }

  /** Before a step. */
  begin(): void {
    this.dispatchCount = 0;
    this.windowCount = 0;
    this.heldCount = 0;
    this.writer?.resetDispatches();
  }

  /** The i-th IntentDispatched of this step, as recorded; valid until the next step. */
  frame(i: number): Uint8Array {
    return i < this.heldCount ? this.held[i] : this.writer!.dispatchFrames[i - this.heldCount];
  }

  appendOutcome(): number {
    const outcome = this.outcome;
    const kind = outcome[Slot.Kind];
    if (kind === Kind.IntentDispatched) this.makeRoom();
    const position = this.target.appendOutcome();
    if (position < 0) return position;
    if (kind === Kind.IntentDispatched) {
      if (this.dispatchCount === this.positions.length) this.grow();
      this.positions[this.dispatchCount] = position;
      this.dispatchCount += 1;
      this.windowCount += 1;
    } else if (kind === Kind.IntentDenied) {
      this.counters[Counter.IntentsDenied] += 1;
      this.counters[Counter.DeniedReason0 + outcome[Slot.Reason]] += 1;
    } else if (kind === Kind.IntentClosed) {
      this.counters[Counter.IntentsClosed] += 1;
      this.counters[Counter.ClosedReason0 + outcome[Slot.Reason]] += 1;
    }
    return position;
  }

  /** The writer keeps a fixed number of frames; a kill switch over hundreds of Orders dispatches more in one step. */
  private makeRoom(): void {
    const writer = this.writer;
    if (writer === null || this.windowCount < writer.dispatchFrames.length) return;
    for (let i = 0; i < this.windowCount; i += 1) this.held[this.heldCount + i] = new Uint8Array(writer.dispatchFrames[i]);
    this.heldCount += this.windowCount;
    this.windowCount = 0;
    writer.resetDispatches();
  }

  private grow(): void {
    const larger = new Float64Array(this.positions.length * 2);
    larger.set(this.positions);
    this.positions = larger;
  }
}
