// What a live session does about what happens to it, outside of the Core: links that come and go, answers that stay away,
// books that need a snapshot, orders that could not leave, a journal that cannot grow. Records what State must know,
// asks gateways what they must be asked; decides nothing about trading.

import type { Core } from '../core/core.ts';
import { Counter } from '../event/counters.ts';
import { Status } from '../event/generated/view_generated.ts';
import { Action, LinkState, TradingState } from '../event/kinds.ts';
import { encodeLinkMessage, ErrorCode, MessageType } from '../event/link-message.ts';
import { Transmit } from '../event/link-port.ts';
import type { LinkEvents, StreamPort, VenueLink } from '../event/link-port.ts';
import type { Commands } from './commands.ts';
import type { StepConsequences } from './live-step.ts';
import type { LogPort } from './log-port.ts';
import { RUNTIME_ACTOR } from './own-events.ts';
import type { OwnEvents } from './own-events.ts';
import type { Reconciler } from './reconcile.ts';
import type { FailedDispatches, Transmitter } from './transmit.ts';

/** The parts that exist only once the stream does. */
interface LiveParts {
  readonly stream: StreamPort;
  readonly events: OwnEvents;
  readonly transmitter: Transmitter;
  readonly reconciler: Reconciler;
  readonly commands: Commands;
}

interface LiveSessionOptions {
  readonly core: Core;
  readonly counters: Float64Array;
  readonly log: LogPort;
  /** The journal cannot grow: end in order, within what is left of it. Called outside of a step. */
  readonly journalFailing: (reason: string) => void;
}

export class LiveSession implements LinkEvents, StepConsequences, FailedDispatches {
  private readonly core: Core;
  private readonly counters: Float64Array;
  private readonly log: LogPort;
  private readonly options: LiveSessionOptions;
  private parts: LiveParts | null = null;
  private ended = false;
  private latchReported = false;
  /** 1: this link failed and State has been told. */
  private readonly failedLinks: Uint8Array;

  constructor(options: LiveSessionOptions) {
    this.options = options;
    this.core = options.core;
    this.counters = options.counters;
    this.log = options.log;
    this.failedLinks = new Uint8Array(options.core.state.config.venues.length);
  }

  attach(parts: LiveParts): void {
    this.parts = parts;
  }

  /** Nothing is recorded any more: links may go without a word. */
  end(): void {
    this.ended = true;
  }

  // ── links ─────────────────────────────────────────────────────────────────

  linkUp(link: VenueLink): void {
    const { transmitter, events, reconciler } = this.live();
    transmitter.links[link.venue] = link;
    this.failedLinks[link.venue] = 0;
    this.latchReported = false;
    this.log.info({ venue: this.venueId(link.venue), gatewayBuild: link.gatewayBuild }, `${this.venueId(link.venue)}: linked`);
    events.venueLink(link.venue, LinkState.Up, `gateway ${link.gatewayBuild}`);
    reconciler.start(link.venue);
  }

  linkDown(venue: number, reason: string): void {
    const { transmitter, events, reconciler, commands } = this.live();
    transmitter.links[venue] = null;
    reconciler.linkDown(venue);
    commands.abandoned(venue);
    if (this.ended) return;
    this.log.warn({ venue: this.venueId(venue), reason }, `${this.venueId(venue)}: link down: ${reason}`);
    // A link that failed within a step is recorded as down already.
    if (this.core.state.control.venues[venue].linked) events.venueLink(venue, LinkState.Down, reason);
  }

  feedShed(venue: number, instrument: number, dropped: number): void {
    if (this.ended) return;
    this.counters[Counter.Alarms] += 1;
    const id = this.core.state.config.instruments[instrument].id;
    this.log.warn({ venue: this.venueId(venue), instrument: id, dropped },
      `${id}: ${dropped} market frames shed; the book is invalid until a snapshot`);
    this.live().events.feedShed(venue, instrument, dropped);
  }

  feedRestarting(_venue: number, instrument: number): void {
    this.snapshotNeeded(instrument);
  }

  reconcileEnd(venue: number, id: number, complete: boolean, message: string): void {
    this.live().reconciler.end(venue, id, complete, message);
  }

  linkComplaint(venue: number, code: number, message: string): void {
    this.counters[Counter.Alarms] += 1;
    this.log.error({ venue: this.venueId(venue), code: ErrorCode[code] }, `${this.venueId(venue)}: its gateway complains: ${message}`);
  }

  // ── consequences of a step ────────────────────────────────────────────────

  snapshotNeeded(instrument: number): void {
    const { venue, id } = this.core.state.config.instruments[instrument];
    const link = this.live().transmitter.links[venue];
    if (link === null) return;
    link.transmit(encodeLinkMessage({ type: MessageType.SnapshotRequest, instrument }));
    this.log.info({ instrument: id }, `${id}: snapshot requested`);
  }

  answersOverdue(orderIds: Float64Array, count: number): void {
    const { commands } = this.live();
    const { orders } = this.core.state.execution;
    for (let i = 0; i < count; i += 1) {
      const order = orders.get(orderIds[i]);
      if (order === undefined || order.terminal) continue;
      this.log.warn({ orderId: order.id, action: Action[order.inflight] }, `Order ${order.id}: no answer in time; asking for its status`);
      commands.askStatus(order.venue, order.id);
    }
  }

  beforeReport(): void {
    this.live().reconciler.beforeReport();
  }

  afterReport(): void {
    this.live().reconciler.afterReport();
  }

  journalFailing(status: number): void {
    this.counters[Counter.Alarms] += 1;
    const { stream } = this.live();
    stream.closeMarket();
    const cause = status === Status.NoSpace ? 'no space left on its disk' : `status ${Status[status] ?? status}`;
    setImmediate(() => this.options.journalFailing(`the journal cannot grow: ${cause}`));
  }

  // ── dispatches that did not leave ─────────────────────────────────────────

  dispatchFailed(orderId: number, action: number, dispatchPosition: number, failure: number): void {
    this.live().events.deferDispatchFailed(orderId, action, dispatchPosition, failure);
  }

  /** State and latch disagree: trading goes off, so that nothing tries again. */
  latchMet(orderId: number, action: number): void {
    this.counters[Counter.Alarms] += 1;
    const reason = `a ${Action[action]} of Order ${orderId} met the closed egress latch`;
    this.log.error({ orderId, action: Action[action] }, `ALARM: ${reason} and was dropped; trading goes off`);
    if (this.core.state.control.trading === TradingState.Off || this.latchReported) return;
    this.latchReported = true;
    this.live().events.deferTradingState(TradingState.Off, -1, { actor: RUNTIME_ACTOR, reason });
  }

  linkFailed(venue: number, link: VenueLink | null, outcome: number): void {
    const reason = outcome === Transmit.Backpressure ? 'the gateway does not read what is sent to it' : 'the link took no frame';
    if (this.failedLinks[venue] === 0) {
      this.failedLinks[venue] = 1;
      this.live().events.deferVenueLink(venue, LinkState.Down, reason);
    }
    // Closing reports the link as down, which is for after this step.
    if (link !== null) setImmediate(() => link.close(reason));
  }

  private venueId(venue: number): string {
    return this.core.state.config.venues[venue].id;
  }

  private live(): LiveParts {
    if (this.parts === null) throw new Error('Invariant: a live session is attached before its first link');
    return this.parts;
  }
}
