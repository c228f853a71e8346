// Clock, thread and peer credentials across the boundary, against the real kernel.

import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addon } from './addon.ts';

const EINVAL = -22;

describe('clock', () => {
  test('unixNs is the wall clock, monotonicNs starts at the first call and never decreases', () => {
    const before = Date.now();
    const wall = Number(addon.clock.unixNs() / 1_000_000n);
    expect(wall).toBeGreaterThanOrEqual(before);
    expect(wall).toBeLessThanOrEqual(Date.now());
    let last = addon.clock.monotonicNs();
    expect(last).toBeGreaterThanOrEqual(0);
    for (let i = 0; i < 1000; i += 1) {
      const now = addon.clock.monotonicNs();
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
    expect(Number.isSafeInteger(last)).toBe(true);
  });
});

describe('thread', () => {
  test('allowedCpus is not empty, and pinning to a CPU that is not there is refused', () => {
    const cpus = addon.thread.allowedCpus();
    expect(cpus.length).toBeGreaterThan(0);
    expect(addon.thread.pin(-1)).toBe(EINVAL);
    expect(addon.thread.pin(8191)).toBe(EINVAL);
    expect(addon.thread.allowedCpus()).toEqual(cpus);
  });

  test('refusals are -errno, never exceptions', () => {
    expect(addon.thread.setTimerSlack(0)).toBe(EINVAL);
    expect(addon.thread.setFifo(1000)).toBe(EINVAL);
    expect(addon.thread.yield()).toBeUndefined();
  });
});

describe('peerCredentials', () => {
  test('names the other end of a unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tcx-peer-'));
    const path = join(folder, 'socket');
    try {
      const peer = await new Promise<unknown>((resolve, reject) => {
        const server = createServer((socket) => {
          const { fd } = (socket as unknown as { _handle: { fd: number } })._handle;
          try {
            resolve(addon.peerCredentials(fd));
          } catch (error) {
            reject(error as Error);
          }
          socket.destroy();
          server.close();
        });
        server.listen(path, () => connect(path).on('error', reject).resume());
      });
      expect(peer).toEqual({ pid: process.pid, uid: process.geteuid!(), gid: process.getegid!() });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('anything else is an error that says what it is', () => {
    expect(() => addon.peerCredentials(-1)).toThrow(/descriptor -1: Bad file descriptor; expected a connected unix/);
  });
});
