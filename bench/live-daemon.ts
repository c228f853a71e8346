// A real tcxd for the wire benches: its configuration, its process on the server core, and a gateway's side of the link
// played by hand up to the point where trading is on and a tick may come.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeEvent } from '../daemon/event/decode.ts';
import { EventEncoder } from '../daemon/event/encode.ts';
import { Kind, SCHEMA_HASH } from '../daemon/event/kinds.ts';
import {
  decodeLinkMessage, encodeLinkMessage, frameType, LINK_PROTOCOL_VERSION, LINK_SUBPROTOCOL, MessageType,
} from '../daemon/event/link-message.ts';
import { root } from './harness.ts';
import { clientFrame, CLIENT_CPU, payloadOffset, SERVER_CPU, WireSocket } from './wire.ts';

export type Idle = 'block' | 'yield' | 'spin';

const TOKEN = 'bench-token-bench-token-bench-token';
const MIDDLE = 600_000;
const TIMES = { eventTime: 0, captureTime: 0 };

export function configuration(folder: string, idle: Idle, strategy: string, parameters: object = {}): object {
  return {
    session: { dataDir: join(folder, 'data'), digestEvery: 10_000 },
    journal: { extentSize: '64MiB', durability: 'interval', syncInterval: '100ms' },
    loop: { idle, cpu: SERVER_CPU, housekeepingCpus: [CLIENT_CPU] },
    link: {
      host: '127.0.0.1',
      port: 0,
      tokenFile: join(folder, 'token'),
      frameRateMax: 10_000_000,
      heartbeat: '1min',
      heartbeatTimeout: '5min',
    },
    admin: { socket: join(folder, 'admin.sock') },
    observe: { port: 0, logLevel: 'error' },
    venues: [
      {
        id: 'bench',
        simulated: true,
        autoEnable: true,
        ackTimeout: '10s',
        gateway: { type: 'external' },
        rateLimits: [{ capacity: 1_000_000, tokenInterval: '1us', reservedForCancel: 0, cost: { new: 1, replace: 1, cancel: 1 } }],
      },
    ],
    currencies: [
      { symbol: 'USD', scale: 8 },
      { symbol: 'BTC', scale: 8 },
    ],
    instruments: [
      {
        id: 'btc-usd',
        symbol: 'BTC/USD',
        venue: 'bench',
        base: 'BTC',
        quote: 'USD',
        priceScale: 1,
        quantityScale: 4,
        tickSize: 0.1,
        lotSize: 0.0001,
        minimumQuantity: 0.0001,
        bookLevelsMax: 1000,
        staleAfter: '10min',
        limits: {
          allowed: true,
          positionMax: 100,
          orderQuantityMax: 1,
          orderNotionalMax: 100000,
          priceBandPpm: 50000,
          openOrdersMax: 1000,
        },
      },
    ],
    risk: { grossExposureMax: { USD: 100000000 }, dailyLossMax: { USD: 1000000 }, openOrdersMax: 1000, denyOwnCross: true },
    strategies: [
      {
        id: 'bench',
        module: strategy,
        instruments: ['btc-usd'],
        parameters,
        cadence: { onTopPrice: true, onExecution: false, onControl: false },
      },
    ],
  };
}

export class LiveDaemon {
  readonly wire: WireSocket;
  private readonly folder: string;
  private readonly child: ChildProcess;
  private readonly encoder = new EventEncoder();

  private constructor(folder: string, child: ChildProcess, wire: WireSocket) {
    this.folder = folder;
    this.child = child;
    this.wire = wire;
  }

