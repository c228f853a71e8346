// The admin server over a real unix socket: routes, commands, refusals, and hostile input.
import { chmodSync, existsSync, lstatSync, mkdtempSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect, createServer as createNetServer, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addon } from '../binding/addon.ts';
import { createPorts, ORDER_ID, type PortsFixture } from './ports.fixture.ts';
import { ROUTES } from './routes.ts';
import { type AdminLimits, type AdminServer, startAdminServer } from './server.ts';

interface Answer {
  status: number;
  json: Record<string, unknown>;
  headers: Record<string, unknown>;
}

let folder: string;
let socketPath: string;
let ports: PortsFixture;
let servers: AdminServer[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tcx-admin-'));
  socketPath = join(folder, 'admin.sock');
  ports = createPorts();
  servers = [];
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  rmSync(folder, { recursive: true, force: true });
});

async function start(limits: Partial<AdminLimits> = {}, ownership = { mode: 0o660, owner: '', group: '' }) {
  const server = await startAdminServer({
    socketPath,
    ownership,
    state: ports.state,
    commands: ports.commands,
    limits,
    readPeerCredentials: (fd) => {
      expect(readlinkSync(`/proc/self/fd/${fd}`)).toMatch(/^socket:/);
      const peer = addon.peerCredentials(fd);
      expect(peer).toEqual({ pid: process.pid, uid: userInfo().uid, gid: userInfo().gid });
      return peer;
    },
    streams: {
      open: (_query, response) => void response.end('lines\n'),
      close: async () => undefined,
    },
    log: { info: () => undefined, error: () => undefined },
  });
  servers.push(server);
  return server;
}

function send(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ socketPath, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const json = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
        resolve({ status: response.statusCode ?? 0, json, headers: response.headers });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** Writes raw bytes and returns all that comes back until the server ends the connection. */
function sendRaw(bytes: string | Buffer, onOpen?: (socket: Socket) => void): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ path: socketPath });
    const chunks: Buffer[] = [];
    socket.on('connect', () => {
      socket.write(bytes);
      onOpen?.(socket);
    });
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
  });
}

const problem = (answer: Answer) => answer.json['error'] as Record<string, string>;

describe('queries', () => {
  it.each(ROUTES.filter((route) => route.method === 'GET' && route.path !== '/events').map((route) => route.path))(
    'LIV-3: GET %s answers with JSON',
    async (path) => {
      await start();
      const answer = await send('GET', path.replace(':instrument', 'btc-usd').replace(':id', String(ORDER_ID)));
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    },
  );

  it('LIV-3: quantities are exact decimal text', async () => {
    await start();
    const { json } = await send('GET', '/book/btc-usd?depth=1');
    expect(json).toEqual({
      instrument: 'btc-usd',
      valid: true,
      updates: 7,
      bids: [['50000.10', '1.00000000']],
      asks: [['50000.20', '1.50000000']],
    });
  });

  it('LIV-3: orders are live ones unless all are asked for, and say how many are shown', async () => {
    await start();
    expect((await send('GET', '/orders')).json).toMatchObject({ count: 1, shown: 1 });
    expect((await send('GET', '/orders?all=true')).json).toMatchObject({ count: 2, shown: 2 });
    expect((await send('GET', '/orders?all=true&limit=1')).json).toMatchObject({ count: 2, shown: 1 });
  });

  it.each([
    ['/orders/99', 404, 'unknown_order'],
    ['/orders/0', 400, 'wrong_type'],
    ['/orders/1e3', 400, 'wrong_type'],
    ['/orders/99999999999999999999', 400, 'wrong_type'],
    ['/orders?all=yes', 400, 'wrong_type'],
    ['/orders?limit=0', 400, 'wrong_type'],
    ['/orders?limit=5&limit=6', 400, 'duplicate_key'],
    ['/orders?colour=red', 400, 'unknown_key'],
    ['/book/eth-usd', 404, 'unknown_instrument'],
    ['/book/btc-usd?depth=-1', 400, 'wrong_type'],
    ['/book/btc-usd?depth=100000', 400, 'wrong_type'],
    ['/book/', 404, 'unknown_route'],
    ['/book/%zz', 400, 'path_encoding'],
    ['/nothing', 404, 'unknown_route'],
    ['/status/', 404, 'unknown_route'],
    ['/../../etc/passwd', 404, 'unknown_route'],
    ['/book/..%2f..%2fetc%2fpasswd', 404, 'unknown_instrument'],
    ['/%2e%2e/status', 404, 'unknown_route'],
  ])('hostile input: GET %s is refused with %i %s', async (path, status, code) => {
    await start();
    const answer = await send('GET', path);
    expect([answer.status, problem(answer)['code']]).toEqual([status, code]);
    expect(Object.keys(problem(answer))).toEqual(['code', 'what', 'found', 'expected', 'action']);
  });

  it.each([
    ['POST', '/status'],
    ['GET', '/kill'],
    ['DELETE', '/orders'],
    ['PUT', '/kill'],
    ['OPTIONS', '/config'],
  ])('hostile input: %s %s is refused with 405 and the methods there are', async (method, path) => {
    await start();
    const answer = await send(method, path);
    expect(answer.status).toBe(405);
    expect(answer.headers['allow']).toMatch(/^(GET|POST)(, POST)?$/);
    expect(ports.asked).toEqual([]);
  });
});

