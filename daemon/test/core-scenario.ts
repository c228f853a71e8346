// Drives a Core without a journal: inputs are written into the views by hand, outcomes are kept as rows. For tests of
// decisions; what bytes they become is tested where bytes are.

import type { CoreConfig, InstrumentConfig, StrategyConfig, VenueConfig } from '../core/config.ts';
import { Core, type CoreOptions } from '../core/core.ts';
import type { ColdFields } from '../core/state/derive.ts';
import type { BooksPort } from '../core/state/market/books.ts';
import type { Context } from '../core/strategy/context.ts';
import type { Intents } from '../core/strategy/intents.ts';
import { type AnyStrategy, defineStrategy, eraseStrategy } from '../core/strategy/strategy.ts';
import { Slot } from '../event/generated/view_generated.ts';
import {
  Action, CloseReason, ControlReason, DenyReason, Kind, LinkState, type OperatorAction, ReconciliationResult, type Side,
  Source, TradingState,
} from '../event/kinds.ts';
import { type PendingLevels, ReferenceBooks } from './reference-books.ts';

export const MS = 1e6;
export const SECOND = 1e9;

export function venueConfig(overrides: Partial<VenueConfig> = {}): VenueConfig {
  return { id: 'v0', simulated: true, ackTimeout: SECOND, cancelWhenOverdue: true, rateLimits: [], ...overrides };
}

export function instrumentConfig(overrides: Partial<InstrumentConfig> = {}): InstrumentConfig {
  return {
    id: 'BTC-USD', symbol: 'BTC/USD', venue: 0, base: 1, quote: 0, priceScale: 1, quantityScale: 4, tickSize: 5, lotSize: 10,
    minimumQuantity: 10, bookDepth: 0, bookLevelsMax: 1000, feedRequired: true, staleAfter: 0,
    limits: { allowed: true, positionMax: 10_000, orderQuantityMax: 1_000, orderNotionalMax: 0n, priceBandPpm: 0, openOrdersMax: 50 },
    ...overrides,
  };
}

export function strategyConfig(overrides: Partial<StrategyConfig> = {}): StrategyConfig {
  return {
    id: 's0', module: 'test', enabled: true, instruments: [0], failuresMax: 3, parameters: {},
    cadence: { onTopPrice: true, onBook: true, onTrade: true, onExecution: true, onControlTime: true, onControl: true, everyNth: 1 },
    ...overrides,
  };
}

export function coreConfig(overrides: Partial<CoreConfig> = {}): CoreConfig {
  return {
    digestEvery: 1_000_000, recordDenied: true, recordClosed: true, ordersMax: 200, terminalOrdersMax: 64, queueEntriesMax: 300,
    intentsPerStepMax: 64, pendingAgeMax: 0, killCancelsOrders: true,
    venues: [venueConfig()],
    currencies: [{ symbol: 'USD', scale: 8 }, { symbol: 'BTC', scale: 8 }],
    instruments: [instrumentConfig()],
    strategies: [strategyConfig()],
    risk: { grossExposureMax: [0n, 0n], dailyLossMax: [0n, 0n], openOrdersMax: 500, denyOwnCross: true },
    ...overrides,
  };
}

/** One outcome, as a test reads it. */
export interface OutcomeRow {
  position: number; kind: Kind; cause: number; orderId: number; action: Action; reason: number; side: Side; price: number;
  quantity: number;
}

export type Act = (context: Context, intents: Intents) => void;

/** One input, before it is an Event. */
export interface ScenarioInput {
  readonly kind: Kind;
  readonly source: number;
  readonly time: number;
  readonly fields: Partial<Record<keyof typeof Slot, number>>;
  readonly levels: PendingLevels;
}

/** What a scenario runs on: views written by hand, or the real journal and books. */
export interface ScenarioHost {
  readonly memory: CoreOptions['memory'];
  readonly books: BooksPort;
  readonly cold: ColdFields;
  /** Makes `input` the current Event, at the next position. */
  deliver(input: ScenarioInput, position: number): void;
  /** Takes the outcome in the view; returns its position. */
  append(position: number): number;
}

