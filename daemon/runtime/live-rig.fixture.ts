// A whole live path over a real journal, with the reference market maker and without sockets: the Venue is the test, which
// sees every frame that would leave and answers as it likes.

import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { addon } from '../binding/addon.ts';
import { loadConfiguration, resolveRecorded } from '../configuration/configuration.ts';
import { createCounters } from '../event/counters.ts';
import { decodeEvent } from '../event/decode.ts';
import { EventEncoder } from '../event/encode.ts';
import type { EventValue } from '../event/event-fields.ts';
import { Action, Kind, Source, TradingState } from '../event/kinds.ts';
import { decodeLinkMessage, MessageType } from '../event/link-message.ts';
import type { LinkMessage } from '../event/link-message.ts';
import { Transmit } from '../event/link-port.ts';
import type { VenueLink } from '../event/link-port.ts';
import { LivePath } from '../live-path.ts';
import { recordStart } from '../session-record.ts';
import { startSession } from '../session-start.ts';
import type { StartedSession } from '../session-start.ts';
import { BUILT_IN } from '../strategies/strategies.ts';
import { readBuildInfo } from './build-info.ts';
import type { RunTask } from './command-line.ts';
import { replay } from './replay.ts';
import type { ReplayOptions, ReplayResult } from './replay.ts';
import { loadStrategy } from './strategy-loader.ts';

/** `simulated` Venue without a gateway, one instrument with wide limits. */
export function configurationText(dataDir: string, changes: { strategies?: string; digestEvery?: number; rate?: string } = {}): string {
  const maker = '- { id: maker, module: "builtin:reference-maker", instruments: [btc-usd] }';
  return `
session: { dataDir: ${dataDir}, digestEvery: ${changes.digestEvery ?? 20} }
journal: { extentSize: 1MiB, durability: process }
observe: { port: null }
link: { port: 0 }
venues: [{ id: alpha, simulated: true, ackTimeout: 1s, rateLimits: [${changes.rate ?? ''}] }]
currencies: [{ symbol: USD, scale: 8 }, { symbol: BTC, scale: 8 }]
instruments:
  - id: btc-usd
    symbol: BTC/USD
    venue: alpha
    base: BTC
    quote: USD
    priceScale: 1
    quantityScale: 4
    tickSize: 0.1
    lotSize: 0.0001
    staleAfter: 0s
    limits: { allowed: true, positionMax: 100, orderQuantityMax: 10, orderNotionalMax: 10000000, priceBandPpm: 0, openOrdersMax: 500 }
execution: { ordersMax: 256, terminalOrdersMax: 64, queueEntriesMax: 256 }
risk: { grossExposureMax: { USD: 0 }, dailyLossMax: { USD: 0 }, openOrdersMax: 1000 }
strategies:
  ${changes.strategies ?? maker}
`;
}

type Wire = EventValue | { readonly kind: 'message'; readonly message: LinkMessage };

const BUILD = readBuildInfo();
const task: RunTask = { task: 'run', config: '', forMs: Infinity, newSession: false, allowDifferentBuild: false };

export class LiveRig {
  readonly encoder = new EventEncoder();
  readonly counters = createCounters();
  readonly wire: Wire[] = [];
  readonly logged: string[] = [];
  readonly said: string[] = [];
  /** What transmit answers. */
  outcome: number = Transmit.Sent;
  private price = 600_000;

  private constructor(readonly started: StartedSession, readonly path: LivePath, wiring: Wiring) {
    wiring.rig = this;
  }

  /** Starts, or takes up, the session below `dataDir`. */
  static async start(dataDir: string, text = configurationText(dataDir), changes: Partial<RunTask> = {}): Promise<LiveRig> {
    mkdirSync(dataDir, { recursive: true });
    const file = join(dataDir, 'configuration.yaml');
    writeFileSync(file, text);
    const loaded = loadConfiguration(file);
    const wiring: Wiring = { rig: null, logged: [], said: [] };
    const write = (_fields: object, message: string): void => { wiring.logged.push(message); };
    const log = { debug: write, info: write, warn: write, error: write };
    const counters = createCounters();
    const build = BUILD;
    const started = await startSession({
      addon, loaded, task: { ...task, ...changes }, build, counters, log, say: (line) => wiring.said.push(line),
    });
    const path = new LivePath({
      addon, loaded, started, token: 't', counters, log, judgeConfiguration: () => { throw new Error('no file'); },
      adoptConfiguration: () => undefined, drain: async () => '', isOpen: () => true, reconciled: () => undefined,
      journalFailing: (reason) => { wiring.said.push(reason); },
    });
    const rig = new LiveRig(started, path, wiring);
    rig.logged.push(...wiring.logged);
    rig.said.push(...wiring.said);
    wiring.logged = rig.logged;
    wiring.said = rig.said;
    Object.assign(rig, { counters });
    await recordStart({ path, started, loaded, build, startedAt: '2026-01-01T00:00:00.000Z', host: Promise.resolve('{}') });
    return rig;
  }

