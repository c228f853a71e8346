// Both ends of a gateway for the gateway benches, in the process that measures: a Venue's side, TLS with WebSockets and HTTP,
// that sends what the bench says, and the daemon's side of the link. Starts gateways and relays; measures nothing.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { type WebSocket, WebSocketServer } from 'ws';
import { Kind } from '../daemon/event/kinds.ts';
import {
  decodeLinkMessage, encodeLinkMessage, frameType, type InstrumentEntry, LINK_SUBPROTOCOL, MessageType,
} from '../daemon/event/link-message.ts';
import { peekKind } from '../daemon/event/peek.ts';
import { makeCertificate } from '../daemon/test/stand-in/certificate.ts';
import { root, sharedData } from './harness.ts';

const TOKEN = 'bench-token-bench-token-bench-token';
/** The longest a gateway beats: nothing on the link but what is measured. */
const HEARTBEAT_MS = 60_000;
const HOST = '127.0.0.1';

export interface RecordedFrame {
  /** ns since the Unix epoch. */
  readonly time: number;
  readonly bytes: Buffer;
}

/** Frames of a recording; the first line of some carries no time. */
export function recordedFrames(file: string): RecordedFrame[] {
  const text = gunzipSync(readFileSync(join(sharedData, 'captures', `${file}.capture.gz`))).toString('latin1');
  return text.split('\n').filter((line) => line !== '').map((line) => {
    const space = line.indexOf(' ');
    return { time: Number(line.slice(0, space)), bytes: Buffer.from(line.slice(space + 1), 'latin1') };
  });
}

/** The book frames of Kraken's recording: a snapshot, then updates, each of which is one Event. */
export function krakenBook(): RecordedFrame[] {
  const frames = recordedFrames('kraken-v2/btcusd-depth10-20260719').filter(({ bytes }) => bytes.includes('"channel":"book","type"'));
  if (!frames[0]!.bytes.includes('"snapshot"')) throw new Error('bench: the recording does not begin with a snapshot');
  return frames;
}

export const KRAKEN: InstrumentEntry = {
  instrument: 0, symbol: 'BTC/USD', base: 1, quote: 0, priceScale: 1, quantityScale: 8, tickSize: 1, lotSize: 1, minimumQuantity: 1,
  bookDepth: 10,
};
export const BINANCE_USDM: InstrumentEntry = { ...KRAKEN, symbol: 'BTCUSDT', priceScale: 2, quantityScale: 3, bookDepth: 0 };

/** The Venue: every path is a socket of its own. */
export class VenueEnd {
  readonly folder = mkdtempSync(join(tmpdir(), 'tcx-bench-'));
  readonly caFile: string;
  /** Answers an HTTP call. */
  answer: (path: string) => { status: number; body: Buffer } = () => ({ status: 404, body: Buffer.alloc(0) });
  private readonly https: Server;
  private readonly waiting = new Map<string, (socket: WebSocket) => void>();

  private constructor() {
    const { caFile, key, certificate } = makeCertificate(this.folder);
    this.caFile = caFile;
    this.https = createServer({ key, cert: certificate }, ({ url }, response) => {
      const { status, body } = this.answer(url ?? '');
      response.writeHead(status, { 'Content-Length': body.length }).end(body);
    });
    const sockets = new WebSocketServer({ server: this.https, perMessageDeflate: false });
    sockets.on('connection', (socket, { url }) => {
      socket.on('error', () => undefined);
      this.waiting.get(url ?? '')?.(socket);
    });
  }

  static async listen(): Promise<VenueEnd> {
    const venue = new VenueEnd();
    venue.https.listen(0, HOST);
    await once(venue.https, 'listening');
    return venue;
  }

  get host(): string {
    return `localhost:${(this.https.address() as AddressInfo).port}`;
  }

  /** The socket that will be opened at this path. */
  socket(path: string): Promise<WebSocket> {
    return new Promise((resolve) => this.waiting.set(path, resolve));
  }

