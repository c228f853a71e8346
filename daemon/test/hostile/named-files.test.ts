// Every file that a configuration or a command line names, each missing, a folder, empty, or closed to this user: exit
// code 2, and a message with the key or option, the path, what was found in words, and what was expected.

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { join } from 'node:path';
import { packageRoot } from '../../runtime/build-info.ts';
import type { CommandLine } from './command-runner.ts';
import { Commands, entry, group, isBuilt, Workplace } from './processes.fixture.ts';

let commands: Commands;
let place: Workplace;
let token: string;
beforeAll(() => { commands = new Commands(); });
afterAll(() => commands.close());
beforeEach(() => {
  place = new Workplace();
  token = secret('token', 'x');
});
afterEach(() => place.remove());

/** Node's own words, `ENOENT: no such file or directory, open '…'`: they name a call, and no remedy. */
const RAW = /\bE[A-Z]{3,}: |\n\s+at |\[object|node:internal/;

/** A command line that reads one named file. */
type Reader = (file: string) => CommandLine;

const tcxd = (edit: Parameters<Workplace['configure']>[0]): CommandLine => (
  { entry: 'tcxd', argv: ['--config', place.configure(edit), '--for', '1s'] });
const gateway = (venue: string, ...more: string[]): CommandLine => (
  { entry: 'tcx-gateway', argv: ['--venue', venue, '--link', 'ws://127.0.0.1:1', '--token-file', token, ...more] });
const dialled = (settings: object): CommandLine => gateway('kraken', '--config', place.write('settings.yaml', JSON.stringify(settings)));
const keys = (files: object) => dialled({
  credentials: { apiKeyFile: secret('key', 'k'), secretFile: secret('secret', 'c2VjcmV0'), ...files }, orders: { enabled: true },
});

/** What each message names, and who reads the file. */
const READERS: readonly (readonly [string, Reader])[] = [
  ['configuration refused', (file) => ({ entry: 'tcxd', argv: ['--config', file] })],
  ['link.tokenFile', (tokenFile) => tcxd((it) => { group(it, 'link')['tokenFile'] = tokenFile; })],
  ['link.tls.certificateFile', (certificateFile) => tcxd((it) => {
    group(it, 'link')['tls'] = { certificateFile, keyFile: token };
  })],
  ['strateg', (module) => tcxd((it) => { entry(it, 'strategies')['module'] = module; })],
  ['--config', (file) => gateway('sim', '--config', file)],
  ['configuration refused', (file) => gateway('kraken', '--config', file)],
  ['--token-file', (file) => ({ entry: 'tcx-gateway', argv: ['--venue', 'sim', '--link', 'ws://127.0.0.1:1', '--token-file', file] })],
  ['capture', (file) => gateway('kraken', '--capture', file)],
  ['tls.ca', (ca) => dialled({ tls: { ca } })],
  ['credentials.apiKeyFile', (apiKeyFile) => keys({ apiKeyFile })],
  ['credentials.secretFile', (secretFile) => keys({ secretFile })],
];

/** Read and written: a missing one is made, an empty one is no error of the wire log. */
const WRITERS: readonly (readonly [string, Reader])[] = [
  ['--state', (file) => gateway('sim', '--state', file)],
  ['--wire-log', (file) => gateway('sim', '--wire-log', file)],
];

function secret(name: string, content: string): string {
  const path = place.write(name, content);
  chmodSync(path, 0o400);
  return path;
}

async function refused(line: CommandLine, named: string, file: string): Promise<string> {
  const { code, out, err } = await commands.run(line.entry, ...line.argv);
  expect([code, out], err).toEqual([2, '']);
  expect(err).not.toMatch(RAW);
  expect(err).toContain(named);
  expect(err).toContain(file);
  expect(place.journals()).toEqual([]);
  return err;
}

describe.skipIf(!isBuilt)('a file that is not there', () => {
  test.each(READERS)('%s', async (named, reader) => {
    const file = place.path('none.ts');
    expect(await refused(reader(file), named, file)).toMatch(/no such file|there is no (such )?file|found nothing there/);
  });
});

describe.skipIf(!isBuilt)('a path that leads through a file', () => {
  test.each([...READERS, ...WRITERS])('%s', async (named, reader) => {
    const file = join(place.write('file.ts', 'x'), 'none.ts');
    expect(await refused(reader(file), named, file)).toMatch(/a part of the path is not a directory \(ENOTDIR\)|there is no (such )?file/);
  });
});

describe.skipIf(!isBuilt)('a folder', () => {
  test.each([...READERS, ...WRITERS])('%s', async (named, reader) => {
    const folder = place.path('folder.ts');
    mkdirSync(folder);
    expect(await refused(reader(folder), named, folder))
      .toMatch(/found a folder|it is a folder|found something other than a (regular )?file|found no file/);
  });
});

describe.skipIf(!isBuilt)('an empty file', () => {
  test.each(READERS)('%s', async (named, reader) => {
    const empty = secret('empty.ts', '');
    expect(await refused(reader(empty), named, empty))
      .toMatch(/empty|expected a certificate in PEM form|found no certificate|expected a strategy/);
  });
});

describe.skipIf(!isBuilt)('a file that this user may not read', () => {
  // Root reads everything but for these two capabilities.
  const overrides = '-dac_override,-dac_read_search';
  const unprivileged = process.getuid?.() === 0 ? ['setpriv', `--inh-caps=${overrides}`, `--bounding-set=${overrides}`] : [];

  test.each([...READERS, ...WRITERS])('%s', (named, reader) => {
    const closed = place.write('closed.ts', 'x');
    chmodSync(closed, 0);
    const line = reader(closed);
    const [command, ...argv] = [
      ...unprivileged, process.execPath, join(packageRoot(), `dist/daemon/${line.entry}.js`), ...line.argv,
    ];
    const { status, stdout, stderr } = spawnSync(command!, argv, { encoding: 'utf8' });
    expect([status, stdout], stderr).toEqual([2, '']);
    expect(stderr).not.toMatch(RAW);
    expect(stderr).toContain(named);
    expect(stderr).toMatch(new RegExp(`${closed}.*permission denied \\(EACCES\\)`));
    expect(place.journals()).toEqual([]);
  });
});

describe.skipIf(!isBuilt)('--check looks at the files too, and makes none', () => {
  const check = (edit: Parameters<Workplace['configure']>[0]) => commands.run('tcxd', '--check', '--config', place.configure(edit));

  test('a token file that is not there', async () => {
    const { code, err } = await check((it) => { group(it, 'link')['tokenFile'] = place.path('none'); });
    expect([code, err]).toEqual([2, `tcxd: link.tokenFile: there is no file ${place.path('none')}; write a token into it, mode 600\n`]);
  });

  test('a certificate that is not there', async () => {
    const { code, err } = await check((it) => {
      group(it, 'link')['tls'] = { certificateFile: place.path('none'), keyFile: token };
    });
    expect([code, err]).toEqual([2, expect.stringContaining(`link.tls.certificateFile: ${place.path('none')} cannot be read`)]);
  });

  test('a token that the first start makes is not missed', async () => {
    const { out, err } = await check(() => undefined);
    expect(err).toBe('');
    expect(out).toContain('valid, hash');
    expect(existsSync(place.path('data', 'link.token'))).toBe(false);
  });
});

describe.skipIf(!isBuilt)('a place that cannot be written to', () => {
  test.each(WRITERS)('%s', async (named, reader) => {
    const below = join(token, 'below');
    expect(await refused(reader(below), named, below)).toContain('a part of the path is not a directory (ENOTDIR); expected');
  });

  test('record.directory', async () => {
    const err = await refused(dialled({ record: { directory: token } }), 'record.directory', token);
    expect(err).toMatch(/cannot be recorded to: a part of the path is not a directory \(ENOTDIR\); expected a folder that this user/);
  });
});
