// Asks the host for what a low-latency loop wants: a core of its own, locked memory, precise timers, priority. Each wish is
// reported as done or why not; none is a reason not to run. Called once, when every other thread exists already, because
// a thread inherits the affinity of the one that starts it.

import { promises } from 'node:fs';
import { constants } from 'node:os';
import type { Addon } from '../binding/addon.ts';

interface HostWishes {
  /** -1: not pinned. */
  readonly cpu: number;
  readonly lockMemory: boolean;
  /** 0: normal scheduling. */
  readonly fifoPriority: number;
  /** ns. */
  readonly timerSlack: number;
}

interface WishResult {
  readonly wish: string;
  readonly done: boolean;
  /** Why not, or ''. */
  readonly detail: string;
}

const POOL_THREADS = 4;

/** Starts libuv's pool while the main thread may still run everywhere. */
export async function startThreadPool(): Promise<void> {
  await Promise.all(Array.from({ length: POOL_THREADS }, () => promises.stat('/')));
}

export function setUpHost(thread: Addon['thread'], wishes: HostWishes): WishResult[] {
  const results = [result('core dumps off', thread.disableCoreDump())];
  results.push(result(`timer slack ${wishes.timerSlack} ns`, thread.setTimerSlack(wishes.timerSlack)));
  if (wishes.lockMemory) results.push(result('memory locked', thread.lockMemory()));
  if (wishes.cpu >= 0) results.push(pin(thread, wishes.cpu));
  if (wishes.fifoPriority > 0) results.push(result(`SCHED_FIFO ${wishes.fifoPriority}`, thread.setFifo(wishes.fifoPriority)));
  return results;
}

function pin(thread: Addon['thread'], cpu: number): WishResult {
  const allowed = thread.allowedCpus();
  if (allowed.includes(cpu)) return result(`pinned to CPU ${cpu}`, thread.pin(cpu));
  return { wish: `pinned to CPU ${cpu}`, done: false, detail: `this process may run on CPUs ${allowed.join(', ')} only` };
}

function result(wish: string, status: number): WishResult {
  if (status >= 0) return { wish, done: true, detail: '' };
  const name = Object.entries(constants.errno).find(([, number]) => number === -status)?.[0] ?? `errno ${-status}`;
  return { wish, done: false, detail: name === 'EPERM' ? 'not permitted (EPERM)' : name };
}
