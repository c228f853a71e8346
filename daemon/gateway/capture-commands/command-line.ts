// `tcx capture`: words on a command line to one look at recordings, text and an exit code. Reads recordings and imports
// them; changes none that is sealed. What a recording is, capture-source.ts says.

import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { repeatedOption } from '../../base/repeated-option.ts';
import { TimestampReader, unixNs } from '../../base/rfc3339.ts';
import { messageOf } from '../../base/thrown.ts';
import type { MarketAdapter } from '../../event/market-adapter.ts';
import { CaptureError } from '../capture-reader.ts';
import { openCaptureSource } from '../capture-source.ts';
import { feedFolder, unixNow } from '../record/dataset.ts';
import { importCapture } from '../record/import.ts';
import { ManifestError } from '../record/manifest.ts';
import { RawFormatError } from '../record/raw-format.ts';
import { verifyWindow } from '../record/verify.ts';
import { oneOf, required, UsageError } from '../usage.ts';
import { catRecording, type CatOptions } from './cat.ts';
import { configurationFor } from './configure.ts';
import { showStatistics, statisticsOf } from './stat.ts';

/** As tcxd's (docs/reference/exit-codes.md). */
export const EXIT = { ok: 0, failed: 1, unusable: 2 } as const;

export interface CaptureTerminal {
  /** Resolves when there is room for more. */
  out(text: string | Uint8Array): Promise<void>;
  error(text: string): void;
  /** Nobody reads any more. */
  readonly stop: AbortSignal;
  /** Goes into what is imported. */
  readonly build: string;
  /** The code of the Venues whose recordings can be read, by name. */
  readonly markets: ReadonlyMap<string, () => MarketAdapter>;
}

export const CAPTURE_HELP = `tcx capture: looks at recorded market data

  tcx capture cat RECORDING [--direction in|out|both] [--socket N] [--from TIME] [--to TIME] [--http] [--json]
  tcx capture stat RECORDING… [--json]
  tcx capture verify RECORDING…
  tcx capture configure RECORDING --venue NAME
  tcx capture import FILE --venue NAME --directory DIRECTORY

  RECORDING              a window (raw/<venue>/<feed>/<window>), a feed's folder, or a capture file with a line
                         "<ns since the Unix epoch> <frame>" for each frame, gzip or plain

  cat                    prints frames as such lines, exactly as they were received
  --direction in|out|both  received from the Venue, sent to it, or both (default: in)
  --socket N             only this socket; stat lists them
  --from TIME, --to TIME only frames received at or after, and before: ns since the Unix epoch, or 2026-11-22T15:00:00Z
  --http                 the answers to HTTP requests too, a line each
  --json                 an object a line, with everything that is recorded: sockets, HTTP, holes
  stat                   frames, span, reconnects, holes, sizes, and whether anything is known to be missing
  verify                 hashes and counts every sealed window again and compares with its manifest
  configure              prints a configuration for tcxd with every instrument of the recording
  import                 makes a sealed window below DIRECTORY of a capture file
  --venue NAME           the Venue it was recorded from, for example kraken
  --help

Exit codes: 0 done, as it was sealed · 1 failed, or changed after it was sealed · 2 unusable input
`;

const OPTIONS = {
  direction: { type: 'string' }, socket: { type: 'string' }, from: { type: 'string' }, to: { type: 'string' }, http: { type: 'boolean' },
  json: { type: 'boolean' }, venue: { type: 'string' }, directory: { type: 'string' }, help: { type: 'boolean', short: 'h' },
} as const;

type Flags = { readonly [K in keyof typeof OPTIONS]?: (typeof OPTIONS)[K]['type'] extends 'string' ? string : boolean };

interface Command {
  readonly flags: readonly (keyof Flags)[];
  /** Recordings it takes, at least one. */
  readonly most: number;
  run(recordings: readonly string[], flags: Flags, terminal: CaptureTerminal): Promise<number>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  cat: { flags: ['direction', 'socket', 'from', 'to', 'http', 'json'], most: 1, run: cat },
  stat: { flags: ['json'], most: Infinity, run: stat },
  verify: { flags: [], most: Infinity, run: verify },
  configure: { flags: ['venue'], most: 1, run: configure },
  import: { flags: ['venue', 'directory'], most: 1, run: importFile },
};

/** `argv` after `capture`. Returns the exit code and never throws. */
export async function runCapture(argv: readonly string[], terminal: CaptureTerminal): Promise<number> {
  try {
    const { words, flags } = parse(argv);
    if (flags.help === true) {
      await terminal.out(CAPTURE_HELP);
      return EXIT.ok;
    }
    const [name = '', ...recordings] = words;
    return await find(name, recordings, flags).run(recordings, flags, terminal);
  } catch (error) {
    const message = messageOf(error);
    terminal.error(`tcx: ${message}\n${error instanceof UsageError ? 'tcx capture --help shows what is expected\n' : ''}`);
    return isUnusable(error) ? EXIT.unusable : EXIT.failed;
  }
}

function isUnusable(error: unknown): boolean {
  return [UsageError, CaptureError, ManifestError, RawFormatError].some((type) => error instanceof type);
}

