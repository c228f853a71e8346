// The Configuration and the simulated Venue the process tests start from: small, fast, everything an operator would turn on
// by hand left to the test. Values only.

export type Layer = { readonly [key: string]: unknown };

/** A copy of `base` with the keys of `layer` over it; lists are replaced as a whole. */
export function merged(base: Layer, layer: Layer): Layer {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(layer)) {
    const below = result[key];
    result[key] = isLayer(below) && isLayer(value) ? merged(below, value) : value;
  }
  return result;
}

function isLayer(value: unknown): value is Layer {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const BTC: Layer = {
  id: 'btc-usd', symbol: 'BTC/USD', venue: 'sim', base: 'BTC', quote: 'USD', priceScale: 1, quantityScale: 4, tickSize: 0.1,
  lotSize: 0.0001, minimumQuantity: 0.0001, staleAfter: '10s',
  limits: {
    allowed: true, positionMax: 2, orderQuantityMax: 0.5, orderNotionalMax: 50_000, priceBandPpm: 20_000, openOrdersMax: 20,
  },
};

export const ETH: Layer = {
  id: 'eth-usd', symbol: 'ETH/USD', venue: 'sim', base: 'ETH', quote: 'USD', priceScale: 2, quantityScale: 3, tickSize: 0.01,
  lotSize: 0.001, minimumQuantity: 0.001, staleAfter: '10s',
  limits: {
    allowed: true, positionMax: 40, orderQuantityMax: 10, orderNotionalMax: 50_000, priceBandPpm: 20_000, openOrdersMax: 20,
  },
};

export const VENUE: Layer = {
  id: 'sim', simulated: true, autoEnable: false, ackTimeout: '500ms',
  rateLimits: [{ capacity: 50, tokenInterval: '1ms', reservedForCancel: 10 }],
};

export const MAKER: Layer = {
  id: 'maker', module: 'builtin:reference-maker', instruments: ['btc-usd', 'eth-usd'],
  cadence: { onTopPrice: true, onExecution: true, onControl: true },
  parameters: { lots: 40, halfSpreadTicks: 3, requoteTicks: 1, positionLotsMax: 400 },
};

/** Trading stays off, the gateway comes from elsewhere, only the death of the process is survived. */
export function paperConfiguration(dataDir: string, port: number, layer: Layer): Layer {
  return merged({
    session: { dataDir, digestEvery: 500 },
    journal: { extentSize: '1MiB', durability: 'process' },
    loop: { idle: 'block' },
    link: { host: '127.0.0.1', port, heartbeat: '1s', heartbeatTimeout: '1min' },
    admin: { mode: '0600' },
    observe: { port: null, logLevel: 'info' },
    venues: [VENUE],
    currencies: [{ symbol: 'USD', scale: 8 }, { symbol: 'BTC', scale: 8 }, { symbol: 'ETH', scale: 8 }],
    instruments: [BTC, ETH],
    risk: { grossExposureMax: { USD: 250_000 }, dailyLossMax: { USD: 100_000 }, openOrdersMax: 40, denyOwnCross: true },
    strategies: [MAKER],
  }, layer);
}

/** A busy Venue with a short memory, so that keeping it ahead of every report costs little. */
export function paperSimulation(layer: Layer): Layer {
  return merged({
    seed: 1, balances: { USD: '1000000', BTC: '10', ETH: '200' }, makerFeePpm: 100, takerFeePpm: 400,
    terminalOrdersMax: 400, executionsMax: 400, resendNs: 5_000_000_000,
    market: {
      eventsPerSecond: 400, levels: 10, spacingTicks: 10, halfSpreadTicks: 5, ordersPerLevel: 2, moveTicks: 20, takerPpm: 300_000,
    },
    markets: { 'BTC/USD': { midPrice: '60000', quantity: '0.05' }, 'ETH/USD': { midPrice: '3000', quantity: '0.8' } },
  }, layer);
}
