// Executions of an Order that an earlier life of this gateway sent, told by the reconciliation before it says how the Order
// stands. They wait for that: where a REPLACE made a new order without counting them, the total is more than the daemon
// knows, and the execution alone would look like the last. Never kept when a reconciliation failed.

import { VenueOrderStatus } from '../../event/kinds.ts';
import type { FilledFact } from '../../event/order-adapter.ts';
import type { Report } from './doubts.ts';
import { scaleExact } from './facts.ts';
import type { OrderLife } from './order-life.ts';
import type { DeskOrder } from './order-table.ts';

/** Nothing that was asked for can change it any more. */
const ENDS = new Set([VenueOrderStatus.Filled, VenueOrderStatus.Cancelled, VenueOrderStatus.Expired]);

interface Early { readonly generation: number; readonly fact: FilledFact }

export class EarlyFills {
  private readonly life: OrderLife;
  private readonly held = new Map<DeskOrder, Map<string, Early>>();

  constructor(life: OrderLife) {
    this.life = life;
  }

  get isEmpty(): boolean {
    return this.held.size === 0;
  }

  has(order: DeskOrder): boolean {
    return this.held.has(order);
  }

  hold(order: DeskOrder, generation: number, fact: FilledFact): void {
    if (generation > order.generation) this.life.moveOn(order, generation, fact.eventTime);
    const waiting = this.held.get(order) ?? new Map<string, Early>();
    waiting.set(fact.executionId, { generation, fact });
    this.held.set(order, waiting);
  }

  /** The Venue said how this generation stands: the total first, where it may be news, then what was executed of it. */
  settle(order: DeskOrder, { generation, fact: report }: Report): void {
    const waiting = this.held.get(order);
    if (waiting === undefined || generation < order.generation) return;
    const { priceScale, quantityScale } = order.instrument;
    const price = scaleExact(report.price, priceScale);
    let carried = order.carried(generation);
    let filled = order.filled;
    for (const [executionId, early] of waiting) {
      if (order.executions.has(executionId)) continue;
      const quantity = scaleExact(early.fact.quantity, quantityScale);
      filled += quantity;
      if (early.generation < generation) carried += quantity;
    }
    const standing = carried + scaleExact(report.quantity, quantityScale);
    // Of an open one the daemon may have asked for more since, which this must not answer unless it has to.
    const isNews = report.status === VenueOrderStatus.Open ? carried > 0 || filled > standing : ENDS.has(report.status);
    if (isNews && price > 0 && standing > 0) {
      order.isGrown = true;
      this.life.tellStanding(order, { price, quantity: Math.max(standing, filled) }, report.eventTime);
    }
    this.release(order);
  }

  /** By all reports of a reconciliation. An Order it says nothing of is not known better later. */
  settleAll(reports: ReadonlyMap<DeskOrder, Report>): void {
    for (const order of [...this.held.keys()]) {
      const report = reports.get(order);
      if (report === undefined) this.release(order);
      else this.settle(order, report);
    }
  }

  /** Nobody could say: told as they are. */
  releaseAll(): void {
    for (const order of [...this.held.keys()]) this.release(order);
  }

  private release(order: DeskOrder): void {
    const waiting = this.held.get(order);
    this.held.delete(order);
    for (const { generation, fact } of waiting?.values() ?? []) this.life.filled(order, generation, fact);
  }

  /** Of Orders that the table has forgotten. */
  forget(): void {
    this.held.clear();
  }
}
