// THE Core. `step()` is the architecture: one Event in, State after it, decisions out, the same whoever runs it [D1]. It
// reads no clock, no random source and no environment [D2, D3], and cannot tell whether it runs live, in a replay or in
// a backtest [D4].

import { assert } from '../base/assert.ts';
import { digestText } from '../base/digest-fold.ts';
import { EventView } from '../event/event-view.ts';
import { Action, Kind, OperatorAction, RecordClass } from '../event/kinds.ts';
import type { CoreConfig } from './config.ts';
import { Intent, IntentBuffer, OPERATOR, orderIdBase } from './intent/intent.ts';
import { Outcomes, type SinkPort } from './outcomes.ts';
import { admit } from './queue/admission.ts';
import { Obligation } from './queue/obligation.ts';
import { QueueProcessing } from './queue/queue-processing.ts';
import { Risk } from './risk/risk.ts';
import { Memory } from './state/control/memory.ts';
import { type ColdFields, Derivation } from './state/derive.ts';
import { type ClosedGate, closedGates } from './state/gates.ts';
import type { BooksPort } from './state/market/books.ts';
import { State } from './state/state.ts';
import { Evaluation, type StrategyFailure } from './strategy/evaluation.ts';
import type { AnyStrategy } from './strategy/strategy.ts';

export interface CoreOptions {
  readonly config: CoreConfig;
  /** In configured order. null: not at hand; such a Core can only `fold`. */
  readonly strategies: readonly (AnyStrategy | null)[];
  /** Shared memory of the current Event and of the outcome being made (binding: NativeEvent). */
  readonly memory: {
    readonly input: Float64Array;
    readonly inputEntries: Float64Array;
    readonly outcome: Float64Array;
    readonly outcomeEntries: Float64Array;
  };
  readonly books: BooksPort;
  /** Where outcomes are recorded, or compared. */
  readonly sink: SinkPort;
  readonly cold: ColdFields;
}

export class Core {
  readonly state: State;
  readonly obligation = new Obligation();
  /** The Event at hand. */
  readonly event: EventView;
  readonly outcomes: Outcomes;
  private readonly derivation: Derivation;
  private readonly evaluation: Evaluation;
  private readonly intents: IntentBuffer;
  private readonly risk: Risk;
  private readonly queueProcessing: QueueProcessing;
  private readonly operatorCancel = new Intent();
  private lastTime = 0;

  constructor(options: CoreOptions) {
    const { config, memory } = options;
    assert(options.strategies.length === config.strategies.length, 'Invariant: one Strategy per configured strategy');
    this.event = new EventView(memory.input, memory.inputEntries);
    this.state = new State(config, options.books, options.strategies.map((strategy) => new Memory(strategy?.memory ?? null)));
    this.derivation = new Derivation(this.state, options.cold);
    this.intents = new IntentBuffer(config.intentsPerStepMax);
    this.evaluation = new Evaluation(this.state, this.event, this.intents, options.strategies);
    this.risk = new Risk(this.state);
    this.assertDigestFits(memory.outcomeEntries.length);
    const outcome = new EventView(memory.outcome, memory.outcomeEntries);
    this.outcomes = new Outcomes(this.state, this.derivation, this.event, outcome, options.sink);
    this.queueProcessing = new QueueProcessing(this.state, this.outcomes);
  }

  /** The undecided part of State travels in every StateDigest: too large a Queue or memory is refused before it starts. */
  private assertDigestFits(doublesMax: number): void {
    const doubles = this.state.undecidedMax();
    if (doubles <= doublesMax) return;
    throw new RangeError(`Queue and strategy memory: found room for ${doubles} numbers, expected at most ${doublesMax}; `
      + 'lower execution.queueEntriesMax or execution.ordersMax, or declare less memory');
  }

  /** One Event, whole. The input view holds it; outcomes are with the sink when this returns. */
  step(): void {
    this.intake();
    this.deriveState();
    this.evaluateStrategies();
    this.judgeIntents();
    this.queueProcessing.run(this.event.time);
    this.outcomes.checkpoint();
    this.obligation.derive(this.state, this.queueProcessing.starvedAction);
  }

  /** E4: positions rise without gaps, Sequencing Time never falls. */
  private intake(): void {
    const { position, time } = this.event;
    assert(position === this.outcomes.lastPosition + 1, 'E4: positions rise by one');
    assert(time >= this.lastTime, 'E5: Sequencing Time never decreases');
    this.lastTime = time;
    this.outcomes.begin(position);
  }

