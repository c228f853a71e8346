// Calls one Venue session, never twice at once, and owns its one timer. Whatever falls due while the session is on the
// stack waits until it has returned. Knows no link, no socket and no Venue.

import { messageOf } from '../base/thrown.ts';
import type { GatewayClock } from './clock.ts';

/** Why the gateway cannot go on, in words for an operator. */
export class GatewayFailure extends Error {
  override readonly name = 'GatewayFailure';
}

/** The longest a timer waits: setTimeout takes 31 bits, and a session may say Infinity. */
const TIMER_MS_MAX = 60_000;

export interface SessionTime {
  readonly clock: GatewayClock;
  /**
   * The session's time when it is not the clock's: fed from a capture, a session lives in the capture's time, so that
   * every speed gives the same Events. Whoever supplies it also calls `advance`.
   */
  readonly timeline?: { now(): number };
}

export class SessionLoop {
  /** Rejects with a GatewayFailure when going on cannot help; never resolves. */
  readonly failure: Promise<never>;
  private readonly time: SessionTime;
  private readonly session: { advance(now: number): number };
  private reject: (failure: GatewayFailure) => void = () => undefined;
  private inSession = false;
  private due: (() => void)[] = [];
  private wakeMs = Infinity;
  private cancelTimer: () => void = () => undefined;

  constructor(time: SessionTime, session: { advance(now: number): number }) {
    this.time = time;
    this.session = session;
    this.failure = new Promise((_, reject) => { this.reject = reject; });
    this.failure.catch(() => undefined);
  }

  now(): number {
    return this.time.timeline?.now() ?? this.time.clock.monotonicNs();
  }

  fail(reason: string, cause?: unknown): void {
    this.reject(new GatewayFailure(reason, { cause }));
  }

  stop(): void {
    this.cancelTimer();
    this.wakeMs = Infinity;
  }

  /** Runs `call` against the session; a session that fails ends the gateway, not in the middle of something else. */
  enter(call: () => void): void {
    const nested = this.inSession;
    this.inSession = true;
    try {
      call();
    } catch (error) {
      this.fail(messageOf(error), error);
    } finally {
      this.inSession = nested;
    }
    if (nested) return;
    for (let next = this.due.shift(); next !== undefined; next = this.due.shift()) this.enter(next);
  }

  /**
   * Runs `call` against the session once it is not on the stack, and then what it has due. What fell due before comes
   * first, however late the timer is: fed from its recording, the session will see the same order.
   */
  tell(call: () => void): void {
    if (this.inSession) {
      this.due.push(call);
      return;
    }
    if (this.wakeMs !== Infinity && this.now() >= this.wakeMs * 1e6) this.advance();
    this.enter(call);
    this.advance();
  }

  /** Does what the session has due, and sleeps until it has more. */
  advance(): void {
    if (this.inSession) return;
    let due = Infinity;
    this.enter(() => { due = this.session.advance(this.now()); });
    if (this.time.timeline !== undefined) return;
    const nowMs = this.now() / 1e6;
    // A timer that fires early is harmless and moving it for every frame is not: only an earlier moment moves it.
    const wakeMs = Math.min(nowMs + TIMER_MS_MAX, Math.max(nowMs, due / 1e6));
    if (wakeMs >= this.wakeMs) return;
    this.cancelTimer();
    this.wakeMs = wakeMs;
    this.cancelTimer = this.time.clock.after(Math.ceil(wakeMs - nowMs), () => {
      this.wakeMs = Infinity;
      this.advance();
    });
  }
}
