// manifest.json of a sealed window: what a person or a later stage needs to know of it, and the one sign that it exists.
// Written once, atomically, after the data is on disk; read strictly. Knows no record.

import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { MANIFEST_FILE, syncFolder } from './dataset.ts';
import { FEEDS } from './raw-format.ts';

/** ns since the Unix epoch as text: JSON numbers do not hold them. */
const time = z.string().regex(/^\d{1,20}$/);
const count = z.number().int().nonnegative();
const ways = z.strictObject({ in: count, out: count });

const hole = z.strictObject({ from: time, to: time, count: count.nullable(), bytes: count.nullable(), reason: z.string() });
const reconnect = z.strictObject({ name: z.string(), copy: count, lost: time, reason: z.string(), opened: time });
const socket = z.strictObject({
  socket: count, name: z.string(), copy: count, url: z.string(), continued: z.boolean(), reconnects: count, opened: time,
  closed: time.nullable(), closeReason: z.string(), frames: ways, bytes: ways,
});
const provenance = z.strictObject({ source: z.string(), sha256: z.string(), size: count, lines: count });

const facts = z.strictObject({
  records: count, exchanges: count, frames: ways, bytes: ways, firstTime: time, lastTime: time, firstSequence: count,
  lastSequence: count, sockets: z.array(socket), reconnects: z.array(reconnect), holes: z.array(hole),
});

const manifest = z.strictObject({
  format: z.literal('tcx-raw-1'),
  venue: z.string(), feed: z.enum(FEEDS), window: z.string(), from: time, to: time,
  /** False as soon as anything is known to be missing. */
  complete: z.boolean(),
  end: z.enum(['in order', 'interrupted']),
  data: z.strictObject({
    file: z.string(), size: count, sha256: z.string(), compression: z.literal('gzip'), rawSize: count, rawSha256: z.string(),
    /** Bytes behind the last whole record of an interrupted window. */
    tornSize: count,
  }),
  ...facts.shape,
  timestamps: z.enum(['gateway', 'source']),
  gatewayBuild: z.string(), run: time, sealedAt: z.string(),
  /** Where an imported window came from; null: recorded here. */
  provenance: provenance.nullable(),
});

const signed = z.strictObject({ ...manifest.shape, seal: z.string() });

export type Hole = z.infer<typeof hole>;
export type Reconnect = z.infer<typeof reconnect>;
export type SocketFacts = z.infer<typeof socket>;
export type Provenance = z.infer<typeof provenance>;
export type ManifestFacts = z.infer<typeof facts>;
export type Manifest = z.infer<typeof manifest>;

export class ManifestError extends Error {
  override readonly name = 'ManifestError';
}

/** The data must be on disk. Afterwards the window exists, and so it does after a power loss. */
export function writeManifest(folder: string, content: Manifest): void {
  const path = join(folder, MANIFEST_FILE);
  const file = openSync(`${path}.new`, 'w', 0o640);
  try {
    writeFileSync(file, `${JSON.stringify({ ...content, seal: sealOf(content) }, null, 2)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.new`, path);
  syncFolder(folder);
}

/** Throws a ManifestError that names the file, and what was found and expected there. */
export function readManifest(folder: string): Manifest {
  const path = join(folder, MANIFEST_FILE);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8')) as unknown;
  } catch (error) {
    throw new ManifestError(`${path}: ${(error as Error).message}`, { cause: error });
  }
  const read = signed.safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new ManifestError(`${path}: ${issue?.path.join('.') || 'the whole'}: ${issue?.message}`);
  }
  const { seal, ...content } = read.data;
  if (seal === sealOf(content)) return content;
  throw new ManifestError(`${path}: its seal is not that of its content: it was changed after it was written`);
}

/** SHA-256 over the content as it stands in the file, without the seal and in the schema's order. */
function sealOf(content: Manifest): string {
  return createHash('sha256').update(JSON.stringify(manifest.parse(content))).digest('hex');
}
