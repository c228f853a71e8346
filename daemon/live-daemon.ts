// A live session from its configuration to its end: starts the parts around the path of an Event, and takes them down in
// the reverse order. Owns signals and the ways a session can end; no rule of trading lives here.

import { createEventStreams } from './admin/event-stream.ts';
import { startAdminServer } from './admin/server.ts';
import type { AdminServer } from './admin/server.ts';
import { messageOf } from './base/thrown.ts';
import type { Addon } from './binding/addon.ts';
import { compareImmutable, listChanges, parseConfiguration, readRecorded } from './configuration/configuration.ts';
import type { LoadedConfiguration } from './configuration/configuration.ts';
import { SinkError } from './core/outcomes.ts';
import { parametersOf } from './core/strategy/evaluation.ts';
import { Counter, createCounters } from './event/counters.ts';
import { Status, WriterStatistic } from './event/generated/view_generated.ts';
import { SCHEMA_HASH, SessionEnd, Source, TradingState } from './event/kinds.ts';
import type { OperatorIdentity, SessionPhase } from './event/operator-port.ts';
import { JournalFailure } from './ingress/sequencer.ts';
import { assertWritable } from './journal/session-directory.ts';
import { LivePath } from './live-path.ts';
import { createLog } from './observe/log.ts';
import type { DaemonLog } from './observe/log.ts';
import { watchMainThread } from './observe/main-thread-probe.ts';
import { Observer } from './observe/observer.ts';
import { describeBuild } from './runtime/build-info.ts';
import type { BuildInfo } from './runtime/build-info.ts';
import type { RunTask } from './runtime/command-line.ts';
import type { ConfigurationChange } from './runtime/commands.ts';
import { drain } from './runtime/drain.ts';
import { closedGates } from './runtime/gates.ts';
import { Halt } from './runtime/halt.ts';
import { readHostFingerprint } from './runtime/host-fingerprint.ts';
import { setUpHost, startThreadPool } from './runtime/host-setup.ts';
import { phaseOf, publishGauges, statusFacts } from './runtime/housekeeping.ts';
import type { LifeFlags } from './runtime/housekeeping.ts';
import { checkTlsFiles } from './runtime/link-tls.ts';
import { readLinkToken } from './runtime/link-token.ts';
import type { LogPort } from './runtime/log-port.ts';
import { Loop } from './runtime/loop.ts';
import { RUNTIME_ACTOR } from './runtime/own-events.ts';
import { StateReport } from './runtime/state-report.ts';
import { StatusLine } from './runtime/status-line.ts';
import { EXIT } from './runtime/unusable.ts';
import { EmbeddedGateways } from './embedded-gateways.ts';
import { recordEnd, recordStart } from './session-record.ts';
import type { RecordContext } from './session-record.ts';
import { replayCommand, startSession } from './session-start.ts';
import type { StartedSession } from './session-start.ts';

/** How long a drain waits for Orders to end. */
const DRAIN_MS_MAX = 5_000;
/** For cancels and log lines to leave a halting process. */
const HALT_MS = 100;
/** Between looks whether a simulated session may turn trading on by itself. */
const AUTO_ENABLE_MS = 20;
const AUTO_ENABLE_TRIES = 250;
/** For an answer to leave before its socket closes. */
const ANSWER_MS = 20;

interface End {
  readonly code: number;
  readonly end: SessionEnd;
  readonly identity: OperatorIdentity;
}

export class LiveDaemon {
  private readonly addon: Addon;
  private readonly task: RunTask;
  private readonly build: BuildInfo;
  private readonly counters = createCounters();
  private readonly flags: LifeFlags = { warming: true, draining: false, closed: false, halted: false };
  private readonly observer: Observer;
  private readonly daemonLog: DaemonLog;
  private readonly log: LogPort;
  private readonly status: StatusLine;
  private readonly startedAt = new Date();
  private readonly host = readHostFingerprint();
  /** The Configuration in force; process settings stay those of the start. */
  private inForce: { effective: LoadedConfiguration['effective']; json: string; hash: string };
  private readonly loaded: LoadedConfiguration;
  private started: StartedSession | null = null;
  private path: LivePath | null = null;
  private ending: Promise<string> | null = null;
  private finish: (code: number) => void = () => undefined;
  private takeDown: () => Promise<void> = async () => undefined;
  private autoEnabled = false;

