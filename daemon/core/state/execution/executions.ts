// The Venue execution ids already applied: a bounded memory, oldest forgotten first, those of live Orders last of all,
// because a gateway that starts anew tells them again. Recognises duplicate fills whether or not their Order is known.

import type { DigestFold } from '../../../base/digest-fold.ts';

/** What decides which ids may be forgotten. */
export interface LiveOrders {
  mayFill(orderId: number): boolean;
}

/** Open addressing over 2^`bits` slots, at most half full. Keys are (venue, 64-bit id as two words). */
export class ExecutionIds {
  private readonly low: Int32Array;
  private readonly high: Int32Array;
  /** Venue + 1; 0 is an empty slot. */
  private readonly venue: Uint16Array;
  private readonly ring: Int32Array;
  /** By entry of the ring: the Order it was executed for. */
  private readonly owner: Float64Array;
  private readonly orders: LiveOrders;
  private readonly mask: number;
  private ringNext = 0;
  private count = 0;
  /** Moved by every id ever applied. */
  private fingerprint = 0;

  constructor(bits: number, orders: LiveOrders) {
    const size = 2 ** bits;
    this.low = new Int32Array(size);
    this.high = new Int32Array(size);
    this.venue = new Uint16Array(size);
    this.ring = new Int32Array((size / 2) * 3);
    this.owner = new Float64Array(size / 2);
    this.orders = orders;
    this.mask = size - 1;
  }

  /** True when the id is new; it is remembered from now on. An absent id (0, 0) is always new. */
  admit(venue: number, low: number, high: number, orderId: number): boolean {
    const l = low | 0;
    const h = high | 0;
    if (l === 0 && h === 0) return true;
    let slot = this.slotOf(venue, l, h);
    if (this.venue[slot] !== 0) return false;
    if (this.count === this.owner.length) {
      this.forgetOldest();
      slot = this.slotOf(venue, l, h);
    }
    this.low[slot] = l;
    this.high[slot] = h;
    this.venue[slot] = venue + 1;
    this.owner[this.ringNext / 3] = orderId;
    this.remember(venue, l, h);
    return true;
  }

  /** The last `most` ids of one Venue, oldest first, each as 16 hexadecimal digits. Cold. */
  recent(venue: number, most: number): string[] {
    const ids: string[] = [];
    for (let back = 1; back <= this.count && ids.length < most; back++) {
      const at = (this.ringNext - 3 * back + 3 * this.ring.length) % this.ring.length;
      if (this.ring[at] !== venue) continue;
      ids.push([this.ring[at + 2]!, this.ring[at + 1]!].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join(''));
    }
    return ids.reverse();
  }

  fold(digest: DigestFold): void {
    digest.addWord(this.fingerprint);
    digest.addWord(this.count);
  }

  private remember(venue: number, low: number, high: number): void {
    this.ring[this.ringNext] = venue;
    this.ring[this.ringNext + 1] = low;
    this.ring[this.ringNext + 2] = high;
    this.ringNext = (this.ringNext + 3) % this.ring.length;
    this.count++;
    this.fingerprint = (Math.imul(this.fingerprint ^ low, 0x9e3779b1 | 0) ^ Math.imul(high + venue, 0x85ebca77 | 0)) | 0;
  }

  /** An id of a live Order becomes the newest instead, unless there are no others. Only when the ring is full. */
  private forgetOldest(): void {
    for (let passed = 0; passed < this.owner.length && this.orders.mayFill(this.owner[this.ringNext / 3]!); passed++) {
      this.ringNext = (this.ringNext + 3) % this.ring.length;
    }
    const oldest = this.ringNext;
    this.removeAt(this.slotOf(this.ring[oldest]!, this.ring[oldest + 1]!, this.ring[oldest + 2]!));
    this.count--;
  }

  /** Slot that holds the key, or the empty one where it belongs. */
  private slotOf(venue: number, low: number, high: number): number {
    let slot = this.home(low, high);
    while (this.venue[slot] !== 0) {
      if (this.low[slot] === low && this.high[slot] === high && this.venue[slot] === venue + 1) return slot;
      slot = (slot + 1) & this.mask;
    }
    return slot;
  }

  private home(low: number, high: number): number {
    return (Math.imul(low ^ (high >>> 7), 0x9e3779b1 | 0) >>> 8) & this.mask;
  }

  /** Backward-shift deletion keeps probe chains whole. */
  private removeAt(start: number): void {
    let hole = start;
    let slot = (hole + 1) & this.mask;
    while (this.venue[slot] !== 0) {
      const home = this.home(this.low[slot]!, this.high[slot]!);
      if (((slot - home) & this.mask) >= ((slot - hole) & this.mask)) {
        this.low[hole] = this.low[slot]!;
        this.high[hole] = this.high[slot]!;
        this.venue[hole] = this.venue[slot]!;
        hole = slot;
      }
      slot = (slot + 1) & this.mask;
    }
    this.venue[hole] = 0;
  }
}
