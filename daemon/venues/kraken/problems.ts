// What Kraken sent that this gateway could not use: every occurrence counted, each kind told once with a sample. A
// flood of bad frames must not become a flood of log lines.

export type ProblemKind =
  | 'malformed frame' | 'oversize frame' | 'unknown channel' | 'unknown message' | 'unknown symbol' | 'unknown type'
  | 'bad level' | 'bad print' | 'checksum mismatch' | 'crossed book' | 'unreadable timestamp' | 'request refused'
  | 'unknown system state' | 'unexpected depth' | 'trade snapshot';

export interface Problem {
  readonly kind: ProblemKind;
  /** What was found, cut to a length a log line can bear. */
  readonly sample: string;
}

const SAMPLE_MAX = 200;

export class Problems {
  private readonly counts = new Map<ProblemKind, number>();
  private readonly tell: (problem: Problem) => void;

  constructor(tell: (problem: Problem) => void) {
    this.tell = tell;
  }

  note(kind: ProblemKind, sample: string): void {
    const count = this.counts.get(kind) ?? 0;
    this.counts.set(kind, count + 1);
    if (count === 0) this.tell({ kind, sample: sample.slice(0, SAMPLE_MAX) });
  }

  count(kind: ProblemKind): number {
    return this.counts.get(kind) ?? 0;
  }

  get total(): number {
    let total = 0;
    for (const count of this.counts.values()) total += count;
    return total;
  }
}
