// Looks at the machine before a session, for `tcxd --check`: what costs latency or safety, what it is, what it should
// be and how to change it. Only looks; changing the host is the operator's work. What cannot be read is
// unknown, not ok.

import { readdirSync, readFileSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';

/** ok; warning: works, but slower or less safe; failed: do not trade like this; unknown: could not be read. */
type CheckStatus = 'ok' | 'warning' | 'failed' | 'unknown';

interface HostCheck {
  readonly name: string;
  readonly status: CheckStatus;
  readonly found: string;
  readonly expected: string;
  /** What to do; empty when ok. */
  readonly action: string;
}

export interface PreflightOptions {
  readonly dataDir: string;
  /** Core of the loop; -1: not pinned. */
  readonly loopCpu: number;
  /** Bytes the session may need: an extent and what comes after it. */
  readonly diskNeedBytes: number;
  /** Bytes mlockall would lock; 0: not asked for. */
  readonly lockBytes: number;
  readonly realtime: boolean;
  /** Where /proc and /sys are; a test gives a folder of its own. */
  readonly root?: string;
}

const OPEN_FILES_MIN = 4096;
/** Magic numbers of statfs(2) for filesystems a mapped journal is safe on, and those it is not. */
const FILESYSTEMS: ReadonlyMap<number, readonly [name: string, status: CheckStatus]> = new Map([
  [0xef53, ['ext4', 'ok']],
  [0x58465342, ['xfs', 'ok']],
  [0x9123683e, ['btrfs', 'warning']],
  [0x2fc12fc1, ['zfs', 'warning']],
  [0x794c7630, ['overlayfs', 'warning']],
  [0x01021994, ['tmpfs', 'warning']],
  [0x6969, ['nfs', 'failed']],
  [0xff534d42, ['cifs', 'failed']],
  [0xfe534d42, ['smb2', 'failed']],
  [0x65735546, ['fuse', 'failed']],
  [0x01021997, ['9p', 'failed']],
]);

/** Every check, in the order it is worth reading. */
export function inspectHost(options: PreflightOptions): HostCheck[] {
  const host = new HostFiles(options.root ?? '');
  return [
    checkDisk(options),
    checkFilesystem(options),
    checkOpenFiles(host),
    checkLockedMemory(host, options),
    checkRealtime(host, options),
    checkPinning(host, options),
    checkIsolation(host, options),
    checkSibling(host, options),
    checkGovernor(host, options),
    checkClockSource(host),
    checkHugePages(host),
    checkSwap(host),
    checkCoreCount(host),
  ];
}

/** One line per check: `ok       clock source  tsc`. */
export function formatChecks(checks: readonly HostCheck[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  return checks
    .map(({ name, status, found, expected, action }) => {
      const rest = status === 'ok' ? '' : `; expected ${expected}; ${action}`;
      return `${status.padEnd(7)}  ${name.padEnd(width)}  ${found}${rest}\n`;
    })
    .join('');
}

class HostFiles {
  readonly #root: string;
  constructor(root: string) {
    this.#root = root;
  }

  /** Trimmed content, or undefined when there is none to be had. */
  text(path: string): string | undefined {
    try {
      return readFileSync(`${this.#root}${path}`, 'utf8').trim();
    } catch {
      return undefined;
    }
  }

  names(path: string): string[] {
    try {
      return readdirSync(`${this.#root}${path}`);
    } catch {
      return [];
    }
  }

  /** Soft limit from /proc/self/limits; Infinity for unlimited. */
  limit(name: string): number | undefined {
    const match = new RegExp(`^${name} +(\\S+)`, 'm').exec(this.text('/proc/self/limits') ?? '');
    if (match === null) return undefined;
    return match[1] === 'unlimited' ? Infinity : Number(match[1]);
  }
}

function verdict(name: string, status: CheckStatus, found: string, expected: string, action: string): HostCheck {
  return { name, status, found, expected, action: status === 'ok' ? '' : action };
}

function unknown(name: string, expected: string): HostCheck {
  return verdict(name, 'unknown', 'not readable', expected, 'look at it by hand');
}

function checkDisk({ dataDir, diskNeedBytes }: PreflightOptions): HostCheck {
  const expected = `at least ${megabytes(diskNeedBytes)} free`;
  const stat = statfsOf(dataDir);
  if (stat === undefined) return unknown('disk space', expected);
  const free = stat.bavail * stat.bsize;
  const status = free < diskNeedBytes ? 'failed' : free < diskNeedBytes * 10 ? 'warning' : 'ok';
  return verdict(
    'disk space',
    status,
    `${megabytes(free)} free under ${dataDir}`,
    expected,
    'free space or move session.dataDir',
  );
}

function checkFilesystem({ dataDir }: PreflightOptions): HostCheck {
  const expected = 'a local ext4 or xfs';
  const type = statfsOf(dataDir)?.type;
  if (type === undefined) return unknown('filesystem', expected);
  const [name, status] = FILESYSTEMS.get(type) ?? [`type 0x${type.toString(16)}`, 'warning'];
  const action =
    name === 'tmpfs' ? 'a journal here ends with the machine; move session.dataDir' : 'move session.dataDir';
  return verdict('filesystem', status, name, expected, action);
}

/** Of the folder, or of the nearest one above it that exists: the session will be created there. */
function statfsOf(path: string): { bavail: number; bsize: number; type: number } | undefined {
  try {
    return statfsSync(path);
  } catch {
    return dirname(path) === path ? undefined : statfsOf(dirname(path));
  }
}

function checkOpenFiles(host: HostFiles): HostCheck {
  const limit = host.limit('Max open files');
  const expected = `at least ${OPEN_FILES_MIN}`;
  if (limit === undefined) return unknown('open files', expected);
  return verdict(
    'open files',
    limit >= OPEN_FILES_MIN ? 'ok' : 'warning',
    String(limit),
    expected,
    'raise LimitNOFILE or ulimit -n',
  );
}

function checkLockedMemory(host: HostFiles, { lockBytes }: PreflightOptions): HostCheck {
  const limit = host.limit('Max locked memory');
  const expected = lockBytes === 0 ? 'nothing: memory is not locked' : `at least ${megabytes(lockBytes)}`;
  if (limit === undefined) return unknown('locked memory', expected);
  const found = limit === Infinity ? 'unlimited' : megabytes(limit);
  return verdict(
    'locked memory',
    limit >= lockBytes ? 'ok' : 'warning',
    found,
    expected,
    'set LimitMEMLOCK=infinity or ulimit -l',
  );
}

function checkRealtime(host: HostFiles, { realtime }: PreflightOptions): HostCheck {
  const limit = host.limit('Max realtime priority');
  if (!realtime) return verdict('realtime priority', 'ok', 'not asked for', 'nothing', '');
  if (limit === undefined) return unknown('realtime priority', 'at least 1');
  return verdict(
    'realtime priority',
    limit >= 1 ? 'ok' : 'warning',
    String(limit),
    'at least 1',
    'set LimitRTPRIO or CAP_SYS_NICE',
  );
}

function checkPinning(host: HostFiles, { loopCpu }: PreflightOptions): HostCheck {
  const allowed = /^Cpus_allowed_list:\s*(\S+)/m.exec(host.text('/proc/self/status') ?? '')?.[1];
  if (loopCpu < 0) return verdict('loop core', 'warning', 'not pinned', 'a core of its own', 'set loop.cpu');
  if (allowed === undefined) return unknown('loop core', `core ${loopCpu} allowed`);
  return verdict(
    'loop core',
    parseCpuList(allowed).has(loopCpu) ? 'ok' : 'failed',
    `allowed cores ${allowed}`,
    `core ${loopCpu} among them`,
    'correct loop.cpu, or the affinity tcxd is started with',
  );
}

function checkIsolation(host: HostFiles, { loopCpu }: PreflightOptions): HostCheck {
  const isolated = host.text('/sys/devices/system/cpu/isolated');
  const expected = loopCpu < 0 ? 'an isolated core for the loop' : `core ${loopCpu} isolated`;
  if (isolated === undefined) return unknown('isolated cores', expected);
  const isolates = loopCpu >= 0 && parseCpuList(isolated).has(loopCpu);
  return verdict(
    'isolated cores',
    isolates ? 'ok' : 'warning',
    isolated === '' ? 'none' : isolated,
    expected,
    'boot with isolcpus= or give the unit a cpuset partition',
  );
}

function checkSibling(host: HostFiles, { loopCpu }: PreflightOptions): HostCheck {
  const expected = 'no busy hyperthread beside the loop';
  if (loopCpu < 0) return verdict('hyperthread', 'ok', 'loop not pinned', expected, '');
  const list = host.text(`/sys/devices/system/cpu/cpu${loopCpu}/topology/thread_siblings_list`);
  if (list === undefined) return unknown('hyperthread', expected);
  const siblings = [...parseCpuList(list)].filter((cpu) => cpu !== loopCpu);
  return verdict(
    'hyperthread',
    siblings.length === 0 ? 'ok' : 'warning',
    siblings.length === 0 ? 'none' : `core ${siblings.join(', ')} shares the loop’s core`,
    expected,
    'switch the sibling off or keep it idle',
  );
}

function checkGovernor(host: HostFiles, { loopCpu }: PreflightOptions): HostCheck {
  const path = `/sys/devices/system/cpu/cpu${Math.max(0, loopCpu)}/cpufreq/scaling_governor`;
  const governor = host.text(path);
  if (governor === undefined) {
    return verdict('frequency governor', 'ok', 'none: the hypervisor or firmware decides', 'performance', '');
  }
  return verdict(
    'frequency governor',
    governor === 'performance' ? 'ok' : 'warning',
    governor,
    'performance',
    'cpupower frequency-set -g performance',
  );
}

function checkClockSource(host: HostFiles): HostCheck {
  const source = host.text('/sys/devices/system/clocksource/clocksource0/current_clocksource');
  if (source === undefined) return unknown('clock source', 'tsc');
  const fast =
    source === 'tsc' ||
    source === 'kvm-clock' ||
    source === 'arch_sys_counter' ||
    source === 'hyperv_clocksource_tsc_page';
  return verdict(
    'clock source',
    fast ? 'ok' : 'warning',
    source,
    'tsc (read without a system call)',
    'find out why the kernel gave tsc up: dmesg | grep -i tsc',
  );
}

function checkHugePages(host: HostFiles): HostCheck {
  const setting = /\[(\w+)\]/.exec(host.text('/sys/kernel/mm/transparent_hugepage/enabled') ?? '')?.[1];
  if (setting === undefined) return unknown('transparent huge pages', 'madvise or never');
  return verdict(
    'transparent huge pages',
    setting === 'always' ? 'warning' : 'ok',
    setting,
    'madvise or never',
    'echo madvise > /sys/kernel/mm/transparent_hugepage/enabled: compaction stalls the loop',
  );
}

function checkSwap(host: HostFiles): HostCheck {
  const text = host.text('/proc/swaps');
  if (text === undefined) return unknown('swap', 'none');
  const devices = text
    .split('\n')
    .slice(1)
    .map((line) => line.split(/\s+/)[0] ?? '');
  return verdict(
    'swap',
    devices.length === 0 ? 'ok' : 'warning',
    devices.length === 0 ? 'none' : devices.join(', '),
    'none',
    'swapoff, or lock memory with loop.lockMemory',
  );
}

function checkCoreCount(host: HostFiles): HostCheck {
  const online = host.text('/sys/devices/system/cpu/online');
  const count =
    online === undefined
      ? host.names('/sys/devices/system/cpu').filter((name) => /^cpu\d+$/.test(name)).length
      : parseCpuList(online).size;
  if (count === 0) return unknown('cores', 'at least 2');
  return verdict(
    'cores',
    count >= 2 ? 'ok' : 'warning',
    String(count),
    'at least 2: one for the loop, one for the rest',
    'run with loop.idle: block on a single core',
  );
}

/** `0-3,8` → {0, 1, 2, 3, 8}. */
export function parseCpuList(text: string): Set<number> {
  const cpus = new Set<number>();
  for (const part of text.split(',').filter((piece) => /^\d+(-\d+)?$/.test(piece))) {
    const [first = 0, last = first] = part.split('-').map(Number);
    for (let cpu = first; cpu <= last && cpus.size < 4096; cpu += 1) cpus.add(cpu);
  }
  return cpus;
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 1024 / 1024)} MiB`;
}
