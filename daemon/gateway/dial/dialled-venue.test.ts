// A session between a real link and real sockets: when it is dialled for, in which order it hears things, and that the
// loss of one side leaves the other alone.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MessageType, type InstrumentEntry } from '../../event/link-message.ts';
import type { ConnectionPlan, FrameOutput, FrameSession, HttpAnswer, VenueWelcome } from '../../event/venue-session.ts';
import { until } from '../../test/until.ts';
import { SILENT_LOG } from '../gateway-log.ts';
import { GatewayHost } from '../gateway-host.ts';
import { RecordOnlyHost } from '../record-only-host.ts';
import { Redactor } from '../redaction.ts';
import type { SessionLoop } from '../session-loop.ts';
import { TestClock } from '../test-clock.fixture.ts';
import { TestDaemon, WELCOME } from '../test-daemon.fixture.ts';
import { DialledVenue } from './dialled-venue.ts';
import { DEFAULT_HTTP_LIMITS } from './http-client.ts';
import { NotedRecorder, TEST_LIMITS, testAuthority, TestVenue } from './test-venue.fixture.ts';

const INSTRUMENT: InstrumentEntry = {
  instrument: 0, symbol: 'BTC/USD', base: 1, quote: 0, priceScale: 1, quantityScale: 8, tickSize: 1, lotSize: 1,
  minimumQuantity: 1, bookDepth: 10,
};

/** Writes down every call; does what `onCall` says when one comes. */
class NotedSession implements FrameSession {
  readonly calls: string[] = [];
  plans: ConnectionPlan[] = [];
  output: FrameOutput | null = null;
  onCall: (call: string) => void = () => undefined;
  private depth = 0;

  connections(): readonly ConnectionPlan[] { return this.plans; }
  start(welcome: VenueWelcome, output: FrameOutput): void {
    this.output = output;
    this.note(`start ${welcome.instruments.map(({ symbol }) => symbol).join(' ')}`);
  }
  stop(): void { this.note('stop'); }
  onDispatch(): void { this.note('dispatch'); }
  onStatusQuery(): void { this.note('query'); }
  onMassCancel(): void { this.note('mass cancel'); }
  onSnapshotRequest(instrument: number): void { this.note(`snapshot ${instrument}`); }
  onReconcileRequest(): void { this.note('reconcile'); }
  onOpen(connection: number, copy: number): void { this.note(`open ${connection}.${copy}`); }
  onFrame(connection: number, copy: number, frame: Uint8Array): void {
    this.note(`frame ${connection}.${copy} ${Buffer.from(frame).toString()}`);
  }
  onClose(connection: number, copy: number, reason: string): void { this.note(`close ${connection}.${copy} ${reason}`); }
  onHttp(id: number, answer: HttpAnswer): void { this.note(`http ${id} ${answer.status} ${Buffer.from(answer.body).toString()}`); }
  advance(): number { return Infinity; }

  async until(call: string): Promise<void> {
    await until(`${call} among ${this.calls.join(', ')}`, () => this.calls.includes(call));
  }

  private note(call: string): void {
    expect(this.depth, `${call} while the session is busy`).toBe(0);
    this.depth += 1;
    this.calls.push(call);
    this.onCall(call);
    this.depth -= 1;
  }
}

let daemon: TestDaemon;
let venue: TestVenue;
let clock: TestClock;
let session: NotedSession;
let host: GatewayHost;
let recorder: NotedRecorder;
let dialled: DialledVenue;
const redactor = new Redactor();

beforeEach(async () => {
  daemon = await TestDaemon.listen();
  daemon.answer = () => ({ ...WELCOME, instruments: [INSTRUMENT] });
  venue = await TestVenue.listen();
  clock = new TestClock();
  session = new NotedSession();
  session.plans = [venue.plan(), venue.plan({ name: 'private', isPrivate: true })];
  recorder = new NotedRecorder();
  host = new GatewayHost({
    url: daemon.url, venue: 'kraken', token: 't', build: '0', clock, random: () => 0.5, log: SILENT_LOG,
  }, session);
  dialled = join(host.loop);
  host.connectVenue(dialled);
});
afterEach(async () => {
  await host.stop('end of test');
  const stopped = dialled.stop('end of test');
  clock.pass(3_000);
  await stopped;
  await daemon.close();
  await venue.close();
});

function join(loop: SessionLoop): DialledVenue {
  const { trust } = testAuthority();
  return new DialledVenue({
    recorder, redactor, dial: { trust, limits: TEST_LIMITS, clock, random: () => 0.5, recorder, log: SILENT_LOG },
    http: { baseUrl: venue.httpUrl, trust, limits: DEFAULT_HTTP_LIMITS, clock, recorder, agent: 'tcx/test' },
  }, session, loop);
}

