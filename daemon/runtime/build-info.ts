// Which build this is: version, commit, whether the tree was changed. Taken from the stamp a release build leaves in
// dist/, else from git. Cold: asked once per start.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface BuildInfo {
  readonly version: string;
  /** 'unknown' when neither a stamp nor git can say. */
  readonly commit: string;
  readonly dirty: boolean;
}

/** The folder that holds package.json, from sources and from dist alike. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${fileURLToPath(import.meta.url)}; the installation is incomplete`);
    folder = parent;
  }
  return folder;
}

export function readBuildInfo(root = packageRoot()): BuildInfo {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const stamp = join(root, 'dist', 'build-info.json');
  if (existsSync(stamp)) return { version, ...(JSON.parse(readFileSync(stamp, 'utf8')) as Omit<BuildInfo, 'version'>) };
  const commit = git(root, ['rev-parse', '--short=12', 'HEAD']);
  if (commit === '') return { version, commit: 'unknown', dirty: false };
  return { version, commit, dirty: git(root, ['status', '--porcelain', '--untracked-files=no']) !== '' };
}

/** `0.1.0 (1a2b3c4d5e6f+dirty)` */
export function describeBuild(build: BuildInfo): string {
  return `${build.version} (${build.commit}${build.dirty ? '+dirty' : ''})`;
}

/** As a service the tree belongs to another user, which git takes for a trap; but what it would guard from runs already. */
function git(root: string, command: readonly string[]): string {
  try {
    const argv = ['-c', 'safe.directory=*', '-C', root, ...command];
    return execFileSync('git', argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}
