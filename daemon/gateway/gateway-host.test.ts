// The host between a real link and a session: order of calls, and what happens to a session when the link does not
// last.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EventEncoder } from '../event/encode.ts';
import { MessageType, RefusalCode } from '../event/link-message.ts';
import type { DispatchedCommand, VenueOutput, VenueSession, VenueWelcome } from '../event/venue-session.ts';
import { until } from '../test/until.ts';
import { SILENT_LOG } from './gateway-log.ts';
import { GatewayHost } from './gateway-host.ts';
import { Redactor } from './redaction.ts';
import { GatewayFailure } from './session-loop.ts';
import { TestClock } from './test-clock.fixture.ts';
import { TestDaemon } from './test-daemon.fixture.ts';

/** Writes down every call; does what `onCall` says when one comes. */
class NotedSession implements VenueSession {
  readonly calls: string[] = [];
  output: VenueOutput | null = null;
  due = Infinity;
  onCall: (call: string) => void = () => undefined;
  private depth = 0;
  private waiting: (() => void)[] = [];

  start(welcome: VenueWelcome, output: VenueOutput): void {
    this.output = output;
    this.note(`start ${welcome.sessionId}`);
  }
  stop(): void { this.note('stop'); }
  startAlone(): void { this.note('alone'); }
  onSecond(isSecond: boolean): void { this.note(isSecond ? 'second' : 'not second'); }
  onDispatch(command: DispatchedCommand): void { this.note(`dispatch ${command.orderId} at ${command.price}`); }
  onStatusQuery(orderId: number): void { this.note(`query ${orderId}`); }
  onMassCancel(reason: string): void { this.note(`mass cancel ${reason}`); }
  onSnapshotRequest(instrument: number): void { this.note(`snapshot ${instrument}`); }
  onReconcileRequest(id: number, orderIds: readonly number[]): void {
    this.note(`reconcile ${id} [${orderIds.join(' ')}]`);
  }
  advance(now: number): number {
    if (now < this.due) return this.due;
    this.due = Infinity;
    this.note(`advance ${now}`);
    return this.due;
  }

