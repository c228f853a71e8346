// What a gateway that starts anew asks Kraken for: Orders that closed meanwhile are found in pages, within what the call
// counter of the lowest tier gives at once.

import { describe, expect, test } from 'vitest';
import { clientOrderId } from '../../event/client-order-id.ts';
import { VenueOrderStatus } from '../../event/kinds.ts';
import { AnswerClass, type KnownOrder, type StatusFact } from '../../event/order-adapter.ts';
import { AdapterRig, EPOCH, ORDER } from './adapter-rig.fixture.ts';

const PAGE = 50;

interface Closed { readonly id: string; readonly clientOrderId: string }

/** Answers every call as an account does of which these orders have closed, the latest first. */
function serve(rig: AdapterRig, closed: readonly Closed[], isOver: () => boolean): void {
  for (let answered = rig.calls.length - 1, steps = 0; !isOver() && steps < 1000; steps += 1) {
    if (answered < rig.calls.length) {
      const fields = new URLSearchParams(rig.calls[answered]!.body);
      rig.reply(answerTo(rig.methods()[answered]!, fields, closed));
      answered += 1;
    } else {
      rig.wait(100e6);
    }
  }
}

function answerTo(method: string, fields: URLSearchParams, closed: readonly Closed[]): object {
  if (method !== 'ClosedOrders') return {};
  const name = fields.get('cl_ord_id');
  const from = Number(fields.get('ofs') ?? '0');
  const found = closed.filter((order) => name === null || order.clientOrderId === name).slice(from, from + PAGE);
  return {
    closed: Object.fromEntries(found.map((order) => [order.id, {
      cl_ord_id: order.clientOrderId, status: 'canceled', vol: '0.1', vol_exec: '0', opentm: 1, closetm: 2, trades: [],
      descr: { pair: 'XBTUSD', type: 'buy', ordertype: 'limit', price: '30000.0' },
    }])),
  };
}

function named(count: number): KnownOrder[] {
  return Array.from({ length: count }, (_, i) => ({ ...ORDER, orderId: i + 1, clientOrderId: clientOrderId(i + 1) }));
}

function ended(orders: readonly KnownOrder[]): Closed[] {
  return orders.map((order) => ({ id: `O${order.orderId}`, clientOrderId: order.clientOrderId }));
}

function reconcile(orders: readonly KnownOrder[], closed: readonly Closed[]): AdapterRig {
  const rig = AdapterRig.open();
  const before = rig.calls.length;
  rig.adapter.send(1, { what: 'reconcile', orders, since: EPOCH }, rig.now);
  expect(rig.calls).toHaveLength(before + 1);
  serve(rig, closed, () => rig.answers.has(1));
  expect(rig.answers.get(1)).toMatchObject({ class: AnswerClass.Done });
  return rig;
}

function statuses(rig: AdapterRig): Map<string, string> {
  const facts = rig.facts.filter((fact): fact is StatusFact => fact.what === 'status');
  return new Map(facts.map(({ name, status }) => [name.clientOrderId, VenueOrderStatus[status]]));
}

describe('Orders without Kraken\'s id that closed meanwhile', () => {
  test('a hundred and twenty: three pages, nothing waits for the call counter', () => {
    const orders = named(120);
    const rig = reconcile(orders, ended(orders));
    expect(rig.methods().slice(1)).toEqual(['OpenOrders', 'ClosedOrders', 'ClosedOrders', 'ClosedOrders', 'BalanceEx', 'TradesHistory']);
    expect(rig.now).toBe(0);
    expect(statuses(rig)).toEqual(new Map(orders.map((order) => [order.clientOrderId, 'Cancelled'])));
    const page = new URLSearchParams(rig.calls[2]!.body);
    expect([page.get('start'), page.get('closetime'), page.get('ofs')]).toEqual([String(EPOCH / 1_000_000_000n - 2n), 'close', '0']);
  });

  test('two: asked for by name', () => {
    const orders = named(2);
    const rig = reconcile(orders, ended(orders));
    expect(rig.calls.map(({ body }) => new URLSearchParams(body).get('cl_ord_id')).filter((name) => name !== null)).toEqual(['t1', 't2']);
    expect(new Set(statuses(rig).values())).toEqual(new Set(['Cancelled']));
  });

  test('one that is in no page is asked for by name, and is not found', () => {
    const orders = named(10);
    const rig = reconcile(orders, ended(orders.slice(1)));
    expect(rig.methods().filter((method) => method === 'ClosedOrders')).toHaveLength(2);
    expect(statuses(rig).get('t1')).toBe('NotFound');
  });

  test('behind thousands of others: after a few pages they are asked for by name', () => {
    const orders = named(8);
    const others = Array.from({ length: 5000 }, (_, i) => ({ id: `X${i}`, clientOrderId: '' }));
    const rig = reconcile(orders, [...others, ...ended(orders)]);
    expect(rig.methods().filter((method) => method === 'ClosedOrders')).toHaveLength(2 + orders.length);
    expect(new Set(statuses(rig).values())).toEqual(new Set(['Cancelled']));
  });
});
