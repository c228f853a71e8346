// What the kernel says about this process, read from /proc when a scrape asks. Runs in the observer worker. A file that
// cannot be read leaves its metrics out rather than inventing a zero.

import { readdirSync, readFileSync } from 'node:fs';
import type { ObservedSample } from './exposition.ts';

/** sysconf(_SC_CLK_TCK): 100 on every Linux that runs Node. */
const TICKS_PER_SECOND = 100;

type ProcessSamples = Map<string, readonly ObservedSample[]>;

/** `pid` is also the id of the main thread, on which the loop runs. */
export function readProcessSamples(pid: number, proc = '/proc'): ProcessSamples {
  const samples: ProcessSamples = new Map();
  const put = (name: string, value: number | undefined, labels: Record<string, string> = {}) => {
    if (value === undefined || !Number.isFinite(value)) return;
    samples.set(name, [...(samples.get(name) ?? []), { labels, value }]);
  };
  const status = fieldsOf(`${proc}/${pid}/status`);
  put('tcx_process_resident_memory_bytes', kilobytes(status.get('VmRSS')));
  put('tcx_process_file_memory_bytes', kilobytes(status.get('RssFile')));
  put('tcx_process_threads', numberOf(status.get('Threads')));
  const stat = statOf(`${proc}/${pid}/stat`);
  put('tcx_process_cpu_seconds_total', stat?.cpuSeconds);
  put('tcx_process_major_faults_total', stat?.majorFaults);
  put('tcx_process_open_fds', countOf(`${proc}/${pid}/fd`));
  put('tcx_process_max_fds', numberOf(/Max open files\s+(\d+)/.exec(textOf(`${proc}/${pid}/limits`))?.[1]));
  put('tcx_loop_cpu_seconds_total', statOf(`${proc}/${pid}/task/${pid}/stat`)?.cpuSeconds);
  const loop = fieldsOf(`${proc}/${pid}/task/${pid}/status`);
  put('tcx_loop_context_switches_total', numberOf(loop.get('voluntary_ctxt_switches')), { kind: 'voluntary' });
  put('tcx_loop_context_switches_total', numberOf(loop.get('nonvoluntary_ctxt_switches')), { kind: 'involuntary' });
  return samples;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function fieldsOf(file: string): Map<string, string> {
  const lines = textOf(file)
    .split('\n')
    .map((line) => line.split(':') as [string, string?]);
  return new Map(lines.map(([name, value]) => [name, (value ?? '').trim()]));
}

/** The command name may hold spaces and parentheses: fields are counted from the last one. */
function statOf(file: string): { cpuSeconds: number; majorFaults: number } | undefined {
  const text = textOf(file);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields.length < 13) return undefined;
  return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND, majorFaults: Number(fields[9]) };
}

function countOf(folder: string): number | undefined {
  try {
    return readdirSync(folder).length;
  } catch {
    return undefined;
  }
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined || text === '' ? undefined : Number(text);
}

function kilobytes(text: string | undefined): number | undefined {
  const value = numberOf(/^(\d+) kB$/.exec(text ?? '')?.[1]);
  return value === undefined ? undefined : value * 1024;
}
