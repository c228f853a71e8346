// Keys of a Venue account, from files to a Signer, and nowhere else: never in argv, the environment, a log, an error, a
// recording or a core dump. A file that anybody else may read or write is refused. The secret is copied into a key object
// of OpenSSL and its own bytes are overwritten; what the Redactor keeps is all that stays in this process's heap.

import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { createHmac, createPrivateKey, createSecretKey, sign, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { describeFailure } from '../base/system-failure.ts';
import type { Signer } from '../event/order-adapter.ts';
import { UsageError } from './usage.ts';
import type { Redactor } from './redaction.ts';

export type SignatureAlgorithm = Signer['algorithm'];

export interface CredentialFiles {
  /** Paths, or `$CREDENTIALS_DIRECTORY/NAME`: what systemd's LoadCredential= put there. */
  readonly apiKeyFile: string;
  readonly secretFile: string;
  readonly algorithm: SignatureAlgorithm;
}

interface CredentialSurroundings {
  readonly redactor: Redactor;
  /** What systemd says in CREDENTIALS_DIRECTORY; '' without it. */
  readonly credentialsDirectory: string;
  /** Effective user id. */
  readonly user: number;
}

const SYSTEMD_PREFIX = '$CREDENTIALS_DIRECTORY/';
const SIZE_MAX = 16 * 1024;
const OWNER_READ = 0o400;
/** systemd grants the service's user with an ACL, whose mask shows as the group's bits. */
const OWNER_AND_ACL_READ = 0o440;
const ROOT = 0;
const PEM_LINE_MIN = 16;
const DASH = 0x2d;

/** Throws a UsageError that names the file and what is wrong with it, never what it holds. */
export function readSigner(files: CredentialFiles, surroundings: CredentialSurroundings): Signer {
  const apiKeyBytes = readSecret('apiKeyFile', files.apiKeyFile, surroundings);
  const apiKey = apiKeyBytes.toString('latin1');
  if (!/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new UsageError(`credentials.apiKeyFile ${files.apiKeyFile}: found blanks or characters beyond ASCII, expected one API key`);
  }
  surroundings.redactor.register('api-key', apiKeyBytes);
  const secret = readSecret('secretFile', files.secretFile, surroundings);
  surroundings.redactor.register('api-secret', secret);
  try {
    return createSigner(apiKey, secret, files, surroundings.redactor);
  } finally {
    secret.fill(0);
  }
}

function createSigner(apiKey: string, secret: Buffer, files: CredentialFiles, redactor: Redactor): Signer {
  const { algorithm } = files;
  const where = `credentials.secretFile ${files.secretFile}`;
  if (algorithm === 'ed25519') {
    const key = ed25519Key(secret, where);
    // A line of the key is as good as the whole of it.
    for (const line of linesOf(secret)) redactor.register('api-secret', line);
    return { apiKey, algorithm, sign: (bytes, encoding) => sign(null, bytes, key).toString(encoding) };
  }
  if (algorithm === 'hmac-sha256') return hmacSigner(apiKey, algorithm, 'sha256', createSecretKey(secret));
  const decoded = decodeBase64(secret);
  if (decoded === null) throw new UsageError(`${where}: found something else, expected the secret in base64 as the Venue showed it`);
  redactor.register('api-secret', decoded);
  const signer = hmacSigner(apiKey, algorithm, 'sha512', createSecretKey(decoded));
  decoded.fill(0);
  return signer;
}

function hmacSigner(apiKey: string, algorithm: SignatureAlgorithm, digest: string, key: KeyObject): Signer {
  return { apiKey, algorithm, sign: (bytes, encoding) => createHmac(digest, key).update(bytes).digest(encoding) };
}

function ed25519Key(pem: Buffer, where: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pem, format: 'pem' });
  } catch {
    throw new UsageError(`${where}: found no private key without a passphrase, expected an Ed25519 key in PEM form`);
  }
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw new UsageError(`${where}: found a key of type ${String(key.asymmetricKeyType)}, expected ed25519`);
}