describe('commands', () => {
  it.each([
    ['/pause', { command: 'pause' }],
    ['/disable', { command: 'disable' }],
    ['/kill', { command: 'kill' }],
    ['/unkill', { command: 'unkill' }],
    ['/cancel-all', { command: 'cancel-all' }],
    ['/reconcile', { command: 'reconcile' }],
    ['/drain', { command: 'drain' }],
    ['/order-dispose/77', { command: 'dispose', orderId: 77 }],
    ['/order-query/77', { command: 'query', orderId: 77 }],
    ['/strategy/maker/enable', { command: 'enable', strategy: 'maker' }],
    ['/strategy/maker/disable', { command: 'pause', strategy: 'maker' }],
  ])('LIV-4: POST %s reaches the command port with actor and reason', async (path, request) => {
    await start();
    const answer = await send('POST', path, JSON.stringify({ reason: ' because ' }), { 'x-actor': 'night desk' });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ ok: true, position: 1235 });
    expect(ports.asked).toEqual([
      { request, identity: { actor: `uid:${userInfo().username} "night desk"`, reason: 'because' } },
    ]);
  });

  it('LIV-6: the reason may stand in the query, so that kill is one short line', async () => {
    await start();
    expect((await send('POST', '/kill?reason=fat+finger')).status).toBe(200);
    expect(ports.asked[0]).toEqual({
      request: { command: 'kill' },
      identity: { actor: `uid:${userInfo().username}`, reason: 'fat finger' },
    });
  });

  it('LIV-3: a Configuration is passed on as the text it is', async () => {
    await start();
    const text = 'risk:\n  openOrdersMax: 5\n';
    expect((await send('POST', '/config?reason=tighter', text)).status).toBe(200);
    expect(ports.asked[0]?.request).toEqual({ command: 'configure', text });
  });

  it('LIV-12: a refused enable names each closed gate', async () => {
    await start();
    const answer = await send('POST', '/enable', '{"reason":"open"}');
    expect(answer.status).toBe(409);
    expect(problem(answer)['code']).toBe('gates_closed');
    expect(problem(answer)['found']).toMatch(/reconciliation closed \(.*\); kill-switch closed \(/);
    expect((answer.json['closedGates'] as { gate: string }[]).map(({ gate }) => gate)).toEqual([
      'reconciliation',
      'kill-switch',
    ]);
  });

  it('LIV-4: a refusal without gates is a 409 with the port’s own sentence', async () => {
    ports.answer = () => ({
      ok: false,
      position: 0,
      message: 'risk.currency cannot change while running',
      closedGates: [],
    });
    await start();
    const answer = await send('POST', '/config?reason=x', 'a: 1');
    expect(answer.status).toBe(409);
    expect(problem(answer)).toMatchObject({ code: 'refused', found: 'risk.currency cannot change while running' });
  });

  it('LIV-4: a refusal that says what it found and expected is not asked to say it twice', async () => {
    ports.answer = () => ({ ok: false, position: 0, message: 'found venue "x", expected one of: sim, okx', closedGates: [] });
    await start();
    const answer = await send('POST', '/cancel-all', '{"reason":"x","venue":"x"}');
    expect(problem(answer)).toMatchObject({ code: 'refused', found: 'venue "x"', expected: 'one of: sim, okx' });
  });

  it('LIV-4: a command without a result in time is answered 504, and the daemon goes on', async () => {
    ports.answer = () => new Promise(() => undefined);
    await start({ commandTimeoutMs: 20 });
    expect((await send('POST', '/reconcile', '{"reason":"x"}')).status).toBe(504);
    expect((await send('GET', '/status')).status).toBe(200);
  });

  it('hostile input: a port that throws is a 500 without a stack', async () => {
    ports.answer = () => {
      throw new Error('secret path /root');
    };
    await start();
    const answer = await send('POST', '/pause', '{"reason":"x"}');
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer.json)).not.toContain('secret');
  });

  it.each([
    ['', 400, 'reason_required'],
    ['{}', 400, 'reason_required'],
    ['{"reason":"  "}', 400, 'reason_required'],
    ['{"reason":5}', 400, 'wrong_type'],
    ['{"reason":null}', 400, 'wrong_type'],
    ['{"reason":["x"]}', 400, 'wrong_type'],
    ['[]', 400, 'body_not_object'],
    ['"kill"', 400, 'body_not_object'],
    ['null', 400, 'body_not_object'],
    ['{"reason":"x"', 400, 'body_not_json'],
    ['reason=x', 400, 'body_not_json'],
    ['{"reason":"x","force":"yes"}', 400, 'unknown_key'],
    ['{"reason":"x","__proto__":"y"}', 400, 'unknown_key'],
    ['{"reason":"a\\u0000b"}', 400, 'reason_invalid'],
    [JSON.stringify({ reason: 'x'.repeat(501) }), 400, 'reason_invalid'],
    [JSON.stringify({ reason: 'x'.repeat(20_000) }), 413, 'body_too_large'],
    ['{"reason":"x","venue":3}', 400, 'wrong_type'],
  ])('hostile input: the body %j is refused with %i %s and commands nothing', async (body, status, code) => {
    await start();
    const answer = await send('POST', '/cancel-all', body);
    expect([answer.status, problem(answer)['code']]).toEqual([status, code]);
    expect(ports.asked).toEqual([]);
  });

  it.each([
    ['/kill?reason=a', '{"reason":"b"}', 'duplicate_key'],
    ['/kill?why=a', '', 'unknown_key'],
    ['/config?reason=a', ' ', 'body_required'],
    ['/order-dispose/-1', '{"reason":"b"}', 'wrong_type'],
  ])('hostile input: POST %s with body %j is refused as %s', async (path, body, code) => {
    await start();
    expect(problem(await send('POST', path, body))['code']).toBe(code);
    expect(ports.asked).toEqual([]);
  });

  it('hostile input: an unprintable or overlong X-Actor is refused', async () => {
    await start();
    expect((await send('POST', '/kill?reason=a', '', { 'x-actor': 'x'.repeat(65) })).status).toBe(400);
    expect((await send('POST', '/kill?reason=a', '', { 'x-actor': 'caf\u00e9' })).status).toBe(400);
    expect(ports.asked).toEqual([]);
  });
});

