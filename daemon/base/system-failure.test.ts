// The words for what the system refuses: of real refusals, and of what is no refusal of the system at all.
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeFailure } from './system-failure.ts';

let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'tcx-failure-')); });
afterEach(() => rmSync(folder, { recursive: true }));

function failureOf(step: () => unknown): string {
  try {
    step();
  } catch (error) {
    return describeFailure(error);
  }
  return 'nothing failed';
}

describe('describeFailure', () => {
  it('says in words what the system said in letters, without its call and path', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(failureOf(() => readFileSync(join(folder, 'none')))).toBe('no such file or folder (ENOENT)');
    expect(failureOf(() => readFileSync(folder))).toBe('it is a folder, not a file (EISDIR)');
    expect(failureOf(() => readFileSync(join(folder, 'file', 'below')))).toBe('a part of the path is not a directory (ENOTDIR)');
    expect(failureOf(() => openSync(join(folder, 'file'), 'wx'))).toBe('it exists already (EEXIST)');
  });

  it('leaves every other failure its own words', () => {
    expect(describeFailure(Object.assign(new Error('as it was'), { code: 'EUNHEARDOF' }))).toBe('as it was');
    expect(describeFailure(Object.assign(new Error('mine'), { code: 7 }))).toBe('mine');
    expect(describeFailure(new Error('plain'))).toBe('plain');
    expect(describeFailure('thrown text')).toBe('thrown text');
  });
});
