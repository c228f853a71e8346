// Moves the gateway's copy of an Order by what the Venue said, and tells the daemon: each execution with its id, each end
// once, nothing that is mere noise. Facts may come twice, in any order, and before the answer to the request that caused
// them. A fact that contradicts what is known is never believed at once: the Venue is asked.

import { CancelReason, RejectReason, VenueOrderStatus } from '../../event/kinds.ts';
import type {
  AcceptedFact, CancelledFact, FilledFact, RejectedFact, ReplacedFact,
} from '../../event/order-adapter.ts';
import type { DeskContext } from './desk-context.ts';
import { scaleExact, type Standing } from './facts.ts';
import type { DeskOrder } from './order-table.ts';

/** The Venue's streams are not ordered among each other: what contradicts may only be early. */
const CONTRADICTION_DELAY_NS = 500e6;
/** Ids of executions told on this link. More only means that repetitions are told again. */
const TOLD_MAX = 65_536;

export class OrderLife {
  private readonly context: DeskContext;
  /** Executions told since the link to the daemon came up: it has them. */
  private readonly told = new Set<string>();
  /** Reconciliation repeats executions by the thousand; those that this link carried are left out meanwhile. */
  isRepeating = false;

  constructor(context: DeskContext) {
    this.context = context;
  }

  /** A new link: the daemon may have missed anything. */
  forgetTold(): void {
    this.told.clear();
    for (const order of this.context.table.live()) {
      if (order.isGrown) order.untoldFrom = this.context.now;
    }
  }

  accepted(order: DeskOrder, generation: number, fact: AcceptedFact): void {
    if (generation > order.generation) return this.moveOn(order, generation, fact.eventTime);
    if (generation < order.generation || order.end !== null) return;
    this.acknowledge(order, fact.eventTime);
  }

  /** The Venue has the Order. Told once. */
  acknowledge(order: DeskOrder, eventTime: bigint): void {
    if (!order.isAccepted) this.context.teller.accepted(order, eventTime);
    this.isTaken(order);
  }

  replaced(order: DeskOrder, generation: number, fact: ReplacedFact): void {
    if (generation > order.generation) return this.moveOn(order, generation, fact.eventTime);
    if (generation < order.generation || order.end !== null) return;
    const { priceScale, quantityScale } = order.instrument;
    const price = fact.price === '' ? order.price : scaleExact(fact.price, priceScale);
    const quantity = fact.quantity === '' ? order.quantity : this.totalOf(order, scaleExact(fact.quantity, quantityScale));
    if (!order.isDescribed || Number.isNaN(price) || Number.isNaN(quantity)) {
      this.context.note('inexact replacement', `${fact.quantity}@${fact.price} of ${fact.name.clientOrderId}`);
      this.context.doubt(order, 0);
      return;
    }
    // What it stands at already answers nothing: it may be said of an earlier REPLACE.
    if (order.price === price && order.quantity === quantity) return;
    // So does what it stood at before, unless it is asked for again.
    if (order.hasLeft(price, quantity) && !isAskedFor(order, price, quantity)) this.context.doubt(order, CONTRADICTION_DELAY_NS);
    else this.stand(order, price, quantity, fact.eventTime);
  }

  /** Said as the total that was asked for, or of the order at the Venue, which may be a later generation with less to fill. */
  private totalOf(order: DeskOrder, quantity: number): number {
    const work = order.work?.request;
    const isTotal = quantity === order.quantity || (work?.what === 'replace' && work.quantity === quantity);
    return isTotal ? quantity : order.carried(order.generation) + quantity;
  }

  /** The Order stands at this price and total: told unless it is known and no REPLACE waits for just that. */
  stand(order: DeskOrder, price: number, quantity: number, eventTime: bigint): void {
    const answers = isAskedFor(order, price, quantity);
    if (!answers && order.price === price && order.quantity === quantity) return;
    order.stand(price, quantity);
    order.changedAt = this.context.now;
    this.tellStanding(order, order, eventTime);
    if (answers) this.settle(order);
    this.endIfFull(order);
  }

  /** Remembered where nobody hears it: said again before anything that follows from it. */
  tellStanding(order: DeskOrder, standing: Standing, eventTime: bigint): void {
    this.context.teller.replaced(order, standing, eventTime);
    order.untoldFrom = this.context.teller.isOpen ? Infinity : this.context.now;
  }

  /** What the daemon may have missed. */
  catchUp(order: DeskOrder): void {
    if (order.untoldFrom <= this.context.now && this.context.teller.isOpen) this.tellStanding(order, order, 0n);
  }

  /** A REPLACE made a new order: whatever the old one still says is of the past. */
  moveOn(order: DeskOrder, generation: number, eventTime: bigint): void {
    const { work } = order;
    if (order.end !== null) {
      this.context.note('order alive after its end', `generation ${generation} of Order ${order.orderId}`);
      this.context.reconcileSoon();
    }
    order.generation = generation;
    order.changedAt = this.context.now;
    order.heldCancel = null;
    order.isAccepted = true;
    if (order.doubt !== null) order.doubt.generation = generation;
    if (work?.request.what !== 'replace') {
      this.context.doubt(order, 0);
      return;
    }
    // What slipped in between the request and the cancellation of the old order comes on top.
    const slipped = order.carried(generation) - work.filled;
    order.stand(work.request.price, work.request.quantity + slipped);
    order.isGrown = slipped > 0;
    this.tellStanding(order, order, eventTime);
    this.settle(order);
  }

