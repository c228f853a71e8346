// From a Configuration to a session with a journal to write: looks at the newest session, plans, prints the plan, acts.
// Clean start and crash start take the same way (journal/recovery-plan.ts).

import { relative, resolve } from 'node:path';
import { existsSync, rmSync } from 'node:fs';
import { messageOf } from './base/thrown.ts';
import type { Addon } from './binding/addon.ts';
import { compareImmutable, readRecorded, resolveRecorded } from './configuration/configuration.ts';
import type { LoadedConfiguration } from './configuration/configuration.ts';
import type { CoreConfig } from './core/config.ts';
import { CARRIED_FROM_UNKNOWN, exportCarried } from './core/state/carry.ts';
import { parametersOf } from './core/strategy/evaluation.ts';
import type { SessionStartedFields } from './event/event-fields.ts';
import { Status } from './event/generated/view_generated.ts';
import { isBeingWritten, probeJournal } from './journal/journal-probe.ts';
import type { JournalProbe } from './journal/journal-probe.ts';
import { describePlan, recoveryPlan } from './journal/recovery-plan.ts';
import type { ConfigurationFact, ContentFact, RecoveryPlan } from './journal/recovery-plan.ts';
import {
  assertWritable, createSessionDirectory, listSessions, sessionDirectory, sessionId,
} from './journal/session-directory.ts';
import type { SessionDirectory } from './journal/session-directory.ts';
import type { BuildInfo } from './runtime/build-info.ts';
import type { RunTask } from './runtime/command-line.ts';
import { contentDifferences, listDifferences } from './runtime/content-check.ts';
import { createCoreHost } from './runtime/core-host.ts';
import type { LogPort } from './runtime/log-port.ts';
import { createSession, resumeSession } from './runtime/open-session.ts';
import type { CreateSessionOptions, OpenedSession, OpenOptions } from './runtime/open-session.ts';
import { loadStrategy } from './runtime/strategy-loader.ts';
import type { LoadedStrategy } from './runtime/strategy-loader.ts';
import { Supervision } from './runtime/supervision.ts';
import { UnusableInput } from './runtime/unusable.ts';
import { BUILT_IN } from './strategies/strategies.ts';

interface StartContext {
  readonly addon: Addon;
  readonly loaded: LoadedConfiguration;
  readonly task: RunTask;
  readonly build: BuildInfo;
  readonly counters: Float64Array;
  readonly log: LogPort;
  /** A line for whoever watches. */
  readonly say: (line: string) => void;
}

export interface StartedSession {
  readonly opened: OpenedSession;
  readonly directory: SessionDirectory;
  readonly plan: RecoveryPlan;
  readonly strategies: readonly LoadedStrategy[];
  readonly supervision: Supervision;
  /** What the session before hands over; '' when nothing does. */
  readonly carried: string;
  /** Hash of the Configuration the journal has in force; '' for a new session. */
  readonly recordedHash: string;
}

export async function startSession(context: StartContext): Promise<StartedSession> {
  const { loaded, addon, say } = context;
  assertWritable(loaded.settings.dataDir);
  const strategies = await loadStrategies(loaded.core);
  const sessions = listSessions(loaded.settings.dataDir);
  assertNoOtherDaemon(addon, sessions.at(-1));
  const { newest, probe } = newestStarted(addon, sessions);
  const { plan, differences } = planFor(context, probe, strategies);
  for (const line of describePlan(plan, newest?.path ?? null)) say(line);
  if (plan.action === 'refuse') {
    const details = [probe?.detail ?? '', ...differences].filter((line) => line !== '').map((line) => `\n  ${line}`);
    throw new UnusableInput(`${newest?.journalPath ?? ''}: ${plan.prose}${details.join('')}`);
  }
  const supervision = new Supervision(loaded.core, context.counters, context.log);
  if (plan.action === 'resume') return resumed(context, newest!, probe!, plan, strategies, supervision);
  if (plan.action === 'abandon') {
    say('recovery: whether the kill switch was set there is not known, so it is set: tcxctl unkill --reason "…" clears it');
  }
  const carried = plan.action === 'carry-over' ? carryOver(addon, newest!, probe!)
    : plan.action === 'abandon' ? CARRIED_FROM_UNKNOWN : '';
  return begun(context, (sessions.at(-1)?.ordinal ?? 0) + 1, plan, strategies, supervision, carried);
}

