// A disk that fills up, a data directory that cannot be written, and a second daemon on the same one: trading ends in
// order, what was recorded is intact, and the session goes on once there is room again.

import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Commands, group, isBuilt, linkPort, Workplace } from './processes.fixture.ts';
import type { ConfigurationText } from './processes.fixture.ts';
import { ScriptedVenue } from './scripted-venue.fixture.ts';
import { bytesOf } from './recorded-session.fixture.ts';

const DISK_MIB = 8;
const BALLAST_PIECE = 4096;
let commands: Commands;
let place: Workplace;
beforeAll(() => { commands = new Commands(); });
afterAll(() => commands.close());
beforeEach(() => { place = new Workplace(); });
afterEach(() => place.remove());

function mount(...options: string[]): void {
  mkdirSync(place.dataDir, { recursive: true });
  execFileSync('mount', [...options, place.dataDir], { stdio: 'ignore' });
}

function unmount(): void {
  try {
    execFileSync('umount', ['-l', place.dataDir], { stdio: 'ignore' });
  } catch { /* it was never mounted */ }
}

/** Mounting takes rights that a test need not have. */
const mayMount = ((): boolean => {
  const folder = mkdtempSync(join(tmpdir(), 'tcx-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
})();

/** Rests an Order away from the market, so that there is one to cancel. */
const RESTING = `import { defineStrategy, Side } from 'tcx/strategy';
export default defineStrategy({
  name: 'resting', version: '1', memory: { id: 0 }, parameters: () => null,
  evaluate(context, memory, intents) {
    if (memory.id === 0 && context.tradingEnabled) memory.id = intents.submit(0, Side.Buy, 599000, 100);
  },
});
`;

function resting(it: ConfigurationText): void {
  place.write('resting.ts', RESTING);
  it['strategies'] = [{ id: 'resting', module: 'resting.ts', instruments: ['btc-usd'], cadence: { onTopPrice: true, onControl: false } }];
  it['admin'] = { socket: place.path('admin.sock') };
}

/** Until the disk refuses: others may take room, or give it back, meanwhile. */
function fillUp(): string {
  const ballast = join(place.dataDir, 'ballast');
  const piece = Buffer.alloc(BALLAST_PIECE);
  try {
    for (;;) appendFileSync(ballast, piece);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
  return ballast;
}

describe.skipIf(!isBuilt || !mayMount)('a full disk', () => {
  afterEach(() => unmount());

  test('trading ends, Orders are cancelled, it says so, exits with 1; all is intact; it goes on when there is room', async () => {
    mount('-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs');
    const config = place.configure(resting);
    const daemon = place.start(config);
    const venue = await ScriptedVenue.link(await linkPort(daemon), place.token);
    venue.snapshot();
    await daemon.printed(/trading is on/);
    venue.move(1);
    await venue.until(() => venue.dispatched.length === 1);
    const ballast = fillUp();
    // However much is preallocated, it ends.
    for (let step = 2; venue.socket.readyState === venue.socket.OPEN; step += 1) {
      venue.move(step);
      if (step % 500 === 0) await Promise.race([venue.settled(), venue.closed]);
    }
    const ended = await daemon.ended;
    expect(ended).toMatchObject({ code: 1, signal: null });
    expect(ended.err).toContain('the journal cannot grow: no space left on its disk; trading ends, every Order is cancelled; '
      + 'what was recorded is intact');
    expect(ended.err).not.toMatch(/\n\s+at /);
    expect(venue.dispatched.map(({ action }) => Number(action))).toEqual([0, 2]);
    const [journal] = place.journals();
    const replayed = await commands.replay(journal!);
    expect(replayed.out).toContain('identical  every outcome');
    const recorded = Number(/BookDelta +(\d+)/.exec(replayed.out)![1]);
    expect(recorded).toBeGreaterThan(1000);
    await refuseWhileFull(config);
    rmSync(ballast);
    const again = await commands.run('tcxd', '--config', config, '--for', '10ms');
    expect([again.code, again.err.includes('recovery: ')]).toEqual([0, true]);
    for (const path of place.journals()) expect((await commands.replay(path)).code).toBe(0);
  });

  async function refuseWhileFull(config: string): Promise<void> {
    const before = place.journals().map((path) => bytesOf(path));
    const refused = await commands.run('tcxd', '--config', config, '--for', '1s');
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/no space left on/i);
    expect(refused.err).not.toMatch(/\n\s+at /);
    expect(place.journals().slice(0, before.length).map((path, i) => bytesOf(path).equals(before[i]!))).toEqual(before.map(() => true));
  }

  test('a replay whose output finds no room ends with 1 and says so', async () => {
    mount('-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs');
    const config = place.configure((it) => { group(it, 'session')['dataDir'] = place.path('elsewhere'); resting(it); });
    expect((await commands.run('tcxd', '--config', config, '--for', '10ms')).code).toBe(0);
    const [journal] = place.journals(place.path('elsewhere'));
    fillUp();
    const end = await commands.replay(journal!, '--output', join(place.dataDir, 'out.bin'));
    expect(end.code).toBe(1);
    expect(end.err).toMatch(/out\.bin cannot be written: no space left on its disk; it was removed: free space, or choose another place/);
    expect(existsSync(join(place.dataDir, 'out.bin'))).toBe(false);
  });

  test('a read-only data directory ends with 2, named, before anything is begun', async () => {
    mount('-t', 'tmpfs', '-o', `size=${DISK_MIB}m,ro`, 'tmpfs');
    const end = await commands.run('tcxd', '--config', place.configure(), '--for', '1s');
    expect([end.code, end.out]).toEqual([2, '']);
    expect(end.err).toMatch(/data directory .* cannot be written: read-only file system \(EROFS\)/);
  });
});

describe.skipIf(!isBuilt)('a second daemon', () => {
  test.each([[[] as string[]], [['--new-session']]])('on the same data directory is refused %j, the first goes on', async (more) => {
    const first = place.start(place.configure());
    const port = await linkPort(first);
    const venue = await ScriptedVenue.link(port, place.token);
    venue.snapshot();
    await venue.settled();
    const other = place.configure((it) => { it['admin'] = { socket: place.path('other.sock') }; }, 'other.yaml');
    const second = await commands.run('tcxd', '--config', other, '--for', '1s', ...more);
    expect(second.err).toMatch(/another process|another daemon/);
    expect([second.code, second.out]).toEqual([2, '']);
    expect(existsSync(place.path('other.sock'))).toBe(false);
    venue.move(1);
    await venue.settled();
    expect((await first.ending()).code).toBe(0);
    expect(place.journals()).toHaveLength(1);
    expect((await commands.replay(place.journals()[0]!)).out).toMatch(/identical {2}every outcome/);
  });

  test('LIV-6: the kill switch survives a start that got no further than an empty session', async () => {
    const config = place.configure();
    const socket = join(place.dataDir, 'admin.sock');
    const first = place.start(config);
    await linkPort(first);
    expect((await commands.run('tcxctl', 'kill', '--reason', 'stop', '--socket', socket)).code).toBe(0);
    await first.ending();
    mkdirSync(join(place.dataDir, 'sessions', '000002-20300101T000000Z'));
    const next = place.start(config);
    await linkPort(next);
    const status = await commands.run('tcxctl', 'status', '--json', '--socket', socket);
    expect(JSON.parse(status.out)).toMatchObject({ killSwitch: true });
    expect((await next.ending()).code).toBe(0);
    expect(place.journals().at(-1)).toMatch(/\/000003-/);
  });

  test('on the same admin socket is refused, the first goes on answering; a stale socket is taken over', async () => {
    const config = place.configure();
    const first = place.start(config);
    await linkPort(first);
    const other = place.configure((it) => { it['session'] = { dataDir: place.path('other') }; }, 'other.yaml');
    const second = await place.start(other).ended;
    expect(second).toMatchObject({ code: 1, signal: null });
    expect(second.err).toMatch(/admin socket .*: found a daemon answering on it, expected none; stop that daemon/);
    const socket = join(place.dataDir, 'admin.sock');
    expect((await commands.run('tcxctl', 'status', '--socket', socket)).code).toBe(0);
    await first.ending('SIGKILL');
    expect(existsSync(socket)).toBe(true);
    expect((await commands.run('tcxctl', 'status', '--socket', socket))).toMatchObject({ code: 4, out: '' });
    expect((await commands.run('tcxd', '--config', config, '--for', '10ms')).code).toBe(0);
  });
});
