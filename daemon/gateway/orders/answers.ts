// What an answer to a NEW, REPLACE or CANCEL means for the Order and the daemon. Only an answer that is sure of itself
// becomes a refusal; everything else leaves the Order as it is, and the Venue is asked. Late answers mean as much as early
// ones, as long as nothing else has settled the matter.

import { AnswerClass, type RequestAnswer } from '../../event/order-adapter.ts';
import { RejectReason, VenueOrderStatus } from '../../event/kinds.ts';
import type { DeskContext } from './desk-context.ts';
import type { OrderLife } from './order-life.ts';
import type { DeskOrder } from './order-table.ts';
import type { Outstanding } from './requests.ts';

type OrderWork = 'submit' | 'replace' | 'cancel';

export class Answers {
  private readonly context: DeskContext;
  private readonly life: OrderLife;

  constructor(context: DeskContext, life: OrderLife) {
    this.context = context;
    this.life = life;
  }

  answered(sent: Outstanding, order: DeskOrder, answer: RequestAnswer): void {
    const what = sent.request.what as OrderWork;
    switch (answer.class) {
      case AnswerClass.Done: this.done(sent, order, what); break;
      case AnswerClass.Rejected: this.refused(sent, order, what, answer.reason, answer.message); break;
      case AnswerClass.RateLimited: this.refused(sent, order, what, RejectReason.RateLimited, answer.message); break;
      case AnswerClass.Fatal: this.refused(sent, order, what, RejectReason.VenueUnavailable, answer.message); break;
      case AnswerClass.Ambiguous: this.ambiguous(order, answer.message); break;
    }
  }

  /** No answer within the time for one. */
  overdue(order: DeskOrder): void {
    this.context.statistics.timeouts += 1;
    this.ambiguous(order, 'no answer in time');
  }

  private done(sent: Outstanding, order: DeskOrder, what: OrderWork): void {
    const { request } = sent;
    if (what === 'submit') {
      this.life.acknowledge(order, 0n);
    } else if (request.what === 'replace') {
      // Facts come before the answer: here they name the same order, so that it was changed where it stood.
      this.life.stand(order, request.price, request.quantity, 0n);
      this.life.releaseCancel(order);
    } else {
      // The end itself is told by the stream, after the executions that came before it.
      sent.isOverdue = true;
      this.context.doubt(order, this.context.settings.requestTimeoutNs);
    }
  }

  private refused(sent: Outstanding, order: DeskOrder, what: OrderWork, reason: RejectReason, message: string): void {
    const { teller, requests, statistics } = this.context;
    if (what === 'submit' && (order.isAccepted || order.filled > 0)) {
      this.context.note('refusal of an accepted Order', `Order ${order.orderId}: ${message}`);
      this.context.doubt(order, 0);
      return;
    }
    statistics.rejected += 1;
    requests.end(sent);
    teller.rejected(what, order.orderId, reason, message);
    if (what === 'submit') {
      this.life.end(order, VenueOrderStatus.Rejected);
    } else if (what === 'replace') {
      this.life.settle(order);
      this.life.releaseCancel(order);
      this.life.lookAfter(order, reason);
    } else {
      order.cancel = null;
      if (order.work === null) order.doubt = null;
      this.life.lookAfter(order, reason);
    }
  }

  private ambiguous(order: DeskOrder, message: string): void {
    this.context.statistics.ambiguous += 1;
    this.context.log.warn('the outcome of a request is unknown: asking the Venue', { order: order.orderId, message });
    this.context.doubt(order, 0);
  }
}
