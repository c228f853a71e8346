// Replays a journal in a fresh process and holds the re-derived one against it, byte for byte. The bytes are compared here,
// not by the code under test.

import { readFileSync, rmSync } from 'node:fs';
import { Child } from './child.ts';

export interface ReplayFacts {
  readonly verdict: string;
  readonly position: number;
  readonly inputs: number;
  readonly digest: string;
  readonly positions: readonly { readonly instrument: string; readonly quantity: number; readonly fills: number }[];
  readonly countByKind: Readonly<Record<string, number>>;
}

/** Throws unless the replay is identical, ends with 0 and the output begins with what the journal holds. */
export async function replayIdentical(journal: string): Promise<ReplayFacts> {
  const output = `${journal}.rederived`;
  const facts = await run(journal, ['--output', output]);
  try {
    compareBytes(journal, readFileSync(journal), readFileSync(output));
  } finally {
    rmSync(output, { force: true });
  }
  return facts;
}

/** Throws unless applying the recorded outcomes reaches every recorded digest. */
export async function foldIdentical(journal: string): Promise<ReplayFacts> {
  return run(journal, ['--fold']);
}

async function run(journal: string, more: readonly string[]): Promise<ReplayFacts> {
  const child = new Child('tcxd --replay', 'tcxd.js', ['--replay', journal, '--json', ...more]);
  const { code } = await child.ended;
  if (code !== 0) throw new Error(`tcxd --replay ${journal} ${more.join(' ')} ended with ${code}\n${child.tail()}`);
  return JSON.parse(child.output) as ReplayFacts;
}

/**
 * A journal that was closed equals its output to the last byte. One whose writer was killed goes on with room that was
 * allocated, possibly with a record that was being written: its commit word, stored last, is still zero.
 */
function compareBytes(path: string, journal: Buffer, output: Buffer): void {
  if (journal.length < output.length) throw new Error(`${path}: found ${journal.length} bytes, its replay has ${output.length}`);
  if (journal.compare(output, 0, output.length, 0, output.length) !== 0) {
    let at = 0;
    while (journal[at] === output[at]) at += 1;
    throw new Error(`${path}: its replay differs from it at byte ${at} of ${journal.length}`);
  }
  if (journal.length > output.length && journal.readUInt32LE(output.length) !== 0) {
    throw new Error(`${path}: a committed record follows the last one of its replay, at byte ${output.length}`);
  }
}
