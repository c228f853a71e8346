// Which order at Binance stands for one of ours while order.cancelReplace puts a new one (the next generation of the client
// order id) in its place, and what reports of the user data stream mean in that light. A replacement is one fact, told once,
// whichever of answer and stream comes first; after it nothing of the old generation is told but its executions. Quantities
// are those of one generation, as Binance has them. Remembers replacements only, within bounds.

import { formatDecimal, parseScaled } from '../../base/decimal.ts';
import { ownOrderId } from '../../event/client-order-id.ts';
import { CancelReason, Liquidity, VenueOrderStatus } from '../../event/kinds.ts';
import type { KnownOrder, OrderFact, OrderName, ReplacedFact, StatusFact } from '../../event/order-adapter.ts';
import { originalId } from './encode-orders.ts';
import { Remembered } from './names.ts';
import { executionId, feesOf, nameOf, rejectReasonOf, statusOf, type ExecutionReport, type OrderView } from './private.ts';

/** An order.cancelReplace whose outcome is not known. */
export interface Replacement {
  readonly order: KnownOrder;
  readonly nextId: string;
  readonly price: number;
  /** Of the new order alone. */
  readonly placed: number;
  readonly since: number;
  /** How the old generation ended, once the stream said so. */
  ended: OrderView | null;
  /** The new order was seen before the end of the old one. */
  seen: OrderName | null;
}

type Problem = (kind: string, sample: string) => void;

export class Generations {
  private readonly byOld = new Remembered<Replacement>();
  private readonly byNew = new Remembered<Replacement>();
  /** Old id → the id that took its place. */
  private readonly successors = new Remembered<string>();
  /** What the generations before this one executed. */
  private readonly bases = new Remembered<number>();
  /** Amendments told from the answer, by id: quantity. The stream will tell them again. */
  private readonly amended = new Remembered<string>();
  /** Client ids whose placement is unanswered: the answer tells a rejection. */
  readonly placing = new Set<string>();
  private readonly problem: Problem;

  constructor(problem: Problem) {
    this.problem = problem;
  }

  /** The order as it stands now, should the caller's id be of an older generation. */
  current(order: KnownOrder): KnownOrder {
    let id = order.clientOrderId;
    for (let next = this.successors.get(id); next !== undefined; next = this.successors.get(id)) id = next;
    return id === order.clientOrderId ? order : { ...order, clientOrderId: id, venueOrderId: '' };
  }

  /** NaN: this is a later generation of an order whose history is not known here. */
  baseOf(clientOrderId: string): number {
    const own = ownOrderId(clientOrderId);
    return this.bases.get(clientOrderId) ?? (own === null || own.generation === 0 ? 0 : NaN);
  }

  /** As `baseOf`; of an unknown history, what the order's total has beyond this generation's own quantity. */
  baseAt(order: KnownOrder, view: OrderView): number {
    const base = this.baseOf(order.clientOrderId);
    return Number.isNaN(base) ? order.quantity - scaled(view.quantity, order.instrument.quantityScale) : base;
  }

  begin(order: KnownOrder, next: { id: string; price: number; placed: number }, now: number): Replacement {
    const replacement: Replacement = {
      order, nextId: next.id, price: next.price, placed: next.placed, since: now, ended: null, seen: null,
    };
    this.byOld.set(order.clientOrderId, replacement);
    this.byNew.set(next.id, replacement);
    return replacement;
  }

  /** The unsettled replacement of this order, by the id of either generation. */
  unsettled(clientOrderId: string): Replacement | undefined {
    return this.byOld.get(clientOrderId) ?? this.byNew.get(clientOrderId);
  }

  /** It did not happen. */
  forget(replacement: Replacement): void {
    if (!this.isOpen(replacement)) return;
    this.byOld.delete(replacement.order.clientOrderId);
    this.byNew.delete(replacement.nextId);
  }

  /** It happened: the old generation `ended` so. Nothing when that was told before. */
  settle(replacement: Replacement, ended: OrderView, name: OrderName, eventTime: bigint): OrderFact[] {
    if (!this.isOpen(replacement)) return [];
    this.forget(replacement);
    const { order, placed } = replacement;
    const { priceScale, quantityScale } = order.instrument;
    this.successors.set(order.clientOrderId, name.clientOrderId);
    this.bases.set(name.clientOrderId, this.baseAt(order, ended) + scaled(ended.executed, quantityScale));
    const price = formatDecimal(replacement.price, priceScale);
    return [{ what: 'replaced', name, eventTime, price, quantity: formatDecimal(placed, quantityScale) }];
  }

  /** From the answer to an amendment. The stream's report of it is then known. */
  amendedTo(clientOrderId: string, view: OrderView): OrderFact[] {
    const key = `${clientOrderId} ${view.quantity}`;
    if (this.amended.get(key) === 'stream') {
      this.amended.delete(key);
      return [];
    }
    this.amended.set(key, 'answer');
    return [amendment(view, nameOf(view, clientOrderId))];
  }

  onReport(report: ExecutionReport): OrderFact[] {
    const id = idOf(report);
    const name = nameOf(report, id);
    switch (report.execution) {
      case 'NEW': return this.onNew(report, name);
      case 'TRADE': return [...this.onPlaced(report, name), ...this.onTrade(report, name)];
      case 'CANCELED': return this.onCancelled(report, name);
      case 'REPLACED': return this.onAmended(report, name);
      case 'REJECTED': return this.onRejected(report, name);
      case 'EXPIRED': return [{ what: 'cancelled', name, eventTime: report.time, reason: expiryOf(report) }];
      case 'TRADE_PREVENTION': return this.onPrevented(report, name);
      default: return [this.indeterminate(report, name, `execution type ${report.execution}`)];
    }
  }

