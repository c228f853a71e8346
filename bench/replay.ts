// How fast a journal comes back: Events a second of `tcxd --replay` with the reference market maker, every outcome compared,
// and bytes a second of a walk that only verifies.

import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { addon } from '../daemon/binding/addon.ts';
import { CoreSession } from './core-session.ts';
import { atLeast, type Bench, mustEqual, median, root } from './harness.ts';

const EVENTS = 3_000_000;
const ROUNDS = 5;

interface ReplayLine {
  readonly verdict: string;
  readonly position: number;
  readonly seconds: number;
}

export const replay: Bench = {
  name: 'replay',
  question: 'Events a second of tcxd --replay, reference market maker; GB a second of verification alone',
  loop: 'closed',
  async run() {
    const session = await CoreSession.start('replay');
    session.run(EVENTS);
    session.end();
    const { path } = session.journal;
    const rates: number[] = [];
    const walks: number[] = [];
    const size = statSync(path).size;
    for (let round = -1; round < ROUNDS; round += 1) {
      const line = replayed(path);
      mustEqual('verdict', line.verdict, 'identical');
      const gigabytes = verified(path, line.position, size);
      if (round < 0) continue;
      rates.push(line.position / line.seconds);
      walks.push(gigabytes);
    }
    const figures = [
      { name: 'replay', unit: 'Events/s', samples: rates }, { name: 'verify only', unit: 'GB/s', samples: walks },
    ];
    const ratios = [
      atLeast('replay', median(figures[0]!) / 1e6, 1.5, ' M Events/s'), atLeast('verify only', median(figures[1]!), 1, ' GB/s'),
    ];
    return { figures, ratios, notes: [`journal of ${(size / 1e6).toFixed(0)} MB; start-up of the process not counted`] };
  },
};

function replayed(path: string): ReplayLine {
  const text = execFileSync(process.execPath, [join(root, 'dist/daemon/tcxd.js'), '--replay', path, '--json'], { encoding: 'utf8' });
  return JSON.parse(text) as ReplayLine;
}

function verified(path: string, position: number, size: number): number {
  const reader = addon.openReader(addon.createEvent(), path);
  const begin = process.hrtime.bigint();
  mustEqual('verified position', reader.verify(), position);
  const ns = Number(process.hrtime.bigint() - begin);
  reader.close();
  return size / ns;
}
