// Intents of one step: commands a Strategy (or an operator's act) emits. They live until the step ends and are never
// stored [L1]. The buffer is allocated once; emission writes numbers into it.

import { assert } from '../../base/assert.ts';
import { SESSION_ORDINAL_MAX } from '../../event/session-ordinal.ts';

/** Strategy index of Intents that an operator's Event caused. */
export const OPERATOR = -1;

/** Order ids: session ordinal × 2^41 + input ordinal × 64 + NEW index in the step. Unique over sessions, never reused. */
export const ORDER_ID_SESSION = 2 ** 41;
export const ORDER_IDS_PER_INPUT = 64;
const INPUTS_MAX = ORDER_ID_SESSION / ORDER_IDS_PER_INPUT - 1;

assert((SESSION_ORDINAL_MAX + 1) * ORDER_ID_SESSION - 1 <= Number.MAX_SAFE_INTEGER, 'Invariant: Order ids are safe integers');

/** The first Order id of an input's step. */
export function orderIdBase(sessionOrdinal: number, inputs: number): number {
  assert(sessionOrdinal <= SESSION_ORDINAL_MAX, 'Invariant: at most 4095 sessions share an Order id space');
  assert(inputs <= INPUTS_MAX, 'Invariant: a session holds fewer than 2^35 inputs; end it and start the next');
  return sessionOrdinal * ORDER_ID_SESSION + inputs * ORDER_IDS_PER_INPUT;
}

/** A command, not yet judged. Prices and quantities: the instrument's scaled integers. */
export class Intent {
  strategy = OPERATOR;
  action = 0;
  orderId = 0;
  instrument = 0;
  side = 0;
  type = 0;
  timeInForce = 0;
  price = 0;
  quantity = 0;
  /** A NEW whose id the Core gave out for it; otherwise the id must be one that is queued. */
  fresh = false;
}

declare const judged: unique symbol;

/** An Intent Risk allowed. Only core/risk/ can make one [R1]; the Queue admits nothing else. */
export type AllowedIntent = Intent & { readonly [judged]: 'allowed by Risk' };

export class IntentBuffer {
  readonly intents: Intent[] = [];
  count = 0;
  private newCount = 0;
  private idBase = 0;
  private readonly capacity: number;
  /** Room that the Strategy being consulted leaves to those consulted after it. */
  private reserved = 0;
  private markedCount = 0;
  private markedNewCount = 0;

  constructor(capacity: number) {
    assert(capacity <= ORDER_IDS_PER_INPUT, 'Invariant: a step emits at most 64 Intents');
    this.capacity = capacity;
    for (let i = 0; i < capacity; i++) this.intents.push(new Intent());
  }

  begin(idBase: number): void {
    this.count = 0;
    this.newCount = 0;
    this.idBase = idBase;
    this.reserved = 0;
  }

  /** A Strategy is consulted next, the `index`-th of `count` in this step: an equal share is kept for each that follows. */
  share(index: number, count: number): void {
    this.reserved = Math.floor(this.capacity / count) * (count - 1 - index);
    this.markedCount = this.count;
    this.markedNewCount = this.newCount;
  }

  get room(): number {
    return this.capacity - this.reserved - this.count;
  }

  /** The next Intent to fill in. Throws a RangeError when there is no room: the emitting Strategy's failure. */
  next(strategy: number, action: number): Intent {
    if (this.room === 0) throw new RangeError(this.noRoom());
    const intent = this.intents[this.count++]!;
    intent.strategy = strategy;
    intent.action = action;
    intent.fresh = false;
    return intent;
  }

  nextOrderId(): number {
    return this.idBase + this.newCount++;
  }

  /** Drops what was emitted since `share`: a Strategy that threw emits nothing. Its ids are given out again. */
  rewind(): void {
    this.count = this.markedCount;
    this.newCount = this.markedNewCount;
  }

  private noRoom(): string {
    const share = this.capacity - this.reserved - this.markedCount;
    return `found one Intent more than fits: a step emits at most ${this.capacity} (execution.intentsPerStepMax), this Strategy at most `
      + `${share} in this one, because others follow or went before; look at intents.room`;
  }
}