function linesOf(pem: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let from = 0; from < pem.length;) {
    const found = pem.indexOf(10, from);
    const to = found < 0 ? pem.length : found;
    const line = trim(pem.subarray(from, to));
    if (line.length >= PEM_LINE_MIN && line[0] !== DASH) lines.push(line);
    from = to + 1;
  }
  return lines;
}

/** The file's bytes without blanks around them. Looked at through the descriptor: what is checked is what is read. */
function readSecret(key: string, given: string, { credentialsDirectory, user }: CredentialSurroundings): Buffer {
  const isSystemd = given.startsWith(SYSTEMD_PREFIX);
  const where = `credentials.${key} ${given}`;
  if (isSystemd && credentialsDirectory === '') {
    throw new UsageError(`${where}: CREDENTIALS_DIRECTORY is not set; expected to be started by systemd with `
      + `LoadCredential=${given.slice(SYSTEMD_PREFIX.length)}:FILE`);
  }
  const path = isSystemd ? join(credentialsDirectory, given.slice(SYSTEMD_PREFIX.length)) : given;
  const descriptor = open(path, where);
  try {
    checkFile(fstatSync(descriptor), where, user, isSystemd);
    const bytes = Buffer.alloc(SIZE_MAX + 1);
    const size = readSync(descriptor, bytes, 0, SIZE_MAX + 1, 0);
    if (size > SIZE_MAX) throw new UsageError(`${where}: found more than ${SIZE_MAX} bytes, expected a key`);
    const trimmed = trim(bytes.subarray(0, size));
    if (trimmed.length === 0) throw new UsageError(`${where}: found an empty file, expected a key`);
    const secret = Buffer.from(trimmed);
    bytes.fill(0);
    return secret;
  } finally {
    closeSync(descriptor);
  }
}

function open(path: string, where: string): number {
  try {
    // Without O_NONBLOCK a FIFO would hold the gateway here for ever.
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const found = code === 'ELOOP' ? 'found a symbolic link, expected the file itself'
      : `cannot be opened: ${describeFailure(error)}; expected a file of mode 0400 with the key, `
        + `that this user (${process.geteuid?.() ?? 0}) can reach`;
    throw new UsageError(`${where}: ${found}`);
  }
}

function checkFile(facts: Stats, where: string, user: number, isSystemd: boolean): void {
  if (!facts.isFile()) throw new UsageError(`${where}: found something other than a regular file, expected a file with a key`);
  const mode = facts.mode & 0o7777;
  if (facts.uid !== user && facts.uid !== ROOT) {
    throw new UsageError(`${where}: owned by user ${facts.uid}, expected this user (${user}) or root; run: chown on it`);
  }
  if (mode === OWNER_READ || (isSystemd && mode === OWNER_AND_ACL_READ && facts.uid === ROOT)) return;
  throw new UsageError(`${where}: found mode ${mode.toString(8).padStart(4, '0')}, expected 0400; run: chmod 0400 on it`);
}

function trim(bytes: Buffer): Buffer {
  let from = 0;
  let to = bytes.length;
  while (from < to && bytes[from] <= 0x20) from += 1;
  while (to > from && bytes[to - 1] <= 0x20) to -= 1;
  return bytes.subarray(from, to);
}

const BASE64 = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');

/** Byte by byte, so that no string of the secret is made: strings cannot be overwritten. Null: not base64. */
function decodeBase64(text: Buffer): Buffer | null {
  let length = text.length;
  while (length > 0 && text[length - 1] === 0x3d) length -= 1;
  if (text.length % 4 !== 0 || text.length - length > 2 || length === 0) return null;
  const decoded = Buffer.alloc(Math.floor((length * 6) / 8));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < length; i += 1) {
    const value = BASE64.indexOf(text[i]);
    if (value < 0) return null;
    bits = ((bits << 6) | value) & 0xfff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    decoded[at] = (bits >> held) & 0xff;
    at += 1;
  }
  return decoded;
}
