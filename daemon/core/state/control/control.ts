// The Control domain: the session, whether trading is on, the kill switch, the links, what each Strategy remembers and
// which Configuration is in force. Moved by Control Events only.

import type { DigestFold } from '../../../base/digest-fold.ts';
import type { EventView } from '../../../event/event-view.ts';
import { LinkState, OperatorAction, ReconciliationResult, TradingState } from '../../../event/kinds.ts';
import type { CoreConfig } from '../../config.ts';
import type { Memory } from './memory.ts';

/** One Venue as the Control domain knows it. */
class VenueControl {
  linked = false;
  /** Reconciled since the link came up, and no anomaly since. */
  reconciled = false;
  /** Sequencing Time at which State was last known to lack nothing of the Venue; 0: never in this session. */
  agreedAt = 0;
  result: number = ReconciliationResult.Unknown;
}

class StrategyControl {
  enabled: boolean;
  /** Market Events that matched its cadence: every `everyNth` consults it. */
  matched = 0;
  readonly memory: Memory;

  constructor(enabled: boolean, memory: Memory) {
    this.enabled = enabled;
    this.memory = memory;
  }
}

const NS_PER_DAY = 86_400e9;

export class Control {
  config: CoreConfig;
  sessionOrdinal = 0;
  /** ns from UTC midnight to the session's epoch, and number of that day since 1970. */
  epochDay = 0;
  epochOfDay = 0;
  started = false;
  ended = false;
  resumes = 0;
  trading: number = TradingState.Off;
  killed = false;
  configurationVersion = 1;
  /** First words of the configuration's hash, so that a digest depends on it. */
  configurationMark = '';
  readonly venues: readonly VenueControl[];
  readonly strategies: readonly StrategyControl[];
  /** Input Events applied, this one included: the ordinal that Order ids are made of. */
  inputs = 0;

  constructor(config: CoreConfig, memories: readonly Memory[]) {
    this.config = config;
    this.venues = config.venues.map(() => new VenueControl());
    this.strategies = config.strategies.map((s, index) => new StrategyControl(s.enabled, memories[index]!));
  }

  /** ConfigurationChanged: a Strategy it switches is switched; one it leaves alone stays as operators and failures left it. */
  reconfigure(config: CoreConfig): void {
    for (let s = 0; s < this.strategies.length; s++) {
      const { enabled } = config.strategies[s]!;
      if (enabled !== this.config.strategies[s]!.enabled) this.strategies[s]!.enabled = enabled;
    }
    this.config = config;
  }

  /** UTC day number of a Sequencing Time. */
  dayOf(time: number): number {
    return this.epochDay + Math.floor((this.epochOfDay + time) / NS_PER_DAY);
  }

  setEpoch(epoch: bigint): void {
    const day = 86_400_000_000_000n;
    this.epochDay = Number(epoch / day);
    this.epochOfDay = Number(epoch % day);
  }

  /** Clean start and crash start alike: trading is off (docs/concepts/sessions.md). */
  applyResumed(): void {
    this.resumes++;
    this.trading = TradingState.Off;
    for (let v = 0; v < this.venues.length; v++) {
      this.venues[v]!.linked = false;
      this.venues[v]!.reconciled = false;
    }
  }

  /** `gatesOpen`: what the gates say at this position; On is refused while one is closed. */
  applyTradingState(event: EventView, gatesOpen: boolean): void {
    if (event.strategy >= 0) {
      const strategy = this.strategies[event.strategy];
      if (strategy !== undefined) strategy.enabled = event.state === TradingState.On;
      return;
    }
    if (event.state === TradingState.On && !gatesOpen) return;
    this.trading = event.state;
  }

  applyKillSwitch(event: EventView): void {
    this.killed = event.state !== 0;
    if (this.killed) this.trading = TradingState.Off;
  }

  applyVenueLink(event: EventView): void {
    const venue = this.venues[event.venue]!;
    venue.linked = event.state === LinkState.Up;
    this.disagree(venue, event.time);
  }

  applyReconciliation(event: EventView): void {
    const venue = this.venues[event.venue]!;
    venue.result = event.state;
    const passed = event.state === ReconciliationResult.Ok || event.state === ReconciliationResult.Warning;
    venue.reconciled = passed && venue.linked;
    if (venue.reconciled) venue.agreedAt = event.time;
  }

  applyOperatorCommand(event: EventView): void {
    if (event.action === OperatorAction.Drain) this.trading = TradingState.Draining;
  }

  /** An anomaly at the Venue: reconcile before new exposure leaves. */
  requireReconciliation(venue: number, time: number): void {
    this.disagree(this.venues[venue]!, time);
  }

  private disagree(venue: VenueControl, time: number): void {
    if (venue.reconciled) venue.agreedAt = time;
    venue.reconciled = false;
  }

  venueReady(venue: number): boolean {
    return this.venues[venue]!.linked && this.venues[venue]!.reconciled;
  }

  fold(digest: DigestFold): void {
    digest.add(this.sessionOrdinal);
    digest.add(this.inputs);
    digest.addWord(this.trading | ((this.killed ? 1 : 0) << 8) | ((this.started ? 1 : 0) << 9) | ((this.ended ? 1 : 0) << 10));
    digest.add(this.resumes);
    digest.add(this.configurationVersion);
    digest.addText(this.configurationMark);
    for (let v = 0; v < this.venues.length; v++) {
      const venue = this.venues[v]!;
      digest.add(venue.agreedAt);
      digest.addWord((venue.linked ? 1 : 0) | ((venue.reconciled ? 1 : 0) << 1) | (venue.result << 2));
    }
    for (let s = 0; s < this.strategies.length; s++) {
      digest.addWord(this.strategies[s]!.enabled ? 1 : 0);
      digest.add(this.strategies[s]!.matched);
      this.strategies[s]!.memory.fold(digest);
    }
  }
}
