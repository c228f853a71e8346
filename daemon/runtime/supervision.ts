// Watches what strategies do to the loop: counts failed evaluations and, at the configured number, switches the strategy
// off by a recorded Event; names slow steps. The count is the Runtime's, its consequence is in the stream.

import { messageOf, stackOf } from '../base/thrown.ts';
import type { CoreConfig } from '../core/config.ts';
import { Counter } from '../event/counters.ts';
import { Kind, TradingState } from '../event/kinds.ts';
import type { LogPort } from './log-port.ts';
import { RUNTIME_ACTOR } from './own-events.ts';
import type { OwnEvents } from './own-events.ts';

interface Failure {
  readonly strategy: number;
  readonly error: unknown;
}

/** A step that takes longer is counted and named. */
export const STEP_SLOW_NS = 100e6;

export class Supervision {
  /** Failed evaluations per strategy since it was last enabled. */
  readonly failures: Int32Array;
  private readonly config: CoreConfig;
  private readonly counters: Float64Array;
  private readonly log: LogPort;

  constructor(config: CoreConfig, counters: Float64Array, log: LogPort) {
    this.failures = new Int32Array(config.strategies.length);
    this.config = config;
    this.counters = counters;
    this.log = log;
  }

  /** The failures of one step; called within it, so consequences are deferred to its end. */
  observe(failures: readonly Failure[], position: number, events: OwnEvents): void {
    for (const { strategy, error } of failures) {
      this.count(strategy, error, position);
      const { id, failuresMax } = this.config.strategies[strategy];
      if (this.failures[strategy] !== failuresMax) continue;
      const reason = `strategy ${id} failed ${failuresMax} times, last: ${shown(error, messageOf)}`;
      this.log.error({ strategy: id, position }, `${reason}; it is switched off`);
      this.counters[Counter.Alarms] += 1;
      events.deferTradingState(TradingState.Off, strategy, { actor: RUNTIME_ACTOR, reason });
    }
  }

  /** As `observe`, while replaying: the consequence is in the journal already, or will be found missing and recorded. */
  count(strategy: number, error: unknown, position: number): void {
    this.failures[strategy] += 1;
    this.counters[Counter.StrategyFailures] += 1;
    const { id } = this.config.strategies[strategy];
    this.log.error({ strategy: id, position, failures: this.failures[strategy], error: shown(error, stackOf) },
      `strategy ${id} failed at position ${position}: ${shown(error, messageOf)}; nothing of this evaluation counts`);
  }

  /** Enabling a strategy starts its count anew. */
  reset(strategy: number): void {
    this.failures[strategy] = 0;
  }

  /** `consulted`: which strategies the step asked. */
  slowStep(kind: number, position: number, ns: number, consulted: readonly number[]): void {
    this.counters[Counter.StepsSlow] += 1;
    const strategies = consulted.map((strategy) => this.config.strategies[strategy].id);
    const asked = strategies.length === 0 ? 'no strategy was consulted'
      : `it consulted ${strategies.join(', ')}: a strategy that computes for long holds up every Event`;
    this.log.warn({ position, kind: Kind[kind], ns, strategies }, `the step of position ${position} (${Kind[kind]}) took `
      + `${(ns / 1e6).toFixed(1)} ms, more than ${STEP_SLOW_NS / 1e6} ms; ${asked}`);
  }
}

const TEXT_MAX = 1000;

/** A strategy may throw anything, things that throw when they are looked at included. */
function shown(error: unknown, textOf: (thrown: unknown) => string): string {
  try {
    return String(textOf(error)).slice(0, TEXT_MAX);
  } catch {
    return 'something that cannot be shown';
  }
}
