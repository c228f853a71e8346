// derive State: one Event in, State after it [E1]. The only place where a kind is mapped to what it changes; a kind
// that is missing here changes nothing. Outcomes that change State (IntentDispatched) go through the same
// function in a fold.

import type { EventView } from '../../event/event-view.ts';
import { Action, Kind, Source } from '../../event/kinds.ts';
import type { CoreConfig } from '../config.ts';
import { Anomaly } from './execution/execution.ts';
import { importCarried } from './carry.ts';
import { gatesOpen } from './gates.ts';
import type { State } from './state.ts';

/** Reads the parts of cold Events that are text; from the current Event's body. */
export interface ColdFields {
  sessionStarted(): { epoch: bigint; carried: string; configurationHash: string };
  configurationChanged(): { configuration: CoreConfig; configurationHash: string };
}

/** Requests that went overdue in one step; more are marked all the same, only not asked for. */
const OVERDUE_MAX = 256;

export class Derivation {
  /** Order ids whose request became overdue in this step. */
  readonly overdue = new Float64Array(OVERDUE_MAX);
  overdueCount = 0;
  private readonly state: State;
  private readonly cold: ColdFields;

  constructor(state: State, cold: ColdFields) {
    this.state = state;
    this.cold = cold;
  }

  /** Applies one input Event, and what its Sequencing Time makes due. */
  apply(event: EventView): void {
    const { market, execution, control, profit } = this.state;
    this.overdueCount = 0;
    market.beginEvent();
    execution.beginEvent();
    control.inputs++;
    market.expireFeeds(event.time);
    this.overdueCount = execution.expireAcknowledgements(event.time, this.overdue, 0);
    this.applyKind(event);
    profit.enterDay(control.dayOf(event.time));
    if (needsReconciliation(execution.lastAnomaly)) control.requireReconciliation(this.venueOf(event), event.time);
  }

  private applyKind(event: EventView): void {
    const { market, execution } = this.state;
    switch (event.kind) {
      case Kind.BookDelta: return market.applyDelta(event);
      case Kind.BookSnapshot: return market.applySnapshot(event);
      case Kind.Trade: return market.applyTrade(event);
      case Kind.InstrumentStatus: return market.applyInstrumentStatus(event);
      case Kind.OrderAccepted: return execution.applyAccepted(event);
      case Kind.OrderRejected: return execution.applyRejected(event);
      case Kind.OrderFilled: return execution.applyFilled(event);
      case Kind.OrderCancelled: return execution.applyCancelled(event);
      case Kind.OrderReplaced: return execution.applyReplaced(event);
      case Kind.CancelRejected: return execution.applyRequestRejected(event, Action.Cancel);
      case Kind.ReplaceRejected: return execution.applyRequestRejected(event, Action.Replace);
      case Kind.OrderStatusReport: return execution.applyStatusReport(event);
      case Kind.BalanceReport: return execution.applyBalanceReport(event);
      case Kind.PositionReport: return execution.applyPositionReport(event);
      default: return this.applyControl(event);
    }
  }

  private applyControl(event: EventView): void {
    const { market, execution, control } = this.state;
    switch (event.kind) {
      case Kind.SessionStarted: return this.startSession(event);
      case Kind.SessionResumed: return this.resumeSession();
      case Kind.SessionEnded: control.ended = true; return;
      case Kind.ConfigurationChanged: return this.changeConfiguration(event);
      case Kind.TradingStateChanged: return control.applyTradingState(event, gatesOpen(this.state));
      case Kind.KillSwitchChanged: return control.applyKillSwitch(event);
      case Kind.VenueLinkChanged: return this.changeLink(event);
      case Kind.FeedStatusChanged: return market.applyFeedStatus(event);
      case Kind.DispatchFailed: return execution.applyDispatchFailed(event);
      case Kind.OrderDisposed: return execution.applyDisposed(event);
      case Kind.ReconciliationCompleted: return control.applyReconciliation(event);
      case Kind.OperatorCommand: return control.applyOperatorCommand(event);
      default: return; // InstrumentDefined restates Configuration; ControlTime only carries time.
    }
  }

  /** Outcomes that are Events with State consequences: in a step right after they are recorded, in a fold when read. */
  applyOutcome(event: EventView): void {
    if (event.kind === Kind.IntentDispatched) this.state.execution.applyDispatched(event);
  }

  private startSession(event: EventView): void {
    const { control } = this.state;
    const { epoch, carried, configurationHash } = this.cold.sessionStarted();
    control.started = true;
    control.sessionOrdinal = event.sessionOrdinal;
    control.setEpoch(epoch);
    control.configurationMark = configurationHash;
    importCarried(this.state, carried);
  }

  private resumeSession(): void {
    this.state.control.applyResumed();
    for (let v = 0; v < this.state.config.venues.length; v++) this.state.market.linkDown(v);
  }

  private changeConfiguration(event: EventView): void {
    const { configuration, configurationHash } = this.cold.configurationChanged();
    this.state.reconfigure(configuration, event.time);
    this.state.control.configurationVersion = event.version;
    this.state.control.configurationMark = configurationHash;
  }

  private changeLink(event: EventView): void {
    this.state.control.applyVenueLink(event);
    this.state.market.linkDown(event.venue);
  }

  private venueOf(event: EventView): number {
    const order = this.state.execution.lastOrder;
    return order !== null ? order.venue : Math.max(0, event.source - Source.Venue0);
  }
}

/** Contradictions between our State and the Venue's, as opposed to repetition. */
function needsReconciliation(anomaly: Anomaly): boolean {
  return anomaly >= Anomaly.LateFill || anomaly === Anomaly.Orphan;
}

