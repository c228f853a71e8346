// Binance order entry end to end but for the host: order desk and adapter against the stand-in, over TLS, with everything
// that can go wrong in between. The stand-in's audit is the truth.

import { beforeEach, describe, expect, test } from 'vitest';
import { Prng } from '../base/prng.ts';
import { Kind, OrderType, RejectReason, Side, TimeInForce, VenueOrderStatus } from '../event/kinds.ts';
import { openIds, OrderGateway } from './order-gateway.fixture.ts';
import { binance, ED25519_SIGNER, HMAC_SIGNER } from './order-venues.fixture.ts';
import { tradeAmidFaults } from './random-orders.fixture.ts';
import { ED25519 } from './stand-in/binance/client.fixture.ts';
import { openStandIn } from './stand-in/open-stand-in.fixture.ts';
import { STAND_IN_CREDENTIALS } from './stand-in/settings.ts';
import type { StandIn } from './stand-in/stand-in.ts';

let standIn: StandIn;

async function start(eventsPerSecond: number): Promise<void> {
  standIn = await openStandIn('binance', { eventsPerSecond, credentials: [STAND_IN_CREDENTIALS.binance, ED25519] });
}

function open(signer = ED25519_SIGNER): Promise<OrderGateway> {
  return OrderGateway.open(standIn, binance(signer));
}

