// The daemon's end of a link for the gateway's tests: a real WebSocket server that does what the test says and keeps
// what it received.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { describeBody } from '../event/describe.ts';
import {
  decodeLinkMessage, encodeLinkMessage, frameType, LINK_SUBPROTOCOL, MessageType, type Hello, type LinkMessage,
  type Welcome,
} from '../event/link-message.ts';

export const WELCOME: Welcome = {
  type: MessageType.Welcome, sessionId: 's-1', sessionOrdinal: 1, venue: 2, heartbeatMs: 1000, instruments: [],
  currencies: [],
};

export class TestDaemon {
  readonly hellos: Hello[] = [];
  readonly messages: LinkMessage[] = [];
  /** describeBody of every Event received, and the Event as it came. */
  readonly events: string[] = [];
  readonly eventBytes: Buffer[] = [];
  /** Sockets in order of connection. */
  readonly sockets: WebSocket[] = [];
  /** Answers a Hello; undefined: says nothing. */
  answer: (hello: Hello) => LinkMessage | undefined = () => WELCOME;
  private readonly server: WebSocketServer;
  private waiting: (() => void)[] = [];

  private constructor(server: WebSocketServer) {
    this.server = server;
    server.on('connection', (socket) => this.connected(socket));
  }

  static async listen(port = 0): Promise<TestDaemon> {
    const server = new WebSocketServer({
      port, host: '127.0.0.1', handleProtocols: (offered) => (offered.has(LINK_SUBPROTOCOL) ? LINK_SUBPROTOCOL : false),
    });
    await once(server, 'listening');
    return new TestDaemon(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** The newest link. */
  get socket(): WebSocket {
    return this.sockets[this.sockets.length - 1];
  }

  send(message: LinkMessage): void {
    this.socket.send(encodeLinkMessage(message));
  }

  /** Resolves when `condition` holds; looked at after every frame, connection and close. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** Every link is gone, and what came over it was received: a process may end before its last words are read here. */
  unlinked(): Promise<void> {
    return this.until(() => this.sockets.every((socket) => socket.readyState === socket.CLOSED));
  }

  async close(): Promise<void> {
    for (const socket of this.server.clients) socket.terminate();
    this.server.close();
    await once(this.server, 'close');
  }

  private connected(socket: WebSocket): void {
    this.sockets.push(socket);
    socket.on('message', (data) => this.received(socket, data as Buffer));
    socket.on('close', () => this.wake());
    socket.on('error', () => undefined);
    this.wake();
  }

  private received(socket: WebSocket, data: Buffer): void {
    if (frameType(data) === 'event') {
      this.events.push(describeBody(data));
      this.eventBytes.push(data);
    } else {
      const decoded = decodeLinkMessage(data);
      if (!decoded.ok) throw new Error(decoded.error);
      this.messages.push(decoded.value);
      if (decoded.value.type === MessageType.Hello) this.greeted(socket, decoded.value);
    }
    this.wake();
  }

  private greeted(socket: WebSocket, hello: Hello): void {
    this.hellos.push(hello);
    const answer = this.answer(hello);
    if (answer === undefined) return;
    socket.send(encodeLinkMessage(answer));
    if (answer.type === MessageType.Refusal) socket.close(1008);
  }

  private wake(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}