async function linked(): Promise<void> {
  host.start();
  await session.until('start BTC/USD');
  clock.pass(0);
  await session.until('open 0.0');
  await session.until('open 1.0');
}

describe('dialling', () => {
  test('waits for the first Welcome, and goes on when the daemon is away', async () => {
    expect(venue.connections).toBe(0);
    await linked();
    daemon.socket.terminate();
    await session.until('stop');
    venue.sockets[0]!.send('while the daemon is away');
    await until('the frame', () => session.calls.some((call) => call.endsWith('while the daemon is away')));
    clock.pass(10_000);
    await until('the second start', () => session.calls.filter((call) => call === 'start BTC/USD').length === 2);
    expect(session.calls.filter((call) => call.startsWith('close'))).toEqual([]);
    expect(venue.sockets).toHaveLength(2);
  });

  test('begins anew when the daemon comes back with other instruments, before the session hears of them', async () => {
    await linked();
    daemon.answer = () => ({ ...WELCOME, instruments: [{ ...INSTRUMENT, symbol: 'ETH/USD' }] });
    daemon.socket.terminate();
    await session.until('stop');
    clock.pass(10_000);
    await session.until('start ETH/USD');
    clock.pass(0);
    await until('four opens', () => session.calls.filter((call) => call.startsWith('open')).length === 4);
    const told = session.calls.slice(session.calls.indexOf('stop'));
    expect(told.slice(0, 4)).toEqual([
      'stop', 'close 0.0 the instruments changed', 'close 1.0 the instruments changed', 'start ETH/USD']);
  });

  test('a session that cannot serve the Welcome ends the gateway and dials nothing', async () => {
    session.onCall = () => { throw new RangeError('BTC/USD has bookDepth 20'); };
    host.start();
    await expect(host.failure).rejects.toThrow('BTC/USD has bookDepth 20');
  });
});

describe('what a session asks for from inside a call', () => {
  test('a redial closes the socket at once, and the session hears of it when it has returned', async () => {
    session.onCall = (call) => {
      if (call === 'frame 0.0 bad') session.output!.redial(0, 0, 1_000, 'a bad frame');
    };
    await linked();
    venue.sockets.find((_, i) => i === 0)!.send('bad');
    venue.sockets[1]!.send('bad');
    await until('the close', () => session.calls.some((call) => call.includes('a bad frame')));
    clock.pass(1_000);
    await until('three opens', () => session.calls.filter((call) => call.startsWith('open')).length === 3);
  });

  test('a call is answered later, once, with its id', async () => {
    venue.onHttp = (request, response) => response.end(request.url);
    const ids: number[] = [];
    session.onCall = (call) => {
      if (!call.startsWith('open')) return;
      ids.push(session.output!.request({ method: 'GET', path: `/${call.slice(5)}`, headers: {}, body: '', isPrivate: false }));
    };
    await linked();
    await session.until(`http ${ids[0]!} 200 /${session.calls.find((call) => call.startsWith('open'))!.slice(5)}`);
    await until('both', () => session.calls.filter((call) => call.startsWith('http')).length === 2);
    expect(ids).toEqual([0, 1]);
  });

  test('a secret is taken out of everything written from then on', async () => {
    await linked();
    session.output!.redact('ws-token', 'wWw-token-1');
    expect(redactor.text('token=wWw-token-1')).toBe('token=<redacted:ws-token>');
    expect(recorder.lines).toContain('redact ws-token');
    expect(session.output!.transmit(1, 0, '{"token":"wWw-token-1"}', '{"token":"-"}')).toBe(true);
    expect(recorder.lines.at(-1)).toMatch(/out \{"token":"-"\}$/);
  });
});

test('the daemon\'s requests and the Venue\'s frames never meet inside a session', async () => {
  await linked();
  daemon.send({ type: MessageType.SnapshotRequest, instrument: 3 });
  venue.sockets[0]!.send('x');
  await session.until('snapshot 3');
  await until('the frame', () => session.calls.some((call) => call.startsWith('frame')));
});

test('recording alone: the session lives without a daemon, what it says goes nowhere', async () => {
  const alone = new RecordOnlyHost({ clock }, session);
  const side = join(alone.loop);
  alone.connectVenue(side);
  session.onCall = (call) => { if (call === 'open 0.0') session.output!.transmit(0, 0, 'subscribe'); };
  alone.start({ ...WELCOME, instruments: [INSTRUMENT] });
  clock.pass(0);
  await session.until('open 0.0');
  await session.until('open 1.0');
  await until('the subscription', () => venue.received.includes('subscribe'));
  session.output!.emit(new Uint8Array(8));
  alone.stop();
  const stopped = side.stop('end');
  clock.pass(3_000);
  await stopped;
  expect(session.calls[0]).toBe('start BTC/USD');
  expect(daemon.sockets).toEqual([]);
  expect(recorder.lines.some((line) => line.endsWith('out subscribe'))).toBe(true);
});
