// What the wire benches share: frames as bytes of the WebSocket protocol, a socket that did the handshake by hand, and the
// C client that takes it over. Masked with the key 0, so that a frame can be prepared once and sent as it stands.

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { buildFolder } from './harness.ts';

/** The daemon's core, and the other one. */
export const SERVER_CPU = 0;
export const CLIENT_CPU = 1;

const BINARY = 0x82;
const TEXT = 0x81;
const PING = 0x89;
const MASKED = 0x80;

/** One client frame. */
export function clientFrame(payload: Uint8Array, opcode = BINARY): Buffer {
  const head = payload.length < 126
    ? [opcode, MASKED | payload.length]
    : [opcode, MASKED | 126, payload.length >> 8, payload.length & 0xFF];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
}

export function textFrame(text: string): Buffer {
  return clientFrame(Buffer.from(text), TEXT);
}

/** Where the payload of `clientFrame(payload)` begins. */
export function payloadOffset(size: number): number {
  return size < 126 ? 6 : 8;
}

/** A connected socket without any protocol on it, not reading. */
export async function connectRaw(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await new Promise<void>((resolve, reject) => { socket.once('connect', resolve); socket.once('error', reject); });
  return socket.pause();
}

/** A connected WebSocket whose frames the caller reads and writes as bytes. */
export class WireSocket {
  readonly socket: Socket;
  /** Payloads that arrived and were not taken yet. */
  private readonly payloads: Uint8Array[] = [];
  private bytes: Buffer = Buffer.alloc(0);
  private upgraded = false;
  private waiting: (() => void) | null = null;
  private ended = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.take(chunk));
    socket.on('close', () => { this.ended = true; this.waiting?.(); });
    socket.on('error', () => undefined);
  }

  static async open(port: number, protocol: string): Promise<WireSocket> {
    const socket = connect(port, '127.0.0.1');
    await new Promise<void>((resolve, reject) => { socket.once('connect', resolve); socket.once('error', reject); });
    const wire = new WireSocket(socket);
    const key = randomBytes(16).toString('base64');
    const lines = ['GET / HTTP/1.1', 'Host: 127.0.0.1', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${key}`, ...(protocol === '' ? [] : [`Sec-WebSocket-Protocol: ${protocol}`])];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    await wire.until(() => wire.upgraded);
    return wire;
  }

  send(payload: Uint8Array): void {
    this.socket.write(clientFrame(payload));
  }

  /** The next payload that arrives. */
  async receive(): Promise<Uint8Array> {
    await this.until(() => this.payloads.length > 0);
    return this.payloads.shift()!;
  }

  /** Resolves when the server has taken in everything that was sent: it answers a ping in its turn. */
  async settled(): Promise<void> {
    const mark = randomBytes(8);
    this.socket.write(clientFrame(mark, PING));
    while (!mark.equals(await this.receive()));
  }

  /** Stops reading, so that another process can have the descriptor. */
  handOver(): Socket {
    this.socket.removeAllListeners('data');
    this.socket.pause();
    return this.socket;
  }

  close(): void {
    this.socket.destroy();
  }

  private async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.ended) throw new Error('bench: the server closed the connection');
      await new Promise<void>((resolve) => { this.waiting = resolve; });
    }
  }

  private take(chunk: Buffer): void {
    this.bytes = Buffer.concat([this.bytes, chunk]);
    if (!this.upgraded) this.takeUpgrade();
    if (this.upgraded) this.takeFrames();
    this.waiting?.();
  }

  private takeUpgrade(): void {
    const end = this.bytes.indexOf('\r\n\r\n');
    if (end < 0) return;
    if (!this.bytes.subarray(0, end).toString().startsWith('HTTP/1.1 101')) throw new Error('bench: no upgrade');
    this.upgraded = true;
    this.bytes = this.bytes.subarray(end + 4);
  }

  private takeFrames(): void {
    while (this.bytes.length >= 2) {
      const short = this.bytes[1]! & 0x7F;
      const head = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (this.bytes.length < head) return;
      const size = short < 126 ? short : short === 126 ? this.bytes.readUInt16BE(2) : Number(this.bytes.readBigUInt64BE(2));
      if (this.bytes.length < head + size) return;
      this.payloads.push(new Uint8Array(this.bytes.subarray(head, head + size)));
      this.bytes = this.bytes.subarray(head + size);
    }
  }
}

export interface Ticks {
  /** Ticks a second. */
  readonly rate: number;
  readonly count: number;
  readonly warmUp: number;
  /** Two frames of equal size, as bytes on the wire. */
  readonly frames: readonly [Buffer, Buffer];
  /** Sent for each answer, its id copied from the answer; null: nothing. */
  readonly reply: { readonly frame: Buffer; readonly offset: number; readonly answerOffset: number } | null;
  /** Payload size of an answer; 0: no WebSocket framing. */
  readonly answerSize: number;
}

/** Hands the socket to the C client, which sends ticks and prints round trips in ns. */
export async function roundTrips(socket: Socket, ticks: Ticks): Promise<number[]> {
  const folder = join(buildFolder, 'wire');
  mkdirSync(folder, { recursive: true });
  const tickPath = join(folder, 'ticks.bin');
  const replyPath = join(folder, 'reply.bin');
  writeFileSync(tickPath, Buffer.concat(ticks.frames));
  writeFileSync(replyPath, ticks.reply?.frame ?? '');
  const client = spawn(join(buildFolder, 'wire_client'), [
    CLIENT_CPU, ticks.rate, ticks.count, ticks.warmUp, tickPath, ticks.reply === null ? '-' : replyPath,
    ticks.reply?.offset ?? 0, ticks.reply?.answerOffset ?? 0, ticks.answerSize,
  ].map(String), { stdio: ['ignore', 'pipe', 'inherit', socket] });
  const text = await outputOf(client);
  return (JSON.parse(text) as { samples: number[] }).samples;
}

async function outputOf(child: ChildProcess): Promise<string> {
  const chunks: Buffer[] = [];
  child.stdout!.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`bench: the client ended with ${code}`);
  return Buffer.concat(chunks).toString();
}

/** A server process that prints its port first. */
export async function startServer(command: string, ...options: readonly string[]): Promise<{ port: number; stop: () => void }> {
  const child = spawn(command, options, { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(Number(chunk.toString())));
    child.once('exit', (code) => reject(new Error(`bench: ${command} ended with ${code}`)));
  });
  return { port, stop: () => void child.kill('SIGKILL') };
}
