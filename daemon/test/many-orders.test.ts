// More Orders than a Venue tells in one page: a mass cancel ends them, the gateway is gone in the same moment, and the next
// one finds every single one by its name.

import { afterEach, expect, test } from 'vitest';
import { Kind, VenueOrderStatus } from '../event/kinds.ts';
import { BinanceGateway, ED25519, ED25519_SIGNER } from './binance-gateway.fixture.ts';
import { KrakenGateway } from './kraken-gateway.fixture.ts';
import { BINANCE_INSTRUMENTS, KRAKEN_INSTRUMENTS, STAND_IN_CREDENTIALS } from './stand-in/settings.ts';
import { StandIn } from './stand-in/stand-in.ts';

const ORDERS = 120;
const WAVE = 20;

let standIn: StandIn;
const gateways: (BinanceGateway | KrakenGateway)[] = [];

afterEach(async () => {
  for (const gateway of gateways.splice(0)) gateway.close();
  await standIn.close();
});

const VENUES = {
  binance: {
    start: () => {
      const instruments = BINANCE_INSTRUMENTS.map((each) => ({ ...each, flow: { ...each.flow, eventsPerSecond: 0 } }));
      return StandIn.start('binance', { instruments, credentials: [STAND_IN_CREDENTIALS.binance, ED25519] });
    },
    open: () => new BinanceGateway(standIn, ED25519_SIGNER),
    quantity: 100,
  },
  kraken: {
    start: () => {
      const instruments = KRAKEN_INSTRUMENTS.map((each) => ({ ...each, flow: { ...each.flow, eventsPerSecond: 0 } }));
      return StandIn.start('kraken', { instruments });
    },
    open: () => new KrakenGateway(standIn),
    quantity: 100_000,
  },
};

/** Orders that stand at the Venue; one that is refused, by a busy machine's clock for example, is made up for by another. */
async function fillUp(gateway: BinanceGateway | KrakenGateway, quantity: number): Promise<number[]> {
  const accepted: number[] = [];
  for (let next = 1; accepted.length < ORDERS; next += WAVE) {
    const wave = Array.from({ length: WAVE }, (_, i) => next + i);
    for (const id of wave) gateway.submit(id, { quantity });
    const isTaken = (id: number): boolean => gateway.of(Kind.OrderAccepted, id).length > 0;
    const isAnswered = (id: number): boolean => isTaken(id) || gateway.of(Kind.OrderRejected, id).length > 0;
    await gateway.until('answers', () => wave.every(isAnswered));
    accepted.push(...wave.filter(isTaken));
  }
  return accepted;
}

test.each(['binance', 'kraken'] as const)('%s', async (name) => {
  const venue = VENUES[name];
  standIn = await venue.start();
  const first = venue.open();
  gateways.push(first);
  await first.ready();
  const ids = await fillUp(first, venue.quantity);
  first.massCancel();
  await first.until('the Venue to be empty', () => standIn.audit().openOrders.length === 0);
  first.close();

  const second = venue.open();
  gateways.push(second);
  expect(await second.reconcile(ids)).toMatchObject({ complete: true });
  const isEnded = (id: number): boolean => (
    second.of(Kind.OrderStatusReport, id).some(({ fields }) => fields.status === VenueOrderStatus.Cancelled));
  await second.until('every end', () => ids.every(isEnded));
  expect(ids.filter((id) => second.of(Kind.OrderStatusReport, id).some(({ fields }) => fields.status === VenueOrderStatus.NotFound)))
    .toEqual([]);
}, 60_000);
