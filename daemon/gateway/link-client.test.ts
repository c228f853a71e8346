// The link client against a real WebSocket server: handshake, refusals, heartbeats, redial, hostile daemons.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EventEncoder } from '../event/encode.ts';
import type { IntentDispatchedFields } from '../event/event-fields.ts';
import { SCHEMA_HASH } from '../event/kinds.ts';
import {
  encodeLinkMessage, ErrorCode, MessageType, RefusalCode, type LinkMessage, type Refusal, type Welcome,
} from '../event/link-message.ts';
import { SILENT_LOG } from './gateway-log.ts';
import { LinkClient, type LinkListener } from './link-client.ts';
import { TestClock } from './test-clock.fixture.ts';
import { TestDaemon, WELCOME } from './test-daemon.fixture.ts';

/** Keeps what the client told, and lets a test wait for it. */
class Listener implements LinkListener {
  readonly told: string[] = [];
  readonly dispatched: IntentDispatchedFields[] = [];
  private waiting: (() => void)[] = [];

  onWelcome(welcome: Welcome): void { this.tell(`welcome ${welcome.sessionId}`); }
  onDown(reason: string): void { this.tell(`down: ${reason}`); }
  onMessage(message: LinkMessage): void { this.tell(MessageType[message.type]); }
  onDrained(instrument: number): void { this.tell(`drained ${instrument}`); }
  onSecond(isSecond: boolean): void { this.tell(isSecond ? 'second' : 'alone again'); }
  onRefused(refusal: Refusal): void { this.tell(`refused ${RefusalCode[refusal.code]}: ${refusal.message}`); }
  onDispatch(command: IntentDispatchedFields): void {
    this.dispatched.push(command);
    this.tell('dispatch');
  }

