// Makes the Events that tcx itself contributes to the stream: what happened to a link, what an operator ordered, what could
// not be sent. Owns their encoding and their source; decides none of them.

import { EventEncoder } from '../event/encode.ts';
import {
  DispatchFailure, FeedReason, FeedState, LinkState, OperatorAction, ReconciliationResult, SessionEnd, Source, TradingState,
} from '../event/kinds.ts';
import type { SessionResumedFields, SessionStartedFields } from '../event/event-fields.ts';
import type { StreamPort } from '../event/link-port.ts';
import type { InstrumentConfig } from '../core/config.ts';
import type { Action } from '../event/kinds.ts';

/** Who caused an Event of an operator, and why. */
export interface Actor {
  readonly actor: string;
  readonly reason: string;
}

export interface ReconciliationOutcome {
  readonly venue: number;
  readonly result: ReconciliationResult;
  readonly ordersCompared: number;
  readonly mismatches: number;
  readonly unknown: number;
  readonly detail: string;
}

/** tcx itself, where an Event asks for an actor. */
export const RUNTIME_ACTOR = 'tcxd';
const TEXT_MAX = 1000;

export class OwnEvents {
  private readonly stream: StreamPort;
  private readonly encoder = new EventEncoder();

  constructor(stream: StreamPort) {
    this.stream = stream;
  }

  sessionStarted(fields: SessionStartedFields): number {
    return this.stream.inject(this.encoder.sessionStarted(fields), Source.Runtime);
  }

  sessionResumed(fields: SessionResumedFields): number {
    return this.stream.inject(this.encoder.sessionResumed(fields), Source.Runtime);
  }

  sessionEnded(end: SessionEnd, actor: Actor): number {
    return this.stream.inject(this.encoder.sessionEnded({ end, ...bounded(actor) }), Source.Runtime);
  }

  instrumentDefined(instrument: number, config: InstrumentConfig): number {
    const { venue, symbol, priceScale, quantityScale, tickSize, lotSize, minimumQuantity } = config;
    return this.stream.inject(this.encoder.instrumentDefined({
      instrument, venue, symbol, priceScale, quantityScale, tickSize, lotSize, minimumQuantity,
    }), Source.Runtime);
  }

  configurationChanged(version: number, configuration: string, configurationHash: string, actor: Actor): number {
    return this.stream.inject(this.encoder.configurationChanged({
      version, configuration, configurationHash, ...bounded(actor),
    }), Source.Operator);
  }

  /** strategy -1: the whole session. */
  tradingState(state: TradingState, strategy: number, actor: Actor, source: number): number {
    return this.stream.inject(this.encoder.tradingStateChanged({ state, strategy, ...bounded(actor) }), source);
  }

  deferTradingState(state: TradingState, strategy: number, actor: Actor): void {
    const frame = this.encoder.tradingStateChanged({ state, strategy, ...bounded(actor) });
    this.stream.defer(EventEncoder.copyOf(frame), Source.Runtime);
  }

  killSwitch(active: boolean, actor: Actor): number {
    return this.stream.inject(this.encoder.killSwitchChanged({ active, ...bounded(actor) }), Source.Operator);
  }

  venueLink(venue: number, state: LinkState, reason: string): number {
    return this.stream.inject(this.encoder.venueLinkChanged({ venue, state, reason: cut(reason) }), Source.Runtime);
  }

  deferVenueLink(venue: number, state: LinkState, reason: string): void {
    const frame = this.encoder.venueLinkChanged({ venue, state, reason: cut(reason) });
    this.stream.defer(EventEncoder.copyOf(frame), Source.Runtime);
  }

  feedShed(venue: number, instrument: number, dropped: number): number {
    return this.stream.inject(this.encoder.feedStatusChanged({
      venue, instrument, state: FeedState.Invalid, reason: FeedReason.Shed, dropped,
    }), Source.Runtime);
  }

  dispatchFailed(orderId: number, action: Action, dispatchPosition: number, failure: DispatchFailure, source: number): number {
    return this.stream.inject(this.encoder.dispatchFailed({ orderId, action, dispatchPosition, failure }), source);
  }

  deferDispatchFailed(orderId: number, action: Action, dispatchPosition: number, failure: DispatchFailure): void {
    const frame = this.encoder.dispatchFailed({ orderId, action, dispatchPosition, failure });
    this.stream.defer(EventEncoder.copyOf(frame), Source.Runtime);
  }

  orderDisposed(orderId: number, actor: Actor): number {
    return this.stream.inject(this.encoder.orderDisposed({ orderId, ...bounded(actor) }), Source.Operator);
  }

  reconciliationCompleted(outcome: ReconciliationOutcome): number {
    const frame = this.encoder.reconciliationCompleted({ ...outcome, detail: cut(outcome.detail) });
    return this.stream.inject(frame, Source.Runtime);
  }

  /** venue -1: every Venue; orderId 0: none. */
  operatorCommand(action: OperatorAction, venue: number, orderId: number, actor: Actor, source: number): number {
    return this.stream.inject(this.encoder.operatorCommand({ action, venue, orderId, ...bounded(actor) }), source);
  }
}

function bounded({ actor, reason }: Actor): Actor {
  return { actor: cut(actor), reason: cut(reason) };
}

function cut(text: string): string {
  return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX - 1)}…`;
}
