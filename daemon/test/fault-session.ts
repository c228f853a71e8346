// One trading session in which nearly everything goes wrong that a Venue can do, with an operator in the middle of it: a
// strategy without an opinion, faults of every kind, commands of every kind; ended in order or killed. Afterwards the record
// is held against itself (replay, fold), against the limits and against what the Venue saw.

import { Prng } from '../base/prng.ts';
import { join } from 'node:path';
import type { OrderReport } from '../event/operator-port.ts';
import { Kind } from '../event/kinds.ts';
import { packageRoot } from '../runtime/build-info.ts';
import { FAULT_KINDS, type FaultKind, type FaultTrigger } from '../event/simulation-settings.ts';
import { auditExposure, type ExposureAudit } from './exposure-audit.ts';
import { countsByKind, journalPaths, probe } from './journal-contents.ts';
import { BTC, ETH, merged, VENUE, type Layer } from './paper-configuration.ts';
import { PaperRig, venueAudit } from './paper-rig.ts';
import { foldIdentical, replayIdentical, type ReplayFacts } from './replay-check.ts';
import { pause } from './until.ts';

interface FaultSessionOptions {
  readonly seed: number;
  /** In which the operator does everything there is to do; trading goes on until enough has happened. */
  readonly milliseconds: number;
  readonly ending: 'drain' | 'kill';
  /** Also what no reconciliation can put right: an end of trading, whenever it comes. */
  readonly beyondRepair: boolean;
  readonly report: (line: string) => void;
}

interface FaultSessionResult {
  readonly replay: ReplayFacts;
  readonly exposure: ExposureAudit;
  readonly counts: ReadonlyMap<Kind, number>;
  readonly commands: ReadonlyMap<string, boolean[]>;
  /** How often each fault struck. */
  readonly struck: Readonly<Record<FaultKind, number>>;
  readonly audit: Readonly<Record<string, number>>;
}

/**
 * In parts per million of what each happens to. What no reconciliation can put right (a fill that never was, a status that is
 * not true) comes once, if at all, and by script: from then on the gates stay closed, rightly.
 */
const PPM: Readonly<Record<FaultKind, number>> = {
  loseRequest: 5_000, reject: 15_000, rateLimit: 15_000, disconnect: 500, loseAcknowledgement: 5_000,
  delayAcknowledgement: 10_000, duplicateAcknowledgement: 40_000, reorderAcknowledgement: 40_000,
  fillBeforeAcceptance: 20_000, fillAfterTerminal: 100_000, loseFill: 5_000, duplicateFill: 80_000, orphanFill: 0,
  announcedGap: 1_000, silentGap: 1_000, crossedBook: 500, zeroQuantity: 500, negativeQuantity: 100, unknownInstrument: 100,
  disagreeingStatus: 0, orphanStatus: 1_000,
};

/** At least once, however the dice fall: what the dice or the market may spoil stands here often. */
const SCRIPT: readonly ScriptedFault[] = [
  ...scripted('loseRequest', 'new', 12, 27), ...scripted('loseAcknowledgement', 'new', 9, 25),
  ...scripted('delayAcknowledgement', 'replace', 2, 4), ...scripted('duplicateAcknowledgement', 'new', 10, 14, 20),
  ...scripted('reorderAcknowledgement', 'new', 11, 16, 22), ...scripted('reject', 'new', 13, 23, 31),
  ...scripted('rateLimit', 'cancel', 5, 9, 12), ...scripted('fillAfterTerminal', 'cancel', 6, 7, 8, 10, 11, 13, 14, 15),
  ...scripted('fillBeforeAcceptance', 'new', 15, 17, 18, 19, 21, 24, 26, 28, 29, 30, 32, 33, 34, 35, 36, 37, 38, 39, 40),
  ...scripted('duplicateFill', 'fill', 3, 6, 9), ...scripted('loseFill', 'fill', 10, 13),
  ...scripted('silentGap', 'delta', 150, 350), ...scripted('announcedGap', 'delta', 300), ...scripted('crossedBook', 'delta', 450),
  ...scripted('zeroQuantity', 'delta', 500), ...scripted('negativeQuantity', 'delta', 600),
  ...scripted('unknownInstrument', 'delta', 700), ...scripted('disconnect', 'request', 80), ...scripted('orphanStatus', 'status', 20, 30),
];
const BEYOND_REPAIR: readonly ScriptedFault[] = [
  ...scripted('orphanFill', 'fill', 250), ...scripted('disagreeingStatus', 'status', 90),
];

