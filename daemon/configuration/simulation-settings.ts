// The simulation section as the simulated Venue takes it: nanoseconds and plain values. Pure.

import type { EffectiveSimulation } from './simulation-schema.ts';
import { parseDuration } from './units.ts';

type Flow = EffectiveSimulation['market'];

/** The shape of `SimSettings` in daemon/venues/sim/settings.ts. */
export interface SimulationSettings {
  readonly seed: number;
  readonly latency: {
    readonly entryNs: number;
    readonly entryJitterNs: number;
    readonly responseNs: number;
    readonly responseJitterNs: number;
    readonly marketDataNs: number;
    readonly marketDataJitterNs: number;
  };
  readonly publishIntervalNs: number;
  readonly makerFeePpm: number;
  readonly takerFeePpm: number;
  readonly checkFunds: boolean;
  readonly balances: Readonly<Record<string, string>>;
  readonly rateLimit: { readonly capacity: number; readonly intervalNs: number };
  readonly openOrdersMax: number;
  readonly terminalOrdersMax: number;
  readonly executionsMax: number;
  readonly resendNs: number;
  readonly cancelOnDisconnect: boolean;
  readonly catchUpNs: number;
  readonly wireLogMax: number;
  readonly market: Readonly<Flow>;
  readonly markets: Readonly<Record<string, Readonly<Partial<Flow>>>>;
  readonly faults: {
    readonly ppm: EffectiveSimulation['faults']['ppm'];
    readonly script: EffectiveSimulation['faults']['script'];
    readonly delayNs: number;
    readonly reorderNs: number;
    readonly disconnectMs: number;
    readonly resyncNs: number;
  };
}

export function readSimulation(simulation: EffectiveSimulation): SimulationSettings {
  const { latency, faults, rateLimit } = simulation;
  return {
    seed: simulation.seed,
    latency: {
      entryNs: nanoseconds(latency.entry),
      entryJitterNs: nanoseconds(latency.entryJitter),
      responseNs: nanoseconds(latency.response),
      responseJitterNs: nanoseconds(latency.responseJitter),
      marketDataNs: nanoseconds(latency.marketData),
      marketDataJitterNs: nanoseconds(latency.marketDataJitter),
    },
    publishIntervalNs: nanoseconds(simulation.publishInterval),
    makerFeePpm: simulation.makerFeePpm,
    takerFeePpm: simulation.takerFeePpm,
    checkFunds: simulation.checkFunds,
    balances: simulation.balances,
    rateLimit: { capacity: rateLimit.capacity, intervalNs: nanoseconds(rateLimit.interval) },
    openOrdersMax: simulation.openOrdersMax,
    terminalOrdersMax: simulation.terminalOrdersMax,
    executionsMax: simulation.executionsMax,
    resendNs: nanoseconds(simulation.resend),
    cancelOnDisconnect: simulation.cancelOnDisconnect,
    catchUpNs: nanoseconds(simulation.catchUp),
    wireLogMax: simulation.wireLogMax,
    market: simulation.market,
    // Text has no way to write `undefined`, which is all that the schema's type allows beyond this one.
    markets: simulation.markets as SimulationSettings['markets'],
    faults: {
      ppm: faults.ppm,
      script: faults.script,
      delayNs: nanoseconds(faults.delay),
      reorderNs: nanoseconds(faults.reorder),
      disconnectMs: nanoseconds(faults.disconnect) / 1e6,
      resyncNs: nanoseconds(faults.resync),
    },
  };
}

function nanoseconds(text: string): number {
  return parseDuration(text)!;
}