  constructor(addon: Addon, loaded: LoadedConfiguration, task: RunTask, build: BuildInfo) {
    this.addon = addon;
    this.task = task;
    this.build = build;
    this.loaded = loaded;
    this.inForce = loaded;
    const { observe, dataDir } = loaded.settings;
    const onTerminal = process.stdout.isTTY === true;
    this.status = new StatusLine(onTerminal ? process.stdout : process.stderr);
    this.observer = new Observer({
      host: observe.host, port: observe.port, counters: this.counters, build: { ...build, schemaHash: SCHEMA_HASH },
      // A terminal belongs to the status line; the log goes beside the sessions then.
      logTo: onTerminal ? `${dataDir}/tcxd.log` : 1,
      domains: {
        venues: loaded.core.venues.map(({ id }) => id), strategies: loaded.core.strategies.map(({ id }) => id),
        instruments: loaded.core.instruments.map(({ id, venue, feedRequired }) => (
          { id, venue: loaded.core.venues[venue].id, feedRequired })),
      },
    });
    this.daemonLog = createLog({ level: observe.logLevel, counters: this.counters, post: (line) => this.observer.postLine(line) });
    this.log = this.daemonLog.logger;
  }

  /** Resolves to the exit code when the session is over and everything is taken down. */
  async run(): Promise<number> {
    assertWritable(this.loaded.settings.dataDir);
    await this.observer.start();
    const finished = new Promise<number>((resolve) => { this.finish = resolve; });
    try {
      await this.start();
    } catch (error) {
      await this.abandonStart();
      throw error;
    }
    return finished;
  }

  /** What a start that failed had put up goes away again; the session it may have begun is open and the next start takes it up. */
  private async abandonStart(): Promise<void> {
    this.flags.closed = true;
    this.path?.end();
    await this.takeDown();
    this.started?.opened.writer.close();
    await this.observer.close();
  }

  private async start(): Promise<void> {
    const { addon, loaded, task, build, counters, log } = this;
    const { settings } = loaded;
    counters[Counter.StartUnixMs] = this.startedAt.getTime();
    this.say(`tcx ${describeBuild(build)}, configuration ${loaded.file} (${loaded.hash.slice(0, 12)})`);
    if (settings.link.tls !== null) checkTlsFiles(settings.link.tls);
    const token = readLinkToken(settings.link.tokenFile, settings.link.tokenGenerated ? 'generate' : 'refuse');
    const started = await startSession({ addon, loaded, task, build, counters, log, say: (line) => this.say(line) });
    this.started = started;
    this.daemonLog.setSession(started.directory.id);
    const path = this.construct(started, token);
    this.path = path;
    const halt = this.createHalt(path, started);
    process.on('uncaughtException', (error) => halt.run(error, isJournalLoss(error) ? 'journal' : 'invariant'));
    await recordStart(this.recordContext(path, started));
    this.say(`session ${started.directory.id}, journal ${started.directory.journalPath}`);
    this.say(this.durabilityText(started));
    await this.open(path, started);
  }

  private construct(started: StartedSession, token: string): LivePath {
    const { addon, loaded, counters, log } = this;
    return new LivePath({
      addon, loaded, started, token, counters, log,
      judgeConfiguration: (text) => this.judgeConfiguration(text),
      adoptConfiguration: (change) => this.adoptConfiguration(change),
      drain: (identity) => this.end({ code: EXIT.ok, end: SessionEnd.Drained, identity }),
      isOpen: () => this.ending === null && !this.flags.halted,
      journalFailing: (reason) => {
        this.say(`${reason}; trading ends, every Order is cancelled; what was recorded is intact`);
        void this.end({ code: EXIT.failed, end: SessionEnd.Stopped, identity: { actor: RUNTIME_ACTOR, reason } });
      },
      reconciled: () => setImmediate(() => this.tryEnable(AUTO_ENABLE_TRIES)),
    });
  }

  private createHalt(path: LivePath, started: StartedSession): Halt {
    const { directory, opened } = started;
    return new Halt({
      stream: path.sequencer, transmitter: path.transmitter, addon: this.addon, sessionPath: directory.path,
      journalPath: directory.journalPath, sessionId: directory.id, counters: this.counters,
      log: { ...this.log, error: (fields, message) => this.daemonLog.fatal(fields['error'], message, fields) },
      position: () => opened.writer.statistics[WriterStatistic.Position], sync: () => opened.writer.sync(),
      exit: (code) => {
        this.flags.halted = true;
        path.live.end();
        setTimeout(() => process.exit(code), HALT_MS);
      },
    });
  }

