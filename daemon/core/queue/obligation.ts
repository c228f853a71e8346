// The Control Scheduling Obligation (docs/concepts/time.md, EC7): the earliest moment that State and Configuration
// imply matters. Derived after every step, not an Event, changes nothing. The Runtime waits and injects ControlTime.

import { ControlReason } from '../../event/kinds.ts';
import type { State } from '../state/state.ts';

export class Obligation {
  /** Sequencing Time, ns; Infinity: none. */
  deadline = Infinity;
  reason: number = ControlReason.None;

  /** `starvedAction` per Venue: the Action whose missing tokens ended this step's prefix, or −1. */
  derive(state: State, starvedAction: Int8Array): void {
    this.deadline = Infinity;
    this.reason = ControlReason.None;
    this.consider(state.execution.acknowledgementDeadline(), ControlReason.AcknowledgementOverdue);
    this.consider(state.market.staleDeadline(), ControlReason.FeedStale);
    if (state.execution.queue.count === 0) return;
    for (let v = 0; v < starvedAction.length; v++) {
      if (starvedAction[v]! < 0) continue;
      this.consider(state.execution.capacity[v]!.allowsAt(starvedAction[v]!), ControlReason.RateCapacity);
    }
    this.consider(queueExpiry(state), ControlReason.QueueExpiry);
  }

  private consider(deadline: number, reason: ControlReason): void {
    if (deadline >= this.deadline) return;
    this.deadline = deadline;
    this.reason = reason;
  }
}

/** Entries are in admission order: the first expires first. */
function queueExpiry(state: State): number {
  if (state.config.pendingAgeMax === 0) return Infinity;
  return state.execution.queue.entries[0]!.admittedTime + state.config.pendingAgeMax;
}
