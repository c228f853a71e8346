// The gateway process put together: settings in, one Venue session behind one link, an exit code out. The composition
// root of tcx-gateway as daemon.ts is tcxd's. Owns signals, the state file and the end of the process; no protocol.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readYaml } from './configuration/yaml-text.ts';
import { CaptureFeed } from './gateway/capture-feed.ts';
import { readCapture } from './gateway/capture-reader.ts';
import { systemClock, type GatewayClock } from './gateway/clock.ts';
import { HELP, parseCommandLine, UsageError, type GatewaySettings } from './gateway/command-line.ts';
import { GatewayHost, type GatewayHostOptions } from './gateway/gateway-host.ts';
import { createJsonLog } from './gateway/json-log.ts';
import { readState } from './gateway/state-file.ts';
import { readToken } from './gateway/token-file.ts';
import { KeptSim } from './kept-sim.ts';
import { KrakenSession } from './venues/kraken/session.ts';
import { readSimSettings } from './venues/sim/configuration.ts';
import { SimVenue } from './venues/sim/sim.ts';
import type { SimState } from './venues/sim/state.ts';

const EXIT_FAILED = 1;
const EXIT_UNUSABLE = 2;

/** Resolves to the exit code. */
export async function runGateway(argv: readonly string[]): Promise<number> {
  try {
    const command = parseCommandLine(argv);
    if (command.command === 'help') process.stdout.write(HELP);
    else if (command.command === 'version') process.stdout.write(`tcx-gateway ${packageVersion()}\n`);
    else await runVenue(command.settings);
    return 0;
  } catch (error) {
    const unusable = error instanceof UsageError;
    process.stderr.write(`tcx-gateway: ${error instanceof Error ? error.message : String(error)}\n`);
    if (unusable) process.stderr.write('tcx-gateway --help shows what is expected\n');
    return unusable ? EXIT_UNUSABLE : EXIT_FAILED;
  }
}

async function runVenue(settings: GatewaySettings): Promise<void> {
  const clock = systemClock();
  const log = createJsonLog(settings.id, settings.logLevel);
  const options: GatewayHostOptions = {
    url: settings.link, venue: settings.id, token: readToken(settings.tokenFile), build: packageVersion(), clock,
    random: Math.random, log,
  };
  const ended = whenAskedToEnd(settings.embedded);
  if (settings.venue === 'sim') await runSim(settings, options, ended);
  else await runCapture(settings, options, ended);
}

async function runSim(settings: GatewaySettings, options: GatewayHostOptions, ended: Promise<string>): Promise<void> {
  const { clock, log } = options;
  const venue = createSim(settings, clock);
  const kept = new KeptSim(venue, settings);
  const host = new GatewayHost(options, kept);
  host.start();
  try {
    const reason = await Promise.race([ended, host.failure]);
    log.info('ending', { reason });
  } finally {
    await host.stop('the gateway ends');
    kept.close();
    log.info('the Venue as it saw it', { ...venue.audit().counters, faults: JSON.stringify(venue.audit().faults) });
  }
}

function createSim(settings: GatewaySettings, clock: GatewayClock): SimVenue {
  const given = settings.configFile === '' ? {} : readConfig(settings.configFile);
  const seeded = settings.seed === null ? given : { ...given, seed: settings.seed };
  const now = clock.monotonicNs();
  const epoch = clock.unixNs() - BigInt(Math.floor(now));
  try {
    const venue = new SimVenue(readSimSettings(seeded, settings.configFile || 'command line'), epoch);
    const state = settings.stateFile === '' ? undefined : readState(settings.stateFile);
    if (state !== undefined) venue.restore(state as SimState, now);
    return venue;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function readConfig(path: string): object {
  let value: unknown;
  try {
    value = readYaml(readFileSync(path, 'utf8'), path).value;
  } catch (error) {
    throw new UsageError(`--config: ${(error as Error).message}`, { cause: error });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new UsageError(`--config ${path}: expected a mapping of settings`);
}

async function runCapture(
  settings: GatewaySettings, options: GatewayHostOptions, ended: Promise<string>,
): Promise<void> {
  const { clock, log } = options;
  const session = new KrakenSession({
    onProblem: ({ kind, sample }) => log.warn(`kraken: ${kind}`, { sample }),
  });
  const feed: CaptureFeed = new CaptureFeed({
    speed: settings.speed, clock,
    ready: async () => {
      await host.whenStarted();
      await host.link.outbox.whenWritable();
    },
    deliver: ({ frame, captureTime }, now) => host.enter(() => {
      session.advance(now);
      session.onFrame(frame, captureTime, now);
    }),
  });
  const host: GatewayHost = new GatewayHost({ ...options, timeline: feed }, session);
  // A file that cannot be read is the operator's to mend before the daemon is troubled with a link.
  const frames = await firstRead(settings.captureFile);
  host.enter(() => session.onOpen(feed.now()));
  host.start();
  try {
    const end = await Promise.race([feed.run(frames), ended, host.failure]);
    feed.stop();
    host.enter(() => session.onClose(typeof end === 'string' ? end : 'the capture ended', feed.now()));
    const counts = typeof end === 'string' ? {} : { frames: end.frames, spanMs: Math.round(end.span / 1e6) };
    log.info('capture fed', { ...counts, ...session.statistics, ...host.link.outbox.statistics });
  } finally {
    feed.stop();
    await host.stop('the capture ended');
  }
}

async function firstRead(path: string): Promise<AsyncIterable<{ captureTime: bigint; frame: string }>> {
  const source = readCapture(path);
  try {
    const first = await source.next();
    return prepend(first, source);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

async function* prepend<T>(first: IteratorResult<T>, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}

/** A signal, or in embedded mode the end of standard input: the parent is gone, whatever became of it. */
function whenAskedToEnd(embedded: boolean): Promise<string> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve('SIGTERM'));
    // A terminal's Ctrl-C reaches the whole group; embedded, the daemon still needs its Venue to drain in order.
    process.on('SIGINT', () => { if (!embedded) resolve('SIGINT'); });
    if (!embedded) return;
    process.stdin.once('end', () => resolve('standard input closed'));
    process.stdin.once('error', () => resolve('standard input failed'));
    process.once('disconnect', () => resolve('the parent disconnected'));
    process.stdin.resume();
  });
}

function packageVersion(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    try {
      return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
    } catch {
      if (folder === dirname(folder)) return 'unknown';
    }
  }
}
