// Real processes of the compiled package for the tests of bad input: tcxd as a daemon, and command lines run one after
// the other. Whoever starts one ends it here, whatever the test did.

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child } from '../child.ts';
import type { CommandEnd, CommandLine } from './command-runner.ts';

const DIST = fileURLToPath(new URL(import.meta.url.includes('/dist/') ? '../../' : '../../../dist/daemon/', import.meta.url));

/** The compiled package is there: `npm test` builds it first. */
export const isBuilt = existsSync(join(DIST, 'tcxd.js'));

/** Runs command lines in one process, in order. */
export class Commands {
  private readonly child: ChildProcess = fork(join(DIST, 'test', 'hostile', 'command-runner.js'), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });

  /** Resolves with null in case a command takes the process down, which none may. */
  private readonly died = once(this.child, 'exit').then(() => null);
  private last: Promise<unknown> = Promise.resolve();

  run(entry: CommandLine['entry'], ...argv: string[]): Promise<CommandEnd> {
    const end = this.last.then(() => this.next({ entry, argv }));
    this.last = end.catch(() => undefined);
    return end;
  }

  private async next(line: CommandLine): Promise<CommandEnd> {
    const answered = new Promise<CommandEnd>((resolve) => this.child.once('message', (end) => resolve(end as CommandEnd)));
    this.child.send(line);
    const end = await Promise.race([answered, this.died]);
    if (end === null) throw new Error(`${line.entry} ${line.argv.join(' ')} took its process down`);
    return end;
  }

  replay(journal: string, ...more: string[]): Promise<CommandEnd> {
    return this.run('tcxd', '--replay', journal, ...more);
  }

  close(): void {
    if (this.child.connected) this.child.disconnect();
  }
}

/** The parts of a configuration the tests change; the rest is as the file has it. */
export type ConfigurationText = Record<string, Record<string, unknown> | Record<string, unknown>[]>;

/** A group of keys, and an entry of a list, to change. */
export function group(configuration: ConfigurationText, name: string): Record<string, unknown> {
  return configuration[name] as Record<string, unknown>;
}
export function entry(configuration: ConfigurationText, name: string): Record<string, unknown> {
  return (configuration[name] as Record<string, unknown>[])[0];
}

/** A folder of its own with configurations, sessions and whatever a test puts there; removed at the end. */
export class Workplace {
  readonly folder: string;
  private readonly running: Child[] = [];

  constructor(folder = mkdtempSync(join(tmpdir(), 'tcx-hostile-'))) {
    this.folder = folder;
  }

  get dataDir(): string {
    return join(this.folder, 'data');
  }

  get token(): string {
    return readFileSync(join(this.dataDir, 'link.token'), 'utf8').trim();
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  write(name: string, content: string | Uint8Array): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  /** Writes a sound configuration with one external Venue, changed by `edit`. */
  configure(edit: (configuration: ConfigurationText) => void = () => undefined, name = 'tcx.yaml'): string {
    const configuration = soundConfiguration(this.dataDir);
    edit(configuration);
    return this.write(name, JSON.stringify(configuration, null, 2));
  }

  start(config: string, ...more: string[]): Child {
    return this.adopt(new Child('tcxd', 'tcxd.js', ['--config', config, ...more]));
  }

  adopt(entry: Child): Child {
    this.running.push(entry);
    return entry;
  }

  /** Journals of the data directory, oldest session first. */
  journals(dataDir = this.dataDir): string[] {
    const sessions = join(dataDir, 'sessions');
    return existsSync(sessions) ? readdirSync(sessions).sort().map((id) => join(sessions, id, 'journal.bin')) : [];
  }

  async remove(): Promise<void> {
    await Promise.all(this.running.map((entry) => entry.killed()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Where a started daemon listens. */
export async function linkPort(daemon: Child): Promise<number> {
  return Number((await daemon.printed(/tcxd: link [^:]+:(\d+), admin/))[1]);
}

function soundConfiguration(dataDir: string): ConfigurationText {
  return {
    session: { dataDir, digestEvery: 50 },
    journal: { extentSize: '1MiB', durability: 'process' },
    loop: { idle: 'block' },
    link: { host: '127.0.0.1', port: 0 },
    admin: { socket: join(dataDir, 'admin.sock') },
    observe: { port: 0, logLevel: 'info' },
    venues: [{
      id: 'scripted', simulated: true, autoEnable: true, ackTimeout: '2s',
      rateLimits: [{ capacity: 1000, tokenInterval: '1ms', reservedForCancel: 20, cost: { new: 1, replace: 1, cancel: 1 } }],
      gateway: { type: 'external' },
    }],
    currencies: [{ symbol: 'USD', scale: 8 }, { symbol: 'BTC', scale: 8 }],
    instruments: [{
      id: 'btc-usd', symbol: 'BTC/USD', venue: 'scripted', base: 'BTC', quote: 'USD', priceScale: 1, quantityScale: 4, tickSize: 0.1,
      lotSize: 0.0001, minimumQuantity: 0.0001, bookLevelsMax: 1000, staleAfter: '1min',
      limits: { allowed: true, positionMax: 2, orderQuantityMax: 0.5, orderNotionalMax: 50000, priceBandPpm: 20000, openOrdersMax: 20 },
    }],
    risk: { grossExposureMax: { USD: 250000 }, dailyLossMax: { USD: 10000 }, openOrdersMax: 40, denyOwnCross: true },
    strategies: [{ id: 'observer', module: 'builtin:observer', instruments: ['btc-usd'] }],
  };
}
