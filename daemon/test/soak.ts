// npm run soak [-- --minutes N --interval S]: a paper session with its embedded Venue for as long as asked, watched from
// outside. Memory that is the mapped journal is not counted against the daemon: it is as large as the session is long, and
// the kernel's to take back. Exit code 0 when the rest stays below its bound and flat.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageRoot } from '../runtime/build-info.ts';
import { Child } from './child.ts';
import { pause } from './until.ts';

interface Sample {
  readonly seconds: number;
  /** Bytes resident, the journal left out. */
  readonly memory: number;
  readonly journal: number;
  readonly heap: number;
  readonly external: number;
  readonly position: number;
  readonly stallMax: number;
  readonly stalls: number;
  readonly collections: number;
  readonly collectionMax: number;
}

const MEMORY_MAX = 200e6;
/** Growth over the second half that still counts as flat: the heap breathes. */
const GROWTH_MAX = 10e6;
const READY = /^tcxd: link .*metrics (http:\/\/\S+)/m;

const { values } = parseArgs({ options: { minutes: { type: 'string' }, interval: { type: 'string' } } });
const minutes = Number(values.minutes ?? 10);
const interval = Number(values.interval ?? Math.max(1, minutes));
if (!(minutes > 0) || !(interval > 0)) {
  process.stderr.write('usage: npm run soak [-- --minutes N --interval SECONDS]\n');
  process.exit(2);
}
process.exit(await soak() ? 0 : 1);

async function soak(): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'tcx-soak-'));
  const config = join(folder, 'paper.yaml');
  const paper = readFileSync(join(packageRoot(), 'config', 'paper.yaml'), 'utf8');
  writeFileSync(config, paper.replaceAll('../data/paper', join(folder, 'data')).replace(/^(\s+port:) 9102/m, '$1 0'));
  const daemon = new Child('tcxd', 'tcxd.js', ['--config', config, '--for', `${Math.round(minutes * 60)}s`]);
  try {
    const [, address] = await daemon.printed(READY);
    const samples = await watch(daemon, address);
    const { code } = await daemon.ended;
    if (code !== 0) throw new Error(`the session ended with ${code}\n${daemon.tail()}`);
    return verdict(samples);
  } finally {
    await daemon.killed();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function watch(daemon: Child, address: string): Promise<Sample[]> {
  const samples: Sample[] = [];
  const begun = performance.now();
  const end = begun + minutes * 60_000 - 1000;
  process.stdout.write('      s  memory   heap  extern journal   position  stalls  max ms    gc  max ms\n');
  for (let next = begun; next < end; next += interval * 1000) {
    await pause(Math.max(0, next - performance.now()));
    if (daemon.end !== null) break;
    const sample = await look(daemon.pid, address, (performance.now() - begun) / 1000);
    samples.push(sample);
    process.stdout.write(`${line(sample)}\n`);
  }
  return samples;
}

async function look(pid: number, address: string, seconds: number): Promise<Sample> {
  const page = await (await fetch(address)).text();
  const metric = (name: string): number => page.split('\n')
    .filter((text) => text.startsWith(`${name} `) || text.startsWith(`${name}{`))
    .reduce((sum, text) => sum + Number(text.slice(text.lastIndexOf(' ') + 1)), 0);
  const { resident, journal } = memoryOf(pid);
  return {
    seconds, memory: resident - journal, journal, heap: metric('tcx_heap_used_bytes'),
    external: metric('tcx_heap_external_bytes'), position: metric('tcx_stream_position'),
    stalls: metric('tcx_loop_stalls_total'), stallMax: metric('tcx_loop_stall_max_seconds'),
    collections: metric('tcx_gc_total'), collectionMax: metric('tcx_gc_pause_max_seconds'),
  };
}

/** From /proc: all that is resident, and the part of it that maps the journal, made without a name and linked when whole. */
function memoryOf(pid: number): { resident: number; journal: number } {
  let resident = 0;
  let journal = 0;
  let inJournal = false;
  for (const text of readFileSync(`/proc/${pid}/smaps`, 'utf8').split('\n')) {
    if (/^[0-9a-f]+-[0-9a-f]+ /.test(text)) inJournal = text.includes('/sessions/');
    const kilobytes = /^Rss: +(\d+) kB$/.exec(text)?.[1];
    if (kilobytes === undefined) continue;
    resident += Number(kilobytes) * 1024;
    if (inJournal) journal += Number(kilobytes) * 1024;
  }
  return { resident, journal };
}

function line(sample: Sample): string {
  const columns = [
    sample.seconds.toFixed(0).padStart(7), megabytes(sample.memory).padStart(8), megabytes(sample.heap).padStart(7),
    megabytes(sample.external).padStart(8), megabytes(sample.journal).padStart(8), String(sample.position).padStart(11),
    String(sample.stalls).padStart(8), (sample.stallMax * 1000).toFixed(1).padStart(8), String(sample.collections).padStart(6),
    (sample.collectionMax * 1000).toFixed(1).padStart(8),
  ];
  return columns.join('');
}

function verdict(samples: readonly Sample[]): boolean {
  const half = samples.slice(Math.floor(samples.length / 2));
  const slope = slopeOf(half.map(({ seconds, memory }) => [seconds, memory]));
  const growth = slope * (half.at(-1)!.seconds - half[0]!.seconds);
  const most = Math.max(...samples.map(({ memory }) => memory));
  const isFlat = growth <= GROWTH_MAX;
  const isSmall = most < MEMORY_MAX;
  process.stdout.write(`soak: at most ${megabytes(most)} MB beyond the journal (bound ${megabytes(MEMORY_MAX)}), `
    + `${(slope * 60 / 1e6).toFixed(2)} MB a minute over the second half, `
    + `${megabytes(growth)} MB in all (bound ${megabytes(GROWTH_MAX)}): ${isSmall && isFlat ? 'passed' : 'failed'}\n`);
  return isSmall && isFlat;
}

/** Least squares. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (index: 0 | 1): number => points.reduce((sum, point) => sum + point[index], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const spread = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
  return spread === 0 ? 0 : points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0) / spread;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
