import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coreConfig } from '../../../test/core-scenario.ts';
import { Action, OrderState } from '../../../event/kinds.ts';
import { Orders } from './orders.ts';

describe('the order table', () => {
  it('lists exactly the live Orders, and the outstanding requests oldest first, whatever ends in whichever order', () => {
    const act = fc.record({ act: fc.constantFrom('open', 'open', 'retire', 'request', 'answer', 'overdue'), pick: fc.nat(100) });
    fc.assert(fc.property(fc.array(act, { maxLength: 150, size: 'max' }), (acts) => {
      const orders = new Orders(coreConfig());
      const live: number[] = [];
      const waiting: number[] = [];
      let nextId = 1;
      for (const { act: what, pick } of acts) {
        const id = live[pick % Math.max(1, live.length)];
        const order = id === undefined ? undefined : orders.get(id)!;
        if (what === 'open') {
          orders.open(nextId, 0).state = OrderState.Submitted;
          live.push(nextId++);
        } else if (order !== undefined && what === 'retire') {
          order.state = OrderState.Cancelled;
          orders.retire(order);
          live.splice(live.indexOf(order.id), 1);
          if (waiting.includes(order.id)) waiting.splice(waiting.indexOf(order.id), 1);
        } else if (order !== undefined && what === 'request' && order.inflight < 0) {
          orders.beginRequest(order, Action.Cancel, 1, 1);
          waiting.push(order.id);
        } else if (order !== undefined && what === 'answer') {
          orders.endRequest(order);
          if (waiting.includes(order.id)) waiting.splice(waiting.indexOf(order.id), 1);
        } else if (order !== undefined && what === 'overdue' && waiting.includes(order.id)) {
          orders.markOverdue(order);
          waiting.splice(waiting.indexOf(order.id), 1);
        }
        expect(listed(orders)).toEqual([...live].sort((a, b) => a - b));
        expect(chain(orders)).toEqual(waiting);
      }
    }), { numRuns: 200 });
  });

  it('forgets the oldest terminal Order first and remembers the configured number', () => {
    const orders = new Orders(coreConfig({ terminalOrdersMax: 3 }));
    for (let id = 1; id <= 5; id++) {
      const order = orders.open(id, 0);
      order.state = OrderState.Cancelled;
      orders.retire(order);
    }
    expect([1, 2, 3, 4, 5].map((id) => orders.get(id) !== undefined)).toEqual([false, false, true, true, true]);
  });
});

function listed(orders: Orders): number[] {
  return Array.from({ length: orders.liveCount[0]! }, (_, i) => orders.liveAt(0, i).id).sort((a, b) => a - b);
}

function chain(orders: Orders): number[] {
  const ids: number[] = [];
  for (let order = orders.inflightHead[0] ?? null; order !== null; order = order.nextInflight) ids.push(order.id);
  return ids;
}