describe('hostile connections', () => {
  it.each([
    ['not HTTP', 'hello\r\n\r\n'],
    ['random bytes', Buffer.from(Array.from({ length: 512 }, (_, index) => (index * 7919) % 256))],
    ['TLS hello', Buffer.from('16030100a5010000a10303', 'hex')],
    ['bad version', 'GET /status HTTP/9.9\r\n\r\n'],
    [
      'both lengths',
      'POST /kill HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['bad chunk', 'POST /kill HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
    ['negative length', 'POST /kill HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n'],
    ['absolute target', 'GET http://x/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
  ])('hostile input: %s is answered 400 and closed', async (_name, bytes) => {
    await start();
    expect(await sendRaw(bytes)).toMatch(/^HTTP\/1\.1 400 /);
    expect((await send('GET', '/status')).status).toBe(200);
    expect(ports.asked).toEqual([]);
  });

  it('hostile input: endless headers end with 431', async () => {
    await start();
    expect(await sendRaw(`GET /status HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 /,
    );
  });

  it('hostile input: a slow request (slowloris) is cut off', async () => {
    await start({ headersTimeoutMs: 60, requestTimeoutMs: 120 });
    expect(await sendRaw('GET /status HTTP/1.1\r\nHost: x\r\nX-Slow')).toMatch(/^HTTP\/1\.1 408 /);
    expect(await sendRaw('POST /kill HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{')).toMatch(/ 4\d\d /);
    // A busy machine may make any single request that slow.
    await expect.poll(async () => (await send('GET', '/status').catch(() => ({ status: 0 }))).status).toBe(200);
    expect(ports.asked).toEqual([]);
  });

  it('hostile input: a body of unknown length is cut at the bound', async () => {
    await start();
    const head = 'POST /kill HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n';
    const chunk = `1000\r\n${'x'.repeat(4096)}\r\n`;
    const answer = await sendRaw(head, (socket) => {
      const flood = () => void (socket.writable && socket.write(chunk, flood));
      socket.once('data', () => socket.destroy());
      flood();
    });
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(ports.asked).toEqual([]);
  });

  it('hostile input: connections beyond the bound are dropped, those within go on', async () => {
    await start({ connectionsMax: 4 });
    const idle = await Promise.all(
      Array.from(
        { length: 3 },
        () =>
          new Promise<Socket>((resolve) => {
            const socket = connect({ path: socketPath }, () => resolve(socket));
          }),
      ),
    );
    const flood = await Promise.all(
      Array.from({ length: 20 }, () => sendRaw('GET /version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')),
    );
    expect(flood.filter((text) => text.startsWith('HTTP/1.1 200')).length).toBeLessThan(20);
    idle.forEach((socket) => socket.destroy());
    await expect.poll(async () => (await send('GET', '/status').catch(() => ({ status: 0 }))).status).toBe(200);
  });

  it('hostile input: clients that leave in the middle of a command change nothing', async () => {
    await start();
    await new Promise<void>((resolve) => {
      const socket = connect({ path: socketPath }, () => {
        socket.write('POST /kill HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"reason"', () => socket.destroy());
      });
      socket.on('close', () => resolve());
    });
    expect((await send('GET', '/status')).status).toBe(200);
    expect(ports.asked).toEqual([]);
  });
});

describe('the socket', () => {
  it('OPS: has the configured mode and is removed at the end', async () => {
    const server = await start({}, { mode: 0o660, owner: '', group: '' });
    expect(statSync(socketPath).mode & 0o777).toBe(0o660);
    await server.close();
    expect(existsSync(socketPath)).toBe(false);
  });

  it.runIf(process.getuid?.() === 0)('OPS: has the configured owner and group', async () => {
    await start({}, { mode: 0o600, owner: 'nobody', group: 'nogroup' });
    const { uid, gid, mode } = lstatSync(socketPath);
    expect([uid, gid, mode & 0o777]).toEqual([65534, 65534, 0o600]);
  });

  it('OPS: an unknown owner or group is refused by name', async () => {
    await expect(start({}, { mode: 0o660, owner: 'no-such-user', group: '' })).rejects.toThrow(
      /admin\.owner: found "no-such-user"/,
    );
    await expect(start({}, { mode: 0o660, owner: '', group: 'no-such-group' })).rejects.toThrow(/admin\.group/);
  });

  it('OPS: a second daemon on the same path is refused and the first goes on', async () => {
    await start();
    await expect(start()).rejects.toThrow(/a daemon answering on it/);
    expect((await send('GET', '/status')).status).toBe(200);
  });

  it('OPS: the socket a dead daemon left behind is replaced', async () => {
    const left = createNetServer();
    await new Promise<void>((resolve) => left.listen({ path: `${socketPath}.old` }, resolve));
    const { linkSync } = await import('node:fs');
    linkSync(`${socketPath}.old`, socketPath);
    await new Promise<void>((resolve) => left.close(() => resolve()));
    expect(lstatSync(socketPath).isSocket()).toBe(true);
    await start();
    expect((await send('GET', '/status')).status).toBe(200);
  });

  it('OPS: a path that holds something else is refused and left alone', async () => {
    writeFileSync(socketPath, 'precious');
    await expect(start()).rejects.toThrow(/not a socket/);
    expect(lstatSync(socketPath).size).toBe(8);
  });

  it('OPS: a path too long or in a missing folder is refused with the reason', async () => {
    socketPath = join(folder, 'x'.repeat(200));
    await expect(start()).rejects.toThrow(/expected 1 to 107/);
    socketPath = join(folder, 'missing/admin.sock');
    await expect(start()).rejects.toThrow(/ENOENT|EACCES/);
    chmodSync(folder, 0o700);
  });
});
