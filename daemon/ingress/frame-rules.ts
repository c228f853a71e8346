// Owns what a gateway may say: which kinds, about which instruments, with which enum values. Checked on the decoded Event
// after C++ verified the bytes and before anything enters the stream. Never decides what an Event means.

import { BALANCE_STRIDE, POSITION_STRIDE } from '../event/event-view.ts';
import { Slot } from '../event/generated/view_generated.ts';
import { ErrorCode } from '../event/generated/link_generated.ts';
import {
  CancelReason, FeedReason, FeedState, InstrumentState, Kind, Liquidity, RejectReason, Side, VenueOrderStatus,
} from '../event/kinds.ts';

/** The part of the Configuration the ingress needs, by index. */
export interface IngressInstrument {
  readonly venue: number;
  readonly priceScale: number;
  readonly quantityScale: number;
  readonly tickSize: number;
  readonly lotSize: number;
  readonly minimumQuantity: number;
}

export interface IngressConfig {
  readonly venueCount: number;
  readonly currencyCount: number;
  readonly instruments: readonly IngressInstrument[];
}

const KIND_COUNT = Kind.StateDigest + 1;

/** What is checked for each kind; 0: a gateway may not send it. */
const Rule = {
  Forbidden: 0, Market: 1, Report: 2, Fill: 3, StatusReport: 4, Balances: 5, Positions: 6, Feed: 7, Definition: 8,
} as const;

const RULE_BY_KIND = new Uint8Array(KIND_COUNT);
/** Largest value of the enum in Slot.Reason and Slot.State; -1: the kind has none. */
const REASON_MAX = new Int16Array(KIND_COUNT).fill(-1);
const STATE_MAX = new Int16Array(KIND_COUNT).fill(-1);

for (const kind of [Kind.BookSnapshot, Kind.BookDelta, Kind.Trade, Kind.InstrumentStatus]) RULE_BY_KIND[kind] = Rule.Market;
for (const kind of [
  Kind.OrderAccepted, Kind.OrderRejected, Kind.OrderCancelled, Kind.OrderReplaced, Kind.CancelRejected, Kind.ReplaceRejected,
]) RULE_BY_KIND[kind] = Rule.Report;
RULE_BY_KIND[Kind.OrderFilled] = Rule.Fill;
RULE_BY_KIND[Kind.OrderStatusReport] = Rule.StatusReport;
RULE_BY_KIND[Kind.BalanceReport] = Rule.Balances;
RULE_BY_KIND[Kind.PositionReport] = Rule.Positions;
RULE_BY_KIND[Kind.FeedStatusChanged] = Rule.Feed;
RULE_BY_KIND[Kind.InstrumentDefined] = Rule.Definition;

REASON_MAX[Kind.OrderRejected] = RejectReason.NotTransmitted;
REASON_MAX[Kind.CancelRejected] = RejectReason.NotTransmitted;
REASON_MAX[Kind.ReplaceRejected] = RejectReason.NotTransmitted;
REASON_MAX[Kind.OrderCancelled] = CancelReason.Disposed;
REASON_MAX[Kind.FeedStatusChanged] = FeedReason.BookOverflow;
STATE_MAX[Kind.FeedStatusChanged] = FeedState.Stale;
STATE_MAX[Kind.InstrumentStatus] = InstrumentState.Halted;
STATE_MAX[Kind.OrderStatusReport] = VenueOrderStatus.NotFound;

/** Market Events may be shed when a gateway floods; nothing else ever is. */
export function isMarketKind(kind: number): boolean {
  return kind >= Kind.BookSnapshot && kind <= Kind.Trade;
}

export class FrameRules {
  private readonly venueOfInstrument: Int32Array;
  private readonly instruments: readonly IngressInstrument[];
  private readonly currencyCount: number;

  constructor(config: IngressConfig) {
    this.venueOfInstrument = Int32Array.from(config.instruments, (instrument) => instrument.venue);
    this.instruments = config.instruments;
    this.currencyCount = config.currencyCount;
  }

