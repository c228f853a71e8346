// The secret every gateway presents. Made on the first start where the Configuration names none; read by this user only.

import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { describeFailure } from '../base/system-failure.ts';
import { UnusableInput } from './unusable.ts';

const OTHERS = 0o007;
const TOKEN_BYTES = 32;

/** `generate`: make the file when there is none. */
export function readLinkToken(path: string, missing: 'generate' | 'refuse'): string {
  try {
    return readOrCreate(path, missing);
  } catch (error) {
    if (error instanceof UnusableInput) throw error;
    throw new UnusableInput(`link.tokenFile ${path}: ${describeFailure(error)}; expected a file of mode 600 that belongs to `
      + `user ${process.geteuid?.() ?? 0}`, { cause: error });
  }
}

function readOrCreate(path: string, missing: 'generate' | 'refuse'): string {
  if (!existsSync(path)) {
    if (missing === 'refuse') throw new UnusableInput(`link.tokenFile: there is no file ${path}; write a token into it, mode 600`);
    createToken(path);
  }
  const facts = statSync(path);
  if (!facts.isFile()) throw new UnusableInput(`link.tokenFile ${path}: found no file, expected one that holds a token`);
  const mode = facts.mode & 0o777;
  if ((mode & OTHERS) !== 0) {
    throw new UnusableInput(`link.tokenFile ${path}: mode ${mode.toString(8)} lets everyone on this machine use it; `
      + `expected 600: chmod 600 ${path}`);
  }
  const token = readFileSync(path, 'utf8').trim();
  if (token === '') throw new UnusableInput(`link.tokenFile ${path}: found an empty file, expected a token; remove it to have one made`);
  return token;
}

function createToken(path: string): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, `${randomBytes(TOKEN_BYTES).toString('hex')}\n`);
  } finally {
    closeSync(file);
  }
}
