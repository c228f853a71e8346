// The bounded buffer between the thread that hears a Venue and the thread that writes: one producer, one consumer, no
// lock, no wait. A slot is a raw record as it will stand in the file (raw-format.ts), padded to 8 bytes:
//
//   │ size │ crc │ time │ … body │pad│ size │ … │ −rest │ (skipped to the end) ┆ wraps to 0
//     ↑ commit word: stored last, with release order; 0: nothing here yet; negative: nothing up to the end
//
// The producer claims, writes, sets the next commit word to zero and only then stores its own: a consumer that sees a
// size sees the whole record. Positions count bytes since the start and wrap at 2³².

/** Records begin at multiples of this. */
const RING_ALIGNMENT = 8;
export const RING_CAPACITY_MIN = 1 << 16;
const RING_CAPACITY_MAX = 1 << 30;

/** What both threads hold; the buffers of a worker's start message. */
export interface RingMemory {
  readonly bytes: SharedArrayBuffer;
  readonly control: SharedArrayBuffer;
}

/** Indices into the control words. Each that one side writes often has a cache line of its own. */
export enum Control {
  /** Stored by the consumer: everything before it is free. Pairs with the producer's load in `claim`. */
  Head = 0,
  /** Consumer → producer: a StallReason. */
  Stall = 16,
  /** Producer → consumer: end in order when the ring is empty. */
  Closing = 32,
  /** The consumer sleeps on it; the producer wakes it when much waits, or to end. */
  Wake = 33,
  Size = 48,
}

/** Why the consumer does not empty the ring: what a hole that follows is put down to. */
export enum StallReason { None, NoSpace, Unwritable }

export enum Claim { Full = -1, Oversize = -2 }

/** `capacity`: bytes; a power of two. */
export function createRing(capacity: number): RingMemory {
  const isPower = Number.isInteger(capacity) && capacity > 0 && (capacity & (capacity - 1)) === 0;
  if (!isPower || capacity < RING_CAPACITY_MIN || capacity > RING_CAPACITY_MAX) {
    throw new RangeError(`ring of ${capacity} bytes: expected a power of two from ${RING_CAPACITY_MIN} to ${RING_CAPACITY_MAX}`);
  }
  const bytes = new SharedArrayBuffer(capacity);
  // Touched now: otherwise each page costs the first frame that reaches it a fault.
  new Uint8Array(bytes).fill(0);
  return { bytes, control: new SharedArrayBuffer(Control.Size * Int32Array.BYTES_PER_ELEMENT) };
}

export class RingWriter {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly times: BigUint64Array;
  readonly capacity: number;
  /** A larger record might never find room in one piece. */
  readonly recordSizeMax: number;
  private readonly control: Int32Array;
  private readonly mask: number;
  private tail = 0;
  /** What the head was when it was last looked at: the room known of is never more than there is. */
  private knownHead = 0;

  constructor(memory: RingMemory) {
    this.bytes = new Uint8Array(memory.bytes);
    this.words = new Int32Array(memory.bytes);
    this.times = new BigUint64Array(memory.bytes);
    this.control = new Int32Array(memory.control);
    this.capacity = this.bytes.length;
    this.mask = this.capacity - 1;
    this.recordSizeMax = this.capacity / 2 - RING_ALIGNMENT;
  }

  /** The offset at which `size` bytes may be written before `commit`, or a Claim: then nothing changed. */
  claim(size: number): number {
    if (size > this.recordSizeMax) return Claim.Oversize;
    const length = aligned(size);
    const offset = this.tail & this.mask;
    const rest = this.capacity - offset;
    // The commit word behind the record is zeroed too, and must not be one that still waits to be read.
    const needed = (length > rest ? rest + length : length) + RING_ALIGNMENT;
    if (!this.hasRoom(needed)) return Claim.Full;
    if (length <= rest) return offset;
    this.words[0] = 0;
    Atomics.store(this.words, offset >> 2, -rest);
    this.tail = (this.tail + rest) | 0;
    return 0;
  }

  commit(offset: number, size: number): void {
    const length = aligned(size);
    this.words[((offset + length) & this.mask) >> 2] = 0;
    Atomics.store(this.words, offset >> 2, size);
    this.tail = (this.tail + length) | 0;
    // A consumer that sleeps wakes by itself in good time; only a burst is worth the call.
    if (this.used() > this.capacity >> 1) Atomics.notify(this.control, Control.Wake);
  }

  /** Bytes that wait, as far as known: at most too many. */
  private used(): number {
    return (this.tail - this.knownHead) | 0;
  }

  /** Bytes that wait now. */
  measure(): number {
    this.knownHead = Atomics.load(this.control, Control.Head);
    return this.used();
  }

  private hasRoom(needed: number): boolean {
    return this.capacity - this.used() >= needed || this.capacity - this.measure() >= needed;
  }
}

export class RingReader {
  readonly bytes: Uint8Array;
  readonly times: BigUint64Array;
  /** Of the record `peek` found. */
  size = 0;
  private readonly words: Int32Array;
  private readonly control: Int32Array;
  private readonly mask: number;
  private head: number;

  /** Goes on where the consumer before it stopped. */
  constructor(memory: RingMemory) {
    this.bytes = new Uint8Array(memory.bytes);
    this.words = new Int32Array(memory.bytes);
    this.times = new BigUint64Array(memory.bytes);
    this.control = new Int32Array(memory.control);
    this.mask = this.bytes.length - 1;
    this.head = Atomics.load(this.control, Control.Head);
  }

  /** Offset of the oldest record, valid until `release`; -1: there is none. */
  peek(): number {
    let offset = this.head & this.mask;
    let size = Atomics.load(this.words, offset >> 2);
    if (size < 0) {
      this.advance(-size);
      offset = 0;
      size = Atomics.load(this.words, 0);
    }
    if (size === 0) return -1;
    this.size = size;
    return offset;
  }

  /** The record `peek` found is done with. */
  release(): void {
    this.advance(aligned(this.size));
  }

  private advance(length: number): void {
    this.head = (this.head + length) | 0;
    Atomics.store(this.control, Control.Head, this.head);
  }
}

function aligned(size: number): number {
  return (size + RING_ALIGNMENT - 1) & -RING_ALIGNMENT;
}
