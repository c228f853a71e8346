// What Binance says in tests of one Order, t1 with the Venue's id 11: how it is reported, cancelled, and followed by t1-1.

export const NAME = { clientOrderId: 't1', venueOrderId: '11', symbol: 'BTCUSDT' };

/** The answer to its cancel, and the cancelled half of a replacement. */
export const CANCELLED = {
  symbol: 'BTCUSDT', origClientOrderId: 't1', orderId: 11, clientOrderId: 't1.x', transactTime: 5, price: '50000.00', origQty: '1.0000',
  executedQty: '0.0000', status: 'CANCELED', side: 'BUY',
};

/** The answer to a placement, and the placed half of a replacement: the next generation. */
export const PLACED = { symbol: 'BTCUSDT', orderId: 12, orderListId: -1, clientOrderId: 't1-1', transactTime: 6 };

/** An execution report of the user data stream: accepted, unless `more` says otherwise. */
export function report(more: Readonly<Record<string, unknown>>): { subscriptionId: number; event: Readonly<Record<string, unknown>> } {
  return {
    subscriptionId: 0,
    event: {
      e: 'executionReport', E: 7, s: 'BTCUSDT', c: 't1', S: 'BUY', o: 'LIMIT', f: 'GTC', q: '1.0000', p: '50000.00', C: '', x: 'NEW',
      X: 'NEW', r: 'NONE', i: 11, l: '0.0000', z: '0.0000', L: '0.00', n: '0', N: null, T: 8, t: -1, I: 9, m: false, ...more,
    },
  };
}
