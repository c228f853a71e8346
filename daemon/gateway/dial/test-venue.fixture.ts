// A Venue for the dialling side's tests: one TLS port with WebSocket and HTTP that does what the test says, and a
// recorder that writes down what it is told.

import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { ConnectionPlan } from '../../event/venue-session.ts';
import { makeCertificate, type TestCertificate } from '../../test/stand-in/certificate.ts';
import { until } from '../../test/until.ts';
import { Direction, type Recorder } from '../recorder.ts';
import { DEFAULT_DIAL_LIMITS, type DialLimits } from './dial-limits.ts';
import { trustIn, type Trust } from './trust.ts';

/** Nothing waits for a place: tests turn the clock themselves. */
export const TEST_LIMITS: DialLimits = { ...DEFAULT_DIAL_LIMITS, pace: { spacingMs: 0, dialsMax: 1000, windowMs: 1 } };

interface Authority { readonly certificate: TestCertificate; readonly trust: Trust }
let authority: Authority | null = null;

/** One for all tests of a file: making it takes longer than they do. */
export function testAuthority(): Authority {
  if (authority === null) {
    const folder = mkdtempSync(join(tmpdir(), 'tcx-venue-'));
    const certificate = makeCertificate(folder);
    authority = { certificate, trust: trustIn(readFileSync(certificate.caFile, 'utf8')) };
    rmSync(folder, { recursive: true });
  }
  return authority;
}

export class TestVenue {
  /** Sockets in order of opening, ended ones included. */
  readonly sockets: WebSocket[] = [];
  /** Texts received, of all sockets. */
  readonly received: string[] = [];
  readonly pings: string[] = [];
  /** TCP connections, HTTP and WebSocket. */
  readonly descriptors = new Set<Socket>();
  connections = 0;
  /** Header lines that answer the next upgrades instead of an open socket; null: open. */
  refuse: (() => string | null) = () => null;
  onHttp: (request: IncomingMessage, response: ServerResponse, body: string) => void = (_, response) => response.end('{}');
  private readonly https: Server;
  private readonly upgrades = new WebSocketServer({ noServer: true });

  private constructor(https: Server) {
    this.https = https;
    https.on('secureConnection', (socket) => {
      this.connections += 1;
      this.descriptors.add(socket);
      socket.on('close', () => this.descriptors.delete(socket));
      socket.on('error', () => undefined);
    });
    https.on('tlsClientError', () => undefined);
    https.on('upgrade', (request, stream, head) => this.upgrade(request, stream, head));
    https.on('request', (request: IncomingMessage, response: ServerResponse) => {
      let body = '';
      request.on('data', (chunk) => { body += String(chunk); });
      request.on('end', () => this.onHttp(request, response, body));
    });
  }

  static async listen(port = 0): Promise<TestVenue> {
    const { certificate } = testAuthority();
    const https = createServer({ key: certificate.key, cert: certificate.certificate });
    const venue = new TestVenue(https);
    https.listen(port, '127.0.0.1');
    await once(https, 'listening');
    return venue;
  }

  get port(): number { return (this.https.address() as AddressInfo).port; }
  get url(): string { return `wss://localhost:${this.port}/ws`; }
  get httpUrl(): string { return `https://localhost:${this.port}`; }
  get socket(): WebSocket { return this.sockets[this.sockets.length - 1]; }
  get openSockets(): number { return this.sockets.filter((socket) => socket.readyState === 1).length; }

  plan(given: Partial<ConnectionPlan> = {}): ConnectionPlan {
    return {
      name: 'public', url: this.url, isPrivate: false, copies: 1, silenceNs: Infinity, keepAlive: '', keepAliveNs: Infinity,
      lifetimeNs: Infinity, ...given,
    };
  }

  async untilOpened(count: number): Promise<void> {
    await until(`${count} sockets, found ${this.sockets.length}`, () => this.sockets.length >= count);
  }

  async close(): Promise<void> {
    for (const descriptor of this.descriptors) descriptor.destroy();
    this.https.close();
    await once(this.https, 'close');
  }

  private upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const refusal = this.refuse();
    if (refusal !== null) {
      stream.end(`HTTP/1.1 ${refusal}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    this.upgrades.handleUpgrade(request, stream, head, (socket) => {
      this.sockets.push(socket);
      socket.on('message', (bytes) => this.received.push(String(bytes as Buffer)));
      socket.on('ping', (bytes) => this.pings.push(String(bytes)));
      socket.on('error', () => undefined);
    });
  }
}

/** One line a call; `In` frames as text. */
export class NotedRecorder implements Recorder {
  readonly lines: string[] = [];
  private count = 0;

  opened(plan: ConnectionPlan, copy: number): number {
    this.count += 1;
    this.lines.push(`${this.count} opened ${plan.name} ${copy}`);
    return this.count;
  }
  frame(socket: number, direction: Direction, bytes: Uint8Array): void {
    this.lines.push(`${socket} ${Direction[direction].toLowerCase()} ${Buffer.from(bytes).toString()}`);
  }
  closed(socket: number, reason: string): void { this.lines.push(`${socket} closed ${reason}`); }
  exchange(target: string, isPrivate: boolean, status: number, body: Uint8Array): void {
    this.lines.push(`${isPrivate ? 'private' : 'public'} ${target} ${status} ${Buffer.from(body).toString()}`);
  }
  redact(name: string): void { this.lines.push(`redact ${name}`); }
}
