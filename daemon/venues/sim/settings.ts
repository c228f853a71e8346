// The simulated Venue's defaults. `configuration.ts` checks a file against them; the engine takes settings as given.

import type { FlowSettings, SimSettings } from '../../event/simulation-settings.ts';

const BITCOIN: Partial<FlowSettings> = {
  midPrice: '60000', spacingTicks: 10, halfSpreadTicks: 5, quantity: '0.05', moveTicks: 20, rangeTicks: 20_000,
};
const ETHER: Partial<FlowSettings> = {
  midPrice: '3000', spacingTicks: 10, halfSpreadTicks: 5, quantity: '0.8', moveTicks: 20, rangeTicks: 10_000,
};

export const DEFAULT_SETTINGS: SimSettings = {
  seed: 1,
  latency: {
    entryNs: 200_000, entryJitterNs: 100_000, responseNs: 100_000, responseJitterNs: 50_000,
    marketDataNs: 100_000, marketDataJitterNs: 50_000,
  },
  publishIntervalNs: 0,
  makerFeePpm: 100,
  takerFeePpm: 400,
  checkFunds: true,
  balances: { '*': '1000000' },
  rateLimit: { capacity: 0, intervalNs: 0 },
  openOrdersMax: 1000,
  terminalOrdersMax: 1024,
  executionsMax: 1024,
  resendNs: 10_000_000_000,
  cancelOnDisconnect: false,
  catchUpNs: 1_000_000_000,
  wireLogMax: 10_000,
  market: {
    midPrice: '100', eventsPerSecond: 200, levels: 25, spacingTicks: 1, halfSpreadTicks: 1, quantity: '1',
    ordersPerLevel: 3, movePpm: 80_000, moveTicks: 2, rangeTicks: 1000, takerPpm: 120_000,
  },
  markets: {
    'BTC/USD': BITCOIN, 'BTC-USD': BITCOIN, BTCUSD: BITCOIN, 'ETH/USD': ETHER, 'ETH-USD': ETHER, ETHUSD: ETHER,
  },
  faults: { ppm: {}, script: [], delayNs: 2_000_000_000, reorderNs: 50_000_000, disconnectMs: 1000,
    resyncNs: 100_000_000 },
};
