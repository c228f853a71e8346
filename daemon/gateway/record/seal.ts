// Seals a window: walks what was written, compresses it, and publishes its manifest when the data is on disk. Works in
// slices, so that whoever writes meanwhile waits for one slice at most. A crash at any point leaves the open file or a
// manifest with its data, never a manifest without (G4); sealing again starts afresh and ends the same.
//
//   frames.raw.open ─ walk ─→ counts, holes ─ compress ─→ frames.raw.gz ─ fsync, rename ─→ manifest.json ─→ read-only
//                                                          the open file goes last ───────────────────────↑

import { createHash } from 'node:crypto';
import {
  chmodSync, closeSync, existsSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, rmdirSync, writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DAMAGED_FILE, isSealed, MANIFEST_FILE, OPEN_FILE, SEALED_FILE, syncFolder, windowsIn } from './dataset.ts';
import { writeManifest, type Manifest, type Provenance } from './manifest.ts';
import { FILE_HEADER_SIZE, RecordParser, type FileHeader } from './raw-format.ts';
import { Summary } from './summary.ts';

/** About 3 ms of compression. Each slice is a gzip member of its own. */
const SLICE_SIZE = 1 << 18;
const GZIP_LEVEL = 6;
const READ_ONLY_FILE = 0o444;
const READ_ONLY_FOLDER = 0o555;

interface SealOptions {
  /** When a window that a crash left ends at the latest: the time it was found. */
  readonly foundAt: bigint;
  readonly provenance?: Provenance;
}

interface Walked {
  readonly header: FileHeader;
  readonly summary: Summary;
  readonly goodSize: number;
  readonly tornSize: number;
  /** Something other than a last record that was cut off. */
  readonly fault: string;
}

type Data = Manifest['data'];

/** Folders below a feed's that a process before this one did not come to seal. */
export function unsealedIn(feed: string): string[] {
  return windowsIn(feed).map((name) => join(feed, name)).filter((folder) => !isSealed(folder) || existsSync(join(folder, OPEN_FILE)));
}

/** Returns the manifest; null when there was nothing to seal. Throws what the file system says; may be repeated. */
export function* sealWindow(folder: string, options: SealOptions): Generator<void, Manifest | null> {
  let content: Manifest | null = null;
  if (!isSealed(folder)) {
    const walked = yield* walk(folder);
    if (walked === null) {
      rmSync(join(folder, OPEN_FILE), { force: true });
      rmdirSync(folder);
      return null;
    }
    const data = yield* compress(folder, walked);
    content = manifestOf(folder, walked, data, options);
    if (walked.fault !== '') keepDamaged(folder);
    writeManifest(folder, content);
  }
  makeReadOnly(folder);
  return content;
}

/** null: a process that died before it wrote a header left no frame behind. */
function* walk(folder: string): Generator<void, Walked | null> {
  const path = join(folder, OPEN_FILE);
  if (!existsSync(path)) return null;
  const parser = new RecordParser();
  let summary: Summary | null = null;
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    if (size < FILE_HEADER_SIZE) return null;
    for (let at = 0; at < size; at = parser.totalSize) {
      // A fresh buffer each time: the parser keeps what is left of the last one.
      const slice = Buffer.alloc(Math.min(SLICE_SIZE, size - at));
      const records = parser.push(slice.subarray(0, readSync(file, slice, 0, slice.length, at)));
      if (parser.header === null) throw new Error(`${path}: ${parser.fault}: it cannot be sealed; move it away`);
      summary ??= new Summary(parser.header);
      for (const record of records) summary.add(record);
      yield;
    }
    return {
      header: parser.header!, summary: summary!, goodSize: parser.goodSize, tornSize: size - parser.goodSize, fault: parser.fault,
    };
  } finally {
    closeSync(file);
  }
}

function* compress(folder: string, { goodSize }: Walked): Generator<void, Data> {
  const from = openSync(join(folder, OPEN_FILE), 'r');
  const path = join(folder, SEALED_FILE);
  const hash = createHash('sha256');
  const rawHash = createHash('sha256');
  let size = 0;
  try {
    const to = openSync(`${path}.new`, 'w', 0o640);
    try {
      const slice = Buffer.alloc(SLICE_SIZE);
      for (let at = 0; at < goodSize;) {
        const raw = slice.subarray(0, readSync(from, slice, 0, Math.min(SLICE_SIZE, goodSize - at), at));
        const member = gzipSync(raw, { level: GZIP_LEVEL });
        for (let done = 0; done < member.length;) done += writeSync(to, member, done);
        rawHash.update(raw);
        hash.update(member);
        at += raw.length;
        size += member.length;
        yield;
      }
      fsyncSync(to);
    } finally {
      closeSync(to);
    }
  } finally {
    closeSync(from);
  }
  renameSync(`${path}.new`, path);
  syncFolder(folder);
  return {
    file: SEALED_FILE, size, sha256: hash.digest('hex'), compression: 'gzip', rawSize: goodSize, rawSha256: rawHash.digest('hex'),
    tornSize: 0,
  };
}

function manifestOf(folder: string, walked: Walked, data: Data, { foundAt, provenance }: SealOptions): Manifest {
  const { header, summary, tornSize, fault } = walked;
  const isInOrder = summary.isEnded && tornSize === 0;
  if (!isInOrder) {
    const last = summary.lastTime;
    const end = foundAt < header.to ? foundAt : header.to;
    const reason = fault === '' ? 'the recorder ended without closing the window' : `the file is damaged: ${fault}`;
    summary.addHole(last, end > last ? end : last, reason);
  }
  const facts = summary.facts();
  return {
    format: 'tcx-raw-1', venue: header.venue, feed: header.feed, window: basename(folder), from: String(header.from),
    to: String(header.to), complete: facts.holes.length === 0, end: isInOrder ? 'in order' : 'interrupted',
    data: { ...data, tornSize }, ...facts, timestamps: provenance === undefined ? 'gateway' : 'source',
    gatewayBuild: header.build, run: String(header.run), sealedAt: new Date().toISOString(), provenance: provenance ?? null,
  };
}

/** What cannot be read as records is not thrown away with the rest. */
function keepDamaged(folder: string): void {
  renameSync(join(folder, OPEN_FILE), join(folder, DAMAGED_FILE));
  chmodSync(join(folder, DAMAGED_FILE), READ_ONLY_FILE);
}

/** The manifest stands. */
function makeReadOnly(folder: string): void {
  chmodSync(join(folder, SEALED_FILE), READ_ONLY_FILE);
  chmodSync(join(folder, MANIFEST_FILE), READ_ONLY_FILE);
  rmSync(join(folder, OPEN_FILE), { force: true });
  syncFolder(folder);
  chmodSync(folder, READ_ONLY_FOLDER);
  syncFolder(dirname(folder));
}
