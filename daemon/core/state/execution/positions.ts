// Positions, cost and P&L per instrument, exact: cost leaves a position in proportion, truncated, and the remainder stays,
// so that realised + unrealised is always cash flow + quantity × mark. Moved by fills only [COR-30].

import type { DigestFold } from '../../../base/digest-fold.ts';
import { Wide } from '../../../base/wide.ts';
import { Side } from '../../../event/kinds.ts';
import type { CoreConfig } from '../../config.ts';

/** Money in units of 10^-(priceScale + quantityScale) of the quote currency. */
export class Position {
  /** Signed: long is positive. */
  quantity = 0;
  /** Σ price × signed quantity of what is open. */
  readonly cost = new Wide();
  readonly realised = new Wide();
  fillCount = 0;
  /** Of the last fill; in a new session, what the position was last valued at. 0: unknown. */
  lastPrice = 0;

  /** realised + quantity × mark − cost, into `result`. */
  profit(mark: number, result: Wide): Wide {
    return result.setProduct(this.quantity, mark).subtract(this.cost).add(this.realised);
  }

  fill(side: number, price: number, quantity: number): void {
    const signed = side === Side.Buy ? quantity : -quantity;
    this.fillCount++;
    this.lastPrice = price;
    const opposite = this.quantity !== 0 && this.quantity > 0 !== signed > 0;
    if (opposite) this.reduce(signed, price);
    else this.extend(signed, price);
  }

  private extend(signed: number, price: number): void {
    this.cost.addProduct(signed, price);
    this.quantity += signed;
  }

  private reduce(signed: number, price: number): void {
    const open = Math.abs(this.quantity);
    const closed = Math.min(open, Math.abs(signed));
    const direction = this.quantity > 0 ? 1 : -1;
    removed.setProportion(this.cost, closed, open);
    this.cost.subtract(removed);
    this.realised.addProduct(closed * direction, price).subtract(removed);
    this.quantity -= closed * direction;
    const rest = signed + closed * direction;
    if (rest !== 0) this.extend(rest, price);
  }

  fold(digest: DigestFold): void {
    digest.add(this.quantity);
    digest.addPair(this.cost.hi, this.cost.lo);
    digest.addPair(this.realised.hi, this.realised.lo);
    digest.add(this.fillCount);
    digest.add(this.lastPrice);
  }
}

const removed = new Wide();

export class Positions {
  readonly of: readonly Position[];

  constructor(config: CoreConfig) {
    this.of = config.instruments.map(() => new Position());
  }

  fold(digest: DigestFold): void {
    for (let i = 0; i < this.of.length; i++) this.of[i]!.fold(digest);
  }
}
