// tcxctl: words on a command line to one request of the admin interface, and its answer to text and an exit code. All
// it knows of a daemon is what the interface says; every decision is made there.

import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { repeatedOption } from '../base/repeated-option.ts';
import { messageOf } from '../base/thrown.ts';
import { describeFailure } from '../base/system-failure.ts';
import type { CommandResult, StatusReport } from '../event/operator-port.ts';
import { ask, type ClientAnswer, type ClientRequestOptions, follow, NoDaemonError, problemOf } from './client.ts';
import * as tables from './tables.ts';

/** Exit codes, documented in docs/reference/admin-api.md. */
export const EXIT = { ok: 0, refused: 1, usage: 2, noDaemon: 4 } as const;

interface Terminal {
  out(text: string): void;
  error(text: string): void;
  /** Ends a stream. */
  readonly stop: AbortSignal;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Which build this is; not that of the daemon. */
  build(): string;
}

interface Flags {
  readonly socket?: string;
  readonly json: boolean;
  readonly reason?: string;
  readonly note?: string;
  readonly venue?: string;
  readonly depth?: string;
  readonly all: boolean;
  readonly limit?: string;
  readonly from?: string;
  readonly help: boolean;
  readonly version: boolean;
}
interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
}
/** `usage` after the name; `words` is how many words must and may follow. */
interface Command {
  readonly usage: string;
  readonly help: string;
  readonly words: readonly [number, number];
  readonly flags: readonly (keyof Flags)[];
  request(words: readonly string[], flags: Flags): Request;
  show(json: never): string;
}

class UsageError extends Error {}

const asJson = (json: unknown) => `${JSON.stringify(json, null, 2)}\n`;
const segment = (word: string | undefined) => encodeURIComponent(word ?? '');

function get(
  usage: string,
  help: string,
  path: (words: readonly string[], flags: Flags) => string,
  show: (json: never) => string,
  words: readonly [number, number] = [0, 0],
  flags: readonly (keyof Flags)[] = [],
): Command {
  return {
    usage,
    help,
    words,
    flags,
    show,
    request: (given, options) => ({ method: 'GET', path: path(given, options) }),
  };
}

function post(
  usage: string,
  help: string,
  path: (words: readonly string[]) => string,
  words: readonly [number, number] = [0, 0],
  flags: readonly (keyof Flags)[] = [],
): Command {
  return {
    usage,
    help,
    words,
    flags: ['reason', 'note', ...flags],
    show: tables.showResult as (json: never) => string,
    request: (given, options) => {
      const venue = options.venue === undefined ? {} : { venue: options.venue };
      return { method: 'POST', path: path(given), body: JSON.stringify({ reason: reasonOf(options), ...venue }) };
    },
  };
}

function reasonOf({ reason }: Flags): string {
  if (reason !== undefined && reason.trim() !== '') return reason;
  throw new UsageError('a command needs --reason "…": it is recorded with the command');
}

function search(entries: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(entries).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}

const strategyOr =
  (whole: string, one: string) =>
  ([strategy]: readonly string[]) =>
    strategy === undefined ? whole : `/strategy/${segment(strategy)}/${one}`;

