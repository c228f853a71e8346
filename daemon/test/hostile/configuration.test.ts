// Configurations and places that cannot be used, from the command line to the exit code: named, nothing begun, and a
// start that fails late puts everything away again. What each key may hold is tested beside daemon/configuration.

import { mkdirSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Commands, isBuilt, Workplace } from './processes.fixture.ts';
import type { ConfigurationText } from './processes.fixture.ts';

let commands: Commands;
let place: Workplace;
beforeAll(() => { commands = new Commands(); });
afterAll(() => commands.close());
beforeEach(() => { place = new Workplace(); });
afterEach(() => place.remove());

const NEVER = /\n\s+at |\[object|node:internal/;

async function refused(config: string, code = 2): Promise<string> {
  const end = await commands.run('tcxd', '--config', config, '--for', '1s');
  expect(end.err).not.toMatch(NEVER);
  expect([end.code, end.out]).toEqual([code, '']);
  return end.err;
}

const entry = (list: unknown, index = 0): Record<string, unknown> => (list as Record<string, unknown>[])[index]!;

describe.skipIf(!isBuilt)('a file that is no configuration ends with 2', () => {
  test.each<[string, (place: Workplace) => string, RegExp]>([
    ['missing', (at) => at.path('none.yaml'), /none\.yaml: no such file/],
    ['a folder', (at) => at.folder, /found a folder, expected a YAML file/],
    ['a device without an end', () => '/dev/zero', /found a device, expected a YAML file/],
    ['a link to itself', (at) => (symlinkSync(at.path('x'), at.path('x')), at.path('x')), /too many symbolic links/],
    ['empty', (at) => at.write('x', ''), /the file is empty/],
    ['not text', (at) => at.write('x', Uint8Array.of(0xff, 0xfe)), /bytes that are not UTF-8/],
    ['not YAML', (at) => at.write('x', 'loop: ['), /x:1: Flow sequence/],
    ['a key twice', (at) => at.write('x', 'a: 1\na: 2'), /x:2: Map keys must be unique/],
    ['an alias bomb', (at) => at.write('x', `a: &a [1,1,1,1,1,1,1,1,1]\n${'bcdefghij'.split('').map((name, i) => {
      return `${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[i]}`).join(',')}]`;
    }).join('\n')}\n`), /configuration refused/],
  ])('%s', async (_what, path, message) => {
    expect(await refused(path(place))).toMatch(message);
    expect(place.journals()).toEqual([]);
  });
});

describe.skipIf(!isBuilt)('a configuration that cannot be used ends with 2 and begins no session', () => {
  test.each<[string, (it: ConfigurationText, at: Workplace) => void, RegExp]>([
    [
      'a mistyped key',
      (it) => {
        entry(it['instruments'])['tickSzie'] = 1;
      },
      /tcx\.yaml:\d+: instruments\[0\]\.tickSzie: unknown key, did you mean "tickSize"/,
    ],
    [
      'more decimals than the scale',
      (it) => {
        entry(it['instruments'])['tickSize'] = 0.12;
      },
      /instruments\[0\]\.tickSize: found "0\.12", expected at most 1 decimals/,
    ],
    [
      'an id twice',
      (it) => {
        (it['strategies'] as Record<string, unknown>[]).push(entry(it['strategies']));
      },
      /strategies\[1\]\.id: found "observer", which strategies\[0\] has already/,
    ],
    [
      'a parameter the strategy does not take',
      (it) => {
        entry(it['strategies'])['parameters'] = { size: 1 };
      },
      /strategies\[0\] \(observer\): parameters: size: not a parameter/,
    ],
    [
      'a strategy that does not exist',
      (it) => {
        entry(it['strategies'])['module'] = 'builtin:nope';
      },
      /found strategy builtin:nope, expected one of: builtin:observer/,
    ],
    [
      'a strategy file that does not exist',
      (it) => {
        entry(it['strategies'])['module'] = 'mine.ts';
      },
      /mine\.ts: there is no such file/,
    ],
    [
      'a token file that does not exist',
      (it, at) => {
        it['link']!['tokenFile' as never] = at.path('token') as never;
      },
      /link\.tokenFile: there is no file .*token; write a token/,
    ],
    [
      'a token file that is a folder',
      (it, at) => {
        it['link']!['tokenFile' as never] = at.folder as never;
      },
      /link\.tokenFile .*: found no file/,
    ],
    [
      'a certificate that is none',
      (it, at) => {
        it['link']!['tls' as never] = { certificateFile: at.write('cert', 'x'), keyFile: at.write('key', 'x') } as never;
      },
      /link\.tls\.certificateFile .*cert: expected a certificate in PEM form/,
    ],
    [
      'a key that does not exist',
      (it, at) => {
        it['link']!['tls' as never] = { certificateFile: at.write('cert', 'x'), keyFile: at.path('none') } as never;
      },
      /link\.tls\.keyFile: .*none cannot be read/,
    ],
    [
      'a data directory that is a file',
      (it, at) => {
        it['session']!['dataDir' as never] = at.write('f', '') as never;
      },
      /data directory .*f cannot be written: it is not a folder .*session\.dataDir/,
    ],
    [
      'a data directory below a file',
      (it, at) => {
        it['session']!['dataDir' as never] = `${at.write('f', '')}/x` as never;
      },
      /cannot be written: a part of the path is not a directory/,
    ],
  ])('%s', async (_what, edit, message) => {
    const config = place.configure((it) => edit(it, place));
    expect(await refused(config)).toMatch(message);
    expect(place.journals()).toEqual([]);
  });

  test('--check sees the same, the parameters of strategies included', async () => {
    const config = place.configure((it) => { entry(it['strategies'])['parameters'] = { size: 1 }; });
    const end = await commands.run('tcxd', '--check', '--config', config);
    expect([end.code, end.out]).toEqual([2, '']);
    expect(end.err).toContain('size: not a parameter');
  });

  test('a file where the sessions should be', async () => {
    mkdirSync(place.dataDir);
    place.write('data/sessions', '');
    expect(await refused(place.configure())).toMatch(/data\/sessions cannot be read: .*expected a folder of sessions/);
  });
});

describe.skipIf(!isBuilt)('a start that fails late puts everything away and ends by itself', () => {
  test('the admin socket is something else; the session it had begun is taken up once that is mended', async () => {
    const occupied = place.write('occupied', 'mine');
    const failed = await place.start(place.configure((it) => { it['admin']!['socket' as never] = occupied as never; })).ended;
    expect(failed).toMatchObject({ code: 1, signal: null });
    expect(failed.err).toMatch(/admin socket .*occupied: found something that is not a socket.*move it away or change admin\.socket/);
    const [journal] = place.journals();
    expect(await commands.replay(journal!)).toMatchObject({ code: 0 });
    const mended = await commands.run('tcxd', '--config', place.configure(), '--for', '10ms');
    expect(mended.code).toBe(0);
    expect(mended.err).toContain('recovery: resume');
    expect(place.journals()).toEqual([journal]);
    expect((await commands.replay(journal!)).out).toContain('identical  every outcome');
  });

  test('the link port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const failed = await place.start(place.configure((it) => { it['link']!['port' as never] = port as never; })).ended;
    other.close();
    expect(failed).toMatchObject({ code: 1, signal: null });
    expect(failed.err).toMatch(new RegExp(`link: cannot listen on 127\\.0\\.0\\.1:${port}; another process holds it`));
  });

  test('the metrics address is not this host\'s', async () => {
    const config = place.configure((it) => { it['observe']!['host' as never] = '192.0.2.1' as never; });
    expect(await refused(config, 1)).toMatch(/observe\.host and observe\.port: cannot listen on 192\.0\.2\.1:0/);
    expect(place.journals()).toEqual([]);
  });
});
