// Objects by a safe-integer id: open addressing over typed memory, because a Map hashes and boxes every id beyond 31 bits,
// and Order ids are. Allocated once; owns no rule. Id 0 is not an id.

import { assert } from './assert.ts';

export class IdTable<T> {
  private readonly ids: Float64Array;
  private readonly values: (T | undefined)[];
  private readonly mask: number;
  private readonly capacity: number;
  private count = 0;

  /** Room for `capacity` objects, at most half of the slots. */
  constructor(capacity: number) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(8, capacity * 2)));
    this.ids = new Float64Array(size);
    this.values = new Array<T | undefined>(size).fill(undefined);
    this.mask = size - 1;
    this.capacity = capacity;
  }

  /** Anything may be asked for: a Strategy's nonsense is the id of nothing. */
  get(id: number): T | undefined {
    return typeof id === 'number' ? this.values[this.slotOf(id)] : undefined;
  }

  /** Adds an object under an id that has none. */
  add(id: number, value: T): void {
    assert(this.count < this.capacity, 'Invariant: an id table keeps within its capacity');
    const slot = this.slotOf(id);
    assert(this.values[slot] === undefined && id > 0, 'Invariant: an id is added once, and is positive');
    this.ids[slot] = id;
    this.values[slot] = value;
    this.count++;
  }

  /** Removes what is there under the id, if anything. Later members of its probe chain move up. */
  remove(id: number): void {
    let hole = this.slotOf(id);
    if (this.values[hole] === undefined) return;
    this.count--;
    let slot = (hole + 1) & this.mask;
    while (this.values[slot] !== undefined) {
      const home = this.home(this.ids[slot]!);
      if (((slot - home) & this.mask) >= ((slot - hole) & this.mask)) {
        this.ids[hole] = this.ids[slot]!;
        this.values[hole] = this.values[slot];
        hole = slot;
      }
      slot = (slot + 1) & this.mask;
    }
    this.ids[hole] = 0;
    this.values[hole] = undefined;
  }

  clear(): void {
    this.ids.fill(0);
    this.values.fill(undefined);
    this.count = 0;
  }

  /** Slot that holds the id, or the empty one where it belongs. */
  private slotOf(id: number): number {
    let slot = this.home(id);
    while (this.values[slot] !== undefined && this.ids[slot] !== id) slot = (slot + 1) & this.mask;
    return slot;
  }

  private home(id: number): number {
    const high = (id / 4_294_967_296) | 0;
    return (Math.imul((id | 0) ^ Math.imul(high, 0x85ebca6b | 0), 0x9e3779b1 | 0) >>> 7) & this.mask;
  }
}
