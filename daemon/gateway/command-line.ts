// The command line of tcx-gateway: text in, settings or a refusal out. Pure; reads no file and starts nothing.

import { parseArgs } from 'node:util';
import { repeatedOption } from '../base/repeated-option.ts';
import type { Speed } from './capture-feed.ts';

export const VENUES = ['sim', 'kraken'] as const;
export type VenueName = (typeof VENUES)[number];

export interface GatewaySettings {
  readonly venue: VenueName;
  /** The Venue's id in the daemon's Configuration. */
  readonly id: string;
  readonly link: string;
  readonly tokenFile: string;
  /** Paths; '' when not given. */
  readonly configFile: string;
  readonly captureFile: string;
  readonly stateFile: string;
  readonly wireLogFile: string;
  /** The state file is ahead of every report. */
  readonly stateSync: boolean;
  readonly speed: Speed;
  readonly seed: number | null;
  readonly embedded: boolean;
  readonly logLevel: string;
}

/** The operator's mistake: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const HELP = `tcx-gateway: connects one Venue to tcxd

  tcx-gateway --venue sim    --link ws://127.0.0.1:9101 --token-file F [--config F] [--seed N]
                                      [--state F [--state-sync]] [--wire-log F]
  tcx-gateway --venue kraken --link ws://127.0.0.1:9101 --token-file F --capture F [--speed max|N]

  --venue NAME       ${VENUES.join(' | ')}
  --id ID            the Venue's id in the daemon's configuration (default: the name)
  --link URL         where tcxd listens: ws:// on this machine, wss:// elsewhere
  --token-file FILE  the link token that tcxd wrote; nobody else may read it
  --config FILE      sim: its settings, YAML or JSON; every key has a default
  --seed N           sim: overrides the seed of the settings, 0 to 4294967295
  --state FILE       sim: kept here when the gateway ends, and taken up again when it starts
  --state-sync       sim: the state is in its file before any report of it leaves: kill -9 loses nothing
  --wire-log FILE    sim: appends a line for each request received; the closing log line counts them
  --capture FILE     kraken: feed recorded frames instead of dialling; ends with the file
  --speed max|N      capture: as fast as the daemon takes it, or N times the recorded pace (default: max)
  --embedded         end when standard input closes: the daemon that started this gateway is gone; ignore Ctrl-C
  --log-level LEVEL  debug | info | warn | error (default: info)
  --help, --version

Exit codes: 0 ended as asked · 1 failed or refused by the daemon · 2 unusable input
`;

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'];

const OPTIONS = {
  venue: { type: 'string' }, id: { type: 'string' }, link: { type: 'string' }, 'token-file': { type: 'string' },
  config: { type: 'string' }, capture: { type: 'string' }, speed: { type: 'string' }, state: { type: 'string' },
  'state-sync': { type: 'boolean' }, 'wire-log': { type: 'string' }, seed: { type: 'string' },
  embedded: { type: 'boolean' }, 'log-level': { type: 'string' },
  help: { type: 'boolean' }, version: { type: 'boolean' },
} as const;

export type Command =
  | { readonly command: 'help' } | { readonly command: 'version' }
  | { readonly command: 'run'; readonly settings: GatewaySettings };

/** Throws a UsageError that names the option, what was found and what was expected. */
export function parseCommandLine(argv: readonly string[]): Command {
  const given = parse(argv);
  if (given.help === true) return { command: 'help' };
  if (given.version === true) return { command: 'version' };
  const venue = venueName(required(given.venue, '--venue', VENUES.join(' or ')));
  const settings: GatewaySettings = {
    venue, id: given.id ?? venue,
    link: linkUrl(required(given.link, '--link', 'the address tcxd listens on, for example ws://127.0.0.1:9101')),
    tokenFile: required(given['token-file'], '--token-file', 'the file tcxd wrote the link token to'),
    configFile: given.config ?? '', captureFile: given.capture ?? '', stateFile: given.state ?? '',
    wireLogFile: given['wire-log'] ?? '', stateSync: given['state-sync'] === true,
    speed: speed(given.speed), seed: seed(given.seed), embedded: given.embedded === true,
    logLevel: oneOf(given['log-level'] ?? 'info', '--log-level', LOG_LEVELS),
  };
  refuseForeign(settings, given.speed !== undefined);
  return { command: 'run', settings };
}

