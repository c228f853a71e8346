// Binance's own best prices (`bookTicker`) of a recording, by update id: what a book after the same update must show. Read
// straight from the frames, by code that the gateway does not use.

import { parseScaled } from '../../base/decimal.ts';
import { readCapture } from '../../gateway/capture-reader.ts';
import { pathOf, type Recording } from './recordings.ts';

interface Ticker { readonly u: number; readonly b: string; readonly B: string; readonly a: string; readonly A: string }

/** Best bid, its quantity, best ask, its quantity; scaled. */
type Top = readonly [number, number, number, number];

export class BestPrices {
  private readonly ids: number[] = [];
  private readonly tops: Top[] = [];

  /** Of the first instrument, from the first `framesMax` frames; empty for a recording without such a stream. */
  static async read({ files, instruments, expected }: Recording, framesMax = Infinity): Promise<BestPrices> {
    const best = new BestPrices();
    if (expected.tops.compared === 0) return best;
    const { priceScale, quantityScale } = instruments[0]!;
    let frames = 0;
    for await (const { frame } of readCapture(pathOf(files[0]!))) {
      frames += 1;
      if (frames > framesMax) break;
      const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.length);
      if (!bytes.subarray(0, 60).includes('@bookTicker"')) continue;
      const { data } = JSON.parse(bytes.toString('latin1')) as { data: Ticker };
      best.ids.push(data.u);
      best.tops.push([
        parseScaled(data.b, priceScale), parseScaled(data.B, quantityScale),
        parseScaled(data.a, priceScale), parseScaled(data.A, quantityScale),
      ]);
    }
    return best;
  }

  /** As they were after update `id`; null: none was recorded up to then. */
  at(id: number): Top | null {
    let low = 0;
    let high = this.ids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.ids[middle]! <= id) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? null : this.tops[low - 1]!;
  }
}
