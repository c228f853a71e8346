// Keys from files: which files are refused, that the documented examples sign as documented, and that no secret is told.

import { generateKeyPairSync, verify } from 'node:crypto';
import { chmodSync, mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UsageError } from './usage.ts';
import { readSigner, type CredentialFiles } from './credentials.ts';
import { Redactor } from './redaction.ts';

const KRAKEN_SECRET = 'kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==';
const BINANCE_SECRET = 'NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j';

let folder: string;
let redactor: Redactor;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tcx-credentials-'));
  redactor = new Redactor();
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Buffer, mode = 0o400): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

function read(files: Partial<CredentialFiles>, surroundings: { credentialsDirectory?: string; user?: number } = {}) {
  return readSigner({
    apiKeyFile: files.apiKeyFile ?? write('key', 'an-api-key\n'), secretFile: files.secretFile ?? write('secret', BINANCE_SECRET),
    algorithm: files.algorithm ?? 'hmac-sha256',
  }, { redactor, credentialsDirectory: '', user: process.geteuid!(), ...surroundings });
}

describe('signatures', () => {
  test('HMAC-SHA512 over a decoded secret: the example of Kraken\'s documentation', () => {
    const signer = read({ secretFile: write('secret', `${KRAKEN_SECRET}\n`), algorithm: 'hmac-sha512' });
    const body = 'nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25';
    const digest = createHash('sha256').update(`1616492376594${body}`).digest();
    const signature = signer.sign(Buffer.concat([Buffer.from('/0/private/AddOrder'), digest]), 'base64');
    expect(signature).toBe('4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==');
    expect([signer.apiKey, signer.algorithm]).toEqual(['an-api-key', 'hmac-sha512']);
  });

  test('HMAC-SHA256 over the secret as it is: the example of Binance\'s documentation', () => {
    const text = 'symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559';
    expect(read({}).sign(Buffer.from(text), 'hex')).toBe('c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71');
  });

  test('Ed25519 from a PEM file', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' });
    const signer = read({ secretFile: write('secret', pem), algorithm: 'ed25519' });
    const bytes = Buffer.from('apiKey=k&timestamp=1');
    expect(verify(null, bytes, publicKey, Buffer.from(signer.sign(bytes, 'base64'), 'base64'))).toBe(true);
    expect(redactor.text(String(pem))).not.toContain(String(pem).split('\n')[1]!);
  });
});

describe('a file that others could use is refused', () => {
  test.each([0o600, 0o440, 0o404, 0o500, 0o644, 0o777, 0o4400])('mode %o', (mode) => {
    expect(() => read({ secretFile: write('secret', BINANCE_SECRET, mode) }))
      .toThrow(new UsageError(`credentials.secretFile ${join(folder, 'secret')}: found mode ${mode.toString(8).padStart(4, '0')}, `
        + 'expected 0400; run: chmod 0400 on it'));
  });

  test('another user\'s', () => {
    if (process.geteuid!() === 0) execFileSync('chown', ['12345', write('secret', BINANCE_SECRET)]);
    else return;
    expect(() => read({ secretFile: join(folder, 'secret') })).toThrow('owned by user 12345, expected this user (0) or root');
  });

  test('a link, a folder, a pipe, nothing', () => {
    symlinkSync(write('real', BINANCE_SECRET), join(folder, 'link'));
    mkdirSync(join(folder, 'folder'), { mode: 0o400 });
    execFileSync('mkfifo', ['-m', '400', join(folder, 'pipe')]);
    expect(() => read({ secretFile: join(folder, 'link') })).toThrow('found a symbolic link, expected the file itself');
    expect(() => read({ secretFile: join(folder, 'folder') })).toThrow('found something other than a regular file');
    expect(() => read({ secretFile: join(folder, 'pipe') })).toThrow('found something other than a regular file');
    expect(() => read({ secretFile: join(folder, 'none') })).toThrow('cannot be opened: no such file or folder (ENOENT)');
  });
});

