// The client's recent executions, oldest first and bounded, each with when its report was delivered: what a
// reconciliation reports again. An execution whose report never left is reported whatever its age, as long as it is
// remembered.

import type { FilledMessage } from './outbound.ts';

interface Execution {
  readonly report: FilledMessage;
  readonly symbol: string;
  /** Unix ns; 0n: not yet, or never. */
  deliveredAt: bigint;
}

export class ExecutionMemory {
  private readonly ring: Execution[] = [];
  private readonly max: number;
  /** Forgotten before they were delivered: a reconciliation can no longer be complete. */
  lost = 0;

  constructor(max: number) {
    this.max = max;
  }

  add(report: FilledMessage, symbol: string, deliveredAt = 0n): void {
    this.ring.push({ report, symbol, deliveredAt });
    if (this.ring.length <= this.max) return;
    if (this.ring.shift()?.deliveredAt === 0n) this.lost += 1;
  }

  delivered(executionId: string, time: bigint): void {
    for (let i = this.ring.length - 1; i >= 0; i -= 1) {
      if (this.ring[i].report.fields.executionId === executionId) {
        this.ring[i].deliveredAt = time;
        return;
      }
    }
  }

  /** Never delivered, or delivered at `since` or later. */
  recent(since: bigint): Execution[] {
    return this.ring.filter(({ deliveredAt }) => deliveredAt === 0n || deliveredAt >= since);
  }

  list(): readonly Execution[] {
    return this.ring;
  }

  clear(): void {
    this.ring.length = 0;
    this.lost = 0;
  }
}
