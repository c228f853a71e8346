// A real link server over a real journal, and clients that dial it, for tests of the ingress.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';
import { addon } from '../binding/addon.ts';
import type { NativeEvent, NativeWriter } from '../binding/addon.ts';
import { createCounters } from '../event/counters.ts';
import { WriterStatistic } from '../event/generated/view_generated.ts';
import { SCHEMA_HASH } from '../event/kinds.ts';
import {
  decodeLinkMessage, encodeLinkMessage, LINK_PROTOCOL_VERSION, LINK_SUBPROTOCOL, MessageType,
} from '../event/link-message.ts';
import type { Hello, LinkMessage } from '../event/link-message.ts';
import type { LinkEvents, VenueLink } from '../event/link-port.ts';
import { FrameRules } from './frame-rules.ts';
import { LinkServer } from './link-server.ts';
import type { LinkServerOptions } from './link-server.ts';
import { Sequencer } from './sequencer.ts';

export const TOKEN = 'correct horse battery staple';

/** Instrument 0 belongs to venue 0, instrument 1 to venue 1. */
const instruments = [0, 1].map((venue) => ({
  venue, instrument: venue, symbol: `S${venue}`, base: 0, quote: 1, priceScale: 2, quantityScale: 3, tickSize: 1, lotSize: 1,
  minimumQuantity: 1, bookDepth: 0,
}));

export class Rig implements LinkEvents {
  readonly folder = mkdtempSync(join(tmpdir(), 'tcx-link-'));
  readonly event: NativeEvent = addon.createEvent();
  readonly writer: NativeWriter;
  readonly counters = createCounters();
  readonly sequencer: Sequencer;
  readonly server: LinkServer;
  /** Kinds that went through the stream, in order. */
  readonly kinds: number[] = [];
  /** What the ingress reported, as short texts. */
  readonly reported: string[] = [];
  readonly links: (VenueLink | null)[] = [null, null];
  private readonly clients: Client[] = [];

  constructor(options: Partial<LinkServerOptions> = {}) {
    this.writer = addon.createWriter(this.event, {
      path: join(this.folder, 'journal.bin'), extentSize: 4 << 20, durability: 'process', intervalMs: 100, helperCpu: -1,
      schemaHash: SCHEMA_HASH, sessionId: 's', sessionOrdinal: 1, epoch: addon.clock.unixNs(),
    });
    const { monotonicNs, unixNs } = addon.clock;
    this.sequencer = new Sequencer({
      writer: this.writer, input: this.event.input, entries: this.event.inputEntries, counters: this.counters, monotonicNs,
      timeOffset: -monotonicNs(), rules: new FrameRules({ venueCount: 2, currencyCount: 2, instruments }),
      follower: { follow: () => { this.kinds.push(this.event.input[0]); } },
    });
    this.server = new LinkServer({
      host: '127.0.0.1', port: 0, tls: null, frameSizeMax: 65_536, frameRateMax: 100_000, backpressureMax: 1 << 20,
      heartbeatMs: 50, heartbeatTimeoutMs: 5000, sequencer: this.sequencer, events: this, counters: this.counters,
      input: this.event.input, monotonicNs, unixNs, ...options,
      hello: {
        sessionId: 's', sessionOrdinal: 1, token: TOKEN, heartbeatMs: 50, venues: ['alpha', 'beta'], instruments,
        currencies: [{ currency: 0, symbol: 'BTC', scale: 8 }, { currency: 1, symbol: 'USD', scale: 2 }],
      },
    });
    this.server.acceptLinks('accept');
  }

  async listen(): Promise<this> {
    await this.server.listen();
    return this;
  }

  position(): number {
    return this.writer.statistics[WriterStatistic.Position];
  }

  dial(protocol: string = LINK_SUBPROTOCOL): Client {
    const client = new Client(this.server.port, protocol);
    this.clients.push(client);
    return client;
  }

  /** A client whose link is up. */
  async link(venue = 'alpha'): Promise<Client> {
    const client = this.dial();
    await client.opened;
    client.send(encodeLinkMessage(hello({ venue })));
    await client.message(MessageType.Welcome);
    return client;
  }

  async close(): Promise<void> {
    this.server.close('the test ends');
    await Promise.all(this.clients.map((client) => client.closed));
    this.writer.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  linkUp(link: VenueLink): void {
    this.links[link.venue] = link;
    this.reported.push(`up ${link.venue} ${link.gatewayBuild}`);
  }

  linkDown(venue: number, reason: string): void {
    this.links[venue] = null;
    this.reported.push(`down ${venue} ${reason}`);
  }

  feedShed(venue: number, instrument: number, dropped: number): void {
    this.reported.push(`shed ${venue} ${instrument} ${dropped}`);
  }

  feedRestarting(venue: number, instrument: number): void {
    this.reported.push(`restart ${venue} ${instrument}`);
  }

  reconcileEnd(venue: number, id: number, complete: boolean, message: string): void {
    this.reported.push(`reconciled ${venue} ${id} ${complete} ${message}`);
  }

  linkComplaint(venue: number, code: number, message: string): void {
    this.reported.push(`complaint ${venue} ${code} ${message}`);
  }
}

export function hello(changes: Partial<Hello> = {}): Hello {
  return {
    type: MessageType.Hello, protocolVersion: LINK_PROTOCOL_VERSION, schemaHash: SCHEMA_HASH, venue: 'alpha', gatewayBuild: 'g1',
    token: TOKEN, ...changes,
  };
}

type Waiter = { readonly type: MessageType; readonly resolve: (message: LinkMessage) => void };

/** The other end of the link. */
export class Client {
  readonly opened: Promise<void>;
  /** Close code and reason. */
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly received: LinkMessage[] = [];
  /** Event frames. */
  readonly frames: Buffer[] = [];
  readonly socket: WebSocket;
  /** Status of a refused upgrade. */
  refusedWith = 0;
  private waiting: Waiter[] = [];

  constructor(port: number, protocol: string) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/`, protocol);
    this.socket.on('unexpected-response', (_request, response) => {
      this.refusedWith = response.statusCode ?? 0;
      response.resume();
      this.socket.terminate();
    });
    this.socket.on('error', () => undefined);
    this.opened = new Promise((resolve) => { this.socket.once('open', () => resolve()); });
    this.closed = new Promise((resolve) => {
      this.socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    this.socket.on('message', (data: Buffer) => this.take(data));
  }

  send(bytes: Uint8Array | string): void {
    this.socket.send(bytes);
  }

  /** The next message of this type, or one that came already. */
  message<T extends MessageType>(type: T): Promise<Extract<LinkMessage, { type: T }>> {
    const found = this.received.find((message) => message.type === type);
    if (found !== undefined) return Promise.resolve(found as Extract<LinkMessage, { type: T }>);
    return new Promise((resolve) => {
      this.waiting.push({ type, resolve: resolve as Waiter['resolve'] });
    });
  }

  private take(data: Buffer): void {
    const decoded = decodeLinkMessage(data);
    if (!decoded.ok) {
      this.frames.push(data);
      return;
    }
    this.received.push(decoded.value);
    for (const { type, resolve } of this.waiting) if (type === decoded.value.type) resolve(decoded.value);
    this.waiting = this.waiting.filter(({ type }) => type !== decoded.value.type);
  }
}
