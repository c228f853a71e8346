// A book kept as the text it was recorded in, so that a snapshot of any moment is written exactly as the Venue would have. Knows
// price order and windows, no Venue.

export interface TextLevel {
  readonly price: string;
  readonly quantity: string;
  /** What else the Venue writes of a level, as it stood. */
  readonly rest: readonly string[];
}

export class TextSide {
  /** Best first. */
  readonly levels: TextLevel[] = [];
  private readonly direction: 1 | -1;

  /** `direction` 1: best is the highest price. */
  constructor(direction: 1 | -1) {
    this.direction = direction;
  }

  set(level: TextLevel): void {
    const price = Number(level.price);
    let low = 0;
    let high = this.levels.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((Number(this.levels[middle].price) - price) * this.direction > 0) low = middle + 1;
      else high = middle;
    }
    const present = low < this.levels.length && Number(this.levels[low].price) === price;
    if (!/[1-9]/.test(level.quantity)) {
      if (present) this.levels.splice(low, 1);
    } else this.levels.splice(low, present ? 1 : 0, level);
  }
}

export class TextBook {
  readonly bids = new TextSide(1);
  readonly asks = new TextSide(-1);
  /** A snapshot was seen. */
  isKnown = false;

  clear(): void {
    this.bids.levels.length = 0;
    this.asks.levels.length = 0;
  }

  /** 0: nothing is cut. */
  cut(depth: number): void {
    if (depth === 0) return;
    this.bids.levels.splice(depth);
    this.asks.levels.splice(depth);
  }
}
