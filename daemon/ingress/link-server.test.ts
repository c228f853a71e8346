// The link over real sockets: every refusal, every kind of hostile frame, floods, silence. After each the stream holds what
// it held before: nothing of a bad frame is applied.

import { afterEach, describe, expect, test } from 'vitest';
import { Prng } from '../base/prng.ts';
import { addon } from '../binding/addon.ts';
import { EventEncoder } from '../event/encode.ts';
import { Counter } from '../event/counters.ts';
import { FeedReason, FeedState, Kind, Liquidity, OperatorAction, Side, TradingState } from '../event/kinds.ts';
import { encodeLinkMessage, ErrorCode, MessageType, RefusalCode } from '../event/link-message.ts';
import { until } from '../test/until.ts';
import { hello, Rig } from './link-server.fixture.ts';

const encoder = new EventEncoder();
const bytes = (view: Uint8Array): Uint8Array => EventEncoder.copyOf(view);

function delta(instrument: number, price = 100): Uint8Array {
  return bytes(encoder.bookDelta({
    instrument, eventTime: 0, captureTime: 0, previous: 0, sequence: 0, bids: [{ price, quantity: 5 }], asks: [],
  }));
}
function accepted(orderId: number | bigint): Uint8Array {
  return bytes(encoder.orderAccepted({ orderId, eventTime: 0, captureTime: 0, venueOrderId: 'v' }));
}

let rig: Rig;
afterEach(async () => { await rig.close(); });
const start = async (options = {}): Promise<Rig> => {
  rig = await new Rig(options).listen();
  return rig;
};

describe('hello', () => {
  test('a right Hello is welcomed with what its Venue needs, and the link is reported up', async () => {
    await start();
    const client = await rig.link('beta');
    const welcome = await client.message(MessageType.Welcome);
    expect(welcome).toMatchObject({ sessionId: 's', sessionOrdinal: 1, venue: 1 });
    expect(welcome.instruments.map((entry) => entry.symbol)).toEqual(['S1']);
    expect(welcome.currencies).toHaveLength(2);
    expect(rig.reported).toEqual(['up 1 g1']);
  });

  test.each([
    ['protocol version', { protocolVersion: 9 }, RefusalCode.ProtocolVersion, /found link protocol 9, expected 1/],
    ['schema hash', { schemaHash: '00' }, RefusalCode.SchemaHash, /found schema hash "00", expected/],
    ['token', { token: 'wrong' }, RefusalCode.Token, /token is not the one/],
    ['empty token', { token: '' }, RefusalCode.Token, /token is not the one/],
    ['venue', { venue: 'gamma' }, RefusalCode.UnknownVenue, /found venue "gamma", expected one of: alpha, beta/],
  ])('a wrong %s is refused, named, and closed', async (_what, changes, code, message) => {
    await start();
    const client = rig.dial();
    await client.opened;
    client.send(encodeLinkMessage(hello(changes)));
    const refusal = await client.message(MessageType.Refusal);
    expect(refusal.code).toBe(code);
    expect(refusal.message).toMatch(message);
    expect(refusal.message).not.toContain('correct horse');
    expect((await client.closed).code).toBe(1008);
    expect(rig.reported).toEqual([]);
  });

  test('a second link of a Venue is refused, the first goes on; after it ends the next one is welcome', async () => {
    await start();
    const first = await rig.link();
    const second = rig.dial();
    await second.opened;
    second.send(encodeLinkMessage(hello()));
    expect((await second.message(MessageType.Refusal)).code).toBe(RefusalCode.AlreadyLinked);
    await second.closed;
    first.send(delta(0));
    first.send(encodeLinkMessage({ type: MessageType.ReconcileEnd, id: 1, complete: true, message: '' }));
    await expect.poll(() => rig.reported).toContain('reconciled 0 1 true ');
    expect(rig.kinds).toEqual([Kind.BookDelta]);
    first.socket.close();
    await first.closed;
    await expect.poll(() => rig.links[0]).toBeNull();
    await rig.link();
  });

  test('a daemon that is not ready says so', async () => {
    await start();
    rig.server.acceptLinks('refuse');
    const client = rig.dial();
    await client.opened;
    client.send(encodeLinkMessage(hello()));
    expect((await client.message(MessageType.Refusal)).code).toBe(RefusalCode.NotReady);
  });

  test('anything but Hello first ends the link: an Event is not looked at', async () => {
    await start();
    const client = rig.dial();
    await client.opened;
    client.send(delta(0));
    expect((await client.message(MessageType.LinkError)).code).toBe(ErrorCode.Malformed);
    await client.closed;
    expect(rig.position()).toBe(0);
  });

  test('another message first is BadHello', async () => {
    await start();
    const client = rig.dial();
    await client.opened;
    client.send(encodeLinkMessage({ type: MessageType.Heartbeat, sentTime: 1n }));
    expect((await client.message(MessageType.Refusal)).code).toBe(RefusalCode.BadHello);
  });

  test('another subprotocol is not upgraded', async () => {
    await start();
    const client = rig.dial('something.else');
    await client.closed;
    expect(client.refusedWith).toBe(400);
  });
});

