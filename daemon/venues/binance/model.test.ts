// Random lives of Orders against a small Binance: answers and events in any order to each other, fills at any moment, answers
// lost or unsure, connections dropped. Whatever happened, after reconciliation every execution was told once under the right
// Order, and what is said of each Order is what Binance has.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clientOrderId, ownOrderId } from '../../event/client-order-id.ts';
import { VenueOrderStatus } from '../../event/kinds.ts';
import { AnswerClass, type FilledFact, type KnownOrder, type OrderFact, type StatusFact } from '../../event/order-adapter.ts';
import { parseScaled } from '../../base/decimal.ts';
import { AdapterRig, known } from './adapter-rig.fixture.ts';
import { FakeVenue, isLive, QUANTITY_SCALE, type FakeOrder, type Mishap } from './fake-venue.fixture.ts';

const LIFETIME_NS = 20e9;
const scaled = (quantity: string) => parseScaled(quantity, QUANTITY_SCALE);

/** An Order as the desk keeps it, as far as the adapter's requests need it. */
interface Kept {
  readonly orderId: number;
  generation: number;
  price: number;
  quantity: number;
  readonly fills: Map<string, { generation: number; quantity: number }>;
  ended: boolean;
  /** The request under way, and what it asks for. */
  work: { id: number; quantity: number; price: number; filled: number; isReplace: boolean } | null;
  held: boolean;
}

class Life {
  readonly rig = new AdapterRig();
  readonly venue: FakeVenue;
  readonly orders: Kept[] = [];
  private told = 0;

  constructor(keepsNames: boolean) {
    this.venue = new FakeVenue(keepsNames);
    this.rig.onFrame = (frame) => this.venue.receive(frame);
    this.connect();
  }

  connect(): void {
    this.venue.answers.length = 0;
    this.venue.events.length = 0;
    this.rig.adapter.onOpen(0, this.rig.nowNs);
    while (this.venue.answers.length > 0) this.answer();
  }

  drop(): void {
    this.rig.adapter.onClose(0, 'test', this.rig.nowNs);
    this.pass(2e9);
    this.connect();
    this.settle();
  }

  private pass(ns: number): void {
    this.rig.nowNs += ns;
    this.rig.unixMs += ns / 1e6;
    this.venue.timeMs += ns / 1e6;
  }

  answer(): void {
    const frame = this.venue.answers.shift();
    if (frame !== undefined) this.hear(frame);
  }

  event(): void {
    const frame = this.venue.events.shift();
    if (frame !== undefined) this.hear(frame);
  }

  private hear(frame: string): void {
    this.rig.tell(frame);
    this.learn();
  }

  private learn(): void {
    for (; this.told < this.rig.facts.length; this.told += 1) this.take(this.rig.facts[this.told]!);
    for (const order of this.orders) {
      const answer = order.work === null ? undefined : this.rig.answers.get(order.work.id);
      if (answer === undefined || answer.class === AnswerClass.Ambiguous) continue;
      const { isReplace } = order.work!;
      order.work = null;
      if (answer.class !== AnswerClass.Done) order.ended ||= !isReplace || order.held;
    }
  }

  private take(fact: OrderFact): void {
    if (fact.what === 'balances') return;
    const own = ownOrderId(fact.name.clientOrderId);
    if (own === null) throw new Error(`a fact of nobody: ${fact.what} ${fact.name.clientOrderId} ${fact.name.venueOrderId}`);
    const order = this.orders[own.orderId - 1]!;
    if (fact.what === 'filled') this.fillOf(order, own.generation, fact);
    else if (fact.what === 'replaced') this.replacedTo(order, own.generation, fact.quantity);
    else if (fact.what === 'cancelled' && own.generation >= order.generation) {
      if (order.work?.isReplace === true) order.held = true;
      else order.ended = true;
    } else if (fact.what === 'rejected') throw new Error('Binance rejects in the answer');
  }

  private fillOf(order: Kept, generation: number, fact: FilledFact): void {
    order.fills.set(fact.executionId, { generation, quantity: scaled(fact.quantity) });
  }

