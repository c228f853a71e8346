// Sockets to a Venue over real TLS on this machine, under a clock that the test turns: what ends them, when they are
// dialled again, and what a session, a recording and the Venue see of it.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ConnectionPlan } from '../../event/venue-session.ts';
import { until } from '../../test/until.ts';
import type { GatewayLog, LogFacts } from '../gateway-log.ts';
import { TestClock } from '../test-clock.fixture.ts';
import type { DialLimits } from './dial-limits.ts';
import { Dialler, type DiallerListener } from './dialler.ts';
import { NotedRecorder, TEST_LIMITS, testAuthority, TestVenue } from './test-venue.fixture.ts';
import type { Trust } from './trust.ts';

class NotedSession implements DiallerListener {
  readonly calls: string[] = [];
  readonly bytes: Buffer[] = [];
  onOpen(connection: number, copy: number): void { this.calls.push(`open ${connection}.${copy}`); }
  onFrame(connection: number, copy: number, bytes: Uint8Array): void {
    this.calls.push(`frame ${connection}.${copy} ${Buffer.from(bytes).toString()}`);
    this.bytes.push(Buffer.from(bytes));
  }
  onClose(connection: number, copy: number, reason: string): void { this.calls.push(`close ${connection}.${copy} ${reason}`); }
  count(begin: string): number { return this.calls.filter((call) => call.startsWith(begin)).length; }
}

class NotedLog implements GatewayLog {
  readonly facts: LogFacts[] = [];
  info(_message: string, facts: LogFacts = {}): void { this.facts.push(facts); }
  warn(_message: string, facts: LogFacts = {}): void { this.facts.push(facts); }
  error(_message: string, facts: LogFacts = {}): void { this.facts.push(facts); }
  /** Waits between a lost socket and its next dial. */
  get redials(): number[] { return this.facts.flatMap(({ redialMs }) => (typeof redialMs === 'number' ? [redialMs] : [])); }
  get reasons(): string[] { return this.facts.flatMap(({ reason }) => (typeof reason === 'string' ? [reason] : [])); }
}

const SECOND = 1e9;
let venue: TestVenue;
let clock: TestClock;
let session: NotedSession;
let recorder: NotedRecorder;
let log: NotedLog;
let dialler: Dialler;

beforeEach(async () => {
  venue = await TestVenue.listen();
  clock = new TestClock();
  session = new NotedSession();
  recorder = new NotedRecorder();
  log = new NotedLog();
});
afterEach(async () => {
  const stopped = dialler.stop('end of test');
  clock.pass(2_000);
  await stopped;
  await venue.close();
});

function dial(plans: readonly ConnectionPlan[], limits: DialLimits = TEST_LIMITS, trust: Trust = testAuthority().trust): void {
  dialler = new Dialler({ trust, limits, clock, random: () => 0.5, recorder, log }, session);
  dialler.dial(plans);
  clock.pass(0);
}

async function opened(count: number): Promise<void> {
  await until(`open ${count}: ${session.calls.join(', ')}`, () => session.count('open') >= count);
}

async function closed(count: number): Promise<void> {
  await until(`close ${count}: ${session.calls.join(', ')}`, () => session.count('close') >= count);
}

async function heard(text: string): Promise<void> {
  await until(`frame ${text}`, () => session.calls.some((call) => call.endsWith(text)));
}

