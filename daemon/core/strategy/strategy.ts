// What a Strategy is, for those who write one: `import { defineStrategy } from 'tcx/strategy'`. A Strategy reads
// projections of State and emits Intents; it has no other input and no other output. docs/writing-a-strategy.md.

import type { InstrumentConfig } from '../config.ts';
import type { MemoryDeclaration, MemoryOf } from '../state/control/memory.ts';
import type { Context } from './context.ts';
import type { Intents } from './intents.ts';

export { Action, CancelReason, FeedState, Kind, Liquidity, OrderState, OrderType, Side, TimeInForce } from '../../event/kinds.ts';
export type { CadenceConfig, InstrumentConfig } from '../config.ts';
export type { MemoryDeclaration, MemoryOf } from '../state/control/memory.ts';
export type { BookProjection, Context, EventProjection, OrderProjection, PositionProjection } from './context.ts';
export type { Intents, SubmitOptions } from './intents.ts';

/** What the Configuration gives a Strategy to check its parameters against. */
export interface StrategyEnvironment {
  /** The instruments it is subscribed to, in configured order: index 0, 1, … in `context`. */
  readonly instruments: readonly InstrumentConfig[];
}

/**
 * A Strategy. `evaluate` must be a function of its arguments: no clock, no random, no I/O, no state outside `memory`
 * (docs/concepts/strategies.md). It is called when the configured cadence says so and returns nothing.
 */
export interface StrategyDefinition<P, D extends MemoryDeclaration> {
  readonly name: string;
  readonly version: string;
  /** Numbers and fixed-length arrays it remembers, with initial values. Part of State: recorded, digested, replayed. */
  readonly memory: D;
  /** Turns the configured JSON into what `evaluate` gets; throws an Error that says what is wrong. */
  parameters(raw: Readonly<Record<string, unknown>>, environment: StrategyEnvironment): P;
  evaluate(context: Context, memory: MemoryOf<D>, intents: Intents, parameters: P): void;
}

/** Any Strategy, its types erased: what the Core holds. */
export type AnyStrategy = StrategyDefinition<unknown, MemoryDeclaration>;

/** Gives the definition its types. */
export function defineStrategy<P, const D extends MemoryDeclaration>(
  definition: StrategyDefinition<P, D>,
): StrategyDefinition<P, D> {
  return Object.freeze(definition);
}

/** Forgets the types of a definition. The Core pairs each memory and parameters with the Strategy that declared them. */
export function eraseStrategy<P, D extends MemoryDeclaration>(definition: StrategyDefinition<P, D>): AnyStrategy {
  return definition as unknown as AnyStrategy;
}
