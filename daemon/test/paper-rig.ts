// A whole tcx in a folder of its own: tcxd and a simulated Venue as two real processes, configured to be killed. The
// Venue is external, so that it outlives the daemon, and its state file may be kept ahead of every report, so that it may be
// killed too. Talks to the daemon over its admin socket and nothing else. Owns the folder and the processes.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StatusReport } from '../event/operator-port.ts';
import type { FaultKind } from '../event/simulation-settings.ts';
import type { SimState } from '../venues/sim/state.ts';
import { Child } from './child.ts';
import { DaemonRig, freePort } from './daemon-rig.ts';
import { paperConfiguration, paperSimulation, type Layer } from './paper-configuration.ts';
import { until } from './until.ts';

export interface PaperRigOptions {
  /** Merged over the Configuration, key by key. */
  readonly configuration?: Layer;
  /** Merged over the settings of the simulated Venue. */
  readonly simulation?: Layer;
  /** The gateway is to be killed: its Venue writes down whatever it is about to report, which costs it most of its time. */
  readonly killsGateway?: boolean;
}

export class PaperRig extends DaemonRig {
  readonly wireLogFile: string;
  readonly stateFile: string;
  gateway: Child | null = null;
  private readonly simulationFile: string;
  private readonly killsGateway: boolean;

  private constructor(port: number, { configuration = {}, simulation = {}, killsGateway = false }: PaperRigOptions) {
    super(port);
    this.killsGateway = killsGateway;
    this.simulationFile = join(this.folder, 'sim.json');
    this.wireLogFile = join(this.folder, 'wire.log');
    this.stateFile = join(this.folder, 'venue.json');
    this.configure(this.configuration(configuration));
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

  gateways(): readonly Child[] {
    return this.gateway === null ? [] : [this.gateway];
  }

  startGateway(): Child {
    this.gateway = new Child('tcx-gateway', 'tcx-gateway.js', [
      '--venue', 'sim', ...this.linkArguments(), '--config', this.simulationFile,
      '--state', this.stateFile, ...(this.killsGateway ? ['--state-sync'] : []), '--wire-log', this.wireLogFile,
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

  // ── the Venue ─────────────────────────────────────────────────────────────

  /** What the Venue wrote down last; undefined before it did. Replaced as a whole, so that half of it is never read. */
  venueState(): SimState | undefined {
    if (!existsSync(this.stateFile)) return undefined;
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
    await this.reconciled();
    const held = new Map((await this.positions()).map(({ instrument, quantity }) => [instrument, Number(quantity)]));
    // Nothing moves any more, and what the Venue writes down follows it within a second.
    let differing: readonly string[] = [];
    await until('every position of the Venue to be that of State', () => {
      differing = this.differingPositions(held);
      return differing.length === 0;
    }, { details: () => `${differing.join('\n')}\n${this.describe()}` });
  }

  private differingPositions(held: ReadonlyMap<string, number>): string[] {
    const state = this.venueState();
    if (state === undefined) return ['the Venue wrote nothing down'];
    return state.markets.flatMap(({ instrument: { symbol, quantityScale } }) => {
      const here = held.get(symbol.toLowerCase().replace('/', '-')) ?? 0;
      const there = (state.accounts.positions[symbol] ?? 0) / 10 ** quantityScale;
      return here === there ? [] : [`position ${symbol}: State has ${here}, the Venue ${there}`];
    });
  }

  /** The Venue may be slow to answer; that it disagrees is never right. */
  private async reconciled(): Promise<void> {
    await this.until('a reconciliation that agrees', async () => {
      const { ok, message } = await this.command('/reconcile', 'to compare');
      if (message.includes('mismatch')) throw new Error(`reconciliation: ${message}`);
      return ok;
    });
  }
}

interface VenueAudit {
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