describe('what is not a key is refused without telling what it is', () => {
  const cases: readonly (readonly [string, Partial<CredentialFiles>, string | Buffer, string])[] = [
    ['nothing', {}, ' \n', 'found an empty file, expected a key'],
    ['too much', {}, 'canary'.repeat(3000), 'found more than 16384 bytes'],
    ['not base64', { algorithm: 'hmac-sha512' }, 'canary!canary!!!', 'expected the secret in base64'],
    ['half of base64', { algorithm: 'hmac-sha512' }, 'canarycanary=', 'expected the secret in base64'],
    ['not PEM', { algorithm: 'ed25519' }, 'canarycanary', 'expected an Ed25519 key in PEM form'],
  ];
  test.each(cases)('%s', (_, files, content, message) => {
    let told = '';
    try {
      read({ ...files, secretFile: write('secret', content) });
    } catch (error) {
      told = String((error as Error).stack) + String((error as Error).cause);
    }
    expect(told).toContain(message);
    expect(told).not.toContain('canary');
  });

  test('a key of another kind', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' });
    expect(() => read({ secretFile: write('secret', pem), algorithm: 'ed25519' })).toThrow('found a key of type ec, expected ed25519');
  });

  test('an RSA key, a public key, a certificate request', () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const expected = 'found a key of type rsa, expected ed25519';
    for (const [pem, message] of [
      [privateKey.export({ format: 'pem', type: 'pkcs8' }), expected], [privateKey.export({ format: 'pem', type: 'pkcs1' }), expected],
      [publicKey.export({ format: 'pem', type: 'spki' }), 'expected an Ed25519 key in PEM form'],
    ] as const) {
      rmSync(join(folder, 'secret'), { force: true });
      expect(() => read({ secretFile: write('secret', pem as string), algorithm: 'ed25519' })).toThrow(message);
    }
  });

  test('an API key of two words', () => {
    expect(() => read({ apiKeyFile: write('key', 'canary canary') })).toThrow('expected one API key');
  });
});

test('what an editor leaves around a key is no part of it', () => {
  const plain = read({ secretFile: write('plain', KRAKEN_SECRET), algorithm: 'hmac-sha512' }).sign(Buffer.from('x'), 'hex');
  for (const [index, content] of [`${KRAKEN_SECRET}\n`, `${KRAKEN_SECRET}\r\n`, `\r\n ${KRAKEN_SECRET}\t\n\n`].entries()) {
    const signer = read({
      apiKeyFile: write(`key${index}`, 'an-api-key\r\n'), secretFile: write(`secret${index}`, content), algorithm: 'hmac-sha512',
    });
    expect([signer.apiKey, signer.sign(Buffer.from('x'), 'hex')]).toEqual(['an-api-key', plain]);
  }
});

describe('systemd credentials', () => {
  test('are found by name, with the mode that systemd\'s ACL shows', () => {
    write('venue-secret', BINANCE_SECRET, process.geteuid!() === 0 ? 0o440 : 0o400);
    const signer = read({ secretFile: '$CREDENTIALS_DIRECTORY/venue-secret' }, { credentialsDirectory: folder });
    expect(signer.sign(Buffer.from('x'), 'hex')).toBe(read({ secretFile: write('plain', BINANCE_SECRET) }).sign(Buffer.from('x'), 'hex'));
  });

  test('need systemd', () => {
    expect(() => read({ secretFile: '$CREDENTIALS_DIRECTORY/venue-secret' })).toThrow('CREDENTIALS_DIRECTORY is not set');
  });
});

test('what was read is redacted from then on: the key, the secret, and what the secret decodes to', () => {
  read({ secretFile: write('secret', KRAKEN_SECRET), algorithm: 'hmac-sha512' });
  const decoded = Buffer.from(KRAKEN_SECRET, 'base64').toString('hex');
  expect(redactor.text(`an-api-key ${KRAKEN_SECRET} ${decoded}`)).toBe('<redacted:api-key> <redacted:api-secret> <redacted:api-secret>');
});
