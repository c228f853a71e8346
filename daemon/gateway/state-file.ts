// One JSON file that survives the gateway: written beside its place and renamed, so that a reader finds the old or the
// new one, never a half. Knows nothing of what it holds.

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { describeFailure } from '../base/system-failure.ts';
import { UsageError } from './usage.ts';

/** The value kept at `path`; undefined when there is no such file yet. */
export function readState(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UsageError(`--state ${path}: ${describeFailure(error)}; expected a file that this user may read and write, or none yet`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UsageError(`--state ${path}: not JSON: ${(error as Error).message}; remove the file to start afresh`);
  }
}

export function writeState(path: string, value: unknown): void {
  const beside = `${path}.${process.pid}.new`;
  writeFileSync(beside, `${JSON.stringify(value)}\n`, { mode: 0o600 });
  renameSync(beside, path);
}