  private deriveState(): void {
    this.derivation.apply(this.event);
    if (this.event.kind !== Kind.ConfigurationChanged) return;
    this.evaluation.reconfigure(this.state.config);
    this.risk.reconfigure();
  }

  private evaluateStrategies(): void {
    this.intents.begin(orderIdBase(this.state.control.sessionOrdinal, this.state.control.inputs));
    this.evaluation.run();
  }

  /** Risk, then the Queue, Intent by Intent in emission order: each is judged with the ones before it counted. */
  private judgeIntents(): void {
    for (let i = 0; i < this.intents.count; i++) this.judgeIntent(this.intents.intents[i]!);
    if (this.cancelsEverything()) this.cancelEverything(this.event.kind === Kind.OperatorCommand ? this.event.venue : -1);
  }

  private judgeIntent(intent: Intent): void {
    const verdict = this.risk.judge(intent);
    if (typeof verdict === 'number') return this.outcomes.denyIntent(intent, verdict);
    const { venue } = this.state.config.instruments[verdict.instrument]!;
    admit(this.state.execution.queue, verdict, venue, this.event.time, this.outcomes);
  }

  /** CANCELs of the operator's Event: whatever is queued ends unsent, whatever lives is asked to end. venue −1: every Venue. */
  private cancelEverything(venue: number): void {
    const { queue, orders } = this.state.execution;
    for (let i = 0, queued = queue.count; i < queued; i++) {
      if (venue < 0 || queue.entries[i]!.venue === venue) this.cancelOrder(queue.entries[i]!.orderId);
    }
    for (let instrument = 0; instrument < orders.live.length; instrument++) {
      for (let i = 0; i < orders.liveCount[instrument]!; i++) {
        const order = orders.liveAt(instrument, i);
        if (venue >= 0 && order.venue !== venue) continue;
        if (order.inflight !== Action.Cancel || order.overdue) this.cancelOrder(order.id);
      }
    }
  }

  private cancelOrder(orderId: number): void {
    const intent = this.operatorCancel;
    intent.strategy = OPERATOR;
    intent.action = Action.Cancel;
    intent.orderId = orderId;
    intent.price = 0;
    intent.quantity = 0;
    this.judgeIntent(intent);
  }

  private cancelsEverything(): boolean {
    if (this.event.kind === Kind.KillSwitchChanged) return this.state.control.killed && this.state.config.killCancelsOrders;
    if (this.event.kind !== Kind.OperatorCommand) return false;
    return this.event.action === OperatorAction.CancelAll || this.event.action === OperatorAction.Drain;
  }

  /**
   * Applies one recorded Event, outcomes included, without Strategy, Risk or Queue (`--fold`). False when it is a
   * StateDigest that does not agree with State.
   */
  fold(): boolean {
    assert(this.event.position === this.outcomes.lastPosition + 1, 'E4: positions rise by one');
    this.outcomes.lastPosition = this.event.position;
    if (this.event.kind === Kind.StateDigest) return this.outcomes.digestAgrees();
    if (this.event.class === RecordClass.Input) {
      this.deriveState();
      this.evaluation.count();
    } else {
      this.derivation.applyOutcome(this.event);
    }
    return true;
  }

  /** Digest of State now, as 32 hexadecimal digits. */
  digest(): string {
    return digestText(this.outcomes.computeDigest());
  }

  /** Closed gates by name, as far as State knows them. */
  gates(): ClosedGate[] {
    return closedGates(this.state);
  }

  /** IntentDispatched recorded in this step: their frames are the writer's first `dispatchCount` dispatch frames. */
  get dispatchCount(): number {
    return this.outcomes.dispatchCount;
  }

  /** Order ids whose request became overdue in this step: the first `overdueCount` of `overdue` want a status query. */
  get overdue(): Float64Array {
    return this.derivation.overdue;
  }

  get overdueCount(): number {
    return this.derivation.overdueCount;
  }

  /** Instrument whose book wants a fresh snapshot since this step, or −1. */
  get resyncNeeded(): number {
    return this.state.market.resyncNeeded;
  }

  /** Indices of the Strategies consulted in this step. Cold. */
  get consulted(): readonly number[] {
    return [...this.evaluation.consulted.subarray(0, this.evaluation.consultedCount)];
  }

  /** Strategies that failed in this step. */
  get failures(): readonly StrategyFailure[] {
    return this.evaluation.failures;
  }
}