  /** Starts tcxd and links to it; resolves when every gate is open and trading is on. */
  static async start(idle: Idle, strategy: string): Promise<LiveDaemon> {
    const folder = mkdtempSync(join(tmpdir(), 'tcx-bench-'));
    const file = join(folder, 'tcx.yaml');
    writeFileSync(file, JSON.stringify(configuration(folder, idle, strategy)));
    writeFileSync(join(folder, 'token'), TOKEN, { mode: 0o600 });
    const child = spawn(process.execPath, [join(root, 'dist/daemon/tcxd.js'), '--config', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    const port = await printedPort(child);
    const daemon = new LiveDaemon(folder, child, await WireSocket.open(port, LINK_SUBPROTOCOL));
    await daemon.link();
    await daemon.until((status) => status.trading === 'on');
    return daemon;
  }

  private async link(): Promise<void> {
    this.say({
      type: MessageType.Hello,
      protocolVersion: LINK_PROTOCOL_VERSION,
      schemaHash: SCHEMA_HASH,
      venue: 'bench',
      gatewayBuild: 'bench',
      token: TOKEN,
    });
    await this.message(MessageType.Welcome);
    const levels = (sign: number): { price: number; quantity: number }[] =>
      Array.from({ length: 100 }, (_, i) => ({ price: MIDDLE + sign * (10 + i), quantity: 1000 }));
    this.wire.send(this.encoder.bookSnapshot({ instrument: 0, ...TIMES, sequence: 0, bids: levels(-1), asks: levels(1) }));
    const request = await this.message(MessageType.ReconcileRequest);
    this.wire.send(this.encoder.balanceReport({ venue: 0, ...TIMES, balances: [] }));
    this.wire.send(this.encoder.positionReport({ venue: 0, ...TIMES, positions: [] }));
    this.say({ type: MessageType.ReconcileEnd, id: request.id, complete: true, message: '' });
  }

  /** The best bid appears and disappears: two frames that each change the best price. */
  get ticks(): readonly [Buffer, Buffer] {
    const tick = (quantity: number): Buffer => clientFrame(this.encoder.bookDelta({
      instrument: 0, ...TIMES, previous: 0, sequence: 0, bids: [{ price: MIDDLE - 5, quantity }], asks: [],
    }));
    return [tick(1000), tick(0)];
  }

  /** Answers one tick by hand and learns from the dispatch where an Order id stands in it. */
  async learn(): Promise<{ answerSize: number; reply: { frame: Buffer; offset: number; answerOffset: number } }> {
    this.wire.socket.write(this.ticks[0]);
    let payload = await this.wire.receive();
    while (frameType(payload) !== 'event') payload = await this.wire.receive();
    const decoded = decodeEvent(payload);
    if (!decoded.ok || decoded.value.kind !== Kind.IntentDispatched) throw new Error('bench: expected an order for the tick');
    const orderId = BigInt(decoded.value.fields.orderId);
    const cancelled = EventEncoder.copyOf(this.encoder.orderCancelled({ orderId, reason: 1, ...TIMES }));
    this.wire.send(cancelled);
    this.wire.socket.write(this.ticks[1]);
    let other = await this.wire.receive();
    while (frameType(other) !== 'event') other = await this.wire.receive();
    const second = decodeEvent(other);
    if (!second.ok || second.value.kind !== Kind.IntentDispatched) throw new Error('bench: expected an order for the tick');
    this.wire.send(this.encoder.orderCancelled({ orderId: second.value.fields.orderId, reason: 1, ...TIMES }));
    const offset = payloadOffset(cancelled.length) + placeOf(cancelled, orderId);
    return { answerSize: payload.length, reply: { frame: clientFrame(cancelled), offset, answerOffset: placeOf(payload, orderId) } };
  }

  async status(): Promise<{ position: number; trading: string }> {
    const options = { socketPath: join(this.folder, 'admin.sock'), path: '/status' };
    return new Promise((resolve, reject) => {
      request(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString()) as { position: number; trading: string }));
      }).on('error', reject).end();
    });
  }

  async until(condition: (status: { position: number; trading: string }) => boolean): Promise<void> {
    while (!condition(await this.status()));
  }

  stop(): void {
    this.wire.close();
    this.child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  private say(message: Parameters<typeof encodeLinkMessage>[0]): void {
    this.wire.send(encodeLinkMessage(message));
  }

  private async message<T extends MessageType>(type: T) {
    for (;;) {
      const payload = await this.wire.receive();
      const decoded = frameType(payload) === 'message' ? decodeLinkMessage(payload) : null;
      if (decoded?.ok && decoded.value.type === type) return decoded.value as Extract<typeof decoded.value, { type: T }>;
    }
  }
}

async function printedPort(child: ChildProcess): Promise<number> {
  let text = '';
  return new Promise((resolve, reject) => {
    child.stderr!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = text.match(/link 127\.0\.0\.1:(\d+)/);
      if (found) resolve(Number(found[1]));
    });
    child.once('exit', (code) => reject(new Error(`bench: tcxd ended with ${code}\n${text}`)));
  });
}

function placeOf(bytes: Uint8Array, id: bigint): number {
  const wanted = Buffer.alloc(8);
  wanted.writeBigUInt64LE(id);
  const place = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(wanted);
  if (place < 0) throw new Error('bench: the Order id does not stand in the frame');
  return place;
}