function parse(argv: readonly string[]): { words: readonly string[]; flags: Flags } {
  try {
    const { positionals, values, tokens } = parseArgs({
      args: [...argv], options: OPTIONS, strict: true, allowPositionals: true, tokens: true,
    });
    const repeated = repeatedOption(tokens);
    if (repeated !== '') throw new UsageError(`--${repeated} is given twice; expected it once`);
    return { words: positionals, flags: values as Flags };
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

function find(name: string, recordings: readonly string[], flags: Flags): Command {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    throw new UsageError(`found ${name === '' ? 'no command' : JSON.stringify(name)}, expected ${Object.keys(COMMANDS).join(', ')}`);
  }
  const what = name === 'import' ? 'a capture file' : 'a recording';
  if (recordings.length === 0 || recordings.includes('')) throw new UsageError(`${name}: found no path, expected ${what}`);
  if (recordings.length > command.most) throw new UsageError(`${name}: found ${recordings.length} paths, expected one: ${what}`);
  const foreign = (Object.keys(flags) as (keyof Flags)[]).find((flag) => !command.flags.includes(flag));
  if (foreign !== undefined) throw new UsageError(`${name}: --${foreign} means nothing to it`);
  return command;
}

// ── commands ────────────────────────────────────────────────────────────────────────────────────
async function cat([recording = '']: readonly string[], flags: Flags, terminal: CaptureTerminal): Promise<number> {
  const options: CatOptions = {
    direction: oneOf(flags.direction ?? 'in', '--direction', ['in', 'out', 'both']) as CatOptions['direction'],
    socket: flags.socket === undefined ? null : wholeNumber(flags.socket, '--socket'),
    from: flags.from === undefined ? 0n : timeOf(flags.from, '--from'), to: flags.to === undefined ? null : timeOf(flags.to, '--to'),
    withHttp: flags.http === true, isJson: flags.json === true,
  };
  await catRecording(openCaptureSource(recording, true), options, terminal);
  return EXIT.ok;
}

async function stat(recordings: readonly string[], flags: Flags, { out }: CaptureTerminal): Promise<number> {
  const all = [];
  for (const recording of recordings) all.push(...await statisticsOf(recording));
  await out(flags.json === true ? `${JSON.stringify(all, null, 2)}\n` : showStatistics(all));
  return EXIT.ok;
}

async function verify(recordings: readonly string[], _: Flags, { out, error }: CaptureTerminal): Promise<number> {
  const windows = recordings.flatMap((recording) => {
    const source = openCaptureSource(recording);
    if (source.format === 'windows') return source.windows;
    throw new UsageError(`verify: found the capture file ${recording}, expected sealed windows: a capture file carries no hashes; `
      + 'tcx capture import makes a window of it');
  });
  let code: number = EXIT.ok;
  for (const window of windows) {
    const problems = await verifyWindow(window);
    if (problems.length === 0) await out(`${window}  as it was sealed\n`);
    else code = EXIT.failed;
    for (const problem of problems) error(`tcx: ${window}: ${problem}; do not use it: take it from a backup, or record again\n`);
  }
  return code;
}

async function configure([recording = '']: readonly string[], flags: Flags, { out, markets }: CaptureTerminal): Promise<number> {
  const known = [...markets.keys()];
  const venue = oneOf(required(flags.venue, '--venue', `the Venue it was recorded from: ${known.join(' or ')}`), '--venue', known);
  await out(await configurationFor(recording, venue, markets.get(venue)!));
  return EXIT.ok;
}

async function importFile([source = '']: readonly string[], flags: Flags, { out, build }: CaptureTerminal): Promise<number> {
  const venue = required(flags.venue, '--venue', 'the Venue it was recorded from, for example kraken');
  const directory = required(flags.directory, '--directory', 'the folder that holds raw/');
  try {
    mkdirSync(feedFolder(directory, venue, 'market'), { recursive: true, mode: 0o750 });
  } catch (error) {
    throw new UsageError(`import: ${(error as Error).message}`, { cause: error });
  }
  if (openCaptureSource(source, true).format !== 'lines') {
    throw new UsageError(`import: found a recorded window at ${source}, expected a capture file`);
  }
  const { folder, manifest } = await importCapture({ source, directory, venue, build, now: unixNow() });
  await out(`${folder}  ${manifest.frames.in} frames, ${manifest.data.size} bytes, sealed\n`);
  return EXIT.ok;
}

// ── words ───────────────────────────────────────────────────────────────────────────────────────
function wholeNumber(value: string, option: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw new UsageError(`${option}: found ${JSON.stringify(value)}, expected a whole number`);
}

function timeOf(value: string, option: string): bigint {
  if (/^\d{1,19}$/.test(value)) return BigInt(value);
  const reader = new TimestampReader();
  reader.read(value, 0, value.length);
  if (reader.seconds > 0) return unixNs(reader.seconds, reader.nanoseconds);
  throw new UsageError(`${option}: found ${JSON.stringify(value)}, expected ns since the Unix epoch, `
    + 'or a UTC time like 2026-11-22T15:00:00Z');
}