  private replacedTo(order: Kept, generation: number, quantity: string): void {
    if (generation < order.generation) return;
    if (order.work !== null) order.price = order.work.price;
    order.generation = generation;
    order.held = false;
    order.quantity = carried(order) + scaled(quantity);
  }

  submit(quantity: number): void {
    const order: Kept = {
      orderId: this.orders.length + 1, generation: 0, price: 5_000_000, quantity, fills: new Map(), ended: false, work: null, held: false,
    };
    this.orders.push(order);
    const id = this.rig.send({ what: 'submit', order: this.known(order) });
    order.work = { id, quantity, price: order.price, filled: 0, isReplace: false };
    this.learn();
  }

  replace(index: number, by: number, priceBy: number): void {
    const order = this.pick(index);
    const quantity = order === undefined ? 0 : Math.max(1, order.quantity + by);
    const price = order === undefined ? 0 : order.price + priceBy;
    if (order === undefined || order.work !== null || order.ended || (by === 0 && priceBy === 0)) return;
    const id = this.rig.send({
      what: 'replace', order: this.known(order), price, quantity, nextClientOrderId: clientOrderId(order.orderId, order.generation + 1),
    });
    order.work = { id, quantity, price, filled: filled(order), isReplace: true };
    order.held = false;
    this.learn();
  }

  cancel(index: number): void {
    const order = this.pick(index);
    if (order !== undefined && !order.ended) this.rig.send({ what: 'cancel', order: this.known(order) });
    this.learn();
  }

  query(index: number): void {
    const order = this.pick(index);
    if (order !== undefined) this.rig.send({ what: 'query', order: this.known(order) });
    this.learn();
  }

  fill(index: number, quantity: number): void {
    const live = this.venue.orders.filter(isLive);
    if (live.length > 0) this.venue.fill(live[index % live.length]!, quantity);
  }

  pick(index: number): Kept | undefined {
    return this.orders[index % Math.max(1, this.orders.length)];
  }

  known(order: Kept, generation = order.generation): KnownOrder {
    const { orderId, price, quantity } = order;
    return known(orderId, { clientOrderId: clientOrderId(orderId, generation), price, quantity, filled: filled(order) });
  }

  /** Everything arrives; long after, the whole truth is asked for. Returns the last status of each Order. */
  settle(): Map<number, StatusFact> {
    while (this.venue.answers.length + this.venue.events.length > 0) {
      this.event();
      this.answer();
    }
    this.pass(LIFETIME_NS);
    const from = this.rig.facts.length;
    const orders = this.orders.flatMap((order) => [
      this.known(order), ...(order.work?.isReplace === true ? [this.known(order, order.generation + 1)] : []),
    ]);
    const id = this.rig.send({ what: 'reconcile', orders, since: 1_699_990_000_000_000_000n });
    while (this.venue.answers.length + this.venue.events.length > 0) {
      this.event();
      this.answer();
    }
    expect(this.rig.answers.get(id)?.class).toBe(AnswerClass.Done);
    const last = new Map<number, StatusFact>();
    for (const fact of this.rig.facts.slice(from)) {
      if (fact.what !== 'status') continue;
      const own = ownOrderId(fact.name.clientOrderId)!;
      const before = last.get(own.orderId);
      const isOlder = before !== undefined && ownOrderId(before.name.clientOrderId)!.generation > own.generation;
      if (!isOlder && !(before !== undefined && fact.status === VenueOrderStatus.NotFound)) last.set(own.orderId, fact);
    }
    for (const order of this.orders) this.conclude(order, last.get(order.orderId)!);
    return last;
  }

  private conclude(order: Kept, status: StatusFact): void {
    order.work = null;
    const { generation } = ownOrderId(status.name.clientOrderId)!;
    if (status.status !== VenueOrderStatus.Open) order.ended = true;
    if (status.status === VenueOrderStatus.NotFound) return;
    order.generation = generation;
    order.price = parseScaled(status.price, 2);
    order.quantity = carried(order) + scaled(status.quantity);
  }

  ofVenue({ orderId }: Kept): FakeOrder[] {
    return this.venue.orders.filter(({ placedAs }) => ownOrderId(placedAs)!.orderId === orderId);
  }
}

function filled({ fills }: Kept): number {
  return [...fills.values()].reduce((sum, { quantity }) => sum + quantity, 0);
}

