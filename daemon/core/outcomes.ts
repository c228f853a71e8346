// What the Core decided, on the record: each outcome is written (or, in a replay, compared) the moment it is decided,
// and those with State consequences are applied right after, at their own position. Leaving denials and closures off the
// record changes no dispatch [EC6].

import { DigestFold } from '../base/digest-fold.ts';
import type { EventView } from '../event/event-view.ts';
import { Slot } from '../event/generated/view_generated.ts';
import { Action, Kind } from '../event/kinds.ts';
import type { Intent } from './intent/intent.ts';
import type { OutcomePort } from './queue/queue-processing.ts';
import type { Derivation } from './state/derive.ts';
import type { QueueEntry } from './state/execution/queue-state.ts';
import type { State } from './state/state.ts';

/** Where outcomes go: encodes the outcome view as the next record and returns its position, or a negative Status. */
export interface SinkPort {
  appendOutcome(): number;
}

/** The sink did not take an outcome: a full disk, or a replay that diverges. The step is not finished. */
export class SinkError extends Error {
  override readonly name = 'SinkError';
  /** `Status` (schemas/view.fbs). */
  readonly status: number;

  constructor(status: number, kind: number, position: number) {
    super(`outcome ${Kind[kind] ?? kind} after position ${position} was not recorded (status ${status})`);
    this.status = status;
  }
}

export class Outcomes implements OutcomePort {
  /** Position of the last record: the Event at hand, or the last outcome it caused. */
  lastPosition = 0;
  /** IntentDispatched recorded in this step. */
  dispatchCount = 0;
  private lastDigestPosition = 0;
  private readonly digest = new DigestFold();
  private readonly state: State;
  private readonly derivation: Derivation;
  private readonly event: EventView;
  private readonly outcome: EventView;
  private readonly sink: SinkPort;

  constructor(state: State, derivation: Derivation, event: EventView, outcome: EventView, sink: SinkPort) {
    this.state = state;
    this.derivation = derivation;
    this.event = event;
    this.outcome = outcome;
    this.sink = sink;
  }

  begin(position: number): void {
    this.lastPosition = position;
    this.dispatchCount = 0;
  }

  denyIntent(intent: Intent, reason: number): void {
    if (!this.state.config.recordDenied) return;
    const { outcome } = this;
    outcome.orderId = recordable(intent.orderId);
    outcome.strategy = intent.strategy;
    outcome.instrument = recordable(intent.instrument);
    outcome.action = intent.action;
    outcome.reason = reason;
    outcome.side = recordable(intent.side) & 1;
    outcome.type = recordable(intent.type) & 1;
    outcome.timeInForce = recordable(intent.timeInForce) & 3;
    outcome.price = recordable(intent.price);
    outcome.quantity = recordable(intent.quantity);
    this.append(Kind.IntentDenied);
  }

  closeIntent(
    orderId: number, strategy: number, instrument: number, action: number, reason: number, price: number, quantity: number,
  ): void {
    if (!this.state.config.recordClosed) return;
    const { outcome } = this;
    outcome.orderId = orderId;
    outcome.strategy = strategy;
    outcome.instrument = instrument;
    outcome.action = action;
    outcome.reason = reason;
    outcome.price = price;
    outcome.quantity = quantity;
    this.append(Kind.IntentClosed);
  }

  /** Write-ahead: the record first, the Order Submitted at its position; the bytes leave after the step. */
  dispatchIntent(entry: QueueEntry, action: number): void {
    const { outcome } = this;
    outcome.orderId = entry.orderId;
    outcome.strategy = entry.strategy;
    outcome.instrument = entry.instrument;
    outcome.venue = entry.venue;
    outcome.action = action;
    outcome.side = entry.side;
    outcome.type = entry.type;
    outcome.timeInForce = entry.timeInForce;
    outcome.price = action === Action.Cancel ? 0 : entry.price;
    outcome.quantity = action === Action.Cancel ? 0 : entry.quantity;
    this.append(Kind.IntentDispatched);
    this.dispatchCount++;
    this.derivation.applyOutcome(outcome);
  }

  /** A StateDigest every `digestEvery` positions, and one at the end of the session. */
  checkpoint(): void {
    const due = this.lastPosition - this.lastDigestPosition >= this.state.config.digestEvery;
    if (!due && this.event.kind !== Kind.SessionEnded) return;
    this.computeDigest();
    const { slot } = this.outcome;
    slot[Slot.DigestLowLow] = this.digest.a >>> 0;
    slot[Slot.DigestLowHigh] = this.digest.b >>> 0;
    slot[Slot.DigestHighLow] = this.digest.c >>> 0;
    slot[Slot.DigestHighHigh] = this.digest.d >>> 0;
    this.outcome.inputs = this.state.control.inputs;
    this.outcome.count = this.state.saveUndecided(this.outcome.entries);
    this.append(Kind.StateDigest);
    this.lastDigestPosition = this.lastPosition;
  }

  /** The digest of State as it stands; valid until the next one is computed. */
  computeDigest(): DigestFold {
    this.digest.reset();
    this.state.fold(this.digest);
    this.digest.finish();
    return this.digest;
  }

  /** In a fold: takes the undecided part of State from the recorded StateDigest at hand and tells whether the digest agrees. */
  digestAgrees(): boolean {
    this.state.restoreUndecided(this.event.entries);
    const { a, b, c, d } = this.computeDigest();
    const { slot } = this.event;
    return slot[Slot.DigestLowLow] === a >>> 0 && slot[Slot.DigestLowHigh] === b >>> 0
      && slot[Slot.DigestHighLow] === c >>> 0 && slot[Slot.DigestHighHigh] === d >>> 0;
  }

  private append(kind: number): void {
    const { outcome } = this;
    outcome.kind = kind;
    outcome.time = this.event.time;
    outcome.cause = this.event.position;
    outcome.source = 0;
    const position = this.sink.appendOutcome();
    if (position < 0) throw new SinkError(position, kind, this.lastPosition);
    outcome.position = position;
    this.lastPosition = position;
  }
}

/** What a Strategy got wrong is recorded as 0 rather than refused: the reason tells. */
function recordable(value: number): number {
  return Number.isSafeInteger(value) && value >= 0 ? value : 0;
}
