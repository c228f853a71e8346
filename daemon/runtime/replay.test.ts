// Replay and fold: identical runs, and every way a journal can be unusable or differ, each with its exit code and what the
// message names.

import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defineStrategy, eraseStrategy } from '../core/strategy/strategy.ts';
import { referenceMaker } from '../strategies/reference-maker.ts';
import { LiveRig, recordsOf, replayOf, temporaryFolder } from './live-rig.fixture.ts';
import { replayExitCode, replayJson, replayText } from './replay-report.ts';
import { UnusableInput } from './unusable.ts';

let folder: ReturnType<typeof temporaryFolder>;
let journal = '';
let content: Buffer;
beforeEach(async () => {
  folder = temporaryFolder();
  const rig = (await LiveRig.start(folder.path)).trade();
  for (let i = 0; i < 12; i += 1) {
    rig.answerAll();
    rig.market(600_000 + i * 40);
  }
  rig.close();
  journal = rig.journal;
  content = readFileSync(journal);
});
afterEach(() => { folder.remove(); });

function damaged(change: (bytes: Buffer) => void): string {
  const path = join(folder.path, 'damaged.bin');
  const bytes = Buffer.from(content);
  change(bytes);
  writeFileSync(path, bytes);
  return path;
}

/** What the operator is told: the message of a refusal, or the text of the result. */
async function told(path: string, changes: Parameters<typeof replayOf>[1] = {}): Promise<{ code: number; text: string }> {
  try {
    const result = await replayOf(path, changes);
    return { code: replayExitCode(result), text: replayText(path, changes.mode ?? 'replay', result) };
  } catch (error) {
    return { code: error instanceof UnusableInput || 'status' in (error as object) ? 2 : 1, text: (error as Error).message };
  }
}

describe('replay', () => {
  test('D1: a recorded session is identical, folds to the same digest, and --output is the same file', async () => {
    const output = join(folder.path, 'out.bin');
    const result = await replayOf(journal, { output });
    expect(result.verdict).toBe('identical');
    expect(readFileSync(output).equals(content)).toBe(true);
    const fold = await replayOf(journal, { mode: 'fold' });
    expect(fold.verdict).toBe('identical');
    expect(fold.position).toBe(result.position);
    expect(result.countByKind.get('StateDigest')).toBeGreaterThan(1);
  });

  test('--until stops after the position, and a shorter replay is a prefix', async () => {
    const result = await replayOf(journal, { until: 20 });
    expect(result.position).toBeGreaterThanOrEqual(20);
    expect(result.verdict).toBe('identical');
    expect(result.notes.join()).toMatch(/stopped before position \d+/);
  });

  test('--json is one object with everything a program wants', async () => {
    const parsed = JSON.parse(replayJson(journal, 'replay', await replayOf(journal))) as Record<string, unknown>;
    expect(parsed).toMatchObject({ verdict: 'identical', mode: 'replay', journal });
    expect(parsed['digest']).toMatch(/^[0-9a-f]{32}$/);
  });

  test('an output that exists is not overwritten', async () => {
    const output = join(folder.path, 'there.bin');
    writeFileSync(output, 'precious');
    expect((await told(journal, { output })).text).toMatch(/--output .*there\.bin: found something there.*nothing is overwritten/);
    expect(readFileSync(output, 'utf8')).toBe('precious');
  });

  test('an output that cannot be made is refused before anything is read', async () => {
    const { text } = await told(join(folder.path, 'no-journal.bin'), { output: join(folder.path, 'none', 'out.bin') });
    expect(text).toMatch(/--output .*out\.bin: no such file or folder \(ENOENT\); expected a new file in a folder/);
    const { text: throughFile } = await told(join(folder.path, 'no-journal.bin'), { output: join(journal, 'out.bin') });
    expect(throughFile).toMatch(/--output .*out\.bin: a part of the path is not a directory \(ENOTDIR\); expected a new file in a folder/);
  });
});

