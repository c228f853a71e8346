// What a Venue sent that this gateway could not use: every occurrence counted, each kind told once with a sample. A
// flood of bad frames must not become a flood of log lines, nor text that the Venue chose a table without end.

export interface Problem {
  readonly kind: string;
  /** What was found, cut to a length a log line can bear. */
  readonly sample: string;
}

const SAMPLE_MAX = 200;
/** Read beyond the cut, so that a secret which the cut falls into is known for one. */
const SECRET_MAX = 400;
/** Of kinds whose names hold the Venue's own words. */
const UNKNOWN_MAX = 32;
const WORDS_MAX = 60;

export class Problems {
  private readonly counts = new Map<string, number>();
  private unknownCount = 0;
  private readonly tell: (problem: Problem) => void;
  private readonly clean: (text: string) => string;
  private readonly text = new TextDecoder();

  /** `clean` takes secrets out: kinds become labels of metrics. */
  constructor(tell: (problem: Problem) => void, clean: (text: string) => string = (text) => text) {
    this.tell = tell;
    this.clean = clean;
  }

  note(kind: string, sample: string): void {
    if (this.isFirst(kind)) this.tellFirst(kind, sample.slice(0, SAMPLE_MAX + SECRET_MAX));
  }

  /** The sample is bytes [from, to) of a frame, read as text only when it is told. */
  noteBytes(kind: string, frame: Uint8Array, from = 0, to = frame.length): void {
    if (!this.isFirst(kind)) return;
    this.tellFirst(kind, this.text.decode(frame.subarray(from, Math.min(to, from + SAMPLE_MAX + SECRET_MAX))));
  }

  /** `what`: in the adapter's words and the Venue's, such as `channel ticker`. */
  noteUnknown(what: string, sample: string): void {
    let kind = `unknown ${this.clean(what.slice(0, WORDS_MAX + SECRET_MAX)).slice(0, WORDS_MAX)}`;
    if (!this.counts.has(kind) && (this.unknownCount += 1) > UNKNOWN_MAX) kind = 'unknown message';
    this.note(kind, sample);
  }

  count(kind: string): number {
    return this.counts.get(kind) ?? 0;
  }

  /** Every kind so far. */
  kinds(): ReadonlyMap<string, number> {
    return this.counts;
  }

  get total(): number {
    let total = 0;
    for (const count of this.counts.values()) total += count;
    return total;
  }

  private tellFirst(kind: string, sample: string): void {
    this.tell({ kind, sample: this.clean(sample).slice(0, SAMPLE_MAX) });
  }

  private isFirst(kind: string): boolean {
    const count = this.counts.get(kind) ?? 0;
    this.counts.set(kind, count + 1);
    return count === 0;
  }
}