type Given = Partial<Record<keyof typeof OPTIONS, string | boolean>> & {
  venue?: string; id?: string; link?: string; 'token-file'?: string; config?: string; capture?: string; speed?: string;
  state?: string; 'wire-log'?: string; seed?: string; 'log-level'?: string;
};

function parse(argv: readonly string[]): Given {
  try {
    const { values, tokens } = parseArgs({ args: [...argv], options: OPTIONS, strict: true, allowPositionals: false, tokens: true });
    const repeated = repeatedOption(tokens);
    if (repeated === '') return values as Given;
    throw new UsageError(`--${repeated} is given twice; expected it once`);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function required(value: string | undefined, option: string, expected: string): string {
  if (value === undefined || value === '') throw new UsageError(`${option} is missing: expected ${expected}`);
  return value;
}

function oneOf(value: string, option: string, allowed: readonly string[]): string {
  if (!allowed.includes(value)) {
    throw new UsageError(`${option}: found ${JSON.stringify(value)}, expected ${allowed.join(' or ')}`);
  }
  return value;
}

function venueName(value: string): VenueName {
  return oneOf(value, '--venue', VENUES) as VenueName;
}

function linkUrl(value: string): string {
  let url: URL;
  try {
    url = new URL(value);
  } catch {
    throw new UsageError(`--link: found ${JSON.stringify(value)}, expected an address like ws://127.0.0.1:9101`);
  }
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw new UsageError(`--link: found ${JSON.stringify(value)}, expected it to begin with ws:// or wss://`);
  }
  const local = url.hostname === 'localhost' || url.hostname === '[::1]' || /^127\./.test(url.hostname);
  if (url.protocol === 'ws:' && !local) {
    throw new UsageError(`--link: found ${JSON.stringify(value)}: a token and orders would cross the network in the `
      + 'clear; expected wss:// for any address that is not this machine');
  }
  return value;
}

function speed(value: string | undefined): Speed {
  if (value === undefined || value === 'max') return Infinity;
  const factor = Number(value);
  if (!/^\d+(\.\d+)?$/.test(value) || !(factor > 0)) {
    throw new UsageError(`--speed: found ${JSON.stringify(value)}, expected max or a number above 0, for example 10`);
  }
  return factor;
}

function seed(value: string | undefined): number | null {
  if (value === undefined) return null;
  const number = Number(value);
  if (!/^\d+$/.test(value) || number > 0xffff_ffff) {
    throw new UsageError(`--seed: found ${JSON.stringify(value)}, expected a whole number from 0 to 4294967295`);
  }
  return number;
}

/** An option that the Venue would ignore is a misunderstanding. */
function refuseForeign(settings: GatewaySettings, hasSpeed: boolean): void {
  const foreign = settings.venue === 'sim'
    ? [['--capture', settings.captureFile !== ''], ['--speed', hasSpeed]] as const
    : [['--seed', settings.seed !== null], ['--state', settings.stateFile !== ''],
      ['--state-sync', settings.stateSync], ['--wire-log', settings.wireLogFile !== ''],
      ['--config', settings.configFile !== '']] as const;
  for (const [option, isGiven] of foreign) {
    if (isGiven) throw new UsageError(`${option} means nothing to --venue ${settings.venue}`);
  }
  if (settings.stateSync && settings.stateFile === '') {
    throw new UsageError('--state is missing: --state-sync says when the state is written, expected --state FILE to say where');
  }
  if (settings.venue === 'kraken' && settings.captureFile === '') {
    throw new UsageError('--capture is missing: this version feeds recorded Kraken frames and does not dial the Venue');
  }
}
