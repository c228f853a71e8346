// Whether a request may leave for the Venue now, and if not, the definitive refusal the daemon gets instead. A refusal here
// means that nothing left: the daemon may rely on it. CANCELs pass wherever the Venue may still take one.

import { RejectReason } from '../../event/kinds.ts';

export interface Refusal { readonly reason: RejectReason; readonly message: string }

/** A CANCEL waits for this long at most before it is refused instead. */
export const PARKED_NS_MAX = 10e9;

export class Gate {
  /** The adapter takes requests. */
  isReady = false;
  /** Since when; of the last time it became ready, ns. */
  readySince = Infinity;
  /** What the Venue has was told since it became ready: new Orders may leave. */
  isReconciled = false;
  /** Why no new Order will ever be taken; '' : none. Only a restart clears it: an operator has to act. */
  fatal = '';
  /** Nothing may be sent before; ns. */
  holdUntil = -Infinity;

  ready(now: number): void {
    this.isReady = true;
    this.isReconciled = false;
    this.readySince = now;
  }

  unready(): void {
    this.isReady = false;
    this.isReconciled = false;
  }

  hold(now: number, milliseconds: number): void {
    this.holdUntil = Math.max(this.holdUntil, now + milliseconds * 1e6);
  }

  isHeld(now: number): boolean {
    return now < this.holdUntil;
  }

  /** For NEW and REPLACE. */
  refusal(now: number): Refusal | null {
    if (this.fatal !== '') return { reason: RejectReason.VenueUnavailable, message: `order entry is closed: ${this.fatal}` };
    if (!this.isReady) return { reason: RejectReason.NotTransmitted, message: 'no authenticated connection to the Venue' };
    if (!this.isReconciled) {
      return { reason: RejectReason.NotTransmitted, message: 'the Venue is being asked for open orders and executions first' };
    }
    return this.held(now);
  }

  /** For CANCEL: only what makes sending impossible. */
  cancelRefusal(now: number): Refusal | null {
    if (!this.isReady) return { reason: RejectReason.NotTransmitted, message: 'no authenticated connection to the Venue' };
    return this.holdUntil - now > PARKED_NS_MAX ? this.held(now) : null;
  }

  private held(now: number): Refusal | null {
    if (!this.isHeld(now)) return null;
    const message = `the Venue limits requests for another ${Math.ceil((this.holdUntil - now) / 1e6)} ms`;
    return { reason: RejectReason.RateLimited, message };
  }
}
