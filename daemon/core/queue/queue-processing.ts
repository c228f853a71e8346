// Queue Processing (docs/concepts/intents-and-queue.md, EC2): inside the step, no tick. In order: validity, inflight
// gate, rate capacity, ordering; then the longest sendable prefix of each Venue is dispatched and the rest waits.

import { assert } from '../../base/assert.ts';
import { Action, CloseReason, TradingState } from '../../event/kinds.ts';
import { NO_REQUEST, type Order } from '../state/execution/order.ts';
import type { QueueEntry } from '../state/execution/queue-state.ts';
import type { State } from '../state/state.ts';
import type { ClosePort } from './admission.ts';
import { increasesExposure } from '../state/execution/exposure-change.ts';
import { lowering, Wire } from './lowering.ts';

/** Where decisions go: the outcome records. */
export interface OutcomePort extends ClosePort {
  /** Write-ahead: records IntentDispatched; the Order is Submitted at that position. `action` is what goes on the wire. */
  dispatchIntent(entry: QueueEntry, action: number): void;
}

const VALID = 0;
/** CANCEL first, then REPLACE, then NEW; FIFO within. */
const SEND_ORDER: readonly number[] = [Action.Cancel, Action.Replace, Action.New];

export class QueueProcessing {
  private readonly state: State;
  private readonly outcomes: OutcomePort;
  private readonly done: Uint8Array;
  /** Per Venue: its prefix ended, nothing more leaves in this step. */
  private readonly blocked: Uint8Array;
  /** Per Venue: Action whose lack of rate capacity ended the prefix, or −1. */
  readonly starvedAction: Int8Array;

  constructor(state: State, outcomes: OutcomePort) {
    this.state = state;
    this.outcomes = outcomes;
    this.done = new Uint8Array(state.execution.queue.capacity);
    this.blocked = new Uint8Array(state.config.venues.length);
    this.starvedAction = new Int8Array(state.config.venues.length).fill(-1);
  }

  run(now: number): void {
    // An index loop: for the few Venues there are, the built-in `fill` costs more than everything else of an idle step.
    for (let v = 0; v < this.starvedAction.length; v++) this.starvedAction[v] = -1;
    const { queue } = this.state.execution;
    if (queue.count === 0) return;
    this.closeInvalid(now);
    this.dispatchSendable(now);
    queue.removeMarked(this.done);
  }

  private closeInvalid(now: number): void {
    const { queue } = this.state.execution;
    for (let i = 0; i < queue.count; i++) {
      const entry = queue.entries[i]!;
      const reason = this.validity(entry, now);
      if (reason === VALID) continue;
      this.close(entry, reason);
      this.done[i] = 1;
    }
  }

  /** EC3: work and, where it still carries one, the NEW underneath end together, once. */
  private close(entry: QueueEntry, reason: CloseReason): void {
    const { orderId, strategy, instrument } = entry;
    if (entry.hasBase) {
      this.outcomes.closeIntent(orderId, strategy, instrument, Action.New, reason, entry.basePrice, entry.baseQuantity);
    }
    this.outcomes.closeIntent(orderId, strategy, instrument, entry.action, reason, entry.price, entry.quantity);
  }

  /** VALID, or why the entry can no longer be sent. */
  private validity(entry: QueueEntry, now: number): CloseReason {
    const order = this.state.execution.orders.get(entry.orderId);
    const live = order !== undefined && !order.terminal;
    const wire = lowering(entry.action, live, entry.hasBase);
    assert(wire !== Wire.Impossible, 'EC4: no NEW is pending for a live Order');
    if (wire === Wire.Annihilate) return CloseReason.Annihilated;
    if (wire === Wire.CloseNoTarget) return order === undefined ? CloseReason.NoTarget : CloseReason.OrderTerminal;
    const { pendingAgeMax } = this.state.config;
    if (pendingAgeMax > 0 && now - entry.admittedTime >= pendingAgeMax) return CloseReason.Expired;
    if (wire === Wire.SendCancel) return VALID;
    if (wire === Wire.SendReplace && changesNothing(entry, order!)) return CloseReason.NoChange;
    if (!this.state.control.venues[entry.venue]!.linked) return CloseReason.LinkDown;
    if (this.tradingOff && (wire !== Wire.SendReplace || increasesExposure(order!, entry.price, entry.quantity))) {
      return CloseReason.TradingOff;
    }
    return VALID;
  }

  private get tradingOff(): boolean {
    return this.state.control.killed || this.state.control.trading !== TradingState.On;
  }

  private dispatchSendable(now: number): void {
    const { queue } = this.state.execution;
    for (let v = 0; v < this.blocked.length; v++) this.blocked[v] = 0;
    for (let pass = 0; pass < SEND_ORDER.length; pass++) {
      for (let i = 0; i < queue.count; i++) {
        const entry = queue.entries[i]!;
        const action = wireAction(entry);
        if (this.done[i] !== 0 || action !== SEND_ORDER[pass] || !this.sendable(entry, action, now)) continue;
        this.outcomes.dispatchIntent(entry, action);
        this.done[i] = 1;
      }
    }
  }

  private sendable(entry: QueueEntry, action: Action, now: number): boolean {
    if (this.blocked[entry.venue] !== 0 || !this.state.control.venues[entry.venue]!.linked) return false;
    if (!this.gateOpen(entry)) return false;
    if (this.state.execution.capacity[entry.venue]!.allows(action, now)) return true;
    this.blocked[entry.venue] = 1;
    this.starvedAction[entry.venue] = action;
    return false;
  }

  /**
   * EC5: one outstanding request per Order id; an overdue one may be overtaken by a CANCEL where the Venue allows it.
   */
  private gateOpen(entry: QueueEntry): boolean {
    const order = this.state.execution.orders.get(entry.orderId);
    if (order === undefined || order.inflight === NO_REQUEST) return true;
    return entry.action === Action.Cancel && order.overdue && this.state.config.venues[entry.venue]!.cancelWhenOverdue;
  }
}

/** An entry with a base has no live Order yet: it goes out as a NEW. */
function wireAction(entry: QueueEntry): Action {
  return entry.hasBase ? Action.New : entry.action;
}

function changesNothing(entry: QueueEntry, order: Order): boolean {
  return order.inflight === NO_REQUEST && entry.price === order.price && entry.quantity === order.quantity;
}
