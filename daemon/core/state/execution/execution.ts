// The Execution domain: Orders, fills, positions, money, and the Execution Control substate (Queue, outstanding requests,
// rate capacity). Each method applies one kind of Event; nothing else moves this State [E1, L4].

import type { DigestFold } from '../../../base/digest-fold.ts';
import type { EventView } from '../../../event/event-view.ts';
import { BALANCE_STRIDE, POSITION_STRIDE } from '../../../event/event-view.ts';
import { Action, CancelReason, OrderState, RejectReason, Source, VenueOrderStatus } from '../../../event/kinds.ts';
import type { CoreConfig } from '../../config.ts';
import { ExecutionIds } from './executions.ts';
import { ANOMALY, nextOrderState, OrderTrigger } from './lifecycle.ts';
import { Money } from './money.ts';
import { NO_REQUEST, type Order } from './order.ts';
import { Orders } from './orders.ts';
import { Positions } from './positions.ts';
import { QueueState } from './queue-state.ts';
import { RateCapacity } from './rate-limit.ts';

const EXECUTION_ID_BITS = 16;
/** price × quantity beyond this is no fill a Venue could mean; it is an anomaly, not arithmetic. */
const PLAUSIBLE_NOTIONAL_MAX = 2 ** 90;
const POSITION_MAX = 2 ** 50;

/** What an Event was found to be, beyond moving State. A closed set; counted, logged, and reason for reconciliation. */
export enum Anomaly {
  None = 0,
  Duplicate = 1,
  Orphan = 2,
  OutOfState = 3,
  LateFill = 4,
  Overfill = 5,
  Implausible = 6,
  StatusDiffers = 7,
}

export class Execution {
  config: CoreConfig;
  readonly orders: Orders;
  readonly positions: Positions;
  readonly money: Money;
  readonly queue: QueueState;
  readonly capacity: readonly RateCapacity[];
  readonly executionIds: ExecutionIds;
  /** Per Venue: anomalies since the session began, duplicates and orphans included. */
  readonly anomalies: Int32Array;
  /** Per Venue × instrument: quantity the Venue last reported; NaN until it did. */
  readonly reportedPositions: Float64Array;
  /** What the last Event was; of one step, not State. */
  lastAnomaly: Anomaly = Anomaly.None;
  /** The Order the last Event moved, or null; of one step, not State. */
  lastOrder: Order | null = null;

  constructor(config: CoreConfig) {
    this.config = config;
    this.orders = new Orders(config);
    this.executionIds = new ExecutionIds(EXECUTION_ID_BITS, this.orders);
    this.positions = new Positions(config);
    this.money = new Money(config);
    this.queue = new QueueState(config);
    this.capacity = config.venues.map((venue) => new RateCapacity(venue.rateLimits));
    this.anomalies = new Int32Array(config.venues.length);
    this.reportedPositions = new Float64Array(config.instruments.length).fill(Number.NaN);
  }

  beginEvent(): void {
    this.lastAnomaly = Anomaly.None;
    this.lastOrder = null;
  }

  reconfigure(config: CoreConfig, now: number): void {
    this.config = config;
    for (let v = 0; v < this.capacity.length; v++) this.capacity[v]!.reconfigure(config.venues[v]!.rateLimits, now);
  }

  // ── outcomes ──────────────────────────────────────────────────────────────

  /** L3: the Order begins at the position of its first IntentDispatched. */
  applyDispatched(event: EventView): void {
    this.capacity[event.venue]!.take(event.action, event.time);
    let order = this.orders.get(event.orderId);
    if (event.action === Action.New) {
      order = this.orders.open(event.orderId, event.instrument);
      submit(order, event);
    }
    if (order === undefined) return this.note(event.venue, Anomaly.Orphan);
    if (event.action !== Action.New) this.orders.endRequest(order);
    this.orders.beginRequest(order, event.action, event.position, event.time);
    if (event.action !== Action.Replace) return;
    order.requestedPrice = event.price;
    order.requestedQuantity = event.quantity;
    if (event.quantity > order.unansweredQuantity) order.unansweredQuantity = event.quantity;
  }

