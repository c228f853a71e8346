// Kraken's REST authentication: API-Sign is HMAC-SHA512, keyed with the decoded secret, over the path followed by SHA-256 of
// nonce and body. The secret stays behind the Signer; the hash made here has no key.

import { createHash } from 'node:crypto';
import type { Signer } from '../../event/order-adapter.ts';
import type { HttpRequest } from '../../event/venue-session.ts';
import { encodeForm } from './encode-orders.ts';

/** `path` begins with /0/private/. */
export function signedRequest(
  signer: Signer, path: string, nonce: bigint, parameters: readonly (readonly [string, string])[],
): HttpRequest {
  const body = encodeForm([['nonce', String(nonce)], ...parameters]);
  const digest = createHash('sha256').update(`${nonce}${body}`).digest();
  const message = new Uint8Array(path.length + digest.length);
  message.set(new TextEncoder().encode(path));
  message.set(digest, path.length);
  return {
    method: 'POST', path, body, isPrivate: true,
    headers: {
      'API-Key': signer.apiKey, 'API-Sign': signer.sign(message, 'base64'), 'Content-Type': 'application/x-www-form-urlencoded',
    },
  };
}

/** What Kraken may have seen that our clock has not reached: another process of this key, or a clock set back. */
const JUMP_NS = 60_000_000_000n;

/** Strictly increasing in this process, and over restarts as long as the clock does not go back: Unix time in ns. */
export class Nonces {
  private readonly unixNs: () => bigint;
  private last = 0n;
  private ahead = 0n;

  constructor(unixNs: () => bigint) {
    this.unixNs = unixNs;
  }

  next(): bigint {
    const now = this.unixNs() + this.ahead;
    this.last = now > this.last ? now : this.last + 1n;
    return this.last;
  }

  /** Kraken has seen a greater one: the next is further ahead, twice as far each time. */
  refused(): void {
    this.ahead = this.ahead === 0n ? JUMP_NS : this.ahead * 2n;
  }
}
