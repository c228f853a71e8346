// Counts the Market frames dropped per instrument during a flood, so that what is recorded adds up to what was dropped.
// Decides nothing.

export class ShedAccount {
  private readonly unreported: Float64Array;
  private readonly shedding: Uint8Array;
  private openCount: number;

  constructor(instrumentCount: number) {
    this.unreported = new Float64Array(instrumentCount);
    this.shedding = new Uint8Array(instrumentCount);
    this.openCount = 0;
  }

  /** One frame dropped. True for the first of an episode: the gap must be recorded before anything else is. */
  note(instrument: number): boolean {
    if (this.shedding[instrument] === 1) {
      this.unreported[instrument] += 1;
      return false;
    }
    this.shedding[instrument] = 1;
    this.openCount += 1;
    return true;
  }

  isOpen(): boolean {
    return this.openCount > 0;
  }

  /** Ends the episode of every instrument: `report` hears how many frames were dropped since the first. */
  end(report: (instrument: number, dropped: number) => void): void {
    for (let instrument = 0; this.openCount > 0 && instrument < this.shedding.length; instrument += 1) {
      if (this.shedding[instrument] === 0) continue;
      const dropped = this.unreported[instrument];
      this.shedding[instrument] = 0;
      this.unreported[instrument] = 0;
      this.openCount -= 1;
      report(instrument, dropped);
    }
  }
}
