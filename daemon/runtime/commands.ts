// The operator's commands, executed on the loop between two Events. Everything that changes behaviour is recorded with actor
// and reason and takes effect at its position; what cannot be done is refused with what stands in the way. The list of
// commands is `OperatorRequest` (event/operator-port.ts).

import { messageOf } from '../base/thrown.ts';
import type { Core } from '../core/core.ts';
import { Counter } from '../event/counters.ts';
import { OperatorAction, ReconciliationResult, Source, TradingState } from '../event/kinds.ts';
import { encodeLinkMessage, MessageType } from '../event/link-message.ts';
import { Transmit } from '../event/link-port.ts';
import type { CommandPort, CommandResult, OperatorIdentity, OperatorRequest } from '../event/operator-port.ts';
import { closedGates } from './gates.ts';
import type { RuntimeGates } from './gates.ts';
import type { LogPort } from './log-port.ts';
import type { OwnEvents, ReconciliationOutcome } from './own-events.ts';
import { isPassed } from './reconcile.ts';
import type { Reconciler } from './reconcile.ts';
import type { Supervision } from './supervision.ts';
import type { Transmitter } from './transmit.ts';

/** A Configuration an operator wants in force, judged against the one that is. */
export interface ConfigurationChange {
  readonly json: string;
  readonly hash: string;
  /** Paths that differ; empty: nothing to do. */
  readonly changed: readonly string[];
  /** Paths that differ and may not change while the session lives. */
  readonly refused: readonly string[];
}

interface CommandsOptions {
  readonly core: Core;
  readonly events: OwnEvents;
  readonly gates: RuntimeGates;
  readonly transmitter: Transmitter;
  readonly reconciler: Reconciler;
  readonly supervision: Supervision;
  readonly counters: Float64Array;
  readonly log: LogPort;
  /** Throws, saying what is wrong, when the text is no Configuration or a strategy refuses its parameters. */
  readonly judgeConfiguration: (text: string) => ConfigurationChange;
  /** The change is recorded and in force. */
  readonly adoptConfiguration: (change: ConfigurationChange) => void;
  readonly drain: (identity: OperatorIdentity) => Promise<string>;
  /** False once the session drains, ended or halted: nothing is recorded any more. */
  readonly isOpen: () => boolean;
}

type Waiter = (outcome: ReconciliationOutcome | null) => void;

export class Commands implements CommandPort {
  private readonly options: CommandsOptions;
  private readonly waiting: { readonly venue: number; readonly resolve: Waiter }[] = [];

  constructor(options: CommandsOptions) {
    this.options = options;
  }

  async execute(request: OperatorRequest, identity: OperatorIdentity): Promise<CommandResult> {
    const { log, counters, isOpen } = this.options;
    if (!isOpen()) return refused('the session is ending; nothing is taken any more');
    counters[Counter.OperatorCommands] += 1;
    const result = await this.run(request, identity);
    const fields = { ...request, ...identity, position: result.position, ok: result.ok };
    log.info(fields, `operator ${identity.actor}: ${request.command}: ${result.message}`);
    return result;
  }

  /** The Reconciler's outcome, for whoever waits for it. */
  reconciled(outcome: ReconciliationOutcome): void {
    const done = this.waiting.filter((waiter) => waiter.venue === outcome.venue);
    for (const waiter of done) {
      this.waiting.splice(this.waiting.indexOf(waiter), 1);
      waiter.resolve(outcome);
    }
  }

  /** A Venue whose link went away will not answer. */
  abandoned(venue: number): void {
    for (const waiter of this.waiting.filter((candidate) => candidate.venue === venue)) {
      this.waiting.splice(this.waiting.indexOf(waiter), 1);
      waiter.resolve(null);
    }
  }

