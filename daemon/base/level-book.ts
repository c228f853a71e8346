// A two-sided book by price level, as a gateway keeps one per feed: what a Venue's checksum is computed over, and what a
// fresh snapshot for the daemon is taken from. Prices and quantities are scaled integers; beside them stand the decimals
// each was written with on the wire, because checksums are over text. Decides nothing.

/** One side, best first. */
export class BookSide {
  prices = new Float64Array(64);
  quantities = new Float64Array(64);
  /** Decimals of price and quantity on the wire. */
  priceDecimals = new Uint8Array(64);
  quantityDecimals = new Uint8Array(64);
  count = 0;
  private readonly sign: number;

  /** `sign` 1: best is the highest price (bids); -1: the lowest (asks). */
  constructor(sign: 1 | -1) {
    this.sign = sign;
  }

  clear(): void {
    this.count = 0;
  }

  /** Becomes equal to `other`. */
  copyFrom(other: BookSide): void {
    while (this.prices.length < other.count) this.grow();
    for (let i = 0; i < other.count; i += 1) {
      this.prices[i] = other.prices[i];
      this.quantities[i] = other.quantities[i];
      this.priceDecimals[i] = other.priceDecimals[i];
      this.quantityDecimals[i] = other.quantityDecimals[i];
    }
    this.count = other.count;
  }

  /** Sets the quantity at a price; 0 removes it. A price named again takes its latest quantity. */
  set(price: number, quantity: number, priceDecimals = 0, quantityDecimals = 0): void {
    const { prices, quantities } = this;
    const at = this.find(price);
    const present = at < this.count && prices[at] === price;
    if (quantity === 0) {
      if (!present) return;
      prices.copyWithin(at, at + 1, this.count);
      quantities.copyWithin(at, at + 1, this.count);
      this.priceDecimals.copyWithin(at, at + 1, this.count);
      this.quantityDecimals.copyWithin(at, at + 1, this.count);
      this.count -= 1;
      return;
    }
    if (!present) this.open(at, price);
    this.quantities[at] = quantity;
    this.priceDecimals[at] = priceDecimals;
    this.quantityDecimals[at] = quantityDecimals;
  }

  /** What falls out of the window is forgotten: a Venue that keeps a window never sends its removal. */
  truncate(depth: number): void {
    if (this.count > depth) this.count = depth;
  }

  /** Levels as flat pairs, best first. */
  pairs(): number[] {
    const pairs: number[] = [];
    for (let i = 0; i < this.count; i += 1) pairs.push(this.prices[i], this.quantities[i]);
    return pairs;
  }

  /** Index of `price`, or where it belongs. Updates cluster at the top, so the search begins there. */
  private find(price: number): number {
    const { prices, sign } = this;
    const key = price * sign;
    let low = 0;
    let high = 1;
    while (high < this.count && prices[high] * sign > key) {
      low = high;
      high *= 2;
    }
    if (high > this.count) high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (prices[middle] * sign > key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Makes room for `price` at index `at`. */
  private open(at: number, price: number): void {
    if (this.count === this.prices.length) this.grow();
    this.prices.copyWithin(at + 1, at, this.count);
    this.quantities.copyWithin(at + 1, at, this.count);
    this.priceDecimals.copyWithin(at + 1, at, this.count);
    this.quantityDecimals.copyWithin(at + 1, at, this.count);
    this.prices[at] = price;
    this.count += 1;
  }

  private grow(): void {
    const capacity = this.prices.length * 2;
    this.prices = widened(this.prices, new Float64Array(capacity));
    this.quantities = widened(this.quantities, new Float64Array(capacity));
    this.priceDecimals = widened(this.priceDecimals, new Uint8Array(capacity));
    this.quantityDecimals = widened(this.quantityDecimals, new Uint8Array(capacity));
  }
}

export class LevelBook {
  readonly bids = new BookSide(1);
  readonly asks = new BookSide(-1);

  clear(): void {
    this.bids.clear();
    this.asks.clear();
  }

  /** Becomes equal to `other`: a change that proves wrong is taken back. */
  copyFrom(other: LevelBook): void {
    this.bids.copyFrom(other.bids);
    this.asks.copyFrom(other.asks);
  }

  /** 0: nothing is cut. */
  truncate(depth: number): void {
    if (depth === 0) return;
    this.bids.truncate(depth);
    this.asks.truncate(depth);
  }

  /** Best bid at or above best ask: an update was lost. */
  isCrossed(): boolean {
    return this.bids.count > 0 && this.asks.count > 0 && this.bids.prices[0] >= this.asks.prices[0];
  }
}

function widened<T extends Float64Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
