// A strategy to start from: rests one buy below the market and, once it holds something, one sell above it. It shows
// all there is: parameters, memory, books, positions, Orders and the three Intents. docs/writing-a-strategy.md explains
// it.

import { defineStrategy, Side, TimeInForce } from 'tcx/strategy';
import type { Context, Intents } from 'tcx/strategy';

interface Parameters {
  /** Ticks from the best price of its side to our Order. */
  readonly distanceTicks: number;
  /** Lots bought at a time; also the most that is held. */
  readonly lots: number;
}

/** What it remembers: numbers, and arrays of fixed length. Part of State: recorded, digested, replayed. */
const memory = { buyId: 0, sellId: 0, fills: 0 };
type Memory = { buyId: number; sellId: number; fills: number };

const POST_ONLY = Object.freeze({ timeInForce: TimeInForce.PostOnly });

export default defineStrategy({
  name: 'template',
  version: '1.0.0',
  memory,

  parameters(raw): Parameters {
    return { distanceTicks: wholeNumber(raw, 'distanceTicks', 20), lots: wholeNumber(raw, 'lots', 10) };
  },

  evaluate(context, remembered, intents, parameters): void {
    const book = context.books[0]!;
    if (!context.tradingEnabled || !book.valid) return;
    const { tickSize, lotSize } = context.instruments[0]!;
    const held = context.positions[0]!.quantity;
    const distance = parameters.distanceTicks * tickSize;
    remembered.fills = context.positions[0]!.fillCount;
    buy(context, remembered, intents, book.bidPrice - distance, parameters.lots * lotSize - held);
    sell(context, remembered, intents, book.askPrice + distance, held);
  },
});

function buy(context: Context, remembered: Memory, intents: Intents, price: number, quantity: number): void {
  if (isWorking(context, remembered.buyId)) follow(context, intents, remembered.buyId, price);
  else if (quantity > 0) remembered.buyId = intents.submit(0, Side.Buy, price, quantity, POST_ONLY);
}

function sell(context: Context, remembered: Memory, intents: Intents, price: number, quantity: number): void {
  if (isWorking(context, remembered.sellId)) follow(context, intents, remembered.sellId, price);
  else if (quantity > 0) remembered.sellId = intents.submit(0, Side.Sell, price, quantity, POST_ONLY);
}

/** The Order lives, or its NEW still waits to be sent. */
function isWorking(context: Context, id: number): boolean {
  const order = context.order(id);
  return order === undefined ? context.queued(id) : !order.terminal;
}

/** Moves the Order when it is off by more than ten ticks and no request of ours is unanswered. */
function follow(context: Context, intents: Intents, id: number, price: number): void {
  const order = context.order(id);
  if (order === undefined || order.requestOutstanding) return;
  if (Math.abs(order.price - price) > 10 * context.instruments[0]!.tickSize) intents.replace(id, price, order.quantity);
}

function wholeNumber(raw: Readonly<Record<string, unknown>>, key: string, fallback: number): number {
  const value = raw[key] ?? fallback;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`${key}: found ${JSON.stringify(value)}, expected a positive whole number`);
}
