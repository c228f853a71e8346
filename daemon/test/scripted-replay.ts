// Replays a scenario's journal. The scenario's Strategy acts from outside the stream, so its acts are handed over keyed by
// the position they were taken at: what a real Strategy derives from State, this one is told.

import { addon, type NativeEvent } from '../binding/addon.ts';
import { coldFields } from '../core/cold-fields.ts';
import type { CoreConfig } from '../core/config.ts';
import { Core, type CoreOptions } from '../core/core.ts';
import { SinkError } from '../core/outcomes.ts';
import { type AnyStrategy, defineStrategy, eraseStrategy } from '../core/strategy/strategy.ts';
import { Slot, Status } from '../event/generated/view_generated.ts';
import type { Act } from './core-scenario.ts';

interface ReplayResult {
  readonly positions: number;
  readonly digest: string;
  /** Position of the first difference, or 0. */
  readonly divergedAt: number;
}

function strategyOf(acts: ReadonlyMap<number, Act>, position: () => number): AnyStrategy {
  return eraseStrategy(defineStrategy({
    name: 'scripted', version: '1', memory: { calls: 0 }, parameters: () => null,
    evaluate: (context, memory, intents) => {
      memory.calls++;
      acts.get(position())?.(context, intents);
    },
  }));
}

/** Re-derives every outcome and compares it with the recorded one; `output`: path of the re-derived journal, or ''. */
export function replay(config: CoreConfig, path: string, acts: ReadonlyMap<number, Act>, output = ''): ReplayResult {
  const memory = addon.createEvent();
  const native = addon.openReplay(memory, path, output);
  const core = coreOf(config, memory, acts, () => native.appendOutcome());
  let status = native.nextInput();
  try {
    for (; status === 1; status = native.nextInput()) core.step();
  } catch (error) {
    if (!(error instanceof SinkError) || error.status !== Status.Diverged) throw error;
    status = Status.Diverged;
  }
  const divergedAt = status === Status.Diverged ? native.difference().position : 0;
  const result = { positions: core.outcomes.lastPosition, digest: core.digest(), divergedAt };
  native.close();
  return result;
}

/** Applies the recorded Events, outcomes included; no Strategy runs. Gives the first StateDigest that disagrees. */
export function fold(config: CoreConfig, path: string): ReplayResult {
  const memory = addon.createEvent();
  const reader = addon.openReader(memory, path);
  const core = coreOf(config, memory, new Map(), () => 0);
  let divergedAt = 0;
  while (reader.next() === 1) {
    if (!core.fold() && divergedAt === 0) divergedAt = memory.input[Slot.Position]!;
  }
  reader.close();
  return { positions: core.outcomes.lastPosition, digest: core.digest(), divergedAt };
}

function coreOf(config: CoreConfig, memory: NativeEvent, acts: ReadonlyMap<number, Act>, append: () => number): Core {
  const options: CoreOptions = {
    config, memory, books: addon.createBooks(memory, config.instruments.length), sink: { appendOutcome: append },
    strategies: [strategyOf(acts, () => memory.input[Slot.Position]!)], cold: coldFields(() => memory.body(), () => config),
  };
  return new Core(options);
}
