// Holds a journal against the position limits, without Risk: folds it record by record and adds up, at every request that
// left, what the instrument's live Orders could lead to. A fill nobody could foresee (its Order had ended, as far as anyone
// knew) is the Venue's doing and widens the bound by its quantity.

import { addon } from '../binding/addon.ts';
import { resolveRecorded } from '../configuration/configuration.ts';
import { ORDER_ID_SESSION, ORDER_IDS_PER_INPUT } from '../core/intent/intent.ts';
import type { Core } from '../core/core.ts';
import { Slot, Status } from '../event/generated/view_generated.ts';
import { Action, Kind, RecordClass, Side } from '../event/kinds.ts';
import { probe } from './journal-contents.ts';
import { createCoreHost } from '../runtime/core-host.ts';

export interface ExposureAudit {
  /** NEW and REPLACE that were looked at. */
  readonly requests: number;
  /** Per instrument, the largest share of its limit that was used, 0 … 1. */
  readonly used: readonly number[];
  /** Quantity of fills nobody could foresee, per instrument. */
  readonly unforeseen: readonly number[];
}

/** The limits of each instrument, and since which input they are in force. */
interface LimitChange {
  readonly sinceInput: number;
  readonly positionMax: readonly number[];
}

class Auditor {
  readonly core: Core;
  readonly used: number[];
  readonly unforeseen: number[];
  requests = 0;
  inputs = 0;
  private readonly changes: LimitChange[] = [];

  constructor(core: Core) {
    this.core = core;
    this.used = core.state.config.instruments.map(() => 0);
    this.unforeseen = core.state.config.instruments.map(() => 0);
    this.noteLimits();
  }

  fold(recordClass: number): void {
    const { event, state } = this.core;
    const { kind } = event;
    if (recordClass === RecordClass.Input) this.inputs += 1;
    const held = kind === Kind.OrderFilled ? state.execution.positions.of.map(({ quantity }) => quantity) : null;
    const order = kind === Kind.OrderFilled ? state.execution.orders.get(event.orderId) : undefined;
    const foreseen = order !== undefined && !order.terminal && order.filled + event.quantity <= order.quantity;
    this.core.fold();
    if (held !== null && !foreseen) {
      held.forEach((before, i) => { this.unforeseen[i] += Math.abs(state.execution.positions.of[i].quantity - before); });
    }
    if (kind === Kind.ConfigurationChanged) this.noteLimits();
    if (kind === Kind.IntentDispatched && event.action !== Action.Cancel) this.judge();
  }

  private noteLimits(): void {
    const { instruments } = this.core.state.config;
    this.changes.push({ sinceInput: this.inputs, positionMax: instruments.map(({ limits }) => limits.positionMax) });
  }

  /**
   * What the request at hand can lead to with all that live on its side: within the limits in force since its Order was
   * thought of. The other side it does not make worse, and what only brings the position nearer to zero may always go.
   */
  private judge(): void {
    const { event, state } = this.core;
    const { instrument, orderId } = event;
    const { orders, positions } = state.execution;
    const { side, worstRemaining } = orders.get(orderId)!;
    const held = side === Side.Buy ? positions.of[instrument].quantity : -positions.of[instrument].quantity;
    if (worstRemaining <= -held) return;
    let worst = held;
    for (let i = 0; i < orders.liveCount[instrument]; i += 1) {
      const order = orders.liveAt(instrument, i);
      if (order.side === side) worst += order.worstRemaining;
    }
    const limit = this.limitSince(instrument, orderId);
    this.requests += 1;
    this.used[instrument] = Math.max(this.used[instrument], worst / limit);
    if (worst > limit + this.unforeseen[instrument]) {
      throw new Error(`position ${event.position}: ${Action[event.action]} of Order ${orderId} can lead to ${worst} `
        + `of instrument ${instrument}, expected at most ${limit} and ${this.unforeseen[instrument]} that was filled after the end`);
    }
  }

  private limitSince(instrument: number, orderId: number): number {
    const thoughtOf = Math.floor((orderId % ORDER_ID_SESSION) / ORDER_IDS_PER_INPUT);
    const inForce = this.changes.filter((_, i) => {
      const next = this.changes[i + 1];
      return next === undefined || next.sinceInput >= thoughtOf;
    });
    return Math.max(...inForce.map(({ positionMax }) => positionMax[instrument]));
  }
}

/** Throws at the first request that was too much. */
export function auditExposure(path: string): ExposureAudit {
  const { started } = probe(path);
  if (started === null) throw new Error(`${path}: no SessionStarted`);
  const config = resolveRecorded(started.configuration);
  const event = addon.createEvent();
  const { core } = createCoreHost({
    addon, event, config, strategies: config.strategies.map(() => null), sink: { appendOutcome: () => Status.Unsupported },
    decodeConfiguration: resolveRecorded,
  });
  const reader = addon.openReader(event, path);
  const auditor = new Auditor(core);
  try {
    while (reader.next() > 0) auditor.fold(event.input[Slot.Class]);
  } finally {
    reader.close();
  }
  return auditor;
}
