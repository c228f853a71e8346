// How much of Binance's rate limits is used, as its answers say, and how long a call has to wait so that the limit is never
// reached: going over it again and again bans the address. Cancels may use what is kept in reserve. Reads no clock: time is
// Binance's, in milliseconds, and every window of a limit begins at a multiple of its length.

import type { Call } from './encode-orders.ts';
import type { RateLimit } from './private.ts';

/** Of the weight, what only cancels may use. */
const RESERVE = 0.1;
const CANCELS = new Set(['order.cancel', 'openOrders.cancelAll']);

interface Usage { limit: number; count: number; window: number }

function isUrgent({ method, isSparing = false }: Call): boolean {
  return CANCELS.has(method) && !isSparing;
}

export class RateUsage {
  private readonly usages = new Map<string, Usage>();
  private bannedUntil = 0;

  note(limits: readonly RateLimit[], serverMs: number): void {
    for (const { type, intervalMs, limit, count } of limits) {
      this.usages.set(`${type} ${intervalMs}`, { limit, count, window: Math.floor(serverMs / intervalMs) });
    }
  }

  /** Nothing may be sent for so long. */
  refuse(milliseconds: number, serverMs: number): void {
    this.bannedUntil = Math.max(this.bannedUntil, serverMs + milliseconds);
  }

  /** Milliseconds until the call may be sent, 0: now; and whether only orders have to wait for so long. */
  waitFor(call: Call, serverMs: number): { readonly wait: number; readonly isOfOrders: boolean } {
    let wait = Math.max(0, this.bannedUntil - serverMs);
    let ordersWait = 0;
    for (const [key, usage] of this.usages) {
      const [type, length] = key.split(' ');
      const intervalMs = Number(length);
      if (Math.floor(serverMs / intervalMs) !== usage.window) continue;
      const cost = type === 'ORDERS' ? call.orders : call.weight;
      const share = type === 'ORDERS' || isUrgent(call) ? 1 : 1 - RESERVE;
      if (cost === 0 || usage.count + cost <= usage.limit * share) continue;
      const windowEnd = intervalMs - (serverMs % intervalMs);
      if (type === 'ORDERS') ordersWait = Math.max(ordersWait, windowEnd);
      else wait = Math.max(wait, windowEnd);
    }
    return { wait: Math.max(wait, ordersWait), isOfOrders: ordersWait > wait };
  }

  /** A call left: counted at once, corrected by the next answer. */
  spend(call: Call, serverMs: number): void {
    for (const [key, usage] of this.usages) {
      const [type, length] = key.split(' ');
      if (Math.floor(serverMs / Number(length)) === usage.window) usage.count += type === 'ORDERS' ? call.orders : call.weight;
    }
  }
}
