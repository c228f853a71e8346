// Which keys of a running session may change, and which changes are refused. A change that is not named here needs a
// new session: identities, scales and capacities are baked into State and into the journal.

import { canonicalJson } from './canonical.ts';
import { formatPath } from './problem.ts';
import type { Path } from './problem.ts';
import type { EffectiveConfiguration } from './schema.ts';

/** Patterns of paths below which anything may change; `*` stands for one index or key. */
const LIVE: readonly (readonly string[])[] = [
  ['risk'],
  ['instruments', '*', 'limits'],
  ['venues', '*', 'rateLimits'],
  ['strategies', '*', 'parameters'],
  ['strategies', '*', 'cadence'],
  ['strategies', '*', 'enabled'],
  ['strategies', '*', 'failuresMax'],
];

/** The paths whose change a running session refuses; empty: the change may be applied. */
export function compareImmutable(current: EffectiveConfiguration, next: EffectiveConfiguration): string[] {
  const refused: string[] = [];
  compare(current, next, [], (path) => void refused.push(formatPath(path)));
  return refused;
}

/** The paths that differ at all. */
export function listChanges(current: EffectiveConfiguration, next: EffectiveConfiguration): string[] {
  const changed: string[] = [];
  compareLeaves(current, next, [], (path) => void changed.push(formatPath(path)));
  return changed;
}

type Report = (path: Path) => void;

function compare(current: unknown, next: unknown, path: Path, report: Report): void {
  if (isLive(path)) return;
  compareMembers(current, next, path, report, compare);
}

function compareLeaves(current: unknown, next: unknown, path: Path, report: Report): void {
  compareMembers(current, next, path, report, compareLeaves);
}

function compareMembers(current: unknown, next: unknown, path: Path, report: Report, descend: typeof compare): void {
  if (Array.isArray(current) && Array.isArray(next) && current.length === next.length) {
    current.forEach((member, index) => descend(member, next[index], [...path, index], report));
  } else if (isGroup(current) && isGroup(next)) {
    const keys = new Set([...Object.keys(current), ...Object.keys(next)]);
    for (const key of keys) descend(current[key], next[key], [...path, key], report);
  } else if (spelling(current) !== spelling(next)) {
    report(path);
  }
}

function isLive(path: Path): boolean {
  return LIVE.some((pattern) => {
    return pattern.length === path.length && pattern.every((part, index) => part === '*' || part === path[index]);
  });
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function spelling(value: unknown): string {
  return value === undefined ? '' : canonicalJson(value);
}