  // ── Execution Events ──────────────────────────────────────────────────────

  applyAccepted(event: EventView): void {
    const order = this.find(event);
    if (order === null) return;
    this.attach(order, event);
    if (!this.move(order, OrderTrigger.Accepted)) return;
    if (order.inflight === Action.New) this.orders.endRequest(order);
  }

  applyRejected(event: EventView): void {
    const order = this.find(event);
    if (order !== null) this.move(order, OrderTrigger.Rejected);
  }

  applyCancelled(event: EventView): void {
    const order = this.find(event);
    if (order === null || !this.move(order, OrderTrigger.Cancelled)) return;
    order.cancelReason = event.reason;
  }

  applyReplaced(event: EventView): void {
    const order = this.find(event);
    if (order === null) return;
    this.attach(order, event);
    if (order.terminal) return this.note(order.venue, Anomaly.OutOfState);
    if (order.state === OrderState.Submitted) this.move(order, OrderTrigger.Accepted);
    // A gateway says again how an Order stands after a lost link or a restart: that answers no REPLACE.
    const isRepetition = event.price === order.price && event.quantity === order.quantity;
    if (isRepetition && order.unansweredQuantity > 0 && !isAsRequested(order, event)) return;
    order.price = event.price;
    order.quantity = event.quantity;
    order.unansweredQuantity = 0;
    if (order.inflight === Action.Replace) this.orders.endRequest(order);
    if (order.filled >= order.quantity) this.move(order, OrderTrigger.FullFill);
  }

  /** CancelRejected and ReplaceRejected close the Intent, not the Order. */
  applyRequestRejected(event: EventView, action: Action): void {
    const order = this.find(event);
    if (order === null) return;
    if (order.inflight === action) this.settle(order, action === Action.Replace || event.reason === RejectReason.OrderTerminal);
    else if (action === Action.Replace && order.unansweredQuantity > 0) this.endReplaces(order);
    else if (!order.terminal) this.note(order.venue, Anomaly.OutOfState);
    // The Venue knows of an end that State does not.
    if (!order.terminal && event.reason === RejectReason.OrderTerminal) this.note(order.venue, Anomaly.StatusDiffers);
  }

  applyFilled(event: EventView): void {
    const order = this.orders.get(event.orderId);
    const venue = order !== undefined ? order.venue : event.source - Source.Venue0;
    if (!this.executionIds.admit(venue, event.executionIdLow, event.executionIdHigh, event.orderId)) {
      return this.note(venue, Anomaly.Duplicate);
    }
    const instrument = order !== undefined ? order.instrument : event.instrument;
    if (!this.plausible(event, instrument)) return this.note(venue, Anomaly.Implausible);
    const side = order !== undefined ? order.side : event.side;
    this.positions.of[instrument]!.fill(side, event.price, event.quantity);
    this.money.fill(this.config.instruments[instrument]!, side, event.price, event.quantity);
    this.money.fee(venue, event.feeCurrency, event.fee);
    if (order === undefined) return this.note(venue, Anomaly.Orphan);
    this.fillOrder(order, event);
  }

  private fillOrder(order: Order, event: EventView): void {
    this.lastOrder = order;
    this.attach(order, event);
    order.filled += event.quantity;
    if (order.terminal) return this.note(order.venue, Anomaly.LateFill);
    // While a REPLACE to more is unanswered the Venue may hold more of it open: the answer decides whether this was all.
    const full = order.filled >= order.worstQuantity;
    if (order.filled > order.worstQuantity) this.note(order.venue, Anomaly.Overfill);
    if (order.inflight === Action.New) this.orders.endRequest(order);
    this.move(order, full ? OrderTrigger.FullFill : OrderTrigger.PartialFill);
  }

  private plausible(event: EventView, instrument: number): boolean {
    const position = this.positions.of[instrument]!;
    if (Math.abs(position.quantity) + event.quantity >= POSITION_MAX) return false;
    return event.price * event.quantity < PLAUSIBLE_NOTIONAL_MAX;
  }

