// Answers every change of the best price with one order: the shortest way from a tick to an order, for `tick-to-order`.

import { defineStrategy, Side, TimeInForce } from 'tcx/strategy';

const OPTIONS = Object.freeze({ timeInForce: TimeInForce.ImmediateOrCancel });

export default defineStrategy({
  name: 'tick-taker',
  version: '1.0.0',
  memory: { ticks: 0 },
  parameters: () => null,
  evaluate(context, memory, intents) {
    if (!context.tradingEnabled || !context.books[0]!.valid) return;
    memory.ticks++;
    intents.submit(0, Side.Buy, context.books[0]!.bidPrice, context.instruments[0]!.lotSize, OPTIONS);
  },
});
