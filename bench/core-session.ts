// A session of the Core with the reference market maker, without a daemon: a synthetic market and a Venue that accepts
// everything, written to a journal that `tcxd --replay` takes. For `step` and `replay`.

import { addon, type NativeBooks } from '../daemon/binding/addon.ts';
import { parseConfiguration, resolveRecorded } from '../daemon/configuration/configuration.ts';
import { coldFields } from '../daemon/core/cold-fields.ts';
import { Core } from '../daemon/core/core.ts';
import { Prng } from '../daemon/base/prng.ts';
import { decodeEvent } from '../daemon/event/decode.ts';
import { EventEncoder } from '../daemon/event/encode.ts';
import { Slot } from '../daemon/event/generated/view_generated.ts';
import { Action, Kind, SCHEMA_HASH, Source, TradingState } from '../daemon/event/kinds.ts';
import { readBuildInfo } from '../daemon/runtime/build-info.ts';
import { loadStrategies } from '../daemon/session-start.ts';
import { type BenchJournal, createJournal } from './bench-journal.ts';
import { configuration } from './live-daemon.ts';

const TIMES = { eventTime: 0, captureTime: 0 };
const WHO = { actor: 'bench', reason: 'bench' };
const MIDDLE = 600_000;
const LEVELS = 50;
/** Market frames prepared ahead, sent in turn. */
const FRAMES = 8192;
/** The market moves by a whole snapshot after so many deltas. */
const DELTAS_PER_MOVE = 500;

/** Called with the kind of an input, whether its step dispatched, and how long `step()` took in ns. */
export type Observe = (kind: number, dispatched: boolean, ns: number) => void;

export class CoreSession {
  readonly journal: BenchJournal;
  readonly core: Core;
  inputs = 0;
  private time = 0;
  private readonly encoder = new EventEncoder();
  private readonly market: Uint8Array[];
  private readonly observe: Observe;

  private constructor(journal: BenchJournal, core: Core, observe: Observe) {
    this.journal = journal;
    this.core = core;
    this.observe = observe;
    this.market = marketFrames(this.encoder);
  }

  /** Starts a session with trading on. */
  static async start(name: string, observe: Observe = () => undefined): Promise<CoreSession> {
    const parameters = { lots: 1, halfSpreadTicks: 20, requoteTicks: 1, positionLotsMax: 1000 };
    const loaded = parseConfiguration(JSON.stringify(configuration('.', 'block', 'builtin:reference-maker', parameters)), 'bench.yaml');
    const strategies = await loadStrategies(loaded.core);
    const journal = createJournal(name);
    const books: NativeBooks = addon.createBooks(journal.event, loaded.core.instruments.length);
    const core = new Core({
      config: loaded.core, strategies: strategies.map(({ strategy }) => strategy), memory: journal.event, books, sink: journal.writer,
      cold: coldFields(() => journal.event.body(), resolveRecorded),
    });
    const session = new CoreSession(journal, core, observe);
    const { encoder } = session;
    const build = readBuildInfo();
    session.put(encoder.sessionStarted({
      sessionId: `bench-${name}`, sessionOrdinal: 1, epoch: 1_700_000_000_000_000_000n, schemaHash: SCHEMA_HASH,
      configuration: loaded.json, configurationHash: loaded.hash, carried: '', host: '{}',
      strategies: strategies.map((strategy, i) => ({
        id: loaded.core.strategies[i]!.id, name: strategy.name, version: strategy.version, contentHash: strategy.contentHash,
      })),
      buildVersion: build.version, buildCommit: build.commit, buildDirty: build.dirty,
      nodeVersion: process.versions.node, v8Version: process.versions.v8,
    }), Source.Runtime);
    session.put(encoder.venueLinkChanged({ venue: 0, state: 1, reason: '' }), Source.Runtime);
    session.put(encoder.reconciliationCompleted({
      venue: 0, result: 0, ordersCompared: 0, mismatches: 0, unknown: 0, detail: '',
    }), Source.Runtime);
    session.put(session.market[0]!, Source.Venue0);
    session.put(encoder.tradingStateChanged({ state: TradingState.On, strategy: -1, ...WHO }), Source.Operator);
    return session;
  }

  /** `count` market Events and what they cause. */
  run(count: number): void {
    for (let i = 1; i <= count; i += 1) this.put(this.market[i % FRAMES]!, Source.Venue0);
  }

  end(): void {
    this.put(this.encoder.sessionEnded({ end: 0, ...WHO }), Source.Runtime);
    this.journal.writer.close();
  }

  private put(frame: Uint8Array, source: number): void {
    const { event, writer } = this.journal;
    const kind = writer.offer(frame);
    this.time += 1000;
    event.input[Slot.Source] = source;
    event.input[Slot.Time] = this.time;
    if (kind < 0 || writer.commit() < 0) throw new Error(`bench: a frame was refused with Status ${kind}`);
    const begin = addon.clock.monotonicNs();
    this.core.step();
    const ns = addon.clock.monotonicNs() - begin;
    this.inputs += 1;
    const { dispatchCount } = this.core;
    this.observe(kind, dispatchCount > 0, ns);
    if (dispatchCount > 0) this.answer(dispatchCount);
  }

  /** The Venue accepts at once. */
  private answer(count: number): void {
    const frames = Array.from({ length: count }, (_, i) => Uint8Array.from(this.journal.writer.dispatchFrames[i]!));
    this.journal.writer.resetDispatches();
    for (const frame of frames) {
      const decoded = decodeEvent(frame);
      if (!decoded.ok || decoded.value.kind !== Kind.IntentDispatched) throw new Error('bench: expected IntentDispatched');
      const { orderId, action, price, quantity } = decoded.value.fields;
      const common = { ...TIMES, orderId };
      if (action === Action.New) this.put(this.encoder.orderAccepted({ ...common, venueOrderId: 'v' }), Source.Venue0);
      else if (action === Action.Replace)
        this.put(this.encoder.orderReplaced({ ...common, price, quantity, venueOrderId: 'v' }), Source.Venue0);
      else this.put(this.encoder.orderCancelled({ ...common, reason: 0 }), Source.Venue0);
    }
  }
}

/** Deltas near the top of a book that a snapshot moves every so often. Ends where it begins, so that it can go round. */
function marketFrames(encoder: EventEncoder): Uint8Array[] {
  const random = Prng.seeded(7, 0);
  const frames: Uint8Array[] = [];
  let middle = MIDDLE;
  for (let i = 0; i < FRAMES; i += 1) {
    if (i % DELTAS_PER_MOVE === 0) {
      middle = MIDDLE + random.below(2000) - 1000;
      frames.push(
        EventEncoder.copyOf(encoder.bookSnapshot({ instrument: 0, ...TIMES, sequence: 0, bids: side(middle, -1), asks: side(middle, 1) })),
      );
      continue;
    }
    const sign = random.below(2) === 0 ? -1 : 1;
    const distance = random.below(4) === 0 ? 7 + random.below(3) : 10 + random.below(LEVELS);
    const level = [{ price: middle + sign * distance, quantity: distance < 10 && random.below(2) === 0 ? 0 : 100 + random.below(900) }];
    frames.push(EventEncoder.copyOf(encoder.bookDelta({
      instrument: 0, ...TIMES, previous: 0, sequence: 0, bids: sign < 0 ? level : [], asks: sign > 0 ? level : [],
    })));
  }
  return frames;
}

function side(middle: number, sign: number): { price: number; quantity: number }[] {
  return Array.from({ length: LEVELS }, (_, i) => ({ price: middle + sign * (10 + i), quantity: 500 + i }));
}
