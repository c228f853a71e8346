// The command line of tcxd: text in, a task or a refusal out. Pure; reads no file and starts nothing.

import { parseArgs } from 'node:util';
import { repeatedOption } from '../base/repeated-option.ts';
import { messageOf } from '../base/thrown.ts';
import { UnusableInput } from './unusable.ts';

export interface RunTask {
  readonly task: 'run';
  readonly config: string;
  /** ms; Infinity: until it is told to end. */
  readonly forMs: number;
  readonly newSession: boolean;
  readonly allowDifferentBuild: boolean;
}

export interface ReplayTask {
  readonly task: 'replay';
  readonly journal: string;
  readonly output: string;
  readonly until: number;
  readonly mode: 'replay' | 'fold';
  readonly json: boolean;
  readonly allowDifferentBuild: boolean;
}

type Task =
  | RunTask | ReplayTask | { readonly task: 'check'; readonly config: string } | { readonly task: 'version' } | { readonly task: 'help' };

export const HELP = `tcxd: trades what its configuration says, and replays its own journals

  tcxd --config FILE [--for DURATION] [--new-session] [--allow-different-build]
  tcxd --replay JOURNAL [--output FILE] [--until POSITION] [--fold] [--json] [--allow-different-build]
  tcxd --check --config FILE

  --config FILE            the configuration, YAML; docs/reference/configuration.md
  --for DURATION           end in order after it: 500ms, 10s, 5min, 8h
  --new-session            leave the open session as it is and start the next one
  --replay JOURNAL         re-run the Core over the journal's inputs, compare every outcome byte for byte
  --output FILE            write the re-derived journal there; it is identical to the one replayed
  --until POSITION         stop after this position
  --fold                   apply recorded outcomes without running a strategy; compares every State digest
  --json                   one JSON object instead of text
  --allow-different-build  try although schema-compatible code differs; the comparison decides
  --check                  look at the configuration and at the host, start nothing
  --version, --help

Exit codes: 0 ended as asked, or identical · 1 failed, or divergent · 2 unusable input or configuration ·
            3 halted on a broken invariant
`;

const OPTIONS = {
  config: { type: 'string' }, for: { type: 'string' }, replay: { type: 'string' }, output: { type: 'string' },
  until: { type: 'string' }, fold: { type: 'boolean' }, json: { type: 'boolean' }, check: { type: 'boolean' },
  'new-session': { type: 'boolean' }, 'allow-different-build': { type: 'boolean' },
  version: { type: 'boolean' }, help: { type: 'boolean' },
} as const;

type Given = { readonly [K in keyof typeof OPTIONS]?: (typeof OPTIONS)[K]['type'] extends 'string' ? string : boolean };

/** Throws UnusableInput naming the option, what was found and what was expected. */
export function parseCommandLine(argv: readonly string[]): Task {
  const given = parse(argv);
  if (given.help === true) return { task: 'help' };
  if (given.version === true) return { task: 'version' };
  if (given.replay !== undefined) return replayTask(given, given.replay);
  refuse(given, ['output', 'until', 'fold', 'json'], 'goes with --replay');
  if (given.config === undefined || given.config === '') {
    throw new UnusableInput('expected --config FILE or --replay JOURNAL; for example: tcxd --config config/paper.yaml');
  }
  if (given.check === true) {
    refuse(given, ['for', 'new-session', 'allow-different-build'], 'does not go with --check');
    return { task: 'check', config: given.config };
  }
  return {
    task: 'run', config: given.config, forMs: given.for === undefined ? Infinity : durationMs(given.for),
    newSession: given['new-session'] === true, allowDifferentBuild: given['allow-different-build'] === true,
  };
}

const SEE_HELP = 'tcxd --help shows what is expected';

function parse(argv: readonly string[]): Given {
  try {
    const { values, tokens } = parseArgs({ args: [...argv], options: OPTIONS, strict: true, allowPositionals: false, tokens: true });
    const repeated = repeatedOption(tokens);
    if (repeated === '') return values as Given;
    throw new UnusableInput(`--${repeated} is given twice; expected it once`);
  } catch (error) {
    throw new UnusableInput(`${messageOf(error)}\n${SEE_HELP}`, { cause: error });
  }
}

function replayTask(given: Given, journal: string): ReplayTask {
  refuse(given, ['config', 'for', 'check', 'new-session'], 'does not go with --replay');
  if (journal === '') throw new UnusableInput('--replay: found "", expected the path of a journal');
  if (given.fold === true) refuse(given, ['output'], 'does not go with --fold: a fold derives no journal');
  return {
    task: 'replay', journal, output: given.output ?? '', until: given.until === undefined ? Infinity : position(given.until),
    mode: given.fold === true ? 'fold' : 'replay', json: given.json === true, allowDifferentBuild: given['allow-different-build'] === true,
  };
}

function refuse(given: Given, options: readonly (keyof Given)[], why: string): void {
  for (const option of options) if (given[option] !== undefined) throw new UnusableInput(`--${option} ${why}`);
}

function position(text: string): number {
  const value = Number(text);
  if (/^[1-9]\d*$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new UnusableInput(`--until: found ${JSON.stringify(text)}, expected a position, 1 or above`);
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, m: 60_000, h: 3_600_000 };

/** What one timer can wait; beyond it a timer fires at once. */
const DURATION_MS_MAX = 2 ** 31 - 1;

export function durationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|min|m|h)$/.exec(text);
  const value = match === null ? 0 : Number(match[1]) * (UNIT_MS[match[2]] ?? 0);
  if (value > DURATION_MS_MAX) {
    const most = Math.floor(DURATION_MS_MAX / UNIT_MS['h']);
    throw new UnusableInput(`--for: found ${JSON.stringify(text)}, expected at most ${most}h; leave it out to run until told to end`);
  }
  if (value > 0) return value;
  throw new UnusableInput(`--for: found ${JSON.stringify(text)}, expected a duration like 500ms, 10s, 5min or 8h`);
}
