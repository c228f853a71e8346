// Owns the import graph of a strategy: which files its behaviour consists of, whether all of them may be part of it, and the
// hash over their content that a journal records. Reads files; never runs them.

import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname, extname, relative, resolve, sep } from 'node:path';
import type TypeScript from 'typescript';
import { describeFailure } from '../base/system-failure.ts';
import { sourceProblems } from './strategy-source-rules.ts';
import type { SourceProblem } from './strategy-source-rules.ts';

/** The one module a strategy may import that is not its own. */
export const STRATEGY_API = 'tcx/strategy';

const FILES_MAX = 256;
const FILE_SIZE_MAX = 4 * 1024 * 1024;
const EXTENSIONS: ReadonlySet<string> = new Set(['.ts', '.mts', '.js', '.mjs']);

export interface GraphFile {
  readonly path: string;
  /** Relative to the entry's folder, with forward slashes. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface StrategyGraph {
  readonly entry: string;
  readonly files: readonly GraphFile[];
  /** SHA-256 over names and bytes of all files, sorted by name. */
  readonly contentHash: string;
}

/** The strategy cannot be used; the message lists every reason as file:line. */
export class StrategySourceError extends Error {
  override readonly name = 'StrategySourceError';
}

/** Walks a user's module and refuses what a replay could not reproduce. */
export function userStrategyGraph(compiler: typeof TypeScript, entry: string): StrategyGraph {
  const problems: SourceProblem[] = [];
  const graph = walk(entry, (path, text) => {
    problems.push(...sourceProblems(compiler, path, text));
    return compiler.preProcessFile(text, true, true).importedFiles.map((imported) => ({
      specifier: imported.fileName, line: lineAt(text, imported.pos),
    }));
  }, problems);
  if (problems.length > 0) throw new StrategySourceError(describeProblems(entry, problems));
  return graph;
}

/** The graph of one of tcx's own modules, whose source the project's tests already check. */
export function builtinGraph(entry: string): StrategyGraph {
  return walk(entry, (_path, text) => {
    const found = text.matchAll(/^(?:import|export)[^'"]*?from\s+['"](\.[^'"]+)['"]/gm);
    return [...found].map((match) => ({ specifier: match[1], line: lineAt(text, match.index) }));
  }, []);
}

interface Import {
  readonly specifier: string;
  readonly line: number;
}

function walk(entry: string, importsOf: (path: string, text: string) => Import[], problems: SourceProblem[]): StrategyGraph {
  const root = dirname(entry);
  const files = new Map<string, GraphFile>();
  const pending = [entry];
  while (pending.length > 0) {
    const path = pending.pop() as string;
    if (files.has(path)) continue;
    if (files.size === FILES_MAX) throw new StrategySourceError(`${entry}: imports more than ${FILES_MAX} files`);
    const bytes = readSource(path);
    files.set(path, { path, name: relative(root, path).split(sep).join('/'), bytes });
    for (const { specifier, line } of importsOf(path, new TextDecoder().decode(bytes))) {
      if (specifier === STRATEGY_API) continue;
      const target = resolve(dirname(path), specifier);
      const reason = refusal(specifier, target);
      if (reason === '') pending.push(target);
      else problems.push({ file: path, line, found: `import '${specifier}'`, advice: reason });
    }
  }
  const sorted = [...files.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { entry, files: sorted, contentHash: hashOf(sorted) };
}

function refusal(specifier: string, target: string): string {
  if (!specifier.startsWith('./') && !specifier.startsWith('../')) {
    return `only relative files and '${STRATEGY_API}' can be imported: their content is what the journal pins`;
  }
  if (!EXTENSIONS.has(extname(target))) return `write the whole file name, ending in ${[...EXTENSIONS].join(', ')}`;
  return isFile(target) ? '' : `there is no file ${target}`;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function readSource(path: string): Uint8Array {
  if (!EXTENSIONS.has(extname(path))) {
    throw new StrategySourceError(`${path}: a strategy is a file ending in ${[...EXTENSIONS].join(', ')}`);
  }
  try {
    const facts = statSync(path, { throwIfNoEntry: false });
    if (facts === undefined || !facts.isFile()) {
      const found = facts === undefined ? 'there is no such file' : 'found something other than a file, expected a module';
      throw new StrategySourceError(`${path}: ${found}; strategies[].module names a module relative to the configuration file`);
    }
    if (facts.size > FILE_SIZE_MAX) throw new StrategySourceError(`${path}: ${facts.size} bytes; expected at most ${FILE_SIZE_MAX}`);
    return readFileSync(path);
  } catch (error) {
    if (error instanceof StrategySourceError) throw error;
    throw new StrategySourceError(`${path}: ${describeFailure(error)}; a strategy is a file that this user may read`, { cause: error });
  }
}

/** Lengths are hashed too, so that no two graphs share a byte sequence. */
function hashOf(files: readonly GraphFile[]): string {
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(`${file.name.length}:${file.name}:${file.bytes.byteLength}:`);
    hash.update(file.bytes);
  }
  return hash.digest('hex');
}

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let i = 0; i < offset; i += 1) if (text.charCodeAt(i) === 10) line += 1;
  return line;
}

function describeProblems(entry: string, problems: readonly SourceProblem[]): string {
  const lines = problems.map((problem) => `  ${problem.file}:${problem.line}: ${problem.found}: ${problem.advice}`);
  return `strategy ${entry} cannot be replayed:\n${lines.join('\n')}`;
}
