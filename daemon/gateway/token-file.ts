// Reads the link token. A secret that others on the machine can read is none, so such a file is refused, not warned of.

import { readFileSync, statSync } from 'node:fs';
import { describeFailure } from '../base/system-failure.ts';
import { UsageError } from './usage.ts';

const OTHERS = 0o007;

export function readToken(path: string): string {
  try {
    const facts = statSync(path);
    if (!facts.isFile()) throw new UsageError(`--token-file ${path}: found no file, expected the one tcxd wrote the link token to`);
    const mode = facts.mode & 0o777;
    if ((mode & OTHERS) !== 0) {
      throw new UsageError(`--token-file ${path}: mode ${mode.toString(8)} lets everyone on this machine use it; `
        + `expected 600: chmod 600 ${path}`);
    }
    const token = readFileSync(path, 'utf8').trim();
    if (token === '') throw new UsageError(`--token-file ${path}: found an empty file, expected the token tcxd wrote`);
    return token;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`--token-file ${path}: ${describeFailure(error)}; ${remedyOf(error)}`, { cause: error });
  }
}

function remedyOf(error: unknown): string {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'start tcxd first, it writes the file into its data folder';
  return `run the gateway as the user of tcxd, or let user ${process.geteuid?.() ?? 0} read the file and nobody else`;
}
