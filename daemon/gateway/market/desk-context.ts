// What the parts of the market desk share, and what they count. Data only.

import type { MarketAdapter } from '../../event/market-adapter.ts';
import type { MarketEvents } from './market-events.ts';
import type { Problems } from './problems.ts';

export interface MarketStatistics {
  frames: number;
  heartbeats: number;
  /** Books whose checksum was computed and equal. */
  checksumsVerified: number;
  checksumMismatches: number;
  crossedBooks: number;
  /** Updates that never came. */
  sequenceGaps: number;
  /** Snapshots asked for because a book was lost. */
  resyncs: number;
  prints: number;
  /** What a second socket repeated. */
  duplicates: number;
}

export interface DeskContext {
  readonly adapter: MarketAdapter;
  readonly events: MarketEvents;
  readonly problems: Problems;
  readonly statistics: MarketStatistics;
  /** An unanswered request for a snapshot is repeated after this. */
  readonly resyncTimeoutNs: number;
  /** How long an update that one socket lacks may take to come on another. */
  readonly patienceNs: number;
}