  /** `ErrorCode.None`, or why the Event in `slot` / `entries` may not come from the gateway of `venue`. */
  check(slot: Float64Array, entries: Float64Array, venue: number): number {
    const kind = slot[Slot.Kind];
    const reasonMax = REASON_MAX[kind];
    if (reasonMax >= 0 && slot[Slot.Reason] > reasonMax) return ErrorCode.BadValue;
    const stateMax = STATE_MAX[kind];
    if (stateMax >= 0 && slot[Slot.State] > stateMax) return ErrorCode.BadValue;
    switch (RULE_BY_KIND[kind]) {
      case Rule.Market: return this.checkInstrument(slot[Slot.Instrument], venue);
      case Rule.Report: return slot[Slot.OrderId] > 0 ? ErrorCode.None : ErrorCode.BadValue;
      case Rule.Fill: return this.checkFill(slot, venue);
      case Rule.StatusReport: return this.checkStatusReport(slot, venue);
      case Rule.Balances: return this.checkBalances(slot, entries, venue);
      case Rule.Positions: return this.checkPositions(slot, entries, venue);
      case Rule.Feed: return this.checkFeed(slot, venue);
      case Rule.Definition: return this.checkDefinition(slot, venue);
      default: return ErrorCode.KindNotAllowed;
    }
  }

  private checkInstrument(instrument: number, venue: number): number {
    if (!(instrument >= 0 && instrument < this.venueOfInstrument.length)) return ErrorCode.UnknownInstrument;
    return this.venueOfInstrument[instrument] === venue ? ErrorCode.None : ErrorCode.WrongVenue;
  }

  private checkFill(slot: Float64Array, venue: number): number {
    if (!(slot[Slot.OrderId] > 0 && slot[Slot.Quantity] > 0)) return ErrorCode.BadValue;
    if (slot[Slot.Side] > Side.Sell || slot[Slot.Liquidity] > Liquidity.Taker) return ErrorCode.BadValue;
    if (!(slot[Slot.FeeCurrency] < this.currencyCount)) return ErrorCode.BadValue;
    return this.checkInstrument(slot[Slot.Instrument], venue);
  }

  private checkStatusReport(slot: Float64Array, venue: number): number {
    if (slot[Slot.Side] > Side.Sell || slot[Slot.FilledQuantity] < 0 || slot[Slot.Quantity] < 0) return ErrorCode.BadValue;
    return this.checkInstrument(slot[Slot.Instrument], venue);
  }

  private checkBalances(slot: Float64Array, entries: Float64Array, venue: number): number {
    if (slot[Slot.Venue] !== venue) return ErrorCode.WrongVenue;
    const end = slot[Slot.Count] * BALANCE_STRIDE;
    for (let i = 0; i < end; i += BALANCE_STRIDE) {
      if (!(entries[i] >= 0 && entries[i] < this.currencyCount)) return ErrorCode.BadValue;
    }
    return ErrorCode.None;
  }

  private checkPositions(slot: Float64Array, entries: Float64Array, venue: number): number {
    if (slot[Slot.Venue] !== venue) return ErrorCode.WrongVenue;
    const end = slot[Slot.Count] * POSITION_STRIDE;
    for (let i = 0; i < end; i += POSITION_STRIDE) {
      const code = this.checkInstrument(entries[i], venue);
      if (code !== ErrorCode.None) return code;
    }
    return ErrorCode.None;
  }

  /** Instrument -1 speaks of every feed of the Venue. */
  private checkFeed(slot: Float64Array, venue: number): number {
    if (slot[Slot.Venue] !== venue) return ErrorCode.WrongVenue;
    return slot[Slot.Instrument] === -1 ? ErrorCode.None : this.checkInstrument(slot[Slot.Instrument], venue);
  }

  /** What the Venue says of an instrument must be what the Configuration says: everything recorded depends on the scales. */
  private checkDefinition(slot: Float64Array, venue: number): number {
    const code = this.checkInstrument(slot[Slot.Instrument], venue);
    if (code !== ErrorCode.None) return code;
    if (slot[Slot.Venue] !== venue) return ErrorCode.WrongVenue;
    const expected = this.instruments[slot[Slot.Instrument]];
    const equal = slot[Slot.PriceScale] === expected.priceScale && slot[Slot.QuantityScale] === expected.quantityScale
      && slot[Slot.TickSize] === expected.tickSize && slot[Slot.LotSize] === expected.lotSize
      && slot[Slot.MinimumQuantity] === expected.minimumQuantity;
    return equal ? ErrorCode.None : ErrorCode.BadValue;
  }
}
