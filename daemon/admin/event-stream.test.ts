// GET /events over a real socket, a real worker and a real journal that is being written.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addon, type NativeEvent, type NativeWriter } from '../binding/addon.ts';
import { EventEncoder } from '../event/encode.ts';
import { EventView } from '../event/event-view.ts';
import { SCHEMA_HASH, Source } from '../event/kinds.ts';
import { createEventStreams, type EventStreamOptions } from './event-stream.ts';
import { createPorts } from './ports.fixture.ts';
import { type AdminServer, startAdminServer } from './server.ts';

let folder: string;
let socketPath: string;
let journalPath: string;
let event: NativeEvent;
let writer: NativeWriter;
let server: AdminServer;
let written: number;
let clients: IncomingMessage[];
let processes: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tcx-events-'));
  socketPath = join(folder, 'admin.sock');
  journalPath = join(folder, 'journal.bin');
  event = addon.createEvent();
  writer = addon.createWriter(event, {
    path: journalPath,
    extentSize: 1 << 20,
    durability: 'process',
    intervalMs: 50,
    helperCpu: -1,
    schemaHash: SCHEMA_HASH,
    sessionId: 's-1',
    sessionOrdinal: 1,
    epoch: 1_700_000_000_000_000_000n,
  });
  written = 0;
  clients = [];
  processes = [];
});
afterEach(async () => {
  clients.forEach((client) => client.destroy());
  processes.forEach((child) => child.kill('SIGKILL'));
  await server.close();
  writer.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: Partial<EventStreamOptions> = {}) {
  const ports = createPorts();
  server = await startAdminServer({
    socketPath,
    ownership: { mode: 0o660, owner: '', group: '' },
    state: ports.state,
    commands: ports.commands,
    readPeerCredentials: (fd) => addon.peerCredentials(fd),
    streams: createEventStreams({
      journal: () => ({ path: journalPath, position: written }),
      pollIntervalMs: 5,
      ...options,
    }),
    log: { info: () => undefined, error: () => undefined },
  });
  return ports;
}

const encoder = new EventEncoder();

/** Records a KillSwitchChanged whose reason is its position. */
function append(count: number, padding = ''): void {
  const input = new EventView(event.input, event.inputEntries);
  for (let index = 0; index < count; index += 1) {
    const reason = `n${written + 1}${padding}`;
    writer.offer(encoder.killSwitchChanged({ active: true, actor: 'uid:root', reason }));
    input.source = Source.Operator;
    input.time = (written + 1) * 1_000;
    written = writer.commit();
  }
}

async function open(query: string): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ socketPath, path: `/events${query}`, agent: false }, resolve).on('error', reject);
  });
  clients.push(response);
  response.setEncoding('utf8');
  return response;
}

async function readLines(response: IncomingMessage, count: number): Promise<string[]> {
  let text = '';
  for await (const chunk of response.iterator({ destroyOnReturn: false }) as AsyncIterable<string>) {
    text += chunk;
    if (text.split('\n').length > count) break;
  }
  return text.trimEnd().split('\n');
}