interface ScriptedFault { readonly fault: FaultKind; readonly on: FaultTrigger; readonly nth: number }

function scripted(fault: FaultKind, on: FaultTrigger, ...nths: readonly number[]): ScriptedFault[] {
  return nths.map((nth) => ({ fault, on, nth }));
}

/** Tight enough to be met all the time. */
const POSITION_MAX = { wide: 0.02, narrow: 0.008 };
const LOOK_MS = 60;
/** Between two looks at the journal or at what the Venue wrote down. */
const COUNT_MS = 400;

function configurationOf(positionMax: number): Layer {
  return {
    venues: [merged(VENUE, { ackTimeout: '250ms', reconcile: { timeout: '2s' } })],
    instruments: [merged(BTC, { limits: { positionMax } }), merged(ETH, { limits: { positionMax: positionMax * 20 } })],
    strategies: [{
      id: 'churn', module: join(packageRoot(), 'daemon/test/strategies/churn.ts'), instruments: ['btc-usd', 'eth-usd'],
      cadence: { onTopPrice: true, onTrade: true, onExecution: true, onControl: true, onControlTime: true },
      parameters: { lotsMax: 40 },
    }],
  };
}

class FaultSession {
  private readonly rig: PaperRig;
  private readonly options: FaultSessionOptions;
  private readonly prng: Prng;
  private readonly commands = new Map<string, boolean[]>();
  private over = false;
  /** Trading is to be on; false while the operator wants it otherwise. */
  private wanted = true;

  constructor(rig: PaperRig, options: FaultSessionOptions) {
    this.rig = rig;
    this.options = options;
    this.prng = Prng.seeded(options.seed, 2);
  }

  async run(): Promise<FaultSessionResult> {
    const { rig, options } = this;
    await rig.start();
    await rig.enable();
    const keeping = this.keepTrading();
    try {
      await rig.until('requests and denials', () => this.hasTraded(), COUNT_MS);
      await this.operate();
      if (!options.beyondRepair) await rig.until('every fault of the script', () => this.hasMetScript(), COUNT_MS);
    } finally {
      this.over = true;
      await keeping;
    }
    await this.end();
    const audit = await venueAudit(rig.gateway!);
    const [journal] = journalPaths(rig.dataDir);
    const replay = await replayIdentical(journal!);
    const folded = await foldIdentical(journal!);
    // A journal that was left open ends between two digests: what waits in the Queue there is not in any Event.
    if (probe(journal!).ended && folded.digest !== replay.digest) {
      throw new Error(`--fold ends in ${folded.digest}, --replay in ${replay.digest}`);
    }
    const exposure = auditExposure(journal!);
    options.report(`${replay.position} positions, ${exposure.requests} requests, digest ${replay.digest}`);
    return {
      replay, exposure, counts: countsByKind(journal!), commands: this.commands, struck: audit.faults, audit: audit.counters,
    };
  }

  private hasTraded(): boolean {
    const counts = countsByKind(journalPaths(this.rig.dataDir)[0]!);
    return [Kind.IntentDispatched, Kind.IntentDenied].every((kind) => (counts.get(kind) ?? 0) > 0);
  }

  /** Has the Venue asked to report, which is what the faults of a status wait for. */
  private async hasMetScript(): Promise<boolean> {
    await this.command('/reconcile');
    const met = this.rig.venueState()?.faults.occurrences ?? {};
    return SCRIPT.every(({ on, nth }) => (met[on] ?? 0) >= nth);
  }

