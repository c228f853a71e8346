// Drives a Core without a journal: inputs are written into the views by hand, outcomes are kept as rows. For tests of
// decisions; what bytes they become is tested where bytes are.

import type { CoreConfig, InstrumentConfig, StrategyConfig, VenueConfig } from '../core/config.ts';
import { Core } from '../core/core.ts';
import type { Context } from '../core/strategy/context.ts';
import type { Intents } from '../core/strategy/intents.ts';
import { type AnyStrategy, defineStrategy, eraseStrategy } from '../core/strategy/strategy.ts';
import { Slot } from '../event/generated/view_generated.ts';
import {
  Action, CloseReason, ControlReason, DenyReason, Kind, LinkState, type OperatorAction, ReconciliationResult, type Side,
  Source, TradingState,
} from '../event/kinds.ts';
import { ReferenceBooks } from './reference-books.ts';

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
  position: number; kind: Kind; cause: number; orderId: number; action: Action; reason: number; side: Side; price: number; quantity: number;
}

export type Act = (context: Context, intents: Intents) => void;

export class Scenario {
  readonly core: Core;
  readonly books: ReferenceBooks;
  readonly config: CoreConfig;
  /** Everything recorded so far, and of the last step only. */
  readonly outcomes: OutcomeRow[] = [];
  last: OutcomeRow[] = [];
  now = 0;
  readonly input = new Float64Array(64);
  readonly inputEntries = new Float64Array(4096);
  private readonly outcome = new Float64Array(64);
  private readonly outcomeEntries = new Float64Array(65536);
  private act: Act | null = null;
  private nextConfiguration: CoreConfig | null = null;
  private execution = 0;

  constructor(config: CoreConfig = coreConfig(), strategies?: readonly AnyStrategy[]) {
    this.config = config;
    this.books = new ReferenceBooks(config.instruments.length);
    this.core = new Core({
      config,
      strategies: strategies ?? config.strategies.map((_, index) => (index === 0 ? this.scripted() : idle())),
      memory: { input: this.input, inputEntries: this.inputEntries, outcome: this.outcome, outcomeEntries: this.outcomeEntries },
      books: this.books,
      sink: { appendOutcome: () => this.record() },
      cold: {
        sessionStarted: () => ({ epoch: 0n, carried: '', configurationHash: 'hash' }),
        configurationChanged: () => ({ configuration: this.nextConfiguration!, configurationHash: 'changed' }),
      },
    });
  }

  private scripted(): AnyStrategy {
    return eraseStrategy(defineStrategy({
      name: 'scripted', version: '1', memory: { calls: 0 }, parameters: () => null,
      evaluate: (context, memory, intents) => {
        memory.calls++;
        const act = this.act;
        this.act = null;
        act?.(context, intents);
      },
    }));
  }

  private record(): number {
    const o = this.outcome;
    const position = this.core.outcomes.lastPosition + 1;
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
    this.input.fill(0);
    this.input[Slot.Kind] = kind;
    this.input[Slot.Source] = source;
    this.input[Slot.Position] = this.core.outcomes.lastPosition + 1;
    this.input[Slot.Time] = this.now;
    for (const [name, value] of Object.entries(fields)) this.input[Slot[name as keyof typeof Slot]] = value;
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

  book(bids: readonly (readonly [number, number])[], asks: readonly (readonly [number, number])[], instrument = 0, snapshot = true): this {
    this.books.pending = { instrument, snapshot, bids, asks };
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
    this.send(Kind.SessionStarted, { SessionOrdinal: 1 });
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