describe('unusable journals', () => {
  test.each([
    ['no file', () => join(folder.path, 'none.bin'), /none\.bin/],
    ['an empty file', () => damaged(() => undefined), /[Ee]mpty|empty/],
    ['a foreign file', () => damaged((bytes) => bytes.write('not a journal at all', 0)), /does not begin with TCXJRNL1/],
    ['another format version', () => damaged((bytes) => bytes.writeUInt32LE(99, 8)), /[Ff]ormat|version|header/],
  ])('%s: exit 2 and a clear message', async (what, path, expected) => {
    const target = path();
    if (what === 'an empty file') truncateSync(target, 0);
    const { code, text } = await told(target);
    expect(code).toBe(2);
    expect(text).toMatch(expected);
  });

  test('one flipped bit: exit 2, the position named, everything before it identical', async () => {
    const records = recordsOf(journal);
    const { code, text } = await told(damaged((bytes) => { bytes[records[9].end + 60] ^= 1; }));
    expect(code).toBe(2);
    expect(text).toMatch(/DAMAGED.*position 11/);
  });

  test('two swapped records: exit 2, the position named', async () => {
    const records = recordsOf(journal);
    const pair = records.findIndex((record, i) => i > 5 && i + 2 < records.length
      && record.end - records[i - 1].end === records[i + 1].end - record.end && record.kind === records[i + 1].kind);
    expect(pair).toBeGreaterThan(0);
    const [begin, middle, end] = [records[pair - 1].end, records[pair].end, records[pair + 1].end];
    const { code, text } = await told(damaged((bytes) => {
      const first = Buffer.from(bytes.subarray(begin, middle));
      bytes.copy(bytes, begin, middle, end);
      first.copy(bytes, begin + (end - middle));
    }));
    expect(code).toBe(2);
    expect(text).toMatch(new RegExp(`DAMAGED.*position ${pair + 1}`));
  });
});

describe('other code', () => {
  const altered = eraseStrategy(defineStrategy({
    ...referenceMaker, name: 'altered', parameters: (raw, environment) => ({ ...referenceMaker.parameters(raw, environment), lots: 11 }),
  }));

  test('another strategy content: refused with both named; allowed to try, the first difference is named', async () => {
    const identity = { name: 'altered', version: '9', contentHash: 'f'.repeat(64) };
    const loadStrategy = async (module: string) => ({ strategy: altered, module, ...identity });
    const refused = await told(journal, { loadStrategy });
    expect(refused.code).toBe(2);
    expect(refused.text).toMatch(/strategy maker: the journal has reference-maker .* here is altered 9 with f{64}/);
    expect(refused.text).toMatch(/--allow-different-build/);
    const tried = await told(journal, { loadStrategy, allowDifferentBuild: true });
    expect(tried.code).toBe(1);
    expect(tried.text).toMatch(/DIVERGENT {2}position \d+ IntentDispatched\.quantity: expected 10, found 11/);
    expect(tried.text).toMatch(/note {7}allowed to differ: strategy maker/);
  });

  test('another build: refused with both named; allowed to try, it is identical', async () => {
    const build = { version: '9.9.9', commit: 'feedbeef', dirty: true };
    const refused = await told(journal, { build });
    expect(refused.code).toBe(2);
    expect(refused.text).toMatch(/build: the journal was written by .*, this is 9\.9\.9 \(feedbeef\+dirty\)/);
    expect((await told(journal, { build, allowDifferentBuild: true })).code).toBe(0);
  });

  test('a Core that derives fewer outcomes: what was recorded and what is missing are named', async () => {
    const silent = eraseStrategy(defineStrategy({ ...referenceMaker, evaluate: () => undefined }));
    const identity = { name: 'silent', version: '1', contentHash: 'e'.repeat(64) };
    const loadStrategy = async (module: string) => ({ strategy: silent, module, ...identity });
    const { code, text } = await told(journal, { loadStrategy, allowDifferentBuild: true });
    expect(code).toBe(1);
    expect(text).toMatch(/DIVERGENT {2}position \d+ IntentDispatched/);
  });
});
