// The naive order book that the native one is compared with, and that Core tests run on: Maps, sorted when asked.

import { BookResult, BookView } from '../event/generated/view_generated.ts';
import type { BooksPort } from '../core/state/market/books.ts';

export interface PendingLevels {
  instrument: number;
  snapshot: boolean;
  bids: readonly (readonly [number, number])[];
  asks: readonly (readonly [number, number])[];
}

export class ReferenceBooks implements BooksPort {
  readonly view: Float64Array;
  readonly levels = new Float64Array(4096);
  readonly digestWords = new Float64Array(2);
  /** What `apply` applies: the levels of the Event at hand. */
  pending: PendingLevels = { instrument: 0, snapshot: false, bids: [], asks: [] };
  private readonly sides: Map<number, number>[][];

  constructor(instruments: number) {
    this.view = new Float64Array(instruments * BookView.Stride);
    this.sides = Array.from({ length: instruments }, () => [new Map(), new Map()]);
  }

  define(): number {
    return 0;
  }

  apply(): number {
    const { instrument, snapshot, bids, asks } = this.pending;
    const before = this.topOf(instrument);
    if (snapshot) this.sides[instrument]!.forEach((side) => side.clear());
    this.set(instrument, 0, bids);
    this.set(instrument, 1, asks);
    const after = this.topOf(instrument);
    this.publish(instrument, after);
    let result = 0;
    if (before[0] !== after[0] || before[2] !== after[2]) result |= BookResult.TopPriceChanged;
    if (before[1] !== after[1] || before[3] !== after[3]) result |= BookResult.TopQuantityChanged;
    if (after[0]! > 0 && after[2]! > 0 && after[0]! >= after[2]!) result |= BookResult.Crossed;
    return result;
  }

  clear(instrument: number): void {
    this.sides[instrument]!.forEach((side) => side.clear());
    this.publish(instrument, [0, 0, 0, 0]);
  }

  load(instrument: number, side: number, count: number): number {
    const sorted = this.sorted(instrument, side).slice(0, count);
    sorted.forEach(([price, quantity], i) => { this.levels[2 * i] = price; this.levels[2 * i + 1] = quantity; });
    return sorted.length;
  }

  quantityAt(instrument: number, side: number, price: number): number {
    return this.sides[instrument]![side]!.get(price) ?? 0;
  }

  digest(instrument: number): void {
    let low = 0;
    const levels = [...this.sorted(instrument, 0), ...this.sorted(instrument, 1)];
    for (const [price, quantity] of levels) low = (low * 31 + price * 7 + quantity) % 4294967291;
    this.digestWords[0] = low;
    this.digestWords[1] = this.sides[instrument]![0]!.size;
  }

  private set(instrument: number, side: number, levels: readonly (readonly [number, number])[]): void {
    for (const [price, quantity] of levels) {
      if (quantity === 0) this.sides[instrument]![side]!.delete(price);
      else this.sides[instrument]![side]!.set(price, quantity);
    }
  }

  private sorted(instrument: number, side: number): [number, number][] {
    return [...this.sides[instrument]![side]!].sort((a, b) => (side === 0 ? b[0] - a[0] : a[0] - b[0]));
  }

  private topOf(instrument: number): number[] {
    const [bid] = this.sorted(instrument, 0);
    const [ask] = this.sorted(instrument, 1);
    return [bid?.[0] ?? 0, bid?.[1] ?? 0, ask?.[0] ?? 0, ask?.[1] ?? 0];
  }

  private publish(instrument: number, top: number[]): void {
    const at = instrument * BookView.Stride;
    this.view[at + BookView.Updates]!++;
    this.view.set(top, at + BookView.BidPrice);
    this.view[at + BookView.BidLevels] = this.sides[instrument]![0]!.size;
    this.view[at + BookView.AskLevels] = this.sides[instrument]![1]!.size;
  }
}
