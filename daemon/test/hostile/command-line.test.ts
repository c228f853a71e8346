// Command lines that make no sense, to every entry, from argv to exit code: one readable message, nothing started.

import { chmodSync, mkdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Child } from '../child.ts';
import { Commands, isBuilt, Workplace } from './processes.fixture.ts';

let commands: Commands;
let place: Workplace;
beforeAll(() => {
  commands = new Commands();
  place = new Workplace();
  place.configure();
  chmodSync(place.write('token', 'secret\n'), 0o600);
  mkdirSync(place.path('folder'), { mode: 0o700 });
});
afterAll(async () => {
  commands.close();
  await place.remove();
});

type Entry = 'tcxd' | 'tcxctl' | 'tcx-gateway';
const NEVER = /\n\s+at |\bundefined\b|\[object|node:internal/;

async function refused(entry: Entry, argv: string, code: number): Promise<string> {
  const words = argv.split(' ').filter((word) => word !== '').map((word) => word.replace('@', `${place.folder}/`));
  const end = await commands.run(entry, ...words);
  expect(end.err).not.toMatch(NEVER);
  expect([end.code, end.out]).toEqual([code, '']);
  expect(end.err).toMatch(new RegExp(`^${entry}: `));
  return end.err;
}

describe.skipIf(!isBuilt)('tcxd: a command line that makes no sense ends with 2 and says why', () => {
  test.each([
    ['', /expected --config FILE or --replay JOURNAL; for example/],
    ['--bogus', /Unknown option '--bogus'.*\ntcxd --help/],
    ['--config', /'--config <value>' argument missing.*\ntcxd --help/],
    ['--config=', /expected --config FILE/],
    ['--config @tcx.yaml extra', /Unexpected argument 'extra'/],
    ['--config @tcx.yaml --config @other.yaml', /--config is given twice/],
    ['--config @tcx.yaml --for', /'--for <value>' argument missing/],
    ['--config @tcx.yaml --for 10', /--for: found "10", expected a duration like 500ms/],
    ['--config @tcx.yaml --for=-1s', /--for: found "-1s"/],
    ['--config @tcx.yaml --for 0s', /--for: found "0s"/],
    ['--config @tcx.yaml --for 600h', /--for: found "600h", expected at most 596h/],
    ['--config @tcx.yaml --fold', /--fold goes with --replay/],
    ['--config @tcx.yaml --until 7', /--until goes with --replay/],
    ['--config @tcx.yaml --output @out.bin', /--output goes with --replay/],
    ['--config @tcx.yaml --check --for 1s', /--for does not go with --check/],
    ['--check', /expected --config FILE/],
    ['--replay=', /--replay: found "", expected the path of a journal/],
    ['--replay @j --config @tcx.yaml', /--config does not go with --replay/],
    ['--replay @j --new-session', /--new-session does not go with --replay/],
    ['--replay @j --fold --output @out.bin', /--output does not go with --fold/],
    ['--replay @j --until 0', /--until: found "0", expected a position, 1 or above/],
    ['--replay @j --until 1e3', /--until: found "1e3"/],
    ['--replay @j --fold=yes', /'--fold' does not take an argument/],
    ['--replay @j --fold --fold', /--fold is given twice/],
  ])('%s', async (argv, message) => {
    expect(await refused('tcxd', argv, 2)).toMatch(message);
    expect(place.journals()).toEqual([]);
  });

  test('the process itself ends with that code and message', async () => {
    const ended = await place.adopt(new Child('tcxd', 'tcxd.js', ['--bogus'])).ended;
    expect(ended).toMatchObject({ code: 2, signal: null, out: '' });
    expect(ended.err).toContain("tcxd: Unknown option '--bogus'");
  });
});

describe.skipIf(!isBuilt)('tcxctl: unusable arguments end with 2, an unusable socket with 4', () => {
  test.each([
    ['frobnicate', 2, /unknown command "frobnicate"/],
    ['status --bogus', 2, /Unknown option '--bogus'/],
    ['status extra', 2, /status: found 1 words after it/],
    ['kill', 2, /needs --reason/],
    ['kill --reason=', 2, /needs --reason/],
    ['kill --reason a --reason b', 2, /--reason is given twice/],
    ['status --reason x', 2, /status takes no --reason/],
    ['status --socket', 2, /'-s, --socket <value>' argument missing/],
    ['status --socket @nothing', 4, /no daemon: found no socket at .*nothing; start tcxd/],
    ['status --socket @folder', 4, /no daemon: .*folder is not a socket; name the admin.socket of a tcxd/],
    ['status --socket @token', 4, /no daemon: .*token is not a socket/],
  ])('%s', async (argv, code, message) => {
    expect(await refused('tcxctl', argv, code)).toMatch(message);
  });
});

describe.skipIf(!isBuilt)('tcx-gateway: a command line that makes no sense ends with 2', () => {
  const dial = '--link ws://127.0.0.1:1 --token-file @token';
  test.each([
    ['', /--venue is missing: expected sim or kraken/],
    ['--bogus', /Unknown option '--bogus'/],
    ['--venue', /'--venue <value>' argument missing/],
    ['--venue mtgox', /--venue: found "mtgox", expected sim or kraken/],
    [`--venue sim --venue kraken ${dial}`, /--venue is given twice/],
    ['--venue sim --link http://127.0.0.1:1 --token-file @token', /expected it to begin with ws:/],
    ['--venue sim --link ws://10.0.0.1:1 --token-file @token', /expected wss:/],
    ['--venue sim --link ws://127.0.0.1:1 --token-file @nothing', /--token-file .*nothing: .*start tcxd first/],
    ['--venue sim --link ws://127.0.0.1:1 --token-file @folder', /--token-file .*folder: found no file/],
    [`--venue sim ${dial} --seed -1`, /--seed/],
    [`--venue sim ${dial} --capture @x`, /--capture means nothing to --venue sim/],
    [`--venue sim ${dial} --config @nothing`, /--config: .*nothing: no such file/s],
    [`--venue sim ${dial} --config @token`, /--config .*token: expected a mapping of settings/],
    [`--venue sim ${dial} --state @token`, /--state .*token: not JSON/],
    [`--venue kraken --record-only`, /--config is missing/],
    [`--venue kraken ${dial} --config @nothing`, /nothing.*no such file/],
    [`--venue kraken ${dial} --config @token`, /token.*expected a group of keys/],
    [`--venue kraken ${dial} --capture @nothing`, /capture .*nothing/],
    [`--venue kraken ${dial} --capture @folder`, /capture .*folder/],
    [`--venue kraken ${dial} --capture @token`,
      /token: line 1: found "<redacted:link-token>", expected "<ns since the Unix epoch> <frame>"/],
  ])('%s', async (argv, message) => {
    expect(await refused('tcx-gateway', argv, 2)).toMatch(message);
  });
});
