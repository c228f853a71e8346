// One session on the stand-ins of Kraken and Binance in which, while the reference makers trade on both, whatever can go
// wrong goes wrong: faults of the Venues, an operator's commands, kill -9 of gateways and of tcxd. Afterwards it comes right
// without help, and what tcx holds and recorded is the Venues' truth.

import { Prng } from '../base/prng.ts';
import type { OrderReport } from '../event/operator-port.ts';
import { isCut } from './daemon-rig.ts';
import { journalPaths } from './journal-contents.ts';
import { replayIdentical, type ReplayFacts } from './replay-check.ts';
import { pause } from './until.ts';
import { FAULT_KINDS, makeWell, type TradedVenue } from './venue-fault-kinds.ts';
import { VenueRig } from './venue-rig.ts';
import { assertEveryExecution, assertNothingPlacedTwice } from './venue-truth.ts';

interface VenueFaultOptions {
  readonly seed: number;
  /** While things go wrong; what follows takes about as long. */
  readonly milliseconds: number;
  readonly report: (line: string) => void;
}

interface VenueFaultResult {
  readonly replays: readonly ReplayFacts[];
  readonly executions: ReadonlyMap<string, number>;
  /** Requests at each Venue. */
  readonly requests: ReadonlyMap<string, number>;
  /** How often each thing was done, and each armed rule struck. */
  readonly done: ReadonlyMap<string, number>;
  readonly struck: ReadonlyMap<string, number>;
}

const VENUES: readonly TradedVenue[] = ['kraken', 'binance'];
const BETWEEN_MS_MAX = 700;
/** Faults of a Venue for each thing done to tcx itself. */
const FAULTS_PER_DEED = 4;

class VenueFaultSession {
  private readonly rig: VenueRig;
  private readonly options: VenueFaultOptions;
  private readonly prng: Prng;
  private readonly done = new Map<string, number>();
  /** False while the operator wants trading off. */
  private wanted = true;

  constructor(rig: VenueRig, options: VenueFaultOptions) {
    this.rig = rig;
    this.options = options;
    this.prng = Prng.seeded(options.seed, 6);
  }

  async run(): Promise<VenueFaultResult> {
    const { rig, options } = this;
    await rig.start();
    await rig.enable();
    await rig.tradesAgain(rig.marks());
    const end = performance.now() + options.milliseconds;
    while (performance.now() < end) {
      await this.goWrong();
      await pause(this.prng.below(BETWEEN_MS_MAX));
      await this.keepTrading();
    }
    return this.comeRight();
  }

  // ── what goes wrong ───────────────────────────────────────────────────────
  private async goWrong(): Promise<void> {
    const { prng } = this;
    if (prng.below(FAULTS_PER_DEED + 1) < FAULTS_PER_DEED) {
      const names = Object.keys(FAULT_KINDS);
      const name = names[prng.below(names.length)]!;
      const venue = VENUES[prng.below(VENUES.length)]!;
      this.note(name, `${venue}: ${FAULT_KINDS[name]!(this.rig.venue(venue), venue, prng)}`);
      return;
    }
    const deeds = this.deeds();
    const name = Object.keys(deeds)[prng.below(Object.keys(deeds).length)]!;
    this.note(name, '');
    await deeds[name]!();
  }

  private deeds(): Readonly<Record<string, () => Promise<void>>> {
    return {
      killGateway: () => this.killGateway(), killDaemon: () => this.killDaemon(),
      killSwitch: () => this.whileNotWanted('/kill', '/unkill'), pause: () => this.whileNotWanted('/pause'),
      cancelAll: () => this.command('/cancel-all'), reconcile: () => this.command('/reconcile'), query: () => this.queryOne(),
      configure: () => this.applyLimits(),
    };
  }

  private async killGateway(): Promise<void> {
    const venue = VENUES[this.prng.below(VENUES.length)]!;
    await this.rig.running.get(venue)!.killed();
    this.rig.startGateway(venue);
  }