  async until(call: string): Promise<void> {
    while (!this.calls.includes(call)) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private note(call: string): void {
    expect(this.depth, `${call} while the session is busy`).toBe(0);
    this.depth += 1;
    this.calls.push(call);
    try {
      this.onCall(call);
    } finally {
      this.depth -= 1;
      const { waiting } = this;
      this.waiting = [];
      for (const resolve of waiting) resolve();
    }
  }
}

let daemon: TestDaemon;
let clock: TestClock;
let session: NotedSession;
let host: GatewayHost;
const encoder = new EventEncoder();

beforeEach(async () => {
  daemon = await TestDaemon.listen();
  clock = new TestClock();
  session = new NotedSession();
  host = new GatewayHost({
    url: daemon.url, venue: 'sim', token: 't', build: '0', clock, random: () => 0.5, log: SILENT_LOG,
  }, session);
});
afterEach(async () => {
  await host.stop('end of test');
  await daemon.close();
});

test('the daemon\'s requests reach the session in order, numbers as numbers', async () => {
  host.start();
  await session.until('start s-1');
  daemon.socket.send(encoder.intentDispatched({
    orderId: 2_199_023_255_617, strategy: -1, instrument: 0, venue: 2, action: 0, side: 0, type: 0, timeInForce: 0,
    price: 9_007_199_254_740_991, quantity: 1,
  }));
  daemon.send({ type: MessageType.StatusQuery, orderId: 5, venueOrderId: '' });
  daemon.send({ type: MessageType.MassCancel, reason: 'kill' });
  daemon.send({ type: MessageType.SnapshotRequest, instrument: 3 });
  daemon.send({ type: MessageType.ReconcileRequest, id: 8, orderIds: [5, 6], since: 0n });
  await session.until('reconcile 8 [5 6]');
  expect(session.calls).toEqual([
    'start s-1', 'dispatch 2199023255617 at 9007199254740991', 'query 5', 'mass cancel kill', 'snapshot 3',
    'reconcile 8 [5 6]',
  ]);
});

describe('without a daemon', () => {
  const dial = (url: string, more: object): void => {
    host = new GatewayHost({ url, venue: 'sim', token: 't', build: '0', clock, random: () => 0.5, log: SILENT_LOG, ...more }, session);
    host.connectVenue({
      transmit: () => false, request: () => 0, redial: () => undefined, redact: () => undefined,
      beforeStart: () => undefined, started: () => session.calls.push('dial'),
    });
    host.start();
  };

  test('the session is told once the time is over, and then the Venue dialled; a daemon may come later', async () => {
    dial(daemon.url, { aloneAfterMs: 100 });
    clock.pass(99);
    expect(session.calls).toEqual([]);
    clock.pass(1);
    expect(session.calls).toEqual(['alone', 'dial']);
    await session.until('start s-1');
    expect(session.calls).toEqual(['alone', 'dial', 'start s-1', 'dial']);
  });

  test('a daemon that came in time: never', async () => {
    dial(daemon.url, { aloneAfterMs: 100 });
    await session.until('start s-1');
    clock.pass(100);
    expect(session.calls).toEqual(['start s-1', 'dial']);
  });

  describe('that has another gateway of this Venue', () => {
    const refusal = { type: MessageType.Refusal, code: RefusalCode.AlreadyLinked, message: 'one gateway per Venue' } as const;

    test('the Orders at the Venue are not ours: never, however long it lasts', async () => {
      daemon.answer = () => refusal;
      dial(daemon.url, { aloneAfterMs: 100 });
      await session.until('second');
      for (const dial of [2, 3, 4]) {
        await until(`dial ${dial}`, () => {
          clock.pass(1);
          return daemon.hellos.length === dial;
        });
        clock.pass(1000);
      }
      expect(session.calls).toEqual(['second']);
    });

    test('after a while alone: the session is told to let go', async () => {
      daemon.answer = () => refusal;
      dial(daemon.url, { aloneAfterMs: 100 });
      clock.pass(100);
      await session.until('second');
      expect(session.calls).toEqual(['alone', 'dial', 'second']);
    });

    test('until that daemon is gone', async () => {
      daemon.answer = () => refusal;
      dial(daemon.url, { aloneAfterMs: 100 });
      await session.until('second');
      daemon.answer = () => ({ type: MessageType.Refusal, code: RefusalCode.NotReady, message: 'later' });
      await until('the session to be alone', () => {
        clock.pass(1);
        return session.calls.includes('alone');
      });
      expect(session.calls).toEqual(['second', 'not second', 'alone', 'dial']);
    });
  });

  test('a policy that keeps Orders: never', () => {
    dial('ws://127.0.0.1:1', {});
    clock.pass(3_600_000);
    expect(session.calls).toEqual([]);
  });
});

test('what the session says arrives in the order it was said', async () => {
  session.onCall = () => {
    session.output?.emit(encoder.instrumentStatus({ instrument: 1, state: 1, eventTime: 0 }));
    session.output?.reconcileEnd(3, true, '');
    session.output?.emit(encoder.instrumentStatus({ instrument: 2, state: 1, eventTime: 0 }));
  };
  host.start();
  await daemon.until(() => daemon.events.length === 2);
  expect(daemon.events.map((event) => event.slice(0, 29))).toEqual([
    'InstrumentStatus instrument=1', 'InstrumentStatus instrument=2']);
  expect(daemon.messages.some((message) => message.type === MessageType.ReconcileEnd)).toBe(true);
});

test('a session that wants to be called later is, and not before', async () => {
  session.due = 2_000_000;
  host.start();
  clock.pass(1);
  expect(session.calls).toEqual([]);
  clock.pass(1);
  expect(session.calls).toEqual(['advance 2000000']);
});

test('the Venue is lost in the middle of a call: the session is stopped once it returned', async () => {
  host.start();
  await session.until('start s-1');
  session.onCall = (call) => { if (call === 'mass cancel x') session.output?.disconnect(2000, 'injected'); };
  daemon.send({ type: MessageType.MassCancel, reason: 'x' });
  await session.until('stop');
  expect(session.calls).toEqual(['start s-1', 'mass cancel x', 'stop']);
  await daemon.until(() => daemon.socket.readyState === 3);
  clock.pass(1999);
  await new Promise(setImmediate);
  expect(daemon.sockets).toHaveLength(1);
  clock.pass(1);
  await daemon.until(() => daemon.hellos.length === 2);
});

test('SEC-1: a secret in the Venue\'s words is masked before the daemon hears and records them', async () => {
  const redactor = new Redactor();
  redactor.register('api-key', 'canary-of-an-api-key');
  host = new GatewayHost({
    url: daemon.url, venue: 'sim', token: 't', build: '0', clock, random: () => 0.5, log: SILENT_LOG, redactor,
  }, session);
  session.onCall = () => {
    session.output?.emit(encoder.orderRejected({
      orderId: 7, reason: 1, eventTime: 0, captureTime: 0, message: 'no key canary-of-an-api-key; canary-of-an',
    }));
    session.output?.reconcileEnd(3, false, 'refused: canary-of-an-api-key');
  };
  host.start();
  await daemon.until(() => daemon.events.length > 0 && daemon.messages.some(({ type }) => type === MessageType.ReconcileEnd));
  expect(daemon.events[0]).toMatch(/^OrderRejected orderId=7 .*message="no key \*{20}; \*{12}"/);
  expect(daemon.messages.find(({ type }) => type === MessageType.ReconcileEnd)).toMatchObject({ message: 'refused: <redacted:api-key>' });
});

describe('what cannot be mended by dialling again', () => {
  test('a refusal ends the gateway with its reason', async () => {
    const message = 'expected one of: kraken';
    daemon.answer = () => ({ type: MessageType.Refusal, code: RefusalCode.UnknownVenue, message });
    host.start();
    await expect(host.failure).rejects.toThrow(
      new GatewayFailure('the daemon refused this gateway: UnknownVenue: expected one of: kraken'));
  });

  test('a session that contradicts the Welcome ends the gateway with its reason', async () => {
    session.onCall = () => { throw new RangeError('BTC/USD has bookDepth 20'); };
    host.start();
    await expect(host.failure).rejects.toThrow('BTC/USD has bookDepth 20');
  });
});
