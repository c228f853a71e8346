// Cancelling everything: tried until the Venue has done it, over a new connection when the old one went with it, but not
// forever. Each end is told by the Venue's stream; what the stream does not tell is asked for.

import { AnswerClass, type RequestAnswer } from '../../event/order-adapter.ts';
import type { DeskContext } from './desk-context.ts';
import type { Outstanding } from './requests.ts';

const ATTEMPTS_MAX = 8;
const RETRY_NS = 2e9;

export class MassCancel {
  private readonly context: DeskContext;
  /** Null: none is wanted. `requestId` 0: none is under way. */
  private wanted: { readonly reason: string; attempts: number; nextAt: number; requestId: number } | null = null;

  constructor(context: DeskContext) {
    this.context = context;
  }

  start(reason: string): void {
    this.context.log.warn('cancelling everything at the Venue', { reason });
    this.wanted = { reason, attempts: 0, nextAt: this.context.now, requestId: 0 };
    this.advance();
  }

  /** Returns when it wants to be called again. */
  advance(): number {
    const { wanted } = this;
    const { now, gate, settings } = this.context;
    if (wanted === null || !gate.isReady || wanted.requestId !== 0) return Infinity;
    if (wanted.nextAt > now) return wanted.nextAt;
    wanted.attempts += 1;
    wanted.nextAt = now + RETRY_NS;
    const hasLeft = this.context.send({ what: 'cancelAll' }, null, settings.requestTimeoutNs, ({ id }) => { wanted.requestId = id; });
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
    wanted.nextAt = Math.max(now + RETRY_NS, gate.holdUntil);
    const { reason, attempts } = wanted;
    log.error('cancelling everything has not worked yet', { reason, message: answer?.message ?? 'no answer in time', attempts });
    if (attempts >= ATTEMPTS_MAX) this.wanted = null;
  }

  /** The connection went: asked again over the next one. */
  suspend(): void {
    if (this.wanted !== null) this.wanted.requestId = 0;
  }
}
