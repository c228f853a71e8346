// One TLS port that speaks HTTP and WebSocket, and hands what arrives to a Venue's protocol. Owns sockets and their lives;
// knows no Venue.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type RawData, WebSocketServer } from 'ws';
import type { TestCertificate } from './certificate.ts';
import { Connection, type Ending } from './connection.ts';
import type { FaultPlan } from './faults.ts';

export interface HttpCall {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface HttpReply {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The connection breaks in the middle of the body. */
  readonly cut?: boolean;
}

export interface Protocol {
  /** Kind of connection for a path; null: there is nothing there. */
  kindOf(url: URL): string | null;
  onOpen(connection: Connection): void;
  onText(connection: Connection, text: string): void;
  onClose(connection: Connection): void;
  /** Calls back once, or never when the answer is lost. */
  onHttp(call: HttpCall, reply: (reply: HttpReply) => void): void;
}

const BODY_SIZE_MAX = 1 << 20;

export class StandInServer {
  readonly connections = new Set<Connection>();
  /** So many upgrades still to be refused with 503. */
  refusals = 0;
  /** Unix ms until which HTTP calls are answered 418 and upgrades 429. */
  bannedUntil = 0;
  /** Answers a call in the protocol's place, however wrong; false: the protocol answers. */
  intrude: (call: HttpCall, response: ServerResponse) => boolean = () => false;
  private readonly https: Server;
  private readonly sockets: WebSocketServer;
  private readonly protocol: Protocol;
  private readonly plan: FaultPlan;
  private connectionNumber = 0;

  constructor(certificate: TestCertificate, protocol: Protocol, plan: FaultPlan) {
    this.protocol = protocol;
    this.plan = plan;
    this.https = createServer({ key: certificate.key, cert: certificate.certificate }, (request, response) => {
      this.serve(request, response);
    });
    this.sockets = new WebSocketServer({ noServer: true, autoPong: false });
    this.https.on('upgrade', (request, stream, head) => { this.upgrade(request, stream, head); });
    this.https.on('tlsClientError', () => undefined);
  }

  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.https.once('error', reject);
      this.https.listen(port, host, () => { resolve((this.https.address() as AddressInfo).port); });
    });
  }

  close(): Promise<void> {
    this.endAll('abort');
    return new Promise((resolve) => {
      this.https.close(() => { resolve(); });
      this.https.closeAllConnections();
    });
  }

  /** Shown to whoever connects from now on. */
  present({ key, certificate }: Omit<TestCertificate, 'caFile'>): void {
    this.https.setSecureContext({ key, cert: certificate });
  }

  of(kind: string): Connection[] {
    return [...this.connections].filter((connection) => connection.kind === kind);
  }

  /** `kind` '': every connection. */
  endAll(how: Ending, kind = '', code?: number): number {
    const chosen = [...this.connections].filter((connection) => kind === '' || connection.kind === kind);
    for (const connection of chosen) connection.end(how, code);
    return chosen.length;
  }

  private upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    stream.on('error', () => undefined);
    const url = urlOf(request);
    const kind = this.protocol.kindOf(url);
    if (kind === null || this.refusals > 0 || Date.now() < this.bannedUntil) {
      const status = kind === null ? '404 Not Found' : this.refusals > 0 ? '503 Service Unavailable' : '429 Too Many Requests';
      if (kind !== null && this.refusals > 0) this.refusals -= 1;
      stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.sockets.handleUpgrade(request, stream, head, (socket) => {
      this.connectionNumber += 1;
      const connection = new Connection(this.connectionNumber, kind, url, socket, stream, this.plan);
      this.connections.add(connection);
      socket.on('message', (data: RawData) => {
        if (!connection.isSilent && connection.isOpen) this.protocol.onText(connection, data.toString());
      });
      socket.on('error', () => undefined);
      socket.on('close', () => {
        connection.isOpen = false;
        this.connections.delete(connection);
        this.protocol.onClose(connection);
      });
      this.protocol.onOpen(connection);
    });
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    const parts: Buffer[] = [];
    let size = 0;
    request.on('data', (part: Buffer) => {
      size += part.length;
      if (size <= BODY_SIZE_MAX) parts.push(part);
      else request.destroy();
    });
    request.on('error', () => undefined);
    request.on('end', () => {
      const body = Buffer.concat(parts).toString();
      if (Date.now() < this.bannedUntil) {
        const retryAfter = String(Math.ceil((this.bannedUntil - Date.now()) / 1000));
        const text = '{"code":-1003,"msg":"Way too much request weight used; IP banned."}';
        answer(response, { status: 418, body: text, headers: { 'Retry-After': retryAfter } });
        return;
      }
      const call = { method: request.method ?? 'GET', url: urlOf(request), headers: request.headers, body };
      if (this.intrude(call, response)) return;
      this.protocol.onHttp(call, (reply) => { answer(response, reply); });
    });
  }
}

function answer(response: ServerResponse, reply: HttpReply): void {
  if (response.destroyed) return;
  const body = Buffer.from(reply.body);
  response.writeHead(reply.status, { 'Content-Type': 'application/json', 'Content-Length': body.length, ...reply.headers });
  if (reply.cut !== true) response.end(body);
  else response.write(body.subarray(0, body.length >> 1), () => { response.destroy(); });
}

function urlOf(request: IncomingMessage): URL {
  try {
    return new URL(request.url ?? '/', 'https://stand-in');
  } catch {
    return new URL('https://stand-in/nowhere');
  }
}
