// A short selection of the sessions that `npm run venues` makes as long as asked: both Venues traded while things go wrong.

import { describe, expect, test } from 'vitest';
import { runVenueFaultSession } from './venue-fault-session.ts';

const SEEDS = [6];
const MILLISECONDS = 4000;

describe('both Venues under faults', () => {
  const name = 'RTM-7, LIV-11: no order twice, no execution lost or applied twice, replay identical (seed %i)';
  test.concurrent.each(SEEDS)(name, async (seed) => {
    const done: string[] = [];
    const { replays, executions } = await runVenueFaultSession({ seed, milliseconds: MILLISECONDS, report: (line) => done.push(line) });
    expect(replays.map(({ verdict }) => verdict)).toEqual(replays.map(() => 'identical'));
    expect(replays.length).toBeGreaterThan(0);
    expect([...executions.keys()]).toEqual(['kraken', 'binance']);
  }, 900_000);
});
