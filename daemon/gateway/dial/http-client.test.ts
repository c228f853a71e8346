// Calls over real TLS on this machine: every one is answered once, whatever the Venue does.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HttpAnswer, HttpRequest } from '../../event/venue-session.ts';
import { until } from '../../test/until.ts';
import { TestClock } from '../test-clock.fixture.ts';
import { DEFAULT_HTTP_LIMITS, HttpClient, type HttpLimits } from './http-client.ts';
import { NotedRecorder, testAuthority, TestVenue } from './test-venue.fixture.ts';

let venue: TestVenue;
let clock: TestClock;
let recorder: NotedRecorder;
let client: HttpClient;

beforeEach(async () => {
  venue = await TestVenue.listen();
  clock = new TestClock();
  recorder = new NotedRecorder();
  client = connect();
});
afterEach(async () => {
  const stopped = client.stop(0);
  clock.pass(0);
  await stopped;
  await venue.close();
});

function connect(limits: Partial<HttpLimits> = {}, baseUrl = venue.httpUrl): HttpClient {
  return new HttpClient({
    baseUrl, trust: testAuthority().trust, limits: { ...DEFAULT_HTTP_LIMITS, ...limits }, clock, recorder, agent: 'tcx/test',
  });
}

function call(given: Partial<HttpRequest> = {}): Promise<HttpAnswer> {
  const request: HttpRequest = { method: 'GET', path: '/api?symbol=X', headers: {}, body: '', isPrivate: false, ...given };
  return new Promise((resolve) => client.request(request, resolve));
}

const textOf = ({ body }: HttpAnswer): string => Buffer.from(body).toString();

describe('an answer', () => {
  test('comes with status, headers in lower case and body; the call with everything it was given', async () => {
    venue.onHttp = (request, response, body) => {
      response.writeHead(201, { 'X-Weight': '7' });
      response.end(JSON.stringify([request.method, request.url, request.headers['x-key'], request.headers['user-agent'], body]));
    };
    const answer = await call({ method: 'POST', headers: { 'x-key': 'k' }, body: 'nonce=1' });
    expect([answer.status, answer.headers['x-weight']]).toEqual([201, '7']);
    expect(textOf(answer)).toBe('["POST","/api?symbol=X","k","tcx/test","nonce=1"]');
    expect(client.statistics).toMatchObject({ requests: 1, answers: [0, 0, 1, 0, 0, 0], inFlight: 0 });
  });

  test('429 is an answer: what to do about it is not decided here', async () => {
    venue.onHttp = (_, response) => response.writeHead(429, { 'retry-after': '30' }).end('slow down');
    const answer = await call();
    expect([answer.status, answer.headers['retry-after'], textOf(answer)]).toEqual([429, '30', 'slow down']);
  });

  test('a redirect is not followed', async () => {
    let calls = 0;
    venue.onHttp = (_, response) => {
      calls += 1;
      response.writeHead(302, { location: '/elsewhere' }).end();
    };
    expect((await call()).status).toBe(302);
    expect(calls).toBe(1);
  });

  test('a base address may have a path; connections are kept', async () => {
    venue.onHttp = (request, response) => response.end(request.url);
    client = connect({}, `${venue.httpUrl}/base/`);
    expect(textOf(await call({ path: '/a' }))).toBe('/base/a');
    expect(textOf(await call({ path: '/b' }))).toBe('/base/b');
    expect(venue.connections).toBe(1);
  });

  test('is recorded: public with its query, private without', async () => {
    await call();
    await call({ method: 'POST', path: '/private?signature=s', isPrivate: true });
    expect(recorder.lines).toEqual(['public GET /api?symbol=X 200 {}', 'private POST /private 200 {}']);
  });
});

test('SEC-1: of an answer that hands out a secret nothing is recorded, whatever it looks like; the caller has it all', async () => {
  for (const body of ['{"token":"canary"}', '{"token":"cana', '<html>canary</html>']) {
    venue.onHttp = (_, response) => response.end(body);
    expect(textOf(await call({ path: '/token', isPrivate: true, handsOut: 'token' }))).toBe(body);
  }
  expect(new Set(recorder.lines)).toEqual(new Set(['private GET /token 200 <redacted:token>']));
});

describe('status 0 says that no answer came', () => {
  test('in time: a body that trickles is not waited for', async () => {
    let begun = false;
    venue.onHttp = (_, response) => {
      response.writeHead(200);
      response.write('{"a"');
      begun = true;
    };
    const answer = call();
    await until('the first bytes', () => begun);
    clock.pass(DEFAULT_HTTP_LIMITS.timeoutMs);
    expect(await answer).toMatchObject({ status: 0, headers: {} });
    expect(textOf(await answer)).toBe('no whole answer within 10000 ms');
    await until('the connection gone', () => venue.descriptors.size === 0);
  });

  test('whole: the connection broke in the middle', async () => {
    venue.onHttp = (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    };
    expect((await call()).status).toBe(0);
  });

  test('at a size we take', async () => {
    client = connect({ bodySizeMax: 1000 });
    venue.onHttp = (_, response) => response.end('x'.repeat(1001));
    expect(textOf(await call())).toBe('the answer is larger than 1000 bytes');
  });

  test('from anybody: nothing listens', async () => {
    const idle = await TestVenue.listen();
    const { httpUrl } = idle;
    await idle.close();
    client = connect({}, httpUrl);
    const answer = await call();
    expect([answer.status, textOf(answer)]).toEqual([0, expect.stringContaining('ECONNREFUSED')]);
  });

  test('from whom we trust', async () => {
    client = new HttpClient({
      baseUrl: venue.httpUrl, trust: {}, limits: DEFAULT_HTTP_LIMITS, clock, recorder, agent: 'tcx/test',
    });
    expect((await call()).status).toBe(0);
  });

  test('because too many calls were outstanding; none was sent for it', async () => {
    client = connect({ inFlightMax: 2 });
    const held: (() => void)[] = [];
    venue.onHttp = (_, response) => { held.push(() => response.end('late')); };
    const calls = [call(), call(), call()];
    const refused = await calls[2]!;
    expect([refused.status, textOf(refused)]).toEqual([0, '2 calls are outstanding already']);
    await until('two calls', () => held.length === 2);
    for (const answer of held) answer();
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200, 0]);
  });

  test('because the gateway ends: it waits a moment, no longer', async () => {
    venue.onHttp = () => undefined;
    const answer = call();
    await until('the call', () => venue.connections === 1);
    const stopped = client.stop(500);
    clock.pass(500);
    await stopped;
    expect(textOf(await answer)).toBe('the gateway ends');
    expect(textOf(await call())).toBe('the gateway ends');
  });
});
