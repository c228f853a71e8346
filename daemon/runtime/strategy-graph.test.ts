// The import graph, the content hash, and every construct a strategy source is refused for.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import compiler from 'typescript';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { builtinGraph, userStrategyGraph } from './strategy-graph.ts';

let root = '';
beforeEach(() => { root = mkdtempSync(join(tmpdir(), 'tcx-graph-')); });
afterEach(() => { rmSync(root, { recursive: true, force: true }); });

function write(name: string, text: string): string {
  const path = join(root, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}
const graphOf = (text: string): unknown => userStrategyGraph(compiler, write('strategy.ts', text));

describe('strategy graph', () => {
  test('covers every file reached, each once, whatever the import form', () => {
    write('lib/a.ts', "import { b } from './b.js'; export const a: number = b;\n");
    write('lib/b.js', "export { c as b } from '../c.mjs';\n");
    write('c.mjs', 'export const c = 1;\n');
    const entry = write('strategy.ts', [
      "import type { X } from 'tcx/strategy';", "import { a } from './lib/a.ts';", "import './c.mjs';", 'export default a;', '',
    ].join('\n'));
    const graph = userStrategyGraph(compiler, entry);
    expect(graph.files.map((file) => file.name)).toEqual(['c.mjs', 'lib/a.ts', 'lib/b.js', 'strategy.ts']);
  });

  test('the hash changes with one byte in any file and with a file name, and not with the folder', () => {
    write('a.ts', 'export const a = 1;\n');
    const entry = write('strategy.ts', "import { a } from './a.ts';\nexport default a;\n");
    const before = userStrategyGraph(compiler, entry).contentHash;
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    write('a.ts', 'export const a = 2;\n');
    expect(userStrategyGraph(compiler, entry).contentHash).not.toBe(before);
    write('elsewhere/a.ts', 'export const a = 1;\n');
    const moved = write('elsewhere/strategy.ts', "import { a } from './a.ts';\nexport default a;\n");
    expect(userStrategyGraph(compiler, moved).contentHash).toBe(before);
  });

  test.each([
    ["import { readFileSync } from 'node:fs';", /strategy\.ts:1: import 'node:fs'/],
    ["import fs from 'fs';", /import 'fs'/],
    ["import z from 'zod';", /import 'zod'.*only relative files/],
    ["import './missing.ts';", /there is no file/],
    ["import './strategy';", /whole file name/],
    ["import './data.json' with { type: 'json' };", /whole file name/],
    ["\nexport const x = require('fs');", /strategy\.ts:2: require/],
    ["export * from '/etc/passwd';", /only relative files/],
  ])('%j is refused, naming file and line', (text, expected) => {
    expect(() => graphOf(text)).toThrow(expected);
  });

  test.each([
    ['export const t = Date.now();', 'Date'],
    ['export const t = new Date();', 'Date'],
    ['export const f = () => Math.random();', 'Math.random'],
    ["export const f = () => Math['random']();", 'Math without'],
    ['const { random } = Math; export { random };', 'Math without'],
    ['export const t = performance.now();', 'performance'],
    ['export const e = process.env.HOME;', 'process'],
    ['setTimeout(() => {}, 1);', 'setTimeout'],
    ['setInterval(() => {}, 1);', 'setInterval'],
    ['setImmediate(() => {});', 'setImmediate'],
    ['queueMicrotask(() => {});', 'queueMicrotask'],
    ['export const r = crypto.randomUUID();', 'crypto'],
    ["export const p = () => fetch('http://x');", 'fetch'],
    ['export const g = globalThis;', 'globalThis'],
    ["export const f = new Function('return 1');", 'Function'],
    ["eval('1');", 'eval'],
    ['export async function f() { return 1; }', 'async function'],
    ['export const f = async () => 1;', 'async function'],
    ["export const m = () => import('./strategy.ts');", 'import()'],
    ['export const u = import.meta.url;', 'import.meta'],
    ['let counter = 0; export const f = () => (counter += 1);', 'module variable "counter"'],
    ['var seen = 0; export { seen };', 'module variable "seen"'],
    ["export const s = 'a'.localeCompare('b');", '.localeCompare'],
    ['export const s = (1).toLocaleString();', '.toLocaleString'],
    ['export const w = new WeakRef({});', 'WeakRef'],
  ])('D1: %j is refused as %s', (text, found) => {
    expect(() => graphOf(text)).toThrow(`strategy.ts:1: ${found}`);
  });

  test.each([
    'export const x = Math.max(1, 2);',
    'export interface State { process: number; Date: string } export const x = 1;',
    'export const x = { process: 1, fetch: 2 };',
    'export const f = (view: { process: number }) => view.process;',
    'export type T = Promise<number>; export const x = 1;',
    'export function f() { let i = 0; for (; i < 3; i += 1); return i; }',
    'export class C { module = 1; global() { return this.module; } }',
    '// Date and Math.random in a comment\nexport const x = "Date.now()";',
  ])('%j is allowed', (text) => {
    expect(() => graphOf(text)).not.toThrow();
  });

  test('every problem of every file is named at once', () => {
    write('a.ts', '\n\nexport const a = Date.now();\n');
    const entry = write('strategy.ts', "import { a } from './a.ts';\nexport const r = Math.random() + a;\n");
    expect(() => userStrategyGraph(compiler, entry)).toThrow(/strategy\.ts:2: Math\.random[^]*a\.ts:3: Date/);
  });

  test('a missing module is named with what the key means', () => {
    expect(() => userStrategyGraph(compiler, join(root, 'none.ts'))).toThrow(/no such file.*strategies\[\]\.module/);
  });

  test('a builtin hashes itself and what it imports', () => {
    write('core/api.js', 'export const api = 1;\n');
    const entry = write('strategies/one.js', "import { api } from '../core/api.js';\nexport default api;\n");
    expect(builtinGraph(entry).files.map((file) => file.name)).toEqual(['../core/api.js', 'one.js']);
  });
});
