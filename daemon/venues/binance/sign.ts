// How a request to Binance's WebSocket API is signed: every parameter but the signature, sorted by name, as name=value
// joined by '&', in UTF-8 and without percent-encoding (that is for the HTTP interface alone). Pure over a Signer: the
// secret is never seen here.

import type { Signer } from '../../event/order-adapter.ts';

/** bigint: a whole number beyond what a double holds (order ids), written as digits. */
export type ParameterValue = string | number | boolean | bigint;
export type Parameters = Readonly<Record<string, ParameterValue>>;

export function signaturePayload(parameters: Parameters): string {
  return Object.keys(parameters).sort().map((name) => `${name}=${parameters[name]!}`).join('&');
}

/** The parameters with `apiKey` and `signature`: hexadecimal for HMAC, base64 for Ed25519. */
export function signed(parameters: Parameters, signer: Signer): Parameters {
  const named = { ...parameters, apiKey: signer.apiKey };
  const bytes = new TextEncoder().encode(signaturePayload(named));
  return { ...named, signature: signer.sign(bytes, signer.algorithm === 'ed25519' ? 'base64' : 'hex') };
}

/** The same parameters as a recording keeps them. */
export function withoutSecrets(parameters: Parameters): Parameters {
  const shown: Record<string, ParameterValue> = { ...parameters };
  if (Object.hasOwn(shown, 'apiKey')) shown['apiKey'] = '<redacted:api-key>';
  if (Object.hasOwn(shown, 'signature')) shown['signature'] = '<redacted:signature>';
  return shown;
}