function carried({ fills, generation }: Kept): number {
  return [...fills.values()].reduce((sum, fill) => sum + (fill.generation < generation ? fill.quantity : 0), 0);
}

type Step = (life: Life) => void;

const MISHAPS: readonly Mishap[] = ['unsure-done', 'unsure-undone', 'lost-done', 'lost-undone', 'new-fails', 'skewed', 'limited'];
const small = fc.nat(7);
const steps = fc.array(fc.oneof<fc.Arbitrary<Step>[]>(
  fc.integer({ min: 1, max: 40 }).map((quantity): Step => (life) => life.submit(quantity)),
  fc.tuple(small, fc.integer({ min: -20, max: 20 }), fc.constantFrom(0, 0, 1, -1))
    .map(([index, by, priceBy]): Step => (life) => life.replace(index, by, priceBy)),
  small.map((index): Step => (life) => life.cancel(index)),
  small.map((index): Step => (life) => life.query(index)),
  fc.tuple(small, fc.integer({ min: 1, max: 12 })).map(([index, quantity]): Step => (life) => life.fill(index, quantity)),
  fc.constant<Step>((life) => life.answer()), fc.constant<Step>((life) => life.answer()),
  fc.constant<Step>((life) => life.event()), fc.constant<Step>((life) => life.event()),
  fc.constantFrom(...MISHAPS).map((mishap): Step => (life) => { life.venue.mishap = mishap; }),
  fc.constant<Step>((life) => life.drop()),
), { size: 'max', maxLength: 60 });

function checkAgainst(life: Life, last: ReadonlyMap<number, StatusFact>): void {
  for (const order of life.orders) {
    const venue = life.ofVenue(order);
    const live = venue.filter(isLive);
    expect(live.length, 'two orders of one Order are live').toBeLessThanOrEqual(1);
    expect(filled(order), `executions of Order ${order.orderId}`).toBe(venue.reduce((sum, { executed }) => sum + executed, 0));
    const status = last.get(order.orderId)!;
    if (live.length === 0) expect([VenueOrderStatus.Open, VenueOrderStatus.Indeterminate]).not.toContain(status.status);
    if (live.length === 0) continue;
    expect(order.ended, `Order ${order.orderId} lives on at the Venue`).toBe(false);
    expect([status.status, status.name.clientOrderId]).toEqual([VenueOrderStatus.Open, live[0]!.placedAs]);
    expect(scaled(status.quantity)).toBe(live[0]!.quantity);
    expect(scaled(status.filledQuantity)).toBe(live[0]!.executed);
  }
}

describe('Orders against a small Binance', () => {
  test.each([true, false])('a cancelled order keeps its name at the Venue: %s', (keepsNames) => {
    fc.assert(fc.property(steps, (sequence) => {
      const life = new Life(keepsNames);
      for (const step of sequence) step(life);
      checkAgainst(life, life.settle());
    }), { numRuns: 120 });
  });

  test('without mishaps a replacement never leaves more than was commanded, whatever is filled meanwhile', () => {
    const race = fc.tuple(
      fc.integer({ min: 4, max: 40 }), fc.integer({ min: -20, max: 40 }), fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }),
      fc.array(fc.boolean(), { minLength: 24, maxLength: 24 }),
    );
    fc.assert(fc.property(race, ([quantity, by, before, meanwhile, order]) => {
      const life = new Life(true);
      life.submit(quantity);
      life.answer();
      life.fill(0, before);
      while (life.venue.events.length > 0) life.event();
      // The desk does not know of this one when it asks.
      life.fill(0, meanwhile);
      life.replace(0, by, 1);
      const commanded = life.orders[0]!.work?.quantity;
      for (const isEvent of order) (isEvent ? life.event() : life.answer());
      life.settle();
      const venue = life.ofVenue(life.orders[0]!);
      const open = venue.filter(isLive).reduce((sum, one) => sum + one.quantity - one.executed, 0);
      const executed = venue.reduce((sum, one) => sum + one.executed, 0);
      if (commanded !== undefined && venue.length > 1) expect(executed + open).toBeLessThanOrEqual(Math.max(commanded, executed));
    }), { numRuns: 200 });
  });
});