  private async killDaemon(): Promise<void> {
    const { rig } = this;
    await rig.daemon!.killed();
    rig.startDaemon();
    const { trading } = await rig.answering();
    if (trading !== 'off') throw new Error(`after a restart trading is ${trading}, expected off`);
  }

  private async whileNotWanted(path: string, back?: string): Promise<void> {
    this.wanted = false;
    await this.command(path);
    await pause(this.prng.below(BETWEEN_MS_MAX));
    if (back !== undefined) await this.command(back);
    this.wanted = true;
  }

  private async queryOne(): Promise<void> {
    const { orders } = (await this.rig.get('/orders')).json as { orders: readonly OrderReport[] };
    if (orders.length > 0) await this.command(`/order-query/${orders[this.prng.below(orders.length)]!.orderId}`);
  }

  private async applyLimits(): Promise<void> {
    const openOrdersMax = 20 + this.prng.below(20);
    await this.command('/config', JSON.stringify(this.rig.configuration({ risk: { openOrdersMax } })));
  }

  private async command(path: string, body?: string): Promise<void> {
    try {
      const { ok, message } = await this.rig.command(path, 'a session under faults', body);
      this.options.report(`${path}: ${ok ? '' : 'refused: '}${message}`);
    } catch (error) {
      if (!isCut(error)) throw error;
    }
  }

  /** Whatever closed a gate, trading goes on when all are open again. */
  private async keepTrading(): Promise<void> {
    if (!this.wanted || (await this.rig.status()).trading === 'on') return;
    if ((await this.rig.gates()).every(({ open }) => open)) await this.command('/enable');
  }

  private note(name: string, what: string): void {
    this.done.set(name, (this.done.get(name) ?? 0) + 1);
    this.options.report(`${name} ${what}`);
  }

  // ── how it comes right ────────────────────────────────────────────────────
  private async comeRight(): Promise<VenueFaultResult> {
    const { rig, options } = this;
    for (const venue of VENUES) makeWell(rig.venue(venue));
    options.report('no fault from now on');
    const marks = rig.marks();
    await rig.enable();
    options.report('every gate is open');
    await rig.tradesAgain(marks);
    options.report('Orders at both');
    await rig.assertStateIsVenues();
    assertNothingPlacedTwice(rig);
    options.report('State is the Venues\'');
    await rig.command('/drain', 'the session is over');
    const { code } = await rig.daemon!.ended;
    if (code !== 0) throw new Error(`the drain ended with ${code}, expected 0`);
    const journals = journalPaths(rig.dataDir);
    const executions = assertEveryExecution(rig, journals);
    const replays: ReplayFacts[] = [];
    for (const journal of journals) replays.push(await replayIdentical(journal));
    this.compareFills(replays, executions);
    const struck = new Map<string, number>();
    for (const venue of VENUES) for (const { fault } of rig.venue(venue).audit().struck) struck.set(fault, (struck.get(fault) ?? 0) + 1);
    const requests = new Map(VENUES.map((venue) => [venue, rig.venue(venue).world.log.requests.length]));
    return { replays, executions, requests, done: this.done, struck };
  }

  /** Applied once each: what State counted, in the one session there was. */
  private compareFills(replays: readonly ReplayFacts[], executions: ReadonlyMap<string, number>): void {
    if (replays.length !== 1) return;
    const applied = replays[0]!.positions.map(({ fills }) => fills).join(' and ');
    const made = [...executions.values()].join(' and ');
    if (applied !== made) throw new Error(`State counted ${applied} fills, the Venues made ${made}`);
  }
}

export async function runVenueFaultSession(options: VenueFaultOptions): Promise<VenueFaultResult> {
  const rig = await VenueRig.create({ venues: VENUES, eventsPerSecond: 20, standIn: { seed: options.seed } });
  const again = `npm run venues -- --sessions 1 --seed ${options.seed} --ms ${options.milliseconds}`;
  return rig.enclose(again, () => new VenueFaultSession(rig, options).run());
}
