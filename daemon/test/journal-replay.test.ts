import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { addon } from '../binding/addon.ts';
import { Kind } from '../event/kinds.ts';
import { type Act, Scenario } from './core-scenario.ts';
import { NativeHost } from './native-host.ts';
import { type Act as SessionAct, play, sessionConfig, sessions } from './random-session.ts';
import { fold, replay } from './scripted-replay.ts';

const folder = mkdtempSync(join(tmpdir(), 'tcx-replay-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let runs = 0;

interface Recorded {
  path: string;
  digest: string;
  positions: number;
  acts: Map<number, Act>;
}

/** Plays a session on a real journal, ends it, and keeps what its Strategy did at which position. */
function record(acts: readonly SessionAct[]): Recorded {
  const path = join(folder, `${++runs}.bin`);
  const config = sessionConfig();
  const host = new NativeHost(config, path);
  const scenario = new Scenario(config, host).start();
  play(scenario, acts);
  scenario.send(Kind.SessionEnded);
  const result = { path, digest: scenario.digest, positions: scenario.core.outcomes.lastPosition, acts: scenario.taken };
  host.writer.close();
  return result;
}

describe('D1–D4: a journal of an arbitrary session', () => {
  it('replays to the same outcomes, byte for byte, and the re-derived journal is the same file', () => {
    fc.assert(fc.property(sessions, (acts) => {
      const { path, digest, positions, acts: taken } = record(acts);
      const output = `${path}.out`;
      expect(replay(sessionConfig(), path, taken, output)).toEqual({ positions, digest, divergedAt: 0 });
      expect(readFileSync(output).equals(readFileSync(path))).toBe(true);
    }), { numRuns: 40 });
  });

  it('folds to the same digests without running the Strategy', () => {
    fc.assert(fc.property(sessions, (acts) => {
      const { path, digest, positions } = record(acts);
      expect(fold(sessionConfig(), path)).toEqual({ positions, digest, divergedAt: 0 });
    }), { numRuns: 40 });
  });

  it('diverges, and says where, when one decision is taken differently', () => {
    const acts: SessionAct[] = Array.from({ length: 20 }, (_, i) => ({ act: 'submit', pick: 0, tick: -1 - i, lots: 1 }));
    const { path, acts: taken } = record(acts);
    const [position] = [...taken.keys()].slice(7);
    taken.set(position!, (_, intents) => { intents.submit(0, 0, 9_000, 10); });
    const { divergedAt } = replay(sessionConfig(), path, taken);
    expect(divergedAt).toBe(position! + 1);
  });

  it('COR-3: is verified natively from end to end', () => {
    const { path, positions } = record(Array.from({ length: 50 }, (_, i) => ({ act: 'submit', pick: 0, tick: -1 - (i % 30), lots: 1 })));
    const reader = addon.openReader(addon.createEvent(), path);
    expect(reader.verify()).toBe(positions);
    reader.close();
  });
});
