// A whole tcx in a folder of its own: tcxd and a simulated Venue as two real processes, configured to be killed. The
// Venue is external, so that it outlives the daemon, and its state file is ahead of every report, so that it may be killed
// too. Talks to the daemon over its admin socket and nothing else. Owns the folder and the processes.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, type ClientAnswer } from '../admin/client.ts';
import type { GateReport, PositionReport, StatusReport } from '../event/operator-port.ts';
import type { FaultKind } from '../event/simulation-settings.ts';
import type { SimState } from '../venues/sim/state.ts';
import { Child } from './child.ts';
import { paperConfiguration, paperSimulation, type Layer } from './paper-configuration.ts';
import { until } from './until.ts';

export interface PaperRigOptions {
  /** Merged over the Configuration, key by key. */
  readonly configuration?: Layer;
  /** Merged over the settings of the simulated Venue. */
  readonly simulation?: Layer;
}

export interface CommandAnswer {
  readonly status: number;
  readonly ok: boolean;
  readonly position: number;
  readonly message: string;
}

const DEADLINE_MS = 60_000;
/** What a daemon prints once the world can reach it. */
const READY = /^tcxd: link .*$/m;

export class PaperRig {
  readonly folder: string;
  readonly dataDir: string;
  readonly configFile: string;
  readonly wireLogFile: string;
  readonly stateFile: string;
  daemon: Child | null = null;
  gateway: Child | null = null;
  private readonly socket: string;
  private readonly port: number;
  private readonly simulationFile: string;

  private constructor(port: number, { configuration = {}, simulation = {} }: PaperRigOptions) {
    this.folder = mkdtempSync(join(tmpdir(), 'tcx-rig-'));
    this.dataDir = join(this.folder, 'data');
    this.configFile = join(this.folder, 'tcx.yaml');
    this.simulationFile = join(this.folder, 'sim.json');
    this.wireLogFile = join(this.folder, 'wire.log');
    this.stateFile = join(this.folder, 'venue.json');
    this.socket = join(this.dataDir, 'admin.sock');
    this.port = port;
    writeFileSync(this.configFile, JSON.stringify(this.configuration(configuration), null, 2));
    writeFileSync(this.simulationFile, JSON.stringify(paperSimulation(simulation), null, 2));
    writeFileSync(this.wireLogFile, '');
  }

  static async create(options: PaperRigOptions = {}): Promise<PaperRig> {
    return new PaperRig(await freePort(), options);
  }

  /** Of this rig, with `layer` over it. JSON is YAML. */
  configuration(layer: Layer): Layer {
    return paperConfiguration(this.dataDir, this.port, layer);
  }

  /** Ends whatever runs; removes the folder, unless it is evidence. */
  async close(folder: 'remove' | 'keep' = 'remove'): Promise<void> {
    await Promise.all([this.daemon?.killed(), this.gateway?.killed()]);
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

  startGateway(): Child {
    this.gateway = new Child('tcx-gateway', 'tcx-gateway.js', [
      '--venue', 'sim', '--link', `ws://127.0.0.1:${this.port}`, '--token-file', join(this.dataDir, 'link.token'),
      '--config', this.simulationFile, '--state', this.stateFile, '--state-sync', '--wire-log', this.wireLogFile,
    ]);
    return this.gateway;
  }

  /** A daemon that answers questions, then the Venue: the daemon writes the token the Venue shows. */
  async start(...more: string[]): Promise<StatusReport> {
    this.startDaemon(...more);
    const status = await this.answering();
    this.startGateway();
    return status;
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
    return until(what, async () => {
      this.assertDaemonRuns();
      const status = await this.status();
      return holds(status) ? status : null;
    }, { deadlineMs: DEADLINE_MS, details: () => this.describe() });
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
    }, { deadlineMs: DEADLINE_MS, details: () => `${JSON.stringify(closed)}\n${this.describe()}` });
  }

  // ── the Venue ─────────────────────────────────────────────────────────────

  /** What the Venue would remember if it were killed now. */
  venueState(): SimState {
    return JSON.parse(readFileSync(this.stateFile, 'utf8')) as SimState;
  }

  wireLog(): string[] {
    return readFileSync(this.wireLogFile, 'utf8').split('\n').filter((line) => line !== '');
  }

  /** Ends trading and every Order; then positions must be the same on both sides, asked of the daemon and read in the Venue. */
  async assertStateIsVenues(): Promise<void> {
    await this.command('/disable', 'to compare');
    await this.command('/cancel-all', 'to compare');
    await this.statusWhere('no Order to live', ({ openOrders }) => openOrders === 0);
    const reconciled = await this.command('/reconcile', 'to compare');
    if (!reconciled.ok) throw new Error(`reconciliation: ${reconciled.message}`);
    const held = new Map((await this.positions()).map(({ instrument, quantity }) => [instrument, Number(quantity)]));
    const { accounts, markets } = this.venueState();
    for (const { instrument: { symbol, quantityScale } } of markets) {
      const here = held.get(symbol.toLowerCase().replace('/', '-')) ?? 0;
      const there = (accounts.positions[symbol] ?? 0) / 10 ** quantityScale;
      if (here !== there) throw new Error(`position ${symbol}: State has ${here}, the Venue ${there}`);
    }
  }

  describe(): string {
    return [this.daemon, this.gateway].map((child) => child?.tail() ?? '').join('\n');
  }

  private assertDaemonRuns(): void {
    if (this.daemon?.end !== null) throw new Error(`the daemon ended by itself\n${this.describe()}`);
  }
}

export interface VenueAudit {
  readonly counters: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<FaultKind, number>>;
}

/** Ends a gateway in order, and what its Venue counted since it was started. */
export async function venueAudit(gateway: Child): Promise<VenueAudit> {
  gateway.kill('SIGTERM');
  await gateway.ended;
  const line = gateway.output.split('\n').find((candidate) => candidate.includes('"the Venue as it saw it"'));
  if (line === undefined) throw new Error(`the Venue did not say what it saw\n${gateway.tail()}`);
  const { faults, ...counters } = JSON.parse(line) as Record<string, number> & { faults: string };
  return { counters, faults: JSON.parse(faults) as Record<FaultKind, number> };
}

/** The daemon went away while it was answering. */
export function isCut(error: unknown): boolean {
  return error instanceof Error && /socket hang up|ECONNRESET|EPIPE|aborted/.test(error.message);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
