// Binance order entry end to end but for the host: order desk and adapter against the stand-in, over TLS, with everything
// that can go wrong in between. The stand-in's audit is the truth.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Kind, OrderType, RejectReason, Side, TimeInForce, VenueOrderStatus } from '../event/kinds.ts';
import { formatDecimal } from '../base/decimal.ts';
import { ownOrderId } from '../event/client-order-id.ts';
import { Prng } from '../base/prng.ts';
import {
  BinanceGateway, ED25519, ED25519_SIGNER, HMAC_SIGNER, PRICE_SCALE, QUANTITY_SCALE,
} from './binance-gateway.fixture.ts';
import { BINANCE_INSTRUMENTS, STAND_IN_CREDENTIALS } from './stand-in/settings.ts';
import { StandIn } from './stand-in/stand-in.ts';

let standIn: StandIn;
const gateways: BinanceGateway[] = [];

async function start(eventsPerSecond: number): Promise<void> {
  const instruments = BINANCE_INSTRUMENTS.map((each) => ({ ...each, flow: { ...each.flow, eventsPerSecond } }));
  standIn = await StandIn.start('binance', { instruments, credentials: [STAND_IN_CREDENTIALS.binance, ED25519] });
}

async function open(signer = ED25519_SIGNER): Promise<BinanceGateway> {
  const gateway = new BinanceGateway(standIn, signer);
  gateways.push(gateway);
  await gateway.ready();
  return gateway;
}

afterEach(async () => {
  for (const gateway of gateways.splice(0)) gateway.close();
  await standIn.close();
});

/** Every execution of the Venue was told under its Order, with its amounts, and nothing else was. */
function checkExecutions(gateway: BinanceGateway): void {
  const told = new Map<string, string>();
  for (const event of gateway.events) {
    if (event.kind !== Kind.OrderFilled) continue;
    const { executionId, orderId, price, quantity } = event.fields;
    const amounts = `${formatDecimal(BigInt(quantity), QUANTITY_SCALE)}@${formatDecimal(BigInt(price), PRICE_SCALE)}`;
    told.set(executionId, `${orderId} ${amounts}`);
  }
  const truth = standIn.audit().executions.map(({ clientOrderId, price, quantity }) => {
    return `${ownOrderId(clientOrderId)?.orderId ?? 0} ${shorter(quantity, QUANTITY_SCALE)}@${shorter(price, PRICE_SCALE)}`;
  });
  expect([...told.values()].sort()).toEqual(truth.sort());
}

function shorter(text: string, scale: number): string {
  const point = text.indexOf('.');
  return text.slice(0, point + 1 + scale);
}

function openIds(): string[] {
  return standIn.audit().openOrders.map(({ clientOrderId }) => clientOrderId).sort();
}

describe('a quiet market', () => {
  beforeEach(() => start(0));

  test.each([['Ed25519 session', ED25519_SIGNER], ['HMAC signatures', HMAC_SIGNER]])('an Order\'s life: %s', async (_, signer) => {
    const gateway = await open(signer);
    gateway.submit(1);
    expect((await gateway.next(Kind.OrderAccepted, 1)).fields.venueOrderId).not.toBe('');
    gateway.replace(1, 59_000_00, 40_000);
    expect((await gateway.next(Kind.OrderReplaced, 1)).fields).toMatchObject({ price: 59_000_00n, quantity: 40_000n });
    expect(openIds()).toEqual(['t1']);
    gateway.replace(1, 59_001_00, 45_000);
    expect((await gateway.next(Kind.OrderReplaced, 1, 2)).fields).toMatchObject({ price: 59_001_00n, quantity: 45_000n });
    expect(openIds()).toEqual(['t1-1']);
    // Less at the same price again, of an order that is a generation of its own.
    gateway.replace(1, 59_001_00, 30_000);
    expect((await gateway.next(Kind.OrderReplaced, 1, 3)).fields).toMatchObject({ price: 59_001_00n, quantity: 30_000n });
    expect(openIds()).toEqual(['t1-1']);
    gateway.cancel(1);
    await gateway.next(Kind.OrderCancelled, 1);
    expect(openIds()).toEqual([]);
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
    checkExecutions(gateway);
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
    expect(openIds()).toEqual([]);
  });

  test('mass cancel ends every Order; without any it is no error', async () => {
    const gateway = await open();
    gateway.massCancel();
    for (const id of [1, 2, 3]) gateway.submit(id);
    for (const id of [1, 2, 3]) await gateway.next(Kind.OrderAccepted, id);
    gateway.massCancel();
    for (const id of [1, 2, 3]) await gateway.next(Kind.OrderCancelled, id);
    expect(openIds()).toEqual([]);
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
    expect(openIds()).toEqual(['t1-1']);
    await gateway.ready();
    standIn.arm({ on: 'order.cancel', ...fault });
    gateway.cancel(1);
    await gateway.until('the end', () => gateway.of(Kind.OrderCancelled, 1).length + gateway.of(Kind.OrderStatusReport, 1)
      .filter(({ fields }) => fields.status === VenueOrderStatus.Cancelled).length > 0);
    expect(openIds()).toEqual([]);
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
    gateway.submit(1);
    await gateway.until('NotFound', () => gateway.of(Kind.OrderStatusReport, 1)
      .some(({ fields }) => fields.status === VenueOrderStatus.NotFound));
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
    await gateway.until('orders again', () => {
      const id = 3 + gateway.events.filter(({ kind }) => kind === Kind.OrderRejected).length;
      gateway.submit(id);
      return gateway.events.some(({ kind }) => kind === Kind.OrderAccepted);
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
    checkExecutions(second);
    second.cancel(2);
    await second.next(Kind.OrderCancelled, 2);
    expect(openIds()).toEqual([]);
  });
});

describe('a busy market with faults', () => {
  beforeEach(() => start(300));

  test.each([1, 2])('seed %i: what was told is what happened', async (seed) => {
    const random = Prng.seeded(seed, 0);
    const gateway = await open(seed % 2 === 0 ? HMAC_SIGNER : ED25519_SIGNER);
    const methods = ['order.place', 'order.cancelReplace', 'order.amend.keepPriority', 'order.cancel'];
    const faults = ['loseAnswer', 'eventsFirst', 'disconnectAfter', 'slowAnswer', 'loseRequest'] as const;
    const live: number[] = [];
    for (let id = 1; id <= 40; id += 1) {
      if (random.below(4) === 0) {
        standIn.arm({ on: methods[random.below(methods.length)]!, fault: faults[random.below(faults.length)]!, milliseconds: 30 });
      }
      const price = 60_000_00 - 300_00 + random.below(60_000);
      gateway.submit(id, { price, quantity: 2000 + random.below(20_000), side: random.below(2) === 0 ? Side.Buy : Side.Sell });
      live.push(id);
      const chosen = live[random.below(live.length)]!;
      if (random.below(3) === 0) gateway.cancel(chosen);
      else gateway.replace(chosen, price + random.below(200) - 100, 2000 + random.below(20_000));
      const heard = gateway.events.length;
      await gateway.until('an answer', () => gateway.events.length > heard);
    }
    await gateway.ready();
    gateway.massCancel();
    await gateway.until('no open order', () => openIds().length === 0);
    await gateway.until('no Order in doubt', () => gateway.desk.table.live().length === 0);
    const ids = Array.from({ length: 40 }, (_, index) => index + 1);
    expect(await gateway.reconcile(ids)).toEqual({ complete: true, message: '' });
    checkExecutions(gateway);
  });
});
