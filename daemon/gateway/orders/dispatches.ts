// What the daemon dispatches on its way to the Venue: refused here, definitively, when it cannot leave; parked, CANCELs
// alone, when it may leave in a moment; sent otherwise. Whatever left is answered by the Venue or by what is asked of it.

import { Action, RejectReason } from '../../event/kinds.ts';
import type { OrderRequest } from '../../event/order-adapter.ts';
import type { DispatchedCommand } from '../../event/venue-session.ts';
import type { DeskContext } from './desk-context.ts';
import { PARKED_NS_MAX } from './gate.ts';
import { UNKNOWN_INSTRUMENT, type DeskOrder } from './order-table.ts';

const NOT_TAKEN = 'the connection did not take the request';

export class Dispatches {
  private readonly context: DeskContext;
  private parked: { readonly command: DispatchedCommand; readonly until: number }[] = [];

  constructor(context: DeskContext) {
    this.context = context;
  }

  dispatch(command: DispatchedCommand): void {
    if (command.action === Action.New) this.submit(command);
    else if (command.action === Action.Replace) this.replace(command);
    else this.cancel(command);
  }

  /** Nobody waits for what is parked any more. */
  forgetParked(): void {
    this.parked = [];
  }

  private submit(command: DispatchedCommand): void {
    const { orderId } = command;
    const instrument = this.context.teller.instrument(command.instrument);
    if (this.context.table.get(orderId)?.isDescribed === true) return this.context.note('Order dispatched twice', String(orderId));
    const refusal = this.context.gate.refusal(this.context.now);
    if (refusal !== null) return this.refuse('submit', orderId, refusal.reason, refusal.message);
    if (instrument === undefined) {
      const found = `instrument ${command.instrument} is not in the Welcome`;
      return this.refuse('submit', orderId, RejectReason.UnknownInstrument, found);
    }
    const order = this.context.table.adopt(orderId);
    order.isOfThisLife = true;
    order.sentAt = this.context.unixNs();
    order.describe(command, instrument);
    const hasLeft = this.context.send({ what: 'submit', order: order.known() }, order, this.context.settings.requestTimeoutNs, (sent) => {
      order.work = sent;
    });
    if (hasLeft) {
      this.context.statistics.submits += 1;
      return;
    }
    this.context.table.remove(order);
    this.refuse('submit', orderId, RejectReason.NotTransmitted, NOT_TAKEN);
  }

  private replace(command: DispatchedCommand): void {
    const { orderId, price, quantity } = command;
    const refusal = this.context.gate.refusal(this.context.now);
    if (refusal !== null) return this.refuse('replace', orderId, refusal.reason, refusal.message);
    const order = this.orderOf(command);
    if (order.end !== null) return this.refuse('replace', orderId, RejectReason.OrderTerminal, 'the Order has ended');
    if (order.work !== null) {
      return this.refuse('replace', orderId, RejectReason.NotTransmitted, 'an earlier request of the Order is unanswered');
    }
    const { now, gate, adapter } = this.context;
    if (!order.isOfThisLife && now - gate.firstReadyAt < adapter.requestLifetimeNs) {
      return this.refuse('replace', orderId, RejectReason.NotTransmitted, 'a REPLACE of an earlier process may yet take effect');
    }
    const nextClientOrderId = order.known(order.generation + 1).clientOrderId;
    const request: OrderRequest = { what: 'replace', order: order.known(), price, quantity, nextClientOrderId };
    const hasLeft = this.context.send(request, order, this.context.settings.requestTimeoutNs, (sent) => { order.work = sent; });
    if (hasLeft) {
      this.context.statistics.replaces += 1;
      return;
    }
    order.work = null;
    this.refuse('replace', orderId, RejectReason.NotTransmitted, NOT_TAKEN);
  }

  private cancel(command: DispatchedCommand): void {
    const { orderId } = command;
    const refusal = this.context.gate.cancelRefusal(this.context.now);
    if (refusal !== null) return this.refuse('cancel', orderId, refusal.reason, refusal.message);
    const order = this.orderOf(command);
    if (order.end !== null) return this.refuse('cancel', orderId, RejectReason.OrderTerminal, 'the Order has ended');
    const isWaiting = this.context.gate.isCancelHeld(this.context.now) || (!order.isOfThisLife && !this.context.gate.isReconciled);
    if (isWaiting && !this.parked.some(({ command: { orderId: waiting } }) => waiting === orderId)) {
      this.parked.push({ command, until: this.context.now + PARKED_NS_MAX });
    }
    if (!isWaiting) this.sendCancel(order);
  }

  private sendCancel(order: DeskOrder): void {
    this.context.requests.end(order.cancel);
    const hasLeft = this.context.send({ what: 'cancel', order: order.known() }, order, this.context.settings.requestTimeoutNs, (sent) => {
      order.cancel = sent;
    });
    if (hasLeft) {
      this.context.statistics.cancels += 1;
      return;
    }
    order.cancel = null;
    this.refuse('cancel', order.orderId, RejectReason.NotTransmitted, NOT_TAKEN);
  }

  /** CANCELs that waited for the end of a limit, or for the generation an earlier life of this gateway left. */
  release(): void {
    if (this.parked.length === 0) return;
    const { parked } = this;
    this.parked = [];
    for (const waiting of parked) {
      const { orderId } = waiting.command;
      if (this.context.now < waiting.until) {
        const order = this.context.table.get(orderId);
        const isNamed = this.context.gate.isReconciled || order?.isOfThisLife === true;
        const isReleased = isNamed && !this.context.gate.isCancelHeld(this.context.now);
        if (isReleased) this.cancel(waiting.command);
        else this.parked.push(waiting);
      } else if (this.context.gate.isReady && !this.context.gate.isCancelHeld(this.context.now)) {
        const order = this.context.table.adopt(orderId);
        if (order.end === null) this.sendCancel(order);
      } else {
        this.refuse('cancel', orderId, RejectReason.NotTransmitted, 'the Venue could not be asked in time');
      }
    }
  }

  due(): number {
    let due = Infinity;
    for (const { until } of this.parked) due = Math.min(due, until);
    const { gate, now } = this.context;
    return this.parked.length > 0 && gate.isCancelHeld(now) ? Math.min(due, gate.cancelHoldUntil) : due;
  }

  /** Known by a dispatch, a report, or by its id alone when an earlier life of this gateway sent it. */
  private orderOf(command: DispatchedCommand): DeskOrder {
    const order = this.context.table.adopt(command.orderId);
    const instrument = this.context.teller.instrument(command.instrument);
    if (order.instrument === UNKNOWN_INSTRUMENT && instrument !== undefined) order.instrument = instrument;
    return order;
  }

  private refuse(what: 'submit' | 'replace' | 'cancel', orderId: number, reason: RejectReason, message: string): void {
    this.context.statistics.refused += 1;
    this.context.teller.captureTime = 0n;
    this.context.teller.rejected(what, orderId, reason, message);
  }
}
