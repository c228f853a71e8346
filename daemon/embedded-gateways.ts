// Starts a tcx-gateway process for every Venue whose gateway is `embedded`: settings file, state file, supervision. The
// gateway dials the same link as any other.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings, VenueSettings } from './configuration/configuration.ts';
import { packageRoot } from './runtime/build-info.ts';
import { GatewaySupervisor } from './runtime/gateway-supervisor.ts';
import type { LogPort } from './runtime/log-port.ts';

export class EmbeddedGateways {
  private readonly supervisors: GatewaySupervisor[];

  /** `port`: where the link listens. */
  constructor(settings: Settings, port: number, counters: Float64Array, log: LogPort) {
    const embedded = settings.venues.filter((venue) => venue.simulation !== null);
    this.supervisors = embedded.map((venue) => new GatewaySupervisor({
      venue: venue.id, entry: join(packageRoot(), 'dist', 'daemon', 'tcx-gateway.js'), arguments: gatewayArguments(settings, venue, port),
      environment: settings.link.tls === null ? {} : { NODE_EXTRA_CA_CERTS: settings.link.tls.certificateFile },
    }, counters, log));
  }

  start(): void {
    for (const supervisor of this.supervisors) supervisor.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.supervisors.map((supervisor) => supervisor.stop()));
  }
}

function gatewayArguments(settings: Settings, venue: VenueSettings, port: number): string[] {
  const { dataDir, link, observe } = settings;
  const settingsFile = join(dataDir, `gateway-${venue.id}.json`);
  writeFileSync(settingsFile, `${JSON.stringify(venue.simulation, null, 2)}\n`, { mode: 0o640 });
  const level = observe.logLevel === 'trace' ? 'debug' : observe.logLevel;
  return [
    '--venue', 'sim', '--id', venue.id, '--link', linkAddress(link, port), '--token-file', link.tokenFile,
    '--config', settingsFile, '--state', join(dataDir, `gateway-${venue.id}.state.json`), '--embedded', '--log-level', level,
  ];
}

/** From this machine: loopback reaches a server that listens on every address, too. */
function linkAddress({ host, tls }: Settings['link'], port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `${tls === null ? 'ws' : 'wss'}://${name}:${port}`;
}
