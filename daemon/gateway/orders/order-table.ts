// Every Order the gateway knows: what the Venue was asked for, what it said of it, and what of that is in doubt. Lookup by
// tcx's id and by the Venue's. Owns no decision: who may move an Order is in the order desk. Ended Orders are remembered
// for late facts, the oldest forgotten first.

import { clientOrderId } from '../../event/client-order-id.ts';
import { OrderType, Side, TimeInForce, type VenueOrderStatus } from '../../event/kinds.ts';
import type { CancelledFact, KnownOrder } from '../../event/order-adapter.ts';
import type { DispatchedCommand, VenueInstrument } from '../../event/venue-session.ts';
import type { Outstanding } from './requests.ts';

const ENDED_MAX = 4096;
/** A report that is later than so many REPLACEs is believed. */
const LEFT_MAX = 16;
/** The Venue's clock and ours, at the very worst: to take an Order's own end for another's would lose it. */
const CLOCKS_DIFFER_NS = 3_600_000_000_000n;

/** Stands for the instrument of an Order of which only the id is known. */
export const UNKNOWN_INSTRUMENT: VenueInstrument = {
  instrument: -1, symbol: '', base: -1, quote: -1, priceScale: 0, quantityScale: 0, tickSize: 1, lotSize: 1,
  minimumQuantity: 1, bookDepth: 0,
};

/** Something about an Order is unknown and is being asked for. Times are ns on the desk's clock. */
interface Doubt {
  readonly since: number;
  attempts: number;
  /** Infinity: waits for the connection, whose reconciliation tells. */
  nextAt: number;
  /** The generation to ask for; that of a REPLACE which may have made a new order. */
  generation: number;
}

export class DeskOrder {
  readonly orderId: number;
  instrument = UNKNOWN_INSTRUMENT;
  side = Side.Buy;
  type = OrderType.Limit;
  timeInForce = TimeInForce.GoodTillCancel;
  /** Scaled; quantity is the total, fills included. */
  price = 0;
  quantity = 0;
  /** The greatest total it stood at: no more can have been executed of it. */
  private greatest = 0;
  /** What it stood at before, the latest last. */
  private readonly left: string[] = [];
  /** It stands at more than was asked for, by what slipped in: only the desk can say so. */
  isGrown = false;
  /** From then on the daemon has to be told how it stands, which it may not know; ns, Infinity: it was told. */
  untoldFrom = Infinity;
  /** A dispatch or the Venue described it; before, only the id is known. */
  isDescribed = false;
  /** This process sent it; otherwise an earlier one did. */
  isOfThisLife = false;
  /** Unix ns at which this process sent it; 0n: an earlier one did. */
  sentAt = 0n;
  generation = 0;
  /** The Venue's ids, by generation. */
  readonly venueOrderIds = new Map<number, string>();
  /** The Venue has acknowledged it, and the daemon was told. */
  isAccepted = false;
  /** When a fact last changed how it stands, ns: a report asked for before may be older. */
  changedAt = -Infinity;
  /** How it ended; null while it may be live. */
  end: VenueOrderStatus | null = null;
  /** The unanswered NEW or REPLACE, answered late or never included. */
  work: Outstanding | null = null;
  cancel: Outstanding | null = null;
  /** A cancellation that may be a part of the unanswered REPLACE. */
  heldCancel: CancelledFact | null = null;
  doubt: Doubt | null = null;
  /** Executions counted in `filled`. */
  readonly executions = new Set<string>();
  private readonly filledBy = new Map<number, number>();

  constructor(orderId: number) {
    this.orderId = orderId;
  }

  /** Of the generation that stands; '' until the Venue said it. */
  get venueOrderId(): string {
    return this.venueOrderIds.get(this.generation) ?? '';
  }