  close(): void {
    this.https.close();
    this.https.closeAllConnections();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The daemon: greets, then hands on every message as it came. */
export class LinkEnd {
  onMessage: (data: Buffer) => void = () => undefined;
  private readonly server = new WebSocketServer({
    port: 0, host: HOST, perMessageDeflate: false, handleProtocols: () => LINK_SUBPROTOCOL,
  });

  constructor(instrument: InstrumentEntry) {
    const welcome = encodeLinkMessage({
      type: MessageType.Welcome, sessionId: 'bench', sessionOrdinal: 1, venue: 0, heartbeatMs: HEARTBEAT_MS, instruments: [instrument],
      currencies: [{ currency: 0, symbol: 'USD', scale: 8 }, { currency: 1, symbol: 'BTC', scale: 8 }],
    });
    this.server.on('connection', (socket) => {
      socket.on('error', () => undefined);
      socket.on('message', (data: Buffer) => {
        if (frameType(data) === 'message' && isHello(data)) socket.send(welcome);
        else this.onMessage(data);
      });
    });
  }

  async url(): Promise<string> {
    if (this.server.address() === null) await once(this.server, 'listening');
    return `ws://${HOST}:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    for (const socket of this.server.clients) socket.terminate();
    this.server.close();
  }
}

function isHello(data: Buffer): boolean {
  const decoded = decodeLinkMessage(data);
  return decoded.ok && decoded.value.type === MessageType.Hello;
}

/** Each book frame of the recording becomes exactly one of these. */
export function isBook(data: Buffer): boolean {
  if (frameType(data) !== 'event') return false;
  const kind = peekKind(data);
  return kind === Kind.BookSnapshot || kind === Kind.BookDelta;
}

export class ServedProcess {
  readonly child: ChildProcess;
  /** What it said, as far as it says why it failed. */
  output = '';

  constructor(entry: string, ...options: readonly string[]) {
    this.child = spawn(process.execPath, [entry, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.on('data', (chunk: Buffer) => { this.output = (this.output + chunk.toString()).slice(-20_000); });
    }
    process.once('exit', () => this.child.kill('SIGKILL'));
  }

  /** Resident bytes. */
  get resident(): number {
    const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.child.pid}/status`, 'utf8'));
    return Number(line?.[1] ?? 0) * 1024;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async end(): Promise<void> {
    if (this.hasEnded) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }
}

export function startRelay(venue: VenueEnd, path: string, linkUrl: string): ServedProcess {
  const entry = fileURLToPath(new URL('./relay.js', import.meta.url));
  return new ServedProcess(entry, `wss://${venue.host}${path}`, venue.caFile, linkUrl, LINK_SUBPROTOCOL);
}

/** A gateway that dials `path` of this Venue. `record`: with its recording on. */
export function startGateway(
  venue: VenueEnd, path: string, linkUrl: string, name: string, record = false, ...more: readonly string[]
): ServedProcess {
  const at = (file: string): string => join(venue.folder, `${path.slice(1)}-${file}`);
  writeFileSync(at('token'), TOKEN, { mode: 0o600 });
  writeFileSync(at('gateway.yaml'), JSON.stringify({
    endpoints: { public: `wss://${venue.host}${path}`, http: `https://${venue.host}` }, tls: { ca: venue.caFile }, observe: { port: 0 },
    ...(record ? { record: { directory: venue.folder } } : {}),
  }));
  return new ServedProcess(join(root, 'dist/daemon/tcx-gateway.js'), '--venue', name, '--link', linkUrl, '--token-file', at('token'),
    '--config', at('gateway.yaml'), ...more);
}

/** Samples of a gateway's /metrics by name with labels. */
export async function metricsOf(gateway: ServedProcess): Promise<Map<string, number>> {
  const port = Number(/"port":(\d+),"msg":"metrics"/.exec(gateway.output)?.[1]);
  const text = await new Promise<string>((resolve, reject) => {
    get({ host: HOST, port, path: '/metrics' }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => { body += chunk.toString(); });
      response.on('end', () => resolve(body));
    }).on('error', reject);
  });
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}
