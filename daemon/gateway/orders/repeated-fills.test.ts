// What a gateway's restart does: an execution of a live Order is told again long after it was applied, and moves nothing.

import { expect, test } from 'vitest';
import { Anomaly } from '../../core/state/execution/execution.ts';
import type { EventValue } from '../../event/event-fields.ts';
import { Action, Kind } from '../../event/kinds.ts';
import { DaemonModel } from './desk-rig.fixture.ts';

/** More than the memory of execution ids holds. */
const FILLS = 40_000;

function fill(orderId: number, executionId: string): EventValue {
  return {
    kind: Kind.OrderFilled,
    fields: {
      orderId: BigInt(orderId), instrument: 0, side: 0, price: 100n, quantity: 1n, fee: 0n, feeCurrency: 0, liquidity: 0,
      eventTime: 0n, captureTime: 0n, venueOrderId: '', executionId,
    },
  } as EventValue;
}

test('a fill of a live Order told again after forty thousand others is a duplicate', () => {
  const daemon = new DaemonModel();
  daemon.dispatch(1, Action.New, 100, 10, 0);
  daemon.apply(fill(1, 'the-first'), 0);
  for (let i = 0; i < FILLS; i += 1) daemon.apply(fill(2, String(i)), 0);
  const held = daemon.state.positions.of[0]!.quantity;
  daemon.anomalies.length = 0;
  daemon.apply(fill(1, 'the-first'), 0);
  expect(daemon.anomalies).toEqual([Anomaly.Duplicate]);
  expect(daemon.order(1)!.filled).toBe(1);
  expect(daemon.state.positions.of[0]!.quantity).toBe(held);
});
