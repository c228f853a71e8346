// What every bench shares: timed rounds, figures with a median and a spread, ratios against a target, native programs
// and peers. A bench checks its own result before it times anything and throws when it is wrong. Knows no bench.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One measured thing: samples in one unit, lower is better for times, higher for rates. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly samples: readonly number[];
}

/** A figure against a limit or a peer of the same run. */
export interface Ratio {
  readonly name: string;
  readonly value: number;
  readonly target: string;
  readonly reached: boolean;
}

export interface Report {
  readonly figures: readonly Figure[];
  readonly ratios: readonly Ratio[];
  /** What a reader must know to read the figures; also what was skipped, and why. */
  readonly notes: readonly string[];
}

export interface Bench {
  readonly name: string;
  readonly question: string;
  /** Closed: the next operation waits for the last. Open: operations come at a stated rate, whatever happens. */
  readonly loop: 'closed' | 'open';
  run(): Report | Promise<Report>;
}

/** A body that does `operations` operations each time it is called. */
export interface Contender {
  readonly name: string;
  readonly operations: number;
  /** Called untimed before each timed call. */
  readonly prepare?: () => void;
  readonly body: () => void;
}

/** Root of the repository, from bench/ or dist/bench/. */
export const root = ((): string => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'CMakeLists.txt'))) folder = dirname(folder);
  return folder;
})();

/** Where the native programs of the benches are built, and where benches write what they need. */
export const buildFolder = join(root, 'build/bench');
export const sharedData = join(root, '../shared/data');

/** Packages of bench/package.json. */
export const requirePeer = createRequire(join(root, 'bench/package.json'));

/**
 * Rounds of all contenders in turn, so that what disturbs the machine for a moment disturbs them all. Each contender
 * runs `warmUps` times unmeasured first. Samples are ns per operation.
 */
export function compare(contenders: readonly Contender[], rounds = 15, warmUps = 3): Figure[] {
  const samples = contenders.map((): number[] => []);
  for (let round = -warmUps; round < rounds; round += 1) {
    contenders.forEach((contender, index) => {
      contender.prepare?.();
      const begin = process.hrtime.bigint();
      contender.body();
      const ns = Number(process.hrtime.bigint() - begin) / contender.operations;
      if (round >= 0) samples[index]!.push(ns);
    });
  }
  return contenders.map(({ name }, index) => ({ name, unit: 'ns', samples: samples[index]! }));
}

export interface NativeLine {
  readonly name: string;
  readonly samples?: readonly number[];
  readonly value?: string;
}

/** Runs a program of bench/native and returns its lines of JSON. */
export function runNative(program: string, ...options: readonly string[]): NativeLine[] {
  const path = join(buildFolder, program);
  if (!existsSync(path)) throw new Error(`bench: ${path} is not built; run: npm run bench`);
  const output = execFileSync(path, options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return output.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as NativeLine);
}

export function figuresOf(lines: readonly NativeLine[], prefix: string, unit = 'ns'): Figure[] {
  return lines.filter(({ samples }) => samples !== undefined)
    .map(({ name, samples }) => ({ name: `${prefix}${name}`, unit, samples: samples! }));
}

/** The value below which `share` of the samples lie. */
export function quantile(samples: readonly number[], share: number): number {
  if (samples.length === 0) throw new Error('bench: a quantile of no samples');
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

export function median(figure: Figure): number {
  return quantile(figure.samples, 0.5);
}

export function figureNamed(figures: readonly Figure[], name: string): Figure {
  const found = figures.find((figure) => figure.name === name);
  if (!found) throw new Error(`bench: no figure ${name}; there are ${figures.map((f) => f.name).join(', ')}`);
  return found;
}

export function atMost(name: string, value: number, limit: number, unit = '×'): Ratio {
  return { name, value, target: `≤ ${limit}${unit}`, reached: value <= limit };
}

export function atLeast(name: string, value: number, limit: number, unit = '×'): Ratio {
  return { name, value, target: `≥ ${limit}${unit}`, reached: value >= limit };
}

/** Throws unless the two are equal: the check of a result, before it is timed. */
export function mustEqual(what: string, found: unknown, expected: unknown): void {
  if (found !== expected) throw new Error(`bench: ${what}: found ${String(found)}, expected ${String(expected)}`);
}