  async until(count: number): Promise<void> {
    while (this.told.length < count) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private tell(what: string): void {
    this.told.push(what);
    const { waiting } = this;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}

let daemon: TestDaemon;
let clock: TestClock;
let listener: Listener;
let clients: LinkClient[];
const encoder = new EventEncoder();

beforeEach(async () => {
  daemon = await TestDaemon.listen();
  clock = new TestClock();
  listener = new Listener();
  clients = [];
});
afterEach(async () => {
  for (const client of clients) await client.stop('end of test');
  await daemon.close();
});

function dial(extra: { token?: string; schemaHash?: string } = {}): LinkClient {
  const client = new LinkClient({
    url: daemon.url, venue: 'sim', token: extra.token ?? 'secret', build: '0.1.0', clock, random: () => 0.5,
    log: SILENT_LOG, schemaHash: extra.schemaHash ?? SCHEMA_HASH,
  }, listener);
  clients.push(client);
  client.start();
  return client;
}

function dispatchFrame(): Uint8Array {
  return EventEncoder.copyOf(encoder.intentDispatched({
    orderId: 2_199_023_255_617, strategy: 0, instrument: 1, venue: 2, action: 0, side: 1, type: 0, timeInForce: 3,
    price: 100, quantity: 5,
  }));
}

describe('handshake', () => {
  test('Hello says who, which schema and the token; Welcome makes the link', async () => {
    const client = dial();
    await listener.until(1);
    expect(daemon.hellos).toEqual([{
      type: MessageType.Hello, protocolVersion: 1, schemaHash: SCHEMA_HASH, venue: 'sim', gatewayBuild: '0.1.0',
      token: 'secret',
    }]);
    expect(client.linked).toBe(true);
  });

  test.each([
    [RefusalCode.Token, { token: 'wrong' }], [RefusalCode.SchemaHash, { schemaHash: 'old' }],
  ])('a refusal that will not change (%s) ends the dialling and says why', async (code, extra) => {
    daemon.answer = () => ({ type: MessageType.Refusal, code, message: 'because' });
    const client = dial(extra);
    await listener.until(1);
    expect(listener.told).toEqual([`refused ${RefusalCode[code]}: because`]);
    clock.pass(60_000);
    expect(daemon.hellos).toHaveLength(1);
    expect(client.linked).toBe(false);
  });

  const passing = [RefusalCode.AlreadyLinked, RefusalCode.NotReady];
  test.each(passing)('a passing refusal (%s) is dialled again', async (code) => {
    const refusal: Refusal = { type: MessageType.Refusal, code, message: 'later' };
    daemon.answer = () => (daemon.hellos.length === 1 ? refusal : WELCOME);
    dial();
    await daemon.until(() => daemon.hellos.length === 1 && daemon.sockets[0].readyState === 3);
    await redialled(2);
    const expected = code === RefusalCode.AlreadyLinked ? ['second', 'welcome s-1'] : ['welcome s-1'];
    await listener.until(expected.length);
    expect(listener.told).toEqual(expected);
  });

  test('a daemon that never answers is given up after the greeting time, and dialled again', async () => {
    daemon.answer = () => undefined;
    dial();
    await daemon.until(() => daemon.hellos.length === 1);
    clock.pass(5000);
    await redialled(2);
  });

  test('a text frame ends the link: nothing of the protocol is text', async () => {
    dial();
    await listener.until(1);
    daemon.socket.send('hello');
    await listener.until(2);
    expect(listener.told[1]).toBe('down: bad frame from the daemon: found a text frame, expected binary frames only');
  });
});

/** Lets the backoff pass until the daemon has `count` connections. */
async function redialled(count: number): Promise<void> {
  while (daemon.sockets.length < count) {
    clock.pass(100);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('a lost link', () => {
  test('the server drops: told once, dialled again, welcomed again', async () => {
    dial();
    await listener.until(1);
    daemon.socket.terminate();
    await listener.until(2);
    await redialled(2);
    await listener.until(3);
    expect(listener.told).toEqual(['welcome s-1', 'down: closed by the daemon: 1006', 'welcome s-1']);
  });

  test('what the daemon said before it closed is the reason', async () => {
    dial();
    await listener.until(1);
    daemon.send({ type: MessageType.LinkError, code: ErrorCode.WrongVenue, message: 'instrument 7 is not yours' });
    daemon.socket.close(1008);
    await listener.until(2);
    expect(listener.told[1]).toBe('down: WrongVenue: instrument 7 is not yours');
  });

  test('redials wait longer and longer, within bounds, and begin afresh after a Welcome', async () => {
    const { port } = daemon;
    dial();
    await listener.until(1);
    await daemon.close();
    await listener.until(2);
    for (let attempt = 0; attempt < 9; attempt += 1) {
      const before = clock.delays.length;
      clock.pass(clock.delays[before - 1]);
      while (clock.delays.length < before + 2) await new Promise((resolve) => setImmediate(resolve));
    }
    const waits = clock.delays.filter((delay) => delay !== 5000 && delay !== 1000);
    expect(waits).toEqual([75, 150, 300, 600, 1200, 2400, 3750, 3750, 3750, 3750]);
    daemon = await TestDaemon.listen(port);
    clock.pass(3750);
    await listener.until(3);
    daemon.socket.terminate();
    await listener.until(4);
    expect(clock.delays.at(-1)).toBe(75);
  });

  test('drop() keeps away for as long as it was asked', async () => {
    const client = dial();
    await listener.until(1);
    client.drop(4000, 'the Venue is gone');
    clock.pass(3999);
    await new Promise((resolve) => setImmediate(resolve));
    expect(daemon.sockets).toHaveLength(1);
    clock.pass(1);
    await daemon.until(() => daemon.sockets.length === 2);
  });
});

describe('heartbeats', () => {
  test('one leaves every interval, with the sender\'s Unix time', async () => {
    dial();
    await listener.until(1);
    for (let beat = 0; beat < 3; beat += 1) {
      daemon.send({ type: MessageType.Heartbeat, sentTime: 1n });
      await daemon.until(() => daemon.messages.length === beat + 2);
      clock.pass(1000);
    }
    await daemon.until(() => daemon.messages.length === 5);
    const times = daemon.messages.slice(1).map((message) => message.type === MessageType.Heartbeat && message.sentTime);
    expect(times).toEqual([0n, 1000n, 2000n, 3000n].map((ms) => 1_753_000_000_000_000_000n + ms * 1_000_000n));
  });

  test('a daemon silent for five intervals is told so and left', async () => {
    dial();
    await listener.until(1);
    clock.pass(5000);
    expect(listener.told).toHaveLength(1);
    clock.pass(1000);
    expect(listener.told[1]).toBe('down: nothing heard from the daemon for 6000 ms');
    await daemon.until(() => daemon.messages.at(-1)?.type === MessageType.LinkError);
    expect(daemon.messages.at(-1)).toMatchObject({ code: ErrorCode.HeartbeatTimeout });
  });
});

describe('what the daemon sends', () => {
  test('commands and requests reach the listener in order', async () => {
    dial();
    await listener.until(1);
    daemon.socket.send(dispatchFrame());
    daemon.send({ type: MessageType.StatusQuery, orderId: 1, venueOrderId: '' });
    daemon.send({ type: MessageType.MassCancel, reason: 'kill' });
    daemon.send({ type: MessageType.ReconcileRequest, id: 1, orderIds: [1], since: 0n });
    daemon.send({ type: MessageType.SnapshotRequest, instrument: 1 });
    await listener.until(6);
    expect(listener.told.slice(1))
      .toEqual(['dispatch', 'StatusQuery', 'MassCancel', 'ReconcileRequest', 'SnapshotRequest']);
    expect(listener.dispatched[0]).toMatchObject({ orderId: 2_199_023_255_617n, price: 100n, timeInForce: 3 });
  });

  test.each([
    ['random bytes', () => new Uint8Array([1, 2, 3]), ErrorCode.Malformed],
    ['a cut Event', () => dispatchFrame().subarray(0, 40), ErrorCode.Malformed],
    ['an Event no gateway is sent', () => EventEncoder.copyOf(encoder.controlTime({ reason: 0, deadline: 0 })),
      ErrorCode.UnexpectedMessage],
    ['a message no gateway is sent',
      () => encodeLinkMessage({ type: MessageType.ReconcileEnd, id: 1, complete: true, message: '' }),
      ErrorCode.UnexpectedMessage],
    ['a second Welcome', () => encodeLinkMessage(WELCOME), ErrorCode.UnexpectedMessage],
  ] as const)('%s: answered with the error, the link is left', async (_, frame, code) => {
    dial();
    await listener.until(1);
    daemon.socket.send(frame());
    await listener.until(2);
    expect(listener.told[1]).toContain('down: bad frame from the daemon');
    await daemon.until(() => daemon.messages.at(-1)?.type === MessageType.LinkError);
    expect(daemon.messages.at(-1)).toMatchObject({ code });
    expect(listener.dispatched).toEqual([]);
  });
});
