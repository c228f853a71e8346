// npm run fuzz, the TypeScript part: seeded nonsense to whatever takes bytes or text from outside, for as long as asked.
//   node dist/daemon/test/hostile/fuzz.js TARGET [--seconds N] [--seed N]
// Ends with 1 and prints seed and case when something throws that must not, or two readers disagree.

import { performance } from 'node:perf_hooks';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Prng } from '../../base/prng.ts';
import { addon } from '../../binding/addon.ts';
import { ConfigurationError, parseConfiguration } from '../../configuration/configuration.ts';
import { decodeEvent } from '../../event/decode.ts';
import { describeBody } from '../../event/describe.ts';
import { decodeLinkMessage, MessageType } from '../../event/link-message.ts';
import { packageRoot } from '../../runtime/build-info.ts';
import { hostileFrames, validFrames } from './hostile-frames.fixture.ts';
import { Commands, linkPort, Workplace } from './processes.fixture.ts';
import { helloOf, ScriptedVenue } from './scripted-venue.fixture.ts';

const TARGETS = ['frames', 'configuration', 'link'] as const;
const USAGE = `usage: node dist/daemon/test/hostile/fuzz.js ${TARGETS.join('|')} [--seconds N] [--seed N]\n`;
const BATCH = 200;

/** Runs one batch of cases; returns how many were taken as valid. */
type Batch = (random: Prng) => number | Promise<number>;

function judgeFrames(): Batch {
  const event = addon.createEvent();
  const valid = validFrames();
  return (random) => {
    let taken = 0;
    for (const frame of hostileFrames(random, valid, BATCH)) {
      decodeLinkMessage(frame);
      const decoded = decodeEvent(frame);
      const kind = event.load(frame);
      if (kind < 0) continue;
      taken += 1;
      // TypeScript refuses more (parts that overlap, a vtable of nothing); what both take they must take for the same, and
      // whatever can be in a journal can be shown.
      describeBody(frame);
      if (decoded.ok && Number(decoded.value.kind) !== kind) {
        throw new Error(`C++ takes kind ${kind}, TypeScript ${decoded.value.name}: ${Buffer.from(frame).toString('hex')}`);
      }
    }
    return taken;
  };
}

const SPICE = [
  '', ' ', '-', ':', '[', '{', '"', '*a', '&a', '0x', '1e999', '-1', 'null', '~', '\t', '\u0000', '\ud800', '!!js', '9'.repeat(40),
];

function judgeConfigurations(): Batch {
  const text = readFileSync(join(packageRoot(), 'config', 'paper.yaml'), 'utf8');
  return (random) => {
    let taken = 0;
    for (let i = 0; i < BATCH / 10; i += 1) {
      let mutant = text;
      for (let edits = 1 + random.below(3); edits > 0; edits -= 1) {
        const at = random.below(mutant.length);
        mutant = mutant.slice(0, at) + SPICE[random.below(SPICE.length)] + mutant.slice(at + random.below(12));
      }
      try {
        parseConfiguration(mutant, 'mutant.yaml');
        taken += 1;
      } catch (error) {
        if (error instanceof ConfigurationError) continue;
        throw new Error(`found ${String(error)} for ${JSON.stringify(mutant)}`, { cause: error });
      }
    }
    return taken;
  };
}

/** The running daemon; at the end its journal must replay identical. */
async function hammerDaemon(place: Workplace): Promise<{ batch: Batch; finish: () => Promise<void> }> {
  const daemon = place.start(place.configure());
  const port = await linkPort(daemon);
  const valid = validFrames();
  let venue: ScriptedVenue | null = null;
  const link = async (): Promise<ScriptedVenue> => {
    for (;;) {
      const next = new ScriptedVenue(port, helloOf(place.token));
      await next.until(() => next.heard.length > 0);
      if (next.heard[0].type === MessageType.Welcome) return next;
      await next.closed;
    }
  };
  const batch = async (random: Prng): Promise<number> => {
    let taken = 0;
    for (const frame of hostileFrames(random, valid, BATCH)) {
      venue ??= await link();
      venue.socket.send(frame);
      const lives = await Promise.race([venue.settled().then(() => true), venue.closed.then(() => false)]);
      if (lives) taken += 1;
      else venue = null;
    }
    return taken;
  };
  const finish = async (): Promise<void> => {
    await venue?.close();
    const { code } = await daemon.ending();
    const commands = new Commands();
    const replayed = await commands.replay(place.journals()[0]);
    commands.close();
    if (code === 0 && replayed.code === 0) return;
    throw new Error(`the daemon ended with ${code}, the replay with ${replayed.code}\n${replayed.out}${replayed.err}`);
  };
  return { batch, finish };
}

async function run(target: string, seconds: number, seed: number): Promise<void> {
  const random = Prng.seeded(seed, 1);
  const place = new Workplace();
  try {
    const hammer = target === 'link' ? await hammerDaemon(place) : null;
    const batch = hammer?.batch ?? (target === 'frames' ? judgeFrames() : judgeConfigurations());
    const until = performance.now() + seconds * 1000;
    let batches = 0;
    let taken = 0;
    for (; performance.now() < until; batches += 1) taken += await batch(random);
    await hammer?.finish();
    process.stdout.write(`fuzz: ${target}: ${batches} batches, ${taken} cases taken as valid, seed ${seed}: nothing found\n`);
  } finally {
    await place.remove();
  }
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { seconds: { type: 'string' }, seed: { type: 'string' } } });
const seconds = Number(values.seconds ?? 20);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const [target] = positionals;
if (positionals.length !== 1 || !TARGETS.some((known) => known === target) || !(seconds > 0) || !Number.isSafeInteger(seed)) {
  process.stderr.write(USAGE);
  process.exit(2);
}
try {
  await run(target, seconds, seed);
} catch (error) {
  process.stderr.write(`fuzz: ${target}: seed ${seed}: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
}
