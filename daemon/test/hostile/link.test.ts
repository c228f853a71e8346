// Hostile gateways and hostile clients of the admin socket and the metrics port, against the running daemon: it refuses,
// says why, goes on, and what it recorded meanwhile replays identical. Each rule is tested beside daemon/ingress.

import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Prng } from '../../base/prng.ts';
import { ErrorCode, encodeLinkMessage, MessageType, RefusalCode } from '../../event/link-message.ts';
import { Commands, isBuilt, linkPort, Workplace } from './processes.fixture.ts';
import type { Child } from '../child.ts';
import { hostileFrames, validFrames } from './hostile-frames.fixture.ts';
import { helloOf, ScriptedVenue } from './scripted-venue.fixture.ts';

const MUTATIONS = 800;
const SEED = 1;

describe.skipIf(!isBuilt)('a running daemon', () => {
  let commands: Commands;
  let place: Workplace;
  let daemon: Child;
  let port: number;
  let metricsPort: number;
  const venues: ScriptedVenue[] = [];

  beforeAll(async () => {
    commands = new Commands();
    place = new Workplace();
    daemon = place.start(place.configure((it) => {
      it['link'] = { host: '127.0.0.1', port: 0, frameSizeMax: '64KiB', frameRateMax: 1000 };
    }));
    port = await linkPort(daemon);
    metricsPort = Number((await daemon.printed(/metrics http:\/\/127\.0\.0\.1:(\d+)/))[1]);
  });
  afterEach(async () => {
    await Promise.all(venues.splice(0).map((venue) => venue.close()));
    // Still there, and another gateway is welcome.
    await (await link()).close();
  });
  afterAll(async () => {
    const ended = await daemon.ending();
    const replayed = await commands.replay(place.journals()[0]!);
    const folded = await commands.replay(place.journals()[0]!, '--fold');
    commands.close();
    await place.remove();
    expect(ended).toMatchObject({ code: 0, signal: null });
    expect(ended.out).not.toMatch(/"level":"fatal"/);
    expect([replayed.code, folded.code]).toEqual([0, 0]);
  });

  /** A Venue's link is free a moment after the one before was closed. */
  async function link(): Promise<ScriptedVenue> {
    for (;;) {
      const venue = dial(helloOf(place.token));
      await venue.until(() => venue.heard.length > 0);
      if (venue.heard[0]!.type === MessageType.Welcome) return venue;
      await venue.closed;
    }
  }

  function dial(...hello: ConstructorParameters<typeof ScriptedVenue>[1][]): ScriptedVenue {
    const venue = new ScriptedVenue(port, hello[0] ?? null);
    venues.push(venue);
    return venue;
  }

  test.each<[string, Parameters<typeof helloOf>[1], RefusalCode, RegExp]>([
    ['a wrong token', { token: 'guess' }, RefusalCode.Token, /the token is not the one of this daemon/],
    ['another schema', { schemaHash: 'ab'.repeat(32) }, RefusalCode.SchemaHash, /found schema hash "abab.*expected [0-9a-f]{64}/],
    ['another protocol', { protocolVersion: 7 }, RefusalCode.ProtocolVersion, /found link protocol 7, expected 1/],
    ['an unknown Venue', { venue: 'mtgox' }, RefusalCode.UnknownVenue, /found venue "mtgox", expected one of: scripted/],
  ])('%s is refused with the reason', async (_what, changed, code, message) => {
    const venue = dial(helloOf(place.token, changed));
    const refusal = await venue.hears(MessageType.Refusal);
    expect(refusal.code).toBe(code);
    expect(refusal.message).toMatch(message);
    expect(await venue.closed).toBe(1008);
  });

  test('a second link of the Venue is refused, the first goes on', async () => {
    const first = await link();
    const second = dial(helloOf(place.token));
    expect((await second.hears(MessageType.Refusal)).code).toBe(RefusalCode.AlreadyLinked);
    await second.closed;
    first.snapshot();
    await first.settled();
    await first.close();
  });

  test('text, oversize and a gross frame are refused', async () => {
    const text = await link();
    text.socket.send('hello');
    expect((await text.hears(MessageType.LinkError)).code).toBe(ErrorCode.Malformed);
    await text.closed;
    const large = await link();
    large.socket.send(new Uint8Array(64 * 1024 + 1));
    const answer = await large.hears(MessageType.LinkError);
    expect([answer.code, answer.message]).toEqual([ErrorCode.Oversize, 'found a frame of 65537 bytes, expected at most 65536']);
    await large.closed;
    const gross = await link();
    gross.socket.send(new Uint8Array(1 << 20));
    await gross.closed;
  });

  test(`seed ${SEED}: ${MUTATIONS} random, cut and mutated frames are each taken whole or refused with a reason`, async () => {
    const random = Prng.seeded(SEED, 3);
    let venue = await link();
    let refused = 0;
    for (const frame of hostileFrames(random, validFrames(), MUTATIONS)) {
      venue.socket.send(frame);
      if (await Promise.race([venue.settled().then(() => true), venue.closed.then(() => false)])) continue;
      refused += 1;
      expect(venue.heard.at(-1)!.type).toBe(MessageType.LinkError);
      venue = await link();
    }
    await venue.close();
    expect(refused).toBeGreaterThan(MUTATIONS / 4);
    const status = await commands.run('tcxctl', 'status', '--json', '--socket', join(place.dataDir, 'admin.sock'));
    expect(status.code).toBe(0);
  });

  test('hostile first frames: nothing but a Hello opens a link', async () => {
    const random = Prng.seeded(SEED, 4);
    const hello = encodeLinkMessage(helloOf(place.token));
    for (const frame of hostileFrames(random, [hello], 60)) {
      const venue = dial();
      await once(venue.socket, 'open');
      venue.socket.send(frame);
      await venue.until(() => venue.heard.length > 0);
      await venue.close();
    }
  });

  test('a flood sheds market data, the gap is recorded, and without end it closes the link', async () => {
    const venue = await link();
    venue.snapshot();
    await venue.settled();
    for (let step = 1; step <= 30_000; step += 1) venue.move(step);
    await venue.closed;
    await daemon.printed(/link down: [^"]*frames in a second/);
    // A close with frames unread may take the last message with it; what is heard says why.
    for (const message of venue.heard) if (message.type === MessageType.LinkError) expect(message.code).toBe(ErrorCode.RateExceeded);
    await daemon.printed(/market frames shed; the book is invalid until a snapshot/);
  });

  test.each<[string, string, RegExp]>([
    ['no HTTP', '\0\x01\x02garbage\r\n\r\n', /^HTTP\/1\.1 400|^$/],
    ['an unknown path', 'GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', /^HTTP\/1\.1 404/],
    ['a method that changes nothing', 'GET /kill HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', /^HTTP\/1\.1 40[45]/],
    ['a command without a reason', 'POST /kill HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}',
      /^HTTP\/1\.1 400/],
    ['a body that is no JSON', 'POST /kill HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nConnection: close\r\n\r\n{',
      /^HTTP\/1\.1 400/],
    ['a path that climbs', 'GET /book/..%2f..%2fetc HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', /^HTTP\/1\.1 40[04]/],
    ['a huge header', `GET /status HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`, /^HTTP\/1\.1 431/],
  ])('the admin socket answers %s with an error and goes on', async (_what, bytes, answer) => {
    expect(await converse({ path: join(place.dataDir, 'admin.sock') }, bytes)).toMatch(answer);
    const status = await commands.run('tcxctl', 'status', '--json', '--socket', join(place.dataDir, 'admin.sock'));
    expect(JSON.parse(status.out)).toMatchObject({ killSwitch: false });
  });

  test('the metrics port answers nonsense with an error and goes on', async () => {
    for (const bytes of ['\0\x01\x02\r\n\r\n', 'POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
      'GET /../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n']) {
      expect(await converse({ port: metricsPort, host: '127.0.0.1' }, bytes)).not.toMatch(/^HTTP\/1\.1 200/);
    }
    expect((await fetch(`http://127.0.0.1:${metricsPort}/health/live`)).status).toBe(200);
  });
});

async function converse(where: { path: string } | { port: number; host: string }, bytes: string): Promise<string> {
  const socket = connect(where as { path: string });
  let answer = '';
  socket.on('data', (chunk) => { answer += String(chunk); });
  socket.on('error', () => undefined);
  socket.end(bytes);
  await once(socket, 'close');
  return answer;
}
