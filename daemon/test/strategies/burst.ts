// A strategy that wants everything at once: so many buys below the market as soon as it may, then nothing more. What does
// not fit the rate limit waits in the Queue.

import { defineStrategy, Side, TimeInForce } from 'tcx/strategy';

const POST_ONLY = Object.freeze({ timeInForce: TimeInForce.PostOnly });

export default defineStrategy({
  name: 'burst',
  version: '1.0.0',
  memory: { sent: 0 },

  parameters(raw): { readonly orders: number; readonly perStep: number } {
    const { orders, perStep } = raw;
    if (typeof orders !== 'number' || typeof perStep !== 'number') throw new Error('orders, perStep: expected numbers');
    return { orders, perStep };
  },

  evaluate(context, remembered, intents, { orders, perStep }): void {
    const book = context.books[0]!;
    if (!context.tradingEnabled || !book.valid) return;
    const { tickSize, lotSize } = context.instruments[0]!;
    for (let i = 0; i < perStep && remembered.sent < orders && intents.room > 0; i++) {
      remembered.sent += 1;
      intents.submit(0, Side.Buy, book.bidPrice - (100 + remembered.sent) * tickSize, lotSize, POST_ONLY);
    }
  },
});