describe('frames', () => {
  test('text and binary arrive as their bytes, also when they are not UTF-8, and are recorded both ways', async () => {
    dial([venue.plan()]);
    await opened(1);
    venue.socket.send('{"a":1}');
    venue.socket.send(Buffer.from([0, 255]));
    venue.socket.send(Buffer.from([0xc3, 0x28]), { binary: false });
    await until('three frames', () => session.bytes.length === 3);
    expect(session.bytes).toEqual([Buffer.from('{"a":1}'), Buffer.from([0, 255]), Buffer.from([0xc3, 0x28])]);
    expect(dialler.transmit(0, 0, 'secret', 'without it')).toBe(true);
    await until('the frame', () => venue.received.includes('secret'));
    expect(recorder.lines.slice(0, 2)).toEqual(['1 opened public 0', '1 in {"a":1}']);
    expect(recorder.lines.at(-1)).toBe('1 out without it');
    expect(dialler.statistics.get('public')).toMatchObject({ dials: 1, opened: 1, framesIn: 3, framesOut: 1, bytesIn: 11 });
  });

  test('what no socket can take is not sent', async () => {
    dial([venue.plan()]);
    expect(dialler.transmit(0, 0, 'too early', '')).toBe(false);
    await opened(1);
    expect(dialler.transmit(0, 1, 'no such copy', '')).toBe(false);
    expect(dialler.transmit(1, 0, 'no such connection', '')).toBe(false);
    expect(dialler.transmit(0, 0, 'x'.repeat(TEST_LIMITS.bufferedMax + 1), '')).toBe(false);
    expect(venue.received).toEqual([]);
    expect(dialler.statistics.get('public')!.notSent).toBe(2);
  });

  test('a Venue that does not read makes transmit say no, and one that reads again takes the rest', async () => {
    dial([venue.plan()]);
    await opened(1);
    venue.socket.pause();
    const frame = 'x'.repeat(1 << 16);
    let sent = 0;
    await until('backpressure', () => {
      for (let i = 0; i < 16; i += 1) if (dialler.transmit(0, 0, frame, '')) sent += 1;
      return dialler.statistics.get('public')!.notSent > 0;
    });
    expect(dialler.waitingBytes).toBeLessThanOrEqual(TEST_LIMITS.bufferedMax + frame.length);
    venue.socket.resume();
    await until('all frames', () => venue.received.length === sent);
    expect(dialler.transmit(0, 0, 'again', '')).toBe(true);
  });
});

describe('the end of a socket', () => {
  test('silence ends it, even half-open, and it is dialled again', async () => {
    dial([venue.plan({ silenceNs: 10 * SECOND })]);
    await opened(1);
    venue.socket.send('life');
    await heard('life');
    for (const descriptor of venue.descriptors) descriptor.pause();
    clock.pass(9_999);
    expect(session.count('close')).toBe(0);
    clock.pass(1);
    expect(session.calls.at(-1)).toBe('close 0.0 nothing heard for 10000 ms');
    expect(recorder.lines.at(-1)).toBe('1 closed nothing heard for 10000 ms');
    clock.pass(1_000);
    await opened(2);
  });

  test('a frame of the Venue\'s own asks for life; a ping where there is none; any answer is life', async () => {
    const plan = { silenceNs: 10 * SECOND, keepAliveNs: 4 * SECOND };
    dial([venue.plan({ ...plan, keepAlive: 'ping' }), venue.plan({ ...plan, name: 'other' })]);
    await opened(2);
    clock.pass(4_000);
    await until('both', () => venue.received.length === 1 && venue.pings.length === 1);
    expect(venue.received).toEqual(['ping']);
    expect(recorder.lines.some((line) => line.endsWith('out ping'))).toBe(true);
    for (const socket of venue.sockets) socket.send('pong');
    await until('pong', () => session.bytes.length === 2);
    clock.pass(9_000);
    expect(session.count('close')).toBe(0);
    clock.pass(1_000);
    expect(session.count('close')).toBeGreaterThan(0);
  });

  test('pongs are life enough for a quiet socket', async () => {
    dial([venue.plan({ silenceNs: 10 * SECOND, keepAliveNs: 4 * SECOND })]);
    await opened(1);
    for (let asked = 1; asked <= 6; asked += 1) {
      clock.pass(4_000);
      await until(`ping ${asked}`, () => venue.pings.length === asked);
    }
    expect(session.calls).toEqual(['open 0.0']);
  });

  test('a connection that breaks in the middle of a frame costs the frame, no more', async () => {
    dial([venue.plan()]);
    await opened(1);
    venue.socket.send('whole');
    await heard('whole');
    const [descriptor] = venue.descriptors;
    descriptor!.write(Buffer.from([0x81, 0x7e, 0x01, 0x00, 0x7b, 0x22]), () => descriptor!.destroy());
    await closed(1);
    expect(session.bytes).toHaveLength(1);
    expect(session.calls.at(-1)).toMatch(/^close 0\.0 closed by the Venue: 1006/);
  });

  test('a frame that is too large ends the socket; it is dialled again', async () => {
    dial([venue.plan()], { ...TEST_LIMITS, frameSizeMax: 1000 });
    await opened(1);
    venue.socket.send('x'.repeat(1001));
    await closed(1);
    expect(session.calls.at(-1)).toBe('close 0.0 Max payload size exceeded');
    clock.pass(1_000);
    await opened(2);
  });

  test('the Venue closes: its code and words are told, cut to a bound', async () => {
    dial([venue.plan()]);
    await opened(1);
    venue.socket.close(1008, 'Too many requests');
    await closed(1);
    expect(session.calls.at(-1)).toBe('close 0.0 closed by the Venue: 1008 Too many requests');
  });

  test('a session that wants a redial gets it, no sooner than it said', async () => {
    dial([venue.plan()]);
    await opened(1);
    dialler.redial(0, 0, 5_000, 'the token expired');
    expect(session.calls.at(-1)).toBe('close 0.0 the token expired');
    clock.pass(4_999);
    await until('the old socket gone', () => venue.openSockets === 0);
    expect(dialler.statistics.get('public')!.dials).toBe(1);
    dialler.redial(0, 0, 2_000, 'later still');
    clock.pass(1_999);
    expect(dialler.statistics.get('public')!.dials).toBe(1);
    clock.pass(1);
    await opened(2);
  });

  test('a peer that ignores the close loses its descriptor', async () => {
    dial([venue.plan()]);
    await opened(1);
    for (const descriptor of venue.descriptors) descriptor.pause();
    const stopped = dialler.stop('SIGTERM');
    clock.pass(TEST_LIMITS.closeMs);
    await stopped;
    expect(session.calls.at(-1)).toBe('close 0.0 SIGTERM');
  });
});

