// Watches the loop's own heap: each garbage collection is counted with its pause, and the heap's size is noted then. It
// costs nothing between collections; only the thread that owns a heap can watch it, so this cannot live in the worker.

import { constants, PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import { Counter, countLatency } from '../event/counters.ts';

const indexOfKind: Readonly<Record<number, number>> = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: Counter.GcMinor,
  [constants.NODE_PERFORMANCE_GC_MAJOR]: Counter.GcMajor,
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: Counter.GcIncremental,
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: Counter.GcWeak,
};

/** Starts watching; the returned function stops it. */
export function watchMainThread(counters: Float64Array): () => void {
  noteHeap(counters);
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { kind } = (entry as unknown as { detail?: { kind?: number } }).detail ?? {};
      countCollection(counters, kind ?? 0, Math.round(entry.duration * 1e6));
    }
    noteHeap(counters);
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => observer.disconnect();
}

export function countCollection(counters: Float64Array, kind: number, pauseNs: number): void {
  counters[indexOfKind[kind] ?? Counter.GcMinor]! += 1;
  counters[Counter.GcNsTotal]! += pauseNs;
  counters[Counter.GcNsMax] = Math.max(counters[Counter.GcNsMax] ?? 0, pauseNs);
  countLatency(counters, Counter.GcBucket0, pauseNs);
}

function noteHeap(counters: Float64Array): void {
  const heap = getHeapStatistics();
  counters[Counter.HeapUsedBytes] = heap.used_heap_size;
  counters[Counter.HeapTotalBytes] = heap.total_heap_size;
  counters[Counter.ExternalBytes] = heap.external_memory;
}
