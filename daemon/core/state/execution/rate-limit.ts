// Token buckets as State: what is available is a function of the tokens at the last take and of Sequencing Time, so asking
// changes nothing and a fold that only sees dispatches ends with the same tokens [COR-23].

import type { DigestFold } from '../../../base/digest-fold.ts';
import { Action } from '../../../event/kinds.ts';
import type { RateLimitConfig } from '../../config.ts';

export class TokenBucket {
  config: RateLimitConfig;
  private tokens: number;
  /** When `tokens` was true, ns. */
  private since = 0;

  constructor(config: RateLimitConfig) {
    this.config = config;
    this.tokens = config.capacity;
  }

  /** New limits keep the tokens there are now, up to the new capacity. */
  reconfigure(config: RateLimitConfig, now: number): void {
    this.tokens = Math.min(config.capacity, this.available(now));
    this.since = now;
    this.config = config;
  }

  available(now: number): number {
    const returned = Math.floor((now - this.since) / this.config.tokenInterval);
    return Math.min(this.config.capacity, this.tokens + returned);
  }

  allows(action: number, now: number): boolean {
    return this.available(now) >= this.needed(action);
  }

  /** Earliest Sequencing Time at which `allows(action)` holds; Infinity when the bucket can never hold enough. */
  allowsAt(action: number): number {
    const missing = this.needed(action) - this.tokens;
    if (this.needed(action) > this.config.capacity) return Infinity;
    return missing <= 0 ? this.since : this.since + missing * this.config.tokenInterval;
  }

  /** Takes the cost of a dispatched request. Never below zero: an egress that had to go out empties the bucket. */
  take(action: number, now: number): void {
    const available = this.available(now);
    if (available === this.config.capacity) this.since = now;
    else this.since += Math.floor((now - this.since) / this.config.tokenInterval) * this.config.tokenInterval;
    this.tokens = Math.max(0, available - this.cost(action));
  }

  private needed(action: number): number {
    return action === Action.Cancel ? this.config.costCancel : this.cost(action) + this.config.reservedForCancel;
  }

  private cost(action: number): number {
    if (action === Action.Cancel) return this.config.costCancel;
    return action === Action.New ? this.config.costNew : this.config.costReplace;
  }

  fold(digest: DigestFold): void {
    digest.add(this.tokens);
    digest.add(this.since);
  }
}

/** All buckets of one Venue. */
export class RateCapacity {
  readonly buckets: TokenBucket[];

  constructor(limits: readonly RateLimitConfig[]) {
    this.buckets = limits.map((limit) => new TokenBucket(limit));
  }

  allows(action: number, now: number): boolean {
    for (let i = 0; i < this.buckets.length; i++) if (!this.buckets[i]!.allows(action, now)) return false;
    return true;
  }

  /** New limits of the same Venue; a bucket that is new starts full. */
  reconfigure(limits: readonly RateLimitConfig[], now: number): void {
    this.buckets.length = Math.min(this.buckets.length, limits.length);
    for (let i = 0; i < this.buckets.length; i++) this.buckets[i]!.reconfigure(limits[i]!, now);
    for (let i = this.buckets.length; i < limits.length; i++) this.buckets.push(new TokenBucket(limits[i]!));
  }

  allowsAt(action: number): number {
    let at = 0;
    for (let i = 0; i < this.buckets.length; i++) at = Math.max(at, this.buckets[i]!.allowsAt(action));
    return at;
  }

  take(action: number, now: number): void {
    for (let i = 0; i < this.buckets.length; i++) this.buckets[i]!.take(action, now);
  }

  fold(digest: DigestFold): void {
    for (let i = 0; i < this.buckets.length; i++) this.buckets[i]!.fold(digest);
  }
}
