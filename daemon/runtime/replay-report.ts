// What `tcxd --replay` prints: text for people, one JSON object for programs. No decisions.

import { formatDecimal } from '../base/decimal.ts';
import { describeBuild } from './build-info.ts';
import type { ReplayResult } from './replay.ts';
import { EXIT } from './unusable.ts';

export function replayExitCode(result: ReplayResult): number {
  switch (result.verdict) {
    case 'identical': return EXIT.ok;
    case 'divergent': return EXIT.failed;
    case 'damaged': return EXIT.unusable;
  }
}

export function replayText(path: string, mode: 'replay' | 'fold', result: ReplayResult): string {
  const { started } = result;
  const build = describeBuild({ version: started.buildVersion, commit: started.buildCommit, dirty: started.buildDirty });
  const rate = result.seconds > 0 ? Math.round(result.position / result.seconds) : 0;
  const lines = [
    `journal    ${path}`,
    `session    ${started.sessionId}, written by tcx ${build} on Node ${started.nodeVersion}`,
    `${mode.padEnd(10)} ${result.position} positions (${result.inputs} inputs) in ${result.seconds.toFixed(3)} s, ${rate} a second`,
    ...[...result.countByKind].map(([kind, count]) => `  ${kind.padEnd(24)} ${String(count).padStart(10)}`),
    ...result.positions.filter((position) => position.fills > 0 || position.quantity !== 0).map((position) => (
      `position   ${position.instrument} ${formatDecimal(position.quantity, position.quantityScale)} after ${position.fills} fills`)),
    ...result.notes.map((note) => `note       ${note}`),
    `digest     ${result.digest}`,
    verdictLine(mode, result),
  ];
  return `${lines.join('\n')}\n`;
}

export function replayJson(path: string, mode: 'replay' | 'fold', result: ReplayResult): string {
  const { started, countByKind, ...rest } = result;
  const { sessionId, sessionOrdinal, schemaHash, configurationHash, buildVersion, buildCommit, buildDirty, nodeVersion } = started;
  return `${JSON.stringify({
    journal: path, mode, ...rest, countByKind: Object.fromEntries(countByKind),
    session: { sessionId, sessionOrdinal, schemaHash, configurationHash, buildVersion, buildCommit, buildDirty, nodeVersion },
  })}\n`;
}

function verdictLine(mode: 'replay' | 'fold', result: ReplayResult): string {
  const { divergence } = result;
  if (result.verdict === 'damaged') return `DAMAGED    ${result.damage}; everything before it was identical`;
  if (divergence === null) return mode === 'replay' ? 'identical  every outcome, byte for byte' : 'identical  every State digest';
  return `DIVERGENT  position ${divergence.position} ${divergence.kind}.${divergence.field}: `
    + `expected ${divergence.expected}, found ${divergence.found}`;
}
