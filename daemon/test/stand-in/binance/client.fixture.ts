// What a client of Binance has to know for the tests: signing with either key, requests, and a copy of the book.

import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type Message, PlainClient } from '../plain-client.fixture.ts';
import { at } from '../plain-values.ts';
import { STAND_IN_CREDENTIALS, type StandInCredentials } from '../settings.ts';
import type { StandIn } from '../stand-in.ts';

const PAIR = generateKeyPairSync('ed25519');

export const ED25519: StandInCredentials = {
  apiKey: 'stand-in-ed25519-key', algorithm: 'ed25519', secret: PAIR.publicKey.export({ type: 'spki', format: 'pem' }) as string,
};

/** Signs for ED25519. */
export const ED25519_KEY: KeyObject = PAIR.privateKey;

export type Parameters = Readonly<Record<string, string | number | boolean>>;

function payloadOf(params: Parameters): Buffer {
  return Buffer.from(Object.keys(params).sort().map((name) => `${name}=${params[name]}`).join('&'));
}

export function signedHmac(given: Parameters, timestamp = Date.now()): Parameters {
  const { apiKey, secret } = STAND_IN_CREDENTIALS.binance;
  const params = { ...given, apiKey, timestamp };
  return { ...params, signature: createHmac('sha256', secret).update(payloadOf(params)).digest('hex') };
}

export function signedEd25519(given: Parameters, key: KeyObject = ED25519_KEY): Parameters {
  const params = { ...given, apiKey: ED25519.apiKey, timestamp: Date.now() };
  return { ...params, signature: sign(null, payloadOf(params), key).toString('base64') };
}

/** A connection to the WebSocket API, subscribed to the user data stream. */
export class BinanceClient {
  readonly socket: PlainClient;
  private requestId = 0;

  static async open(standIn: StandIn): Promise<BinanceClient> {
    const client = new BinanceClient(await PlainClient.open(standIn, 'api'));
    await client.ask('userDataStream.subscribe.signature', signedHmac({}));
    return client;
  }

  constructor(socket: PlainClient) {
    this.socket = socket;
  }

  start(method: string, params: Parameters): string {
    this.requestId += 1;
    const id = `r${this.requestId}`;
    this.socket.send({ id, method, params });
    return id;
  }

  answerTo(id: string): Promise<Message> {
    return this.socket.next(`the answer to ${id}`, (message) => message.id === id);
  }

  ask(method: string, params: Parameters): Promise<Message> {
    return this.answerTo(this.start(method, params));
  }

  /** Signed with the HMAC key. */
  order(method: string, params: Parameters): Promise<Message> {
    return this.ask(method, signedHmac(params));
  }

  report(name: string, type: string): Promise<Message> {
    return this.socket.next(`${type} of ${name}`, (message) => {
      return at(message, 'event', 'e') === 'executionReport' && at(message, 'event', 'c') === name && at(message, 'event', 'x') === type;
    });
  }

  close(): void {
    this.socket.close();
  }
}

/** Levels by price text, with the rules of splicing and chaining. */
export class ChainedBook {
  readonly bids = new Map<string, string>();
  readonly asks = new Map<string, string>();
  updateId = 0;

  load(snapshot: Message): void {
    this.updateId = Number(snapshot.lastUpdateId);
    this.take(this.bids, snapshot.bids);
    this.take(this.asks, snapshot.asks);
  }

  /** False: an update between the copy and this one is missing. */
  apply(update: Message): boolean {
    if (Number(update.u) <= this.updateId) return true;
    if (Number(update.U) > this.updateId + 1) return false;
    this.updateId = Number(update.u);
    this.take(this.bids, update.b);
    this.take(this.asks, update.a);
    return true;
  }

  best(side: Map<string, string>, direction: number): readonly [string, string] {
    return [...side].sort(([x], [y]) => (Number(x) - Number(y)) * direction)[0];
  }

  private take(side: Map<string, string>, levels: unknown): void {
    for (const [price, quantity] of levels as [string, string][]) {
      if (Number(quantity) === 0) side.delete(price);
      else side.set(price, quantity);
    }
  }
}
