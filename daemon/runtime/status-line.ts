// The live status for whoever watches the terminal: one line rewritten in place once a second; without a terminal a plain
// line every ten seconds. Reads; a slow terminal loses lines, never time of the loop.

import type { WriteStream } from 'node:tty';

export interface StatusFacts {
  readonly session: string;
  readonly phase: string;
  readonly position: number;
  readonly openOrders: number;
  readonly queued: number;
  readonly fills: number;
  readonly denied: number;
  /** Best prices, ready to read: `btc-usd 60000.0/60000.1`. */
  readonly tops: readonly string[];
  /** Profit and loss per currency, ready to read: `+12.34 USD`. */
  readonly profit: readonly string[];
  readonly closedGates: readonly string[];
  readonly stepNsMean: number;
}

const PLAIN_EVERY = 10;

export class StatusLine {
  private readonly stream: NodeJS.WriteStream | WriteStream;
  private readonly inPlace: boolean;
  private lastPosition = 0;
  private lastAt = 0;
  private calls = 0;
  private shown = false;

  constructor(stream: NodeJS.WriteStream) {
    this.stream = stream;
    this.inPlace = stream.isTTY === true;
  }

  /** Once a second. */
  show(facts: StatusFacts, nowMs: number): void {
    const seconds = this.lastAt === 0 ? 0 : (nowMs - this.lastAt) / 1000;
    if (!this.inPlace && this.calls % PLAIN_EVERY !== 0) {
      this.calls += 1;
      return;
    }
    const rate = seconds > 0 ? Math.round((facts.position - this.lastPosition) / seconds) : 0;
    this.lastPosition = facts.position;
    this.lastAt = nowMs;
    this.calls += 1;
    const line = statusText(facts, rate);
    if (this.inPlace) this.rewrite(line);
    else this.stream.write(`${line}\n`);
  }

  /** Leaves the line standing, so that what follows begins on its own. */
  end(): void {
    if (this.inPlace && this.shown) this.stream.write('\n');
    this.shown = false;
  }

  private rewrite(line: string): void {
    if (this.stream.writableNeedDrain) return;
    const width = (this.stream as WriteStream).columns || 120;
    this.stream.write(`\r\x1b[2K${line.length > width - 1 ? line.slice(0, width - 1) : line}`);
    this.shown = true;
  }
}

function statusText(facts: StatusFacts, rate: number): string {
  const parts = [
    `${facts.session} ${facts.phase}`,
    `#${facts.position} ${rate}/s`,
    ...facts.tops,
    `orders ${facts.openOrders}${facts.queued > 0 ? `+${facts.queued} queued` : ''} fills ${facts.fills} denied ${facts.denied}`,
    ...facts.profit,
    `step ${(facts.stepNsMean / 1000).toFixed(1)} us`,
  ];
  if (facts.closedGates.length > 0) parts.push(`closed: ${facts.closedGates.join(', ')}`);
  return parts.join(' | ');
}