/** Two daemons in one data directory would trade one account without knowing of each other. */
function assertNoOtherDaemon(addon: Addon, last: SessionDirectory | undefined): void {
  if (last === undefined || !existsSync(last.journalPath) || !isBeingWritten(addon, last.journalPath)) return;
  throw new UnusableInput(`${last.journalPath}: another daemon is writing this session; stop it (tcxctl drain), or give this one its own `
    + 'session.dataDir');
}

interface Newest {
  readonly newest: SessionDirectory | undefined;
  readonly probe: JournalProbe | null;
}

/** A session that stopped before its first record hands nothing on: what counts is the newest one that did not. */
function newestStarted(addon: Addon, sessions: readonly SessionDirectory[]): Newest {
  for (let i = sessions.length - 1; i >= 0; i -= 1) {
    const probe = probeJournal(addon, sessions[i].journalPath);
    if (probe.journal !== 'unstarted' || i === 0) return { newest: sessions[i], probe };
  }
  return { newest: undefined, probe: null };
}

/** Every configured strategy, its parameters accepted. */
export async function loadStrategies(config: CoreConfig): Promise<LoadedStrategy[]> {
  const strategies: LoadedStrategy[] = [];
  for (const { module } of config.strategies) strategies.push(await loadStrategy(module, BUILT_IN));
  try {
    parametersOf(strategies.map(({ strategy }) => strategy), config);
  } catch (error) {
    throw new UnusableInput(messageOf(error), { cause: error });
  }
  return strategies;
}

function planFor(context: StartContext, probe: JournalProbe | null, strategies: readonly LoadedStrategy[]): {
  plan: RecoveryPlan; differences: string[];
} {
  const { task, build, loaded } = context;
  const { newSession, allowDifferentBuild } = task;
  const started = probe?.started ?? null;
  const content = started === null ? null : contentDifferences(started, build, strategies);
  const configuration = started === null || probe?.ended === true ? NO_DIFFERENCE : compareConfiguration(started, loaded);
  const contentFact: ContentFact = content === null ? 'same'
    : content.strategies.length > 0 ? 'strategy' : content.build !== '' ? 'build' : 'same';
  const plan = recoveryPlan({
    journal: probe?.journal ?? 'none', ended: probe?.ended ?? false, content: contentFact, configuration: configuration.fact,
    newSession, allowDifferentBuild,
  });
  const paths = configuration.paths.map((path) => `configuration: ${path} differs from what the session recorded`);
  return { plan, differences: [...(content === null ? [] : listDifferences(content)), ...paths] };
}

/** Keys that shape the process and never a decision: they may differ from one start to the next. */
const PROCESS_KEY = /^(session\.dataDir|journal|loop|link|admin|observe)\b|^venues\[\d+\]\.(gateway|autoEnable|reconcile)\b/;

interface ConfigurationDifference { readonly fact: ConfigurationFact; readonly paths: readonly string[] }

const NO_DIFFERENCE: ConfigurationDifference = { fact: 'same', paths: [] };

function compareConfiguration(started: SessionStartedFields, loaded: LoadedConfiguration): ConfigurationDifference {
  if (started.configurationHash === loaded.hash) return NO_DIFFERENCE;
  const paths = compareImmutable(readRecorded(started.configuration), loaded.effective).filter((path) => !PROCESS_KEY.test(path));
  return { fact: paths.length > 0 ? 'structural' : 'changeable', paths };
}