  link(): VenueLink {
    const link: VenueLink = {
      venue: 0, gatewayBuild: 'test',
      transmit: (frame) => {
        if (this.outcome === Transmit.Sent) this.wire.push(parse(frame));
        return this.outcome;
      },
      close: (reason) => this.path.live.linkDown(0, reason),
    };
    return link;
  }

  /** Link, reconciliation without findings, a book, trading on. */
  trade(): this {
    this.path.live.linkUp(this.link());
    this.answerReconciliation();
    this.market(this.price);
    this.path.events.tradingState(TradingState.On, -1, { actor: 'test', reason: 'test' }, Source.Operator);
    return this;
  }

  /** What the gateway answers when State and Venue agree on a flat account. */
  answerReconciliation(): void {
    const request = this.messages(MessageType.ReconcileRequest).at(-1)!;
    this.path.live.reconcileEnd(0, request.id, true, '');
  }

  ingest(frame: Uint8Array): number {
    const copy = EventEncoder.copyOf(frame);
    return this.path.sequencer.ingest(0, copy.buffer, addon.clock.monotonicNs(), false);
  }

  /** A whole new book around `price`. */
  market(price: number): void {
    this.price = price;
    this.ingest(this.encoder.bookSnapshot({
      instrument: 0, eventTime: 0, captureTime: 0, sequence: 0, bids: [{ price: price - 10, quantity: 50_000 }],
      asks: [{ price: price + 10, quantity: 50_000 }],
    }));
  }

  accept(orderId: number | bigint): void {
    this.ingest(this.encoder.orderAccepted({ orderId, eventTime: 0, captureTime: 0, venueOrderId: `v${orderId}` }));
  }

  /** Answers everything on the wire since the last call: accepts, replaces, cancels. */
  answerAll(): void {
    for (const sent of this.wire.splice(0)) {
      if (sent.kind !== Kind.IntentDispatched) continue;
      const { orderId, action, price, quantity } = sent.fields;
      const common = { orderId, eventTime: 0, captureTime: 0 };
      if (action === Action.New) this.accept(BigInt(orderId));
      else if (action === Action.Replace) this.ingest(this.encoder.orderReplaced({ ...common, price, quantity, venueOrderId: 'r' }));
      else this.ingest(this.encoder.orderCancelled({ ...common, reason: 0 }));
    }
  }

  /** IntentDispatched that reached the wire. */
  dispatched(): Extract<EventValue, { kind: Kind.IntentDispatched }>[] {
    return this.wire.filter((sent): sent is Extract<EventValue, { kind: Kind.IntentDispatched }> => sent.kind === Kind.IntentDispatched);
  }

  messages<T extends MessageType>(type: T): Extract<LinkMessage, { type: T }>[] {
    return this.wire.flatMap((sent) => (sent.kind === 'message' && sent.message.type === type
      ? [sent.message as Extract<LinkMessage, { type: T }>] : []));
  }

  get journal(): string {
    return this.started.directory.journalPath;
  }

  close(): void {
    this.path.end();
    this.started.opened.writer.close();
  }
}

interface Wiring { rig: LiveRig | null; logged: string[]; said: string[] }

function parse(frame: Uint8Array): Wire {
  const event = decodeEvent(frame);
  if (event.ok) return event.value;
  const message = decodeLinkMessage(frame);
  if (!message.ok) throw new Error(message.error);
  return { kind: 'message', message: message.value };
}

export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'tcx-live-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export function replayOf(path: string, changes: Partial<ReplayOptions> = {}): Promise<ReplayResult> {
  return replay({
    addon, path, output: '', until: Infinity, mode: 'replay', allowDifferentBuild: false, build: BUILD,
    decodeConfiguration: resolveRecorded, loadStrategy: (module) => loadStrategy(module, BUILT_IN), ...changes,
  });
}

/** Every record of a journal: kind, class, and the offset just after it. */
export function recordsOf(path: string): { kind: number; class: number; end: number; fields: EventValue }[] {
  const event = addon.createEvent();
  const reader = addon.openReader(event, path);
  const records: { kind: number; class: number; end: number; fields: EventValue }[] = [];
  while (reader.next() > 0) {
    const decoded = decodeEvent(event.body());
    if (!decoded.ok) throw new Error(decoded.error);
    records.push({ kind: event.input[0], class: event.input[1], end: reader.offset(), fields: decoded.value });
  }
  reader.close();
  return records;
}

/** Copies a session's journal below another data directory, where it can be damaged. */
export function copySession(rig: LiveRig, dataDir: string): string {
  const target = join(dataDir, 'sessions', rig.started.directory.id, 'journal.bin');
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(rig.journal, target);
  return target;
}
