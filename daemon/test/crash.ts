// npm run crash [-- --kills N --seed N --lanes N]: the crash campaign of the tests, for as long as asked. Campaigns run side
// by side, because a daemon spends most of its short life waiting; each has a seed, a folder and a Venue of its own.

import { parseArgs } from 'node:util';
import { CrashCampaign, type CampaignResult } from './crash-campaign.ts';

const USAGE = 'usage: npm run crash [-- --kills N --seed N --lanes N --quiet]\n';

const { values } = parseArgs({
  options: { kills: { type: 'string' }, seed: { type: 'string' }, lanes: { type: 'string' }, quiet: { type: 'boolean' } },
});
const kills = Number(values.kills ?? 200);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const lanes = Number(values.lanes ?? 2);
if (![kills, seed, lanes].every((value) => Number.isSafeInteger(value) && value >= 0) || lanes < 1) {
  process.stderr.write(USAGE);
  process.exit(2);
}

const begun = Date.now();
process.stdout.write(`crash: ${kills} kills in ${lanes} lanes, seed ${seed}\n`);
const results = await Promise.allSettled(Array.from({ length: lanes }, (_, lane) => CrashCampaign.run({
  kills: Math.ceil(kills / lanes), seed: seed + lane, replayEvery: 10,
  report: (line) => { if (values.quiet !== true) process.stdout.write(`${lane}: ${line}\n`); },
})));
let failed = 0;
for (const result of results) {
  if (result.status === 'fulfilled') process.stdout.write(`${describe(result.value)}\n`);
  else {
    failed += 1;
    process.stderr.write(`crash: ${String((result.reason as Error).stack)}\n`);
  }
}
const outcome = failed === 0 ? 'passed' : `${failed} of ${lanes} lanes failed`;
process.stdout.write(`crash: ${outcome} in ${Math.round((Date.now() - begun) / 1000)} s\n`);
process.exit(failed === 0 ? 0 : 1);

function describe(result: CampaignResult): string {
  const { kills: count, killsAt, sessions, replays, linesFollowed, requests, unsent, tornTails, final, audit } = result;
  const moments = Object.entries(killsAt).map(([moment, share]) => `${moment} ${share}`).join(', ');
  return `crash: ${count} kills (${moments}), ${sessions} sessions, ${requests} requests at the Venue `
    + `of ${audit['news']} Orders, ${replays} replays identical, ${linesFollowed} Events followed, `
    + `${unsent} dispatches never sent, ${tornTails} torn tails, last session ${final.position} positions, digest ${final.digest}`;
}
