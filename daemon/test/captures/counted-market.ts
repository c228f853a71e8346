// A market adapter that counts what its rules say, and keeps hold of the copies they judge: the gateway's side of a
// comparison, seen from outside the desk. Changes no answer.

import type { LevelBook } from '../../base/level-book.ts';
import { BookEntry } from '../../event/generated/view_generated.ts';
import {
  Admission, type BookRule, type MarketAdapter, type MarketDecoder, type Notice, type SnapshotRequest,
} from '../../event/market-adapter.ts';
import type { ConnectionPlan, HttpRequest, VenueInstrument } from '../../event/venue-session.ts';

interface MarketCounts {
  /** Entries whose checksum stood in the frame and was right, and those the rule rejected. */
  verified: number;
  rejected: number;
  gaps: number;
}

export class CountedMarket implements MarketAdapter {
  readonly needsSnapshot: boolean;
  readonly counts: MarketCounts = { verified: 0, rejected: 0, gaps: 0 };
  /** By instrument, once a snapshot came. */
  readonly copies: LevelBook[] = [];
  /** Event Time of the last entry accepted, Unix seconds, by instrument. */
  readonly lastSeconds: number[] = [];
  private readonly adapter: MarketAdapter;

  constructor(adapter: MarketAdapter) {
    this.adapter = adapter;
    this.needsSnapshot = adapter.needsSnapshot;
  }

  get decoder(): MarketDecoder {
    return this.adapter.decoder;
  }

  get bookDepths(): readonly number[] {
    return this.adapter.bookDepths;
  }

  get definitions(): HttpRequest | null {
    return this.adapter.definitions;
  }

  open(instruments: readonly VenueInstrument[]): void {
    this.adapter.open(instruments);
  }

  connections(): readonly ConnectionPlan[] {
    return this.adapter.connections();
  }

  subscribe(connection: number): readonly string[] {
    return this.adapter.subscribe(connection);
  }

  snapshot(instrument: number): SnapshotRequest {
    return this.adapter.snapshot(instrument);
  }

  interpret(text: string): Notice {
    return this.adapter.interpret(text);
  }

  bookRule(instrument: number): BookRule {
    return new CountedRule(this.adapter.bookRule(instrument), this, instrument);
  }
}

class CountedRule implements BookRule {
  private readonly rule: BookRule;
  private readonly market: CountedMarket;
  private readonly instrument: number;

  constructor(rule: BookRule, market: CountedMarket, instrument: number) {
    this.rule = rule;
    this.market = market;
    this.instrument = instrument;
  }

  get depth(): number { return this.rule.depth; }
  get sequenced(): boolean { return this.rule.sequenced; }
  get sequence(): number { return this.rule.sequence; }

  reset(): void {
    this.rule.reset();
  }

  admit(decoder: MarketDecoder, entry: number): Admission {
    const admission = this.rule.admit(decoder, entry);
    if (admission === Admission.Gap) this.market.counts.gaps += 1;
    return admission;
  }

  accept(decoder: MarketDecoder, entry: number, book: LevelBook): boolean {
    const at = entry * BookEntry.Stride;
    const { counts } = this.market;
    const isAccepted = this.rule.accept(decoder, entry, book);
    this.market.copies[this.instrument] = book;
    this.market.lastSeconds[this.instrument] = decoder.books[at + BookEntry.EventSeconds]
      + decoder.books[at + BookEntry.EventNanoseconds] / 1e9;
    if (!isAccepted) counts.rejected += 1;
    else if (!Number.isNaN(decoder.books[at + BookEntry.Checksum])) counts.verified += 1;
    return isAccepted;
  }
}
