// The host checks over folders made to look like hosts, and once over this one.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatChecks, inspectHost, parseCpuList, type PreflightOptions } from './host-preflight.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tcx-host-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const good: Readonly<Record<string, string>> = {
  '/proc/self/limits': [
    'Limit                     Soft Limit           Hard Limit           Units',
    'Max open files            65536                65536                files',
    'Max locked memory         unlimited            unlimited            bytes',
    'Max realtime priority     50                   50',
  ].join('\n'),
  '/proc/self/status': 'Name:\tnode\nCpus_allowed_list:\t0-3\n',
  '/proc/swaps': 'Filename Type Size Used Priority\n',
  '/sys/devices/system/cpu/isolated': '2-3\n',
  '/sys/devices/system/cpu/online': '0-3\n',
  '/sys/devices/system/cpu/cpu2/topology/thread_siblings_list': '2\n',
  '/sys/devices/system/cpu/cpu2/cpufreq/scaling_governor': 'performance\n',
  '/sys/devices/system/clocksource/clocksource0/current_clocksource': 'tsc\n',
  '/sys/kernel/mm/transparent_hugepage/enabled': 'always [madvise] never\n',
};

function inspect(changes: Readonly<Record<string, string | null>> = {}, options: Partial<PreflightOptions> = {}) {
  for (const [path, text] of Object.entries({ ...good, ...changes })) {
    if (text === null) continue;
    mkdirSync(dirname(`${root}${path}`), { recursive: true });
    writeFileSync(`${root}${path}`, text);
  }
  const checks = inspectHost({
    dataDir: join(root, 'not/yet/there'),
    loopCpu: 2,
    diskNeedBytes: 1,
    lockBytes: 2 ** 30,
    realtime: true,
    root,
    ...options,
  });
  return new Map(checks.map((check) => [check.name, check]));
}

describe('host checks', () => {
  it('OPS-5: a well-kept host passes all of them', () => {
    const rest = [...inspect().values()].filter(({ status, name }) => status !== 'ok' && name !== 'filesystem');
    expect(rest).toEqual([]);
  });

  it.each<[string, Record<string, string | null>, Partial<PreflightOptions>, string, RegExp]>([
    [
      'frequency governor',
      { '/sys/devices/system/cpu/cpu2/cpufreq/scaling_governor': 'powersave' },
      {},
      'warning',
      /cpupower/,
    ],
    ['isolated cores', { '/sys/devices/system/cpu/isolated': '' }, {}, 'warning', /isolcpus/],
    [
      'clock source',
      { '/sys/devices/system/clocksource/clocksource0/current_clocksource': 'hpet' },
      {},
      'warning',
      /tsc/,
    ],
    [
      'transparent huge pages',
      { '/sys/kernel/mm/transparent_hugepage/enabled': '[always] madvise never' },
      {},
      'warning',
      /madvise/,
    ],
    ['swap', { '/proc/swaps': 'Filename Type\n/dev/sda2 partition 1 0 -2\n' }, {}, 'warning', /swapoff/],
    ['hyperthread', { '/sys/devices/system/cpu/cpu2/topology/thread_siblings_list': '2,6' }, {}, 'warning', /sibling/],
    ['loop core', { '/proc/self/status': 'Cpus_allowed_list:\t0-1\n' }, {}, 'failed', /affinity/],
    ['loop core', {}, { loopCpu: -1 }, 'warning', /loop\.cpu/],
    [
      'open files',
      { '/proc/self/limits': 'Max open files            1024     1024    files' },
      {},
      'warning',
      /LimitNOFILE/,
    ],
    [
      'locked memory',
      { '/proc/self/limits': 'Max locked memory         65536   65536   bytes' },
      {},
      'warning',
      /LimitMEMLOCK/,
    ],
    ['realtime priority', { '/proc/self/limits': 'Max realtime priority     0   0' }, {}, 'warning', /LimitRTPRIO/],
    ['cores', { '/sys/devices/system/cpu/online': '0' }, {}, 'warning', /single core/],
    ['disk space', {}, { diskNeedBytes: 2 ** 60 }, 'failed', /free space/],
  ])('OPS-5: %s that is wrong is named with what to do (%j %j)', (name, changes, options, status, action) => {
    const check = inspect(changes, options).get(name);
    expect([check?.status, check?.action]).toEqual([status, expect.stringMatching(action)]);
  });

  it.each([
    'isolated cores',
    'clock source',
    'transparent huge pages',
    'swap',
    'open files',
    'locked memory',
    'realtime priority',
  ])('OPS-5: %s that cannot be read is unknown, not ok', (name) => {
    const none = Object.fromEntries(Object.keys(good).map((path) => [path, null]));
    expect(inspect(none).get(name)?.status).toBe('unknown');
  });

  it('OPS-5: runs on this host and prints a line per check', () => {
    const checks = inspectHost({ dataDir: '/tmp', loopCpu: 0, diskNeedBytes: 1, lockBytes: 0, realtime: false });
    const lines = formatChecks(checks).trimEnd().split('\n');
    expect(lines.length).toBe(checks.length);
    expect(lines.every((line) => /^(ok|warning|failed|unknown) /.test(line))).toBe(true);
  });

  it.each([
    ['0-3,8', [0, 1, 2, 3, 8]],
    ['', []],
    ['5', [5]],
    ['x,2-y', []],
  ])('cpu list %j is %j', (text, cpus) => {
    expect([...parseCpuList(text)]).toEqual(cpus);
  });
});
