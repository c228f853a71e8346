// Prints of a frame → Trade Events, one per run of prints of one instrument. A message with one bad print is not passed on:
// what else in it is wrong cannot be known. Of several sockets the first one to bring a print is heard.

import { toScaled } from '../../base/scaled.ts';
import { unixNs } from '../../base/rfc3339.ts';
import type { PrintFields } from '../../event/event-fields.ts';
import { FrameView, TradeEntry } from '../../event/generated/view_generated.ts';
import { Side } from '../../event/kinds.ts';
import type { MarketDecoder } from '../../event/market-adapter.ts';
import type { BookFeed } from './book-feed.ts';
import type { DeskContext } from './desk-context.ts';
import { frameHash } from './redundancy.ts';

export class TradeDesk {
  private readonly context: DeskContext;
  private prints: PrintFields[] = [];

  constructor(context: DeskContext) {
    this.context = context;
  }

  /** The decoder holds a frame of kind Trade. `isShared`: it came on one of several sockets. */
  onTrades(feeds: readonly BookFeed[], frame: Uint8Array, captureTime: bigint, isShared: boolean): void {
    const { adapter: { decoder }, problems } = this.context;
    const isSnapshot = decoder.frame[FrameView.IsSnapshot];
    if (isSnapshot !== 0) {
      problems.noteBytes(isSnapshot === 1 ? 'trade snapshot' : 'unknown type', frame);
      return;
    }
    const count = decoder.frame[FrameView.TradeCount];
    const hash = isShared ? frameHash(frame) : 0;
    for (let from = 0; from < count;) {
      const symbol = symbolOf(decoder, from);
      let to = from + 1;
      while (to < count && symbolOf(decoder, to) === symbol) to += 1;
      if (symbol >= 0) this.onRun(feeds[symbol], frame, captureTime, from, to, hash);
      else this.noteUnknown(frame, from);
      from = to;
    }
  }

  private onRun(feed: BookFeed, frame: Uint8Array, captureTime: bigint, from: number, to: number, hash: number): void {
    const { adapter: { decoder: { trades } }, events, problems, statistics } = this.context;
    this.prints = [];
    for (let i = from; i < to; i += 1) {
      if (!this.read(feed, trades, i * TradeEntry.Stride, hash === 0 ? 0 : hash + i)) {
        problems.noteBytes('bad print', frame);
        return;
      }
    }
    if (this.prints.length === 0) return;
    statistics.prints += this.prints.length;
    events.trade(feed.instrument.instrument, captureTime, this.prints);
  }

  /** False: it is no print. */
  private read(feed: BookFeed, trades: Float64Array, at: number, hash: number): boolean {
    const { priceScale, quantityScale } = feed.instrument;
    const price = toScaled(trades[at + TradeEntry.Price], trades[at + TradeEntry.PriceDecimals], priceScale);
    const quantity = toScaled(trades[at + TradeEntry.Quantity], trades[at + TradeEntry.QuantityDecimals], quantityScale);
    const aggressor = trades[at + TradeEntry.Aggressor];
    if (!(price > 0 && quantity > 0 && (aggressor === Side.Buy || aggressor === Side.Sell))) return false;
    const id = trades[at + TradeEntry.Id];
    if (hash !== 0 && !feed.prints.isNew(id === 0 ? hash : id)) {
      this.context.statistics.duplicates += 1;
      return true;
    }
    const eventTime = unixNs(trades[at + TradeEntry.EventSeconds], trades[at + TradeEntry.EventNanoseconds]);
    this.prints.push({ price, quantity, eventTime, id, aggressor });
    return true;
  }

  private noteUnknown(frame: Uint8Array, entry: number): void {
    const { adapter: { decoder: { trades } }, problems } = this.context;
    const at = trades[entry * TradeEntry.Stride + TradeEntry.NameAt];
    problems.noteBytes('unknown symbol', frame, at, at + trades[entry * TradeEntry.Stride + TradeEntry.NameSize]);
  }
}

function symbolOf({ trades }: MarketDecoder, entry: number): number {
  return trades[entry * TradeEntry.Stride + TradeEntry.Symbol];
}
