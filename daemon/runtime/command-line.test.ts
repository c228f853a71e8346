// The command line of tcxd: tasks, and refusals that name the option.

import { describe, expect, test } from 'vitest';
import { durationMs, HELP, parseCommandLine } from './command-line.ts';

describe('command line', () => {
  test('a run, a replay, a check', () => {
    expect(parseCommandLine(['--config', 'c.yaml', '--for', '10s'])).toEqual({
      task: 'run', config: 'c.yaml', forMs: 10_000, newSession: false, allowDifferentBuild: false,
    });
    expect(parseCommandLine(['--replay', 'j.bin', '--until', '7', '--fold', '--json'])).toEqual({
      task: 'replay', journal: 'j.bin', output: '', until: 7, mode: 'fold', json: true, allowDifferentBuild: false,
    });
    expect(parseCommandLine(['--check', '--config', 'c.yaml'])).toEqual({ task: 'check', config: 'c.yaml' });
    expect(parseCommandLine(['--help']).task).toBe('help');
    expect(parseCommandLine(['--version']).task).toBe('version');
  });

  test.each([
    [[], /expected --config FILE or --replay JOURNAL/],
    [['--confg', 'x'], /Unknown option '--confg'/],
    [['stray'], /stray/],
    [['--config', 'c', '--fold'], /--fold goes with --replay/],
    [['--config', 'c', '--output', 'o'], /--output goes with --replay/],
    [['--replay', 'j', '--config', 'c'], /--config does not go with --replay/],
    [['--replay', 'j', '--fold', '--output', 'o'], /--output does not go with --fold/],
    [['--replay', 'j', '--until', '0'], /--until: found "0", expected a position/],
    [['--replay', 'j', '--until', 'x'], /--until: found "x"/],
    [['--config', 'c', '--for', '10'], /--for: found "10", expected a duration like 500ms/],
    [['--config', 'c', '--for', '0s'], /--for: found "0s"/],
    [['--check'], /expected --config FILE/],
  ])('%j is refused', (argv, expected) => {
    expect(() => parseCommandLine(argv)).toThrow(expected);
  });

  test.each([['500ms', 500], ['1.5s', 1500], ['2min', 120_000], ['2m', 120_000], ['8h', 28_800_000]])('%s is %d ms', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });

  test('every option stands in the help', () => {
    const options = [
      'config', 'for', 'replay', 'output', 'until', 'fold', 'json', 'check', 'new-session', 'allow-different-build', 'version', 'help',
    ];
    for (const option of options) {
      expect(HELP).toContain(`--${option}`);
    }
  });
});
