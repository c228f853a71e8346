// Frames of one book that could not be placed yet: before a snapshot, or after an update that another socket may still
// bring. Bounded in number and in bytes: the oldest goes first, and whoever needed it hears of a gap.

export interface KeptFrame {
  readonly bytes: Uint8Array;
  readonly captureTime: bigint;
  /** Number of the last change in it. */
  readonly last: number;
  /** Which of the desk's frames it was: one frame is kept once. */
  readonly ordinal: number;
}

const KEPT_FRAMES_MAX = 4096;
const KEPT_BYTES_MAX = 16 * 1024 * 1024;

export class KeptFrames {
  private readonly frames: KeptFrame[] = [];
  private sizeBytes = 0;

  get count(): number {
    return this.frames.length;
  }

  at(index: number): KeptFrame {
    return this.frames[index];
  }

  /** Copies the bytes. One without a number never follows anything: kept, it would stand in the way of every snapshot. */
  keep(frame: Uint8Array, captureTime: bigint, last: number, ordinal: number): void {
    if (Number.isNaN(last) || this.frames.at(-1)?.ordinal === ordinal) return;
    this.frames.push({ bytes: frame.slice(), captureTime, last, ordinal });
    this.sizeBytes += frame.length;
    while (this.frames.length > KEPT_FRAMES_MAX || this.sizeBytes > KEPT_BYTES_MAX) this.remove(0);
  }

  remove(index: number): void {
    const [removed] = this.frames.splice(index, 1);
    this.sizeBytes -= removed.bytes.length;
  }

  /** One numbered beyond all that its sockets have brought since is no continuation: the Venue's numbers went back. */
  dropBeyond(number: number): void {
    for (let i = this.frames.length - 1; i >= 0; i -= 1) if (this.frames[i].last > number) this.remove(i);
  }

  clear(): void {
    this.frames.length = 0;
    this.sizeBytes = 0;
  }

  /** The lowest `last` of all; NaN when there is none. */
  lowest(): number {
    let lowest = NaN;
    for (const { last } of this.frames) if (!(lowest <= last)) lowest = last;
    return lowest;
  }
}
