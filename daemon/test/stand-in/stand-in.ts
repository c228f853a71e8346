// A stand-in of one Venue, running: server, engine, protocol, and the hand that makes things go wrong. Started and closed by
// tests, benches and main.ts.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseDecimal } from '../../base/decimal.ts';
import { type Audit, auditOf } from './audit.ts';
import { BinanceStandIn } from './binance/binance.ts';
import { makeCertificate } from './certificate.ts';
import { VenueClock } from './clock.ts';
import type { Connection, Ending } from './connection.ts';
import { CURRENCY_SCALE, Engine } from './engine.ts';
import { FaultPlan, type FaultRule } from './faults.ts';
import { KrakenStandIn } from './kraken/kraken.ts';
import { OkxStandIn } from './okx/okx.ts';
import { StandInServer } from './server.ts';
import { type StandInSettings, standInSettings, type StandInVenue } from './settings.ts';
import { WireLog } from './wire-log.ts';
import type { SystemStatus, VenueProtocol, World } from './world.ts';

const PROTOCOLS: Readonly<Record<StandInVenue, new (world: World) => VenueProtocol>> = {
  kraken: KrakenStandIn, binance: BinanceStandIn, okx: OkxStandIn,
};

export class StandIn {
  readonly settings: StandInSettings;
  readonly port: number;
  /** PEM of the authority that a client has to trust. */
  readonly caFile: string;
  /** Addresses by role: public, private, api, http. */
  readonly urls: Readonly<Record<string, string>>;
  readonly world: World;
  readonly server: StandInServer;
  private readonly protocol: VenueProtocol;
  private readonly folder: string;
  private readonly timers: NodeJS.Timeout[];

  static async start(venue: StandInVenue, given: Partial<StandInSettings> = {}): Promise<StandIn> {
    const settings = standInSettings(venue, given);
    const folder = mkdtempSync(join(tmpdir(), 'tcx-stand-in-'));
    const certificate = makeCertificate(folder);
    const clock = new VenueClock();
    const engine = new Engine(settings, clock.unixNs());
    const parts: { protocol?: VenueProtocol; server?: StandInServer } = {};
    const world: World = {
      settings, clock, engine, plan: new FaultPlan(), log: new WireLog(), status: 'online', told: new Map(),
      connections: (kind) => parts.server?.of(kind) ?? [],
      tell: () => {
        parts.protocol?.tell(engine.takeReports());
        parts.protocol?.publish();
      },
    };
    const protocol = new PROTOCOLS[venue](world);
    const server = new StandInServer(certificate, protocol, world.plan);
    parts.protocol = protocol;
    parts.server = server;
    const port = await server.listen(settings.host, settings.port);
    return new StandIn({ settings, folder, world, protocol, server, port, caFile: certificate.caFile });
  }

  private constructor(parts: {
    settings: StandInSettings; folder: string; world: World; protocol: VenueProtocol; server: StandInServer; port: number;
    caFile: string;
  }) {
    const { settings, world, protocol, port } = parts;
    this.settings = settings;
    this.folder = parts.folder;
    this.world = world;
    this.protocol = protocol;
    this.server = parts.server;
    this.port = port;
    this.caFile = parts.caFile;
    this.urls = Object.fromEntries(Object.entries(protocol.paths).map(([role, path]) => {
      const at = path.indexOf(':') + 1;
      return [role, `${path.slice(0, at)}//localhost:${port}${path.slice(at)}`];
    }));
    this.timers = [
      setInterval(() => { this.advance(); }, settings.tickMs),
      setInterval(() => { protocol.heartbeat(); }, settings.heartbeatMs),
    ];
  }

  /** Files as tcx-gateway wants them: key and secret, readable by their owner only. */
  writeCredentials(): { apiKeyFile: string; secretFile: string; algorithm: string } {
    const [credentials] = this.settings.credentials;
    if (credentials === undefined) throw new RangeError('stand-in: settings.credentials is empty, expected at least one key');
    const files = { apiKeyFile: join(this.folder, 'api-key'), secretFile: join(this.folder, 'secret') };
    for (const [file, text] of [[files.apiKeyFile, credentials.apiKey], [files.secretFile, credentials.secret]] as const) {
      rmSync(file, { force: true });
      writeFileSync(file, text);
      chmodSync(file, 0o400);
    }
    return { ...files, algorithm: credentials.algorithm };
  }

  /** Addresses as a gateway's file has them: Binance's combined streams have a path of their own. */
  get endpoints(): Readonly<Record<string, string>> {
    return this.settings.venue === 'binance' ? { ...this.urls, public: `${this.urls['public']}/stream` } : this.urls;
  }

  /** Settings for tcx-gateway: how to reach this stand-in, orders where it takes any, recordings beside the file. */
  writeSettings(file = join(this.folder, 'gateway.yaml')): string {
    const { venue, instruments } = this.settings;
    const trading = venue === 'okx' ? {} : { credentials: this.writeCredentials(), orders: { enabled: true } };
    const settings = {
      endpoints: this.endpoints, tls: { ca: this.caFile }, ...trading, record: { directory: 'recordings', window: '1min' },
      instruments: instruments.map(({ symbol, base, quote, priceDecimals, quantityDecimals, tickSize, lotSize, minimumQuantity }) => ({
        symbol, base, quote, priceScale: priceDecimals, quantityScale: quantityDecimals, tickSize, lotSize, minimumQuantity,
        bookDepth: venue === 'kraken' ? 10 : 0,
      })),
    };
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(settings, null, 2)}\n`);
    return file;
  }

  // ── What can be made to happen ────────────────────────────────────────────────────────────────
  arm(rule: FaultRule): void {
    this.world.plan.arm(rule);
  }

  /** `kind` '': every connection. Returns how many. */
  disconnect(how: Ending = 'abort', kind = '', code?: number): number {
    return this.server.endAll(how, kind, code);
  }

  /** Half-open: nothing is read or written any more, the sockets stay. */
  silence(kind = ''): Connection[] {
    const chosen = [...this.server.connections].filter((connection) => kind === '' || connection.kind === kind);
    for (const connection of chosen) connection.isSilent = true;
    return chosen;
  }

  refuseConnections(count: number): void {
    this.server.refusals = count;
  }

  /** Any text to every connection of a kind: unknown channels, garbage. */
  say(text: string, kind = ''): void {
    for (const connection of this.server.connections) {
      if (kind === '' || connection.kind === kind) connection.sendRaw(text);
    }
  }

  setClockSkew(milliseconds: number): void {
    this.world.clock.skewMs = milliseconds;
  }

  setStatus(status: SystemStatus): void {
    this.world.status = status;
    this.protocol.statusChanged();
  }

  expireSessions(): void {
    this.protocol.expireSessions();
  }

  /** Money that comes, or goes (negative), without an order. */
  deposit(currency: string, amount: string): void {
    const change = parseDecimal(amount, CURRENCY_SCALE);
    this.world.engine.deposit(currency, change);
    this.protocol.balanceMoved(currency, change);
  }

  /** Nobody gets a connection for so long: 429. HTTP calls are answered 418, as to a banned address. */
  ban(milliseconds: number): void {
    this.server.bannedUntil = Date.now() + milliseconds;
  }

  /** The background market and what is due by the clock, now. */
  advance(): void {
    const now = this.world.clock.unixNs();
    this.world.engine.advance(now);
    this.protocol.advance(now);
    this.world.tell();
  }

  audit(): Audit {
    return auditOf(this.world);
  }

  async close(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    this.protocol.close();
    await this.server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
