// Whether a request may leave for the Venue now, and if not, the definitive refusal the daemon gets instead. A refusal here
// means that nothing left: the daemon may rely on it. CANCELs pass wherever the Venue may still take one.

import { RejectReason } from '../../event/kinds.ts';

interface Refusal { readonly reason: RejectReason; readonly message: string }

/** A CANCEL waits for this long at most before it is refused instead. */
export const PARKED_NS_MAX = 10e9;

export class Gate {
  /** The adapter takes requests. */
  isReady = false;
  /** Since when; of the last time it became ready, ns. */
  readySince = Infinity;
  /** The first time it became ready: what an earlier process sent is older. */
  firstReadyAt = Infinity;
  /** What the Venue has was told since it became ready: new Orders may leave. */
  isReconciled = false;
  /** Why no new Order will ever be taken; '' : none. Only a restart clears it: an operator has to act. */
  fatal = '';
  /** Nothing but CANCELs may be sent before; ns. */
  holdUntil = -Infinity;
  /** No CANCEL either: the Venue limited one. */
  cancelHoldUntil = -Infinity;

  ready(now: number): void {
    this.isReady = true;
    this.isReconciled = false;
    this.readySince = now;
    this.firstReadyAt = Math.min(this.firstReadyAt, now);
  }

  unready(): void {
    this.isReady = false;
    this.isReconciled = false;
  }

  /** `isOfCancel`: a cancellation was limited. What limits orders or questions mostly leaves cancellations free. */
  hold(now: number, milliseconds: number, isOfCancel: boolean): void {
    const until = now + milliseconds * 1e6;
    this.holdUntil = Math.max(this.holdUntil, until);
    if (isOfCancel) this.cancelHoldUntil = Math.max(this.cancelHoldUntil, until);
  }

  isHeld(now: number): boolean {
    return now < this.holdUntil;
  }

  isCancelHeld(now: number): boolean {
    return now < this.cancelHoldUntil;
  }

  /** For NEW and REPLACE. */
  refusal(now: number): Refusal | null {
    if (this.fatal !== '') return { reason: RejectReason.VenueUnavailable, message: `order entry is closed: ${this.fatal}` };
    if (!this.isReady) return { reason: RejectReason.NotTransmitted, message: 'no authenticated connection to the Venue' };
    if (!this.isReconciled) {
      return { reason: RejectReason.NotTransmitted, message: 'the Venue is being asked for open orders and executions first' };
    }
    return this.isHeld(now) ? limited(this.holdUntil - now) : null;
  }

  /** For CANCEL: only what makes sending impossible. */
  cancelRefusal(now: number): Refusal | null {
    if (!this.isReady) return { reason: RejectReason.NotTransmitted, message: 'no authenticated connection to the Venue' };
    const wait = this.cancelHoldUntil - now;
    return wait > PARKED_NS_MAX ? limited(wait) : null;
  }
}

function limited(waitNs: number): Refusal {
  return { reason: RejectReason.RateLimited, message: `the Venue limits requests for another ${Math.ceil(waitNs / 1e6)} ms` };
}
