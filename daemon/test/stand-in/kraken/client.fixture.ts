// What a client of Kraken has to know for the tests: signing, the token, requests, and a copy of the book kept from raw text.

import { createHash, createHmac } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { call, type Message, PlainClient } from '../plain-client.fixture.ts';
import { at } from '../plain-values.ts';
import { STAND_IN_CREDENTIALS } from '../settings.ts';
import type { StandIn } from '../stand-in.ts';

let lastNonce = 0;

export async function privateCall(standIn: StandIn, name: string, fields: Readonly<Record<string, string>> = {}): Promise<Message> {
  lastNonce = Math.max(lastNonce + 1, Date.now());
  const path = `/0/private/${name}`;
  const nonce = String(lastNonce);
  const body = new URLSearchParams({ nonce, ...fields }).toString();
  const answer = await call(standIn, 'POST', path, signed(path, nonce, body), body);
  return JSON.parse(answer.text) as Message;
}

export function signed(path: string, nonce: string, body: string): Record<string, string> {
  const { apiKey, secret } = STAND_IN_CREDENTIALS.kraken;
  const digest = createHash('sha256').update(nonce + body).digest();
  const sign = createHmac('sha512', Buffer.from(secret, 'base64')).update(Buffer.concat([Buffer.from(path), digest])).digest('base64');
  return { 'API-Key': apiKey, 'API-Sign': sign, 'Content-Type': 'application/x-www-form-urlencoded' };
}

/** A private connection with its token and both channels. */
export class KrakenClient {
  readonly socket: PlainClient;
  token: string;
  private requestId = 0;

  static async open(standIn: StandIn): Promise<KrakenClient> {
    const token = String(at(await privateCall(standIn, 'GetWebSocketsToken'), 'result', 'token'));
    const client = new KrakenClient(await PlainClient.open(standIn, 'private'), token);
    await client.ask('subscribe', { channel: 'executions', snap_orders: true, snap_trades: true });
    await client.ask('subscribe', { channel: 'balances', snapshot: true });
    return client;
  }

  private constructor(socket: PlainClient, token: string) {
    this.socket = socket;
    this.token = token;
  }

  /** Sends; the answer is for `answerTo`. */
  start(method: string, params: object): number {
    this.requestId += 1;
    this.socket.send({ method, params: { ...params, token: this.token }, req_id: this.requestId });
    return this.requestId;
  }

  answerTo(id: number): Promise<Message> {
    return this.socket.next(`the answer to ${id}`, (message) => message.req_id === id);
  }

  ask(method: string, params: object): Promise<Message> {
    return this.answerTo(this.start(method, params));
  }

  execution(name: string, type: string): Promise<Message> {
    const fits = (message: Message): boolean => at(message, 'channel') === 'executions' && at(message, 'type') === 'update'
      && at(message, 'data', 0, 'cl_ord_id') === name && at(message, 'data', 0, 'exec_type') === type;
    return this.socket.next(`${type} of ${name}`, fits);
  }

  close(): void {
    this.socket.close();
  }
}

/** A book kept from the text of the frames, never from floats. */
export class TextBook {
  readonly bids = new Map<string, string>();
  readonly asks = new Map<string, string>();
  checked = 0;

  /** False: the checksum does not agree. */
  apply(text: string, depth: number): boolean {
    if (text.includes('"type":"snapshot"')) {
      this.bids.clear();
      this.asks.clear();
    }
    this.take(this.bids, /"bids":\[(.*?)\]/.exec(text)?.[1] ?? '');
    this.take(this.asks, /"asks":\[(.*?)\]/.exec(text)?.[1] ?? '');
    const best = (side: Map<string, string>, direction: number): [string, string][] => {
      const sorted = [...side].sort(([x], [y]) => (Number(x) - Number(y)) * direction);
      for (const [price] of sorted.slice(depth)) side.delete(price);
      return sorted.slice(0, 10);
    };
    const digits = (part: string): string => part.replace('.', '').replace(/^0+/, '');
    const top = [...best(this.asks, 1), ...best(this.bids, -1)];
    this.checked += 1;
    return crc32(top.map(([price, quantity]) => digits(price) + digits(quantity)).join('')) === Number(/"checksum":(\d+)/.exec(text)?.[1]);
  }

  private take(side: Map<string, string>, levels: string): void {
    for (const [, price, quantity] of levels.matchAll(/"price":([\d.]+),"qty":([\d.]+)/g)) {
      if (/[1-9]/.test(quantity)) side.set(price, quantity);
      else side.delete(price);
    }
  }
}
