// Verifies a sealed window: hashes, checksums, and every count of its manifest against the records themselves. What
// differs was changed after it was sealed. Reads only; judges no market data.

import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { OPEN_FILE, SEALED_FILE } from './dataset.ts';
import { readManifest, type Manifest } from './manifest.ts';
import { Summary } from './summary.ts';
import { WindowReader } from './window-reader.ts';

/** What is wrong, a sentence each; empty: the window is as it was sealed. */
export async function verifyWindow(folder: string): Promise<string[]> {
  let manifest: Manifest;
  try {
    manifest = readManifest(folder);
  } catch (error) {
    return [(error as Error).message];
  }
  try {
    return [...checkPlace(folder, manifest), ...await checkData(folder, manifest)];
  } catch (error) {
    return [(error as Error).message];
  }
}

function checkPlace(folder: string, manifest: Manifest): string[] {
  const path = resolve(folder);
  const found = [basename(dirname(dirname(path))), basename(dirname(path)), basename(path)];
  return [
    ...differs('folder', found.join('/'), `${manifest.venue}/${manifest.feed}/${manifest.window}`),
    ...existsSync(join(folder, OPEN_FILE)) ? [`found ${OPEN_FILE} beside the manifest: the next start of the recorder removes it`] : [],
  ];
}

async function checkData(folder: string, manifest: Manifest): Promise<string[]> {
  const { data } = manifest;
  const { size, sha256 } = await hashOf(join(folder, SEALED_FILE));
  const file = [
    ...differs('data.file', SEALED_FILE, data.file), ...differs('data.size', size, data.size),
    ...differs('data.sha256', sha256, data.sha256),
  ];
  if (file.length > 0) return file;
  const rawHash = createHash('sha256');
  let rawSize = 0;
  const reader = new WindowReader(folder, (chunk) => {
    rawHash.update(chunk);
    rawSize += chunk.length;
  });
  let summary: Summary | null = null;
  for await (const records of reader.records()) {
    if (summary === null && reader.header !== null) summary = new Summary(reader.header);
    for (const record of records) summary!.add(record);
  }
  const header = reader.header!;
  return [
    ...differs('data.rawSize', rawSize, data.rawSize), ...differs('data.rawSha256', rawHash.digest('hex'), data.rawSha256),
    ...differs('venue', header.venue, manifest.venue), ...differs('feed', header.feed, manifest.feed),
    ...differs('from', String(header.from), manifest.from), ...differs('to', String(header.to), manifest.to),
    ...differs('run', String(header.run), manifest.run), ...differs('gatewayBuild', header.build, manifest.gatewayBuild),
    ...checkFacts(summary!, manifest),
  ];
}

function checkFacts(summary: Summary, manifest: Manifest): string[] {
  const isInterrupted = manifest.end === 'interrupted';
  const tail = isInterrupted ? manifest.holes.slice(-1) : [];
  const facts = summary.facts();
  const found = { ...facts, holes: [...facts.holes, ...tail] };
  const wrong = Object.entries(found).filter(([name, value]) => !isDeepStrictEqual(value, manifest[name as keyof Manifest]))
    .map(([name, value]) => `${name}: found ${brief(value)} in the records, expected ${brief(manifest[name as keyof Manifest])}`);
  return [
    ...wrong,
    ...differs('complete', found.holes.length === 0, manifest.complete),
    ...differs('end', summary.isEnded && manifest.data.tornSize === 0 ? 'in order' : 'interrupted', manifest.end),
  ];
}

function differs(what: string, found: string | number | boolean, expected: string | number | boolean): string[] {
  return found === expected ? [] : [`${what}: found ${found}, expected ${expected}`];
}

function brief(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

async function hashOf(path: string): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { size, sha256: hash.digest('hex') };
}
