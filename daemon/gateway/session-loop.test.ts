// The order in which a session hears what happens and does what is due, when the process is busy and its timers late.

import { describe, expect, test } from 'vitest';
import { SessionLoop } from './session-loop.ts';
import type { GatewayClock } from './clock.ts';

/** A clock whose timers fire only when the test says so. */
class LateClock implements GatewayClock {
  nowMs = 0;
  fire: () => void = () => undefined;

  monotonicNs(): number {
    return this.nowMs * 1e6;
  }

  unixNs(): bigint {
    return 0n;
  }

  after(_milliseconds: number, callback: () => void): () => void {
    this.fire = callback;
    return () => { this.fire = () => undefined; };
  }
}

/** Does one thing at 10 ms. */
class OneThing {
  readonly done: string[] = [];
  private isDone = false;

  advance(now: number): number {
    if (this.isDone || now < 10e6) return this.isDone ? Infinity : 10e6;
    this.isDone = true;
    this.done.push('what was due');
    return Infinity;
  }
}

describe('what is due and what is told', () => {
  test('what fell due before something happens is done before it, once, though the timer is late', () => {
    const clock = new LateClock();
    const session = new OneThing();
    const loop = new SessionLoop({ clock }, session);
    loop.advance();
    clock.nowMs = 9;
    loop.tell(() => session.done.push('early'));
    clock.nowMs = 12;
    loop.tell(() => session.done.push('late'));
    clock.fire();
    expect(session.done).toEqual(['early', 'what was due', 'late']);
  });

  test('what is told while the session is on the stack waits for its turn', () => {
    const session = new OneThing();
    const loop = new SessionLoop({ clock: new LateClock() }, session);
    loop.tell(() => {
      loop.tell(() => session.done.push('second'));
      session.done.push('first');
    });
    expect(session.done).toEqual(['first', 'second']);
  });
});
