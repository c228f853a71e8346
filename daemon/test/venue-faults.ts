// npm run venues [-- --sessions N --seed N --ms N --verbose]: sessions on the stand-ins of Kraken and Binance under faults,
// one after the other, each with the next seed; stops at the first that fails and says how to repeat it.

import { parseArgs } from 'node:util';
import { runVenueFaultSession } from './venue-fault-session.ts';

const { values } = parseArgs({
  options: { seed: { type: 'string' }, sessions: { type: 'string' }, ms: { type: 'string' }, verbose: { type: 'boolean' } },
});
const first = Number(values.seed ?? Date.now() % 1_000_000);
const sessions = Number(values.sessions ?? 1);
const milliseconds = Number(values.ms ?? 10_000);
if (![first, sessions, milliseconds].every((value) => Number.isSafeInteger(value) && value >= 0)) {
  process.stderr.write('usage: npm run venues [-- --sessions N --seed N --ms N --verbose]\n');
  process.exit(2);
}
const listed = (counts: ReadonlyMap<string, number>): string => [...counts].map(([name, count]) => `${name} ${count}`).join(', ');

for (let seed = first; seed < first + sessions; seed += 1) {
  process.stdout.write(`venues: seed ${seed}\n`);
  const begun = performance.now();
  const seconds = (): string => ((performance.now() - begun) / 1000).toFixed(1);
  try {
    const { replays, executions, requests, done, struck } = await runVenueFaultSession({
      seed, milliseconds,
      report: (line) => { if (values.verbose === true) process.stdout.write(`  ${seconds()} s ${line}\n`); },
    });
    const positions = replays.reduce((sum, { position }) => sum + position, 0);
    process.stdout.write(`  ${seconds()} s: ${positions} positions identical, executions ${listed(executions)}, `
      + `requests ${listed(requests)}\n  done: ${listed(done)}\n  struck: ${listed(struck)}\n`);
  } catch (error) {
    process.stderr.write(`venues: seed ${seed} failed after ${seconds()} s: ${String((error as Error).stack)}\n`);
    process.exit(1);
  }
}