  private onNew(report: ExecutionReport, name: OrderName): OrderFact[] {
    if (this.byNew.get(name.clientOrderId) !== undefined) return this.onPlaced(report, name);
    // The answer told it already, as the replacement it is.
    if (this.bases.get(name.clientOrderId) !== undefined) return [];
    return [{ what: 'accepted', name, eventTime: report.time }];
  }

  /** The new order of a replacement is there. */
  private onPlaced(report: ExecutionReport, name: OrderName): OrderFact[] {
    const replacement = this.byNew.get(name.clientOrderId);
    if (replacement === undefined) return [];
    if (replacement.ended !== null) return this.settle(replacement, replacement.ended, name, report.time);
    replacement.seen = name;
    return [];
  }

  private onTrade(report: ExecutionReport, name: OrderName): OrderFact[] {
    if (!/^\d{1,19}$/.test(report.tradeId)) return [this.indeterminate(report, name, `trade id ${report.tradeId}`)];
    if (statusOf(report.status) === VenueOrderStatus.Indeterminate) this.problem('unknown order status', report.status);
    return [{
      what: 'filled', name, eventTime: report.time, side: report.side, price: report.lastPrice, quantity: report.lastQuantity,
      fees: feesOf(report.fee, report.feeCurrency), liquidity: report.isMaker ? Liquidity.Maker : Liquidity.Taker,
      executionId: executionId(report.symbol, report.tradeId, report.side),
    }];
  }

  /** Told also while a replacement is unanswered: whether it was the Order's end, the desk learns from the outcome. */
  private onCancelled(report: ExecutionReport, name: OrderName): OrderFact[] {
    if (this.successors.get(name.clientOrderId) !== undefined) return [];
    const replacement = this.byOld.get(name.clientOrderId);
    if (replacement !== undefined) replacement.ended = report;
    if (replacement !== undefined && replacement.seen !== null) {
      return this.settle(replacement, report, replacement.seen, report.time);
    }
    return [{ what: 'cancelled', name, eventTime: report.time, reason: CancelReason.Requested }];
  }

  private onAmended(report: ExecutionReport, name: OrderName): OrderFact[] {
    const key = `${name.clientOrderId} ${report.quantity}`;
    const facts: OrderFact[] = [];
    if (this.amended.get(key) === 'answer') {
      this.amended.delete(key);
    } else {
      this.amended.set(key, 'stream');
      facts.push(amendment(report, name));
    }
    const status = statusOf(report.status);
    if (status === VenueOrderStatus.Expired || status === VenueOrderStatus.Cancelled) {
      facts.push({ what: 'cancelled', name, eventTime: report.time, reason: CancelReason.Expired });
    }
    return facts;
  }

  private onRejected(report: ExecutionReport, name: OrderName): OrderFact[] {
    if (this.placing.has(name.clientOrderId)) return [];
    // Of a later generation only its placement was refused, not the Order.
    if ((ownOrderId(name.clientOrderId)?.generation ?? 0) > 0) return [];
    return [{
      what: 'rejected', name, eventTime: report.time, reason: rejectReasonOf(report.rejectReason),
      message: `order reject reason ${report.rejectReason}`,
    }];
  }

  /** Against another of our own orders: it ended there, or, in the mode DECREMENT, goes on with less. */
  private onPrevented(report: ExecutionReport, name: OrderName): OrderFact[] {
    if (statusOf(report.status) === VenueOrderStatus.Expired) {
      return [{ what: 'cancelled', name, eventTime: report.time, reason: CancelReason.Venue }];
    }
    return [this.indeterminate(report, name, `prevented quantity ${report.preventedQuantity} of an order ${report.status}`)];
  }

  private indeterminate(report: ExecutionReport, name: OrderName, what: string): StatusFact {
    this.problem('report of unknown meaning', `${name.clientOrderId} ${report.symbol} ${what}`);
    return {
      what: 'status', name, eventTime: report.time, status: VenueOrderStatus.Indeterminate, side: report.side,
      price: report.price, quantity: report.quantity, filledQuantity: report.executed,
    };
  }

  private isOpen(replacement: Replacement): boolean {
    return this.byOld.get(replacement.order.clientOrderId) === replacement;
  }
}

/** `c` is a new id once an order was cancelled or amended; `C` is what it was called before. */
function idOf(report: ExecutionReport): string {
  const isRenamed = report.execution === 'CANCELED' || report.execution === 'REPLACED';
  return originalId(isRenamed && report.formerClientOrderId !== '' ? report.formerClientOrderId : report.clientOrderId);
}

function amendment(view: OrderView, name: OrderName): ReplacedFact {
  return { what: 'replaced', name, eventTime: view.time, price: '', quantity: view.quantity };
}

function expiryOf(report: ExecutionReport): CancelReason {
  return report.expiryReason === 'EXCHANGE_CANCELED' || report.status === 'EXPIRED_IN_MATCH' ? CancelReason.Venue : CancelReason.Expired;
}

/** NaN: not exact at this scale, or too large. */
function scaled(text: string, scale: number): number {
  if (scale < 0) return NaN;
  try {
    return parseScaled(text, scale);
  } catch {
    return NaN;
  }
}
