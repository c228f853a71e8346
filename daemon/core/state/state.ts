// State: exactly three domains [COR-7], a function of the Event Stream and the Configuration and of nothing else [E2].

import type { DigestFold } from '../../base/digest-fold.ts';
import type { CoreConfig } from '../config.ts';
import { Control } from './control/control.ts';
import type { Memory } from './control/memory.ts';
import { Execution } from './execution/execution.ts';
import { QUEUE_ENTRY_DOUBLES } from './execution/queue-state.ts';
import type { BooksPort } from './market/books.ts';
import { Market } from './market/market.ts';
import { ProfitAndLoss } from './profit.ts';

export class State {
  config: CoreConfig;
  readonly market: Market;
  readonly execution: Execution;
  readonly control: Control;
  /** A reading of the three domains, with the one fact that it must remember: where each day began. */
  readonly profit: ProfitAndLoss;

  constructor(config: CoreConfig, books: BooksPort, memories: readonly Memory[]) {
    this.config = config;
    this.market = new Market(config, books);
    this.execution = new Execution(config);
    this.control = new Control(config, memories);
    this.profit = new ProfitAndLoss(config, this.market, this.execution);
  }

  /** ConfigurationChanged: everything reads the new one from this position on. */
  reconfigure(config: CoreConfig, now: number): void {
    this.config = config;
    this.market.reconfigure(config);
    this.execution.reconfigure(config, now);
    this.control.reconfigure(config);
  }

  fold(digest: DigestFold): void {
    this.market.fold(digest);
    this.execution.fold(digest);
    this.control.fold(digest);
    this.profit.fold(digest);
  }

  /** The part of State that no Event implies, for StateDigest.undecided: Queue, then each Strategy's memory. Returns its length. */
  saveUndecided(target: Float64Array): number {
    let offset = this.execution.queue.save(target, 0);
    for (const strategy of this.control.strategies) offset = strategy.memory.store(target, offset);
    return offset;
  }

  /** Doubles `saveUndecided` may take at most. */
  undecidedMax(): number {
    const memories = this.control.strategies.reduce((sum, { memory }) => sum + 1 + memory.values.length, 0);
    return 2 + this.execution.queue.capacity * QUEUE_ENTRY_DOUBLES + memories;
  }

  restoreUndecided(source: Float64Array): void {
    let offset = this.execution.queue.restore(source, 0);
    for (const strategy of this.control.strategies) offset = strategy.memory.restore(source, offset);
  }
}