export const COMMANDS: Readonly<Record<string, Command>> = {
  status: get('', 'session, trading, journal, venues, strategies, gates', () => '/status', tables.showStatus),
  orders: get(
    '[--all] [--limit N]',
    'live Orders',
    (_, { all, limit }) => `/orders${search({ all: all ? 'true' : undefined, limit })}`,
    tables.showOrders,
    [0, 0],
    ['all', 'limit'],
  ),
  order: get('ID', 'one Order', ([id]) => `/orders/${segment(id)}`, tables.showOrder, [1, 1]),
  positions: get(
    '',
    'positions and P&L',
    () => '/positions',
    ({ positions }) => tables.showPositions(positions),
  ),
  balances: get(
    '',
    'balances',
    () => '/balances',
    ({ balances }) => tables.showBalances(balances),
  ),
  book: get(
    'INSTRUMENT [--depth N]',
    'best levels of one book',
    ([instrument], { depth }) => {
      return `/book/${segment(instrument)}${search({ depth })}`;
    },
    tables.showBook,
    [1, 1],
    ['depth'],
  ),
  feeds: get(
    '',
    'validity and age of every feed',
    () => '/feeds',
    ({ feeds }) => tables.showFeeds(feeds),
  ),
  gates: get(
    '',
    'what must be open before trading can be enabled',
    () => '/gates',
    ({ gates }) => tables.showGates(gates),
  ),
  strategies: get(
    '',
    'strategies',
    () => '/strategies',
    ({ strategies }) => tables.showStrategies(strategies),
  ),
  limits: get('', 'the limits Risk applies', () => '/limits', asJson),
  version: get('', 'build and schema of the daemon', () => '/version', asJson),
  'config show': get('', 'the effective Configuration', () => '/config', asJson),
  'config apply': {
    usage: 'FILE --reason R',
    help: 'apply a Configuration to the running session',
    words: [1, 1],
    flags: ['reason', 'note'],
    show: tables.showResult as (json: never) => string,
    request: ([file], flags) => ({
      method: 'POST',
      path: `/config${search({ reason: reasonOf(flags) })}`,
      body: readConfiguration(file ?? ''),
    }),
  },
  enable: post(
    '[STRATEGY] --reason R',
    'turn trading on, or let one strategy trade',
    strategyOr('/enable', 'enable'),
    [0, 1],
  ),
  pause: post(
    '[STRATEGY] --reason R',
    'no new exposure, or switch one strategy off',
    strategyOr('/pause', 'disable'),
    [0, 1],
  ),
  disable: post('--reason R', 'turn trading off', () => '/disable'),
  kill: post('--reason R', 'kill switch: nothing but cancels leaves', () => '/kill'),
  unkill: post('--reason R', 'clear the kill switch; trading stays off', () => '/unkill'),
  'cancel-all': post('[--venue V] --reason R', 'cancel every live Order', () => '/cancel-all', [0, 0], ['venue']),
  reconcile: post('[--venue V] --reason R', 'compare State with the Venue', () => '/reconcile', [0, 0], ['venue']),
  drain: post('--reason R', 'cancel all, end the session in order, exit', () => '/drain'),
  dispose: post(
    'ID --reason R',
    'end an Order no Venue can account for',
    ([id]) => `/order-dispose/${segment(id)}`,
    [1, 1],
  ),
  query: post(
    'ID --reason R',
    'ask the Venue for the status of an Order',
    ([id]) => `/order-query/${segment(id)}`,
    [1, 1],
  ),
  events: get(
    '[--from POSITION]',
    'the journal as it is written, until Ctrl-C',
    (_, { from, json }) => {
      return `/events${search({ from, format: json ? 'json' : 'text' })}`;
    },
    asJson,
    [0, 0],
    ['from'],
  ),
};

