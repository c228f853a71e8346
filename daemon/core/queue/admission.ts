// Queue update: admits what Risk allowed. Takes AllowedIntent only, so that nothing unjudged can be written here [R1].

import { Action, CloseReason } from '../../event/kinds.ts';
import type { AllowedIntent } from '../intent/intent.ts';
import type { QueueEntry, QueueState } from '../state/execution/queue-state.ts';
import { Admission, dominance, NOTHING_PENDING } from './dominance.ts';

/** Told of work that ends without being sent. */
export interface ClosePort {
  closeIntent(
    orderId: number, strategy: number, instrument: number, action: number, reason: number, price: number, quantity: number,
  ): void;
}

/** Admits one allowed Intent; `venue` is its instrument's. Superseded and dropped work is reported to `closes`. */
export function admit(queue: QueueState, intent: AllowedIntent, venue: number, now: number, closes: ClosePort): void {
  const entry = queue.get(intent.orderId);
  switch (dominance(entry === undefined ? NOTHING_PENDING : entry.action, intent.action)) {
    case Admission.Append: return append(queue, intent, venue, now);
    case Admission.Supersede: return supersede(entry!, intent, closes);
    case Admission.Drop: return drop(intent, closes);
  }
}

function append(queue: QueueState, intent: AllowedIntent, venue: number, now: number): void {
  const entry = queue.append(intent.orderId, now);
  entry.instrument = intent.instrument;
  entry.venue = venue;
  take(entry, intent);
}

function supersede(entry: QueueEntry, intent: AllowedIntent, closes: ClosePort): void {
  const keepsBase = entry.action === Action.New || entry.hasBase;
  // A NEW that is only amended is not over: it lives on as the entry's base, and ends with it. Everything else displaced ends here.
  if (entry.action !== Action.New || intent.action === Action.New) {
    const { orderId, strategy, instrument, action, price, quantity } = entry;
    closes.closeIntent(orderId, strategy, instrument, action, CloseReason.Superseded, price, quantity);
  }
  if (entry.action === Action.New && intent.action !== Action.New) {
    entry.basePrice = entry.price;
    entry.baseQuantity = entry.quantity;
  }
  entry.hasBase = keepsBase && intent.action !== Action.New;
  take(entry, intent);
}

function drop(intent: AllowedIntent, closes: ClosePort): void {
  const { orderId, strategy, instrument, action, price, quantity } = intent;
  closes.closeIntent(orderId, strategy, instrument, action, CloseReason.Dropped, price, quantity);
}

/** The command's own fields; side, type and time in force stay those of the base. */
function take(entry: QueueEntry, intent: AllowedIntent): void {
  entry.strategy = intent.strategy;
  entry.action = intent.action;
  entry.price = intent.price;
  entry.quantity = intent.quantity;
  if (entry.hasBase) return;
  entry.side = intent.side;
  entry.type = intent.type;
  entry.timeInForce = intent.timeInForce;
}
