// Commands that listen on nothing load no uWebSockets.js: its builds for newer versions of Node.js want a newer C library
// than Debian 12 has, and a journal must replay there all the same.

import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isBuilt } from './hostile/processes.fixture.ts';

const entry = resolve('dist/daemon/daemon.js');
const librariesOf = (...argv: string[]): string[] => {
  const script = `const { runTcxd } = await import(${JSON.stringify(entry)});`
    + `process.exitCode = await runTcxd(${JSON.stringify(argv)});`
    + 'process.stderr.write(`\\nlibraries:${process.report.getReport().sharedObjects.join("\\n")}`);';
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  const paths = (stderr.split('libraries:')[1] ?? '').split('\n').filter((path) => path.endsWith('.node'));
  return paths.map((path) => path.split('/').at(-1)!);
};

describe.skipIf(!isBuilt)('tcxd without a server', () => {
  test.each([
    ['--version'], ['--check', '--config', 'config/paper.yaml'], ['--replay', join('no', 'journal.bin')],
  ])('%s loads the addon and no uWebSockets.js', (...argv) => {
    expect(librariesOf(...argv)).toEqual(['tcx.node']);
  });
});
