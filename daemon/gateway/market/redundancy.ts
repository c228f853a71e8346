// Several sockets for one feed (G2): first arrival wins, and a socket that dies costs nothing while another carries the book.
// Where updates are numbered, BookRule tells old from new and this file only remembers how far each socket is. Where they
// are not, an update is known by a hash of its frame: FrameLog. Decides about order alone; knows no level and no Event.
//
//   log of one book      … e4  e5  e6  e7 ← head
//   socket 0 (current)                 ↑   its next frame extends the book
//   socket 1 (behind)         ↑            its next frames are in the log: nothing new
//   socket 2 (not aligned)   none          nothing of it was seen in the log yet: its frames prove nothing

const LOG_SIZE = 1024;
const LOG_MASK = LOG_SIZE - 1;
const NOT_ALIGNED = -1;

/** What an update is, seen from the log. */
export enum Place {
  /** The socket had everything before it: it extends the book. */
  Next,
  /** Another socket brought it. */
  Known,
  /** The socket is not aligned, or knows something that the log does not: nothing can be said yet. */
  Unknown,
  /** The socket had an update that the log lacks, and then one that the log has: the book lost it. */
  Lost,
}

/** The updates of one unnumbered book since its snapshot, and where each socket stands among them. */
export class FrameLog {
  private readonly hashes = new Float64Array(LOG_SIZE);
  /** Updates since the snapshot. The snapshot itself is number 0. */
  private head = 0;
  /** Hash of the snapshot; 0: it came over HTTP. */
  private start = 0;
  private readonly positions: Float64Array;
  /** Of each socket: the last update that was not in the log, 0: none. */
  private readonly pending: Float64Array;
  /** Of each socket: the first such update while it was aligned; 0: none. */
  private readonly doubts: Float64Array;

  constructor(copies: number) {
    this.positions = new Float64Array(copies).fill(NOT_ALIGNED);
    this.pending = new Float64Array(copies);
    this.doubts = new Float64Array(copies);
  }

  isAligned(copy: number): boolean {
    return this.positions[copy] !== NOT_ALIGNED;
  }

  /** The book begins anew with a snapshot, of this hash, that this socket brought. */
  restart(copy: number, start: number): void {
    this.clear();
    this.start = start;
    this.positions[copy] = 0;
  }

  /** A snapshot that was not applied: the same one on another socket says where that socket begins. */
  beganWith(copy: number, start: number): void {
    if (start === this.start && start !== 0 && !this.isAligned(copy)) this.positions[copy] = 0;
  }

  clear(): void {
    this.head = 0;
    this.start = 0;
    this.positions.fill(NOT_ALIGNED);
    this.pending.fill(0);
    this.doubts.fill(0);
  }

  /** The socket closed, or what it says is no longer believed. */
  forget(copy: number): void {
    this.positions[copy] = NOT_ALIGNED;
    this.pending[copy] = 0;
    this.doubts[copy] = 0;
  }

  place(copy: number, hash: number): Place {
    // Further behind than the log reaches: what it missed cannot be told any more.
    if (this.positions[copy] < this.head - LOG_SIZE) this.forget(copy);
    const position = this.positions[copy];
    if (position === this.head) return Place.Next;
    const found = this.find(hash, position);
    if (found < 0) {
      if (position !== NOT_ALIGNED) this.doubts[copy] = hash;
      this.positions[copy] = NOT_ALIGNED;
      this.pending[copy] = hash;
      return Place.Unknown;
    }
    this.positions[copy] = found;
    this.pending[copy] = 0;
    return this.doubts[copy] === 0 ? Place.Known : Place.Lost;
  }

  /** The book was extended by this socket. False: another socket shows that an update before it was lost. */
  extend(copy: number, hash: number): boolean {
    this.head += 1;
    this.hashes[this.head & LOG_MASK] = hash;
    this.positions[copy] = this.head;
    let isWhole = true;
    for (let other = 0; other < this.positions.length; other += 1) {
      if (this.doubts[other] === hash) this.doubts[other] = 0;
      if (this.pending[other] !== hash) continue;
      this.pending[other] = 0;
      this.positions[other] = this.head;
      if (this.doubts[other] !== 0) isWhole = false;
    }
    return isWhole;
  }

  /** Where after `position` the log has it; -1: nowhere. */
  private find(hash: number, position: number): number {
    const oldest = Math.max(1, this.head - LOG_SIZE + 1);
    if (position !== NOT_ALIGNED) {
      for (let at = Math.max(position + 1, oldest); at <= this.head; at += 1) {
        if (this.hashes[at & LOG_MASK] === hash) return at;
      }
      return -1;
    }
    for (let at = this.head; at >= oldest; at -= 1) {
      if (this.hashes[at & LOG_MASK] === hash) return at;
    }
    return -1;
  }
}

/** Prints of one instrument that were passed on: the same print from a second socket is not news. */
export class PrintLog {
  private readonly seen = new Float64Array(LOG_SIZE);
  private count = 0;
  private highest = 0;

  /** `key`: the Venue's id, or a hash where it has none. Remembers it. */
  isNew(key: number): boolean {
    if (key <= this.highest && this.seen.includes(key)) return false;
    if (key > this.highest) this.highest = key;
    this.seen[this.count & LOG_MASK] = key;
    this.count += 1;
    return true;
  }
}

/** 52 bits over the bytes of a frame; never 0. Two rounds of 32 bits each, four bytes at a time. */
export function frameHash(frame: Uint8Array): number {
  const { length } = frame;
  let low = 0x811c9dc5 ^ length;
  let high = 0x9e3779b1;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    const word = frame[at] | (frame[at + 1] << 8) | (frame[at + 2] << 16) | (frame[at + 3] << 24);
    low = Math.imul(low ^ word, 0x01000193);
    low ^= low >>> 15;
    high = Math.imul(high ^ word, 0x85ebca6b);
    high ^= high >>> 13;
  }
  for (; at < length; at += 1) {
    low = Math.imul(low ^ frame[at], 0x01000193);
    high = Math.imul(high ^ frame[at], 0x85ebca6b);
  }
  low = Math.imul(low ^ (low >>> 16), 0xc2b2ae35);
  high = Math.imul(high ^ (high >>> 16), 0x27d4eb2f);
  return ((high ^ (high >>> 13)) & 0xf_ffff) * 4_294_967_296 + ((low ^ (low >>> 13)) >>> 0) + 1;
}
