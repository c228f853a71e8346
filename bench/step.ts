// One step of the Core by kind of Event, with the reference market maker: derive, strategy, risk, queue, dispatch and the
// outcome records. Also what a million Events leave on the heap.

import { PerformanceObserver } from 'node:perf_hooks';
import { Kind } from '../daemon/event/kinds.ts';
import { CoreSession } from './core-session.ts';
import { atMost, type Bench, type Figure, quantile, type Ratio } from './harness.ts';

const WARM_UP = 200_000;
const EVENTS = 1_000_000;
/** Samples kept per kind. */
const SAMPLES = 400_000;
const PARTS = 9;

class Samples {
  readonly ns = new Float64Array(SAMPLES);
  count = 0;

  add(ns: number): void {
    if (this.count < SAMPLES) this.ns[this.count++] = ns;
  }

  /** The quantile of each of several consecutive parts: a median and a spread. */
  quantiles(share: number): number[] {
    const size = Math.floor(this.count / PARTS);
    return Array.from({ length: PARTS }, (_, i) => quantile([...this.ns.subarray(i * size, (i + 1) * size)], share));
  }
}

export const step: Bench = {
  name: 'step',
  question: 'a Core step by kind of Event, reference market maker, two clock readings included',
  loop: 'closed',
  async run() {
    const byName = new Map<string, Samples>();
    const quiet = Array.from({ length: 64 }, () => new Samples());
    const dispatching = new Samples();
    let observing = false;
    const session = await CoreSession.start('step', (kind, dispatched, ns) => {
      if (!observing) return;
      if (dispatched) dispatching.add(ns);
      else quiet[kind]!.add(ns);
    });
    session.run(WARM_UP);
    let collections = 0;
    const watcher = new PerformanceObserver((list) => { collections += list.getEntries().length; });
    watcher.observe({ entryTypes: ['gc'] });
    const heap = process.memoryUsage().heapUsed;
    observing = true;
    session.run(EVENTS);
    const growth = process.memoryUsage().heapUsed - heap;
    await new Promise((resolve) => setImmediate(resolve));
    watcher.disconnect();
    session.end();
    for (const kind of [Kind.BookDelta, Kind.BookSnapshot, Kind.OrderAccepted, Kind.OrderReplaced]) byName.set(Kind[kind]!, quiet[kind]!);
    byName.set('with a dispatch', dispatching);
    const notes = [
      `heap after ${EVENTS} market Events: ${(growth / 1e6).toFixed(1)} MB more, ${collections} collections; `
      + 'answers of the bench\'s own Venue are made of objects and counted in it',
      `${dispatching.count} steps dispatched`,
    ];
    return { figures: figuresOf(byName), ratios: ratiosOf(byName), notes };
  },
};

function figuresOf(byName: ReadonlyMap<string, Samples>): Figure[] {
  const named = [...byName].filter(([, samples]) => samples.count >= PARTS * 10);
  return named.flatMap(([name, samples]) => [
    { name: `${name}: p50`, unit: 'ns', samples: samples.quantiles(0.5) },
    { name: `${name}: p99`, unit: 'ns', samples: samples.quantiles(0.99) },
  ]);
}

function ratiosOf(byName: ReadonlyMap<string, Samples>): Ratio[] {
  const middle = (name: string): number => quantile(byName.get(name)!.quantiles(0.5), 0.5) / 1000;
  return [
    atMost('market Event, median', middle('BookDelta'), 1, ' µs'),
    atMost('with a dispatch, median', middle('with a dispatch'), 3, ' µs'),
  ];
}
