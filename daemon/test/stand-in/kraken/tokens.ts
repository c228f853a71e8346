// Kraken's REST signatures, nonces and WebSocket tokens, verified as Kraken says it does. Secrets come from the settings and go
// nowhere.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { StandInCredentials } from '../settings.ts';
import type { World } from '../world.ts';
import type { HttpCall } from '../server.ts';

interface Token {
  /** Unix ms until which it must be used for the first time. */
  readonly useBefore: number;
  used: boolean;
}

export class KrakenTokens {
  private readonly world: World;
  private readonly tokens = new Map<string, Token>();
  private readonly nonces = new Map<string, bigint>();
  private tokenNumber = 0;

  constructor(world: World) {
    this.world = world;
  }

  /** null: the call is signed by a known key with a fresh nonce. */
  refuse(call: HttpCall, fields: ReadonlyMap<string, string>): string | null {
    const key = textOf(call.headers['api-key']);
    const credentials = this.world.settings.credentials.find(({ apiKey }) => apiKey === key);
    if (credentials === undefined) return 'EAPI:Invalid key';
    const nonce = fields.get('nonce') ?? '';
    if (!/^\d{1,20}$/.test(nonce)) return 'EAPI:Invalid nonce';
    if (!matches(textOf(call.headers['api-sign']), signatureOf(credentials, call, nonce))) return 'EAPI:Invalid signature';
    if (BigInt(nonce) <= (this.nonces.get(key) ?? -1n)) return 'EAPI:Invalid nonce';
    this.nonces.set(key, BigInt(nonce));
    return null;
  }

  issue(): { token: string; expires: number } {
    this.tokenNumber += 1;
    const { seed, tokenLifetimeMs } = this.world.settings;
    const token = createHash('sha256').update(`stand-in token ${seed} ${this.tokenNumber}`).digest('base64').replace(/=$/, '');
    this.tokens.set(token, { useBefore: Date.now() + tokenLifetimeMs, used: false });
    return { token, expires: Math.ceil(tokenLifetimeMs / 1000) };
  }

  /** A token used in time stays good. */
  accept(text: string): boolean {
    const token = this.tokens.get(text);
    if (token === undefined || (!token.used && Date.now() > token.useBefore)) return false;
    token.used = true;
    return true;
  }

  expireAll(): void {
    this.tokens.clear();
  }
}

/** HMAC-SHA512, keyed with the decoded secret, of path and SHA-256(nonce + body). */
function signatureOf(credentials: StandInCredentials, call: HttpCall, nonce: string): string {
  const digest = createHash('sha256').update(nonce + call.body).digest();
  return createHmac('sha512', Buffer.from(credentials.secret, 'base64')).update(call.url.pathname).update(digest).digest('base64');
}

function matches(given: string, expected: string): boolean {
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}

function textOf(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header : '';
}
