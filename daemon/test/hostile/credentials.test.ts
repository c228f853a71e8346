// Files that hold no key, or one that others may read, given to a gateway as an operator gives them: exit code 2 before anything
// is dialled, one line that names the file and what to do, and nothing of what the file holds.

import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SecretSearch } from '../secret-search.fixture.ts';
import { Commands, isBuilt, Workplace } from './processes.fixture.ts';

const CANARY = randomBytes(64).toString('base64');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
const isRoot = process.geteuid?.() === 0;

interface Case {
  readonly what: string;
  /** Makes what stands at this path; '' : an ordinary file with the canary. */
  readonly make?: (path: string) => void;
  readonly content?: string;
  readonly mode?: number;
  readonly algorithm?: string;
  readonly message: RegExp;
}

const CASES: readonly Case[] = [
  ...[0o600, 0o440, 0o404, 0o644, 0o4400].map((mode) => (
    { what: `mode ${mode.toString(8)}`, mode, message: /found mode \d{4}, expected 0400; run: chmod 0400/ })),
  {
    what: 'a link', make: (path) => symlinkSync(path.replace(/secret$/, 'target'), path),
    message: /found a symbolic link, expected the file itself/,
  },
  { what: 'a folder', make: (path) => mkdirSync(path, { mode: 0o400 }), message: /found something other than a regular file/ },
  { what: 'nothing there', make: () => undefined, message: /no such file or folder \(ENOENT\); expected a file of mode 0400/ },
  { what: 'an empty file', content: '', message: /found an empty file, expected a key/ },
  { what: 'blanks', content: ' \r\n\n', message: /found an empty file, expected a key/ },
  { what: 'no PEM', algorithm: 'ed25519', message: /expected an Ed25519 key in PEM form/ },
  { what: 'a broken PEM', algorithm: 'ed25519', content: rsa.replace('A', '!'), message: /expected an Ed25519 key in PEM form/ },
  { what: 'an RSA key', algorithm: 'ed25519', content: rsa, message: /found a key of type rsa, expected ed25519/ },
  { what: 'too much', content: CANARY.repeat(300), message: /found more than 16384 bytes, expected a key/ },
];

describe.skipIf(!isBuilt)('credentials that are refused', () => {
  let commands: Commands;
  let place: Workplace;
  const search = new SecretSearch();

  beforeAll(() => {
    commands = new Commands();
    place = new Workplace();
    chmodSync(place.write('key', `${CANARY}\n`), 0o400);
    chmodSync(place.write('target', CANARY), 0o400);
    search.plant('canary', CANARY);
    search.plant('RSA key', rsa);
  });
  afterAll(async () => {
    commands.close();
    await place.remove();
  });

  async function refused(venue: string, changed: object, message: RegExp): Promise<void> {
    const config = place.write('gateway.yaml', JSON.stringify({
      record: { directory: place.path('raw') }, orders: { enabled: true },
      instruments: [{ symbol: 'X', base: 'BTC', quote: 'USD', priceScale: 1, quantityScale: 8 }],
      credentials: { apiKeyFile: 'key', secretFile: 'secret' }, ...changed,
    }));
    const end = await commands.run('tcx-gateway', '--venue', venue, '--record-only', '--config', config);
    expect(end.err).toMatch(message);
    expect(end.code).toBe(2);
    expect(search.found('output', end.out + end.err)).toEqual([]);
    expect(end.err).not.toMatch(/\n\s+at |\bundefined\b|node:internal/);
  }

  test.each(CASES)('$what', async ({ make, content, mode, algorithm, message }) => {
    const path = place.path('secret');
    rmSync(path, { recursive: true, force: true });
    if (make !== undefined) make(path);
    else {
      writeFileSync(path, content ?? CANARY);
      chmodSync(path, mode ?? 0o400);
    }
    const credentials = { apiKeyFile: 'key', secretFile: 'secret', algorithm: algorithm ?? 'hmac-sha256' };
    await refused('binance', { credentials }, message);
    await refused('binance', { credentials }, new RegExp(`credentials\\.secretFile ${path}: `));
  });

  test.runIf(isRoot)('another user\'s', async () => {
    const path = place.path('secret');
    rmSync(path, { recursive: true, force: true });
    chmodSync(place.write('secret', CANARY), 0o400);
    execFileSync('chown', ['12345', path]);
    await refused('binance', {}, /secretFile .*: owned by user 12345, expected this user \(0\) or root; run: chown/);
  });

  test('what is no base64, where the Venue hands out base64', async () => {
    rmSync(place.path('secret'), { recursive: true, force: true });
    chmodSync(place.write('secret', `${CANARY}!`), 0o400);
    await refused('kraken', {}, /secretFile .*: found something else, expected the secret in base64 as the Venue showed it/);
  });

  test('keys in the settings instead of their files are not told either', async () => {
    await refused('binance', { credentials: { apiKey: CANARY, secret: CANARY } }, /credentials/);
    await refused('binance', { apiKey: CANARY }, /apiKey/);
  });

  test('on the command line they are unknown options, and not told', async () => {
    for (const option of ['--api-key', '--secret']) {
      const end = await commands.run('tcx-gateway', '--venue', 'binance', `${option}=${CANARY}`);
      expect([end.code, search.found('output', end.out + end.err)]).toEqual([2, []]);
    }
  });
});
