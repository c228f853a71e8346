// What tcx says to Kraken's public WebSocket v2: subscriptions only. Pure text.

/** Depths Kraken serves. A window cut elsewhere would lose levels that Kraken never repeats. */
export const BOOK_DEPTHS = [10, 25, 100, 500, 1000] as const;

/** Definitions and states of every instrument: a snapshot of them, then what changes. */
export const SUBSCRIBE_INSTRUMENTS = JSON.stringify({
  method: 'subscribe', params: { channel: 'instrument', snapshot: true },
});

/** Answered with `pong`: says that the connection lives when no subscription sends heartbeats yet. */
export const PING = JSON.stringify({ method: 'ping' });

export function subscribeBook(symbol: string, depth: number): string {
  return JSON.stringify({ method: 'subscribe', params: { channel: 'book', symbol: [symbol], depth, snapshot: true } });
}

/** Without it a second subscription of the same depth is refused instead of answered with a snapshot. */
export function unsubscribeBook(symbol: string, depth: number): string {
  return JSON.stringify({ method: 'unsubscribe', params: { channel: 'book', symbol: [symbol], depth } });
}

/** No snapshot: it repeats prints from before the subscription. */
export function subscribeTrades(symbols: readonly string[]): string {
  return JSON.stringify({ method: 'subscribe', params: { channel: 'trade', symbol: symbols, snapshot: false } });
}
