// `npm run bench [-- NAME…]`: runs benches, each in a process of its own, prints a table and appends one JSON line
// with the host's fingerprint to bench/results/NAME.jsonl. Decides nothing: a missed target is printed, not an error.
//   --dry   prints only

import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readHostFingerprint } from '../daemon/runtime/host-fingerprint.ts';
import { benches } from './benches.ts';
import { type Bench, median, quantile, type Report, root } from './harness.ts';

const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const dry = process.argv.includes('--dry');
const unknown = names.filter((name) => !benches.some((bench) => bench.name === name));

if (unknown.length > 0) {
  const known = benches.map((bench) => bench.name).join(', ');
  console.error(`bench: unknown bench ${unknown.join(', ')}; there are ${known}`);
  process.exitCode = 2;
} else if (names.length === 1) {
  await runOne(benches.find((bench) => bench.name === names[0])!);
} else {
  for (const bench of benches) {
    if (names.length > 0 && !names.includes(bench.name)) continue;
    const { status } = spawnSync(
      process.execPath,
      [...process.execArgv, fileURLToPath(import.meta.url), bench.name, ...(dry ? ['--dry'] : [])],
      { stdio: 'inherit' },
    );
    if (status !== 0) process.exitCode = 1;
  }
}

async function runOne(bench: Bench): Promise<void> {
  const load = loadavg()[0]!;
  console.log(`\n${bench.name}: ${bench.question} (${bench.loop} loop)`);
  const report = await bench.run();
  print(report);
  if (load > 0.5) console.log(`  note: the machine was busy when the run began (load ${load.toFixed(1)})`);
  if (!dry) await record(bench, report, load);
}

function print(report: Report): void {
  const width = Math.max(...[...report.figures, ...report.ratios].map(({ name }) => name.length));
  for (const figure of report.figures) {
    const low = short(quantile(figure.samples, 0.1));
    const high = short(quantile(figure.samples, 0.9));
    const spread = figure.samples.length > 1 ? `  [${low} … ${high}]` : '';
    console.log(`  ${figure.name.padEnd(width)}  ${short(median(figure)).padStart(9)} ${figure.unit}${spread}`);
  }
  for (const ratio of report.ratios) {
    const verdict = `target ${ratio.target}: ${ratio.reached ? 'reached' : 'missed'}`;
    console.log(`  ${ratio.name.padEnd(width)}  ${short(ratio.value).padStart(9)}    ${verdict}`);
  }
  for (const note of report.notes) console.log(`  note: ${note}`);
}

function short(value: number): string {
  if (Math.abs(value) >= 1e6) return `${(value / 1e6).toPrecision(4)}M`;
  if (Math.abs(value) >= 1000) return value.toFixed(0);
  return value.toPrecision(3);
}

async function record(bench: Bench, report: Report, load: number): Promise<void> {
  const folder = join(root, 'bench/results');
  mkdirSync(folder, { recursive: true });
  const line = {
    bench: bench.name,
    time: new Date().toISOString(),
    commit: git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '-uno') === '' ? '' : '+dirty'),
    loop: bench.loop,
    host: { ...JSON.parse(await readHostFingerprint()) as object, node: process.version, load: rounded(load) },
    figures: report.figures.map(({ name, unit, samples }) => ({
      name,
      unit,
      median: rounded(quantile(samples, 0.5)),
      p10: rounded(quantile(samples, 0.1)),
      p90: rounded(quantile(samples, 0.9)),
      samples: samples.length,
    })),
    ratios: report.ratios.map((ratio) => ({ ...ratio, value: rounded(ratio.value) })),
    notes: report.notes,
  };
  appendFileSync(join(folder, `${bench.name}.jsonl`), `${JSON.stringify(line)}\n`);
}

function git(...options: string[]): string {
  try {
    return execFileSync('git', ['-C', root, ...options], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
