// Binance's request security, verified as Binance says it does: key, timestamp, recvWindow, HMAC-SHA256 or Ed25519 over the sorted
// parameters. Secrets come from the settings and go nowhere.

import { createHmac, timingSafeEqual, verify } from 'node:crypto';
import { type JsonRequest, plain } from '../json.ts';
import type { StandInCredentials } from '../settings.ts';
import type { World } from '../world.ts';
import { BinanceError } from './wire.ts';

const WINDOW_DEFAULT_MS = 5000;
const WINDOW_MAX_MS = 60_000;
const AHEAD_MAX_MS = 1000;

/** Throws a BinanceError unless the request is signed by a known key, in time. Returns whose key it is. */
export function checkSigned(params: JsonRequest, world: World): StandInCredentials {
  const apiKey = required(params, 'apiKey');
  const signature = required(params, 'signature');
  checkTime(params, world);
  const credentials = world.settings.credentials.find((each) => each.apiKey === apiKey);
  if (credentials === undefined) throw new BinanceError(-2015, 'Invalid API-key, IP, or permissions for action.', 401);
  if (!isSignedBy(credentials, payloadOf(params), signature)) {
    throw new BinanceError(-1022, 'Signature for this request is not valid.');
  }
  return credentials;
}

/** Of every signed request, also on a session that was logged on. */
export function checkTime(params: JsonRequest, world: World): void {
  const timestamp = Number(required(params, 'timestamp'));
  const window = Number(plain(params.recvWindow) ?? WINDOW_DEFAULT_MS);
  if (!Number.isSafeInteger(timestamp) || timestamp <= 0) {
    throw new BinanceError(-1100, "Illegal characters found in parameter 'timestamp'; legal range is '^[0-9]{1,20}$'.");
  }
  if (!(window > 0 && window <= WINDOW_MAX_MS)) throw new BinanceError(-1131, `'recvWindow' must be less than ${WINDOW_MAX_MS}.`);
  const now = world.clock.unixMs();
  if (timestamp >= now + AHEAD_MAX_MS) {
    throw new BinanceError(-1021, `Timestamp for this request was ${AHEAD_MAX_MS}ms ahead of the server's time.`);
  }
  if (now - timestamp > window) throw new BinanceError(-1021, 'Timestamp for this request is outside of the recvWindow.');
}

export function required(params: JsonRequest, name: string): string {
  const text = plain(params[name]);
  if (text === undefined || text === '') {
    throw new BinanceError(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
  }
  return text;
}

/** Every parameter but the signature, sorted by name, as `name=value` joined with `&`. */
function payloadOf(params: JsonRequest): string {
  const names = Object.keys(params).filter((name) => name !== 'signature').sort();
  return names.map((name) => `${name}=${textOf(params[name])}`).join('&');
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return JSON.stringify(value);
  return plain(value) ?? String(value);
}

function isSignedBy(credentials: StandInCredentials, payload: string, signature: string): boolean {
  if (credentials.algorithm === 'ed25519') {
    return verify(null, Buffer.from(payload), credentials.secret, Buffer.from(signature, 'base64'));
  }
  const expected = createHmac('sha256', credentials.secret).update(payload).digest('hex');
  return expected.length === signature.length && timingSafeEqual(Buffer.from(expected), Buffer.from(signature.toLowerCase()));
}
