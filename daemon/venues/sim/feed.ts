// The public market data of every market, and what goes wrong with it: gaps announced or silent, crossed books,
// absurd sizes, instruments nobody asked for. The faults falsify messages, never the books behind them.

import type { Levels } from '../../event/event-fields.ts';
import { FeedReason, FeedState, Kind } from '../../event/kinds.ts';
import type { Audit } from './audit.ts';
import type { Delivery } from './delivery.ts';
import type { Exchange } from './exchange.ts';
import type { FaultPlan } from './faults.ts';
import type { Market } from './market.ts';
import type { MarketMessage } from './outbound.ts';
import { Publication } from './publication.ts';
import type { FaultKind } from '../../event/simulation-settings.ts';

/** An index no configuration has. */
const UNKNOWN_INSTRUMENT = 65_535;

export class Feed {
  readonly publications = new Map<string, Publication>();
  /** Of the Welcome. */
  private venue = 0;
  /** Markets that the Welcome named: of no other may anything be said. */
  private readonly subscribed = new Set<string>();
  /** Markets whose feed was declared invalid and waits for its snapshot. */
  private readonly broken = new Set<string>();
  private readonly exchange: Exchange;
  private readonly delivery: Delivery;
  private readonly plan: FaultPlan;
  private readonly audit: Audit;

  constructor(exchange: Exchange, delivery: Delivery, plan: FaultPlan, audit: Audit) {
    this.exchange = exchange;
    this.delivery = delivery;
    this.plan = plan;
    this.audit = audit;
  }

  open(market: Market): Publication {
    const known = this.publications.get(market.symbol);
    if (known !== undefined) return known;
    const publication = new Publication(market);
    this.publications.set(market.symbol, publication);
    return publication;
  }

  /** A new link: nothing is subscribed yet. */
  reset(venue: number): void {
    this.venue = venue;
    this.subscribed.clear();
    this.broken.clear();
  }

  /** What a subscriber gets first. */
  subscribe(market: Market, now: number): void {
    const { instrument, symbol, priceScale, quantityScale, tickSize, lotSize, minimumQuantity } = market.instrument;
    this.subscribed.add(symbol);
    this.delivery.market({
      kind: Kind.InstrumentDefined,
      fields: { instrument, venue: this.venue, symbol, priceScale, quantityScale, tickSize, lotSize, minimumQuantity },
    }, now);
    this.state(market, now);
    this.snapshot(market, FeedReason.Subscribed, now);
  }

  state(market: Market, now: number): void {
    this.delivery.market({
      kind: Kind.InstrumentStatus,
      fields: { instrument: market.instrument.instrument, state: market.state, eventTime: this.exchange.time },
    }, now);
  }

  snapshot(market: Market, reason: FeedReason, now: number): void {
    const publication = this.open(market);
    this.broken.delete(market.symbol);
    this.trades(publication, now);
    this.delivery.market(publication.snapshot(this.exchange.time), now);
    this.status(market, FeedState.Valid, reason, 0, now);
  }

  /** Publishes what changed. Returns the faults it met that are the session's to carry out. */
  publish(market: Market, now: number): readonly FaultKind[] {
    const publication = this.open(market);
    if (this.delivery.output === null || !this.subscribed.has(market.symbol)) {
      market.prints = [];
      return [];
    }
    this.trades(publication, now);
    if (this.broken.has(market.symbol)) return [];
    const delta = publication.delta(this.exchange.time);
    if (delta === null) return [];
    const faults = this.plan.atDelta();
    const skipped = faults.find((fault) => fault === 'announcedGap' || fault === 'silentGap');
    if (skipped === undefined) this.delivery.market(delta, now);
    else this.audit.struck(skipped);
    if (skipped === 'announcedGap') {
      this.broken.add(market.symbol);
      this.status(market, FeedState.Invalid, FeedReason.SequenceGap, 1, now);
    }
    for (const fault of faults) this.falsify(fault, publication, now);
    return faults;
  }

  isBroken(market: Market): boolean {
    return this.broken.has(market.symbol);
  }

  private falsify(fault: FaultKind, publication: Publication, now: number): void {
    const message = this.falseMessage(fault, publication);
    if (message === null) return;
    this.audit.struck(fault);
    this.delivery.market(message, now);
  }

  private falseMessage(fault: FaultKind, publication: Publication): MarketMessage | null {
    const time = this.exchange.time;
    const { tickSize, lotSize, instrument } = publication.market.instrument;
    const { bid, ask } = publication.top();
    const delta = (bids: Levels): MarketMessage => publication.falseDelta(time, bids, []);
    switch (fault) {
      case 'crossedBook': return ask === 0 ? null : delta([ask + tickSize, lotSize]);
      case 'negativeQuantity': return bid === 0 ? null : delta([bid, -lotSize]);
      case 'zeroQuantity': return bid <= tickSize ? null : {
        kind: Kind.Trade,
        fields: { instrument, prints: [{ price: bid, quantity: 0, eventTime: time, id: 0n, aggressor: 0 }] },
      };
      case 'unknownInstrument': return {
        kind: Kind.BookDelta,
        fields: {
          instrument: UNKNOWN_INSTRUMENT, eventTime: time, previous: 0n, sequence: 1n, bids: [tickSize, lotSize],
          asks: [],
        },
      };
      default: return null;
    }
  }

  private trades(publication: Publication, now: number): void {
    const trades = publication.trades();
    if (trades !== null) this.delivery.market(trades, now);
  }

  private status(market: Market, state: FeedState, reason: FeedReason, dropped: number, now: number): void {
    const { instrument } = market.instrument;
    this.delivery.market({
      kind: Kind.FeedStatusChanged, fields: { venue: this.venue, instrument, state, reason, dropped },
    }, now);
  }
}
