// The effective Configuration to what the Runtime reads: paths, ports, nanoseconds and bytes. Pure. Nothing in here may
// reach the Core.

import { join } from 'node:path';
import type { SimSettings } from '../event/simulation-settings.ts';
import type { EffectiveConfiguration, EffectiveVenue } from './schema.ts';
import { readSimulation } from './simulation-settings.ts';

import { parseDecimal, parseDuration, parseSize } from './units.ts';

const MILLISECOND = 1_000_000;

/** Times in ns unless the name says otherwise, sizes in bytes. */
export interface Settings {
  readonly dataDir: string;
  readonly journal: {
    readonly extentSize: number;
    readonly durability: 'process' | 'interval' | 'dispatch';
    readonly intervalMs: number;
  };
  readonly loop: {
    readonly idle: 'spin' | 'yield' | 'block';
    /** -1: not pinned. */
    readonly cpu: number;
    readonly housekeepingCpus: readonly number[];
    readonly lockMemory: boolean;
    /** 0: normal scheduling. */
    readonly fifoPriority: number;
    readonly timerSlack: number;
  };
  readonly link: {
    readonly host: string;
    readonly port: number;
    readonly tokenFile: string;
    /** The daemon makes the token file when it is missing. */
    readonly tokenGenerated: boolean;
    readonly tls: { readonly certificateFile: string; readonly keyFile: string } | null;
    readonly frameSizeMax: number;
    readonly frameRateMax: number;
    readonly backpressureMax: number;
    readonly heartbeatMs: number;
    readonly heartbeatTimeoutMs: number;
  };
  readonly admin: { readonly socket: string; readonly mode: number; readonly group: string | null };
  readonly observe: {
    readonly host: string;
    /** Null: no metrics port. */
    readonly port: number | null;
    readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  };
  readonly venues: readonly VenueSettings[];
}

export interface VenueSettings {
  readonly id: string;
  readonly simulated: boolean;
  readonly autoEnable: boolean;
  readonly reconcile: {
    readonly timeout: number;
    /** Scaled integers by instrument index: differences up to it are a warning. */
    readonly positionTolerance: readonly number[];
    /** Scaled integers by currency index. */
    readonly balanceTolerance: readonly number[];
  };
  /** Null: an external gateway dials in. */
  readonly simulation: SimSettings | null;
}

export function readSettings(configuration: EffectiveConfiguration): Settings {
  const { session, journal, loop, admin, observe } = configuration;
  return {
    dataDir: session.dataDir,
    journal: {
      extentSize: parseSize(journal.extentSize)!,
      durability: journal.durability,
      intervalMs: parseDuration(journal.syncInterval)! / MILLISECOND,
    },
    loop: { ...loop, cpu: loop.cpu ?? -1, timerSlack: parseDuration(loop.timerSlack)! },
    link: readLink(configuration),
    admin: {
      socket: admin.socket ?? join(session.dataDir, 'admin.sock'),
      mode: Number.parseInt(admin.mode, 8),
      group: admin.group,
    },
    observe,
    venues: configuration.venues.map((venue) => readVenue(configuration, venue)),
  };
}

function readLink({ link, session }: EffectiveConfiguration): Settings['link'] {
  return {
    host: link.host,
    port: link.port,
    tokenFile: link.tokenFile ?? join(session.dataDir, 'link.token'),
    tokenGenerated: link.tokenFile === null,
    tls: link.tls,
    frameSizeMax: parseSize(link.frameSizeMax)!,
    frameRateMax: link.frameRateMax,
    backpressureMax: parseSize(link.backpressureMax)!,
    heartbeatMs: parseDuration(link.heartbeat)! / MILLISECOND,
    heartbeatTimeoutMs: parseDuration(link.heartbeatTimeout)! / MILLISECOND,
  };
}

function readVenue({ instruments, currencies }: EffectiveConfiguration, venue: EffectiveVenue): VenueSettings {
  const { timeout, positionTolerance, balanceTolerance } = venue.reconcile;
  return {
    id: venue.id,
    simulated: venue.simulated,
    autoEnable: venue.autoEnable,
    reconcile: {
      timeout: parseDuration(timeout)!,
      positionTolerance: instruments.map(({ quantityScale }) => floorScaled(positionTolerance, quantityScale)),
      balanceTolerance: currencies.map(({ scale }) => floorScaled(balanceTolerance, scale)),
    },
    simulation: venue.gateway.type === 'embedded' ? readSimulation(venue.gateway.simulation) : null,
  };
}

/** A tolerance may be finer than a scale; the strictest reading wins. */
function floorScaled(text: string, scale: number): number {
  const { integer, scale: decimals } = parseDecimal(text)!;
  const wide = decimals > scale ? integer / 10n ** BigInt(decimals - scale) : integer * 10n ** BigInt(scale - decimals);
  return Number(wide > BigInt(Number.MAX_SAFE_INTEGER) ? BigInt(Number.MAX_SAFE_INTEGER) : wide);
}
