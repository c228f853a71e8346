// Reads and writes one Event through the array of doubles that C++ fills (input) or encodes (outcome). Owns no bytes and
// no rules; the meaning of each slot is in schemas/view.fbs.

import { Slot } from './generated/view_generated.ts';

/**
 * One decoded Event, or one outcome being built. Every property is a safe integer. Units: prices and quantities in the
 * instrument's scaled integers, times in ns since the session's epoch (`eventTime`, `captureTime`: NaN when absent).
 * A property that the current kind does not have holds a stale value: read only what schemas/event.fbs gives the kind.
 */
export class EventView {
  readonly slot: Float64Array;
  /** Elements of the Event's vectors: bids/asks are not here (the book reads them itself); see `ENTRY_STRIDE`. */
  readonly entries: Float64Array;

  constructor(slot: Float64Array, entries: Float64Array) {
    this.slot = slot;
    this.entries = entries;
  }

  get kind(): number { return this.slot[Slot.Kind]; }
  set kind(value: number) { this.slot[Slot.Kind] = value; }
  get class(): number { return this.slot[Slot.Class]; }
  set class(value: number) { this.slot[Slot.Class] = value; }
  get source(): number { return this.slot[Slot.Source]; }
  set source(value: number) { this.slot[Slot.Source] = value; }
  get position(): number { return this.slot[Slot.Position]; }
  set position(value: number) { this.slot[Slot.Position] = value; }
  get time(): number { return this.slot[Slot.Time]; }
  set time(value: number) { this.slot[Slot.Time] = value; }
  get cause(): number { return this.slot[Slot.Cause]; }
  set cause(value: number) { this.slot[Slot.Cause] = value; }
  get bodySize(): number { return this.slot[Slot.BodySize]; }

  get instrument(): number { return this.slot[Slot.Instrument]; }
  set instrument(value: number) { this.slot[Slot.Instrument] = value; }
  get venue(): number { return this.slot[Slot.Venue]; }
  set venue(value: number) { this.slot[Slot.Venue] = value; }
  get strategy(): number { return this.slot[Slot.Strategy]; }
  set strategy(value: number) { this.slot[Slot.Strategy] = value; }
  get orderId(): number { return this.slot[Slot.OrderId]; }
  set orderId(value: number) { this.slot[Slot.OrderId] = value; }
  get action(): number { return this.slot[Slot.Action]; }
  set action(value: number) { this.slot[Slot.Action] = value; }
  get side(): number { return this.slot[Slot.Side]; }
  set side(value: number) { this.slot[Slot.Side] = value; }
  get type(): number { return this.slot[Slot.Type]; }
  set type(value: number) { this.slot[Slot.Type] = value; }
  get timeInForce(): number { return this.slot[Slot.TimeInForce]; }
  set timeInForce(value: number) { this.slot[Slot.TimeInForce] = value; }
  get price(): number { return this.slot[Slot.Price]; }
  set price(value: number) { this.slot[Slot.Price] = value; }
  get quantity(): number { return this.slot[Slot.Quantity]; }
  set quantity(value: number) { this.slot[Slot.Quantity] = value; }
  get filledQuantity(): number { return this.slot[Slot.FilledQuantity]; }
  get reason(): number { return this.slot[Slot.Reason]; }
  set reason(value: number) { this.slot[Slot.Reason] = value; }
  get state(): number { return this.slot[Slot.State]; }
  set state(value: number) { this.slot[Slot.State] = value; }
  get eventTime(): number { return this.slot[Slot.EventTime]; }
  get captureTime(): number { return this.slot[Slot.CaptureTime]; }
  get fee(): number { return this.slot[Slot.Fee]; }
  get feeCurrency(): number { return this.slot[Slot.FeeCurrency]; }
  get liquidity(): number { return this.slot[Slot.Liquidity]; }
  get executionIdLow(): number { return this.slot[Slot.ExecutionIdLow]; }
  get executionIdHigh(): number { return this.slot[Slot.ExecutionIdHigh]; }
  get venueOrderIdLow(): number { return this.slot[Slot.VenueOrderIdLow]; }
  get venueOrderIdHigh(): number { return this.slot[Slot.VenueOrderIdHigh]; }
  get count(): number { return this.slot[Slot.Count]; }
  set count(value: number) { this.slot[Slot.Count] = value; }
  get countAsks(): number { return this.slot[Slot.CountAsks]; }
  get dispatchPosition(): number { return this.slot[Slot.DispatchPosition]; }
  set dispatchPosition(value: number) { this.slot[Slot.DispatchPosition] = value; }
  get deadline(): number { return this.slot[Slot.Deadline]; }
  set deadline(value: number) { this.slot[Slot.Deadline] = value; }
  get inputs(): number { return this.slot[Slot.Inputs]; }
  set inputs(value: number) { this.slot[Slot.Inputs] = value; }
  get sessionOrdinal(): number { return this.slot[Slot.SessionOrdinal]; }
  get version(): number { return this.slot[Slot.Version]; }
  get mismatches(): number { return this.slot[Slot.Mismatches]; }
  get unknown(): number { return this.slot[Slot.Unknown]; }
}

/** Doubles per element of `entries`: [price, quantity, aggressor Side, Event Time], [currency, total, available] and
 *  [instrument, quantity]. */
export const PRINT_STRIDE = 4;
export const BALANCE_STRIDE = 3;
export const POSITION_STRIDE = 2;
