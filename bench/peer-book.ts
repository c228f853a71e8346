// nodejs-order-book driven as an L2 book: one resting order per level. Its own way to the best price, depth(), lists
// every level; here the price tree is asked directly, in the peer's favour.

import type { BookUpdate } from './book-stream.ts';
import { requirePeer } from './harness.ts';

interface PriceQueue {
  price(): number;
}
interface PeerSide {
  maxPriceQueue(): PriceQueue | undefined;
  minPriceQueue(): PriceQueue | undefined;
}
interface Peer {
  readonly bids: PeerSide;
  readonly asks: PeerSide;
  limit(order: { side: string; id: string; size: number; price: number }): { err: Error | null };
  modify(id: string, update: { size: number }): { err: Error | null };
  cancel(id: string): unknown;
}
interface PeerModule {
  readonly OrderBook: new () => Peer;
}

const { OrderBook } = requirePeer('nodejs-order-book') as PeerModule;

export class PeerBook {
  private book: Peer = new OrderBook();
  private ids = [new Map<number, string>(), new Map<number, string>()];

  apply({ snapshot, bids, asks }: BookUpdate): void {
    if (snapshot) {
      this.book = new OrderBook();
      this.ids = [new Map(), new Map()];
    }
    // It matches what crosses, so what leaves goes first: a book that is not crossed afterwards never matches.
    this.removeEmpty(0, bids);
    this.removeEmpty(1, asks);
    this.setLevels(0, bids);
    this.setLevels(1, asks);
  }

  bestBid(): number {
    return this.book.bids.maxPriceQueue()?.price() ?? 0;
  }

  bestAsk(): number {
    return this.book.asks.minPriceQueue()?.price() ?? 0;
  }

  private removeEmpty(side: number, levels: readonly number[]): void {
    const ids = this.ids[side]!;
    for (let i = 0; i < levels.length; i += 2) {
      if (levels[i + 1] !== 0) continue;
      const id = ids.get(levels[i]!);
      if (id === undefined) continue;
      this.book.cancel(id);
      ids.delete(levels[i]!);
    }
  }

  private setLevels(side: number, levels: readonly number[]): void {
    const ids = this.ids[side]!;
    for (let i = 0; i < levels.length; i += 2) {
      const price = levels[i]!;
      const size = levels[i + 1]!;
      if (size === 0) continue;
      const id = ids.get(price);
      if (id !== undefined) {
        this.must(this.book.modify(id, { size }));
      } else {
        const fresh = `${side}:${price}`;
        ids.set(price, fresh);
        this.must(this.book.limit({ side: side === 0 ? 'buy' : 'sell', id: fresh, size, price }));
      }
    }
  }

  private must({ err }: { err: Error | null }): void {
    if (err) throw new Error(`bench: nodejs-order-book refused an order: ${err.message}`);
  }
}