  /** From here on the world can reach the session. */
  private async open(path: LivePath, started: StartedSession): Promise<void> {
    const { loaded, counters, log, addon } = this;
    const { settings } = loaded;
    const stand: { admin?: AdminServer; gateways?: EmbeddedGateways; loop?: Loop; stopWatching?: () => void } = {};
    this.takeDown = async () => {
      path.links.close('the daemon ends');
      await stand.gateways?.stop();
      stand.loop?.stop();
      stand.stopWatching?.();
      await stand.admin?.close();
    };
    await path.links.listen();
    const state = this.createStateReport(path, started);
    stand.admin = await startAdminServer({
      socketPath: settings.admin.socket, ownership: { mode: settings.admin.mode, owner: '', group: settings.admin.group ?? '' },
      state, commands: path.commands, readPeerCredentials: addon.peerCredentials, log,
      streams: createEventStreams({ journal: () => ({
        path: started.directory.journalPath, position: started.opened.writer.statistics[WriterStatistic.Position],
      }) }),
    });
    stand.gateways = new EmbeddedGateways(settings, path.links.port, counters, log);
    stand.gateways.start();
    await startThreadPool();
    for (const { wish, done, detail } of setUpHost(addon.thread, settings.loop)) {
      if (done) log.info({ wish }, `host: ${wish}`);
      else this.say(`host: not ${wish}: ${detail}`);
    }
    const loop = new Loop({
      idle: settings.loop.idle, stream: path.sequencer, timer: path.timer, counters, monotonicNs: addon.clock.monotonicNs,
      yieldThread: addon.thread.yield, housekeeping: () => this.housekeep(path, started),
    });
    stand.loop = loop;
    stand.stopWatching = watchMainThread(counters);
    this.flags.warming = false;
    this.listenToSignals();
    loop.start();
    publishGauges(path.core, path.gates, counters, this.phase());
    this.observer.attach(state);
    path.links.acceptLinks('accept');
    const metrics = this.observer.port > 0 ? `, metrics http://${settings.observe.host}:${this.observer.port}/metrics` : '';
    this.say(`link ${settings.link.host}:${path.links.port}, admin ${settings.admin.socket}${metrics}`);
    if (this.task.forMs !== Infinity) {
      setTimeout(() => void this.stop(`--for ${this.task.forMs} ms are over`), this.task.forMs);
    }
  }

  private createStateReport(path: LivePath, started: StartedSession): StateReport {
    const { opened, directory, strategies, supervision } = started;
    const { journal, loop } = this.loaded.settings;
    return new StateReport({
      core: path.core, books: opened.books, gates: path.gates, transmitter: path.transmitter, supervision, strategies,
      build: this.build, startedAt: this.startedAt.toISOString(), sessionId: directory.id, journalPath: directory.journalPath,
      durability: journal.durability, idle: loop.idle, linkTallies: path.links.tallies, phase: () => this.phase(),
      now: () => path.sequencer.now(), configuration: () => this.inForce,
    });
  }

  private housekeep(path: LivePath, started: StartedSession): void {
    if (this.flags.halted || this.flags.closed) return;
    publishGauges(path.core, path.gates, this.counters, this.phase());
    if (!this.flags.draining) path.reconciler.housekeep();
    this.tryEnable(0);
    this.status.show(statusFacts(path.core, path.gates, this.counters, started.directory.id, this.phase()), Date.now());
  }

  /** A session whose Venues are all simulated may be configured to turn trading on by itself, once. */
  private tryEnable(triesLeft: number): void {
    const { path, loaded } = this;
    if (path === null || this.autoEnabled || this.ending !== null || this.flags.halted) return;
    if (!loaded.settings.venues.every((venue) => venue.simulated && venue.autoEnable)) return;
    if (closedGates(path.gates).length > 0) {
      if (triesLeft > 0) setTimeout(() => this.tryEnable(triesLeft - 1), AUTO_ENABLE_MS);
      return;
    }
    this.autoEnabled = true;
    if (path.core.state.control.trading !== TradingState.Off) return;
    const actor = { actor: RUNTIME_ACTOR, reason: 'every Venue is simulated and configured with autoEnable' };
    path.events.tradingState(TradingState.On, -1, actor, Source.Runtime);
    this.log.info({}, `trading is on: ${actor.reason}`);
  }

