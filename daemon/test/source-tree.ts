// The files of this tree and what the hygiene tests ask of them: text, imports, functions, identifiers. Reads only what
// is under version control or about to be; generated code is marked so that rules of style leave it alone.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const paths = listPaths();

/** Paths relative to the root, sorted, generated code included. */
export function allPaths(): readonly string[] {
  return paths;
}

/** Paths matching the pattern, without generated code. */
export function pathsMatching(pattern: RegExp): string[] {
  return paths.filter((path) => pattern.test(path) && !isGenerated(path));
}

export function isGenerated(path: string): boolean {
  return path.includes('/generated/') || path === 'package-lock.json' || path.includes('/__snapshots__/');
}

export function isTest(path: string): boolean {
  return /\.(test|fixture)\.ts$/.test(path) || path.startsWith('daemon/test/');
}

const texts = new Map<string, string>();

export function textOf(path: string): string {
  let text = texts.get(path);
  if (text === undefined) {
    text = readFileSync(join(ROOT, path), 'utf8');
    texts.set(path, text);
  }
  return text;
}

export function linesOf(path: string): string[] {
  const lines = textOf(path).split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

const syntaxTrees = new Map<string, ts.SourceFile>();

export function syntaxOf(path: string): ts.SourceFile {
  let tree = syntaxTrees.get(path);
  if (tree === undefined) {
    tree = ts.createSourceFile(path, textOf(path), ts.ScriptTarget.ES2023, true);
    syntaxTrees.set(path, tree);
  }
  return tree;
}

export function lineOf(path: string, node: ts.Node): number {
  return syntaxOf(path).getLineAndCharacterOfPosition(node.getStart()).line + 1;
}

export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  node.forEachChild((child) => walk(child, visit));
}

/** What a file imports: packages as they are, files as paths from the root. */
export function importsOf(path: string): string[] {
  const found: string[] = [];
  walk(syntaxOf(path), (node) => {
    const specifier = specifierOf(node);
    if (specifier === null) return;
    found.push(specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier);
  });
  return found;
}

function specifierOf(node: ts.Node): string | null {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
    return ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : null;
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [argument] = node.arguments;
    return argument !== undefined && ts.isStringLiteral(argument) ? argument.text : null;
  }
  return null;
}

interface SourceFunction {
  readonly name: string;
  readonly line: number;
  readonly lineCount: number;
}

/** Functions of a TypeScript file. The bodies of `describe` are lists of tests and are left out. */
export function functionsOf(path: string): SourceFunction[] {
  const tree = syntaxOf(path);
  const found: SourceFunction[] = [];
  walk(tree, (node) => {
    if (!ts.isFunctionLike(node) || isDescribeBody(node)) return;
    const begin = tree.getLineAndCharacterOfPosition(node.getStart()).line;
    const end = tree.getLineAndCharacterOfPosition(node.getEnd()).line;
    found.push({ name: node.name?.getText() ?? 'function', line: begin + 1, lineCount: end - begin + 1 });
  });
  return found;
}

function isDescribeBody(node: ts.Node): boolean {
  const call = node.parent;
  return call !== undefined && ts.isCallExpression(call) && /^describe\b/.test(call.expression.getText());
}

/** Functions of a C++ file: from a line that starts in column 0 and ends in `{` to its `}` in column 0. */
export function nativeFunctionsOf(path: string): SourceFunction[] {
  const found: SourceFunction[] = [];
  let begin = -1;
  linesOf(path).forEach((line, index) => {
    if (begin < 0 && /^[A-Za-z].*\{$/.test(line) && line.includes('(')) begin = index;
    if (begin >= 0 && /^\}/.test(line)) {
      found.push({ name: linesOf(path)[begin]!, line: begin + 1, lineCount: index - begin + 1 });
      begin = -1;
    }
  });
  return found;
}

/** The comment a file starts with, without its markers; empty when there is none. */
export function headerOf(path: string): string[] {
  const marker = /\.(ts|mjs|cc|h|fbs)$/.test(path) ? '//' : '#';
  const lines = linesOf(path).filter((line, index) => !(index === 0 && line.startsWith('#!')));
  const end = lines.findIndex((line) => !line.startsWith(marker));
  return lines.slice(0, end < 0 ? lines.length : end).map((line) => line.slice(marker.length).trim());
}

function list(command: string, options: readonly string[]): string {
  return execFileSync(command, options, { cwd: ROOT, encoding: 'utf8' });
}

function listPaths(): string[] {
  const names = existsSync(join(ROOT, '.git'))
    ? list('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'])
    : list('find', ['.', '-type', 'd', '(', '-name', 'node_modules', '-o', '-path', './build', '-o', '-path',
      './dist', '-o', '-path', './data', '-o', '-path', './coverage', ')', '-prune', '-o', '-type', 'f', '-printf',
      '%P\\0']);
  return names.split('\0').filter((name) => name !== '' && existsSync(join(ROOT, name))).sort();
}
