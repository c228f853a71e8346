// The two Venues with order entry as the order tests trade at them: signers of the stand-ins' credentials, one instrument,
// the adapter as tcx-gateway makes it.

import { createHmac, sign } from 'node:crypto';
import type { Signer } from '../event/order-adapter.ts';
import { BinanceOrders } from '../venues/binance/orders.ts';
import { KrakenOrders } from '../venues/kraken/orders.ts';
import type { OrderVenue } from './order-gateway.fixture.ts';
import { ED25519, ED25519_KEY } from './stand-in/binance/client.fixture.ts';
import { STAND_IN_CREDENTIALS } from './stand-in/settings.ts';

const { kraken: KRAKEN_KEY, binance: BINANCE_KEY } = STAND_IN_CREDENTIALS;
const KRAKEN_SIGNER: Signer = {
  apiKey: KRAKEN_KEY.apiKey, algorithm: 'hmac-sha512',
  sign: (bytes, encoding) => createHmac('sha512', Buffer.from(KRAKEN_KEY.secret, 'base64')).update(bytes).digest(encoding),
};
export const KRAKEN: OrderVenue = {
  name: 'kraken', role: 'private', currencies: ['BTC', 'USD'], price: 59_000_0, quantity: 50_000_000,
  instrument: {
    instrument: 0, symbol: 'BTC/USD', base: 0, quote: 1, priceScale: 1, quantityScale: 8, tickSize: 1, lotSize: 10_000,
    minimumQuantity: 10_000, bookDepth: 25,
  },
  adapter: (url) => new KrakenOrders({ signer: KRAKEN_SIGNER, url, restLimits: { max: 1000, perSecond: 1000 } }),
};

export const ED25519_SIGNER: Signer = {
  apiKey: ED25519.apiKey, algorithm: 'ed25519', sign: (bytes, encoding) => sign(null, bytes, ED25519_KEY).toString(encoding),
};
export const HMAC_SIGNER: Signer = {
  apiKey: BINANCE_KEY.apiKey, algorithm: 'hmac-sha256',
  sign: (bytes, encoding) => createHmac('sha256', BINANCE_KEY.secret).update(bytes).digest(encoding),
};

export function binance(signer: Signer): OrderVenue {
  return {
    name: 'binance', role: 'api', currencies: ['BTC', 'USDT'], price: 59_000_00, quantity: 50_000,
    instrument: {
      instrument: 0, symbol: 'BTCUSDT', base: 0, quote: 1, priceScale: 2, quantityScale: 5, tickSize: 1, lotSize: 1,
      minimumQuantity: 1, bookDepth: 0,
    },
    adapter: (url) => new BinanceOrders({ signer, url }),
  };
}