  applyStatusReport(event: EventView): void {
    const order = this.find(event);
    if (order === null) return;
    this.attach(order, event);
    switch (event.state) {
      case VenueOrderStatus.Open: return this.reportOpen(order, event);
      case VenueOrderStatus.Rejected: return this.reportEnd(order, OrderTrigger.Rejected, CancelReason.Venue);
      case VenueOrderStatus.Cancelled: return this.reportEnd(order, OrderTrigger.Cancelled, CancelReason.Venue);
      case VenueOrderStatus.Expired: return this.reportEnd(order, OrderTrigger.Cancelled, CancelReason.Expired);
      case VenueOrderStatus.NotFound: return this.reportNotFound(order);
      case VenueOrderStatus.Filled:
        return this.reportFilled(order, event);
      default: return;
    }
  }

  /** The Venue has it open: an acceptance, and the answer to a REPLACE that took, or to a request that is overdue. */
  private reportOpen(order: Order, event: EventView): void {
    if (order.terminal || event.filledQuantity !== order.filled) return this.note(order.venue, Anomaly.StatusDiffers);
    this.move(order, order.filled > 0 ? OrderTrigger.PartialFill : OrderTrigger.Accepted);
    const replaced = isAsRequested(order, event);
    if (replaced) {
      order.price = event.price;
      order.quantity = event.quantity;
    }
    if (order.price !== event.price || order.quantity !== event.quantity) {
      return this.note(order.venue, Anomaly.StatusDiffers);
    }
    const isReplaceUnderWay = order.inflight === Action.Replace && !order.overdue;
    if (replaced || !isReplaceUnderWay) order.unansweredQuantity = 0;
    if (order.overdue || order.inflight === Action.New || (replaced && isReplaceUnderWay)) this.orders.endRequest(order);
  }

  /** With every fill known, a REPLACE that shrank it to them was taken and never answered: it ended there. */
  private reportFilled(order: Order, event: EventView): void {
    if (!order.terminal && event.filledQuantity === order.filled && order.filled > 0) {
      order.price = event.price;
      order.quantity = order.filled;
      this.move(order, OrderTrigger.FullFill);
    } else if (order.state !== OrderState.Filled) {
      this.note(order.venue, Anomaly.StatusDiffers);
    }
  }

  private reportEnd(order: Order, trigger: OrderTrigger, reason: CancelReason): void {
    if (order.terminal) return;
    if (trigger === OrderTrigger.Rejected && order.state !== OrderState.Submitted) {
      return this.note(order.venue, Anomaly.StatusDiffers);
    }
    if (this.move(order, trigger)) order.cancelReason = reason;
  }

  private reportNotFound(order: Order): void {
    if (order.terminal) return;
    if (order.state === OrderState.Submitted) this.move(order, OrderTrigger.Rejected);
    else this.note(order.venue, Anomaly.StatusDiffers);
  }

  applyBalanceReport(event: EventView): void {
    for (let i = 0; i < event.count; i++) {
      const at = i * BALANCE_STRIDE;
      this.money.report(event.venue, event.entries[at]!, event.entries[at + 1]!, event.entries[at + 2]!);
    }
  }

  applyPositionReport(event: EventView): void {
    for (let i = 0; i < event.count; i++) {
      this.reportedPositions[event.entries[i * POSITION_STRIDE]!] = event.entries[i * POSITION_STRIDE + 1]!;
    }
  }

  // ── Control Events about Orders ───────────────────────────────────────────

  applyDispatchFailed(event: EventView): void {
    const order = this.find(event);
    if (order === null || order.inflightPosition !== event.dispatchPosition || order.inflight === NO_REQUEST) return;
    if (event.action === Action.New) this.move(order, OrderTrigger.Rejected);
    else this.settle(order, event.action === Action.Replace);
  }

  applyDisposed(event: EventView): void {
    const order = this.find(event);
    if (order === null || order.terminal || !this.move(order, OrderTrigger.Cancelled)) return;
    order.cancelReason = CancelReason.Disposed;
  }

  // ── deadlines ─────────────────────────────────────────────────────────────

