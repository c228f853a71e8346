// Cancelling everything: tried until the Venue has done it, over a new connection when the old one went with it, more slowly
// after a while. What was wanted because the daemon was gone is no longer once it is back. Each end is told by the Venue's
// stream; what the stream does not tell is asked for.

import { AnswerClass, type RequestAnswer } from '../../event/order-adapter.ts';
import type { DeskContext } from './desk-context.ts';
import type { Outstanding } from './requests.ts';

const QUICK_ATTEMPTS = 8;
const RETRY_NS = 2e9;
const SLOW_RETRY_NS = 30e9;

interface Wanted {
  readonly reason: string;
  /** Ends with the daemon's absence. */
  readonly isForLostDaemon: boolean;
  attempts: number;
  nextAt: number;
  /** 0: none is under way. */
  requestId: number;
}

export class MassCancel {
  private readonly context: DeskContext;
  /** Null: none is wanted. */
  private wanted: Wanted | null = null;

  constructor(context: DeskContext) {
    this.context = context;
  }

  get isWanted(): boolean {
    return this.wanted !== null;
  }

  start(reason: string, isForLostDaemon = false): void {
    this.context.statistics.massCancels += 1;
    this.context.log.warn('cancelling everything at the Venue', { reason });
    this.wanted = { reason, isForLostDaemon, attempts: 0, nextAt: this.context.now, requestId: 0 };
    this.advance();
  }

  /** With this gateway or another: it decides for itself from now on, and another attempt would take Orders sent since. */
  daemonIsThere(): void {
    if (this.wanted?.isForLostDaemon !== true) return;
    if (this.wanted.requestId === 0) this.wanted = null;
    else this.wanted = { ...this.wanted, nextAt: Infinity };
  }

  /** Returns when it wants to be called again. */
  advance(): number {
    const { wanted } = this;
    const { now, gate, settings, table } = this.context;
    if (wanted === null || !gate.isReady || wanted.requestId !== 0) return Infinity;
    if (wanted.nextAt > now) return wanted.nextAt;
    wanted.attempts += 1;
    wanted.nextAt = now + retryNs(wanted.attempts);
    const request = { what: 'cancelAll', orders: table.live().map((order) => order.known()) } as const;
    const hasLeft = this.context.send(request, null, settings.requestTimeoutNs, ({ id }) => { wanted.requestId = id; });
    if (hasLeft) return Infinity;
    wanted.requestId = 0;
    return wanted.nextAt;
  }

  /** Null: no answer in time. */
  answered({ id }: Outstanding, answer: RequestAnswer | null): void {
    const { wanted } = this;
    if (wanted === null || wanted.requestId !== id) return;
    const { now, gate, log, table, settings } = this.context;
    if (answer?.class === AnswerClass.Done) {
      this.wanted = null;
      for (const order of table.live()) this.context.doubt(order, settings.requestTimeoutNs);
      return;
    }
    wanted.requestId = 0;
    const isGivenUp = wanted.nextAt === Infinity;
    wanted.nextAt = Math.max(now + retryNs(wanted.attempts), gate.cancelHoldUntil);
    const { reason, attempts } = wanted;
    log.error('cancelling everything has not worked yet', { reason, message: answer?.message ?? 'no answer in time', attempts });
    if (isGivenUp) this.wanted = null;
  }

  /** The connection went: asked again over the next one. */
  suspend(): void {
    if (this.wanted?.nextAt === Infinity) this.wanted = null;
    if (this.wanted !== null) this.wanted.requestId = 0;
  }
}

function retryNs(attempts: number): number {
  return attempts < QUICK_ATTEMPTS ? RETRY_NS : SLOW_RETRY_NS;
}
