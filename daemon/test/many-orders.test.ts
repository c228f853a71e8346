// More Orders than a Venue tells in one page: a mass cancel ends them, the gateway is gone in the same moment, and the next
// one finds every single one by its name.

import { expect, test } from 'vitest';
import { Kind, VenueOrderStatus } from '../event/kinds.ts';
import { openIds, OrderGateway } from './order-gateway.fixture.ts';
import { binance, ED25519_SIGNER, KRAKEN } from './order-venues.fixture.ts';
import { ED25519 } from './stand-in/binance/client.fixture.ts';
import { openStandIn } from './stand-in/open-stand-in.fixture.ts';
import { STAND_IN_CREDENTIALS } from './stand-in/settings.ts';

const ORDERS = 120;
const WAVE = 20;
const VENUES = [{ venue: binance(ED25519_SIGNER), quantity: 100 }, { venue: KRAKEN, quantity: 100_000 }];

/** Orders that stand at the Venue; one that is refused, by a busy machine's clock for example, is made up for by another. */
async function fillUp(gateway: OrderGateway, quantity: number): Promise<number[]> {
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

test.each(VENUES)('$venue.name', async ({ venue, quantity }) => {
  const credentials = venue.name === 'binance' ? [STAND_IN_CREDENTIALS.binance, ED25519] : [STAND_IN_CREDENTIALS.kraken];
  const standIn = await openStandIn(venue.name, { eventsPerSecond: 0, credentials });
  const first = await OrderGateway.open(standIn, venue);
  const ids = await fillUp(first, quantity);
  first.massCancel();
  await first.until('the Venue to be empty', () => openIds(standIn).length === 0);
  first.close();

  const second = await OrderGateway.open(standIn, venue);
  expect(await second.reconcile(ids)).toMatchObject({ complete: true });
  const isEnded = (id: number): boolean => (
    second.of(Kind.OrderStatusReport, id).some(({ fields }) => fields.status === VenueOrderStatus.Cancelled));
  await second.until('every end', () => ids.every(isEnded));
  expect(ids.filter((id) => second.of(Kind.OrderStatusReport, id).some(({ fields }) => fields.status === VenueOrderStatus.NotFound)))
    .toEqual([]);
});
