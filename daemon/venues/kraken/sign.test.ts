// The documented signature, nonces, and what is never in a recording.

import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Signer } from '../../event/order-adapter.ts';
import { Nonces, signedRequest } from './sign.ts';

/** docs.kraken.com, Spot REST Authentication: the worked example. */
const SECRET = 'kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==';
const SIGNATURE = '4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==';
const SIGNER: Signer = {
  apiKey: 'key', algorithm: 'hmac-sha512',
  sign: (bytes, encoding) => createHmac('sha512', Buffer.from(SECRET, 'base64')).update(bytes).digest(encoding),
};

describe('REST signatures', () => {
  test('the documented example reproduces', () => {
    const parameters = [['ordertype', 'limit'], ['pair', 'XBTUSD'], ['price', '37500'], ['type', 'buy'], ['volume', '1.25']] as const;
    const request = signedRequest(SIGNER, '/0/private/AddOrder', 1_616_492_376_594n, parameters);
    expect(request.body).toBe('nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25');
    expect(request.headers).toEqual({
      'API-Key': 'key', 'API-Sign': SIGNATURE, 'Content-Type': 'application/x-www-form-urlencoded',
    });
    expect(request).toMatchObject({ method: 'POST', path: '/0/private/AddOrder', isPrivate: true });
  });

  test('what a parameter holds cannot become another parameter', () => {
    expect(signedRequest(SIGNER, '/0/private/X', 1n, [['a', 'b&c=d']]).body).toBe('nonce=1&a=b%26c%3Dd');
  });
});

describe('nonces', () => {
  test('increase strictly, whatever the clock does', () => {
    let now = 100n;
    const nonces = new Nonces(() => now);
    const taken = [nonces.next(), nonces.next()];
    now = 50n;
    taken.push(nonces.next());
    now = 1_000n;
    taken.push(nonces.next());
    expect(taken).toEqual([100n, 101n, 102n, 1000n]);
  });

  test('a restart goes on above what came before; a refusal jumps ahead, further each time', () => {
    const now = 1_700_000_000_000_000_000n;
    expect(new Nonces(() => now + 1n).next()).toBeGreaterThan(new Nonces(() => now).next());
    const nonces = new Nonces(() => now);
    const first = nonces.next();
    nonces.refused();
    const second = nonces.next();
    nonces.refused();
    expect(second - first).toBe(60_000_000_000n);
    expect(nonces.next() - second).toBe(60_000_000_000n);
    expect(nonces.next() < 2n ** 63n).toBe(true);
  });
});