  private judgeConfiguration(text: string): ConfigurationChange {
    const next = parseConfiguration(text, this.loaded.file);
    parametersOf(this.started!.strategies.map(({ strategy }) => strategy), next.core);
    return {
      json: next.json, hash: next.hash, changed: listChanges(this.inForce.effective, next.effective),
      refused: compareImmutable(this.inForce.effective, next.effective),
    };
  }

  private adoptConfiguration({ json, hash }: ConfigurationChange): void {
    this.inForce = { json, hash, effective: readRecorded(json) };
  }

  private listenToSignals(): void {
    // Without a listener Node.js answers this signal by opening its debugger to everybody on this machine.
    process.on('SIGUSR1', () => undefined);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (this.ending === null) void this.stop(signal);
        else this.leaveAtOnce(signal);
      });
    }
  }

  /** The second signal: whoever sends it does not want to wait. The journal is whole; the next start takes it up. */
  private leaveAtOnce(signal: string): void {
    this.say(`${signal} again: leaving at once; the session stays open and the next start takes it up`);
    process.exit(EXIT.failed);
  }

  private stop(reason: string): Promise<string> {
    return this.end({ code: EXIT.ok, end: SessionEnd.Stopped, identity: { actor: RUNTIME_ACTOR, reason } });
  }

  /** Ends the session once; resolves when the stream is closed, before the parts are taken down. */
  private end(how: End): Promise<string> {
    this.ending ??= this.drainSession(how);
    return this.ending;
  }

  private async drainSession({ code, end, identity }: End): Promise<string> {
    const path = this.path!;
    this.flags.draining = true;
    this.status.end();
    this.say(`ending: ${identity.reason}`);
    const options = { core: path.core, events: path.events, log: this.log, waitMsMax: DRAIN_MS_MAX };
    const { ended, message } = await drain(options, end, identity);
    path.end();
    // Whoever asked for the drain over the admin socket is answered before the socket goes.
    setTimeout(() => void this.close(path, ended, message, code), ANSWER_MS);
    return message;
  }

  private async close(path: LivePath, ended: boolean, message: string, code: number): Promise<void> {
    const started = this.started!;
    this.flags.closed = true;
    publishGauges(path.core, path.gates, this.counters, this.phase());
    await this.takeDown();
    this.writeEnd(path, started, ended);
    const { directory, opened } = started;
    opened.writer.sync();
    opened.writer.close();
    this.log.info({ journal: directory.journalPath, digest: path.core.digest() }, message);
    await this.observer.close();
    this.say(message);
    process.stdout.write(`journal: ${directory.journalPath}\nreplay:  ${replayCommand(directory.journalPath)}\n`);
    this.finish(code);
  }

  /** The manifest is for people and tools; the journal is whole without it. */
  private writeEnd(path: LivePath, started: StartedSession, ended: boolean): void {
    try {
      recordEnd(this.recordContext(path, started), ended);
    } catch (error) {
      this.say(`the manifest does not show the end of the session: ${messageOf(error)}`);
    }
  }

  private recordContext(path: LivePath, started: StartedSession): RecordContext {
    const { loaded, build, host } = this;
    return { path, started, loaded, build, host, startedAt: this.startedAt.toISOString() };
  }

  private phase(): SessionPhase {
    return phaseOf(this.flags, this.path?.core.state.control.trading ?? TradingState.Off);
  }

  /** What a power loss can cost, and what a sync costs on this disk. */
  private durabilityText(started: StartedSession): string {
    const { durability, intervalMs } = this.loaded.settings.journal;
    const { writer } = started.opened;
    const begun = this.addon.clock.monotonicNs();
    writer.sync();
    const cost = ((this.addon.clock.monotonicNs() - begun) / 1e6).toFixed(2);
    switch (durability) {
      case 'process': return `durability process: survives the death of the process, not a power loss (a sync takes ${cost} ms here)`;
      case 'interval': return `durability interval: a power loss costs at most ${intervalMs} ms of Events (a sync takes ${cost} ms here)`;
      case 'dispatch': return `durability dispatch: an order leaves when its record is on disk (a sync takes ${cost} ms here)`;
    }
  }

  private say(line: string): void {
    (process.stdout.isTTY === true ? process.stdout : process.stderr).write(`tcxd: ${line}\n`);
  }
}

function isJournalLoss(error: unknown): boolean {
  if (error instanceof JournalFailure) return true;
  return error instanceof SinkError && (error.status === Status.NoSpace || error.status === Status.Io);
}
