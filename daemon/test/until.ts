// Waits for a condition, never for a length of time: looks until it holds, and fails with what it waited for when the
// deadline passes first.

import { performance } from 'node:perf_hooks';

/** A generous bound: reached only when something is broken, however slow the machine and whatever else it does. */
export const PATIENCE_MS = 120_000;

interface Patience {
  /** Other than PATIENCE_MS. */
  readonly deadlineMs?: number;
  readonly everyMs?: number;
  /** Added to the message of the failure: what the world looked like then. */
  readonly details?: () => string;
}

const EVERY_MS = 10;

/** Resolves to the first answer that is not undefined, null or false. */
export async function until<T>(what: string, look: () => T | Promise<T>, patience: Patience = {}): Promise<NonNullable<T>> {
  const { deadlineMs = PATIENCE_MS, everyMs = EVERY_MS, details = () => '' } = patience;
  const begun = performance.now();
  for (;;) {
    const answer = await look();
    if (answer !== undefined && answer !== null && answer !== false) return answer;
    if (performance.now() - begun > deadlineMs) throw new Error(`waited ${deadlineMs / 1000} s for ${what}\n${details()}`);
    await pause(everyMs);
  }
}

/** Between two looks, or until the moment a fault was drawn for. Never a substitute for a condition. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, milliseconds); });
}