class HandHost implements ScenarioHost {
  readonly memory = {
    input: new Float64Array(64), inputEntries: new Float64Array(4096),
    outcome: new Float64Array(64), outcomeEntries: new Float64Array(65536),
  };
  readonly books: ReferenceBooks;
  readonly cold: ColdFields;

  constructor(config: CoreConfig, next: () => CoreConfig) {
    this.books = new ReferenceBooks(config.instruments.length);
    this.cold = {
      sessionStarted: () => ({ epoch: 0n, carried: '', configurationHash: 'hash' }),
      configurationChanged: () => ({ configuration: next(), configurationHash: 'changed' }),
    };
  }

  deliver(input: ScenarioInput, position: number): void {
    const slots = this.memory.input;
    slots.fill(0);
    slots[Slot.Kind] = input.kind;
    slots[Slot.Source] = input.source;
    slots[Slot.Position] = position;
    slots[Slot.Time] = input.time;
    for (const [name, value] of Object.entries(input.fields)) slots[Slot[name as keyof typeof Slot]] = value;
    this.books.pending = input.levels;
  }

  append(position: number): number {
    return position;
  }
}

export class Scenario {
  readonly core: Core;
  readonly config: CoreConfig;
  /** Everything recorded so far, and of the last step only. */
  readonly outcomes: OutcomeRow[] = [];
  last: OutcomeRow[] = [];
  /** What the Strategy did, by the position it did it at. */
  readonly taken = new Map<number, Act>();
  now = 0;
  private readonly host: ScenarioHost;
  private act: Act | null = null;
  private nextConfiguration: CoreConfig | null = null;
  private execution = 0;
  private levels: PendingLevels = { instrument: 0, snapshot: false, bids: [], asks: [] };

  constructor(config: CoreConfig = coreConfig(), host?: ScenarioHost) {
    this.config = config;
    this.host = host ?? new HandHost(config, () => this.nextConfiguration!);
    this.core = new Core({
      config,
      strategies: config.strategies.map((_, index) => (index === 0 ? this.scripted() : idle())),
      memory: this.host.memory,
      books: this.host.books,
      sink: { appendOutcome: () => this.record() },
      cold: this.host.cold,
    });
  }

  private scripted(): AnyStrategy {
    return eraseStrategy(defineStrategy({
      name: 'scripted', version: '1', memory: { calls: 0 }, parameters: () => null,
      evaluate: (context, memory, intents) => {
        memory.calls++;
        const act = this.act;
        this.act = null;
        if (act === null) return;
        this.taken.set(context.event.position, act);
        act(context, intents);
      },
    }));
  }

  private record(): number {
    const o = this.host.memory.outcome;
    const position = this.host.append(this.core.outcomes.lastPosition + 1);
    if (position < 0) return position;
    const row = {
      position, kind: o[Slot.Kind]!, cause: o[Slot.Cause]!, orderId: o[Slot.OrderId]!, action: o[Slot.Action]!,
      reason: o[Slot.Reason]!, side: o[Slot.Side]!, price: o[Slot.Price]!, quantity: o[Slot.Quantity]!,
    };
    this.last.push(row);
    this.outcomes.push(row);
    return position;
  }

  // ── inputs ──────────────────────────────────────────────────────────────────

  /** One input Event: named slots, then a step. */
  send(kind: Kind, fields: Partial<Record<keyof typeof Slot, number>> = {}, source: number = Source.Runtime): this {
    this.host.deliver({ kind, source, fields, time: this.now, levels: this.levels }, this.core.outcomes.lastPosition + 1);
    this.last = [];
    this.core.step();
    return this;
  }

  /** Runs `act` in the next evaluation of strategy 0. */
  on(act: Act): this {
    this.act = act;
    return this;
  }

  /** `act` at once, on a ControlTime. */
  emit(act: Act): this {
    return this.on(act).tick();
  }

  tick(): this {
    return this.send(Kind.ControlTime, { Reason: ControlReason.None });
  }

  advance(ns: number): this {
    this.now += ns;
    return this;
  }

