// Rules of form over every file of the tree: layout, lengths, headers, names, words. Each test lists every violation,
// so that one run shows the whole of what is to be mended.

import { describe, expect, test } from 'vitest';
import ts from 'typescript';
import {
  allPaths, functionsOf, headerOf, isGenerated, lineOf, linesOf, nativeFunctionsOf, pathsMatching, syntaxOf, textOf,
  walk,
} from './source-tree.ts';

const LINE_MAX = 140;
const FUNCTION_LINES_MAX = 70;
const FILE_LINES_MAX = 500;
const HEADER_LINES_MAX = 24;

const CODE = /\.(ts|mjs|cc|h|sh)$|^ops\/[a-z-]+$|^\.ci\/run$/;
const TYPESCRIPT = /\.ts$/;
const NATIVE = /\.(cc|h)$/;

const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*\.(ts|mjs)$/;

const TOP_LEVEL = [
  '.ci', '.gitignore', '.npmrc', 'CHANGELOG.md', 'CMakeLists.txt', 'LICENSE', 'README.md', 'bench', 'config', 'daemon',
  'docs', 'native', 'ops', 'package-lock.json', 'package.json', 'schemas', 'tsconfig.json',
];

describe('layout', () => {
  test('the top level holds exactly what the layout says', () => {
    const found = new Set(allPaths().map((path) => path.split('/')[0]!));
    expect([...found].sort()).toEqual([...TOP_LEVEL].sort());
  });

  test('files are named in the case of their language', () => {
    const wrong = allPaths().filter((path) => {
      const name = path.split('/').at(-1)!;
      if (isGenerated(path)) return false;
      if (/\.(ts|mjs)$/.test(name)) return !KEBAB_CASE.test(name);
      return NATIVE.test(name) && !/^[a-z0-9]+(_[a-z0-9]+)*\.(cc|h)$/.test(name);
    });
    expect(wrong).toEqual([]);
  });

  test('every folder of the daemon has its place in the layout', () => {
    const known = [
      'admin', 'base', 'binding', 'configuration', 'core', 'event', 'gateway', 'ingress', 'journal', 'observe',
      'runtime', 'strategies', 'test', 'venues',
    ];
    const found = new Set(allPaths().filter((path) => /^daemon\/.*\//.test(path)).map((path) => path.split('/')[1]!));
    expect([...found].filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe('lengths', () => {
  test(`no line is longer than ${LINE_MAX} characters`, () => {
    const long = pathsMatching(CODE).flatMap((path) => linesOf(path)
      .map((line, index) => ({ place: `${path}:${index + 1}`, length: [...line].length }))
      .filter(({ length }) => length > LINE_MAX)
      .map(({ place, length }) => `${place} (${length})`));
    expect(long).toEqual([]);
  });

  test(`no file is longer than ${FILE_LINES_MAX} lines`, () => {
    const long = pathsMatching(CODE).filter((path) => linesOf(path).length > FILE_LINES_MAX);
    expect(long.map((path) => `${path} (${linesOf(path).length})`)).toEqual([]);
  });

  test(`no function is longer than ${FUNCTION_LINES_MAX} lines`, () => {
    const list = (path: string) => (TYPESCRIPT.test(path) ? functionsOf(path) : nativeFunctionsOf(path))
      .filter(({ lineCount }) => lineCount > FUNCTION_LINES_MAX)
      .map(({ name, line, lineCount }) => `${path}:${line} ${name} (${lineCount})`);
    expect([...pathsMatching(TYPESCRIPT), ...pathsMatching(NATIVE)].flatMap(list)).toEqual([]);
  });
});

describe('form', () => {
  test('every source file says at its top what it owns', () => {
    const owners = [...pathsMatching(CODE), ...pathsMatching(/^(schemas|config)\//)];
    const wrong = owners.filter((path) => !/\.test\.ts$/.test(path)).filter((path) => {
      const lines = headerOf(path).length;
      return lines < 1 || lines > HEADER_LINES_MAX;
    });
    expect(wrong).toEqual([]);
  });

  test('text files end in a newline and hold no trailing blanks, tabs or carriage returns', () => {
    const wrong = pathsMatching(/\.(ts|mjs|cc|h|fbs|md|yaml|yml|json|txt|service)$|^ops\/[a-z-]+$/).filter((path) => {
      const text = textOf(path);
      return !text.endsWith('\n') || /[ \t]$/m.test(text) || /\r/.test(text) || (/\t/.test(text) && !isGenerated(path));
    });
    expect(wrong).toEqual([]);
  });

  test('no header starts without a guard and C++ stays in its dialect', () => {
    expect(pathsMatching(/^native\/.*\.h$/).filter((path) => !textOf(path).includes('#pragma once'))).toEqual([]);
  });
});

describe('words', () => {
  test('nothing is left for later: open an issue or write an ADR', () => {
    const marks = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b`);
    expect(findLines(CODE, marks)).toEqual([]);
    expect(findLines(/\.(md|yaml|fbs|txt)$/, marks)).toEqual([]);
  });

  test('nothing names a machine, a registry or a credential', () => {
    const machine = ['/wo' + 'rk/', '/ho' + 'me/[a-z]', '/ro' + 'ot/'];
    const pattern = new RegExp([...machine, 'registry\\.npm' + 'js', 'BEGIN [A-Z ]*PRIVATE ' + 'KEY'].join('|'));
    expect(findLines(/./, pattern)).toEqual([]);
  });

  test('the lockfile names no host', () => {
    expect(textOf('package-lock.json')).not.toMatch(/"resolved"/);
  });

  test('no declared name is a shrug: util, helper, manager, handle, process', () => {
    const wrong = pathsMatching(TYPESCRIPT).flatMap((path) => declaredNames(path)
      .filter(({ name }) => isShrug(name))
      .map(({ name, line }) => `${path}:${line} ${name}`));
    expect(wrong).toEqual([]);
    expect(allPaths().filter((path) => /(util|helper|manager|handler)s?[-_.]/i.test(path))).toEqual([]);
  });

  test('comments refer to pages that are in the tree', () => {
    expect(findLines(/\.(ts|mjs|cc|h|fbs|yaml)$/, /\b(semantics|requirements|performance|style)\.md\b/)).toEqual([]);
    const named = pathsMatching(/\.(ts|mjs|cc|h|fbs|yaml|service)$/).flatMap((path) => [
      ...textOf(path).matchAll(/\bdocs\/[\w/-]+\.md\b/g),
    ].map((match) => ({ path, page: match[0] })));
    const missing = named.filter(({ path, page }) => !allPaths().includes(page) && !/\.test\.ts$/.test(path));
    expect(missing.map(({ path, page }) => `${path} → ${page}`)).toEqual([]);
  });

  test('no code is commented out', () => {
    const statement = /^\s*\/\/\s*(const|let|import|return|export|if \(|for \(|await|throw new)\b.*[;{]\s*$/;
    expect(findLines(/\.(ts|mjs|cc|h)$/, statement)).toEqual([]);
  });

  test('no type is given up: any and the comments that silence the compiler', () => {
    const wrong = pathsMatching(TYPESCRIPT).flatMap((path) => {
      const found: string[] = [];
      walk(syntaxOf(path), (node) => {
        if (node.kind === ts.SyntaxKind.AnyKeyword) found.push(`${path}:${lineOf(path, node)} any`);
      });
      return found;
    });
    expect(wrong).toEqual([]);
    expect(findLines(TYPESCRIPT, new RegExp('@ts-' + '(ignore|nocheck|expect-error)'))).toEqual([]);
  });
});

function findLines(files: RegExp, pattern: RegExp): string[] {
  return pathsMatching(files).flatMap((path) => linesOf(path)
    .map((line, index) => ({ line, place: `${path}:${index + 1}` }))
    .filter(({ line }) => pattern.test(line))
    .map(({ line, place }) => `${place} ${line.trim().slice(0, 80)}`));
}

function declaredNames(path: string): { name: string; line: number }[] {
  const found: { name: string; line: number }[] = [];
  walk(syntaxOf(path), (node) => {
    const declares = ts.isVariableDeclaration(node) || ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)
      || ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)
      || ts.isParameter(node) || ts.isPropertyDeclaration(node) || ts.isPropertySignature(node)
      || ts.isMethodSignature(node) || ts.isEnumDeclaration(node);
    if (declares && node.name !== undefined && ts.isIdentifier(node.name)) {
      found.push({ name: node.name.text, line: lineOf(path, node) });
    }
  });
  return found;
}

/** The helper thread of the journal, an OS process and Queue Processing are things of their own. */
function isShrug(name: string): boolean {
  if (/^helper(Cpu|Thread)/.test(name)) return false;
  if (/^process[A-Z]/.test(name)) return !/^process(Queue|Start|Id)/.test(name);
  return /(^|[a-z])(Util|Helper|Manager|Handle)(s|r|rs|d)?([A-Z_]|$)/.test(`${name[0]!.toUpperCase()}${name.slice(1)}`);
}