function openOptions(context: StartContext, journalPath: string, strategies: readonly LoadedStrategy[]): OpenOptions {
  const { addon, loaded, counters } = context;
  const { journal, loop } = loaded.settings;
  return {
    addon, config: loaded.core, strategies, decodeConfiguration: resolveRecorded, counters,
    writer: {
      path: journalPath, extentSize: journal.extentSize, durability: journal.durability, intervalMs: journal.intervalMs,
      helperCpu: loop.housekeepingCpus[0] ?? -1,
    },
  };
}

function begun(
  context: StartContext, ordinal: number, plan: RecoveryPlan, strategies: readonly LoadedStrategy[], supervision: Supervision,
  carried: string,
): StartedSession {
  const { dataDir } = context.loaded.settings;
  const id = sessionId(ordinal, Date.now());
  const directory = createSessionDirectory(dataDir, id);
  const epoch = context.addon.clock.unixNs();
  const opened = createOrLeaveNothing(directory, {
    ...openOptions(context, directory.journalPath, strategies), sessionId: id, sessionOrdinal: ordinal, epoch,
  });
  return { opened, directory, plan, strategies, supervision, carried, recordedHash: '' };
}

function createOrLeaveNothing(directory: SessionDirectory, options: CreateSessionOptions): OpenedSession {
  try {
    return createSession(options);
  } catch (error) {
    // Made a moment ago, and nothing is in it.
    rmSync(directory.path, { recursive: true, force: true });
    throw error;
  }
}

function resumed(
  context: StartContext, newest: SessionDirectory, probe: JournalProbe, plan: RecoveryPlan,
  strategies: readonly LoadedStrategy[], supervision: Supervision,
): StartedSession {
  const started = probe.started!;
  const directory = sessionDirectory(context.loaded.settings.dataDir, newest.id);
  const options = { ...openOptions(context, newest.journalPath, strategies), config: resolveRecorded(started.configuration) };
  const begunAt = performance.now();
  const opened = resumeSession(options, supervision);
  const seconds = ((performance.now() - begunAt) / 1000).toFixed(2);
  context.say(`recovery: ${probe.lastPosition} positions replayed in ${seconds} s, every outcome identical; `
    + `${opened.unsent.length} dispatches were never sent`);
  const { configurationMark } = opened.core.state.control;
  return { opened, directory, plan, strategies, supervision, carried: '', recordedHash: configurationMark };
}

/** Folds an ended session to its final State. No Strategy runs, so theirs need not be at hand any more. */
function carryOver(addon: Addon, session: SessionDirectory, probe: JournalProbe): string {
  try {
    return finalState(addon, session, resolveRecorded(probe.started!.configuration));
  } catch (error) {
    throw new UnusableInput(`${session.journalPath}: this build cannot read what the session hands over: `
      + `${messageOf(error)}\n`
      + 'start once with the build that wrote it, or use --new-session: positions and fees then begin empty, the kill switch is set, '
      + 'and reconciliation names what the Venue still holds', { cause: error });
  }
}

function finalState(addon: Addon, session: SessionDirectory, config: CoreConfig): string {
  const event = addon.createEvent();
  const { core } = createCoreHost({
    addon, event, config, strategies: config.strategies.map(() => null), sink: { appendOutcome: () => Status.Unsupported },
    decodeConfiguration: resolveRecorded,
  });
  const reader = addon.openReader(event, session.journalPath);
  try {
    while (reader.next() > 0) {
      if (!core.fold()) throw new Error(`State at position ${core.outcomes.lastPosition} does not agree with the recorded digest`);
    }
  } finally {
    reader.close();
  }
  return exportCarried(core.state);
}

/** For messages that tell how to replay: a command that works as it stands, from where the daemon was started. */
export function replayCommand(journalPath: string): string {
  const entry = process.argv[1] ?? 'tcxd';
  const command = entry.endsWith('.js') ? `node ${relative('.', entry)}` : entry;
  return `${command} --replay ${relative('.', resolve(journalPath))}`;
}
