// The gateway process put together: settings in, one Venue session behind one link, an exit code out. The composition
// root of tcx-gateway as daemon.ts is tcxd's. Owns signals, the state file and the end of the process; no protocol.

import { messageOf } from './base/thrown.ts';
import { runCaptured } from './captured-gateway.ts';
import { readTextFile } from './configuration/text-file.ts';
import { readYaml } from './configuration/yaml-text.ts';
import { runDialled } from './dialled-gateway.ts';
import { systemClock, type GatewayClock } from './gateway/clock.ts';
import { HELP, parseCommandLine, type GatewaySettings } from './gateway/command-line.ts';
import { GatewayHost, type GatewayHostOptions } from './gateway/gateway-host.ts';
import { createJsonLog } from './gateway/json-log.ts';
import { guardProcess } from './gateway/process-guard.ts';
import { Redactor } from './gateway/redaction.ts';
import { readState } from './gateway/state-file.ts';
import { readToken } from './gateway/token-file.ts';
import { UsageError } from './gateway/usage.ts';
import { KeptSim } from './kept-sim.ts';
import { describeBuild, readBuildInfo } from './runtime/build-info.ts';
import { readSimSettings } from './venues/sim/configuration.ts';
import { SimVenue } from './venues/sim/sim.ts';
import type { SimState } from './venues/sim/state.ts';

const EXIT_FAILED = 1;
const EXIT_UNUSABLE = 2;

/** Resolves to the exit code. */
export async function runGateway(argv: readonly string[]): Promise<number> {
  const redactor = new Redactor();
  const release = guardProcess(redactor);
  try {
    const command = parseCommandLine(argv);
    if (command.command === 'help') process.stdout.write(HELP);
    else if (command.command === 'version') process.stdout.write(`tcx-gateway ${describeBuild(readBuildInfo())}\n`);
    else await runVenue(command.settings, redactor);
    return 0;
  } catch (error) {
    const unusable = error instanceof UsageError;
    process.stderr.write(redactor.text(`tcx-gateway: ${messageOf(error)}\n`));
    if (unusable) process.stderr.write('tcx-gateway --help shows what is expected\n');
    return unusable ? EXIT_UNUSABLE : EXIT_FAILED;
  } finally {
    release();
  }
}

async function runVenue(settings: GatewaySettings, redactor: Redactor): Promise<void> {
  const clock = systemClock();
  const log = createJsonLog(settings.id, settings.logLevel, redactor);
  const token = settings.mode === 'record' ? '' : readToken(settings.tokenFile);
  redactor.register('link-token', token);
  const options: GatewayHostOptions = {
    url: settings.link, venue: settings.id, token, build: readBuildInfo().version, clock, random: Math.random, log, redactor,
  };
  const ended = whenAskedToEnd(settings.embedded);
  switch (settings.mode) {
    case 'sim': await runSim(settings, options, ended); break;
    case 'capture': await runCaptured(settings, options, ended); break;
    case 'dial': case 'record': await runDialled({ ...options, settings, redactor, ended }); break;
  }
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
    throw new UsageError(messageOf(error), { cause: error });
  }
}

function readConfig(path: string): object {
  let value: unknown;
  try {
    value = readYaml(readTextFile(path), path).value;
  } catch (error) {
    throw new UsageError(`--config: ${(error as Error).message}`, { cause: error });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new UsageError(`--config ${path}: expected a mapping of settings`);
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
