// dispatch → wire: hands the IntentDispatched Events of a step to the link of their Venue, byte for byte as they were
// recorded, and only after they were. Owns the egress latch, which no State can open: while it is closed nothing but a
// CANCEL passes. Whatever could not be handed over becomes a DispatchFailed Event. Decides nothing else.

import type { NativeWriter } from '../binding/addon.ts';
import { Counter } from '../event/counters.ts';
import { Transmit } from '../event/link-port.ts';
import type { VenueLink } from '../event/link-port.ts';
import { Action, DispatchFailure } from '../event/kinds.ts';
import { DispatchFrame } from './dispatch-frame.ts';
import type { LiveSink } from './live-sink.ts';

/** Records what was not handed over; called within the step, so it may only defer. */
export interface FailedDispatches {
  dispatchFailed(orderId: number, action: number, dispatchPosition: number, failure: number): void;
  /** A dispatch met the closed latch. */
  latchMet(orderId: number, action: number): void;
  /**
   * The link of `venue` did not take a frame. Called before the failure is recorded: State must know the link as down
   * first, or a Strategy that answers the failure with a new Intent would fail again, without end.
   */
  linkFailed(venue: number, link: VenueLink | null, outcome: number): void;
}

interface TransmitterOptions {
  readonly writer: NativeWriter;
  readonly sink: LiveSink;
  readonly venueCount: number;
  /** A record is on disk before its order leaves. */
  readonly syncFirst: boolean;
  readonly counters: Float64Array;
  readonly failed: FailedDispatches;
}

export class Transmitter {
  readonly links: (VenueLink | null)[];
  private readonly writer: NativeWriter;
  private readonly sink: LiveSink;
  private readonly layout: DispatchFrame;
  private readonly syncFirst: boolean;
  private readonly counters: Float64Array;
  private readonly failed: FailedDispatches;
  private latched: boolean;

  constructor(options: TransmitterOptions) {
    this.links = new Array<VenueLink | null>(options.venueCount).fill(null);
    this.writer = options.writer;
    this.sink = options.sink;
    this.layout = new DispatchFrame();
    this.syncFirst = options.syncFirst;
    this.counters = options.counters;
    this.failed = options.failed;
    this.latched = false;
  }

  /** Closes the egress to everything but CANCEL. */
  latch(): void {
    this.latched = true;
    this.counters[Counter.EgressLatched] = 1;
  }

  /** Only an operator's recorded command, or a start with the kill switch clear, opens it again. */
  unlatch(): void {
    this.latched = false;
    this.counters[Counter.EgressLatched] = 0;
  }

  isLatched(): boolean {
    return this.latched;
  }

  /** Sends the dispatches of the step at hand, in the order they were recorded. */
  transmitStep(): void {
    const { sink } = this;
    this.layout.find(sink.frame(0));
    if (this.syncFirst) this.writer.sync();
    for (let i = 0; i < sink.dispatchCount; i += 1) this.transmitOne(sink.frame(i), sink.positions[i]);
  }

  private transmitOne(frame: Uint8Array, position: number): void {
    const layout = this.layout;
    const action = layout.action(frame);
    this.counters[Counter.Dispatches] += 1;
    if (this.latched && action !== Action.Cancel) {
      this.failed.latchMet(layout.orderId(frame), action);
      this.fail(frame, position, DispatchFailure.EgressLatch);
      return;
    }
    const venue = layout.venue(frame);
    const link = this.links[venue];
    const outcome = link === null ? Transmit.LinkDown : link.transmit(frame);
    if (outcome === Transmit.Sent) {
      this.counters[Counter.Transmitted] += 1;
      return;
    }
    // Nothing may overtake a frame that was not taken.
    this.links[venue] = null;
    this.failed.linkFailed(venue, link, outcome);
    this.fail(frame, position, outcome === Transmit.LinkDown ? DispatchFailure.LinkDown : DispatchFailure.Backpressure);
  }

  private fail(frame: Uint8Array, position: number, failure: number): void {
    this.counters[Counter.TransmitFailures] += 1;
    this.failed.dispatchFailed(this.layout.orderId(frame), this.layout.action(frame), position, failure);
  }
}
