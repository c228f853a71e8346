// Watches the numbers of Kraken's private channels, one chain per channel: a number that stays away means that a message was
// lost, and the stream cannot be believed any more. Numbers that come late or twice are noticed, not mended. Reads no clock.

interface Chain { last: number; missing: Map<number, number> }

/** More missing at once is no reordering. */
const MISSING_MAX = 64;

export class SequenceWatch {
  private readonly patienceNs: number;
  private readonly chains = new Map<string, Chain>();
  private isLost = false;

  constructor(patienceNs: number) {
    this.patienceNs = patienceNs;
  }

  reset(): void {
    this.chains.clear();
    this.isLost = false;
  }

  /** True: it is behind one that came earlier. `sequence` 0: not numbered. */
  note(channel: string, sequence: number, isSnapshot: boolean, now: number): boolean {
    if (sequence === 0) return false;
    const chain = this.chains.get(channel);
    if (chain === undefined || isSnapshot) {
      this.chains.set(channel, { last: sequence, missing: new Map() });
      return false;
    }
    if (sequence <= chain.last) {
      chain.missing.delete(sequence);
      return true;
    }
    if (sequence - chain.last > MISSING_MAX) this.isLost = true;
    else for (let number = chain.last + 1; number < sequence; number += 1) chain.missing.set(number, now + this.patienceNs);
    chain.last = sequence;
    return false;
  }

  /** Something was waited for long enough. */
  isBroken(now: number): boolean {
    return this.isLost || this.due <= now;
  }

  /** When the first missing number is given up; Infinity: none is missing. */
  get due(): number {
    let due = this.isLost ? -Infinity : Infinity;
    for (const { missing } of this.chains.values()) for (const at of missing.values()) due = Math.min(due, at);
    return due;
  }
}
