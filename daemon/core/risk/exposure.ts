// Worst-case exposure [CON-8]: position + open + inflight + queued. Work allowed earlier in this step is already queued when
// the next Intent is judged, so it counts too.

import { Wide } from '../../base/wide.ts';
import { Action, Side } from '../../event/kinds.ts';
import type { State } from '../state/state.ts';

/** Worst-case quantities of one instrument, as if every buy, or every sell, filled. One Order id is left out. */
export class Exposure {
  buys = 0;
  sells = 0;
  /** Live Orders and queued NEWs. */
  openOrders = 0;
  /** Queued NEWs of every instrument, `except` among them. */
  queuedTotal = 0;

  /** Measures `instrument` without Order `except`, whose own worst case the caller adds. */
  measure(state: State, instrument: number, except: number): this {
    this.buys = 0;
    this.sells = 0;
    this.openOrders = 0;
    this.queuedTotal = 0;
    const { orders, queue } = state.execution;
    for (let i = 0; i < orders.liveCount[instrument]!; i++) {
      const order = orders.liveAt(instrument, i);
      if (order.id === except) continue;
      this.openOrders++;
      const queued = queue.count > 0 ? queue.get(order.id) : undefined;
      const raised = queued !== undefined && queued.action === Action.Replace ? queued.quantity - order.filled : 0;
      this.add(order.side, Math.max(order.worstRemaining, raised));
    }
    for (let i = 0; i < queue.count; i++) {
      const entry = queue.entries[i]!;
      if (entry.action !== Action.New && !entry.hasBase) continue;
      this.queuedTotal++;
      if (entry.instrument !== instrument || entry.orderId === except) continue;
      this.openOrders++;
      if (entry.action !== Action.Cancel) this.add(entry.side, entry.quantity);
    }
    return this;
  }

  add(side: number, quantity: number): void {
    if (side === Side.Buy) this.buys += quantity;
    else this.sells += quantity;
  }

  /** Largest absolute position these can lead to from `position`. */
  worst(position: number): number {
    return Math.max(Math.abs(position + this.buys), Math.abs(position - this.sells));
  }
}

/**
 * Gross worst-case exposure of a quote currency in its fine unit, into `result`: Σ worst |position| × price over its
 * instruments. Priced at the higher of the ask and the valuation mark; `judged` takes the measured exposure given, at no
 * less than `price`.
 */
export function grossExposure(
  state: State, currency: number, judged: number, exposure: Exposure, price: number, result: Wide,
): Wide {
  result.setZero();
  for (let i = 0; i < state.config.instruments.length; i++) {
    const instrument = state.config.instruments[i]!;
    if (instrument.quote !== currency) continue;
    const measured = i === judged ? exposure : other.measure(state, i, 0);
    const worst = measured.worst(state.execution.positions.of[i]!.quantity);
    if (worst === 0) continue;
    const mark = Math.max(state.market.tops[i]!.askPrice, state.profit.markOf(i), i === judged ? price : 0);
    product.setProduct(worst, mark).scale(state.execution.money.quoteFactor(instrument));
    result.add(product);
  }
  return result;
}

const other = new Exposure();
const product = new Wide();