function readConfiguration(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${describeFailure(error)}; expected a configuration file`);
  }
}

/** Runs one tcxctl command; returns the exit code and never throws. */
export async function runTcxctl(argv: readonly string[], terminal: Terminal): Promise<number> {
  const wantsJson = argv.includes('--json');
  try {
    const { words, flags } = parse(argv);
    if (flags.version) {
      terminal.out(`tcxctl ${terminal.build()}\n`);
      return EXIT.ok;
    }
    if (flags.help || words.length === 0) {
      (flags.help ? terminal.out : terminal.error)(usage());
      return flags.help ? EXIT.ok : EXIT.usage;
    }
    return await run(words, flags, terminal);
  } catch (error) {
    const message = messageOf(error);
    const code =
      error instanceof UsageError ? EXIT.usage : error instanceof NoDaemonError ? EXIT.noDaemon : EXIT.refused;
    if (wantsJson) terminal.out(`${JSON.stringify({ error: { code: 'tcxctl', what: message } })}\n`);
    terminal.error(`tcxctl: ${message}\n${code === EXIT.usage ? 'tcxctl --help lists the commands\n' : ''}`);
    return code;
  }
}

function parse(argv: readonly string[]): { words: string[]; flags: Flags } {
  const text = { type: 'string' } as const;
  try {
    const { positionals, values, tokens } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      strict: true,
      tokens: true,
      options: {
        socket: { ...text, short: 's' },
        reason: { ...text, short: 'r' },
        note: text,
        venue: text,
        depth: text,
        limit: text,
        from: text,
        json: { type: 'boolean', default: false },
        all: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        version: { type: 'boolean', default: false },
      },
    });
    const repeated = repeatedOption(tokens);
    if (repeated !== '') throw new UsageError(`--${repeated} is given twice; expected it once`);
    return { words: positionals, flags: values as Flags };
  } catch (error) {
    throw new UsageError((error as Error).message.split('. ')[0] ?? 'unreadable arguments');
  }
}

async function run(words: readonly string[], flags: Flags, terminal: Terminal): Promise<number> {
  const { name, command, rest } = find(words);
  const [fewest, most] = command.words;
  if (rest.length < fewest || rest.length > most) {
    throw new UsageError(`${name}: found ${rest.length} words after it, expected: tcxctl ${name} ${command.usage}`);
  }
  const foreign = (['reason', 'note', 'venue', 'depth', 'limit', 'from', 'all'] as const).find((flag) => {
    return flags[flag] !== undefined && flags[flag] !== false && !command.flags.includes(flag);
  });
  if (foreign !== undefined)
    throw new UsageError(`${name} takes no --${foreign}; expected: tcxctl ${name} ${command.usage}`);
  const note = flags.note ?? terminal.environment['TCX_ACTOR_NOTE'];
  const request: ClientRequestOptions = {
    socketPath: socketPathOf(flags, terminal),
    ...command.request(rest, flags),
    ...(note === undefined ? {} : { note }),
  };
  if (name === 'events') return stream(request, flags, terminal);
  return report(await ask(request), command, flags, terminal);
}

function find(words: readonly string[]): { name: string; command: Command; rest: readonly string[] } {
  for (const count of [2, 1]) {
    const name = words.slice(0, count).join(' ');
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command !== undefined && words.length >= count) return { name, command, rest: words.slice(count) };
  }
  const start = words[0] ?? '';
  const near = Object.keys(COMMANDS).filter(
    (name) => name.startsWith(`${start} `) || (start.length > 1 && name.startsWith(start)),
  );
  throw new UsageError(
    `unknown command ${JSON.stringify(words.slice(0, 2).join(' '))}` +
      (near.length > 0 ? `; expected: ${near.join(', ')}` : ''),
  );
}

/** --socket, then TCX_SOCKET, then the socket of the paper session, then that of the system service. */
function socketPathOf(
  { socket }: { readonly socket?: string },
  { environment }: Pick<Terminal, 'environment'>,
): string {
  const named = socket ?? environment['TCX_SOCKET'];
  if (named !== undefined && named !== '') return named;
  const paper = 'data/paper/admin.sock';
  return existsSync(paper) ? paper : '/run/tcx/admin.sock';
}

async function stream(request: ClientRequestOptions, flags: Flags, terminal: Terminal): Promise<number> {
  const chunks = follow(request, terminal.stop);
  for (let next = await chunks.next(); ; next = await chunks.next()) {
    if (next.done === true) return next.value === null ? EXIT.ok : refuse(next.value, flags, terminal);
    terminal.out(next.value);
  }
}

function report(answer: ClientAnswer, command: Command, flags: Flags, terminal: Terminal): number {
  if (answer.status !== 200) return refuse(answer, flags, terminal);
  terminal.out(flags.json ? `${JSON.stringify(answer.json)}\n` : command.show(answer.json as never));
  return EXIT.ok;
}

function refuse({ status, json }: ClientAnswer, flags: Flags, terminal: Terminal): number {
  const problem = problemOf(json);
  if (flags.json) terminal.out(`${JSON.stringify(json)}\n`);
  if (problem === null) terminal.error(`tcxctl: the daemon answered ${status}\n`);
  else {
    terminal.error(
      `tcxctl: ${problem.what}\n  found     ${problem.found}\n  expected  ${problem.expected}\n` +
        `  do        ${problem.action}\n`,
    );
  }
  const { closedGates } = json as Partial<CommandResult & Pick<StatusReport, 'gates'>>;
  if (closedGates !== undefined && closedGates.length > 0) terminal.error(tables.showGates(closedGates));
  return status === 400 ? EXIT.usage : EXIT.refused;
}

function usage(): string {
  const rows = Object.entries(COMMANDS).map(
    ([name, command]) => [`  ${name} ${command.usage}`.trimEnd(), command.help] as const,
  );
  const width = Math.max(...rows.map(([left]) => left.length));
  const lines = rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`);
  return (
    `usage: tcxctl [--socket PATH] [--json] COMMAND\n\n${lines.join('\n')}\n\n` +
    '  -s, --socket PATH  admin socket; else TCX_SOCKET, data/paper/admin.sock, /run/tcx/admin.sock\n' +
    '  -r, --reason R     why; recorded in the journal with your user name\n' +
    '      --note N       who you are beyond your user name; recorded too (TCX_ACTOR_NOTE)\n' +
    "      --json         the daemon's own JSON\n" +
    '      --version      of this program; tcxctl version asks the daemon\n\n' +
    'exit codes: 0 done, 1 refused or failed, 2 unusable arguments, 4 no daemon\n'
  );
}
