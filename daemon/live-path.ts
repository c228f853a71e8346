// The path of an Event through a live session, constructed once: sequencer → Core → transmission, the timer that closes the
// circle, and what operators and Venues may ask of it. Wiring only.

import type { Addon } from './binding/addon.ts';
import type { LoadedConfiguration } from './configuration/configuration.ts';
import type { Core } from './core/core.ts';
import type { OperatorIdentity } from './event/operator-port.ts';
import { WriterStatistic } from './event/generated/view_generated.ts';
import { FrameRules } from './ingress/frame-rules.ts';
import { LinkServer } from './ingress/link-server.ts';
import { Sequencer } from './ingress/sequencer.ts';
import { Commands } from './runtime/commands.ts';
import type { ConfigurationChange } from './runtime/commands.ts';
import type { RuntimeGates } from './runtime/gates.ts';
import { LiveSession } from './runtime/live-session.ts';
import { LiveStep } from './runtime/live-step.ts';
import type { LogPort } from './runtime/log-port.ts';
import type { OpenedSession } from './runtime/open-session.ts';
import type { ReconciliationOutcome } from './runtime/own-events.ts';
import { OwnEvents } from './runtime/own-events.ts';
import { Reconciler } from './runtime/reconcile.ts';
import { ControlTimer } from './runtime/timer.ts';
import { Transmitter } from './runtime/transmit.ts';
import type { StartedSession } from './session-start.ts';

interface LivePathOptions {
  readonly addon: Addon;
  readonly loaded: LoadedConfiguration;
  readonly started: StartedSession;
  readonly token: string;
  readonly counters: Float64Array;
  readonly log: LogPort;
  readonly judgeConfiguration: (text: string) => ConfigurationChange;
  readonly adoptConfiguration: (change: ConfigurationChange) => void;
  readonly drain: (identity: OperatorIdentity) => Promise<string>;
  readonly isOpen: () => boolean;
  readonly journalFailing: (reason: string) => void;
  readonly reconciled: () => void;
}

export class LivePath {
  readonly core: Core;
  readonly live: LiveSession;
  readonly transmitter: Transmitter;
  readonly step: LiveStep;
  readonly sequencer: Sequencer;
  readonly timer: ControlTimer;
  readonly events: OwnEvents;
  readonly gates: RuntimeGates;
  readonly reconciler: Reconciler;
  readonly commands: Commands;
  readonly links: LinkServer;

  constructor(options: LivePathOptions) {
    const { addon, loaded, started, counters, log } = options;
    const { core, writer, sink, event, epoch } = started.opened;
    const { monotonicNs, unixNs } = addon.clock;
    this.core = core;
    this.live = new LiveSession({ core, counters, log, journalFailing: options.journalFailing });
    this.transmitter = new Transmitter({
      writer, sink, venueCount: loaded.core.venues.length, counters, failed: this.live,
      syncFirst: loaded.settings.journal.durability === 'dispatch',
    });
    this.step = new LiveStep({
      core, writer, sink, transmitter: this.transmitter, supervision: started.supervision, counters, monotonicNs,
    });
    this.sequencer = new Sequencer({
      writer, input: event.input, entries: event.inputEntries, follower: this.step, counters, monotonicNs,
      rules: new FrameRules({
        venueCount: loaded.core.venues.length, currencyCount: loaded.core.currencies.length, instruments: loaded.core.instruments,
      }),
      timeOffset: Number(unixNs() - epoch) - monotonicNs(),
    });
    this.timer = new ControlTimer(this.sequencer, counters);
    this.events = new OwnEvents(this.sequencer);
    this.step.attach(this.timer, this.events, this.live);
    this.gates = {
      core, statistics: writer.statistics, digestProblem: '',
      egressProblem: () => (this.transmitter.isLatched() ? 'the egress is latched: nothing but cancels leaves until unkill' : ''),
    };
    this.reconciler = this.createReconciler(options);
    this.commands = new Commands({
      core, events: this.events, gates: this.gates, transmitter: this.transmitter, reconciler: this.reconciler,
      supervision: started.supervision, counters, log, judgeConfiguration: options.judgeConfiguration,
      adoptConfiguration: options.adoptConfiguration, drain: options.drain, isOpen: options.isOpen,
    });
    this.live.attach({
      stream: this.sequencer, events: this.events, transmitter: this.transmitter, reconciler: this.reconciler, commands: this.commands,
    });
    this.links = this.createLinkServer(options);
  }

  /**
   * Nothing is recorded any more, whatever still comes: a gateway that dials is told to dial again, links go without a word,
   * an obligation that becomes due stays so.
   */
  end(): void {
    this.links.acceptLinks('refuse');
    this.live.end();
    this.timer.stop();
    this.sequencer.close();
  }

  private createReconciler(options: LivePathOptions): Reconciler {
    return new Reconciler({
      core: this.core, transmitter: this.transmitter, events: this.events, counters: options.counters, log: options.log,
      venues: options.loaded.settings.venues.map((venue) => venue.reconcile), monotonicNs: options.addon.clock.monotonicNs,
      epoch: options.started.opened.epoch, now: () => this.sequencer.now(), agreedAt: agreedBefore(options.started.opened),
      setReconciling: (reconciling) => { this.step.reconciling = reconciling; },
      completed: (outcome: ReconciliationOutcome) => {
        this.commands.reconciled(outcome);
        options.reconciled();
      },
    });
  }

  private createLinkServer(options: LivePathOptions): LinkServer {
    const { addon, loaded, started, counters } = options;
    const { link } = loaded.settings;
    const { core } = loaded;
    return new LinkServer({
      ...link, counters, sequencer: this.sequencer, events: this.live, input: started.opened.event.input,
      monotonicNs: addon.clock.monotonicNs, unixNs: addon.clock.unixNs,
      hello: {
        sessionId: started.directory.id, sessionOrdinal: started.directory.ordinal, token: options.token, heartbeatMs: link.heartbeatMs,
        venues: core.venues.map((venue) => venue.id),
        instruments: core.instruments.map((instrument, index) => ({ ...instrument, instrument: index })),
        currencies: core.currencies.map(({ symbol, scale }, currency) => ({ currency, symbol, scale })),
      },
    });
  }
}

/** What a crash left: a Venue that agreed when the journal ended has told everything until then. */
function agreedBefore({ core, writer }: OpenedSession): number[] {
  const ended = writer.statistics[WriterStatistic.Time];
  return core.state.control.venues.map(({ reconciled, agreedAt }) => (reconciled ? ended : agreedAt));
}