  private run(request: OperatorRequest, identity: OperatorIdentity): CommandResult | Promise<CommandResult> {
    switch (request.command) {
      case 'enable': return request.strategy === undefined ? this.enable(identity) : this.switchStrategy(request.strategy, 'on', identity);
      case 'pause': return request.strategy === undefined ? this.pause(identity) : this.switchStrategy(request.strategy, 'off', identity);
      case 'disable': return this.disable(identity);
      case 'kill': return this.kill(identity);
      case 'unkill': return this.unkill(identity);
      case 'cancel-all': return this.cancelAll(request.venue, identity);
      case 'reconcile': return this.reconcile(request.venue, identity);
      case 'dispose': return this.dispose(request.orderId, identity);
      case 'query': return this.query(request.orderId, identity);
      case 'configure': return this.configure(request.text, identity);
      case 'drain': return this.drain(identity);
    }
  }

  private enable(identity: OperatorIdentity): CommandResult {
    const closed = closedGates(this.options.gates);
    if (closed.length > 0) {
      const names = closed.map(({ gate, detail }) => `${gate} (${detail})`).join(', ');
      return { ok: false, position: 0, message: `trading stays off, closed gates: ${names}`, closedGates: closed };
    }
    const position = this.options.events.tradingState(TradingState.On, -1, identity, Source.Operator);
    if (this.options.core.state.control.trading !== TradingState.On) {
      const message = 'a gate closed at this very Event; trading stays off';
      return { ok: false, position, message, closedGates: closedGates(this.options.gates) };
    }
    return done(position, 'trading is on');
  }

  private pause(identity: OperatorIdentity): CommandResult {
    if (this.options.core.state.control.trading !== TradingState.On) return refused('trading is not on');
    const position = this.options.events.tradingState(TradingState.Paused, -1, identity, Source.Operator);
    return done(position, 'paused: no new exposure; open Orders stay as they are');
  }

  private disable(identity: OperatorIdentity): CommandResult {
    const position = this.options.events.tradingState(TradingState.Off, -1, identity, Source.Operator);
    return done(position, 'trading is off; open Orders stay as they are, cancel-all ends them');
  }

  private switchStrategy(id: string, to: 'on' | 'off', identity: OperatorIdentity): CommandResult {
    const { core, events, supervision } = this.options;
    const strategy = core.state.config.strategies.findIndex((candidate) => candidate.id === id);
    if (strategy < 0) return refused(unknownName('strategy', id, core.state.config.strategies));
    const state = to === 'on' ? TradingState.On : TradingState.Off;
    const position = events.tradingState(state, strategy, identity, Source.Operator);
    if (to === 'on') supervision.reset(strategy);
    return done(position, `strategy ${id} is switched ${to}`);
  }

  /** The State-free latch first: whatever the step does, nothing but a CANCEL leaves from here on. */
  private kill(identity: OperatorIdentity): CommandResult {
    const { events, transmitter } = this.options;
    transmitter.latch();
    const position = events.killSwitch(true, identity);
    return done(position, 'the kill switch is set: nothing but cancels leaves until unkill');
  }

  private unkill(identity: OperatorIdentity): CommandResult {
    const { core, events, transmitter } = this.options;
    if (!core.state.control.killed && !transmitter.isLatched()) return refused('the kill switch is not set');
    const position = events.killSwitch(false, identity);
    transmitter.unlatch();
    return done(position, 'the kill switch is clear; trading is still off');
  }

  private cancelAll(id: string | undefined, identity: OperatorIdentity): CommandResult {
    const { core, events } = this.options;
    const venue = this.venueOf(id);
    if (venue === null) return refused(unknownName('venue', id ?? '', core.state.config.venues));
    const live = core.state.execution.orders.liveTotal;
    const position = events.operatorCommand(OperatorAction.CancelAll, venue, 0, identity, Source.Operator);
    return done(position, `cancelling ${live} live Orders`);
  }

  private async reconcile(id: string | undefined, identity: OperatorIdentity): Promise<CommandResult> {
    const { core, events, reconciler, transmitter } = this.options;
    const venue = this.venueOf(id);
    if (venue === null) return refused(unknownName('venue', id ?? '', core.state.config.venues));
    const all = core.state.config.venues.map((_venue, index) => index);
    const asked = (venue >= 0 ? [venue] : all).filter((index) => transmitter.links[index] !== null);
    if (asked.length === 0) return refused('no gateway is linked to ask');
    const position = events.operatorCommand(OperatorAction.Reconcile, venue, 0, identity, Source.Operator);
    const outcomes = asked.map((index) => {
      const outcome = new Promise<ReconciliationOutcome | null>((resolve) => this.waiting.push({ venue: index, resolve }));
      if (!reconciler.isGoing(index) && !reconciler.start(index)) this.abandoned(index);
      return outcome;
    });
    return this.reconcileResult(position, asked, await Promise.all(outcomes));
  }

