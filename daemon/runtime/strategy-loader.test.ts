// Loading strategies for real: builtins, a user's TypeScript and JavaScript modules, and modules that are not strategies.
// Needs the built package: a user's module imports `tcx/strategy` from dist.

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BUILT_IN } from '../strategies/strategies.ts';
import { loadStrategy as load } from './strategy-loader.ts';

const loadStrategy = (module: string): ReturnType<typeof load> => load(module, BUILT_IN);

let root = '';
beforeEach(() => { root = mkdtempSync(join(tmpdir(), 'tcx-loader-')); });
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
});

function write(name: string, text: string): string {
  const path = join(root, name);
  writeFileSync(path, text);
  return path;
}

const TYPED = `
import { defineStrategy, Side } from 'tcx/strategy';
import type { Context } from 'tcx/strategy';
import { step } from './step.ts';

interface Parameters { readonly size: number }
function seen(context: Context): number { return context === undefined ? 0 : step; }

export default defineStrategy({
  name: 'typed', version: '2.1.0', memory: { count: 0 },
  parameters: (raw): Parameters => ({ size: Number(raw['size'] ?? Side.Sell) }),
  evaluate(context, memory) { memory.count += seen(context); },
});
`;

describe('strategy loader', () => {
  test('a builtin has a name, a version and a content hash', async () => {
    const loaded = await loadStrategy('builtin:reference-maker');
    expect(loaded.name).toBe('reference-maker');
    expect(loaded.contentHash).toMatch(/^[0-9a-f]{64}$/);
    expect((await loadStrategy('builtin:observer')).contentHash).not.toBe(loaded.contentHash);
  });

  test('an unknown builtin names the known ones', async () => {
    await expect(loadStrategy('builtin:nothing')).rejects.toThrow(/found strategy builtin:nothing.*builtin:reference-maker/);
  });

  test("a user's TypeScript module with imports is loaded, and nothing of it is left behind", async () => {
    write('step.ts', 'export const step: number = 3;\n');
    // A folder of its own: other processes load strategies meanwhile.
    vi.stubEnv('TMPDIR', join(root, 'temporary'));
    mkdirSync(join(root, 'temporary'));
    const { strategy, name, version } = await loadStrategy(write('strategy.ts', TYPED));
    expect({ name, version }).toEqual({ name: 'typed', version: '2.1.0' });
    const memory = { count: 0 };
    strategy.evaluate({} as never, memory as never, {} as never, {});
    expect(memory.count).toBe(3);
    expect(strategy.parameters({}, { instruments: [] })).toEqual({ size: 1 });
    expect(readdirSync(tmpdir())).toEqual([]);
  });

  test('a JavaScript module is loaded', async () => {
    const path = write('strategy.mjs', `import { defineStrategy } from "tcx/strategy";
export default defineStrategy({ name: 'plain', version: '1', memory: {}, parameters: () => null, evaluate() {} });
`);
    expect((await loadStrategy(path)).name).toBe('plain');
  });

  test('changing an imported file changes the hash', async () => {
    write('step.ts', 'export const step: number = 3;\n');
    const path = write('strategy.ts', TYPED);
    const before = (await loadStrategy(path)).contentHash;
    write('step.ts', 'export const step: number = 4;\n');
    expect((await loadStrategy(path)).contentHash).not.toBe(before);
  });

  test.each([
    ['export const x = 1;', /default export undefined/],
    ['export default {};', /no name/],
    ["export default { name: 'a', version: '1' };", /no parameters/],
    ["export default { name: 'a', version: '1', parameters() {}, evaluate() {} };", /no memory/],
    ["throw new Error('at load');", /cannot be loaded: at load/],
    ['export default {', /strategy\.ts:1: /],
  ])('%j is refused with what is missing', async (text, expected) => {
    await expect(loadStrategy(write('strategy.ts', text))).rejects.toThrow(expected);
  });
});
