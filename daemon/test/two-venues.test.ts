// A paper session on Kraken and Binance at once, as far as tcx can tell: quotes, fills, replaces, a connection cut with requests
// in flight, gateways killed under load. Afterwards State is the Venues' truth and the journal replays identical.

import { expect, test } from 'vitest';
import { Prng } from '../base/prng.ts';
import { journalPaths } from './journal-contents.ts';
import { replayIdentical } from './replay-check.ts';
import type { StandInVenue } from './stand-in/settings.ts';
import { pause } from './until.ts';
import { VenueRig } from './venue-rig.ts';

const VENUES: readonly StandInVenue[] = ['kraken', 'binance'];
const KILLS = 4;
const SEED = 5;

const agrees = ({ reconciliation }: { reconciliation: string }): boolean => /^(ok|warning)$/.test(reconciliation);

/** Executions that the Venue made, by symbol and number, each told at least once by now. */
function executions(rig: VenueRig): number {
  return VENUES.reduce((count, venue) => count + rig.venue(venue).audit().executions.length, 0);
}

/** No client order id was placed twice. */
function assertNothingSentTwice(rig: VenueRig): void {
  for (const venue of VENUES) {
    for (const [id, methods] of Object.entries(rig.venue(venue).audit().requests)) {
      const placed = methods.filter((method) => /^(add_order|order\.place)$/.test(method));
      expect([venue, id, placed.length]).toEqual([venue, id, Math.min(1, placed.length)]);
    }
  }
}

async function endAndReplay(rig: VenueRig): Promise<void> {
  const told = executions(rig);
  await rig.command('/drain', 'the test is over');
  expect(await rig.daemon!.ended).toMatchObject({ code: 0, signal: null });
  const replay = await replayIdentical(journalPaths(rig.dataDir)[0]!);
  expect(replay.countByKind['OrderFilled']).toBeGreaterThanOrEqual(told);
  expect(replay.countByKind['OrderReplaced']).toBeGreaterThan(0);
}

test('fills, replaces and a connection lost with requests in flight: State is the Venues\', replay identical', async () => {
  const rig = await VenueRig.create({ venues: VENUES });
  await rig.enclose('npx vitest run --config ops/vitest.config.ts --root . daemon/test/two-venues.test.ts', async () => {
    await rig.start();
    await rig.enable();
    await rig.statusWhere('Orders at both Venues', ({ openOrders }) => openOrders >= 4);
    for (const venue of VENUES) {
      const before = rig.venue(venue).audit().executions.length;
      await rig.statusWhere(`fills at ${venue}`, () => rig.venue(venue).audit().executions.length > before + 3);
      rig.venue(venue).disconnect('abort');
      await rig.statusWhere(`${venue} to be reconciled`, ({ venues }) => agrees(venues[VENUES.indexOf(venue)]!));
    }
    await rig.enable();
    await rig.statusWhere('Orders again', ({ openOrders }) => openOrders >= 4);
    await rig.assertStateIsVenues();
    assertNothingSentTwice(rig);
    await endAndReplay(rig);
  });
}, 180_000);

test(`${KILLS} kills of gateways under load: no Order sent twice, no execution lost or applied twice (seed ${SEED})`, async () => {
  const rig = await VenueRig.create({ venues: VENUES });
  const prng = Prng.seeded(SEED, 4);
  await rig.enclose('npx vitest run --config ops/vitest.config.ts --root . daemon/test/two-venues.test.ts', async () => {
    await rig.start();
    for (let kill = 0; kill < KILLS; kill += 1) {
      await rig.enable();
      await rig.statusWhere('Orders', ({ openOrders }) => openOrders > 0);
      await pause(prng.below(400));
      const venue = VENUES[kill % VENUES.length]!;
      await rig.running.get(venue)!.killed();
      await rig.statusWhere('the link to be down', ({ venues }) => venues[VENUES.indexOf(venue)]!.link === 'down');
      rig.startGateway(venue);
      await rig.statusWhere('State and Venue to agree', ({ venues }) => agrees(venues[VENUES.indexOf(venue)]!));
    }
    await rig.assertStateIsVenues();
    assertNothingSentTwice(rig);
    await endAndReplay(rig);
  });
}, 240_000);