  cancelled(order: DeskOrder, generation: number, fact: CancelledFact): void {
    if (generation < order.generation || order.end !== null) return;
    if (order.work?.request.what === 'replace') {
      order.heldCancel = fact;
      return;
    }
    this.context.teller.cancelled(order.orderId, fact.reason, fact.eventTime);
    this.end(order, fact.reason === CancelReason.Expired ? VenueOrderStatus.Expired : VenueOrderStatus.Cancelled);
  }

  /** The REPLACE came to nothing: a cancellation that might have been part of it was one. */
  releaseCancel(order: DeskOrder): void {
    const { heldCancel } = order;
    order.heldCancel = null;
    if (heldCancel !== null) this.cancelled(order, order.generation, heldCancel);
  }

  rejected(order: DeskOrder, generation: number, fact: RejectedFact): void {
    if (generation !== order.generation || order.end !== null) return;
    if (order.isAccepted || order.filled > 0) {
      this.context.note('rejection of an accepted Order', `${fact.name.clientOrderId}: ${fact.message}`);
      this.context.doubt(order, 0);
      return;
    }
    this.context.teller.rejected('submit', order.orderId, fact.reason, fact.message, fact.eventTime);
    this.end(order, VenueOrderStatus.Rejected);
  }

  filled(order: DeskOrder, generation: number, fact: FilledFact): void {
    const fill = this.context.teller.scale(fact, order.instrument);
    if (fill === null) {
      this.context.note('inexact execution', `${fact.quantity}@${fact.price}, execution ${fact.executionId} of Order ${order.orderId}`);
      this.context.doubt(order, 0);
      return;
    }
    if (fill.lostFees.length > 0) this.context.note('fee not told', `${fill.lostFees.join(', ')} of execution ${fact.executionId}`);
    if (generation > order.generation) this.moveOn(order, generation, fact.eventTime);
    const isNew = !order.executions.has(fact.executionId);
    if (isNew) {
      if (order.end === null) this.grow(order, generation, fill.quantity, fact.eventTime);
      order.executions.add(fact.executionId);
      order.fill(generation, fill.quantity);
      this.context.statistics.fills += 1;
    }
    this.tell(order, fact, fill);
    if (!isNew || order.end !== null) return;
    this.isTaken(order);
    this.endIfFull(order);
  }

  private tell(order: DeskOrder, fact: FilledFact, fill: NonNullable<ReturnType<DeskContext['teller']['scale']>>): void {
    if (this.isRepeating && this.told.has(fact.executionId)) return;
    if (this.told.size >= TOLD_MAX) this.told.clear();
    if (this.context.teller.isOpen) this.told.add(fact.executionId);
    this.catchUp(order);
    this.context.teller.filled(order, fact, fill);
  }

  /**
   * A fill of an earlier generation, not counted when the new order was made: in all there is that much more. Or one from
   * before a REPLACE to less. Told before the fill, which might otherwise look like the last, or like one too many.
   */
  private grow(order: DeskOrder, generation: number, quantity: number, eventTime: bigint): void {
    if (!order.isDescribed) return;
    const filled = order.filled + quantity;
    const isLate = generation === order.generation && filled > order.quantity && order.mayHaveFilled(filled);
    if (generation >= order.generation && !isLate) return;
    order.stand(order.price, isLate ? filled : order.quantity + quantity);
    order.isGrown = true;
    this.tellStanding(order, order, eventTime);
  }

  /** Nothing else of it can be outstanding when it has filled whole, unless a REPLACE may have raised it. */
  private endIfFull(order: DeskOrder): void {
    if (!order.isDescribed || order.end !== null || order.filled < order.quantity) return;
    if (order.work?.request.what !== 'replace') this.end(order, VenueOrderStatus.Filled);
  }

  private isTaken(order: DeskOrder): void {
    order.isAccepted = true;
    if (order.work?.request.what === 'submit') this.settle(order);
  }

  /** The NEW or REPLACE is answered. */
  settle(order: DeskOrder): void {
    this.context.requests.end(order.work);
    order.work = null;
    if (order.cancel === null) order.doubt = null;
    this.endIfFull(order);
  }

  end(order: DeskOrder, status: VenueOrderStatus): void {
    if (order.end !== null) return;
    const { requests, table } = this.context;
    requests.end(order.work);
    requests.end(order.cancel);
    order.work = null;
    order.cancel = null;
    order.heldCancel = null;
    order.doubt = null;
    order.end = status;
    if (this.context.teller.isOpen) order.untoldFrom = Infinity;
    order.changedAt = this.context.now;
    table.retire(order);
  }

  /** The Venue refused a request for an Order that we believe live: it knows of an end that has not reached us. */
  lookAfter(order: DeskOrder, reason: RejectReason): void {
    if (reason === RejectReason.UnknownOrder || reason === RejectReason.OrderTerminal) {
      this.context.doubt(order, CONTRADICTION_DELAY_NS);
    }
  }
}

/** The unanswered REPLACE asked for just this. */
function isAskedFor({ work }: DeskOrder, price: number, quantity: number): boolean {
  return work?.request.what === 'replace' && work.request.price === price && work.request.quantity === quantity;
}