  private reconcileResult(position: number, asked: readonly number[], outcomes: readonly (ReconciliationOutcome | null)[]): CommandResult {
    const lines = outcomes.map((outcome, i) => {
      const venue = this.options.core.state.config.venues[asked[i]].id;
      if (outcome === null) return `${venue}: the link went away before the answer`;
      const result = `${venue}: ${ReconciliationResult[outcome.result].toLowerCase()}, ${outcome.ordersCompared} Orders compared`;
      return outcome.detail === '' ? result : `${result}: ${outcome.detail}`;
    });
    const ok = outcomes.every((outcome) => outcome !== null && isPassed(outcome.result));
    return { ok, position, message: lines.join('; '), closedGates: [] };
  }

  private dispose(orderId: number, identity: OperatorIdentity): CommandResult {
    const order = this.options.core.state.execution.orders.get(orderId);
    if (order === undefined) return refused(`no Order ${orderId} is known`);
    if (order.terminal) return refused(`Order ${orderId} has ended already`);
    const position = this.options.events.orderDisposed(orderId, identity);
    return done(position, `Order ${orderId} is disposed of: if the Venue still has it, the next reconciliation says so`);
  }

  private query(orderId: number, identity: OperatorIdentity): CommandResult {
    const { core, events } = this.options;
    const order = core.state.execution.orders.get(orderId);
    if (order === undefined) return refused(`no Order ${orderId} is known`);
    const position = events.operatorCommand(OperatorAction.StatusQuery, order.venue, orderId, identity, Source.Operator);
    if (!this.askStatus(order.venue, orderId)) return { ok: false, position, message: 'its Venue is not linked', closedGates: [] };
    return done(position, `asked; the answer arrives as an OrderStatusReport`);
  }

  /** One StatusQuery; false when it could not be sent. */
  askStatus(venue: number, orderId: number): boolean {
    const link = this.options.transmitter.links[venue];
    if (link === null) return false;
    this.options.counters[Counter.StatusQueries] += 1;
    return link.transmit(encodeLinkMessage({ type: MessageType.StatusQuery, orderId, venueOrderId: '' })) === Transmit.Sent;
  }

  private configure(text: string, identity: OperatorIdentity): CommandResult {
    const { core, events, judgeConfiguration } = this.options;
    let change: ConfigurationChange;
    try {
      change = judgeConfiguration(text);
    } catch (error) {
      return refused(messageOf(error));
    }
    if (change.refused.length > 0) {
      return refused(`these keys cannot change while the session lives: ${change.refused.join(', ')}; end the session first`);
    }
    if (change.changed.length === 0) return refused('this Configuration is in force already');
    const version = core.state.control.configurationVersion + 1;
    const position = events.configurationChanged(version, change.json, change.hash, identity);
    this.options.adoptConfiguration(change);
    return done(position, `Configuration version ${version} is in force; changed: ${change.changed.join(', ')}`);
  }

  private async drain(identity: OperatorIdentity): Promise<CommandResult> {
    const position = this.options.core.event.position;
    const message = await this.options.drain(identity);
    return done(position, message);
  }

  /** -1: all; null: unknown. */
  private venueOf(id: string | undefined): number | null {
    if (id === undefined) return -1;
    const venue = this.options.core.state.config.venues.findIndex((candidate) => candidate.id === id);
    return venue < 0 ? null : venue;
  }
}

function done(position: number, message: string): CommandResult {
  return { ok: true, position, message, closedGates: [] };
}

function refused(message: string): CommandResult {
  return { ok: false, position: 0, message, closedGates: [] };
}

function unknownName(what: string, id: string, known: readonly { readonly id: string }[]): string {
  return `found ${what} ${JSON.stringify(id)}, expected one of: ${known.map((entry) => entry.id).join(', ')}`;
}
