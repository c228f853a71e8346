// The Queue's data: allowed, unsent work, at most one effective command per Order id [EC4], in admission order. The
// decisions about it are functions in core/queue/. It holds no truth of its own [EC1], but no Event
// implies its content, so it travels in StateDigest.undecided.

import { assert } from '../../../base/assert.ts';
import { IdTable } from '../../../base/id-table.ts';
import type { DigestFold } from '../../../base/digest-fold.ts';
import type { CoreConfig } from '../../config.ts';

/** One Order id's effective command. Prices and quantities: scaled integers; a CANCEL has none. */
export class QueueEntry {
  orderId = 0;
  strategy = -1;
  instrument = 0;
  venue = 0;
  /** Effective `Action`. */
  action = 0;
  side = 0;
  type = 0;
  timeInForce = 0;
  price = 0;
  quantity = 0;
  /** The command displaced an unsent NEW, whose side, type and time in force are this entry's. */
  hasBase = false;
  basePrice = 0;
  baseQuantity = 0;
  /** Admission order; kept when the entry is amended. */
  rank = 0;
  admittedTime = 0;
}

/** Doubles one entry takes in StateDigest.undecided, in the order of the fields above. */
export const QUEUE_ENTRY_DOUBLES = 15;

export class QueueState {
  /** The first `count` are in use, by rising rank. */
  readonly entries: QueueEntry[] = [];
  count = 0;
  private nextRank = 1;
  private readonly byId: IdTable<QueueEntry>;
  /** Room for `queueEntriesMax` commands and, always, a CANCEL of every live Order. */
  readonly capacity: number;
  private readonly entriesMax: number;

  constructor(config: CoreConfig) {
    this.entriesMax = config.queueEntriesMax;
    this.capacity = config.queueEntriesMax + config.ordersMax;
    this.byId = new IdTable(this.capacity);
    for (let i = 0; i < this.capacity; i++) this.entries.push(new QueueEntry());
  }

  /** No more NEW or REPLACE; a CANCEL always fits. */
  get full(): boolean {
    return this.count >= this.entriesMax;
  }

  get(orderId: number): QueueEntry | undefined {
    return this.byId.get(orderId);
  }

  /** A new entry at the end, to be filled in by the caller. */
  append(orderId: number, now: number): QueueEntry {
    assert(this.byId.get(orderId) === undefined, 'EC4: at most one effective command per Order id');
    assert(this.count < this.capacity, 'Invariant: Risk denies work beyond queueEntriesMax');
    const entry = this.entries[this.count++]!;
    entry.orderId = orderId;
    entry.rank = this.nextRank++;
    entry.admittedTime = now;
    entry.hasBase = false;
    this.byId.add(orderId, entry);
    return entry;
  }

  /** Removes the entries for which `done` was set, keeping order. `done[i]` belongs to `entries[i]` and is cleared. */
  removeMarked(done: Uint8Array): void {
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      const entry = this.entries[i]!;
      if (done[i] !== 0) {
        done[i] = 0;
        this.byId.remove(entry.orderId);
        continue;
      }
      this.entries[i] = this.entries[kept]!;
      this.entries[kept++] = entry;
    }
    this.count = kept;
  }

  fold(digest: DigestFold): void {
    digest.add(this.nextRank);
    digest.add(this.count);
    for (let i = 0; i < this.count; i++) {
      store(this.entries[i]!, foldScratch, 0);
      for (let field = 0; field < QUEUE_ENTRY_DOUBLES; field++) digest.add(foldScratch[field]!);
    }
  }

  /** Writes [nextRank, count, entries…] at `offset`; returns the offset after it. */
  save(target: Float64Array, offset: number): number {
    target[offset] = this.nextRank;
    target[offset + 1] = this.count;
    let next = offset + 2;
    for (let i = 0; i < this.count; i++, next += QUEUE_ENTRY_DOUBLES) store(this.entries[i]!, target, next);
    return next;
  }

  /** Reads what `save` wrote; returns the offset after it. */
  restore(source: Float64Array, offset: number): number {
    this.byId.clear();
    this.nextRank = source[offset]!;
    this.count = source[offset + 1]!;
    assert(this.count <= this.capacity, 'Invariant: a recorded Queue fits queueEntriesMax');
    let next = offset + 2;
    for (let i = 0; i < this.count; i++, next += QUEUE_ENTRY_DOUBLES) {
      fetch(this.entries[i]!, source, next);
      this.byId.add(this.entries[i]!.orderId, this.entries[i]!);
    }
    return next;
  }
}

const foldScratch = new Float64Array(QUEUE_ENTRY_DOUBLES);

function store(entry: QueueEntry, target: Float64Array, at: number): void {
  target[at] = entry.orderId;
  target[at + 1] = entry.strategy;
  target[at + 2] = entry.instrument;
  target[at + 3] = entry.venue;
  target[at + 4] = entry.action;
  target[at + 5] = entry.side;
  target[at + 6] = entry.type;
  target[at + 7] = entry.timeInForce;
  target[at + 8] = entry.price;
  target[at + 9] = entry.quantity;
  target[at + 10] = entry.hasBase ? 1 : 0;
  target[at + 11] = entry.hasBase ? entry.basePrice : 0;
  target[at + 12] = entry.hasBase ? entry.baseQuantity : 0;
  target[at + 13] = entry.rank;
  target[at + 14] = entry.admittedTime;
}

function fetch(entry: QueueEntry, source: Float64Array, at: number): void {
  entry.orderId = source[at]!;
  entry.strategy = source[at + 1]!;
  entry.instrument = source[at + 2]!;
  entry.venue = source[at + 3]!;
  entry.action = source[at + 4]!;
  entry.side = source[at + 5]!;
  entry.type = source[at + 6]!;
  entry.timeInForce = source[at + 7]!;
  entry.price = source[at + 8]!;
  entry.quantity = source[at + 9]!;
  entry.hasBase = source[at + 10] !== 0;
  entry.basePrice = source[at + 11]!;
  entry.baseQuantity = source[at + 12]!;
  entry.rank = source[at + 13]!;
  entry.admittedTime = source[at + 14]!;
}