describe('dialling again', () => {
  test('waits longer with every failure, and only a useful socket ends that', async () => {
    venue.refuse = () => '503 Service Unavailable';
    dial([venue.plan()]);
    for (let failure = 1; failure <= 9; failure += 1) {
      await until(`failure ${failure}`, () => log.redials.length === failure);
      if (failure < 9) clock.pass(log.redials[failure - 1]);
    }
    expect(log.redials).toEqual([375, 750, 1500, 3000, 6000, 12_000, 24_000, 45_000, 45_000]);
    expect(session.calls).toEqual([]);
    venue.refuse = () => null;
    clock.pass(45_000);
    await opened(1);
    venue.socket.send('too short a life');
    await heard('too short a life');
    venue.socket.terminate();
    await closed(1);
    expect(log.redials.at(-1)).toBe(45_000);
    clock.pass(45_000);
    await opened(2);
    venue.socket.send('life');
    await heard('life');
    clock.pass(TEST_LIMITS.provenMs);
    venue.socket.terminate();
    await closed(2);
    expect(log.redials.at(-1)).toBe(375);
  });

  test.each([
    ['429 Too Many Requests\r\nretry-after: 90', 90_000], ['429 Too Many Requests', 60_000], ['418 I am a teapot', 60_000],
    ['403 Forbidden', 60_000], ['503 Service Unavailable\r\nretry-after: 7', 7_000], ['429 No\r\nretry-after: soon', 60_000],
  ])('a refusal with %j keeps away', async (refusal, expected) => {
    venue.refuse = () => refusal;
    dial([venue.plan()]);
    await until('refused', () => log.redials.length === 1);
    expect(log.redials).toEqual([expected]);
    expect(log.reasons[0]).toContain('the upgrade was refused with HTTP status');
    clock.pass(expected - 1);
    expect(dialler.statistics.get('public')!.dials).toBe(1);
  });

  test('a certificate that nobody vouches for is not believed', async () => {
    dial([venue.plan()], TEST_LIMITS, {});
    await until('refused', () => log.reasons.length === 1);
    expect(log.reasons[0]).toMatch(/self.signed|unable to verify/);
    expect(session.calls).toEqual([]);
    expect(dialler.statistics.get('public')).toMatchObject({ dials: 1, dialFailures: 1, opened: 0 });
  });

  test('however many sockets flap, dials keep their pace', async () => {
    venue.refuse = () => '503 Service Unavailable';
    dial([venue.plan({ copies: 4 })], {
      ...TEST_LIMITS, backoffMs: { min: 1, max: 1 }, pace: { spacingMs: 100, dialsMax: 10, windowMs: 60_000 },
    });
    const dials = (): number => dialler.statistics.get('public')!.dials;
    const settled = (): boolean => dialler.statistics.get('public')!.dialFailures === dials();
    for (let i = 0; i < 20; i += 1) {
      await until('refusals', settled);
      clock.pass(100);
    }
    expect(dials()).toBe(10);
    await until('refusals', settled);
    clock.pass(57_000);
    expect(dials()).toBe(10);
  });
});

