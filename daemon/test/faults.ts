// node dist/daemon/test/faults.js [--seed N] [--sessions N] [--ms N] [--ending drain|kill] [--reparable] [--verbose]: sessions
// under faults, one after the other, each with the next seed; stops at the first that fails.

import { parseArgs } from 'node:util';
import { Kind } from '../event/kinds.ts';
import { missedFaults, runFaultSession } from './fault-session.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' }, sessions: { type: 'string' }, ms: { type: 'string' }, ending: { type: 'string' },
    reparable: { type: 'boolean' }, verbose: { type: 'boolean' },
  },
});
const first = Number(values.seed ?? Date.now() % 1_000_000);
const sessions = Number(values.sessions ?? 1);
for (let seed = first; seed < first + sessions; seed += 1) {
  const ending = values.ending === 'kill' || (values.ending === undefined && seed % 2 === 0) ? 'kill' : 'drain';
  process.stdout.write(`faults: seed ${seed}, ending ${ending}\n`);
  const { replay, exposure, counts, struck, audit } = await runFaultSession({
    seed, milliseconds: Number(values.ms ?? 10_000), ending, beyondRepair: values.reparable !== true,
    report: (line) => { if (values.verbose === true) process.stdout.write(`  ${line}\n`); },
  });
  const kinds = [...counts].map(([kind, count]) => `${Kind[kind]} ${count}`).join(', ');
  process.stdout.write(`  ${replay.position} positions identical, ${exposure.requests} requests within limits `
    + `(used ${exposure.used.map((share) => share.toFixed(2)).join(' ')}, unforeseen ${exposure.unforeseen.join(' ')})\n`
    + `  ${kinds}\n  Venue: ${JSON.stringify(audit)}\n  faults: ${JSON.stringify(struck)}\n`
    + `  never: ${missedFaults(struck).join(', ')}\n`);
}
