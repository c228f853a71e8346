// What a test daemon's Welcome names for a gateway at a stand-in: one instrument of each Venue with order entry.

import type { CurrencyEntry, InstrumentEntry } from '../event/link-message.ts';

export const CURRENCIES: readonly CurrencyEntry[] = [
  { currency: 0, symbol: 'USD', scale: 8 }, { currency: 1, symbol: 'BTC', scale: 8 }, { currency: 2, symbol: 'USDT', scale: 8 },
];
export const KRAKEN: InstrumentEntry = {
  instrument: 0, symbol: 'BTC/USD', base: 1, quote: 0, priceScale: 1, quantityScale: 8, tickSize: 1, lotSize: 10_000,
  minimumQuantity: 10_000, bookDepth: 10,
};
export const BINANCE: InstrumentEntry = {
  instrument: 0, symbol: 'BTCUSDT', base: 1, quote: 2, priceScale: 2, quantityScale: 5, tickSize: 1, lotSize: 1,
  minimumQuantity: 1, bookDepth: 0,
};
