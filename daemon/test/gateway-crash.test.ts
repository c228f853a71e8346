// kill -9 at the gateway and the Venue in it, under load. The Venue's state is ahead of what it reports, so whatever the
// daemon was told is still true afterwards: nothing is sent twice, no execution is lost, State and Venue agree.

import { expect, test } from 'vitest';
import { Prng } from '../base/prng.ts';
import { journalPaths } from './journal-contents.ts';
import { PaperRig } from './paper-rig.ts';
import { replayIdentical } from './replay-check.ts';
import { pause } from './until.ts';

const KILLS = 5;
const SEED = 11;
const TRADING_MS_MAX = 500;

test(`${KILLS} kills of the gateway: no duplicate, no lost execution, State is the Venue's (seed ${SEED})`, async () => {
  const rig = await PaperRig.create({ simulation: { seed: SEED }, killsGateway: true });
  const prng = Prng.seeded(SEED, 3);
  await rig.enclose('npm test -- gateway-crash', async () => {
    await rig.start();
    for (let kill = 0; kill < KILLS; kill += 1) {
      await rig.enable();
      await rig.statusWhere('Orders', ({ openOrders }) => openOrders > 0);
      await pause(prng.below(TRADING_MS_MAX));
      await rig.gateway!.killed();
      await rig.statusWhere('the link to be down', ({ venues }) => venues[0]!.link === 'down');
      rig.startGateway();
      await rig.statusWhere('State and Venue to agree', ({ venues }) => /^(ok|warning)$/.test(venues[0]!.reconciliation));
    }
    await rig.enable();
    await rig.until('a fill', () => (rig.venueState()?.executions.length ?? 0) > 0);
    await rig.assertStateIsVenues();
    const news = rig.wireLog().filter((line) => line.includes(' NEW ')).map((line) => line.split(' ')[2]);
    expect(new Set(news).size).toBe(news.length);
    await rig.command('/drain', 'the test is over');
    expect(await rig.daemon!.ended).toMatchObject({ code: 0, signal: null });
    const replay = await replayIdentical(journalPaths(rig.dataDir)[0]!);
    expect(replay.countByKind['OrderFilled']).toBeGreaterThan(0);
  });
}, 900_000);