  book(bids: PendingLevels['bids'], asks: PendingLevels['asks'], instrument = 0, snapshot = true): this {
    this.levels = { instrument, snapshot, bids, asks };
    return this.send(snapshot ? Kind.BookSnapshot : Kind.BookDelta, { Instrument: instrument }, Source.Venue0);
  }

  link(state: LinkState, venue = 0): this {
    return this.send(Kind.VenueLinkChanged, { Venue: venue, State: state });
  }

  reconcile(result: ReconciliationResult = ReconciliationResult.Ok, venue = 0): this {
    return this.send(Kind.ReconciliationCompleted, { Venue: venue, State: result });
  }

  trading(state: TradingState): this {
    return this.send(Kind.TradingStateChanged, { Strategy: -1, State: state }, Source.Operator);
  }

  kill(active: boolean): this {
    return this.send(Kind.KillSwitchChanged, { State: active ? 1 : 0 }, Source.Operator);
  }

  operator(action: OperatorAction): this {
    return this.send(Kind.OperatorCommand, { Action: action, Venue: -1 }, Source.Operator);
  }

  reconfigure(config: CoreConfig): this {
    this.nextConfiguration = config;
    return this.send(Kind.ConfigurationChanged, { Version: 2 }, Source.Operator);
  }

  accepted(orderId: number): this {
    return this.send(Kind.OrderAccepted, { OrderId: orderId }, Source.Venue0);
  }

  rejected(orderId: number): this {
    return this.send(Kind.OrderRejected, { OrderId: orderId }, Source.Venue0);
  }

  filled(orderId: number, price: number, quantity: number, executionId = ++this.execution): this {
    const fields = { OrderId: orderId, Price: price, Quantity: quantity, ExecutionIdLow: executionId };
    return this.send(Kind.OrderFilled, fields, Source.Venue0);
  }

  cancelled(orderId: number): this {
    return this.send(Kind.OrderCancelled, { OrderId: orderId }, Source.Venue0);
  }

  replaced(orderId: number, price: number, quantity: number): this {
    return this.send(Kind.OrderReplaced, { OrderId: orderId, Price: price, Quantity: quantity }, Source.Venue0);
  }

  /** Session, links, reconciliation, books and trading: everything on. */
  start(): this {
    this.send(Kind.SessionStarted, { SessionOrdinal: 1 }, Source.Runtime);
    for (let v = 0; v < this.config.venues.length; v++) this.link(LinkState.Up, v).reconcile(ReconciliationResult.Ok, v);
    for (let i = 0; i < this.config.instruments.length; i++) this.book([[9_990, 1_000]], [[10_010, 1_000]], i);
    return this.trading(TradingState.On);
  }

  /** Submits one limit Order and returns its id; it may be denied or stay queued. */
  submit(side: Side, price: number, quantity: number, instrument = 0): number {
    let id = 0;
    this.emit((_context, intents) => { id = intents.submit(instrument, side, price, quantity); });
    return id;
  }

  // ── readings ────────────────────────────────────────────────────────────────

  /** What went on the wire in the last step, e.g. `NEW 1000@9990`. */
  get wire(): string[] {
    return wireOf(this.last);
  }

  get denied(): string[] {
    return this.last.filter((row) => row.kind === Kind.IntentDenied).map((row) => DenyReason[row.reason]!);
  }

  get closed(): string[] {
    return this.last.filter((row) => row.kind === Kind.IntentClosed).map((row) => `${ACTIONS[row.action]} ${CloseReason[row.reason]!}`);
  }

  get digest(): string {
    return this.core.digest();
  }
}

const ACTIONS = ['NEW', 'REPLACE', 'CANCEL'];

export function wireOf(rows: readonly OutcomeRow[]): string[] {
  return rows.filter((row) => row.kind === Kind.IntentDispatched)
    .map((row) => (row.action === Action.Cancel ? 'CANCEL' : `${ACTIONS[row.action]} ${row.quantity}@${row.price}`));
}

function idle(): AnyStrategy {
  return eraseStrategy(defineStrategy({ name: 'idle', version: '1', memory: {}, parameters: () => null, evaluate: () => {} }));
}

