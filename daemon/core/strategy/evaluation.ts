// Consults the Strategies: when, in which order, and what happens when one fails. When is a function of Event, State and
// Configuration (docs/concepts/strategies.md); a Strategy that throws emits nothing and remembers nothing of that step.

import { assert } from '../../base/assert.ts';
import { messageOf } from '../../base/thrown.ts';
import type { EventView } from '../../event/event-view.ts';
import { BookResult } from '../../event/generated/view_generated.ts';
import { Kind } from '../../event/kinds.ts';
import type { CoreConfig, StrategyConfig } from '../config.ts';
import type { IntentBuffer } from '../intent/intent.ts';
import type { State } from '../state/state.ts';
import { Context } from './context.ts';
import { Intents } from './intents.ts';
import type { AnyStrategy } from './strategy.ts';

/** A Strategy whose evaluation failed in this step. Not State: the Runtime counts failures and records the consequence. */
export interface StrategyFailure {
  readonly strategy: number;
  readonly error: unknown;
}

export class Evaluation {
  /** Failures of this step. */
  readonly failures: StrategyFailure[] = [];
  /** Indices of the Strategies consulted in this step: the first `consultedCount`. */
  readonly consulted: Int32Array;
  consultedCount = 0;
  private readonly state: State;
  private readonly event: EventView;
  private readonly buffer: IntentBuffer;
  private readonly strategies: readonly (AnyStrategy | null)[];
  private readonly contexts: readonly Context[];
  private readonly intents: Intents;
  private parameters: readonly unknown[];

  constructor(state: State, event: EventView, buffer: IntentBuffer, strategies: readonly (AnyStrategy | null)[]) {
    this.state = state;
    this.event = event;
    this.buffer = buffer;
    this.strategies = strategies;
    this.contexts = strategies.map((_, index) => new Context(state, event, index));
    this.intents = new Intents(buffer);
    this.consulted = new Int32Array(strategies.length);
    this.parameters = parametersOf(strategies, state.config);
  }

  /** ConfigurationChanged: parameters are read again. The Runtime checked that they are accepted before it recorded the Event. */
  reconfigure(config: CoreConfig): void {
    this.parameters = parametersOf(this.strategies, config);
  }

  /** Counts which Strategies the Event concerns, and consults them in configured order, each with its share of the step. */
  run(): void {
    if (this.failures.length > 0) this.failures.length = 0;
    this.consultedCount = 0;
    for (let s = 0; s < this.strategies.length; s++) {
      if (this.due(s)) this.consulted[this.consultedCount++] = s;
    }
    for (let i = 0; i < this.consultedCount; i++) {
      this.buffer.share(i, this.consultedCount);
      this.evaluate(this.consulted[i]!);
    }
  }

  /** As `run`, without consulting: what a fold does, so that cadence counters stay State. */
  count(): void {
    for (let s = 0; s < this.strategies.length; s++) this.due(s);
  }

  private due(s: number): boolean {
    const config = this.state.config.strategies[s]!;
    const control = this.state.control.strategies[s]!;
    const kind = this.event.kind;
    if (kind <= Kind.InstrumentStatus) {
      if (!this.marketMatches(config, kind)) return false;
      return control.matched++ % config.cadence.everyNth === 0 && control.enabled;
    }
    return control.enabled && this.othersMatch(s, config, kind);
  }

  private marketMatches(config: StrategyConfig, kind: Kind): boolean {
    if (!config.instruments.includes(this.event.instrument)) return false;
    if (kind === Kind.Trade) return config.cadence.onTrade;
    if (kind === Kind.InstrumentStatus) return config.cadence.onControl;
    if (config.cadence.onBook) return true;
    return config.cadence.onTopPrice && (this.state.market.lastBookResult & BookResult.TopPriceChanged) !== 0;
  }

  private othersMatch(s: number, config: StrategyConfig, kind: Kind): boolean {
    if (kind <= Kind.PositionReport) {
      const order = this.state.execution.lastOrder;
      return config.cadence.onExecution && order !== null && order.strategy === s;
    }
    if (kind === Kind.ControlTime) return config.cadence.onControlTime;
    return config.cadence.onControl && kind >= Kind.TradingStateChanged;
  }

  private evaluate(s: number): void {
    const { memory } = this.state.control.strategies[s]!;
    memory.save();
    Intents.begin(this.intents, s, this.state.config.strategies[s]!.instruments);
    const error = this.consult(s);
    if (error === null) return;
    memory.rollBack();
    this.buffer.rewind();
    this.failures.push({ strategy: s, error });
  }

  /** null, or what went wrong. */
  private consult(s: number): unknown {
    const { memory } = this.state.control.strategies[s]!;
    const strategy = this.strategies[s]!;
    assert(strategy !== null, 'Invariant: a step needs every Strategy; without one a journal can only be folded');
    try {
      const result: unknown = strategy.evaluate(this.contexts[s]!, memory.facade as never, this.intents, this.parameters[s]);
      if (result !== undefined) return new TypeError('evaluate returned a value; it must return nothing (and not be async)');
      return memory.finite ? null : new RangeError('memory holds NaN or Infinity after evaluate');
    } catch (error) {
      return error ?? new Error('evaluate threw nothing');
    }
  }
}

/** Each Strategy's parameters, as it accepts them. Throws what the Strategy throws, naming it. */
export function parametersOf(strategies: readonly (AnyStrategy | null)[], config: CoreConfig): unknown[] {
  return strategies.map((strategy, index) => {
    if (strategy === null) return null;
    const { id, parameters, instruments } = config.strategies[index]!;
    const environment = { instruments: instruments.map((i) => config.instruments[i]!) };
    try {
      return strategy.parameters(parameters, environment);
    } catch (error) {
      const message = messageOf(error);
      throw new Error(`strategies[${index}] (${id}): parameters: ${message}`, { cause: error });
    }
  });
}
