// Requests that left for the Venue and what became of them: numbered 1, 2, 3, … in the life of this process, so that a late
// answer can never be taken for another's. An unanswered request of an Order stays here after its timeout, because the
// answer, when it comes after all, settles what is in doubt.

import type { OrderRequest } from '../../event/order-adapter.ts';
import type { DeskOrder } from './order-table.ts';

export interface Outstanding {
  readonly id: number;
  readonly request: OrderRequest;
  /** Null: about no single Order. */
  readonly order: DeskOrder | null;
  readonly sentAt: number;
  readonly deadline: number;
  /** What was filled when it left. */
  readonly filled: number;
  isOverdue: boolean;
}

export class Requests {
  private readonly outstanding = new Map<number, Outstanding>();
  private nextId = 1;

  begin(request: OrderRequest, order: DeskOrder | null, now: number, timeoutNs: number): Outstanding {
    const id = this.nextId;
    this.nextId += 1;
    const filled = order === null ? 0 : order.filled;
    const begun = { id, request, order, sentAt: now, deadline: now + timeoutNs, filled, isOverdue: false };
    this.outstanding.set(id, begun);
    return begun;
  }

  get(id: number): Outstanding | undefined {
    return this.outstanding.get(id);
  }

  end(request: Outstanding | null): void {
    if (request !== null) this.outstanding.delete(request.id);
  }

  /** Those that became overdue by `now`, once each, in the order they left. */
  expire(now: number): Outstanding[] {
    const expired = [...this.outstanding.values()].filter(({ isOverdue, deadline }) => !isOverdue && deadline <= now);
    for (const request of expired) request.isOverdue = true;
    return expired;
  }

  /** When the next one becomes overdue. */
  nextDeadline(): number {
    let next = Infinity;
    for (const { isOverdue, deadline } of this.outstanding.values()) if (!isOverdue) next = Math.min(next, deadline);
    return next;
  }

  list(): Outstanding[] {
    return [...this.outstanding.values()];
  }

  count(what: OrderRequest['what']): number {
    let count = 0;
    for (const { request } of this.outstanding.values()) if (request.what === what) count += 1;
    return count;
  }
}
