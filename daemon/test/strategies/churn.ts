// A strategy without an opinion, for sessions under faults: draws from a generator in its memory what to do, and does all
// there is: every time in force, moves, cancels, work that overtakes its own, and now and then nonsense.

import { defineStrategy, Side, TimeInForce } from 'tcx/strategy';
import type { Context, Intents } from 'tcx/strategy';

const IDS_MAX = 48;
const memory = { drawn: 12345, next: 0, ids: { length: IDS_MAX } };
type Memory = { drawn: number; next: number; ids: Float64Array };

const OPTIONS = [
  TimeInForce.GoodTillCancel, TimeInForce.PostOnly, TimeInForce.PostOnly, TimeInForce.ImmediateOrCancel, TimeInForce.FillOrKill,
].map((timeInForce) => Object.freeze({ timeInForce }));

export default defineStrategy({
  name: 'churn',
  version: '1.0.0',
  memory,

  parameters(raw): { readonly lotsMax: number } {
    const lotsMax = raw['lotsMax'] ?? 40;
    const isValid = typeof lotsMax === 'number' && Number.isSafeInteger(lotsMax) && lotsMax > 0;
    if (!isValid) throw new Error('lotsMax: expected a whole number above 0');
    return { lotsMax };
  },

  evaluate(context, remembered, intents, { lotsMax }): void {
    for (let count = below(remembered, 3); count > 0; count--) act(context, remembered, intents, lotsMax);
  },
});

function act(context: Context, remembered: Memory, intents: Intents, lotsMax: number): void {
  const i = below(remembered, context.books.length);
  const book = context.books[i]!;
  if (!context.tradingEnabled || !book.valid) return;
  const { tickSize, lotSize } = context.instruments[i]!;
  const side = below(remembered, 2) === 0 ? Side.Buy : Side.Sell;
  const best = side === Side.Buy ? book.bidPrice : book.askPrice;
  const price = best + (below(remembered, 21) - 10) * tickSize;
  const quantity = (1 + below(remembered, lotsMax)) * lotSize;
  const id = remembered.ids[below(remembered, IDS_MAX)]!;
  const what = below(remembered, 100);
  if (what < 45) keep(remembered, intents.submit(i, side, price, quantity, OPTIONS[below(remembered, OPTIONS.length)]!));
  else if (what < 65) replace(context, intents, id, (below(remembered, 11) - 5), quantity);
  else if (what < 90) intents.cancel(id);
  else if (what < 95 && context.queued(id)) intents.resubmit(id, i, side, price, quantity);
  else if (what < 97) keep(remembered, intents.submit(i, side, price + 0.5, -quantity));
}

function replace(context: Context, intents: Intents, id: number, ticks: number, quantity: number): void {
  const order = context.order(id);
  if (order === undefined || order.terminal) return;
  intents.replace(id, order.price + ticks, order.filled + quantity);
}

function keep(remembered: Memory, id: number): void {
  remembered.ids[remembered.next] = id;
  remembered.next = (remembered.next + 1) % IDS_MAX;
}

/** 0 … bound − 1, from a linear congruence whose state is the memory. */
function below(remembered: Memory, bound: number): number {
  remembered.drawn = (Math.imul(remembered.drawn, 1664525) + 1013904223) >>> 0;
  return (remembered.drawn >>> 8) % bound;
}
