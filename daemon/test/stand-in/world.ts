// What every part of a stand-in shares: settings, clock, engine, faults, log, the Venue's state, and who is connected. Wiring only.

import type { Connection } from './connection.ts';
import type { Engine } from './engine.ts';
import type { FaultPlan } from './faults.ts';
import type { EngineReport } from './orders.ts';
import type { Protocol } from './server.ts';
import type { StandInSettings } from './settings.ts';
import type { VenueClock } from './clock.ts';
import type { WireLog } from './wire-log.ts';

/** `online`: everything; the others as Kraken names them, and the nearest equivalent elsewhere. */
export type SystemStatus = 'online' | 'maintenance' | 'cancel_only' | 'post_only';

export interface World {
  readonly settings: StandInSettings;
  readonly clock: VenueClock;
  readonly engine: Engine;
  readonly plan: FaultPlan;
  readonly log: WireLog;
  status: SystemStatus;
  /** How often each of the account's executions (by TradeRecord.number) was told, on a stream or in an answer. */
  readonly told: Map<number, number>;
  connections(kind: string): readonly Connection[];
  /** Gives what the engine has to report to the Venue's channels, and publishes what changed in the books. */
  tell(): void;
}

/** A Venue's interface over the engine. */
export interface VenueProtocol extends Protocol {
  /** Addresses by role, below the server's own: what a client is configured with. */
  readonly paths: Readonly<Record<string, string>>;
  tell(reports: readonly EngineReport[]): void;
  publish(): void;
  /** About every `heartbeatMs`. */
  heartbeat(): void;
  statusChanged(): void;
  /** The account's money changed without an order. */
  balanceMoved(currency: string, change: bigint): void;
  /** Tokens and sessions end now. */
  expireSessions(): void;
  /** What is due by the clock: dead-man switches. */
  advance(now: bigint): void;
  close(): void;
}

/** Counts it: the audit compares what was told with what was executed. */
export function told(world: World, tradeNumber: number): void {
  world.told.set(tradeNumber, (world.told.get(tradeNumber) ?? 0) + 1);
}

/** `capacity` at once, one more every `intervalMs`. */
export class RequestLimit {
  private readonly capacity: number;
  private readonly intervalMs: number;
  private left: number;
  private at = 0;

  constructor({ capacity, intervalMs }: StandInSettings['rateLimit']) {
    this.capacity = capacity;
    this.intervalMs = intervalMs;
    this.left = capacity;
  }

  /** False: one too many. */
  take(nowMs: number): boolean {
    if (this.capacity === 0) return true;
    if (this.at === 0) this.at = nowMs;
    const back = Math.floor((nowMs - this.at) / this.intervalMs);
    if (back > 0) {
      this.left = Math.min(this.capacity, this.left + back);
      this.at += back * this.intervalMs;
    }
    if (this.left === 0) return false;
    this.left -= 1;
    return true;
  }

  get used(): number {
    return this.capacity - this.left;
  }
}
