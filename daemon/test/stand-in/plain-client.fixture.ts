// A plain WebSocket and HTTPS client for the tests of the stand-ins: it trusts the test authority, keeps what it hears, and knows
// no Venue.

import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { WebSocket } from 'ws';
import { until } from '../until.ts';
import type { StandIn } from './stand-in.ts';

const OFTEN = { everyMs: 2 };

export type Message = Readonly<Record<string, unknown>>;

export class PlainClient {
  readonly texts: string[] = [];
  closed: number | null = null;
  private readonly socket: WebSocket;
  private read = 0;

  static async open(standIn: StandIn, role: string, path = ''): Promise<PlainClient> {
    const socket = new WebSocket(`${standIn.urls[role]}${path}`, { ca: readFileSync(standIn.caFile) });
    const client = new PlainClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => { this.texts.push(data.toString()); });
    socket.on('close', (code) => { this.closed = code; });
    socket.on('error', () => undefined);
  }

  send(message: object | string): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  ping(): Promise<void> {
    return new Promise((resolve) => {
      this.socket.once('pong', () => { resolve(); });
      this.socket.ping();
    });
  }

  /** The next message that fits, in the order of arrival; what came before it is skipped. */
  async next(what: string, fits: (message: Message, text: string) => boolean): Promise<Message> {
    return until(what, () => {
      while (this.read < this.texts.length) {
        const text = this.texts[this.read];
        this.read += 1;
        const message = parse(text);
        if (fits(message, text)) return message;
      }
      return null;
    }, { ...OFTEN, details: () => this.texts.slice(-20).join('\n') });
  }

  async untilClosed(): Promise<number> {
    await until('the connection to be closed', () => this.closed !== null, OFTEN);
    return this.closed ?? 0;
  }

  /** Everything heard so far that fits. */
  all(fits: (message: Message) => boolean): Message[] {
    return this.texts.map(parse).filter(fits);
  }

  close(): void {
    this.socket.terminate();
  }
}

function parse(text: string): Message {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value as Message : {};
  } catch {
    return {};
  }
}

interface PlainAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export function call(
  standIn: StandIn, method: string, path: string, headers: Readonly<Record<string, string>> = {}, body = '',
): Promise<PlainAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${standIn.urls.http}${path}`, { method, headers, ca: readFileSync(standIn.caFile), agent: false }, (answer) => {
      let text = '';
      answer.on('data', (part: Buffer) => { text += part.toString(); });
      answer.on('end', () => { resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }); });
      answer.on('error', reject);
      answer.on('aborted', () => { reject(new Error('aborted')); });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
