// Which build it is, asked of git, of the stamp of a release, and of a tree that has neither.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { describeBuild, readBuildInfo } from './build-info.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tcx-build-'));
  writeFileSync(join(root, 'package.json'), '{ "version": "1.2.3" }');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

const git = (...command: string[]) => execFileSync('git', ['-C', root, '-c', 'user.name=x', '-c', 'user.email=x@x', ...command],
  { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();

function commitAll(): string {
  git('init', '-q');
  git('add', '-A');
  git('commit', '-q', '-m', 'x');
  return git('rev-parse', '--short=12', 'HEAD');
}

describe('readBuildInfo', () => {
  it('asks git for the commit, and whether the tree was changed since', () => {
    const commit = commitAll();
    expect(readBuildInfo(root)).toEqual({ version: '1.2.3', commit, dirty: false });
    writeFileSync(join(root, 'package.json'), '{ "version": "1.2.4" }');
    expect(describeBuild(readBuildInfo(root))).toBe(`1.2.4 (${commit}+dirty)`);
  });

  it('knows its commit in a tree of another user, as a service finds it', () => {
    const commit = commitAll();
    vi.stubEnv('GIT_TEST_ASSUME_DIFFERENT_OWNER', '1');
    expect(() => git('rev-parse', 'HEAD')).toThrow();
    expect(readBuildInfo(root)).toEqual({ version: '1.2.3', commit, dirty: false });
  });

  it('believes the stamp of a release before git', () => {
    commitAll();
    mkdirSync(join(root, 'dist'));
    writeFileSync(join(root, 'dist', 'build-info.json'), '{ "commit": "0123456789ab", "dirty": false }');
    expect(describeBuild(readBuildInfo(root))).toBe('1.2.3 (0123456789ab)');
  });

  it('says unknown where nothing can say', () => {
    expect(readBuildInfo(root)).toEqual({ version: '1.2.3', commit: 'unknown', dirty: false });
  });
});