describe('hostile frames', () => {
  /** Sends one frame on a fresh link; returns what it was answered. */
  async function answer(frame: Uint8Array | string): Promise<{ code: number; message: string; closeCode: number }> {
    const client = await rig.link();
    client.send(frame);
    const error = await client.message(MessageType.LinkError);
    const { code } = await client.closed;
    await expect.poll(() => rig.links[0]).toBeNull();
    return { code: error.code, message: error.message, closeCode: code };
  }

  test.each([
    ['random bytes', new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 9]), ErrorCode.Malformed],
    ['an empty frame', new Uint8Array(0), ErrorCode.Malformed],
    ['a text frame', 'hello', ErrorCode.Malformed],
    ['an instrument that does not exist', delta(7), ErrorCode.UnknownInstrument],
    ["another Venue's instrument", delta(1), ErrorCode.WrongVenue],
    ['order id 0', accepted(0), ErrorCode.BadValue],
    ['a value beyond 2^53', accepted(2n ** 60n), ErrorCode.BadValue],
    ['an operator command', bytes(encoder.operatorCommand({
      action: OperatorAction.CancelAll, venue: -1, orderId: 0, actor: 'x', reason: 'y',
    })), ErrorCode.KindNotAllowed],
    ['trading turned on', bytes(encoder.tradingStateChanged({
      state: TradingState.On, strategy: -1, actor: 'x', reason: 'y',
    })), ErrorCode.KindNotAllowed],
    ['the kill switch cleared', bytes(encoder.killSwitchChanged({ active: false, actor: 'x', reason: 'y' })), ErrorCode.KindNotAllowed],
    ['a ControlTime', bytes(encoder.controlTime({ reason: 1, deadline: 1 })), ErrorCode.KindNotAllowed],
    ['a fill of nothing', bytes(encoder.orderFilled({
      orderId: 1, instrument: 0, side: Side.Buy, price: 1, quantity: 0, fee: 0, feeCurrency: 1, liquidity: Liquidity.Maker,
      eventTime: 0, captureTime: 0, venueOrderId: '', executionId: 'e',
    })), ErrorCode.BadValue],
    ['a fee in an unknown currency', bytes(encoder.orderFilled({
      orderId: 1, instrument: 0, side: Side.Buy, price: 1, quantity: 1, fee: 0, feeCurrency: 9, liquidity: Liquidity.Maker,
      eventTime: 0, captureTime: 0, venueOrderId: '', executionId: 'e',
    })), ErrorCode.BadValue],
    ["another Venue's feed", bytes(encoder.feedStatusChanged({
      venue: 1, instrument: -1, state: FeedState.Valid, reason: FeedReason.None, dropped: 0,
    })), ErrorCode.WrongVenue],
    ["another Venue's balances", bytes(encoder.balanceReport({
      venue: 1, eventTime: 0, captureTime: 0, balances: [],
    })), ErrorCode.WrongVenue],
    ['a position in an unknown instrument', bytes(encoder.positionReport({
      venue: 0, eventTime: 0, captureTime: 0, positions: [{ instrument: 44, quantity: 1 }],
    })), ErrorCode.UnknownInstrument],
    ['a balance in an unknown currency', bytes(encoder.balanceReport({
      venue: 0, eventTime: 0, captureTime: 0, balances: [{ currency: 2, total: 1, available: 1 }],
    })), ErrorCode.BadValue],
    ['an instrument with another scale', bytes(encoder.instrumentDefined({
      instrument: 0, venue: 0, symbol: 'S0', priceScale: 3, quantityScale: 3, tickSize: 1, lotSize: 1, minimumQuantity: 1,
    })), ErrorCode.BadValue],
    ['a Hello on a live link', encodeLinkMessage(hello()), ErrorCode.UnexpectedMessage],
    ['a Welcome', encodeLinkMessage({ type: MessageType.SnapshotRequest, instrument: 0 }), ErrorCode.UnexpectedMessage],
  ])('%s: answered, closed, counted, nothing applied', async (_what, frame, code) => {
    await start();
    expect(await answer(frame)).toMatchObject({ code, closeCode: 1008 });
    expect(rig.position()).toBe(0);
    expect(rig.kinds).toEqual([]);
    expect(rig.counters[Counter.FramesRefused]).toBe(1);
    expect(rig.reported.at(-1)).toMatch(/^down 0 /);
  });

  test('an oversize frame is answered with the sizes; a gross one ends the connection', async () => {
    await start();
    const answered = await answer(new Uint8Array(65_537));
    expect(answered).toMatchObject({ code: ErrorCode.Oversize, closeCode: 1009 });
    expect(answered.message).toMatch(/found a frame of 65537 bytes, expected at most 65536/);
    const client = await rig.link();
    client.send(new Uint8Array(400_000));
    await client.closed;
    await expect.poll(() => rig.links[0]).toBeNull();
    expect(rig.position()).toBe(0);
  });

  test('truncated and mutated Events never crash, never half-apply: each is taken whole or refused', async () => {
    await start();
    const random = Prng.seeded(7, 1);
    const valid = bytes(encoder.bookSnapshot({
      instrument: 0, eventTime: 1, captureTime: 2, sequence: 3,
      bids: [{ price: 100, quantity: 1 }, { price: 99, quantity: 2 }], asks: [{ price: 101, quantity: 3 }],
    }));
    let client = await rig.link();
    let refused = 0;
    for (let i = 0; i < 400; i += 1) {
      const frame = new Uint8Array(i % 3 === 0 ? valid.subarray(0, random.below(valid.length)) : valid);
      if (i % 3 !== 0) for (let n = random.below(4); n >= 0; n -= 1) frame[random.below(frame.length)] = random.below(256);
      const before = rig.position();
      const kinds = rig.kinds.length;
      client.send(frame);
      client.send(encodeLinkMessage({ type: MessageType.ReconcileEnd, id: i, complete: true, message: '' }));
      const isTaken = (): boolean => rig.reported.at(-1) === `reconciled 0 ${i} true `;
      await until('an answer', () => isTaken() || client.socket.readyState === client.socket.CLOSED, { everyMs: 1 });
      if (isTaken()) {
        expect(rig.position()).toBe(before + 1);
        expect(rig.kinds).toHaveLength(kinds + 1);
      } else {
        refused += 1;
        await expect.poll(() => rig.links[0], { interval: 1 }).toBeNull();
        expect(rig.position()).toBe(before);
        expect(rig.kinds).toHaveLength(kinds);
        client = await rig.link();
      }
    }
    expect(refused).toBeGreaterThan(100);
    expect(rig.counters[Counter.FramesRefused]).toBe(refused);
  });
});

