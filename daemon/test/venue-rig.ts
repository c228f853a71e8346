// A whole tcx that trades real Venues as far as it can tell: tcxd, one tcx-gateway process for each Venue, and stand-ins of
// the Venues over TLS in this process. A gateway may be killed; a stand-in remembers. Owns what it starts.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StatusReport } from '../event/operator-port.ts';
import { Child } from './child.ts';
import { DaemonRig, freePort } from './daemon-rig.ts';
import { MAKER, merged, type Layer } from './paper-configuration.ts';
import { StandIn } from './stand-in/stand-in.ts';
import { standInSettings, type StandInCredentials, type StandInSettings, type StandInVenue } from './stand-in/settings.ts';

interface VenueRigOptions {
  readonly venues: readonly StandInVenue[];
  /** Merged over the daemon's Configuration. */
  readonly configuration?: Layer;
  /** Merged over every gateway's file. */
  readonly gateway?: Layer;
  readonly standIn?: Partial<StandInSettings>;
  /** Of every market. A maker that is filled all the time makes long reconciliations: Kraken tells fifty executions a call. */
  readonly eventsPerSecond?: number;
  /** What each Venue accepts instead of the stand-ins' own; the first is what its gateway is given. */
  readonly credentials?: Partial<Record<StandInVenue, readonly StandInCredentials[]>>;
}

/** What puts an Order at a Venue or changes one. */
const ORDER_METHODS = /^(add_order|amend_order|order\.place|order\.cancelReplace|order\.amend\.keepPriority)$/;

const LIMITS: Layer = {
  allowed: true, positionMax: 2, orderQuantityMax: 0.5, orderNotionalMax: 50_000, priceBandPpm: 20_000, openOrdersMax: 20,
};

/** One instrument of each Venue, as it announces it. */
const INSTRUMENTS: Readonly<Record<StandInVenue, Layer>> = {
  kraken: {
    id: 'kraken-btc-usd', symbol: 'BTC/USD', venue: 'kraken', base: 'BTC', quote: 'USD', priceScale: 1, quantityScale: 8,
    tickSize: 0.1, lotSize: 0.0001, minimumQuantity: 0.0001, bookDepth: 25, staleAfter: '10s', limits: LIMITS,
  },
  binance: {
    id: 'binance-btc-usdt', symbol: 'BTCUSDT', venue: 'binance', base: 'BTC', quote: 'USDT', priceScale: 2, quantityScale: 5,
    tickSize: 0.01, lotSize: 0.00001, minimumQuantity: 0.00001, bookDepth: 0, staleAfter: '10s', limits: LIMITS,
  },
  okx: {
    id: 'okx-btc-usdt', symbol: 'BTC-USDT', venue: 'okx', base: 'BTC', quote: 'USDT', priceScale: 1, quantityScale: 8,
    tickSize: 0.1, lotSize: 0.00000001, minimumQuantity: 0.00001, bookDepth: 0, staleAfter: '10s',
    feedRequired: false, limits: { allowed: false },
  },
};

/** What a maker of each Venue quotes: near enough to be filled, far enough to be moved. */
const MAKERS: Readonly<Partial<Record<StandInVenue, Layer>>> = {
  kraken: { lots: 40, halfSpreadTicks: 3, requoteTicks: 1, positionLotsMax: 4000 },
  binance: { lots: 400, halfSpreadTicks: 30, requoteTicks: 10, positionLotsMax: 40_000 },
};

const EVENTS_PER_SECOND = 60;
const ORDERS: Layer = { enabled: true, requestTimeout: '500ms', requestWindow: '1s' };
/** The most that Kraken allows an account: reconciliation takes that many calls. */
const TIERS: Readonly<Partial<Record<StandInVenue, Layer>>> = { kraken: { tier: 'pro' } };

export class VenueRig extends DaemonRig {
  readonly standIns: Readonly<Partial<Record<StandInVenue, StandIn>>>;
  readonly running = new Map<StandInVenue, Child>();

  private constructor(port: number, standIns: Readonly<Partial<Record<StandInVenue, StandIn>>>, options: VenueRigOptions) {
    super(port);
    this.standIns = standIns;
    this.configure(this.configuration(options.configuration ?? {}));
    for (const venue of options.venues) this.configureGateway(venue, options.gateway ?? {});
  }

  static async create(options: VenueRigOptions): Promise<VenueRig> {
    const started = await Promise.all(options.venues.map(async (venue) => {
      const credentials = options.credentials?.[venue];
      const given = {
        instruments: unhurried(venue, options.eventsPerSecond ?? EVENTS_PER_SECOND), ...options.standIn,
        ...(credentials === undefined ? {} : { credentials }),
      };
      return [venue, await StandIn.start(venue, given)] as const;
    }));
    return new VenueRig(await freePort(), Object.fromEntries(started), options);
  }

  get venues(): readonly StandInVenue[] {
    return Object.keys(this.standIns) as StandInVenue[];
  }

  gateways(): readonly Child[] {
    return [...this.running.values()];
  }

  override async close(folder: 'remove' | 'keep' = 'remove'): Promise<void> {
    await super.close(folder);
    await Promise.all(Object.values(this.standIns).map((standIn) => standIn.close()));
  }

