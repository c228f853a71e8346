// A tcxd under test in a folder of its own, and every question and command an operator has for it. Talks to the daemon over
// its admin socket and nothing else. Owns the folder and the daemon's process; the Venues are whoever extends it.

import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, type ClientAnswer } from '../admin/client.ts';
import type { GateReport, PositionReport, StatusReport } from '../event/operator-port.ts';
import { Child } from './child.ts';
import type { Layer } from './paper-configuration.ts';
import { until } from './until.ts';

interface CommandAnswer {
  readonly status: number;
  readonly ok: boolean;
  readonly position: number;
  readonly message: string;
}

/** Ports of a machine as it comes that are given to whoever asks for them by number, and to nobody else. */
const PORT_MIN = 16_384;
const PORT_END = 32_768;
/** What a daemon prints once the world can reach it. */
const READY = /^tcxd: link .*$/m;

export abstract class DaemonRig {
  readonly folder: string;
  readonly dataDir: string;
  readonly configFile: string;
  /** Where the daemon's link listens. */
  readonly port: number;
  daemon: Child | null = null;
  private readonly socket: string;

  protected constructor(port: number) {
    this.folder = mkdtempSync(join(tmpdir(), 'tcx-rig-'));
    this.dataDir = join(this.folder, 'data');
    this.configFile = join(this.folder, 'tcx.yaml');
    this.socket = join(this.dataDir, 'admin.sock');
    this.port = port;
  }

  /** The gateways' processes that run now. */
  abstract gateways(): readonly Child[];

  /** JSON is YAML. */
  configure(configuration: Layer): void {
    writeFileSync(this.configFile, JSON.stringify(configuration, null, 2));
  }

  /** Ends whatever runs; removes the folder, unless it is evidence. */
  async close(folder: 'remove' | 'keep' = 'remove'): Promise<void> {
    await Promise.all([this.daemon?.killed(), ...this.gateways().map((gateway) => gateway.killed())]);
    if (folder === 'remove') rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs `body`; what it throws says how to repeat it, and leaves the folder. */
  async enclose<T>(again: string, body: () => Promise<T>): Promise<T> {
    try {
      const result = await body();
      await this.close();
      return result;
    } catch (error) {
      const wrong = error instanceof Error ? error : new Error(String(error));
      await this.close('keep');
      wrong.message += `\n── again: ${again}\n── evidence: ${this.folder}\n${this.describe()}`;
      throw wrong;
    }
  }

  startDaemon(...more: string[]): Child {
    this.daemon = new Child('tcxd', 'tcxd.js', ['--config', this.configFile, ...more]);
    return this.daemon;
  }

  /** What every gateway of this daemon is told on its command line. */
  linkArguments(): string[] {
    return ['--link', `ws://127.0.0.1:${this.port}`, '--token-file', join(this.dataDir, 'link.token')];
  }

  // ── questions ─────────────────────────────────────────────────────────────

  async get(path: string): Promise<ClientAnswer> {
    return ask({ socketPath: this.socket, method: 'GET', path });
  }

  async status(): Promise<StatusReport> {
    return (await this.get('/status')).json as StatusReport;
  }

  async positions(): Promise<readonly PositionReport[]> {
    return ((await this.get('/positions')).json as { positions: readonly PositionReport[] }).positions;
  }

  async gates(): Promise<readonly GateReport[]> {
    return ((await this.get('/gates')).json as { gates: readonly GateReport[] }).gates;
  }

  /** The first answer of a daemon that was just started. */
  async answering(): Promise<StatusReport> {
    await this.daemon?.printed(READY);
    return this.status();
  }

  async statusWhere(what: string, holds: (status: StatusReport) => boolean): Promise<StatusReport> {
    return this.until(what, async () => {
      this.assertDaemonRuns();
      const status = await this.status();
      return holds(status) ? status : null;
    });
  }

  until<T>(what: string, look: () => T | Promise<T>, everyMs = 20): Promise<NonNullable<T>> {
    return until(what, look, { everyMs, details: () => this.describe() });
  }

  // ── commands ──────────────────────────────────────────────────────────────

  async command(path: string, reason: string, body?: string): Promise<CommandAnswer> {
    const separator = path.includes('?') ? '&' : '?';
    const target = `${path}${separator}reason=${encodeURIComponent(reason)}`;
    const request = { socketPath: this.socket, method: 'POST', path: target } as const;
    const { status, json } = await ask(body === undefined ? request : { ...request, body });
    const { ok = false, position = 0, message } = json as Partial<CommandAnswer>;
    return { status, ok, position, message: message ?? JSON.stringify(json) };
  }

  /** Clears the kill switch when it is set, waits until nothing stands in the way, and turns trading on. */
  async enable(): Promise<CommandAnswer> {
    if ((await this.status()).killSwitch) await this.command('/unkill', 'the test goes on');
    let closed: readonly GateReport[] = [];
    return until('trading to be enabled', async () => {
      this.assertDaemonRuns();
      closed = (await this.gates()).filter(({ open }) => !open);
      if (closed.length > 0) return null;
      const answer = await this.command('/enable', 'the test goes on');
      return answer.ok ? answer : null;
    }, { details: () => `${JSON.stringify(closed)}\n${this.describe()}` });
  }

  describe(): string {
    return [this.daemon, ...this.gateways()].map((child) => child?.tail() ?? '').join('\n');
  }

  /** Everything that the daemon and the gateways that run now have printed. */
  printed(): string {
    return [this.daemon, ...this.gateways()].map((child) => child?.output ?? '').join('\n');
  }

  private assertDaemonRuns(): void {
    if (this.daemon?.end !== null) throw new Error(`the daemon ended by itself\n${this.describe()}`);
  }
}

/** The daemon went away while it was answering. */
export function isCut(error: unknown): boolean {
  return error instanceof Error && /socket hang up|ECONNRESET|EPIPE|aborted/.test(error.message);
}

/**
 * A port that nobody listens on, for a daemon that is started, killed and started again on it. Below the ports that the kernel
 * hands out, so that no other socket of this machine is given it meanwhile.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORT_MIN, PORT_END);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
