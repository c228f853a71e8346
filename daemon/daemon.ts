// The composition root of tcxd: turns a command line into a task, and constructs the path of an Event in the order it
// travels: link → sequencer → journal → Core → transmission → link. Everything else hangs off that path.

import { existsSync } from 'node:fs';
import { messageOf } from './base/thrown.ts';
import { addon } from './binding/addon.ts';
import { ConfigurationError, loadConfiguration, resolveRecorded } from './configuration/configuration.ts';
import { isNativeFailure } from './journal/journal-probe.ts';
import { DataDirectoryError } from './journal/session-directory.ts';
import { InvariantError } from './base/assert.ts';
import { SCHEMA_HASH } from './event/kinds.ts';
import { Status } from './event/generated/view_generated.ts';
import { formatChecks, inspectHost } from './observe/host-preflight.ts';
import { describeBuild, readBuildInfo } from './runtime/build-info.ts';
import { HELP, parseCommandLine } from './runtime/command-line.ts';
import type { ReplayTask, RunTask } from './runtime/command-line.ts';
import { checkTlsFiles } from './runtime/link-tls.ts';
import { readLinkToken } from './runtime/link-token.ts';
import { replay } from './runtime/replay.ts';
import { replayExitCode, replayJson, replayText } from './runtime/replay-report.ts';
import { loadStrategy } from './runtime/strategy-loader.ts';
import { StrategySourceError } from './runtime/strategy-graph.ts';
import { EXIT, UnusableInput } from './runtime/unusable.ts';
import { loadStrategies } from './session-start.ts';
import { BUILT_IN } from './strategies/strategies.ts';

/** Resolves to the exit code. */
export async function runTcxd(argv: readonly string[]): Promise<number> {
  try {
    const task = parseCommandLine(argv);
    switch (task.task) {
      case 'help': process.stdout.write(HELP); return EXIT.ok;
      case 'version': process.stdout.write(`tcxd ${describeBuild(readBuildInfo())}, schema ${SCHEMA_HASH}\n`); return EXIT.ok;
      case 'check': return await check(task.config);
      case 'replay': return await replayJournal(task);
      case 'run': return await runLive(task);
    }
  } catch (error) {
    process.stderr.write(`tcxd: ${messageOf(error)}\n`);
    if (exitCodeOf(error) === EXIT.halted && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
    return exitCodeOf(error);
  }
}

async function runLive(task: RunTask): Promise<number> {
  const loaded = loadConfiguration(task.config);
  // uWebSockets.js is loaded by what listens alone: a journal replays on hosts for which it has no build.
  const { LiveDaemon } = await import('./live-daemon.ts');
  const daemon = new LiveDaemon(addon, loaded, task, readBuildInfo());
  return daemon.run();
}

async function replayJournal(task: ReplayTask): Promise<number> {
  const { journal, output, until, mode, json, allowDifferentBuild } = task;
  const result = await replay({
    addon, path: journal, output, until, mode, allowDifferentBuild, build: readBuildInfo(), decodeConfiguration: resolveRecorded,
    loadStrategy: (module) => loadStrategy(module, BUILT_IN),
  });
  process.stdout.write(json ? replayJson(journal, mode, result) : replayText(journal, mode, result));
  return replayExitCode(result);
}

/** Looks at the configuration and at the host, and starts nothing. */
async function check(file: string): Promise<number> {
  const { settings, core, hash } = loadConfiguration(file);
  await loadStrategies(core);
  const { link } = settings;
  if (link.tls !== null) checkTlsFiles(link.tls);
  // One that is made at the first start need not be there yet.
  if (!link.tokenGenerated || existsSync(link.tokenFile)) readLinkToken(link.tokenFile, 'refuse');
  process.stdout.write(`configuration ${file}: valid, hash ${hash}\n`);
  const checks = inspectHost({
    dataDir: settings.dataDir, loopCpu: settings.loop.cpu, diskNeedBytes: 2 * settings.journal.extentSize,
    lockBytes: settings.loop.lockMemory ? 2 * settings.journal.extentSize : 0, realtime: settings.loop.fifoPriority > 0,
  });
  process.stdout.write(`${formatChecks(checks)}\n`);
  return checks.some(({ status }) => status === 'failed') ? EXIT.failed : EXIT.ok;
}

const UNUSABLE = [UnusableInput, ConfigurationError, StrategySourceError, DataDirectoryError] as const;
const FAILED_STATUS: ReadonlySet<number> = new Set([Status.NoSpace, Status.Io]);

function exitCodeOf(error: unknown): number {
  if (error instanceof InvariantError) return EXIT.halted;
  if (UNUSABLE.some((unusable) => error instanceof unusable)) return EXIT.unusable;
  if (isNativeFailure(error)) return FAILED_STATUS.has(error.status) ? EXIT.failed : EXIT.unusable;
  return EXIT.failed;
}
