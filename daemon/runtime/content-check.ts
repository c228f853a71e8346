// Compares what a journal pins (schema, build, strategies) with the code at hand. Names every difference; decides nothing.

import type { SessionStartedFields } from '../event/event-fields.ts';
import { SCHEMA_HASH } from '../event/kinds.ts';
import { describeBuild } from './build-info.ts';
import type { BuildInfo } from './build-info.ts';
import type { LoadedStrategy } from './strategy-loader.ts';

interface ContentDifferences {
  /** '' when the same; otherwise what was found and what is at hand. */
  readonly schema: string;
  readonly build: string;
  readonly strategies: readonly string[];
}

export function contentDifferences(
  started: SessionStartedFields, build: BuildInfo, strategies: readonly LoadedStrategy[],
): ContentDifferences {
  const recorded = describeBuild({ version: started.buildVersion, commit: started.buildCommit, dirty: started.buildDirty });
  const here = describeBuild(build);
  return {
    schema: started.schemaHash === SCHEMA_HASH ? '' : `schema: the journal has ${started.schemaHash}, this build ${SCHEMA_HASH}`,
    build: recorded === here ? '' : `build: the journal was written by ${recorded}, this is ${here}`,
    strategies: strategyDifferences(started, strategies),
  };
}

export function listDifferences(differences: ContentDifferences): string[] {
  return [differences.schema, differences.build, ...differences.strategies].filter((line) => line !== '');
}

function strategyDifferences(started: SessionStartedFields, strategies: readonly LoadedStrategy[]): string[] {
  const lines: string[] = [];
  const count = Math.max(started.strategies.length, strategies.length);
  for (let i = 0; i < count; i += 1) {
    const recorded = started.strategies[i];
    const here = strategies[i];
    if (recorded === undefined || here === undefined) {
      lines.push(`strategy ${i}: ${recorded === undefined ? 'not in the journal' : `${recorded.id} is not configured`}`);
    } else if (recorded.contentHash !== here.contentHash) {
      lines.push(`strategy ${recorded.id}: the journal has ${recorded.name} ${recorded.version} with content ${recorded.contentHash}, `
        + `here is ${here.name} ${here.version} with ${here.contentHash}`);
    }
  }
  return lines;
}
