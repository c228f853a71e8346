// Owns manifest.json of a session: what a person or a tool wants to know about a session without reading its journal. It is
// derived, never a truth: the journal decides. Written atomically (temporary file, fsync, rename, fsync of the directory).

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '../base/thrown.ts';

export interface SessionManifest {
  readonly sessionId: string;
  readonly sessionOrdinal: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly resumedAt: readonly string[];
  readonly endedAt: string | null;
  readonly schemaHash: string;
  readonly configurationHash: string;
  readonly strategies: readonly { readonly id: string; readonly name: string; readonly contentHash: string }[];
  readonly build: { readonly version: string; readonly commit: string; readonly dirty: boolean };
  readonly durability: string;
  /** Position of the last record and the State digest there; null while the session is open. */
  readonly finalPosition: number | null;
  readonly finalDigest: string | null;
}

/** Throws, naming the file; what was there before stays. */
export function writeManifest(path: string, manifest: SessionManifest): void {
  const temporary = `${path}.new`;
  try {
    replaceManifest(path, temporary, manifest);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new Error(`${path} cannot be written: ${messageOf(error)}`, { cause: error });
  }
}

function replaceManifest(path: string, temporary: string, manifest: SessionManifest): void {
  const file = openSync(temporary, 'w', 0o640);
  try {
    writeSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  syncDirectory(dirname(path));
}

/** null when there is none, or when a crash left something that is not a manifest: nothing depends on it. */
export function readManifest(path: string): SessionManifest | null {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isManifest(value) ? value : null;
  } catch {
    return null;
  }
}

function isManifest(value: unknown): value is SessionManifest {
  if (typeof value !== 'object' || value === null) return false;
  const candidate = value as Partial<SessionManifest>;
  return typeof candidate.sessionId === 'string' && Number.isSafeInteger(candidate.sessionOrdinal)
    && typeof candidate.startedAt === 'string' && Array.isArray(candidate.resumedAt);
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
