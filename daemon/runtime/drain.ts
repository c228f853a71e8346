// Ends a session in order: trading draining, everything cancelled, wait until every Order is terminal or the time is up,
// SessionEnded when none is live; otherwise the session stays open and the next start takes it up. Runs once.

import { performance } from 'node:perf_hooks';
import type { Core } from '../core/core.ts';
import { OperatorAction, SessionEnd, Source } from '../event/kinds.ts';
import type { LogPort } from './log-port.ts';
import type { Actor, OwnEvents } from './own-events.ts';

interface DrainOptions {
  readonly core: Core;
  readonly events: OwnEvents;
  readonly log: LogPort;
  readonly waitMsMax: number;
}

interface DrainResult {
  readonly ended: boolean;
  /** One sentence for the operator. */
  readonly message: string;
}

const LOOK_MS = 5;

export async function drain(options: DrainOptions, end: SessionEnd, actor: Actor): Promise<DrainResult> {
  const { core, events, log } = options;
  const source = end === SessionEnd.Drained ? Source.Operator : Source.Runtime;
  events.operatorCommand(OperatorAction.Drain, -1, 0, actor, source);
  const { orders, queue } = core.state.execution;
  const deadline = performance.now() + options.waitMsMax;
  while ((orders.liveTotal > 0 || queue.count > 0) && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  if (orders.liveTotal > 0) {
    const message = `${orders.liveTotal} Orders did not end within ${options.waitMsMax / 1000} s; the session stays open `
      + 'and the next start takes it up and reconciles';
    log.warn({ live: orders.liveTotal }, message);
    return { ended: false, message };
  }
  events.sessionEnded(end, actor);
  return { ended: true, message: 'every Order has ended; the session is closed' };
}
