// Session ids, directories and the manifest on a real file system.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readManifest, writeManifest } from './manifest.ts';
import type { SessionManifest } from './manifest.ts';
import {
  assertWritable, createSessionDirectory, listSessions, sessionDirectory, sessionId, sessionOrdinal,
} from './session-directory.ts';

let root = '';
beforeEach(() => { root = mkdtempSync(join(tmpdir(), 'tcx-session-')); });
afterEach(() => { rmSync(root, { recursive: true, force: true }); });

const manifest: SessionManifest = {
  sessionId: '000001-20260102T030405Z', sessionOrdinal: 1, startedAt: '2026-01-02T03:04:05.000Z', resumedAt: [],
  endedAt: null, schemaHash: 'aa', configurationHash: 'bb', strategies: [],
  build: { version: '0', commit: 'c', dirty: false }, durability: 'process', finalPosition: null, finalDigest: null,
};

describe('session directory', () => {
  test('an id carries its ordinal and sorts by it', () => {
    const id = sessionId(7, Date.UTC(2026, 0, 2, 3, 4, 5, 678));
    expect(id).toBe('000007-20260102T030405Z');
    expect(sessionOrdinal(id)).toBe(7);
    expect(sessionId(12, 0) > id).toBe(true);
  });

  test.each([0, -1, 4096, 1.5, Number.NaN])('ordinal %s is refused: order ids would not be safe integers', (ordinal) => {
    expect(() => sessionId(ordinal, 0)).toThrow(/ordinal/);
  });

  test.each(['', '..', '../../etc', '000001', '000001-20260102T030405Z/..', 'x-20260102T030405Z'])(
    'id %j never becomes a path', (id) => {
      expect(() => sessionDirectory(root, id)).toThrow(/not a session id/);
    });

  test('sessions are listed oldest first; other names are left alone', () => {
    for (const ordinal of [2, 1, 10]) createSessionDirectory(root, sessionId(ordinal, 0));
    mkdirSync(join(root, 'sessions', 'notes'));
    expect(listSessions(root).map((session) => session.ordinal)).toEqual([1, 2, 10]);
  });

  test('nothing that exists is overwritten', () => {
    const id = sessionId(1, 0);
    createSessionDirectory(root, id);
    expect(() => createSessionDirectory(root, id)).toThrow(/exists already/);
  });

  test('two sessions of one ordinal are refused, both named', () => {
    createSessionDirectory(root, sessionId(1, 0));
    createSessionDirectory(root, sessionId(1, 60_000));
    expect(() => listSessions(root)).toThrow(/two sessions carry ordinal 1: .*Z and .*Z/);
  });

  test.skipIf(process.getuid?.() === 0)('a read-only data directory is named with what to do', () => {
    chmodSync(root, 0o500);
    expect(() => assertWritable(root)).toThrow(/permission denied.*session\.dataDir/);
    chmodSync(root, 0o700);
  });

  test('a data directory below a file is named', () => {
    writeFileSync(join(root, 'file'), '');
    expect(() => assertWritable(join(root, 'file', 'data'))).toThrow(/not a directory/);
  });
});

describe('manifest', () => {
  test('reads back what was written and replaces it whole', () => {
    const path = join(root, 'manifest.json');
    writeManifest(path, manifest);
    writeManifest(path, { ...manifest, finalPosition: 9, finalDigest: '00ff' });
    expect(readManifest(path)).toEqual({ ...manifest, finalPosition: 9, finalDigest: '00ff' });
  });

  test.each(['', '{', '[]', '{"sessionId": 3}', 'null'])('content %j is no manifest and harms nothing', (text) => {
    const path = join(root, 'manifest.json');
    writeFileSync(path, text);
    expect(readManifest(path)).toBeNull();
  });
});