describe('renewal before the Venue ends the connection', () => {
  const lifetimeNs = 86_400 * SECOND;
  const hours = (count: number): number => count * 3_600_000;

  test('one socket: its successor is open before it is closed', async () => {
    dial([venue.plan({ lifetimeNs })]);
    await opened(1);
    clock.pass(hours(21.5));
    expect(dialler.statistics.get('public')!.dials).toBe(1);
    clock.pass(hours(0.2));
    await venue.untilOpened(2);
    await opened(2);
    expect(session.calls).toEqual(['open 0.0', 'close 0.0 renewed before the Venue ends it', 'open 0.0']);
    expect(recorder.lines).toEqual(['1 opened public 0', '2 opened public 0', '1 closed renewed before the Venue ends it']);
    expect(dialler.statistics.get('public')).toMatchObject({ renewals: 1, opened: 2, closed: 1 });
    clock.pass(hours(21.5));
    expect(dialler.statistics.get('public')!.dials).toBe(2);
  });

  test('a successor that cannot be opened costs nothing while the old one lives', async () => {
    dial([venue.plan({ lifetimeNs })]);
    await opened(1);
    venue.refuse = () => '503 Service Unavailable';
    clock.pass(hours(21.7));
    const failed = (): number => dialler.statistics.get('public')!.dialFailures;
    await until('a failure', () => failed() === 1);
    expect(session.calls).toEqual(['open 0.0']);
    venue.refuse = () => null;
    clock.pass(10_000);
    await opened(2);
    expect(session.count('close')).toBe(1);
  });

  test('of several copies one goes at a time: the feed has no gap', async () => {
    dial([venue.plan({ lifetimeNs, copies: 3 })]);
    await opened(3);
    venue.refuse = () => '503 Service Unavailable';
    clock.pass(hours(21.7));
    await until('a failure', () => dialler.statistics.get('public')!.dialFailures === 1);
    expect(dialler.statistics.get('public')!.dials).toBe(4);
    venue.refuse = () => null;
    for (let renewal = 1; renewal <= 3; renewal += 1) {
      await until(`renewal ${renewal}`, () => {
        clock.pass(1_000);
        return session.count('open') === 3 + renewal;
      });
    }
    const open = new Set<string>();
    for (const call of session.calls) {
      const [what, socket] = call.split(' ');
      if (what === 'open') open.add(socket!);
      else open.delete(socket!);
      if (session.calls.indexOf(call) > 2) expect(open.size).toBeGreaterThanOrEqual(2);
    }
    expect(dialler.sockets()).toEqual([{ name: 'public', open: 3, wanted: 3 }]);
  });
});

describe('plans', () => {
  test('the same plans again change nothing; other ones replace them', async () => {
    dial([venue.plan()]);
    await opened(1);
    dialler.dial([venue.plan()]);
    expect(session.count('close')).toBe(0);
    dialler.dial([venue.plan({ name: 'other' })]);
    clock.pass(0);
    await opened(2);
    expect(session.calls).toEqual(['open 0.0', 'close 0.0 other connections are wanted', 'open 0.0']);
    expect([...dialler.statistics.keys()]).toEqual(['public', 'other']);
  });

  test('after the end nothing is dialled', async () => {
    dial([venue.plan()]);
    await opened(1);
    const stopped = dialler.stop('SIGTERM');
    clock.pass(2_000);
    await stopped;
    dialler.redial(0, 0, 0, 'again');
    dialler.dial([venue.plan({ name: 'other' })]);
    clock.pass(60_000);
    await until('no descriptor', () => venue.openSockets === 0);
    expect(venue.sockets).toHaveLength(1);
  });
});
