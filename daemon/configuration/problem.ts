// What is wrong with a Configuration, said so that the reader can mend it: file, line, path, found, expected. Every
// problem of a file is reported at once; none is repaired silently.

/** One mistake. `path` is like `instruments[0].tickSize`; `line` is 1-based, 0 when there is no text to point at. */
export interface Problem {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

export type Path = readonly (string | number)[];

/** Operator mistake: the Configuration cannot be used. Nothing has been applied. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    const lines = problems.map((problem) => problemLine(file, problem));
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super(`configuration refused, ${count}:\n${lines.join('\n')}`);
    this.problems = problems;
  }
}

function problemLine(file: string, problem: Problem): string {
  const place = problem.line > 0 ? `${file}:${problem.line}` : file;
  return problem.path === '' ? `  ${place}: ${problem.message}` : `  ${place}: ${problem.path}: ${problem.message}`;
}

export function formatPath(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}

const FOUND_LENGTH_MAX = 60;

/** How a found value is shown: short, unambiguous about text against number. */
export function formatFound(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a group of keys';
  if (typeof value !== 'string') return String(value);
  if (value.length <= FOUND_LENGTH_MAX) return JSON.stringify(value);
  return `${JSON.stringify(value.slice(0, FOUND_LENGTH_MAX))}… (${value.length} characters)`;
}

/** The known key nearest to a mistyped one, or null when none is near enough to be meant. */
export function nearestKey(unknown: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = Math.max(2, Math.floor(unknown.length / 3)) + 1;
  for (const key of known) {
    const distance = editDistance(unknown.toLowerCase(), key.toLowerCase());
    if (distance < bestDistance) {
      best = key;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, previous[j]! + 1, current[j - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
