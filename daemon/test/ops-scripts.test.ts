// The scripts behind the two commands: set-up says exactly what is missing and touches nothing it may not; the summary
// of a test run adds up what the runners counted and is not fooled by a runner that died.

import { spawnSync } from 'node:child_process';
import {
  chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pathsMatching, ROOT } from './source-tree.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tcx-ops-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('ops/setup', () => {
  /** A machine that has only what is listed, and stubs that say what they were asked. */
  function setUp(programs: readonly string[], stubs: Readonly<Record<string, string>>) {
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    mkdirSync(join(folder, 'ops'));
    copyFileSync(join(ROOT, 'ops/setup'), join(folder, 'ops/setup'));
    for (const name of programs) {
      const found = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
      symlinkSync(found, join(bin, name));
    }
    for (const [name, script] of Object.entries(stubs)) {
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(bin, name), 0o755);
    }
    return spawnSync(join(folder, 'ops/setup'), [], { encoding: 'utf8', env: { PATH: bin, HOME: folder } });
  }

  const BASE = ['env', 'bash', 'dirname', 'mkdir', 'sort', 'head'];

  test('without rights: names the packages and the command, and installs nothing', () => {
    const { status, stderr } = setUp(BASE, {
      node: 'echo v20.17.0', npm: 'exit 0', id: 'echo 1000', 'apt-get': 'echo called > /dev/stderr; exit 1',
    });
    expect(status).toBe(1);
    expect(stderr).toContain('sudo apt-get update && sudo apt-get install -y --no-install-recommends cmake g++ ninja-build');
    expect(stderr).not.toContain('called');
  });

  test('an old Node.js is named with what is expected', () => {
    const { status, stderr } = setUp(BASE, { node: 'echo v18.19.0', npm: 'exit 0' });
    expect(status).toBe(1);
    expect(stderr).toContain('found Node.js 18.19.0, expected 20.17.0 or later');
  });

  test('no Node.js at all', () => {
    expect(setUp(BASE, {}).stderr).toContain('no node found, expected Node.js 20.17.0 or later');
  });

  /** A tree with stubs of the builders, each of which says what it was asked, and a build/ made for `home`. */
  function builtFor(home: string) {
    const write = (name: string, text: string, mode = 0o644) => {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text, { mode });
    };
    write('ops/setup', readFileSync(join(ROOT, 'ops/setup'), 'utf8'), 0o755);
    for (const source of ['native/a.cc', 'daemon/a.ts', 'package.json']) write(source, '');
    write('node_modules/.bin/cmake-js', '#!/bin/sh\necho "$1" >> asked\nmkdir -p build/Release && touch build/Release/tcx.node\n', 0o755);
    write('node_modules/.bin/tsc', '#!/bin/sh\necho tsc >> asked\nmkdir -p dist\n', 0o755);
    const setup = () => {
      rmSync(join(folder, 'asked'), { force: true });
      const { status, stdout } = spawnSync(join(folder, 'ops/setup'), ['--build-only'], { encoding: 'utf8' });
      const asked = existsSync(join(folder, 'asked')) ? readFileSync(join(folder, 'asked'), 'utf8').split('\n').slice(0, -1) : [];
      // The compilers of the two languages run side by side.
      return { status, stdout, asked: asked.sort() };
    };
    const first = setup();
    for (const place of ['', 'native/', 'sanitize/']) {
      write(`build/${place}CMakeCache.txt`, `# a comment\nCMAKE_HOME_DIRECTORY:INTERNAL=${home}\n`);
    }
    write('build/build.ninja', '');
    return { first, setup };
  }

  test('a build/ that was made for another tree is not trusted: everything is built anew', () => {
    const { first, setup } = builtFor(join(folder, 'elsewhere'));
    expect(first).toMatchObject({ status: 0, asked: ['build', 'configure', 'tsc'] });
    const copied = setup();
    expect(copied).toMatchObject({ status: 0, asked: ['build', 'configure', 'tsc'] });
    expect(copied.stdout).toContain(`setup: build/ was made for ${join(folder, 'elsewhere')}: building anew`);
    expect(existsSync(join(folder, 'build/native'))).toBe(false);
    expect(setup()).toEqual({ status: 0, stdout: '', asked: [] });
  });

  test('its own build/ is, by whatever name the tree is reached', () => {
    symlinkSync('.', join(folder, 'also'));
    expect(builtFor(join(folder, 'also')).setup()).toEqual({ status: 0, stdout: '', asked: [] });
    expect(existsSync(join(folder, 'build/native/CMakeCache.txt'))).toBe(true);
  });

  test('an unknown option is refused', () => {
    const { status, stderr } = spawnSync(join(ROOT, 'ops/setup'), ['--fast'], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([2, 'setup: unknown option --fast; known: --tests, --build-only\n']);
  });

  test.each(pathsMatching(/^ops\/(setup|start|test|bench|fuzz)$|^\.ci\/run$/))('%s is valid bash', (path) => {
    expect(spawnSync('bash', ['-n', join(ROOT, path)], { encoding: 'utf8' }).stderr).toBe('');
  });
});

describe('ops/test-summary.mjs', () => {
  const xml = (tests: number, failures: number, skipped: number) =>
    `<?xml version="1.0"?><testsuite name="n" tests="${tests}" failures="${failures}" disabled="0" skipped="${skipped}">`;
  const report = (passed: number, failed: number, pending: number, files: readonly object[] = []) => JSON.stringify({
    numPassedTests: passed, numFailedTests: failed, numPendingTests: pending, numTodoTests: 0, testResults: files,
  });

  function summarise(files: Readonly<Record<string, string>>) {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const result = spawnSync('node', [join(ROOT, 'ops/test-summary.mjs'), folder], { encoding: 'utf8' });
    return { line: result.stdout.trimEnd().split('\n').at(-1), status: result.status, stderr: result.stderr };
  }

  test('adds the counts of all runners', () => {
    const files = { runners: 'native 0\nvitest 0\n', 'native.xml': xml(10, 0, 0), 'vitest.json': report(5, 0, 0) };
    expect(summarise(files)).toMatchObject({ line: '15 passed, 0 failed', status: 0 });
  });

  test('shows what was skipped, and fails when anything failed', () => {
    const files = { runners: 'native 8\nvitest 1\n', 'native.xml': xml(10, 2, 1), 'vitest.json': report(5, 1, 2) };
    expect(summarise(files)).toMatchObject({ line: '12 passed, 3 failed, 3 skipped', status: 1 });
  });

  test('a runner that died without counting is a failure', () => {
    const { line, status, stderr } = summarise({ runners: 'native 1\nvitest 0\n', 'vitest.json': report(5, 0, 0) });
    expect([line, status]).toEqual(['5 passed, 1 failed', 1]);
    expect(stderr).toContain('native ended with exit code 1 without a failed test');
  });

  test('a file that cannot be loaded is a failure', () => {
    const file = { name: 'x.test.ts', status: 'failed', message: 'no such module', assertionResults: [] };
    const { line, status, stderr } = summarise({ runners: 'vitest 1\n', 'vitest.json': report(5, 0, 0, [file]) });
    expect([line, status]).toEqual(['5 passed, 1 failed', 1]);
    expect(stderr).toContain('x.test.ts: no such module');
  });

  test('a run that passed nothing is no success', () => {
    expect(summarise({ runners: 'vitest 0\n', 'vitest.json': report(0, 0, 0) })).toMatchObject({ status: 1 });
  });
});
