// A paper session on Kraken and Binance at once, as far as tcx can tell: quotes, fills, replaces, both connections cut with
// requests in flight, both gateways killed under load. Afterwards State is the Venues' truth and the journal replays
// identical. TCX_KILLS=N kills that often.

import { expect, test } from 'vitest';
import { Kind, Source } from '../event/kinds.ts';
import { eachRecord, journalPaths } from './journal-contents.ts';
import { replayIdentical } from './replay-check.ts';
import type { StandInVenue } from './stand-in/settings.ts';
import { VenueRig } from './venue-rig.ts';
import { assertEveryExecution, assertNothingPlacedTwice, hasReplaced } from './venue-truth.ts';

const VENUES: readonly StandInVenue[] = ['kraken', 'binance'];
const KILLS = Number(process.env['TCX_KILLS'] ?? 1);
const FILLS_MIN = 3;

const agrees = ({ reconciliation }: { reconciliation: string }): boolean => /^(ok|warning)$/.test(reconciliation);

async function cutBoth(rig: VenueRig): Promise<void> {
  await rig.statusWhere('fills at both', () => VENUES.every((venue) => rig.venue(venue).audit().executions.length >= FILLS_MIN));
  await rig.until('replaces at both, told by both', () => {
    return countsBySource(journalPaths(rig.dataDir)[0]!, Kind.OrderReplaced).every((count) => count > 0);
  }, 250);
  expect(VENUES.filter((venue) => !hasReplaced(rig.venue(venue)))).toEqual([]);
  const marks = rig.marks();
  for (const venue of VENUES) rig.venue(venue).disconnect('abort');
  await rig.enable();
  await rig.tradesAgain(marks);
}

async function killBoth(rig: VenueRig): Promise<void> {
  await rig.statusWhere('Orders', ({ openOrders }) => openOrders > 0);
  await Promise.all(VENUES.map((venue) => rig.running.get(venue)!.killed()));
  await rig.statusWhere('the links to be down', ({ venues }) => venues.every(({ link }) => link === 'down'));
  const marks = rig.marks();
  for (const venue of VENUES) rig.startGateway(venue);
  await rig.statusWhere('State and Venues to agree', ({ venues }) => venues.every(agrees));
  await rig.enable();
  await rig.tradesAgain(marks);
}

/** By Venue: Events of a kind. */
function countsBySource(journal: string, wanted: Kind): number[] {
  const counts = VENUES.map(() => 0);
  eachRecord(journal, ({ kind, source }) => { if (kind === wanted) counts[source - Source.Venue0]! += 1; });
  return counts;
}

test(`fills, replaces, both connections cut, ${KILLS} kills of both gateways: State is the Venues', replay identical`, async () => {
  const rig = await VenueRig.create({ venues: VENUES, eventsPerSecond: 20 });
  await rig.enclose('npm test -- two-venues', async () => {
    await rig.start();
    await rig.enable();
    await cutBoth(rig);
    for (let kill = 0; kill < KILLS; kill += 1) await killBoth(rig);
    await rig.assertStateIsVenues();
    assertNothingPlacedTwice(rig);
    await rig.command('/drain', 'the test is over');
    expect(await rig.daemon!.ended).toMatchObject({ code: 0, signal: null });
    const [journal] = journalPaths(rig.dataDir);
    const executions = assertEveryExecution(rig, [journal!]);
    const { positions } = await replayIdentical(journal!);
    expect(positions.map(({ fills }) => fills)).toEqual([...executions.values()]);
  });
}, 600_000 + KILLS * 300_000);