describe('a quiet market', () => {
  beforeEach(() => start(0));

  test.each([['Ed25519 session', ED25519_SIGNER], ['HMAC signatures', HMAC_SIGNER]])('an Order\'s life: %s', async (_, signer) => {
    const gateway = await open(signer);
    gateway.submit(1);
    expect((await gateway.next(Kind.OrderAccepted, 1)).fields.venueOrderId).not.toBe('');
    gateway.replace(1, 59_000_00, 40_000);
    expect((await gateway.next(Kind.OrderReplaced, 1)).fields).toMatchObject({ price: 59_000_00n, quantity: 40_000n });
    expect(openIds(standIn)).toEqual(['t1']);
    gateway.replace(1, 59_001_00, 45_000);
    expect((await gateway.next(Kind.OrderReplaced, 1, 2)).fields).toMatchObject({ price: 59_001_00n, quantity: 45_000n });
    expect(openIds(standIn)).toEqual(['t1-1']);
    // Less at the same price again, of an order that is a generation of its own.
    gateway.replace(1, 59_001_00, 30_000);
    expect((await gateway.next(Kind.OrderReplaced, 1, 3)).fields).toMatchObject({ price: 59_001_00n, quantity: 30_000n });
    expect(openIds(standIn)).toEqual(['t1-1']);
    gateway.cancel(1);
    await gateway.next(Kind.OrderCancelled, 1);
    expect(openIds(standIn)).toEqual([]);
    expect(gateway.of(Kind.OrderAccepted, 1)).toHaveLength(1);
    expect(gateway.of(Kind.OrderReplaced, 1)).toHaveLength(3);
    expect(gateway.of(Kind.OrderCancelled, 1)).toHaveLength(1);
    expect(gateway.problems).toEqual([]);
  });

  test('fills, immediate orders, market orders, refusals', async () => {
    const gateway = await open();
    gateway.submit(1, { price: 61_000_00, quantity: 1000 });
    const filled = await gateway.next(Kind.OrderFilled, 1);
    expect(filled.fields).toMatchObject({ quantity: 1000n, side: Side.Buy, feeCurrency: 0 });
    gateway.submit(2, { timeInForce: TimeInForce.ImmediateOrCancel });
    await gateway.next(Kind.OrderCancelled, 2);
    gateway.submit(3, { timeInForce: TimeInForce.FillOrKill });
    await gateway.next(Kind.OrderCancelled, 3);
    gateway.submit(4, { type: OrderType.Market, price: 0, quantity: 2000, side: Side.Sell });
    await gateway.next(Kind.OrderFilled, 4);
    gateway.submit(5, { timeInForce: TimeInForce.PostOnly, price: 61_000_00 });
    expect((await gateway.next(Kind.OrderRejected, 5)).fields.reason).toBe(RejectReason.PostOnlyWouldCross);
    gateway.submit(6, { quantity: 10_000_000 });
    expect((await gateway.next(Kind.OrderRejected, 6)).fields.reason).toBe(RejectReason.InsufficientFunds);
    gateway.cancel(2);
    expect((await gateway.next(Kind.CancelRejected, 2)).fields.reason).toBe(RejectReason.OrderTerminal);
    gateway.checkExecutions();
    expect(gateway.of(Kind.OrderRejected, 5)).toHaveLength(1);
  });

  test('a replacement whose new half is refused ends the Order, and says why', async () => {
    const gateway = await open();
    gateway.submit(1, { timeInForce: TimeInForce.PostOnly });
    await gateway.next(Kind.OrderAccepted, 1);
    gateway.replace(1, 61_000_00, 50_000, { timeInForce: TimeInForce.PostOnly });
    expect((await gateway.next(Kind.ReplaceRejected, 1)).fields.reason).toBe(RejectReason.PostOnlyWouldCross);
    await gateway.next(Kind.OrderCancelled, 1);
    expect(gateway.of(Kind.OrderRejected, 1)).toEqual([]);
    expect(openIds(standIn)).toEqual([]);
  });

  test('mass cancel ends every Order; without any it is no error', async () => {
    const gateway = await open();
    gateway.massCancel();
    for (const id of [1, 2, 3]) gateway.submit(id);
    for (const id of [1, 2, 3]) await gateway.next(Kind.OrderAccepted, id);
    gateway.massCancel();
    for (const id of [1, 2, 3]) await gateway.next(Kind.OrderCancelled, id);
    expect(openIds(standIn)).toEqual([]);
    expect(gateway.desk.statistics.problems).toBe(0);
  });

  test.each([
    ['the answer is lost', { fault: 'loseAnswer' }],
    ['the connection breaks before the answer', { fault: 'disconnectAfter' }],
    ['504, and it took effect', { fault: 'error', status: 504, code: -1007, effect: true }],
    ['the stream is first', { fault: 'eventsFirst' }],
  ] as const)('placed all the same: %s', async (_, fault) => {
    const gateway = await open();
    standIn.arm({ on: 'order.place', ...fault });
    gateway.submit(1);
    await gateway.until('the acceptance', () => gateway.of(Kind.OrderAccepted, 1).length > 0
      || gateway.of(Kind.OrderStatusReport, 1).some(({ fields }) => fields.status === VenueOrderStatus.Open));
    standIn.arm({ on: 'order.cancelReplace', ...fault });
    await gateway.ready();
    gateway.replace(1, 59_001_00, 60_000);
    await gateway.until('the replacement', () => gateway.of(Kind.OrderReplaced, 1).length > 0 || gateway.of(Kind.OrderStatusReport, 1)
      .some(({ fields }) => fields.status === VenueOrderStatus.Open && fields.quantity === 60_000n));
    expect(openIds(standIn)).toEqual(['t1-1']);
    await gateway.ready();
    standIn.arm({ on: 'order.cancel', ...fault });
    gateway.cancel(1);
    await gateway.until('the end', () => gateway.of(Kind.OrderCancelled, 1).length + gateway.of(Kind.OrderStatusReport, 1)
      .filter(({ fields }) => fields.status === VenueOrderStatus.Cancelled).length > 0);
    expect(openIds(standIn)).toEqual([]);
    expect(gateway.of(Kind.OrderRejected, 1)).toEqual([]);
    expect(gateway.of(Kind.OrderCancelled, 1).length).toBeLessThanOrEqual(1);
  });

  test.each([
    ['the request is lost', { fault: 'loseRequest' }],
    ['an unlisted code', { fault: 'error', status: 400, code: -7777, effect: false }],
    ['the connection breaks first', { fault: 'disconnectBefore' }],
  ] as const)('never placed, and said only once that is certain: %s', async (_, fault) => {
    const gateway = await open();
    standIn.arm({ on: 'order.place', ...fault });
    const sentAt = gateway.time;
    gateway.submit(1);
    await gateway.until('NotFound', () => gateway.of(Kind.OrderStatusReport, 1)
      .some(({ fields }) => fields.status === VenueOrderStatus.NotFound));
    expect(gateway.time - sentAt).toBeGreaterThanOrEqual(gateway.adapter.requestLifetimeNs);
    expect(gateway.of(Kind.OrderAccepted, 1)).toEqual([]);
    expect(gateway.of(Kind.OrderRejected, 1)).toEqual([]);
    await gateway.ready();
    gateway.submit(2);
    await gateway.next(Kind.OrderAccepted, 2);
  });

  test('clock skew: refused as not executed, then right again; a cancel is repeated', async () => {
    const gateway = await open();
    standIn.setClockSkew(90_000);
    gateway.submit(1);
    expect((await gateway.next(Kind.OrderRejected, 1)).fields.message).toContain('-1021');
    const id = await gateway.until('an acceptance', () => {
      const last = gateway.events.filter(({ kind }) => kind === Kind.OrderRejected).length;
      if (gateway.of(Kind.OrderRejected, last).length > 0) gateway.submit(last + 1);
      const accepted = gateway.events.find((event) => event.kind === Kind.OrderAccepted);
      return accepted === undefined ? null : Number(accepted.fields.orderId);
    });
    standIn.setClockSkew(-90_000);
    gateway.cancel(id);
    await gateway.next(Kind.OrderCancelled, id);
    expect(gateway.of(Kind.CancelRejected, id)).toEqual([]);
  });

  test('429: definitely not done, and nothing is sent until the limit ends', async () => {
    const gateway = await open();
    standIn.arm({ on: 'order.place', fault: 'error', status: 429, code: -1015, milliseconds: 300, effect: false });
    gateway.submit(1);
    expect((await gateway.next(Kind.OrderRejected, 1)).fields.reason).toBe(RejectReason.RateLimited);
    gateway.submit(2);
    expect((await gateway.next(Kind.OrderRejected, 2)).fields.reason).toBe(RejectReason.RateLimited);
    expect(standIn.audit().requests['t2'] ?? []).toEqual([]);
    let id = 3;
    await gateway.until('orders again', async () => {
      await gateway.timePasses();
      gateway.submit(id);
      const isAccepted = (): boolean => gateway.of(Kind.OrderAccepted, id).length > 0;
      await gateway.until('an answer', () => isAccepted() || gateway.of(Kind.OrderRejected, id).length > 0);
      if (isAccepted()) return true;
      id += 1;
      return false;
    });
  });

  test('a session that ends is logged on again', async () => {
    const gateway = await open();
    standIn.expireSessions();
    await gateway.until('the end of the session', () => !gateway.desk.gate.isReady);
    await gateway.ready();
    gateway.submit(1);
    await gateway.next(Kind.OrderAccepted, 1);
  });

  test('another gateway process: orders of the first are found by their ids alone, replaced ones too', async () => {
    const first = await open();
    for (const id of [1, 2, 3]) first.submit(id);
    for (const id of [1, 2, 3]) await first.next(Kind.OrderAccepted, id);
    first.replace(2, 59_002_00, 50_000);
    await first.next(Kind.OrderReplaced, 2);
    first.replace(2, 59_003_00, 50_000);
    await first.next(Kind.OrderReplaced, 2, 2);
    first.replace(3, 61_000_00, 1000);
    await first.next(Kind.OrderFilled, 3);
    first.cancel(1);
    await first.next(Kind.OrderCancelled, 1);
    first.close();
    const second = await open();
    expect(await second.reconcile([1, 2, 3, 4])).toEqual({ complete: true, message: '' });
    const expected = [VenueOrderStatus.Cancelled, VenueOrderStatus.Open, VenueOrderStatus.Filled];
    for (const [index, status] of expected.entries()) {
      await second.until(`status ${status} of Order ${index + 1}`,
        () => second.of(Kind.OrderStatusReport, index + 1).at(-1)?.fields.status === status);
    }
    second.checkExecutions();
    second.cancel(2);
    await second.next(Kind.OrderCancelled, 2);
    expect(openIds(standIn)).toEqual([]);
  });
});

describe('a busy market with faults', () => {
  beforeEach(() => start(300));

  test.each([1, 2])('seed %i: what was told is what happened', async (seed) => {
    const gateway = await open(seed % 2 === 0 ? HMAC_SIGNER : ED25519_SIGNER);
    await tradeAmidFaults(standIn, gateway, Prng.seeded(seed, 0), {
      methods: ['order.place', 'order.cancelReplace', 'order.amend.keepPriority', 'order.cancel'],
      price: (random) => 60_000_00 - 300_00 + random.below(60_000),
      quantity: (random) => 2000 + random.below(20_000),
      move: (random) => random.below(200) - 100,
    });
  });
});
