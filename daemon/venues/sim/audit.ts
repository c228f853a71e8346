// The Venue's independent witness of what arrived and what was answered: counters a test can hold against the
// claims of the daemon, and the wire log. Owns no behaviour.

import { Action, Kind, OrderType, Side } from '../../event/kinds.ts';
import type { DispatchedCommand } from '../../event/venue-session.ts';
import type { Outbound } from './outbound.ts';
import { FAULT_KINDS, type FaultKind } from '../../event/simulation-settings.ts';

interface AuditCounters {
  news: number;
  replaces: number;
  cancels: number;
  massCancels: number;
  statusQueries: number;
  snapshotRequests: number;
  reconciliations: number;
  /** NEW or REPLACE while a request of the same Order was unanswered: EC5 says never. */
  overlapping: number;
  /** CANCEL while a request was unanswered that no fault touched: legal only when the answer is overdue. */
  overlappingCancels: number;
  /** CANCEL while a request was unanswered whose answer a fault lost or held back. */
  overlappingAfterFault: number;
  /** NEW with an order id that was used before. */
  duplicateNews: number;
  /** REPLACE or CANCEL for an Order the Venue does not know. */
  unknownOrders: number;
  /** REPLACE or CANCEL for an Order that had ended. */
  terminalOrders: number;
  /** Requests refused by the rate limit. */
  rateLimited: number;
  /** NEW and REPLACE received after `mark()`. */
  riskAfterMark: number;
  cancelsAfterMark: number;
  /** Messages that met a lost link. */
  undelivered: number;
  emitted: number;
}

const ACTION_NAMES = ['NEW', 'REPLACE', 'CANCEL'];
const TIME_IN_FORCE_NAMES = ['GTC', 'IOC', 'FOK', 'POST_ONLY'];

export class Audit {
  readonly counters: AuditCounters = {
    news: 0, replaces: 0, cancels: 0, massCancels: 0, statusQueries: 0, snapshotRequests: 0, reconciliations: 0,
    overlapping: 0, overlappingCancels: 0, overlappingAfterFault: 0, duplicateNews: 0, unknownOrders: 0,
    terminalOrders: 0, rateLimited: 0, riskAfterMark: 0, cancelsAfterMark: 0, undelivered: 0, emitted: 0,
  };
  /** Faults that did strike. */
  readonly faults = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Record<FaultKind, number>;
  private readonly lines: string[] = [];
  private readonly linesMax: number;
  /** Lines at the end of `lines` that have not been taken. */
  private untaken = 0;
  private marked = false;
  /** Requests without an answer, by order id. */
  private readonly outstanding = new Map<number, { action: Action; faulted: boolean }>();

  constructor(linesMax: number) {
    this.linesMax = linesMax;
  }

  command(command: DispatchedCommand, symbol: string, time: bigint): void {
    const { counters } = this;
    const { action, orderId } = command;
    if (action === Action.New) counters.news += 1;
    else if (action === Action.Replace) counters.replaces += 1;
    else counters.cancels += 1;
    if (this.marked && action === Action.Cancel) counters.cancelsAfterMark += 1;
    else if (this.marked) counters.riskAfterMark += 1;
    const before = this.outstanding.get(orderId);
    if (before !== undefined) {
      if (action !== Action.Cancel) counters.overlapping += 1;
      else if (before.faulted) counters.overlappingAfterFault += 1;
      else counters.overlappingCancels += 1;
    }
    this.outstanding.set(orderId, { action, faulted: false });
    const terms = `${Side[command.side].toUpperCase()} ${OrderType[command.type].toUpperCase()} `
      + TIME_IN_FORCE_NAMES[command.timeInForce];
    this.log(time, `${ACTION_NAMES[action]} ${orderId} ${command.price} ${command.quantity} ${symbol} ${terms}`);
  }

  log(time: bigint, text: string): void {
    this.lines.push(`${time} ${text}`);
    this.untaken += 1;
    if (this.lines.length <= 2 * this.linesMax) return;
    this.lines.splice(0, this.lines.length - this.linesMax);
    this.untaken = Math.min(this.untaken, this.lines.length);
  }

  /** The answer to the outstanding request of this Order will not come, or not when it should. */
  answerFaulted(orderId: number): void {
    const request = this.outstanding.get(orderId);
    if (request !== undefined) request.faulted = true;
  }

  /** Called with each message that leaves. */
  emitted(message: Outbound): void {
    this.counters.emitted += 1;
    switch (message.kind) {
      case Kind.OrderAccepted: case Kind.OrderReplaced: case Kind.OrderCancelled: case Kind.OrderRejected:
      case Kind.CancelRejected: case Kind.ReplaceRejected: case Kind.OrderFilled: case Kind.OrderStatusReport: {
        const { orderId } = message.fields;
        const request = this.outstanding.get(orderId);
        if (request !== undefined && answers(message.kind, request.action, request.faulted)) {
          this.outstanding.delete(orderId);
        }
        break;
      }
    }
  }

  linkLost(): void {
    this.outstanding.clear();
  }

  /** From here on NEW and REPLACE count as `riskAfterMark`. */
  mark(): void {
    this.marked = true;
  }

  struck(fault: FaultKind): void {
    this.faults[fault] += 1;
  }

  /** The latest lines, at most `wireLogMax`. */
  wireLog(): string[] {
    return this.lines.slice(-this.linesMax);
  }

  /** Lines since the last call, for a host that keeps them in a file. */
  takeLines(): string[] {
    const taken = this.untaken === 0 ? [] : this.lines.slice(-this.untaken);
    this.untaken = 0;
    return taken;
  }
}

/**
 * A fill or the end of an Order implies that its NEW was accepted. A status report says where the Order stands, which
 * settles a request whose own answer went astray; a sound answer comes before the report: the channel is in order.
 */
function answers(kind: Kind, action: Action, faulted: boolean): boolean {
  if (kind === Kind.OrderStatusReport) return faulted;
  if (kind === Kind.OrderCancelled || kind === Kind.OrderRejected) return true;
  if (action === Action.New) return kind === Kind.OrderAccepted || kind === Kind.OrderFilled;
  if (action === Action.Replace) return kind === Kind.OrderReplaced || kind === Kind.ReplaceRejected;
  return kind === Kind.CancelRejected;
}
