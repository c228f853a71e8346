// tcxctl against a real admin server: every command, its text, its exit codes, and what it says when there is no
// daemon.
import { spawnSync } from 'node:child_process';
import { existsSync, linkSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createNetServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { COMMANDS, EXIT, runTcxctl } from './command-line.ts';
import { createPorts, ORDER_ID, type PortsFixture } from './ports.fixture.ts';
import { type AdminServer, startAdminServer } from './server.ts';

let folder: string;
let socketPath: string;
let ports: PortsFixture;
let server: AdminServer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tcx-ctl-'));
  socketPath = join(folder, 'admin.sock');
  ports = createPorts();
  server = await startAdminServer({
    socketPath,
    ownership: { mode: 0o660, owner: '', group: '' },
    state: ports.state,
    commands: ports.commands,
    readPeerCredentials: () => ({ pid: process.pid, uid: userInfo().uid, gid: userInfo().gid }),
    streams: {
      open: (query, response) =>
        void response.end(`from ${query.get('from') ?? 'now'} as ${query.get('format') ?? ''}\n`),
      close: async () => undefined,
    },
    log: { info: () => undefined, error: () => undefined },
  });
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function tcxctl(...argv: string[]) {
  let out = '';
  let error = '';
  const code = await runTcxctl(['--socket', socketPath, ...argv], {
    out: (text) => {
      out += text;
    },
    error: (text) => {
      error += text;
    },
    stop: new AbortController().signal,
    environment: {},
    build: () => '1.2.3 (0123456789ab)',
  });
  return { code, out, error };
}

const argumentsOf: Readonly<Record<string, string[]>> = {
  order: [String(ORDER_ID)],
  book: ['btc-usd'],
  dispose: ['77'],
  query: ['77'],
  'config apply': [fileURLToPath(import.meta.url)],
};

describe('commands', () => {
  it.each(Object.keys(COMMANDS).filter((name) => name !== 'enable'))(
    'LIV-3: tcxctl %s ends with 0 and text',
    async (name) => {
      const reason = COMMANDS[name]?.flags.includes('reason') === true ? ['--reason', 'drill'] : [];
      const { code, out, error } = await tcxctl(...name.split(' '), ...(argumentsOf[name] ?? []), ...reason);
      expect([code, error]).toEqual([EXIT.ok, '']);
      expect(out).toMatch(/\S/);
      expect(ports.asked.length).toBe(reason.length === 0 ? 0 : 1);
    },
  );

  it('LIV-3: orders are a table with aligned numbers', async () => {
    const { out } = await tcxctl('orders');
    expect(out).toBe(
      [
        '        ORDER  STATE     SIDE  INSTRUMENT     PRICE    QUANTITY      FILLED' +
          '  INFLIGHT  QUEUED  STRATEGY  VENUE',
        `${ORDER_ID}  Accepted  buy   btc-usd     50000.10  0.50000000  0.00000000  none      none    maker     sim`,
        '',
      ].join('\n'),
    );
  });

  it('LIV-3: the book shows bids beside asks, missing levels blank', async () => {
    const { out } = await tcxctl('book', 'btc-usd', '--depth', '2');
    expect(out).toBe(
      [
        'btc-usd: valid, 7 updates',
        'BID QUANTITY       BID  ASK       ASK QUANTITY',
        '  1.00000000  50000.10  50000.20  1.50000000',
        '  2.00000000  50000.00',
        '',
      ].join('\n'),
    );
  });

  it('LIV-3: --version is that of the program, and asks no daemon', async () => {
    expect(await tcxctl('--version')).toEqual({ code: 0, out: 'tcxctl 1.2.3 (0123456789ab)\n', error: '' });
  });

  it('LIV-3: --json passes the daemon’s answer on', async () => {
    expect(JSON.parse((await tcxctl('--json', 'positions')).out)).toEqual({ positions: ports.state.positions() });
  });

  it('LIV-6: kill takes a command and a reason, no more', async () => {
    expect(await tcxctl('kill', '--reason', 'fat finger')).toEqual({
      code: 0,
      out: 'kill recorded (position 1235)\n',
      error: '',
    });
    expect(ports.asked[0]?.request).toEqual({ command: 'kill' });
  });

  it('LIV-12: a refused enable names each closed gate and ends with 1', async () => {
    const { code, error } = await tcxctl('enable', '-r', 'open');
    expect(code).toBe(EXIT.refused);
    expect(error).toMatch(/enable was refused[\s\S]*reconciliation +CLOSED +venue sim[\s\S]*kill-switch +CLOSED/);
  });

  it('LIV-3: enable and pause of one strategy, cancel-all of one Venue', async () => {
    await tcxctl('enable', 'maker', '-r', 'x');
    await tcxctl('pause', 'maker', '-r', 'x');
    await tcxctl('cancel-all', '--venue', 'sim', '-r', 'x', '--note', 'desk');
    expect(ports.asked.map(({ request }) => request)).toEqual([
      { command: 'enable', strategy: 'maker' },
      { command: 'pause', strategy: 'maker' },
      { command: 'cancel-all', venue: 'sim' },
    ]);
    expect(ports.asked[2]?.identity.actor).toBe(`uid:${userInfo().username} "desk"`);
  });

  it('LIV-3: config apply sends the file with the reason', async () => {
    const file = join(folder, 'c.yaml');
    writeFileSync(file, 'risk: {}\n');
    expect((await tcxctl('config', 'apply', file, '--reason', 'tighter & safer')).code).toBe(0);
    expect(ports.asked[0]).toMatchObject({
      request: { command: 'configure', text: 'risk: {}\n' },
      identity: { reason: 'tighter & safer' },
    });
  });

  it('LIV-3: events pass through', async () => {
    expect((await tcxctl('events', '--from', '5')).out).toBe('from 5 as text\n');
    expect((await tcxctl('events', '--json')).out).toBe('from now as json\n');
  });
});

describe('bad input', () => {
  it.each([
    [[], /usage/],
    [['fly'], /unknown command "fly"/],
    [['config'], /config show, config apply/],
    [['kill'], /--reason/],
    [['kill', '--reason', ' '], /--reason/],
    [['kill', 'now', '--reason', 'x'], /found 1 words/],
    [['book'], /tcxctl book INSTRUMENT/],
    [['status', '--depth', '3'], /takes no --depth/],
    [['status', '--wrong'], /--wrong/],
    [['toString'], /unknown command/],
    [['config', 'apply', '/no/such/file', '-r', 'x'], /cannot read \/no\/such\/file: no such file or folder \(ENOENT\)/],
    [['book', 'btc-usd', '--depth', 'x'], /an integer from 1/],
    [['order', '../kill'], /not an Order id/],
  ])('OPS-5: %j ends with 2 and says what is wrong', async (argv, message) => {
    const { code, error, out } = await tcxctl(...argv);
    expect(code).toBe(EXIT.usage);
    expect(error).toMatch(message);
    expect(out).toBe('');
    expect(ports.asked).toEqual([]);
  });

  it('OPS-5: an unknown instrument ends with 1, and with --json in the daemon’s own words', async () => {
    const { code, out } = await tcxctl('book', 'xyz', '--json');
    expect(code).toBe(EXIT.refused);
    expect((JSON.parse(out) as { error: { code: string } }).error.code).toBe('unknown_instrument');
  });

  it('OPS-5: no daemon ends with 4 and says what to do', async () => {
    await server.close();
    const missing = await tcxctl('status');
    expect([missing.code, missing.error]).toEqual([
      EXIT.noDaemon,
      expect.stringMatching(/found no socket at .*start tcxd/),
    ]);
    const left = createNetServer();
    await new Promise<void>((resolve) => left.listen({ path: `${socketPath}.old` }, resolve));
    linkSync(`${socketPath}.old`, socketPath);
    await new Promise<void>((resolve) => left.close(() => resolve()));
    expect((await tcxctl('status')).error).toMatch(/nobody answers/);
    expect((await tcxctl('status')).code).toBe(EXIT.noDaemon);
  });
});

const built = fileURLToPath(new URL('../../dist/daemon/tcxctl.js', import.meta.url));
describe.runIf(existsSync(built))('the command itself', () => {
  it('OPS-5: runs as a process with its exit code', () => {
    const run = (...argv: string[]) =>
      spawnSync(process.execPath, [built, '--socket', join(folder, 'none.sock'), ...argv], { encoding: 'utf8' });
    expect(run('--help')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^usage: tcxctl/) });
    expect(run('status')).toMatchObject({ status: 4, stderr: expect.stringMatching(/no daemon/) });
  });
});
