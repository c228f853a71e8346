// Owns where sessions live: <data-dir>/sessions/<session-id>/. Ids are validated before they become part of a path, and
// nothing that exists is ever overwritten. Never reads or writes a journal.

import { accessSync, constants, existsSync, mkdirSync, readdirSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import { describeFailure } from '../base/system-failure.ts';
import { SESSION_ORDINAL_MAX } from '../event/session-ordinal.ts';

const ID_PATTERN = /^(\d{6})-\d{8}T\d{6}Z$/;

export interface SessionDirectory {
  readonly id: string;
  readonly ordinal: number;
  readonly path: string;
  readonly journalPath: string;
  readonly manifestPath: string;
}

/** What is at the data directory's path cannot hold sessions: the operator's to mend, before anything is touched. */
export class DataDirectoryError extends Error {
  override readonly name = 'DataDirectoryError';
}

/** `unixMs` only names the session for people; order is by ordinal. */
export function sessionId(ordinal: number, unixMs: number): string {
  if (!Number.isInteger(ordinal) || ordinal < 1 || ordinal > SESSION_ORDINAL_MAX) {
    throw new RangeError(
      `session ordinal ${ordinal} is out of range; expected 1 to ${SESSION_ORDINAL_MAX}; ` +
      'use a new data directory for further sessions (docs/runbooks/lost-data-directory.md: names of orders repeat)',
    );
  }
  const stamp = new Date(unixMs).toISOString().replace(/[-:]/g, '').replace(/\.\d+Z$/, 'Z');
  return `${String(ordinal).padStart(6, '0')}-${stamp}`;
}

/** The ordinal inside a session id, or 0 when it is not one. */
export function sessionOrdinal(id: string): number {
  const match = ID_PATTERN.exec(id);
  return match === null ? 0 : Number(match[1]);
}

export function sessionDirectory(dataDirectory: string, id: string): SessionDirectory {
  const ordinal = sessionOrdinal(id);
  if (ordinal === 0) {
    throw new Error(`"${id}" is not a session id; expected NNNNNN-YYYYMMDDTHHMMSSZ`);
  }
  const path = join(dataDirectory, 'sessions', id);
  return { id, ordinal, path, journalPath: join(path, 'journal.bin'), manifestPath: join(path, 'manifest.json') };
}

/** Every session below the data directory, oldest first. Anything that is not named like a session is left alone. */
export function listSessions(dataDirectory: string): SessionDirectory[] {
  const root = join(dataDirectory, 'sessions');
  if (!existsSync(root)) return [];
  const ids = entriesOf(root)
    .filter((entry) => entry.isDirectory() && sessionOrdinal(entry.name) > 0)
    .map((entry) => entry.name)
    .sort();
  const sessions = ids.map((id) => sessionDirectory(dataDirectory, id));
  for (let i = 1; i < sessions.length; i += 1) {
    if (sessions[i].ordinal === sessions[i - 1].ordinal) {
      throw new DataDirectoryError(
        `two sessions carry ordinal ${sessions[i].ordinal}: ${sessions[i - 1].path} and ${sessions[i].path}; ` +
        'order ids would collide; move one of them out of the data directory',
      );
    }
  }
  return sessions;
}

function entriesOf(root: string): Dirent[] {
  try {
    return readdirSync(root, { withFileTypes: true });
  } catch (error) {
    throw new DataDirectoryError(
      `${root} cannot be read: ${describeFailure(error)}; expected a folder of sessions: move it away or choose another ` +
      'data directory with session.dataDir',
      { cause: error },
    );
  }
}

/** Makes the directory of a new session; it must not exist. */
export function createSessionDirectory(dataDirectory: string, id: string): SessionDirectory {
  const directory = sessionDirectory(dataDirectory, id);
  try {
    mkdirSync(join(dataDirectory, 'sessions'), { recursive: true, mode: 0o750 });
    mkdirSync(directory.path, { mode: 0o750 });
  } catch (error) {
    throw new DataDirectoryError(`cannot create session directory ${directory.path}: ${describeFailure(error)}`, { cause: error });
  }
  return directory;
}

/** Throws, naming the directory and what is wrong, when it cannot hold sessions. */
export function assertWritable(dataDirectory: string): void {
  try {
    mkdirSync(dataDirectory, { recursive: true, mode: 0o750 });
    accessSync(dataDirectory, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new DataDirectoryError(
      `data directory ${dataDirectory} cannot be written: ${describeFailure(error).replace('it exists already', 'it is not a folder')}; ` +
      'give this user write permission or choose another with session.dataDir',
      { cause: error },
    );
  }
}