describe('the event stream', () => {
  it('LIV-3: shows the journal from a position, then what is written as it is written', async () => {
    await start();
    append(5);
    const response = await open('?from=3');
    expect(response.statusCode).toBe(200);
    const lines = await readLines(response, 3);
    expect(lines[0]).toMatch(/^#3 t=3000 Input Operator KillSwitchChanged .*reason="n3"/);
    expect(lines.length).toBe(3);
    append(2);
    expect((await readLines(response, 2)).map((line) => line.split(' ')[0])).toEqual(['#6', '#7']);
  });

  it('LIV-3: without a position it starts with the next Event', async () => {
    await start();
    append(4);
    const response = await open('');
    append(1);
    expect((await readLines(response, 1))[0]).toMatch(/^#5 /);
  });

  it('LIV-3: a position that is not written yet is waited for', async () => {
    await start();
    append(1);
    const response = await open('?from=4&format=json');
    append(4);
    const [line = ''] = await readLines(response, 2);
    expect(JSON.parse(line)).toMatchObject({ position: 4, time: 4_000, kind: 'KillSwitchChanged', cause: 0 });
  });

  it('LIV-3: thousands of Events arrive complete and in order', async () => {
    await start({ chunkCharacters: 2_000 });
    append(5_000);
    const positions = (await readLines(await open('?from=1'), 5_000)).map((line) => Number(/^#(\d+)/.exec(line)?.[1]));
    expect(positions).toEqual(Array.from({ length: 5_000 }, (_, index) => index + 1));
  });

  it('LIV-13: a client that does not read is dropped, and the others go on', async () => {
    let dropped = (): void => undefined;
    const isDropped = new Promise<void>((resolve) => (dropped = resolve));
    await start({ stallTimeoutMs: 50, onDropped: () => dropped() });
    append(20_000, 'x'.repeat(200));
    const slow = await open('?from=1');
    slow.pause();
    const cut = new Promise<void>((resolve) => slow.once('close', resolve));
    slow.on('error', () => undefined);
    const other = await open('?from=19999');
    expect((await readLines(other, 2)).length).toBe(2);
    // The server ends it while the client holds still; the client learns of it when it reads on.
    await isDropped;
    slow.resume();
    await cut;
    expect(slow.complete).toBe(false);
  });

  it('hostile input: more streams than allowed are refused with 503, and a closed one makes room', async () => {
    await start({ streamsMax: 1 });
    append(1);
    const first = await open('?from=1');
    expect((await open('')).statusCode).toBe(503);
    first.destroy();
    await expect.poll(async () => (await open('?from=1')).statusCode).toBe(200);
  });

  it.each(['?from=0', '?from=x', '?from=-1', '?format=xml', '?since=1', '?from=1&from=2'])(
    'hostile input: /events%s is refused with 400',
    async (query) => {
      await start();
      expect((await open(query)).statusCode).toBe(400);
    },
  );

  it('hostile input: a journal that cannot be read is said so', async () => {
    await start();
    journalPath = join(folder, 'missing.bin');
    const response = await open('?from=1');
    expect(response.statusCode).toBe(500);
    expect((await readLines(response, 1))[0]).toMatch(/journal_unreadable/);
  });

  it('LIV-3: tcxctl events follows a live journal until it is interrupted', async () => {
    await start();
    append(3);
    const tcxctl = fileURLToPath(new URL('../../dist/daemon/tcxctl.js', import.meta.url));
    const child = spawn(process.execPath, [tcxctl, '-s', socketPath, 'events', '--from', '2'], { stdio: 'pipe' });
    processes.push(child);
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += String(chunk)));
    await expect.poll(() => out).toMatch(/^#3 /m);
    append(1);
    await expect.poll(() => out).toMatch(/^#4 /m);
    child.kill('SIGINT');
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
    expect(out).not.toMatch(/^#1 /m);
  });
});

describe('the peer', () => {
  it('LIV-4: the kernel says who commands, and the request cannot', async () => {
    const ports = await start();
    const tcxctl = fileURLToPath(new URL('../../dist/daemon/tcxctl.js', import.meta.url));
    const argv = [tcxctl, '-s', socketPath, 'kill', '-r', 'x', '--note', 'uid:nobody'];
    const child = spawn(process.execPath, argv, { stdio: 'ignore' });
    processes.push(child);
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
    expect(ports.asked[0]?.identity.actor).toBe(`uid:${userInfo().username} "uid:nobody"`);
  });

  it.runIf(process.getuid?.() === 0)('LIV-4: another user is recorded as that user', async () => {
    const ports = await start();
    const { chmodSync } = await import('node:fs');
    chmodSync(folder, 0o755);
    chmodSync(socketPath, 0o666);
    const request = `require('http').request({socketPath:'${socketPath}',method:'POST',path:'/kill?reason=x'}).end()`;
    const child = spawn(process.execPath, ['-e', request], { stdio: 'ignore', uid: 65534, gid: 65534 });
    processes.push(child);
    await new Promise((resolve) => child.once('exit', resolve));
    expect(ports.asked[0]?.identity.actor).toBe('uid:nobody');
  });
});
