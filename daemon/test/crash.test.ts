// The daemon is killed fifty times and more under load, in lanes that wait beside each other. The campaign is
// crash-campaign.ts; npm run crash makes it longer.

import { describe, expect, test } from 'vitest';
import { CrashCampaign } from './crash-campaign.ts';

const SEEDS = [1, 2, 3];
const KILLS = 17;

describe('kill -9', () => {
  const name = `LIV-5: ${KILLS} kills of the daemon under load lose nothing and send nothing twice (seed %i)`;
  test.concurrent.each(SEEDS)(name, async (seed) => {
    const progress: string[] = [];
    const result = await CrashCampaign.run({ kills: KILLS, seed, replayEvery: 10, report: (line) => progress.push(line) });
    expect(progress).toHaveLength(KILLS);
    expect(Object.entries(result.killsAt).filter(([, kills]) => kills === 0)).toEqual([]);
    expect(result.requests).toBeGreaterThan(0);
    expect(result.final.verdict).toBe('identical');
  }, 900_000);
});
