// Liveness and readiness over every reason they know, and the gauges and kernel facts they are told by.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { Counter, createCounters, LATENCY_BUCKETS_NS, SESSION_PHASES } from '../event/counters.ts';
import { GaugePublisher } from './gauge-publisher.ts';
import { type HealthSource, liveness, readiness } from './health.ts';
import { countCollection } from './main-thread-probe.ts';
import { METRICS, UNSHOWN } from './metric-table.ts';
import { readProcessSamples } from './process-facts.ts';
import { createSeries, layoutSeries } from './series.ts';
import { createState } from './state.fixture.ts';

const NOW = 1_700_000_000_000;
const domains = {
  venues: ['sim'],
  strategies: ['maker'],
  instruments: [
    { id: 'btc-usd', venue: 'sim', feedRequired: true },
    { id: 'eth-usd', venue: 'sim', feedRequired: false },
  ],
};

function source(change: (counters: Float64Array) => void = () => undefined, ready = true): HealthSource {
  const layout = layoutSeries(domains);
  const series = createSeries(layout);
  new GaugePublisher(series, layout, domains).publish(createState({ ready }));
  const counters = createCounters();
  counters[Counter.BeatUnixMs] = NOW - 10;
  counters[Counter.Phase] = SESSION_PHASES.indexOf('ready');
  change(counters);
  return { counters, series, layout, nowMs: NOW, beatMaxMs: 5_000 };
}

const phase = (name: (typeof SESSION_PHASES)[number]) => (counters: Float64Array) => {
  counters[Counter.Phase] = SESSION_PHASES.indexOf(name);
};
const codes = (health: HealthSource) =>
  readiness(health).reasons.map(({ code, subject }) => (subject === '' ? code : `${code}:${subject}`));

describe('readiness', () => {
  it('MON-5: ok when alive and every part is in order; a feed that is not required does not count', () => {
    expect(readiness(source())).toEqual({ status: 'ok', phase: 'ready', reasons: [] });
  });

  it.each<[string, (counters: Float64Array) => void, string[]]>([
    ['warming', phase('warming'), ['phase:warming']],
    ['draining', phase('draining'), ['phase:draining']],
    ['closed', phase('closed'), ['phase:closed']],
    ['paused is the operator’s choice', phase('paused'), []],
    ['trading', phase('trading'), []],
    [
      'kill switch',
      (counters) => {
        counters[Counter.KillSwitch] = 1;
      },
      ['kill_switch'],
    ],
    [
      'egress latch',
      (counters) => {
        counters[Counter.EgressLatched] = 1;
      },
      ['egress_latched'],
    ],
    [
      'journal',
      (counters) => {
        counters[Counter.JournalFailure] = -9;
      },
      ['journal_failed'],
    ],
    [
      'a closed gate whose name is not published yet',
      (counters) => {
        counters[Counter.GatesClosed] = 1;
      },
      ['gate_closed'],
    ],
  ])('MON-5: %s', (_name, change, expected) => {
    const health = source(change);
    expect(codes(health)).toEqual(expected);
    expect(readiness(health).status).toBe(expected.length === 0 ? 'ok' : 'degraded');
  });

  it('MON-5: closed gates are named; several reports of one name are open only together', () => {
    expect(
      codes(
        source((counters) => {
          counters[Counter.GatesClosed] = 2;
        }, false),
      ),
    ).toEqual(['gate_closed:reconciliation', 'gate_closed:kill-switch']);
  });

  it.each([
    ['stale', 3],
    ['invalid', 2],
    ['unknown', 0],
  ])('MON-5: a live process with a %s feed is degraded, not healthy', (name, value) => {
    const health = source();
    health.series[health.layout.first.get('tcx_feed_state') ?? 0] = value;
    expect(readiness(health)).toMatchObject({
      status: 'degraded',
      reasons: [{ code: 'feed_not_valid', subject: 'btc-usd', detail: `the feed of btc-usd is ${name}` }],
    });
  });

  it('MON-5: a link that is down is named', () => {
    const health = source();
    health.series[health.layout.first.get('tcx_venue_link_up') ?? 0] = 0;
    expect(codes(health)).toEqual(['link_down:sim']);
  });
});

describe('liveness', () => {
  it('MON-2: fails when the loop is silent or halted, and readiness with it', () => {
    const silent = source((counters) => {
      counters[Counter.BeatUnixMs] = NOW - 5_001;
    });
    expect(liveness(silent)).toMatchObject({ status: 'failed', reasons: [{ code: 'loop_silent' }] });
    expect(readiness(silent).status).toBe('failed');
    expect(liveness(source(phase('halted')))).toMatchObject({ status: 'failed', reasons: [{ code: 'halted' }] });
  });

  it('MON-2: a daemon that replays its journal at start is alive without a beat', () => {
    expect(
      liveness(
        source((counters) => {
          phase('warming')(counters);
          counters[Counter.BeatUnixMs] = 0;
        }),
      ).status,
    ).toBe('ok');
  });
});

