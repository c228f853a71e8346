// The reference market maker: one bid and one ask per instrument around the middle, moved when the market moves, leaning
// against its position. An example and a load, not a way to make money.

import { type Context, defineStrategy, type Intents, Side, TimeInForce } from '../core/strategy/strategy.ts';

/** Instruments one instance may quote. */
const INSTRUMENTS_MAX = 16;

interface Parameters {
  /** Of each quote, in lots. */
  readonly lots: number;
  /** Distance of each quote from the middle, in ticks. */
  readonly halfSpreadTicks: number;
  /** A quote is moved when it is off by at least this many ticks. */
  readonly requoteTicks: number;
  /** Position, in lots, beyond which only the reducing side is quoted. */
  readonly positionLotsMax: number;
}

const memory = {
  bidId: { length: INSTRUMENTS_MAX },
  askId: { length: INSTRUMENTS_MAX },
  quotes: 0,
};

type Quotes = { bidId: Float64Array; askId: Float64Array; quotes: number };

export const referenceMaker = defineStrategy({
  name: 'reference-maker',
  version: '1.0.0',
  memory,

  parameters(raw, environment): Parameters {
    if (environment.instruments.length > INSTRUMENTS_MAX) {
      throw new Error(`instruments: found ${environment.instruments.length}, expected at most ${INSTRUMENTS_MAX}`);
    }
    refuseUnknown(raw);
    return {
      lots: positiveInteger(raw, 'lots', 10),
      halfSpreadTicks: positiveInteger(raw, 'halfSpreadTicks', 5),
      requoteTicks: positiveInteger(raw, 'requoteTicks', 2),
      positionLotsMax: positiveInteger(raw, 'positionLotsMax', 100),
    };
  },

  evaluate(context, quotes, intents, parameters): void {
    for (let i = 0; i < context.books.length; i++) {
      const book = context.books[i]!;
      if (!context.tradingEnabled || !book.valid) continue;
      const { tickSize } = context.instruments[i]!;
      const middle = Math.round((book.bidPrice + book.askPrice) / 2 / tickSize);
      quote(context, intents, quotes, parameters, i, Side.Buy, (middle - parameters.halfSpreadTicks) * tickSize);
      quote(context, intents, quotes, parameters, i, Side.Sell, (middle + parameters.halfSpreadTicks) * tickSize);
    }
  },
});

/** Brings one side's quote to where it should be: nothing, a new one, or a moved one. */
function quote(
  context: Context, intents: Intents, quotes: Quotes, parameters: Parameters, i: number, side: number, price: number,
): void {
  const ids = side === Side.Buy ? quotes.bidId : quotes.askId;
  const { lotSize, tickSize } = context.instruments[i]!;
  const wanted = wants(context.positions[i]!.quantity, side, parameters.positionLotsMax * lotSize);
  const order = context.order(ids[i]!);
  if (order === undefined || order.terminal) {
    if (!wanted || context.queued(ids[i]!)) return;
    ids[i] = intents.submit(i, side, price, parameters.lots * lotSize, POST_ONLY);
    quotes.quotes++;
    return;
  }
  if (order.requestOutstanding) return;
  if (!wanted) intents.cancel(order.id);
  else if (Math.abs(order.price - price) >= parameters.requoteTicks * tickSize) {
    intents.replace(order.id, price, order.quantity);
  }
}

const POST_ONLY = Object.freeze({ timeInForce: TimeInForce.PostOnly });

function wants(position: number, side: number, limit: number): boolean {
  return side === Side.Buy ? position < limit : position > -limit;
}

const KNOWN = ['lots', 'halfSpreadTicks', 'requoteTicks', 'positionLotsMax'];

function refuseUnknown(raw: Readonly<Record<string, unknown>>): void {
  for (const key of Object.keys(raw)) {
    if (!KNOWN.includes(key)) throw new Error(`${key}: not a parameter; expected one of ${KNOWN.join(', ')}`);
  }
}

function positiveInteger(raw: Readonly<Record<string, unknown>>, key: string, fallback: number): number {
  const value = raw[key] ?? fallback;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value <= 0) {
    throw new Error(`${key}: found ${JSON.stringify(value)}, expected a positive whole number`);
  }
  return value;
}
