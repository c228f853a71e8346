// Executions of an Order that an earlier life of this gateway sent, told by the reconciliation before it says how the Order
// stands. They wait for that: where a REPLACE made a new order without counting them, the total is more than the daemon
// knows, and the execution alone would look like the last. So does an end that follows them. Never kept without a question
// under way about the Order: when the Venue cannot be brought to answer it, they are told as they are.

import { VenueOrderStatus } from '../../event/kinds.ts';
import type { CancelledFact, FilledFact } from '../../event/order-adapter.ts';
import type { Report } from './doubts.ts';
import { scaleExact } from './facts.ts';
import type { OrderLife } from './order-life.ts';
import type { DeskOrder } from './order-table.ts';
import { isCutShort } from './verdict.ts';

interface Early { readonly generation: number; readonly fact: FilledFact }

export class EarlyFills {
  private readonly life: OrderLife;
  private readonly held = new Map<DeskOrder, Map<string, Early>>();
  private readonly ends = new Map<DeskOrder, { readonly generation: number; readonly fact: CancelledFact }>();

  constructor(life: OrderLife) {
    this.life = life;
  }

  get isEmpty(): boolean {
    return this.held.size === 0;
  }

  has(order: DeskOrder): boolean {
    return this.held.has(order);
  }

  /** Whether what is executed of it has to wait: how it stands is about to be said. */
  waitsFor(order: DeskOrder, isReconciling: boolean): boolean {
    return this.has(order) || (!order.isDescribed && isReconciling);
  }

  hold(order: DeskOrder, generation: number, fact: FilledFact): void {
    if (generation > order.generation) this.life.moveOn(order, generation, fact.eventTime);
    const waiting = this.held.get(order) ?? new Map<string, Early>();
    waiting.set(fact.executionId, { generation, fact });
    this.held.set(order, waiting);
  }

  /** Told after the executions that came before it. */
  cancelled(order: DeskOrder, generation: number, fact: CancelledFact): void {
    if (!this.has(order)) this.life.cancelled(order, generation, fact);
    else if (generation >= order.generation) this.ends.set(order, { generation, fact });
  }

  /** The Venue said how this generation stands: the total first, where it may be news, then what was executed of it.
   *  `isLast`: no REPLACE has made another of it; before that is known, how one ended that was cut short says nothing. */
  settle(order: DeskOrder, { generation, fact: report }: Report, isLast = false): void {
    const waiting = this.held.get(order);
    if (waiting === undefined || generation < order.generation) return;
    if (isCutShort(report.status) && !isLast) return;
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
    const isOpen = report.status === VenueOrderStatus.Open;
    const isNews = isOpen ? carried > 0 || filled > standing : isLast || report.status === VenueOrderStatus.Filled;
    if (isNews && price > 0 && standing > 0) {
      order.isGrown = true;
      this.life.tellStanding(order, { price, quantity: Math.max(standing, filled) }, report.eventTime);
    }
    this.release(order);
  }

  /** By all reports of a reconciliation. An Order of which a whole one says nothing is not known better later. */
  settleAll(reports: ReadonlyMap<DeskOrder, Report>, isWhole: boolean): void {
    for (const order of this.orders()) {
      const report = reports.get(order);
      if (report !== undefined) this.settle(order, report);
      else if (isWhole) this.release(order);
    }
  }

  /** Those of which the Venue has to say how they stand. */
  orders(): DeskOrder[] {
    return [...this.held.keys()];
  }

  /** Nothing more is to be known: told as they are. */
  release(order: DeskOrder): void {
    const waiting = this.held.get(order);
    const end = this.ends.get(order);
    this.held.delete(order);
    this.ends.delete(order);
    for (const { generation, fact } of waiting?.values() ?? []) this.life.filled(order, generation, fact);
    if (end !== undefined) this.life.cancelled(order, end.generation, end.fact);
  }

  /** Of Orders that the table has forgotten. */
  forget(): void {
    this.held.clear();
    this.ends.clear();
  }
}
