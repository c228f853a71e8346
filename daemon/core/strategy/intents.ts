// How a Strategy emits Intents. Nonsense (fractions, NaN, unknown instruments) is not refused here: it becomes an Intent
// that Risk denies with a reason, so that it is on the record.

import { Action, OrderType, TimeInForce } from '../../event/kinds.ts';
import { type Intent, type IntentBuffer, OPERATOR } from '../intent/intent.ts';

export interface SubmitOptions {
  readonly type?: OrderType;
  readonly timeInForce?: TimeInForce;
}

const DEFAULTS: SubmitOptions = Object.freeze({});

export class Intents {
  readonly #buffer: IntentBuffer;
  #strategy = OPERATOR;
  #instruments: readonly number[] = [];

  constructor(buffer: IntentBuffer) {
    this.#buffer = buffer;
    Object.freeze(this);
  }

  /** For the Core: whose Intents follow. */
  static begin(intents: Intents, strategy: number, instruments: readonly number[]): void {
    intents.#strategy = strategy;
    intents.#instruments = instruments;
  }

  /** How many more this Strategy may emit in this step: what is left of the step's, less a share for each that follows. */
  get room(): number {
    return this.#buffer.room;
  }

  /**
   * NEW. `instrument`: index in the Strategy's list; `price` and `quantity`: scaled integers (price is ignored for a
   * market order). Returns the Order id: the Order exists once it is dispatched; a denied one never will.
   * Throws when there is no room.
   */
  submit(instrument: number, side: number, price: number, quantity: number, options: SubmitOptions = DEFAULTS): number {
    const intent = this.#emitNew(0, instrument, side, price, quantity, options);
    intent.fresh = true;
    intent.orderId = this.#buffer.nextOrderId();
    return intent.orderId;
  }

  /** NEW again for an id whose NEW is still queued: replaces it in the Queue. Denied once the Order was sent. */
  resubmit(orderId: number, instrument: number, side: number, price: number, quantity: number, options: SubmitOptions = DEFAULTS): void {
    this.#emitNew(orderId, instrument, side, price, quantity, options);
  }

  #emitNew(id: number, instrument: number, side: number, price: number, quantity: number, options: SubmitOptions): Intent {
    const intent = this.#buffer.next(this.#strategy, Action.New);
    const index = this.#instruments[instrument];
    intent.orderId = id;
    intent.instrument = index === undefined ? -1 : index;
    intent.side = side;
    intent.type = options.type ?? OrderType.Limit;
    intent.timeInForce = options.timeInForce ?? TimeInForce.GoodTillCancel;
    intent.price = price;
    intent.quantity = quantity;
    return intent;
  }

  /** REPLACE: absolute new price and total quantity (including what is filled). */
  replace(orderId: number, price: number, quantity: number): void {
    const intent = this.#buffer.next(this.#strategy, Action.Replace);
    intent.orderId = orderId;
    intent.price = price;
    intent.quantity = quantity;
  }

  cancel(orderId: number): void {
    const intent = this.#buffer.next(this.#strategy, Action.Cancel);
    intent.orderId = orderId;
    intent.price = 0;
    intent.quantity = 0;
  }
}
