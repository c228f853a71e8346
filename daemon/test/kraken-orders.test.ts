// Kraken order entry end to end but for the host: order desk and adapter against the stand-in, over TLS, with everything
// that can go wrong in between. The stand-in's audit is the truth.

import { beforeEach, describe, expect, test } from 'vitest';
import { Prng } from '../base/prng.ts';
import { Kind, OrderType, RejectReason, Side, TimeInForce, VenueOrderStatus } from '../event/kinds.ts';
import { openIds, OrderGateway } from './order-gateway.fixture.ts';
import { KRAKEN } from './order-venues.fixture.ts';
import { tradeAmidFaults } from './random-orders.fixture.ts';
import { openStandIn } from './stand-in/open-stand-in.fixture.ts';
import type { StandIn } from './stand-in/stand-in.ts';

let standIn: StandIn;

async function start(eventsPerSecond: number): Promise<void> {
  standIn = await openStandIn('kraken', { eventsPerSecond });
}

function open(): Promise<OrderGateway> {
  return OrderGateway.open(standIn, KRAKEN);
}

/** How an Order stands by the Events told of it, acceptance and reports together. */
function lastStatus(gateway: OrderGateway, orderId: number): VenueOrderStatus | undefined {
  if (gateway.of(Kind.OrderCancelled, orderId).length > 0) return VenueOrderStatus.Cancelled;
  const status = gateway.of(Kind.OrderStatusReport, orderId).at(-1)?.fields.status;
  return status ?? (gateway.of(Kind.OrderAccepted, orderId).length > 0 ? VenueOrderStatus.Open : undefined);
}

