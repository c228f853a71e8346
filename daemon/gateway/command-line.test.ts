// What tcx-gateway accepts and how it refuses.

import { describe, expect, test } from 'vitest';
import { parseCommandLine } from './command-line.ts';
import { UsageError } from './usage.ts';

const SIM = ['--venue', 'sim', '--link', 'ws://127.0.0.1:9101', '--token-file', 't'];
const KRAKEN = ['--venue', 'kraken', '--link', 'ws://127.0.0.1:9101', '--token-file', 't'];

test('a simulated Venue with its defaults', () => {
  expect(parseCommandLine(SIM)).toEqual({
    command: 'run', settings: {
      venue: 'sim', mode: 'sim', id: 'sim', link: 'ws://127.0.0.1:9101', tokenFile: 't', configFile: '', captureFile: '',
      stateFile: '', wireLogFile: '', stateSync: false, speed: Infinity, seed: null, embedded: false, logLevel: 'info',
    },
  });
});

test('a Kraken capture at ten times its pace, under another id', () => {
  const parsed = parseCommandLine([...KRAKEN, '--id', 'kraken-eu', '--capture', 'c.gz', '--speed', '10']);
  expect(parsed).toMatchObject({ settings: { id: 'kraken-eu', mode: 'capture', captureFile: 'c.gz', speed: 10 } });
});

test('a Venue is dialled unless something else is asked for; settings are optional', () => {
  expect(parseCommandLine(KRAKEN)).toMatchObject({ settings: { venue: 'kraken', mode: 'dial', configFile: '' } });
  expect(parseCommandLine([...KRAKEN, '--config', 'k.yaml'])).toMatchObject({ settings: { mode: 'dial', configFile: 'k.yaml' } });
});

test('recording alone needs no daemon', () => {
  expect(parseCommandLine(['--venue', 'okx', '--record-only', '--config', 'o.yaml'])).toMatchObject({
    settings: { venue: 'okx', mode: 'record', link: '', tokenFile: '', configFile: 'o.yaml' },
  });
});

test('help and version need nothing else', () => {
  expect(parseCommandLine(['--help'])).toEqual({ command: 'help' });
  expect(parseCommandLine(['--version'])).toEqual({ command: 'version' });
});

describe('refusals name the option, what was found and what was expected', () => {
  test.each([
    [[], '--venue is missing'],
    [['--venue', 'mtgox'], '--venue: found "mtgox", expected sim or kraken or binance'],
    [['--venue', 'sim'], '--link is missing'],
    [['--venue', 'sim', '--link', 'localhost'], '--link: found "localhost"'],
    [['--venue', 'sim', '--link', 'http://127.0.0.1:1'], 'begin with ws:// or wss://'],
    [['--venue', 'sim', '--link', 'ws://10.0.0.1:1'], 'in the clear'],
    [SIM.slice(0, 4), '--token-file is missing'],
    [[...SIM, '--colour'], "Unknown option '--colour'"],
    [[...SIM, 'stray'], 'stray'],
    [[...SIM, '--seed', '-1'], '--seed'],
    [[...SIM, '--seed', '4294967296'], '--seed: found "4294967296"'],
    [[...SIM, '--capture', 'c.gz'], '--capture means nothing to --venue sim'],
    [[...SIM, '--log-level', 'loud'], '--log-level: found "loud"'],
    [KRAKEN.slice(0, 2), '--link is missing'],
    [[...KRAKEN, '--speed', '2'], '--speed means nothing without --capture'],
    [[...SIM, '--record-only'], '--record-only means nothing to --venue sim'],
    [[...KRAKEN.slice(0, 2), '--record-only'], '--config is missing'],
    [[...KRAKEN, '--record-only', '--config', 'c'], '--link means nothing to --record-only'],
    [[...KRAKEN, '--record-only', '--capture', 'c'], 'found both'],
    [[...KRAKEN, '--seed', '4'], '--seed means nothing to --venue kraken'],
    [[...KRAKEN, '--capture', 'c', '--speed', '0'], '--speed: found "0"'],
    [[...KRAKEN, '--capture', 'c', '--speed', 'fast'], '--speed: found "fast"'],
    [[...KRAKEN, '--capture', 'c', '--state', 's'], '--state means nothing to --venue kraken'],
    [[...KRAKEN, '--capture', 'c', '--state-sync'], '--state-sync means nothing to --venue kraken'],
    [[...KRAKEN, '--capture', 'c', '--wire-log', 'w'], '--wire-log means nothing to --venue kraken'],
    [[...SIM, '--state-sync'], '--state is missing: --state-sync says when'],
  ] as const)('%j', (argv, message) => {
    expect(() => parseCommandLine(argv)).toThrow(UsageError);
    expect(() => parseCommandLine(argv)).toThrow(message);
  });
});
