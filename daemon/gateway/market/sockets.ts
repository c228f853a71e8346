// The market sockets of one Venue as the desk knows them: which are open, when each was heard last, which has fallen silent.
// A socket is the number `index(connection, copy)`. Owns no socket; dials and closes nothing.

import type { ConnectionPlan } from '../../event/venue-session.ts';

export class MarketSockets {
  readonly plans: readonly ConnectionPlan[];
  readonly count: number;
  private readonly first: number[] = [];
  private readonly connections: number[] = [];
  private readonly open: Uint8Array;
  private readonly silent: Uint8Array;
  private readonly heardAt: Float64Array;

  constructor(plans: readonly ConnectionPlan[]) {
    this.plans = plans;
    for (const [connection, { copies }] of plans.entries()) {
      this.first.push(this.connections.length);
      for (let copy = 0; copy < copies; copy += 1) this.connections.push(connection);
    }
    this.count = this.connections.length;
    this.open = new Uint8Array(this.count);
    this.silent = new Uint8Array(this.count);
    this.heardAt = new Float64Array(this.count);
  }

  /** -1: no plan has it. */
  index(connection: number, copy: number): number {
    const plan = this.plans[connection];
    return plan !== undefined && copy >= 0 && copy < plan.copies ? this.first[connection] + copy : -1;
  }

  connectionOf(socket: number): number {
    return this.connections[socket];
  }

  copyOf(socket: number): number {
    return socket - this.first[this.connections[socket]];
  }

  /** Whether other sockets are dialled for the same feed. */
  isShared(socket: number): boolean {
    return this.plans[this.connections[socket]].copies > 1;
  }

  isOpen(socket: number): boolean {
    return this.open[socket] === 1;
  }

  isSilent(socket: number): boolean {
    return this.silent[socket] === 1;
  }

  get openCount(): number {
    let count = 0;
    for (let socket = 0; socket < this.count; socket += 1) count += this.open[socket];
    return count;
  }

  opened(socket: number, now: number): void {
    this.open[socket] = 1;
    this.silent[socket] = 0;
    this.heardAt[socket] = now;
  }

  /** Takes over which sockets are open, where the plans have the same shape. */
  inherit(before: MarketSockets): void {
    if (this.connections.join() !== before.connections.join()) return;
    this.open.set(before.open);
    this.heardAt.set(before.heardAt);
  }

  closed(socket: number): void {
    this.open[socket] = 0;
    this.silent[socket] = 0;
  }

  /** True: it had been silent. */
  heard(socket: number, now: number): boolean {
    this.heardAt[socket] = now;
    if (this.silent[socket] === 0) return false;
    this.silent[socket] = 0;
    return true;
  }

  /** True: it has just fallen silent. */
  fellSilent(socket: number, now: number): boolean {
    if (this.open[socket] === 0 || this.silent[socket] === 1 || now < this.silentAt(socket)) return false;
    this.silent[socket] = 1;
    return true;
  }

  /** When the next socket will have been silent for too long; Infinity: none. */
  nextSilence(): number {
    let due = Infinity;
    for (let socket = 0; socket < this.count; socket += 1) {
      if (this.open[socket] === 1 && this.silent[socket] === 0) due = Math.min(due, this.silentAt(socket));
    }
    return due;
  }

  private silentAt(socket: number): number {
    return this.heardAt[socket] + this.plans[this.connections[socket]].silenceNs + 1;
  }
}
