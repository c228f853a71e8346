// What a gateway that starts anew finds at Binance: an Order replaced hundreds of times, executions of long ago, hundreds of
// Orders that a mass cancel ended.

import { describe, expect, test } from 'vitest';
import { clientOrderId } from '../../event/client-order-id.ts';
import { VenueOrderStatus } from '../../event/kinds.ts';
import type { FilledFact, KnownOrder, StatusFact } from '../../event/order-adapter.ts';
import { AdapterRig, BTCUSDT, DONE, known } from './adapter-rig.fixture.ts';
import { FakeVenue, type FakeOrder } from './fake-venue.fixture.ts';

class Restart {
  readonly venue: FakeVenue;
  rig = new AdapterRig();

  constructor(keepsNames = false) {
    this.venue = new FakeVenue(keepsNames);
    this.begin();
  }

  /** A new process: nothing is remembered. */
  begin(): void {
    this.rig = new AdapterRig();
    this.rig.onFrame = (frame) => this.venue.receive(frame);
    this.rig.adapter.onOpen(0, this.rig.nowNs);
    this.answer();
    this.venue.seen.length = 0;
  }

  answer(): void {
    for (let text = this.venue.answers.shift(); text !== undefined; text = this.venue.answers.shift()) this.rig.tell(text);
  }

  place(orderId: number): FakeOrder {
    this.rig.send({ what: 'submit', order: known(orderId) });
    this.answer();
    return this.venue.orders.at(-1)!;
  }

  replace(orderId: number, generation: number): void {
    const order = known(orderId, { clientOrderId: clientOrderId(orderId, generation) });
    const id = this.rig.send({
      what: 'replace', order, price: order.price + 1 + generation, quantity: order.quantity,
      nextClientOrderId: clientOrderId(orderId, generation + 1),
    });
    this.answer();
    expect(this.rig.answers.get(id)).toEqual(DONE);
  }

  reconcile(orders: readonly KnownOrder[], since = 0n): void {
    this.rig.facts.length = 0;
    const id = this.rig.send({ what: 'reconcile', orders, since });
    this.answer();
    expect(this.rig.answers.get(id)).toEqual(DONE);
  }

  statuses(): StatusFact[] {
    return this.rig.facts.filter((fact): fact is StatusFact => fact.what === 'status');
  }

  fills(): FilledFact[] {
    return this.rig.facts.filter((fact): fact is FilledFact => fact.what === 'filled');
  }
}

describe('an Order replaced many times', () => {
  test.each([[1], [2], [63], [64], [65], [300]])('%d times, ended while nobody looked: its newest generation is found', (count) => {
    const life = new Restart();
    life.place(1);
    for (let generation = 0; generation < count; generation += 1) life.replace(1, generation);
    life.rig.send({ what: 'cancel', order: known(1, { clientOrderId: clientOrderId(1, count) }) });
    life.answer();
    life.begin();
    life.reconcile([known(1)]);
    expect(life.statuses().map(({ name, status }) => [name.clientOrderId, VenueOrderStatus[status]]))
      .toEqual([[clientOrderId(1, count), 'Cancelled']]);
    expect(life.venue.seen.filter((method) => method === 'order.status').length).toBeLessThan(50);
  });

  test('known by its id alone, of the second of two symbols: the symbol is learnt once', () => {
    const life = new Restart();
    life.place(1);
    for (let generation = 0; generation < 70; generation += 1) life.replace(1, generation);
    life.begin();
    life.rig.adapter.open(life.rig, [{ ...BTCUSDT, instrument: 1, symbol: 'ETHUSDT' }, BTCUSDT]);
    life.venue.orders.at(-1)!.status = 'FILLED';
    life.reconcile([known(1, { instrument: { ...BTCUSDT, instrument: -1, symbol: '' } })]);
    expect(life.statuses()).toMatchObject([{ name: { clientOrderId: clientOrderId(1, 70) }, status: VenueOrderStatus.Filled }]);
  });
});

test('an old cancellation asks for what was executed since: only of the Orders asked about is it told', () => {
  const life = new Restart();
  life.place(1);
  const other = life.place(2);
  life.venue.timeMs += 1000;
  life.venue.fill(other, 50);
  life.replace(1, 0);
  life.venue.fill(life.venue.orders.at(-1)!, 70);
  life.venue.timeMs += 60_000;
  life.begin();
  life.reconcile([known(1)], BigInt(life.venue.timeMs) * 1_000_000n);
  expect(life.fills().map(({ name }) => name.clientOrderId)).toEqual(['t1-1']);
});

describe('a mass cancel', () => {
  test('of 300 Orders: a gateway that starts anew finds each of them', () => {
    const life = new Restart();
    const orders = Array.from({ length: 300 }, (_, i) => known(i + 1));
    for (const { orderId } of orders) life.place(orderId);
    const id = life.rig.send({ what: 'cancelAll', orders });
    life.answer();
    expect(life.rig.answers.get(id)).toEqual(DONE);
    life.begin();
    life.reconcile(orders);
    expect(new Set(life.statuses().map(({ status }) => VenueOrderStatus[status]))).toEqual(new Set(['Cancelled']));
    // Two names of the order, two of a next generation: a minute's weight takes as many.
    expect(life.venue.seen.filter((method) => method === 'order.status')).toHaveLength(4 * orders.length);
  });

  test('of none, but 300 Orders are open: those that are listed are not asked for one by one', () => {
    const life = new Restart();
    const orders = Array.from({ length: 300 }, (_, i) => known(i + 1));
    for (const { orderId } of orders) life.place(orderId);
    life.begin();
    life.reconcile(orders);
    expect(life.statuses().map(({ status }) => VenueOrderStatus[status])).toEqual(orders.map(() => 'Open'));
    expect(life.venue.seen).not.toContain('order.status');
  });

  test('with little left of the weight: what is kept for cancels is left to the sweep', () => {
    const life = new Restart();
    const orders = Array.from({ length: 300 }, (_, i) => known(i + 1));
    for (const { orderId } of orders) life.place(orderId);
    const limit = { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 1000, count: 840 };
    life.rig.tell({ id: 0, status: 200, result: {}, rateLimits: [limit] });
    life.venue.seen.length = 0;
    life.rig.send({ what: 'cancelAll', orders });
    expect(life.venue.seen.filter((method) => method === 'order.cancel')).toHaveLength(60);
    expect(life.venue.seen.at(-1)).toBe('openOrders.cancelAll');
  });
});
