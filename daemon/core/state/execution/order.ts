// One Order: the facts Events established about it, and the request of ours that the Venue has not answered yet.

import { OrderState } from '../../../event/kinds.ts';
import { isTerminal } from './lifecycle.ts';

/** No request outstanding. Other values of `inflight` are `Action`. */
export const NO_REQUEST = -1;

/** Prices and quantities in the instrument's scaled integers, times in ns since the session's epoch. Pooled: never keep a
 *  reference to a terminal one. */
export class Order {
  id = 0;
  strategy = -1;
  instrument = 0;
  venue = 0;
  side = 0;
  type = 0;
  timeInForce = 0;
  price = 0;
  /** Total, including what is filled. */
  quantity = 0;
  filled = 0;
  state: number = OrderState.None;
  submittedPosition = 0;
  venueOrderIdLow = 0;
  venueOrderIdHigh = 0;
  cancelReason = 0;
  /** Action of the one outstanding request [EC5], or NO_REQUEST. */
  inflight = NO_REQUEST;
  inflightPosition = 0;
  inflightSince = 0;
  /** The outstanding request went unanswered for the Venue's ackTimeout. */
  overdue = false;
  /** What the last REPLACE asked for. */
  requestedPrice = 0;
  requestedQuantity = 0;
  /** The largest total that REPLACEs of unknown outcome may have raised it to; 0: every REPLACE is answered. */
  unansweredQuantity = 0;
  /** Place among the live Orders of its instrument, and among the outstanding requests of its Venue (links; null at the ends). */
  liveIndex = -1;
  previousInflight: Order | null = null;
  nextInflight: Order | null = null;

  get terminal(): boolean {
    return isTerminal(this.state);
  }

  /** What it may fill to, at worst: a REPLACE of unknown outcome may already have raised the quantity. */
  get worstQuantity(): number {
    return this.unansweredQuantity > this.quantity ? this.unansweredQuantity : this.quantity;
  }

  get worstRemaining(): number {
    const total = this.worstQuantity;
    return total > this.filled ? total - this.filled : 0;
  }

  reset(): void {
    this.filled = 0;
    this.state = OrderState.None;
    this.venueOrderIdLow = 0;
    this.venueOrderIdHigh = 0;
    this.cancelReason = 0;
    this.inflight = NO_REQUEST;
    this.inflightPosition = 0;
    this.inflightSince = 0;
    this.overdue = false;
    this.requestedPrice = 0;
    this.requestedQuantity = 0;
    this.unansweredQuantity = 0;
    this.liveIndex = -1;
    this.previousInflight = null;
    this.nextInflight = null;
  }
}
