// A gateway that began while no daemon was there, under the policy that Orders do not live without one: whenever the Venue
// has said what is open, or could not say, everything is cancelled unless nothing open is ours. It knows no instruments, so
// an Order is only its name, its symbol, and whether it is open. Decides when; sends nothing.

import { VenueOrderStatus } from '../../event/kinds.ts';
import type { StatusFact } from '../../event/order-adapter.ts';
import type { VenueInstrument } from '../../event/venue-session.ts';
import type { DeskContext } from './desk-context.ts';
import type { MassCancel } from './mass-cancel.ts';
import type { OrderLife } from './order-life.ts';
import { UNKNOWN_INSTRUMENT, type DeskOrder } from './order-table.ts';

/** Not found is not among them: what the Venue does not find by a name it may still have. */
const ENDS = new Set([
  VenueOrderStatus.Filled, VenueOrderStatus.Cancelled, VenueOrderStatus.Expired, VenueOrderStatus.Rejected,
]);
const REASON = 'no daemon has come since this gateway began';

export class Alone {
  private readonly context: DeskContext;
  private readonly life: OrderLife;
  private readonly massCancel: MassCancel;
  /** No daemon was heard of in this life. */
  isGoing = false;
  /** Another gateway has the daemon: what is open is that one's. */
  isSecond = false;

  constructor(context: DeskContext, life: OrderLife, massCancel: MassCancel) {
    this.context = context;
    this.life = life;
    this.massCancel = massCancel;
  }

  begin(): void {
    this.isGoing = true;
    this.isSecond = false;
    this.context.log.error('no daemon: what is open at the Venue will be cancelled', { reason: REASON });
  }

  /** A reconciliation ended. What it did not learn may be live. */
  reconciled(isComplete: boolean): void {
    if (!this.isGoing || this.isSecond) return;
    const isLive = this.context.table.live().length > 0;
    if (isComplete && !isLive) return;
    if (!this.massCancel.isWanted) this.massCancel.start(REASON, true);
    // Until the Venue says that nothing is left.
    if (isComplete) this.context.reconcileSoon();
  }

  status(order: DeskOrder, generation: number, { status }: StatusFact): void {
    if (generation < order.generation) return;
    order.generation = generation;
    if (ENDS.has(status)) this.life.end(order, status);
  }

  /** To cancel it by, where cancellations name a symbol. */
  instrumentOf(symbol: string): VenueInstrument {
    return this.isGoing && symbol !== '' ? { ...UNKNOWN_INSTRUMENT, symbol } : UNKNOWN_INSTRUMENT;
  }
}
