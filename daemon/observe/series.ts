// The memory of metrics that exist once per Venue, instrument, Strategy or gate: its layout, a pure function of the
// metric table and the Configuration's lists, so that the loop and the observer worker agree without talking. The
// label sets are therefore bounded by the Configuration.

import { GATE_NAMES, METRICS, type SeriesMetric, type SeriesOf } from './metric-table.ts';

/** What there is one series of each for. Plain data: it is handed to the worker. */
export interface Domains {
  readonly venues: readonly string[];
  readonly instruments: readonly { readonly id: string; readonly venue: string; readonly feedRequired: boolean }[];
  readonly strategies: readonly string[];
}

export interface SeriesLayout {
  /** Doubles needed. */
  readonly size: number;
  /** First index of a metric; entity `i` is at first + i. */
  readonly first: ReadonlyMap<string, number>;
  readonly labels: Readonly<Record<SeriesOf, readonly Readonly<Record<string, string>>[]>>;
  /** By instrument: readiness needs its feed. */
  readonly feedRequired: readonly boolean[];
}

export function layoutSeries(domains: Domains): SeriesLayout {
  const labels = {
    venue: domains.venues.map((venue) => ({ venue })),
    instrument: domains.instruments.map(({ id, venue }) => ({ instrument: id, venue })),
    strategy: domains.strategies.map((strategy) => ({ strategy })),
    gate: GATE_NAMES.map((gate) => ({ gate })),
  };
  const first = new Map<string, number>();
  let size = 0;
  for (const row of seriesRows()) {
    first.set(row.name, size);
    size += labels[row.of].length;
  }
  return { size, first, labels, feedRequired: domains.instruments.map(({ feedRequired }) => feedRequired) };
}

function seriesRows(): SeriesMetric[] {
  return METRICS.filter((row): row is SeriesMetric => row.source === 'series');
}

/** Shared memory for a layout, all zero. */
export function createSeries(layout: SeriesLayout): Float64Array {
  return new Float64Array(new SharedArrayBuffer(Math.max(1, layout.size) * Float64Array.BYTES_PER_ELEMENT));
}