  /** The stand-in of a Venue this rig was created with. */
  venue(venue: StandInVenue): StandIn {
    const standIn = this.standIns[venue];
    if (standIn === undefined) throw new RangeError(`venue rig: found no stand-in of ${venue}, expected it among the venues`);
    return standIn;
  }

  gatewayFile(venue: StandInVenue): string {
    return join(this.folder, `gateway-${venue}.yaml`);
  }

  startGateway(venue: StandInVenue, ...more: string[]): Child {
    const gateway = new Child(`tcx-gateway ${venue}`, 'tcx-gateway.js', [
      '--venue', venue, ...this.linkArguments(), '--config', this.gatewayFile(venue), ...more,
    ]);
    this.running.set(venue, gateway);
    return gateway;
  }

  /** A daemon that answers questions, then the gateways: the daemon writes the token that they show. */
  async start(): Promise<StatusReport> {
    this.startDaemon();
    const status = await this.answering();
    for (const venue of this.venues) this.startGateway(venue);
    return status;
  }

  /** Ends trading and every Order; then both sides must agree by themselves, and every position be the same. */
  async assertStateIsVenues(): Promise<void> {
    await this.command('/disable', 'to compare');
    await this.command('/cancel-all', 'to compare');
    await this.statusWhere('no Order to live', ({ openOrders }) => openOrders === 0);
    await this.until('a reconciliation that agrees', async () => (await this.command('/reconcile', 'to compare')).ok, 500);
    const held = new Map((await this.positions()).map(({ instrument, quantity }) => [instrument, Number(quantity)]));
    for (const [name, standIn] of Object.entries(this.standIns)) {
      const { symbol, id } = INSTRUMENTS[name as StandInVenue] as { symbol: string; id: string };
      const { positions, openOrders } = standIn.audit();
      const there = Number(positions[symbol]);
      const here = held.get(id) ?? 0;
      if (here !== there) throw new Error(`position ${id}: State has ${here}, the Venue ${there}`);
      if (openOrders.length > 0) throw new Error(`${name}: ${openOrders.length} open orders at the Venue, expected none`);
    }
  }

  /** Resolves when an Order was placed or changed at each Venue after `since`, which `marks` gave. */
  async tradesAgain(since: ReadonlyMap<StandInVenue, number>): Promise<void> {
    for (const [venue, count] of since) {
      const { requests } = this.venue(venue).world.log;
      await this.until(`an Order at ${venue}`, () => requests.slice(count).some(({ method }) => ORDER_METHODS.test(method)));
    }
  }

  /** How many requests each stand-in has seen. */
  marks(): ReadonlyMap<StandInVenue, number> {
    return new Map(this.venues.map((venue) => [venue, this.venue(venue).world.log.requests.length]));
  }

  /** Of this rig, with `layer` over it. */
  configuration(layer: Layer): Layer {
    const { venues } = this;
    return merged({
      session: { dataDir: this.dataDir, digestEvery: 500 },
      journal: { extentSize: '1MiB', durability: 'process' },
      loop: { idle: 'block' },
      link: { host: '127.0.0.1', port: this.port, heartbeat: '1s', heartbeatTimeout: '1min' },
      admin: { mode: '0600' },
      observe: { port: null, logLevel: 'info' },
      venues: venues.map((id) => ({
        id, simulated: true, ackTimeout: '1s', rateLimits: [{ capacity: 30, tokenInterval: '20ms', reservedForCancel: 10 }],
      })),
      currencies: [{ symbol: 'USD', scale: 8 }, { symbol: 'USDT', scale: 8 }, { symbol: 'BTC', scale: 8 }, { symbol: 'ETH', scale: 8 }],
      instruments: venues.map((venue) => INSTRUMENTS[venue]),
      risk: {
        grossExposureMax: { USD: 250_000, USDT: 250_000 }, dailyLossMax: { USD: 100_000, USDT: 100_000 }, openOrdersMax: 40,
        denyOwnCross: true,
      },
      strategies: venues.filter((venue) => MAKERS[venue] !== undefined).map((venue) => merged(MAKER, {
        id: `maker-${venue}`, instruments: [INSTRUMENTS[venue]['id']], parameters: MAKERS[venue],
      })),
    }, layer);
  }

  private configureGateway(venue: StandInVenue, layer: Layer): void {
    const standIn = this.venue(venue);
    const trades = MAKERS[venue] !== undefined;
    const directory = join(this.folder, 'recordings');
    mkdirSync(directory, { recursive: true });
    writeFileSync(this.gatewayFile(venue), JSON.stringify(merged({
      endpoints: standIn.endpoints, tls: { ca: standIn.caFile },
      dial: { spacing: '0s', perWindowMax: 1000, backoffMin: '20ms', backoffMax: '500ms', proven: '1s' },
      record: { directory, window: '1h' },
      ...(trades ? { credentials: standIn.writeCredentials(), orders: { ...ORDERS, ...TIERS[venue] } } : {}),
    }, layer), null, 2));
  }
}

/** Markets in which a maker is filled every so often, not all the time. */
function unhurried(venue: StandInVenue, eventsPerSecond: number): StandInSettings['instruments'] {
  return standInSettings(venue).instruments.map((instrument) => ({ ...instrument, flow: { ...instrument.flow, eventsPerSecond } }));
}