  /** When the oldest waiting request of any Venue becomes overdue; Infinity when none waits. */
  acknowledgementDeadline(): number {
    let deadline = Infinity;
    for (let v = 0; v < this.orders.inflightHead.length; v++) {
      const head = this.orders.inflightHead[v]!;
      if (head !== null) deadline = Math.min(deadline, head.inflightSince + this.config.venues[v]!.ackTimeout);
    }
    return deadline;
  }

  /** F2: marks requests overdue at `now`, hands each Order to `overdue`, and changes nothing else of it. */
  expireAcknowledgements(now: number, overdue: Float64Array, count: number): number {
    let found = count;
    for (let v = 0; v < this.orders.inflightHead.length; v++) {
      let head = this.orders.inflightHead[v]!;
      while (head !== null && head.inflightSince + this.config.venues[v]!.ackTimeout <= now) {
        this.orders.markOverdue(head);
        if (found < overdue.length) overdue[found++] = head.id;
        head = this.orders.inflightHead[v]!;
      }
    }
    return found;
  }

  fold(digest: DigestFold): void {
    this.orders.fold(digest);
    this.positions.fold(digest);
    this.money.fold(digest);
    this.queue.fold(digest);
    for (let v = 0; v < this.capacity.length; v++) {
      this.capacity[v]!.fold(digest);
      digest.addWord(this.anomalies[v]!);
    }
    this.executionIds.fold(digest);
    for (let i = 0; i < this.reportedPositions.length; i++) {
      const reported = this.reportedPositions[i]!;
      digest.addWord(Number.isNaN(reported) ? 0 : 1);
      digest.add(Number.isNaN(reported) ? 0 : reported);
    }
  }

  // ── steps shared by the above ─────────────────────────────────────────────

  private find(event: EventView): Order | null {
    const order = this.orders.get(event.orderId);
    if (order === undefined) {
      this.note(event.source >= Source.Venue0 ? event.source - Source.Venue0 : 0, Anomaly.Orphan);
      return null;
    }
    this.lastOrder = order;
    return order;
  }

  /** Moves the Order as the table says; false when the table says anomaly. A terminal Order is retired at once. */
  private move(order: Order, trigger: OrderTrigger): boolean {
    const next = nextOrderState(order.state, trigger);
    if (next === ANOMALY) {
      this.note(order.venue, Anomaly.OutOfState);
      return false;
    }
    const ends = !order.terminal;
    order.state = next;
    if (ends && order.terminal) this.orders.retire(order);
    return true;
  }

  /** The request came to nothing. `isReplaceOver`: no REPLACE is unanswered any more, so that what filled is all there was;
   *  else one that went unanswered before this CANCEL still is, and only the Venue can say what became of it. */
  private settle(order: Order, isReplaceOver: boolean): void {
    this.orders.endRequest(order);
    if (order.terminal) return;
    if (isReplaceOver) this.endReplaces(order);
    else if (order.unansweredQuantity > 0) this.note(order.venue, Anomaly.StatusDiffers);
  }

  private endReplaces(order: Order): void {
    order.unansweredQuantity = 0;
    if (!order.terminal && order.filled >= order.quantity) this.move(order, OrderTrigger.FullFill);
  }

  private attach(order: Order, event: EventView): void {
    if (event.venueOrderIdLow === 0 && event.venueOrderIdHigh === 0) return;
    order.venueOrderIdLow = event.venueOrderIdLow | 0;
    order.venueOrderIdHigh = event.venueOrderIdHigh | 0;
  }

  private note(venue: number, anomaly: Anomaly): void {
    this.anomalies[venue]!++;
    this.lastAnomaly = anomaly;
  }
}

/** A REPLACE is unanswered, and the last asked for just this. */
function isAsRequested(order: Order, event: EventView): boolean {
  return order.unansweredQuantity > 0 && event.price === order.requestedPrice && event.quantity === order.requestedQuantity;
}

function submit(order: Order, event: EventView): void {
  order.strategy = event.strategy;
  order.venue = event.venue;
  order.side = event.side;
  order.type = event.type;
  order.timeInForce = event.timeInForce;
  order.price = event.price;
  order.quantity = event.quantity;
  order.state = nextOrderState(order.state, OrderTrigger.Dispatched);
  order.submittedPosition = event.position;
}
