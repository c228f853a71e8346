// The command line of tcx-gateway: text in, settings or a refusal out. Pure; reads no file and starts nothing.

import { parseArgs } from 'node:util';
import { repeatedOption } from '../base/repeated-option.ts';
import { messageOf } from '../base/thrown.ts';
import type { Speed } from './capture-feed.ts';
import { oneOf, required, UsageError } from './usage.ts';

export const VENUES = [
  'sim', 'kraken', 'binance', 'binance-usdm', 'binance-coinm', 'okx', 'bitget', 'kraken-v1',
] as const;
export type VenueName = (typeof VENUES)[number];

/** What stands for the Venue. */
type GatewayMode = 'sim' | 'dial' | 'record' | 'capture';

export interface GatewaySettings {
  readonly venue: VenueName;
  readonly mode: GatewayMode;
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

export const HELP = `tcx-gateway: connects one Venue to tcxd, or records it

  tcx-gateway --venue NAME --link ws://127.0.0.1:9101 --token-file F [--config F]
  tcx-gateway --venue NAME --record-only --config F
  tcx-gateway --venue NAME --link … --token-file F --capture FILE|FOLDER [--speed max|N] [--config F]
  tcx-gateway --venue sim  --link … --token-file F [--config F] [--seed N] [--state F [--state-sync]] [--wire-log F]

  --venue NAME       ${VENUES.slice(0, 4).join(' | ')} |
                     ${VENUES.slice(4).join(' | ')}
  --id ID            the Venue's id in the daemon's configuration (default: the name)
  --link URL         where tcxd listens: ws:// on this machine, wss:// elsewhere
  --token-file FILE  the link token that tcxd wrote; nobody else may read it
  --config FILE      settings, YAML; every key has a default. docs/reference/gateway-configuration.md;
                     of sim: daemon/venues/sim/README.md
  --record-only      dial and record what the settings name, without a daemon
  --capture PATH     feed recorded frames instead of dialling; ends with the recording
  --speed max|N      capture: as fast as the daemon takes it, or N times the recorded pace (default: max)
  --seed N           sim: overrides the seed of the settings, 0 to 4294967295
  --state FILE       sim: kept here when the gateway ends, and taken up again when it starts
  --state-sync       sim: the state is in its file before any report of it leaves: kill -9 loses nothing
  --wire-log FILE    sim: appends a line for each request received; the closing log line counts them
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
  'record-only': { type: 'boolean' }, embedded: { type: 'boolean' }, 'log-level': { type: 'string' },
  help: { type: 'boolean' }, version: { type: 'boolean' },
} as const;

type Command =
  | { readonly command: 'help' } | { readonly command: 'version' }
  | { readonly command: 'run'; readonly settings: GatewaySettings };

/** Throws a UsageError that names the option, what was found and what was expected. */
export function parseCommandLine(argv: readonly string[]): Command {
  const given = parse(argv);
  if (given.help === true) return { command: 'help' };
  if (given.version === true) return { command: 'version' };
  const venue = venueName(required(given.venue, '--venue', VENUES.join(' or ')));
  const mode = modeOf(venue, given);
  refuseForeign(venue, mode, given);
  const settings: GatewaySettings = {
    venue, mode, id: given.id ?? venue, ...(mode === 'record' ? { link: '', tokenFile: '' } : linkOf(given)),
    configFile: given.config ?? '', captureFile: given.capture ?? '', stateFile: given.state ?? '',
    wireLogFile: given['wire-log'] ?? '', stateSync: given['state-sync'] === true,
    speed: speed(given.speed), seed: seed(given.seed), embedded: given.embedded === true,
    logLevel: oneOf(given['log-level'] ?? 'info', '--log-level', LOG_LEVELS),
  };
  return { command: 'run', settings };
}

function modeOf(venue: VenueName, given: Given): GatewayMode {
  if (venue === 'sim') return 'sim';
  const isCapture = given.capture !== undefined;
  if (given['record-only'] === true && isCapture) {
    throw new UsageError('--record-only and --capture: found both, expected one: a capture is recorded already');
  }
  if (given['record-only'] === true) return 'record';
  return isCapture ? 'capture' : 'dial';
}

function linkOf(given: Given): { link: string; tokenFile: string } {
  return {
    link: linkUrl(required(given.link, '--link', 'the address tcxd listens on, for example ws://127.0.0.1:9101')),
    tokenFile: required(given['token-file'], '--token-file', 'the file tcxd wrote the link token to'),
  };
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
    throw new UsageError(messageOf(error));
  }
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

const SIM_ONLY = ['seed', 'state', 'state-sync', 'wire-log'] as const;

/** An option that would be ignored is a misunderstanding. */
function refuseForeign(venue: VenueName, mode: GatewayMode, given: Given): void {
  const foreign: readonly (keyof Given)[] = mode === 'sim' ? ['capture', 'speed', 'record-only'] : SIM_ONLY;
  for (const option of foreign) {
    if (given[option] !== undefined) throw new UsageError(`--${option} means nothing to --venue ${venue}`);
  }
  if (mode !== 'capture' && given.speed !== undefined) throw new UsageError('--speed means nothing without --capture');
  if (mode === 'sim' && given['state-sync'] === true && given.state === undefined) {
    throw new UsageError('--state is missing: --state-sync says when the state is written, expected --state FILE to say where');
  }
  if (mode !== 'record') return;
  for (const option of ['link', 'token-file'] as const) {
    if (given[option] !== undefined) throw new UsageError(`--${option} means nothing to --record-only: there is no daemon`);
  }
  required(given.config, '--config', 'a file that says what to record and where, for example config/gateway-kraken.yaml');
}
