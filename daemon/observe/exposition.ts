// The Prometheus text of every metric: a prom-client registry whose metrics read shared memory when they are collected.
// Runs in the observer worker; only ever reads, and never asks the loop for anything.

import { Counter as PromCounter, Gauge, Histogram, Registry } from 'prom-client';
import { LATENCY_BUCKETS_NS } from '../event/counters.ts';
import {
  type HistogramMetric,
  METRICS,
  type MetricRow,
  type ObserverMetric,
  type SeriesMetric,
} from './metric-table.ts';
import type { SeriesLayout } from './series.ts';

export interface ObservedSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
/** Values of one collection of the `observer` metrics, by name. */
type ReadObserved = () => ReadonlyMap<string, readonly ObservedSample[]>;

interface ExpositionSource {
  readonly counters: Float64Array;
  readonly series: Float64Array;
  readonly layout: SeriesLayout;
  readonly readObserved: ReadObserved;
}

type Sample = readonly [labels: Record<string, string>, value: number];

const SECONDS_PER_NS = 1e-9;

/** The registry; `text()` of it is what a scrape gets. */
export class Exposition {
  readonly #registry = new Registry();
  readonly #source: ExpositionSource;
  #observed: ReadonlyMap<string, readonly ObservedSample[]> = new Map();
  #pending: Promise<string> | null = null;

  constructor(source: ExpositionSource) {
    this.#source = source;
    for (const row of METRICS) this.#register(row);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Scrapes that overlap share one collection. */
  text(): Promise<string> {
    if (this.#pending !== null) return this.#pending;
    this.#observed = this.#source.readObserved();
    this.#pending = this.#registry.metrics().finally(() => {
      this.#pending = null;
    });
    return this.#pending;
  }

  #register(row: MetricRow): void {
    const { name, help } = row;
    const registers = [this.#registry];
    if (row.source === 'histogram') {
      const read = () => readHistogram(this.#source.counters, row);
      this.#registry.registerMetric(new SharedHistogram({ name, help, registers: [] }, read));
      return;
    }
    const labelNames = labelNamesOf(row);
    const samples = () => this.#samplesOf(row);
    if (row.type === 'counter') {
      void new PromCounter({
        name,
        help,
        labelNames,
        registers,
        collect() {
          this.reset();
          for (const [labels, value] of samples()) this.inc(labels, value);
        },
      });
    } else {
      void new Gauge({
        name,
        help,
        labelNames,
        registers,
        collect() {
          this.reset();
          for (const [labels, value] of samples()) this.set(labels, value);
        },
      });
    }
  }

  /** A value that is not a number would make the whole scrape fail: it is shown as 0. */
  #samplesOf(row: Exclude<MetricRow, HistogramMetric>): Sample[] {
    return this.#read(row).map(([labels, value]) => [labels, Number.isFinite(value) ? value : 0]);
  }

  #read(row: Exclude<MetricRow, HistogramMetric>): Sample[] {
    const { counters } = this.#source;
    switch (row.source) {
      case 'scalar':
        return [[{}, (counters[row.index] ?? 0) * row.factor]];
      case 'enum':
        return row.values.map(([value, offset]) => [{ [row.label]: value }, counters[row.index0 + offset] ?? 0]);
      case 'state':
        return oneHot(row.values, counters[row.index] ?? 0, row.label, {});
      case 'series':
        return this.#seriesSamples(row);
      case 'observer':
        return this.#observedSamples(row);
    }
  }

  #seriesSamples({ name, of, factor, values }: SeriesMetric): Sample[] {
    const { series, layout } = this.#source;
    const first = layout.first.get(name) ?? 0;
    return layout.labels[of].flatMap((labels, index): Sample[] => {
      const value = series[first + index] ?? 0;
      return values === null ? [[{ ...labels }, value * factor]] : oneHot(values, value, 'state', labels);
    });
  }

  #observedSamples({ name }: ObserverMetric): Sample[] {
    return (this.#observed.get(name) ?? []).map(({ labels, value }) => [{ ...labels }, value]);
  }
}

/** Names of the labels a metric carries, in the order they are shown. */
export function labelNamesOf(row: Exclude<MetricRow, HistogramMetric>): string[] {
  switch (row.source) {
    case 'scalar':
      return [];
    case 'enum':
    case 'state':
      return [row.label];
    case 'series':
      return [
        ...(row.of === 'instrument' ? ['instrument', 'venue'] : [row.of]),
        ...(row.values === null ? [] : ['state']),
      ];
    case 'observer':
      return row.name === 'tcx_build_info' ? ['version', 'commit', 'schema'] : row.label === null ? [] : [row.label];
  }
}

function oneHot(
  values: readonly string[],
  current: number,
  label: string,
  rest: Readonly<Record<string, string>>,
): Sample[] {
  return values.map((value, index) => [{ ...rest, [label]: value }, index === current ? 1 : 0]);
}

interface HistogramReading {
  readonly cumulative: readonly number[];
  readonly count: number;
  readonly sum: number;
}

function readHistogram(counters: Float64Array, { bucket0, total }: HistogramMetric): HistogramReading {
  const cumulative: number[] = [];
  let count = 0;
  for (let bucket = 0; bucket <= LATENCY_BUCKETS_NS.length; bucket += 1) {
    count += counters[bucket0 + bucket] ?? 0;
    cumulative.push(count);
  }
  return { cumulative, count, sum: (counters[total] ?? 0) * SECONDS_PER_NS };
}

/** A prom-client histogram whose buckets live in shared memory. */
class SharedHistogram extends Histogram {
  readonly #read: () => HistogramReading;
  readonly #name: string;
  readonly #help: string;

  constructor(configuration: { name: string; help: string; registers: Registry[] }, read: () => HistogramReading) {
    super(configuration);
    this.#name = configuration.name;
    this.#help = configuration.help;
    this.#read = read;
  }

  override async get() {
    const { cumulative, count, sum } = this.#read();
    const name = this.#name;
    const buckets = cumulative.map((value, index) => {
      const bound = LATENCY_BUCKETS_NS[index];
      const le = bound === undefined ? '+Inf' : String(bound / 1e9);
      return { labels: { le }, value, metricName: `${name}_bucket` };
    });
    return {
      // prom-client declares this enum but does not export it as a value.
      name,
      help: this.#help,
      type: 'histogram' as never,
      aggregator: 'sum' as const,
      collect: () => undefined,
      values: [
        ...buckets,
        { labels: {}, value: sum, metricName: `${name}_sum` },
        { labels: {}, value: count, metricName: `${name}_count` },
      ],
    };
  }

  getForPromString() {
    return this.get();
  }
}