/** Time stands still while a test does not turn it: how long it takes to send and hear must decide nothing. */
class TurnedClock {
  private ns = addon.clock.monotonicNs();
  readonly now = (): number => this.ns;

  pass(milliseconds: number): void {
    this.ns += milliseconds * 1e6;
  }
}

describe('overload and silence', () => {
  test('RTM-11: a flood sheds market Events only, and what is recorded adds up to what was shed', async () => {
    const clock = new TurnedClock();
    await start({ frameRateMax: 100, heartbeatTimeoutMs: 1e9, monotonicNs: clock.now });
    const client = await rig.link();
    for (let i = 0; i < 250; i += 1) {
      client.send(delta(0, 100 + i));
      if (i % 10 === 0) client.send(accepted(1 + i));
    }
    client.send(encodeLinkMessage({ type: MessageType.ReconcileEnd, id: 1, complete: true, message: '' }));
    await expect.poll(() => rig.reported).toContain('reconciled 0 1 true ');
    expect(rig.kinds.filter((kind) => kind === Kind.OrderAccepted)).toHaveLength(25);
    const taken = rig.kinds.filter((kind) => kind === Kind.BookDelta).length;
    expect(taken).toBeLessThanOrEqual(100);
    // A window without a flood ends the episode: the rest is reported and a snapshot asked for.
    await until('the episode to end', () => {
      clock.pass(1000);
      return rig.reported.includes('restart 0 0');
    });
    const reported = rig.reported.filter((line) => line.startsWith('shed 0 0 ')).reduce((sum, line) => sum + Number(line.split(' ')[3]), 0);
    expect(reported).toBe(250 - taken);
    expect(rig.counters[Counter.FramesShed]).toBe(250 - taken);
    const other = await rig.link('beta');
    other.send(encodeLinkMessage({ type: MessageType.ReconcileEnd, id: 2, complete: true, message: '' }));
    await expect.poll(() => rig.reported).toContain('reconciled 1 2 true ');
    const { received, refused, shed, shedByInstrument } = rig.server.tallies;
    expect([received, refused, shed].map((each) => [...each])).toEqual([[276, 1], [0, 0], [250 - taken, 0]]);
    expect(shedByInstrument[0]).toBe(250 - taken);
  });

  test('a flood without end closes the link', async () => {
    await start({ frameRateMax: 100, monotonicNs: new TurnedClock().now });
    const client = await rig.link();
    for (let i = 0; i < 1000; i += 1) client.send(delta(0));
    expect((await client.message(MessageType.LinkError)).code).toBe(ErrorCode.RateExceeded);
    await client.closed;
    const recorded = rig.reported.filter((line) => line.startsWith('shed')).reduce((sum, line) => sum + Number(line.split(' ')[3]), 0);
    expect(recorded).toBe(rig.counters[Counter.FramesShed]);
  });

  test('heartbeats are sent, and a silent link is closed', async () => {
    const clock = new TurnedClock();
    await start({ heartbeatMs: 20, heartbeatTimeoutMs: 100, monotonicNs: clock.now });
    const client = await rig.link();
    await client.message(MessageType.Heartbeat);
    clock.pass(101);
    expect((await client.message(MessageType.LinkError)).code).toBe(ErrorCode.HeartbeatTimeout);
    await client.closed;
    expect(rig.reported.at(-1)).toMatch(/down 0 nothing received for 100 ms/);
    expect(rig.counters[Counter.HeartbeatTimeouts]).toBe(1);
  });

  test('a gateway that does not read is not buffered without bound', async () => {
    await start({ backpressureMax: 65_536 });
    const client = await rig.link();
    client.socket.pause();
    const frame = new Uint8Array(16_384);
    const outcomes = new Set<number>();
    for (let i = 0; i < 2000 && outcomes.size < 2; i += 1) outcomes.add(rig.links[0]!.transmit(frame));
    expect([...outcomes]).toEqual([0, 2]);
    client.socket.resume();
  });

  test('links without a Hello are bounded', async () => {
    await start();
    const waiting = Array.from({ length: 20 }, () => rig.dial());
    await Promise.all(waiting.map((client) => Promise.race([client.opened, client.closed])));
    expect(waiting.filter((client) => client.refusedWith === 503)).toHaveLength(4);
    for (const client of waiting) client.socket.terminate();
  });
});

describe('listening', () => {
  test('an address beyond loopback needs TLS', async () => {
    await start();
    expect(() => new Rig({ host: '0.0.0.0' })).toThrow(/0\.0\.0\.0 is reachable from other hosts and link\.tls is not set/);
  });

  test('a port that is taken is named', async () => {
    await start();
    const second = new Rig({ port: rig.server.port });
    await expect(second.listen()).rejects.toThrow(new RegExp(`cannot listen on 127.0.0.1:${rig.server.port}`));
    await second.close();
  });
});
