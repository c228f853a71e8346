// Turns `builtin:NAME` or a module path of the Configuration into a Strategy with its identity: name, version and the hash
// over everything its behaviour consists of. A user's module is checked, transpiled into a private folder and imported
// from there once. Cold.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve, dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type TypeScript from 'typescript';
import { messageOf } from '../base/thrown.ts';
import { declarationProblem } from '../core/state/control/memory.ts';
import type { AnyStrategy } from '../core/strategy/strategy.ts';
import { packageRoot } from './build-info.ts';
import { builtinGraph, STRATEGY_API, StrategySourceError, userStrategyGraph } from './strategy-graph.ts';
import type { GraphFile, StrategyGraph } from './strategy-graph.ts';

export interface LoadedStrategy {
  readonly strategy: AnyStrategy;
  /** As configured. */
  readonly module: string;
  readonly name: string;
  readonly version: string;
  readonly contentHash: string;
}

type BuiltIn = ReadonlyMap<string, AnyStrategy>;

const BUILT_IN_PREFIX = 'builtin:';

/** `builtIn`: the strategies that come with tcx, by name. */
export async function loadStrategy(module: string, builtIn: BuiltIn): Promise<LoadedStrategy> {
  return module.startsWith(BUILT_IN_PREFIX) ? loadBuiltin(module, builtIn) : loadUserModule(module);
}

function loadBuiltin(module: string, builtIn: BuiltIn): LoadedStrategy {
  const name = module.slice(BUILT_IN_PREFIX.length);
  const strategy = builtIn.get(name);
  if (strategy === undefined) {
    const known = [...builtIn.keys()].map((candidate) => `${BUILT_IN_PREFIX}${candidate}`).join(', ');
    throw new StrategySourceError(`found strategy ${module}, expected one of: ${known}, or the path of a module`);
  }
  const here = fileURLToPath(import.meta.url);
  const extension = here.endsWith('.ts') ? '.ts' : '.js';
  const entry = resolve(dirname(here), '..', 'strategies', `${name}${extension}`);
  return { strategy, module, name: strategy.name, version: strategy.version, contentHash: builtinGraph(entry).contentHash };
}

async function loadUserModule(module: string): Promise<LoadedStrategy> {
  // The compiler is large: only sessions with a user's module pay for it.
  const { default: compiler } = await import('typescript');
  const graph = userStrategyGraph(compiler, module);
  const exported = await importPrivately(compiler, graph);
  const strategy = checkDefinition(module, exported);
  return { strategy, module, name: strategy.name, version: strategy.version, contentHash: graph.contentHash };
}

/** Files are gone again once imported: what runs is what was hashed. */
async function importPrivately(compiler: typeof TypeScript, graph: StrategyGraph): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'tcx-strategy-'));
  try {
    const targets = new Map(graph.files.map((file, index) => [file.path, join(folder, `${index}-${basename(file.path)}.mjs`)]));
    for (const file of graph.files) writeFileSync(targets.get(file.path) as string, compile(compiler, file, targets), { mode: 0o600 });
    process.setSourceMapsEnabled(true);
    const url = pathToFileURL(targets.get(graph.entry) as string).href;
    const namespace = await import(url) as { default?: unknown };
    return namespace.default;
  } catch (error) {
    if (error instanceof StrategySourceError) throw error;
    const reason = messageOf(error);
    throw new StrategySourceError(`strategy ${graph.entry} cannot be loaded: ${reason}`, { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function compile(compiler: typeof TypeScript, file: GraphFile, targets: ReadonlyMap<string, string>): string {
  const { outputText, diagnostics } = compiler.transpileModule(new TextDecoder().decode(file.bytes), {
    fileName: file.path, reportDiagnostics: true,
    compilerOptions: {
      target: compiler.ScriptTarget.ES2023, module: compiler.ModuleKind.ESNext, inlineSourceMap: true, inlineSources: true,
      sourceRoot: `${pathToFileURL(dirname(file.path)).href}/`, allowJs: true,
    },
  });
  const problem = diagnostics?.[0];
  if (problem !== undefined) {
    const line = problem.file?.getLineAndCharacterOfPosition(problem.start ?? 0).line ?? 0;
    throw new StrategySourceError(`${file.path}:${line + 1}: ${compiler.flattenDiagnosticMessageText(problem.messageText, ' ')}`);
  }
  return redirectImports(compiler, file, outputText, targets);
}

/** Replaces each specifier by the file it stands for in the private folder, from the last to the first. */
function redirectImports(compiler: typeof TypeScript, file: GraphFile, text: string, targets: ReadonlyMap<string, string>): string {
  const imports = [...compiler.preProcessFile(text, true, true).importedFiles].sort((a, b) => b.pos - a.pos);
  let redirected = text;
  for (const { fileName, pos, end } of imports) {
    const target = fileName === STRATEGY_API
      ? join(packageRoot(), 'dist', 'daemon', 'core', 'strategy', 'strategy.js')
      : targets.get(resolve(dirname(file.path), fileName)) as string;
    const quoted = redirected.slice(pos, end + 1).includes(fileName);
    if (!quoted) throw new Error(`Invariant: import ${fileName} stands where the compiler says`);
    const begin = redirected.indexOf(fileName, pos);
    redirected = redirected.slice(0, begin) + pathToFileURL(target).href + redirected.slice(begin + fileName.length);
  }
  return redirected;
}

/** The default export, as `defineStrategy` returns it. */
function checkDefinition(module: string, exported: unknown): AnyStrategy {
  const problem = definitionProblem(exported);
  if (problem === '') return exported as AnyStrategy;
  throw new StrategySourceError(`strategy ${module}: ${problem}; write: export default defineStrategy({ … })`);
}

function definitionProblem(exported: unknown): string {
  if (typeof exported !== 'object' || exported === null) return `found default export ${typeof exported}, expected a strategy`;
  const candidate = exported as Partial<Record<keyof AnyStrategy, unknown>>;
  for (const key of ['name', 'version'] as const) {
    if (typeof candidate[key] !== 'string' || candidate[key] === '') return `found no ${key}, expected a text`;
  }
  for (const key of ['parameters', 'evaluate'] as const) {
    if (typeof candidate[key] !== 'function') return `found no ${key}, expected a function`;
  }
  if (typeof candidate.memory !== 'object' || candidate.memory === null) return 'found no memory, expected an object';
  return declarationProblem(candidate.memory as Readonly<Record<string, unknown>>);
}
