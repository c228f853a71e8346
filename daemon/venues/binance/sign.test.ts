// Signatures as the official documentation computes them, with its published keys.

import { createHmac, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Signer } from '../../event/order-adapter.ts';
import { API_EXAMPLES, HAS_EXAMPLES } from './examples.fixture.ts';
import { signaturePayload, signed, withoutSecrets, type Parameters } from './sign.ts';

/** The example secret of the documentation. */
const HMAC_SECRET = 'NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j';
/** The Ed25519 key the documentation publishes with its example of a FIX logon: PKCS #8, DER. */
const ED25519_KEY = 'MC4CAQAwBQYDK2VwBCIEIIJEYWtGBrhACmb9Dvy+qa8WEf0lQOl1s4CLIAB9m89u';

function hmacSigner(apiKey: string): Signer {
  return {
    apiKey, algorithm: 'hmac-sha256',
    sign: (bytes, encoding) => createHmac('sha256', HMAC_SECRET).update(bytes).digest(encoding),
  };
}

function ed25519Signer(apiKey: string, key: KeyObject): Signer {
  return { apiKey, algorithm: 'ed25519', sign: (bytes, encoding) => sign(null, bytes, key).toString(encoding) };
}

const ed25519Key = createPrivateKey({ key: Buffer.from(ED25519_KEY, 'base64'), format: 'der', type: 'pkcs8' });

/** Parameters of an example without what signing adds. */
function unsigned({ signature: _, apiKey: _key, ...rest }: Parameters): Parameters {
  return rest;
}

describe.skipIf(!HAS_EXAMPLES)('official examples', () => {
  const requests = API_EXAMPLES.filter(({ path, role }) => /SIGNED request example/i.test(path) && role === 'request')
    .map(({ json, path }) => ({ path, parameters: (json as { params: Parameters }).params }))
    .filter(({ parameters }) => !String(parameters['signature']).includes('FILL ME'));

  test('both HMAC examples, ASCII and not, give the documented signature', () => {
    const examples = requests.filter(({ path }) => path.includes('(HMAC)'));
    expect(examples).toHaveLength(2);
    for (const { parameters } of examples) {
      expect(signed(unsigned(parameters), hmacSigner(String(parameters['apiKey'])))).toEqual(parameters);
    }
  });

  test('Ed25519: base64 over the documented payload; the key of these examples is not published', () => {
    const [ascii] = requests.filter(({ path }) => path.includes('(Ed25519)'));
    const { newOrderRespType: _, ...parameters } = unsigned(ascii!.parameters);
    const apiKey = String(ascii!.parameters['apiKey']);
    const payload = `apiKey=${apiKey}&price=52000.00&quantity=0.01000000&recvWindow=100&side=SELL&symbol=BTCUSDT`
      + '&timeInForce=GTC&timestamp=1645423376532&type=LIMIT';
    expect(signaturePayload({ ...parameters, apiKey })).toBe(payload);
    const signature = String(signed(parameters, ed25519Signer(apiKey, ed25519Key))['signature']);
    expect(verify(null, Buffer.from(payload), createPublicKey(ed25519Key), Buffer.from(signature, 'base64'))).toBe(true);
    expect(signature).toHaveLength(String(ascii!.parameters['signature']).length);
  });
});

test('Ed25519: the documented FIX logon, whose key is published, gives the documented signature', () => {
  const payload = ['A', 'EXAMPLE', 'SPOT', '1', '20240627-11:17:25.223'].join('\u0001');
  const signature = ed25519Signer('', ed25519Key).sign(new TextEncoder().encode(payload), 'base64');
  expect(signature).toBe('4MHXelVVcpkdwuLbl6n73HQUXUf1dse2PCgT1DYqW9w8AVZ1RACFGM+5UdlGPrQHrgtS3CvsRURC1oj73j8gCA==');
});

test('parameters are sorted by name, values are neither quoted nor percent-encoded', () => {
  expect(signaturePayload({ symbol: '１２ a/b', limit: 5, apiKey: 'k', orderId: 12_569_099_453_000_000_001n, flag: true }))
    .toBe('apiKey=k&flag=true&limit=5&orderId=12569099453000000001&symbol=１２ a/b');
});

test('SEC-1: a recording keeps neither key nor signature', () => {
  const shown = withoutSecrets(signed({ symbol: 'BTCUSDT' }, hmacSigner('the-key')));
  expect(shown).toEqual({ symbol: 'BTCUSDT', apiKey: '<redacted:api-key>', signature: '<redacted:signature>' });
  expect(withoutSecrets({ symbol: 'BTCUSDT' })).toEqual({ symbol: 'BTCUSDT' });
});
