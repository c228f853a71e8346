// One recording process per Venue's folder: a second would take the first one's open windows for what a crash left. The
// lock is a file that names its owner; it is void when that process is gone, so that a crash leaves nothing to clean up.

import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Between finding a void lock and taking it, another process may have done so. */
const ATTEMPTS_MAX = 10;

export class DirectoryLockError extends Error {
  override readonly name = 'DirectoryLockError';
}

/** Returns how to give it back. Throws a DirectoryLockError when a living process holds it. */
export function lockDirectory(path: string): () => void {
  const own = `${process.pid} ${startOf(process.pid)}`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
  // Linked into place complete: nobody reads a lock that is half written.
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, own, { mode: 0o640 });
  try {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      if (take(draft, path)) return () => { if (ownerOf(path) === own) rmSync(path, { force: true }); };
      const owner = ownerOf(path);
      if (owner !== '' && isAlive(owner)) break;
      rmSync(path, { force: true });
    }
  } finally {
    rmSync(draft, { force: true });
  }
  throw new DirectoryLockError(`${dirname(path)}: found process ${ownerOf(path).split(' ')[0]} recording there, expected none; `
    + 'stop it, or record to another directory');
}

function take(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function ownerOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function isAlive(owner: string): boolean {
  const [pid = '', start = ''] = owner.split(' ');
  return start !== '' && startOf(Number(pid)) === start;
}

/** When the process began, in ticks since the machine booted; '': there is no such process. Process ids come again. */
function startOf(pid: number): string {
  try {
    // The name in field 2 may hold blanks and brackets; what follows the last bracket does not.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