describe('the metric table', () => {
  it('MON-4: every counter is the source of a metric, or says why not', () => {
    const used = new Set<number>();
    for (const row of METRICS) {
      if (row.source === 'scalar' || row.source === 'state') used.add(row.index);
      if (row.source === 'enum') row.values.forEach(([, offset]) => used.add(row.index0 + offset));
      if (row.source === 'histogram') [row.total, row.bucket0].forEach((index) => used.add(index));
    }
    const starts = new Set(METRICS.flatMap((row) => (row.source === 'enum' ? [row.index0] : [])));
    const missing = Object.entries(Counter).filter(([name, index]) => {
      return name !== 'Size' && !used.has(index) && !starts.has(index) && UNSHOWN[name] === undefined;
    });
    expect(missing).toEqual([]);
  });

  it('MON-4: no two metrics share a counter or a name, and blocks do not overlap', () => {
    const owner = new Map<number, string>();
    const take = (index: number, name: string) => {
      expect(owner.get(index) ?? name, `${name} and ${owner.get(index) ?? ''} at ${index}`).toBe(name);
      expect(index).toBeLessThan(Counter.Size);
      owner.set(index, name);
    };
    for (const row of METRICS) {
      if (row.source === 'scalar' || row.source === 'state') take(row.index, row.name);
      if (row.source === 'enum') row.values.forEach(([, offset]) => take(row.index0 + offset, row.name));
      if (row.source === 'histogram') {
        take(row.total, row.name);
        for (let bucket = 0; bucket <= LATENCY_BUCKETS_NS.length; bucket += 1) take(row.bucket0 + bucket, row.name);
      }
    }
    expect(new Set(METRICS.map(({ name }) => name)).size).toBe(METRICS.length);
  });

  it('MON-4: names follow the conventions: tcx_, snake case, counters end in _total, nothing else does', () => {
    for (const { name, type, help } of METRICS) {
      expect(name).toMatch(/^tcx_[a-z][a-z0-9_]*$/);
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
      expect(name, 'base units').not.toMatch(/_(ms|ns|us|milliseconds|kilobytes|mb)(_|$)/);
      expect(help.length, name).toBeGreaterThan(5);
    }
  });
});

describe('kernel and heap facts', () => {
  it('MON-4: this process has memory, CPU time, threads and files', () => {
    const samples = readProcessSamples(process.pid);
    const names = METRICS.filter(({ source: kind, name }) => kind === 'observer' && /process|loop/.test(name)).map(
      ({ name }) => name,
    );
    expect([...samples.keys()].sort()).toEqual(names.sort());
    expect(samples.get('tcx_loop_context_switches_total')?.length).toBe(2);
  });

  it('MON-4: what cannot be read is left out, not shown as zero', () => {
    const proc = mkdtempSync(join(tmpdir(), 'tcx-proc-'));
    mkdirSync(join(proc, '7'));
    writeFileSync(join(proc, '7/status'), 'VmRSS:\t  2 kB\n');
    writeFileSync(join(proc, '7/stat'), '7 (a ) b (c)) S 1 1 1 0 -1 0 10 0 3 0 150 50 0 0 20');
    expect(readProcessSamples(7, proc)).toEqual(
      new Map([
        ['tcx_process_resident_memory_bytes', [{ labels: {}, value: 2048 }]],
        ['tcx_process_cpu_seconds_total', [{ labels: {}, value: 2 }]],
        ['tcx_process_major_faults_total', [{ labels: {}, value: 3 }]],
      ]),
    );
    rmSync(proc, { recursive: true });
  });

  it('MON-4: a collection is counted by kind with its pause', () => {
    const counters = createCounters();
    countCollection(counters, constants.NODE_PERFORMANCE_GC_MAJOR, 3_000);
    countCollection(counters, constants.NODE_PERFORMANCE_GC_MINOR, 1_000);
    expect([
      counters[Counter.GcMajor],
      counters[Counter.GcMinor],
      counters[Counter.GcNsTotal],
      counters[Counter.GcNsMax],
    ]).toEqual([1, 1, 4_000, 3_000]);
    expect([...counters.subarray(Counter.GcBucket0, Counter.GcBucket0 + 3)]).toEqual([1, 0, 1]);
  });
});