  /**
   * Whether what ended or was executed then was another order that had this name: long before this one was sent, of which the
   * Venue has said nothing yet.
   */
  isAfter(eventTime: bigint): boolean {
    const isUnheard = !this.isAccepted && this.filled === 0;
    return isUnheard && eventTime > 0n && eventTime < this.sentAt - CLOCKS_DIFFER_NS;
  }

  /** By all generations. */
  get filled(): number {
    return this.carried(Infinity);
  }

  /** Filled by the generations before this one. */
  carried(generation: number): number {
    let sum = 0;
    for (const [by, filled] of this.filledBy) if (by < generation) sum += filled;
    return sum;
  }

  /** How it stands now. */
  stand(price: number, quantity: number): void {
    this.isGrown = false;
    this.left.push(`${this.quantity}@${this.price}`);
    if (this.left.length > LEFT_MAX) this.left.shift();
    this.price = price;
    this.quantity = quantity;
    this.greatest = Math.max(this.greatest, quantity);
  }

  /** Whether a report of this may be one of the past. */
  hasLeft(price: number, quantity: number): boolean {
    return this.left.includes(`${quantity}@${price}`);
  }

  /** Whether so much can have been executed before a REPLACE made it less. */
  mayHaveFilled(quantity: number): boolean {
    return quantity <= this.greatest;
  }

  fill(generation: number, quantity: number): void {
    this.filledBy.set(generation, (this.filledBy.get(generation) ?? 0) + quantity);
  }

  describe(from: Pick<DispatchedCommand, 'side' | 'type' | 'timeInForce' | 'price' | 'quantity'>, instrument: VenueInstrument): void {
    this.instrument = instrument;
    this.side = from.side;
    this.type = from.type;
    this.timeInForce = from.timeInForce;
    this.price = from.price;
    this.quantity = from.quantity;
    this.greatest = from.quantity;
    this.isDescribed = true;
  }

  known(generation = this.generation): KnownOrder {
    const { orderId, instrument, side, type, timeInForce, price, quantity, filled } = this;
    return {
      orderId, instrument, clientOrderId: clientOrderId(orderId, generation), venueOrderId: this.venueOrderIds.get(generation) ?? '',
      side, type, timeInForce, price, quantity, filled,
    };
  }
}

/** An Order and the generation that a Venue's id stands for. */
interface Link { readonly order: DeskOrder; readonly generation: number }

export class OrderTable {
  private readonly byId = new Map<number, DeskOrder>();
  private readonly byVenueId = new Map<string, Link>();
  private readonly ended: DeskOrder[] = [];

  get(orderId: number): DeskOrder | undefined {
    return this.byId.get(orderId);
  }

  /** The Order, made when it is new here: one of an earlier life of this gateway. */
  adopt(orderId: number): DeskOrder {
    let order = this.byId.get(orderId);
    if (order === undefined) {
      order = new DeskOrder(orderId);
      this.byId.set(orderId, order);
    }
    return order;
  }

  /** As if it had never been: nothing of it left. */
  remove(order: DeskOrder): void {
    this.byId.delete(order.orderId);
  }

  link(venueOrderId: string, order: DeskOrder, generation: number): void {
    if (venueOrderId === '') return;
    this.byVenueId.set(venueOrderId, { order, generation });
    order.venueOrderIds.set(generation, venueOrderId);
  }

  linked(venueOrderId: string): Link | undefined {
    return this.byVenueId.get(venueOrderId);
  }

  retire(order: DeskOrder): void {
    this.ended.push(order);
    if (this.ended.length <= ENDED_MAX) return;
    const oldest = this.ended.shift();
    if (oldest === undefined) return;
    this.byId.delete(oldest.orderId);
    for (const [venueOrderId, link] of this.byVenueId) if (link.order === oldest) this.byVenueId.delete(venueOrderId);
  }

  clear(): void {
    this.byId.clear();
    this.byVenueId.clear();
    this.ended.length = 0;
  }

  live(): DeskOrder[] {
    return [...this.byId.values()].filter((order) => order.end === null);
  }
}
