// What a start puts on the record: SessionStarted with everything a replay needs, or SessionResumed and what recovery found;
// and the manifest beside the journal for people and tools.

import type { LoadedConfiguration } from './configuration/configuration.ts';
import { DispatchFailure, SCHEMA_HASH, Source, TradingState } from './event/kinds.ts';
import { readManifest, writeManifest } from './journal/manifest.ts';
import type { SessionManifest } from './journal/manifest.ts';
import type { LivePath } from './live-path.ts';
import type { BuildInfo } from './runtime/build-info.ts';
import { RUNTIME_ACTOR } from './runtime/own-events.ts';
import type { StartedSession } from './session-start.ts';

export interface RecordContext {
  readonly path: LivePath;
  readonly started: StartedSession;
  readonly loaded: LoadedConfiguration;
  readonly build: BuildInfo;
  /** ISO 8601. */
  readonly startedAt: string;
  /** JSON, see runtime/host-fingerprint.ts; asked for early, because it takes a moment. */
  readonly host: Promise<string>;
}

interface BuildFields {
  readonly buildVersion: string; readonly buildCommit: string; readonly buildDirty: boolean;
  readonly nodeVersion: string; readonly v8Version: string; readonly host: string;
}

export async function recordStart(context: RecordContext): Promise<void> {
  const { path, started, build } = context;
  const fields: BuildFields = {
    buildVersion: build.version, buildCommit: build.commit, buildDirty: build.dirty, nodeVersion: process.versions.node,
    v8Version: process.versions.v8, host: await context.host,
  };
  if (started.plan.action === 'resume') recordResumed(context, fields);
  else recordStarted(context, fields);
  // The kill switch survives a restart; so does what stands behind it at the egress.
  if (path.core.state.control.killed) path.transmitter.latch();
  writeManifest(started.directory.manifestPath, manifestOf(context));
}

/** At the end: where the journal stands and the State digest there. */
export function recordEnd(context: RecordContext, ended: boolean): void {
  const { path, started } = context;
  const current = readManifest(started.directory.manifestPath) ?? manifestOf(context);
  if (!ended) return;
  writeManifest(started.directory.manifestPath, {
    ...current, endedAt: new Date().toISOString(), finalPosition: path.core.outcomes.lastPosition, finalDigest: path.core.digest(),
  });
}

function recordStarted({ path, started, loaded }: RecordContext, build: BuildFields): void {
  const { events } = path;
  events.sessionStarted({
    ...build, sessionId: started.directory.id, sessionOrdinal: started.directory.ordinal, epoch: started.opened.epoch,
    schemaHash: SCHEMA_HASH, configuration: loaded.json, configurationHash: loaded.hash, carried: started.carried,
    strategies: started.strategies.map(({ name, version, contentHash }, i) => (
      { id: loaded.core.strategies[i].id, name, version, contentHash })),
  });
  loaded.core.instruments.forEach((instrument, index) => events.instrumentDefined(index, instrument));
}

/** First that nothing may trade, then what did not leave before the crash, then what the operator changed meanwhile. */
function recordResumed({ path, started, loaded }: RecordContext, build: BuildFields): void {
  const { events, core } = path;
  events.sessionResumed({ ...build, discarded: started.opened.discarded });
  for (const { orderId, action, position } of started.opened.unsent) {
    events.dispatchFailed(orderId, action, position, DispatchFailure.Recovered, Source.Recovery);
  }
  if (started.recordedHash !== loaded.hash) {
    const version = core.state.control.configurationVersion + 1;
    events.configurationChanged(version, loaded.json, loaded.hash, {
      actor: RUNTIME_ACTOR, reason: `the configuration file ${loaded.file} changed while the session was not running`,
    });
  }
  started.supervision.failures.forEach((count, strategy) => {
    const { id, failuresMax } = core.state.config.strategies[strategy];
    if (count < failuresMax || !core.state.control.strategies[strategy].enabled) return;
    const reason = `strategy ${id} failed ${count} times before the restart`;
    events.tradingState(TradingState.Off, strategy, { actor: RUNTIME_ACTOR, reason }, Source.Recovery);
  });
}

function manifestOf({ started, loaded, build, startedAt }: RecordContext): SessionManifest {
  const { directory, plan, strategies } = started;
  const before = plan.action === 'resume' ? readManifest(directory.manifestPath) : null;
  return {
    sessionId: directory.id, sessionOrdinal: directory.ordinal, startedAt: before?.startedAt ?? startedAt,
    resumedAt: plan.action === 'resume' ? [...(before?.resumedAt ?? []), startedAt] : [], endedAt: null,
    schemaHash: SCHEMA_HASH, configurationHash: loaded.hash,
    strategies: strategies.map(({ name, contentHash }, i) => ({ id: loaded.core.strategies[i].id, name, contentHash })),
    build, durability: loaded.settings.journal.durability, finalPosition: null, finalDigest: null,
  };
}
