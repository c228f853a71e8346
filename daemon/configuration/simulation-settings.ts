// The simulation section as the simulated Venue takes it: nanoseconds and plain values. Pure.

import type { SimSettings } from '../event/simulation-settings.ts';
import type { EffectiveSimulation } from './simulation-schema.ts';
import { parseDuration } from './units.ts';

export function readSimulation(simulation: EffectiveSimulation): SimSettings {
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
    markets: simulation.markets as SimSettings['markets'],
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