describe('a quiet market', () => {
  beforeEach(() => start(0));

  test('an Order\'s life', async () => {
    const gateway = await open();
    gateway.submit(1);
    expect((await gateway.next(Kind.OrderAccepted, 1)).fields.venueOrderId).toMatch(/^O/);
    gateway.replace(1, 59_001_0, 40_000_000);
    expect((await gateway.next(Kind.OrderReplaced, 1)).fields).toMatchObject({ price: 59_001_0n, quantity: 40_000_000n });
    gateway.cancel(1);
    await gateway.next(Kind.OrderCancelled, 1);
    expect(openIds(standIn)).toEqual([]);
    expect(gateway.of(Kind.OrderAccepted, 1)).toHaveLength(1);
    expect(gateway.of(Kind.OrderReplaced, 1)).toHaveLength(1);
    expect(gateway.of(Kind.OrderCancelled, 1)).toHaveLength(1);
    expect(gateway.problems).toEqual([]);
  });

  test('fills, immediate orders, market orders, fill or kill, refusals', async () => {
    const gateway = await open();
    gateway.submit(1, { price: 61_000_0, quantity: 100_000 });
    const filled = await gateway.next(Kind.OrderFilled, 1);
    expect(filled.fields).toMatchObject({ quantity: 100_000n, side: Side.Buy, feeCurrency: 1 });
    expect(Number(filled.fields.fee)).toBeGreaterThan(0);
    gateway.submit(2, { timeInForce: TimeInForce.ImmediateOrCancel });
    await gateway.next(Kind.OrderCancelled, 2);
    gateway.submit(3, { timeInForce: TimeInForce.FillOrKill });
    await gateway.until('the end of the fill or kill', () => gateway.desk.table.get(3)?.end ?? null);
    gateway.submit(4, { timeInForce: TimeInForce.FillOrKill, price: 61_000_0, quantity: 100_000 });
    await gateway.next(Kind.OrderFilled, 4);
    gateway.submit(5, { type: OrderType.Market, price: 0, quantity: 200_000, side: Side.Sell });
    await gateway.next(Kind.OrderFilled, 5);
    gateway.submit(6, { timeInForce: TimeInForce.PostOnly, price: 61_000_0 });
    await gateway.until('the end of the post-only Order', () => gateway.desk.table.get(6)?.end ?? null);
    gateway.submit(7, { quantity: 10_000_000_000 });
    expect((await gateway.next(Kind.OrderRejected, 7)).fields.reason).toBe(RejectReason.InsufficientFunds);
    gateway.cancel(2);
    expect((await gateway.next(Kind.CancelRejected, 2)).fields.reason).toBe(RejectReason.OrderTerminal);
    gateway.checkExecutions();
  });

  test('mass cancel ends every Order; the dead-man switch is armed, and taken back at the end', async () => {
    const gateway = await open();
    await gateway.until('the switch', () => gateway.sent.some((frame) => frame.includes('"timeout":60')));
    for (const id of [1, 2, 3]) gateway.submit(id);
    for (const id of [1, 2, 3]) await gateway.next(Kind.OrderAccepted, id);
    gateway.massCancel();
    for (const id of [1, 2, 3]) await gateway.next(Kind.OrderCancelled, id);
    expect(openIds(standIn)).toEqual([]);
    gateway.end();
    await gateway.until('the switch to be taken back', () => gateway.sent.at(-1)?.includes('"timeout":0'));
    await gateway.until('its answer', () => gateway.desk.requests.list().length === 0);
    expect(gateway.desk.statistics.problems).toBe(0);
  });

  test.each([
    ['the answer is lost', { fault: 'loseAnswer' }],
    ['the connection breaks before the answer', { fault: 'disconnectAfter' }],
    ['an ambiguous error, and it took effect', { fault: 'error', message: 'EService:Timeout', effect: true }],
    ['the stream is first', { fault: 'eventsFirst' }],
  ] as const)('placed all the same: %s', async (_, fault) => {
    const gateway = await open();
    standIn.arm({ on: 'add_order', ...fault });
    gateway.submit(1);
    await gateway.until('the acceptance', () => lastStatus(gateway, 1) === VenueOrderStatus.Open);
    await gateway.ready();
    standIn.arm({ on: 'amend_order', ...fault });
    gateway.replace(1, 59_001_0, 60_000_000);
    await gateway.until('the replacement', () => gateway.of(Kind.OrderReplaced, 1).length > 0);
    await gateway.ready();
    standIn.arm({ on: 'cancel_order', ...fault });
    gateway.cancel(1);
    await gateway.until('the end', () => lastStatus(gateway, 1) === VenueOrderStatus.Cancelled);
    expect(openIds(standIn)).toEqual([]);
    expect(gateway.of(Kind.OrderRejected, 1)).toEqual([]);
    expect(gateway.of(Kind.OrderCancelled, 1).length).toBeLessThanOrEqual(1);
  });

  test.each([
    ['the request is lost', { fault: 'loseRequest' }],
    ['an unlisted error', { fault: 'error', message: 'EOrder:Something new', effect: false }],
    ['the connection breaks first', { fault: 'disconnectBefore' }],
  ] as const)('never placed, and said only once that is certain: %s', async (_, fault) => {
    const gateway = await open();
    standIn.arm({ on: 'add_order', ...fault });
    const sentAt = gateway.time;
    gateway.submit(1);
    await gateway.until('NotFound', () => lastStatus(gateway, 1) === VenueOrderStatus.NotFound);
    expect(gateway.time - sentAt).toBeGreaterThanOrEqual(gateway.adapter.requestLifetimeNs);
    expect(gateway.of(Kind.OrderAccepted, 1)).toEqual([]);
    expect(gateway.of(Kind.OrderRejected, 1)).toEqual([]);
    await gateway.ready();
    gateway.submit(2);
    await gateway.next(Kind.OrderAccepted, 2);
  });

  test('a limit: definitely not done, and nothing is sent until it ends', async () => {
    const gateway = await open();
    standIn.arm({ on: 'add_order', fault: 'error', message: 'EOrder:Rate limit exceeded', effect: false });
    gateway.submit(1);
    expect((await gateway.next(Kind.OrderRejected, 1)).fields.reason).toBe(RejectReason.RateLimited);
    gateway.submit(2);
    expect((await gateway.next(Kind.OrderRejected, 2)).fields.reason).toBe(RejectReason.RateLimited);
    expect(standIn.audit().requests['t2'] ?? []).toEqual([]);
  });

  test('a key without permission closes order entry; a cancel is tried all the same', async () => {
    const gateway = await open();
    gateway.submit(1);
    await gateway.next(Kind.OrderAccepted, 1);
    standIn.arm({ on: 'add_order', fault: 'error', message: 'EGeneral:Permission denied', effect: false });
    gateway.submit(2);
    expect((await gateway.next(Kind.OrderRejected, 2)).fields.reason).toBe(RejectReason.VenueUnavailable);
    gateway.submit(3);
    expect((await gateway.next(Kind.OrderRejected, 3)).fields.reason).toBe(RejectReason.VenueUnavailable);
    expect(standIn.audit().requests['t3'] ?? []).toEqual([]);
    gateway.cancel(1);
    await gateway.next(Kind.OrderCancelled, 1);
    expect((await gateway.reconcile([])).complete).toBe(false);
  });

  test('tokens that are gone: refused as not done, then a new one', async () => {
    const gateway = await open();
    standIn.expireSessions();
    const id = await gateway.until('an acceptance', () => {
      const last = gateway.events.filter(({ kind }) => kind === Kind.OrderRejected).length;
      if (gateway.of(Kind.OrderRejected, last).length > 0 || last === 0) gateway.submit(last + 1);
      const accepted = gateway.events.find((event) => event.kind === Kind.OrderAccepted);
      return accepted === undefined ? null : Number(accepted.fields.orderId);
    });
    expect(id).toBeGreaterThan(0);
  });

  test('a clock that differs by a minute and a half changes nothing', async () => {
    const gateway = await open();
    standIn.setClockSkew(90_000);
    standIn.disconnect();
    await gateway.until('the end of the connection', () => !gateway.desk.gate.isReady);
    await gateway.ready();
    gateway.submit(1);
    await gateway.next(Kind.OrderAccepted, 1);
  });

  test.each(['drop', 'duplicate', 'reorder', 'stale', 'truncate', 'midFrame', 'delay'] as const)(
    'private messages: %s', async (fault) => {
      const gateway = await open();
      standIn.arm({ on: 'executions', fault, skip: 2, count: 3, milliseconds: 200 });
      for (const id of [1, 2, 3]) gateway.submit(id, { price: 61_000_0, quantity: 100_000 });
      gateway.submit(4);
      await gateway.until('every execution', () => {
        const told = new Set(gateway.events.flatMap((event) => (event.kind === Kind.OrderFilled ? [event.fields.executionId] : [])));
        return told.size === standIn.audit().executions.length && told.size >= 1;
      });
      await gateway.ready();
      await gateway.until('no Order in doubt', () => gateway.desk.table.live().every(({ work }) => work === null));
      expect(await gateway.reconcile([1, 2, 3, 4])).toEqual({ complete: true, message: '' });
      gateway.checkExecutions();
      const isPlaced = standIn.audit().openOrders.some(({ clientOrderId }) => clientOrderId === 't4');
      expect(lastStatus(gateway, 4)).toBe(isPlaced ? VenueOrderStatus.Open : VenueOrderStatus.NotFound);
    },
  );

  test('another gateway process: orders of the first are found by their ids alone', async () => {
    const first = await open();
    for (const id of [1, 2, 3]) first.submit(id);
    for (const id of [1, 2, 3]) await first.next(Kind.OrderAccepted, id);
    first.replace(2, 59_002_0, 50_000_000);
    await first.next(Kind.OrderReplaced, 2);
    first.replace(3, 61_000_0, 1_000_000);
    await first.next(Kind.OrderFilled, 3);
    first.cancel(1);
    await first.next(Kind.OrderCancelled, 1);
    first.close();
    const second = await open();
    const expected = [VenueOrderStatus.Cancelled, VenueOrderStatus.Open, VenueOrderStatus.Filled, VenueOrderStatus.NotFound];
    await second.until('every status', async () => {
      await second.reconcile([1, 2, 3, 4]);
      await second.timePasses();
      return expected.every((status, index) => second.of(Kind.OrderStatusReport, index + 1).at(-1)?.fields.status === status);
    });
    second.checkExecutions();
    second.cancel(2);
    await second.next(Kind.OrderCancelled, 2);
    expect(openIds(standIn)).toEqual([]);
  });
});

describe('a busy market with faults', () => {
  beforeEach(() => start(300));

  test.each([1, 2])('seed %i: what was told is what happened', async (seed) => {
    await tradeAmidFaults(standIn, await open(), Prng.seeded(seed, 0), {
      methods: ['add_order', 'amend_order', 'cancel_order'],
      price: (random) => 60_000_0 - 300_0 + random.below(6_000),
      quantity: (random) => 2_000_000 + random.below(200) * 100_000,
      move: (random) => random.below(20) - 10,
    });
  });
});
