// tcx-gateway as a process that begins while no daemon is there: what its killed predecessor left open at the Venue is
// cancelled, and the daemon that comes later is told the truth of it.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EventEncoder } from './event/encode.ts';
import { Action, OrderType, Side, TimeInForce } from './event/kinds.ts';
import { MessageType, type InstrumentEntry } from './event/link-message.ts';
import { TestDaemon, WELCOME } from './gateway/test-daemon.fixture.ts';
import { packageRoot } from './runtime/build-info.ts';
import { Child } from './test/child.ts';
import { BINANCE, CURRENCIES, KRAKEN } from './test/gateway-instruments.fixture.ts';
import type { StandInVenue } from './test/stand-in/settings.ts';
import { StandIn } from './test/stand-in/stand-in.ts';
import { until } from './test/until.ts';

const ORDER_ID = 2 ** 41 + 64;

let folder: string;
let daemon: TestDaemon;
let url: string;
let standIn: StandIn;
let gateway: Child | null;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tcx-alone-'));
  writeFileSync(join(folder, 'token'), 'link-token-of-this-test\n', { mode: 0o600 });
  daemon = await TestDaemon.listen();
  url = daemon.url;
  gateway = null;
});
afterEach(async () => {
  if (gateway !== null && gateway.end === null) await gateway.killed();
  await daemon.close();
  await standIn.close();
  rmSync(folder, { recursive: true });
});

function start(name: StandInVenue): Child {
  const path = join(folder, 'gateway.yaml');
  writeFileSync(path, JSON.stringify({
    endpoints: standIn.endpoints, tls: { ca: standIn.caFile }, dial: { spacing: '10ms', backoffMin: '10ms' },
    credentials: standIn.writeCredentials(), orders: { enabled: true, daemonLossGrace: '100ms', requestWindow: '1s' },
  }));
  gateway = new Child('tcx-gateway', 'tcx-gateway.js', [
    '--venue', name, '--link', url, '--token-file', join(folder, 'token'), '--config', path,
  ]);
  return gateway;
}

function seen<T>(what: string, look: () => T): Promise<NonNullable<T>> {
  return until(what, look, { deadlineMs: 40_000, details: () => `${gateway!.tail()}\n${daemon.events.slice(-20).join('\n')}` });
}

function greet(instrument: InstrumentEntry): void {
  daemon.answer = () => ({ ...WELCOME, heartbeatMs: 60_000, instruments: [instrument], currencies: CURRENCIES });
}

async function reconciled(orderIds: readonly number[]): Promise<void> {
  await seen('the link', () => daemon.hellos.length > 0);
  daemon.send({ type: MessageType.ReconcileRequest, id: 1, orderIds, since: BigInt(Date.now() - 600_000) * 1_000_000n });
  const isEnd = ({ type }: { type: MessageType }): boolean => type === MessageType.ReconcileEnd;
  expect(await seen('the reconciliation', () => daemon.messages.find(isEnd))).toMatchObject({ id: 1, complete: true });
}

describe.skipIf(!existsSync(join(packageRoot(), 'dist', 'daemon', 'tcx-gateway.js')))('no daemon (compiled)', () => {
  test.each([['kraken', KRAKEN], ['binance', BINANCE]] as const)('%s: an Order of an earlier life', async (name, instrument) => {
    standIn = await StandIn.start(name);
    greet(instrument);
    const first = start(name);
    await reconciled([]);
    daemon.socket.send(new EventEncoder().intentDispatched({
      orderId: ORDER_ID, strategy: 0, instrument: 0, venue: 2, action: Action.New, side: Side.Buy, type: OrderType.Limit,
      timeInForce: TimeInForce.GoodTillCancel, price: 100_000, quantity: 100_000,
    }));
    await seen('the Order', () => daemon.events.some((text) => text.startsWith('OrderAccepted')));
    await first.killed();
    const { port } = daemon;
    await daemon.close();
    expect(standIn.audit().openOrders).toHaveLength(1);

    const second = start(name);
    await seen('nothing to be open at the Venue', () => standIn.audit().openOrders.length === 0);
    expect(second.tail()).toContain('no daemon has come since this gateway began');
    daemon = await TestDaemon.listen(port);
    greet(instrument);
    await reconciled([ORDER_ID]);
    const ended = `OrderStatusReport orderId=${ORDER_ID} status=Cancelled`;
    await seen('the end to be told', () => daemon.events.some((text) => text.startsWith(ended)));
    await seen('market data', () => daemon.events.some((text) => text.startsWith('BookSnapshot')));
    expect(await second.ending()).toMatchObject({ code: 0, err: '' });
  });
});