  /** An anomaly closes gates, a reconciliation opens them: whenever all are open trading goes on. */
  private async keepTrading(): Promise<void> {
    while (!this.over) {
      await pause(LOOK_MS);
      if (!this.wanted || (await this.rig.status()).trading === 'on') continue;
      if ((await this.rig.gates()).every(({ open }) => open)) await this.command('/enable');
    }
  }

  private async operate(): Promise<void> {
    const steps = [
      () => this.whileNotWanted('/pause'),
      () => this.applyLimits(POSITION_MAX.narrow),
      () => this.command('/cancel-all'),
      () => this.disposeOne(),
      () => this.whileNotWanted('/kill', '/unkill'),
      () => this.command('/reconcile'),
      () => this.applyLimits(POSITION_MAX.wide),
      () => this.whileNotWanted('/strategy/churn/disable', '/strategy/churn/enable'),
      () => this.queryOne(),
      () => this.whileNotWanted('/disable'),
    ];
    for (const step of steps) {
      await pause(this.share(steps.length));
      await step();
    }
    await pause(this.share(steps.length));
  }

  /** About as long as keeps the whole session to its time. */
  private share(steps: number): number {
    const mean = this.options.milliseconds / (steps + 1);
    return mean / 2 + this.prng.below(Math.ceil(mean));
  }

  private async whileNotWanted(path: string, back?: string): Promise<void> {
    this.wanted = false;
    await this.command(path);
    await pause(100 + this.prng.below(200));
    if (back !== undefined) await this.command(back);
    this.wanted = true;
  }

  private async applyLimits(positionMax: number): Promise<void> {
    await this.command('/config', JSON.stringify(this.rig.configuration(configurationOf(positionMax))));
  }

  private async disposeOne(): Promise<void> {
    const order = await this.anyOrder();
    if (order !== undefined) await this.command(`/order-dispose/${order.orderId}`);
  }

  private async queryOne(): Promise<void> {
    const order = await this.anyOrder();
    if (order !== undefined) await this.command(`/order-query/${order.orderId}`);
  }

  private async anyOrder(): Promise<OrderReport | undefined> {
    const { orders } = (await this.rig.get('/orders')).json as { orders: readonly OrderReport[] };
    return orders.length === 0 ? undefined : orders[this.prng.below(orders.length)];
  }

  private async command(path: string, body?: string): Promise<void> {
    const { ok, message } = await this.rig.command(path, 'a session under faults', body);
    const name = path.replace(/\/\d+$/, '');
    this.commands.set(name, [...this.commands.get(name) ?? [], ok]);
    this.options.report(`${path}: ${ok ? '' : 'refused: '}${message}`);
  }

  private async end(): Promise<void> {
    const daemon = this.rig.daemon!;
    if (this.options.ending === 'kill') {
      await daemon.killed();
      return;
    }
    await this.command('/drain');
    const { code } = await daemon.ended;
    if (code !== 0) throw new Error(`the drain ended with ${code}, expected 0`);
  }
}

export async function runFaultSession(options: FaultSessionOptions): Promise<FaultSessionResult> {
  const script = options.beyondRepair ? [...SCRIPT, ...BEYOND_REPAIR] : SCRIPT;
  const rig = await PaperRig.create({
    configuration: configurationOf(POSITION_MAX.wide),
    simulation: {
      seed: options.seed, resendNs: 2_000_000_000,
      faults: { ppm: PPM, script, delayNs: 400_000_000, reorderNs: 20_000_000, disconnectMs: 150, resyncNs: 50_000_000 },
    },
  });
  const again = `node dist/daemon/test/faults.js --seed ${options.seed} --ending ${options.ending} --ms ${options.milliseconds}`
    + (options.beyondRepair ? '' : ' --reparable');
  return rig.enclose(again, () => new FaultSession(rig, options).run());
}

/** Faults that never struck. */
export function missedFaults(struck: Readonly<Record<FaultKind, number>>): FaultKind[] {
  return FAULT_KINDS.filter((kind) => struck[kind] === 0);
}
