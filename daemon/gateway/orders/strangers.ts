// Facts that name an order only by the Venue's id, when nobody here knows it: one of an earlier life of this gateway, or one
// that tcx never sent. They wait, few of them and not for long, while the Venue is asked whose order it is.

import { ownOrderId } from '../../event/client-order-id.ts';
import { AnswerClass, type BalancesFact, type OrderFact, type RequestAnswer, type StatusFact } from '../../event/order-adapter.ts';
import { OrderType, Side, TimeInForce } from '../../event/kinds.ts';
import type { DeskContext } from './desk-context.ts';
import { UNKNOWN_INSTRUMENT } from './order-table.ts';
import type { Outstanding } from './requests.ts';

type NamedFact = Exclude<OrderFact, BalancesFact>;

const HELD_MAX = 1024;
const FOREIGN_MAX = 4096;
const QUERY_TIMEOUT_NS = 20e9;

export class Strangers {
  private readonly context: DeskContext;
  private readonly tellAgain: (fact: OrderFact) => void;
  private readonly held = new Map<string, NamedFact[]>();
  private readonly queries = new Map<number, string>();
  /** Orders known not to be ours, by the Venue's id. */
  private readonly foreign = new Set<string>();
  private count = 0;

  constructor(context: DeskContext, tellAgain: (fact: OrderFact) => void) {
    this.context = context;
    this.tellAgain = tellAgain;
  }

  hold(fact: NamedFact): void {
    const { venueOrderId } = fact.name;
    if (venueOrderId === '' || this.count >= HELD_MAX) {
      this.context.note('report of an unknown order', `${fact.what} ${venueOrderId} ${fact.name.symbol}`);
      this.context.reconcileSoon();
      return;
    }
    const waiting = this.held.get(venueOrderId);
    this.count += 1;
    if (waiting !== undefined) {
      waiting.push(fact);
      return;
    }
    this.held.set(venueOrderId, [fact]);
    this.ask(venueOrderId, fact.name.symbol);
  }

  isForeign(venueOrderId: string): boolean {
    return this.foreign.has(venueOrderId);
  }

  remember(venueOrderId: string): void {
    if (this.foreign.size >= FOREIGN_MAX) this.foreign.clear();
    if (venueOrderId !== '') this.foreign.add(venueOrderId);
  }

  /** A status fact that says whose it is, while facts of it wait. */
  settles(fact: StatusFact): boolean {
    return this.held.has(fact.name.venueOrderId) && ownOrderId(fact.name.clientOrderId) === null
      && this.releaseAs(fact.name.venueOrderId, fact.name.clientOrderId || FOREIGN, fact.name.symbol);
  }

  answered({ id }: Outstanding, answer: RequestAnswer | null): void {
    const venueOrderId = this.queries.get(id);
    if (venueOrderId === undefined) return;
    this.queries.delete(id);
    if (!this.held.has(venueOrderId)) return;
    // The status fact before the answer has linked the name when the order is ours.
    if (this.context.table.linked(venueOrderId) !== undefined) this.release(venueOrderId);
    else if (answer?.class === AnswerClass.Done) this.releaseAs(venueOrderId, FOREIGN, '');
    else this.forget(venueOrderId);
  }

  /** The connection is gone, and with it every answer: what waits here the reconciliation after it tells again. */
  suspend(): void {
    this.queries.clear();
    this.held.clear();
    this.count = 0;
  }

  private ask(venueOrderId: string, symbol: string): void {
    const instrument = this.context.teller.named(symbol) ?? UNKNOWN_INSTRUMENT;
    const order = {
      orderId: 0, instrument, clientOrderId: '', venueOrderId, side: Side.Buy, type: OrderType.Limit,
      timeInForce: TimeInForce.GoodTillCancel, price: 0, quantity: 0, filled: 0,
    };
    const hasLeft = this.context.send({ what: 'query', order }, null, QUERY_TIMEOUT_NS, ({ id }) => {
      this.queries.set(id, venueOrderId);
    });
    if (!hasLeft) this.forget(venueOrderId);
  }

  private release(venueOrderId: string): void {
    for (const fact of this.take(venueOrderId)) this.tellAgain(fact);
  }

  private releaseAs(venueOrderId: string, clientOrderId: string, symbol: string): boolean {
    for (const fact of this.take(venueOrderId)) {
      const name = { ...fact.name, clientOrderId, symbol: fact.name.symbol || symbol };
      this.tellAgain({ ...fact, name });
    }
    return true;
  }

  /** Nobody could say: the reconciliation that follows tells what happened, whoever's it is. */
  private forget(venueOrderId: string): void {
    this.take(venueOrderId);
    this.context.reconcileSoon();
  }

  private take(venueOrderId: string): readonly NamedFact[] {
    const facts = this.held.get(venueOrderId) ?? [];
    this.held.delete(venueOrderId);
    this.count -= facts.length;
    return facts;
  }
}

/** A client order id that tcx never makes. */
const FOREIGN = '-';
