// What one report of the Venue about one Order decides, as a pure function: what is known here, what was reported, and
// whether anything unanswered may still take effect. Unknown is never taken for rejected.

import { VenueOrderStatus } from '../../event/kinds.ts';
import type { StatusView } from './facts.ts';
import type { DeskOrder } from './order-table.ts';

export enum Verdict {
  /** The report stands, and what was unanswered took effect or never will need to. */
  Tell,
  /** The report stands, and what was unanswered came to nothing: it can no longer take effect. */
  Untaken,
  /** Nothing can be said yet. */
  Wait,
  /** The Venue counts executions that have not reached us: they come first. */
  FillsMissing,
  /** The order ended, and a REPLACE may have made another: that one has to be asked for. */
  NextGeneration,
}

/** `isSettled`: every unanswered request is too old to take effect. `mayHaveNext`: an unseen generation is possible. */
interface Circumstances {
  readonly isSettled: boolean;
  readonly mayHaveNext: boolean;
}

export function judge(order: DeskOrder, view: StatusView, { isSettled, mayHaveNext }: Circumstances): Verdict {
  if (view.filled > order.filled) return Verdict.FillsMissing;
  switch (view.status) {
    case VenueOrderStatus.Open: return judgeOpen(order, view, isSettled);
    case VenueOrderStatus.Filled: return order.filled < view.quantity ? Verdict.FillsMissing : Verdict.Tell;
    case VenueOrderStatus.Cancelled: case VenueOrderStatus.Expired:
      return mayHaveNext ? Verdict.NextGeneration : Verdict.Tell;
    case VenueOrderStatus.Rejected: return Verdict.Tell;
    case VenueOrderStatus.NotFound:
      // A Venue that acknowledged an Order or filled it has it, whatever its history says now.
      return isSettled && !order.isAccepted && order.filled === 0 ? Verdict.Tell : Verdict.Wait;
    default: return Verdict.Wait;
  }
}

function judgeOpen(order: DeskOrder, view: StatusView, isSettled: boolean): Verdict {
  const { work, cancel } = order;
  const asked = work?.request.what === 'replace' ? work.request : null;
  const isAsAsked = asked !== null && asked.price === view.price && asked.quantity === view.quantity;
  // Asked for what it stood at already: the report may be from before, and the REPLACE may yet make a new order.
  const isUnchanged = isAsAsked && asked.price === order.price && asked.quantity === order.quantity;
  const isUndecided = cancel !== null || (asked !== null && (!isAsAsked || isUnchanged));
  if (!isUndecided) return Verdict.Tell;
  if (!isSettled) return Verdict.Wait;
  return cancel === null && isUnchanged ? Verdict.Tell : Verdict.Untaken;
}

/** Ended before it was full, as an order does that a REPLACE makes a new one of. */
export function isCutShort(status: VenueOrderStatus): boolean {
  return status === VenueOrderStatus.Cancelled || status === VenueOrderStatus.Expired;
}
