// The client's orders by order id: every open one, and the terminal ones as far back as the memory reaches. What
// has been forgotten is bounded by the largest forgotten id, so that "never seen" is only said when it is certain.

import { VenueOrderStatus } from '../../event/kinds.ts';
import type { VenueOrder } from './order-book.ts';

export class OrderTable {
  private readonly open = new Map<number, VenueOrder>();
  private readonly terminal = new Map<number, VenueOrder>();
  private readonly terminalMax: number;
  /** Order ids above it have certainly not been forgotten. */
  forgottenMax = -1;

  constructor(terminalMax: number) {
    this.terminalMax = terminalMax;
  }

  get openCount(): number {
    return this.open.size;
  }

  find(orderId: number): VenueOrder | undefined {
    return this.open.get(orderId) ?? this.terminal.get(orderId);
  }

  /** In order of arrival. */
  listOpen(): VenueOrder[] {
    return [...this.open.values()];
  }

  listTerminal(): VenueOrder[] {
    return [...this.terminal.values()];
  }

  add(order: VenueOrder): void {
    this.open.set(order.orderId, order);
  }

  retire(order: VenueOrder, status: VenueOrderStatus): void {
    order.status = status;
    this.open.delete(order.orderId);
    this.terminal.set(order.orderId, order);
    if (this.terminal.size <= this.terminalMax) return;
    for (const oldest of this.terminal.keys()) {
      this.terminal.delete(oldest);
      this.forgottenMax = Math.max(this.forgottenMax, oldest);
      return;
    }
  }

  /** What to say of an id that is not in the table. */
  statusOfUnknown(orderId: number): VenueOrderStatus {
    return orderId > this.forgottenMax ? VenueOrderStatus.NotFound : VenueOrderStatus.Indeterminate;
  }

  clear(): void {
    this.open.clear();
    this.terminal.clear();
    this.forgottenMax = -1;
  }
}
