// Every Order the Core knows: live ones by instrument, a bounded memory of terminal ones for late reports, and the
// outstanding requests of each Venue in the order they left. No rules: who may move an Order is in `execution.ts`.

import { assert } from '../../../base/assert.ts';
import { IdTable } from '../../../base/id-table.ts';
import type { DigestFold } from '../../../base/digest-fold.ts';
import type { CoreConfig } from '../../config.ts';
import { NO_REQUEST, Order } from './order.ts';

export class Orders {
  /** Live Orders per instrument, in the order they were submitted, but for gaps filled from the end. */
  readonly live: Order[][];
  readonly liveCount: Int32Array;
  liveTotal = 0;
  /** Oldest outstanding, not overdue request per Venue. */
  readonly inflightHead: (Order | null)[];
  readonly inflightTail: (Order | null)[];
  inflightTotal = 0;

  private readonly byId: IdTable<Order>;
  private readonly pool: Order[] = [];
  private readonly terminal: (Order | null)[];
  private terminalNext = 0;
  /** Digest of all Orders evicted from `terminal`: one number that every one of them moved. */
  private evictedDigest = 0;

  constructor(config: CoreConfig) {
    this.byId = new IdTable(config.ordersMax + config.terminalOrdersMax);
    this.live = config.instruments.map(() => []);
    this.liveCount = new Int32Array(config.instruments.length);
    this.inflightHead = config.venues.map(() => null);
    this.inflightTail = config.venues.map(() => null);
    this.terminal = new Array<Order | null>(config.terminalOrdersMax).fill(null);
    for (let i = 0; i < config.ordersMax + config.terminalOrdersMax; i++) this.pool.push(new Order());
  }

  get(id: number): Order | undefined {
    return this.byId.get(id);
  }

  mayFill(id: number): boolean {
    const order = this.byId.get(id);
    return order !== undefined && !order.terminal;
  }

  liveAt(instrument: number, index: number): Order {
    return this.live[instrument]![index]!;
  }

  /** Terminal Orders still remembered, for reports. Allocates. */
  remembered(): Order[] {
    return this.terminal.filter((order) => order !== null);
  }

  /** A new Order, live from now on [L3]. */
  open(id: number, instrument: number): Order {
    assert(this.byId.get(id) === undefined, 'L3: an Order id is submitted once');
    const order = this.pool.pop();
    assert(order !== undefined, 'Invariant: Risk keeps live Orders within ordersMax');
    order.reset();
    order.id = id;
    order.instrument = instrument;
    this.byId.add(id, order);
    const list = this.live[instrument]!;
    order.liveIndex = this.liveCount[instrument]!;
    list[order.liveIndex] = order;
    this.liveCount[instrument]!++;
    this.liveTotal++;
    return order;
  }

  /** Moves an Order that became terminal out of the live list. */
  retire(order: Order): void {
    assert(order.terminal, 'L4: only a terminal Order is retired');
    this.endRequest(order);
    const list = this.live[order.instrument]!;
    const last = list[--this.liveCount[order.instrument]!]!;
    list[order.liveIndex] = last;
    last.liveIndex = order.liveIndex;
    list[this.liveCount[order.instrument]!] = order;
    order.liveIndex = -1;
    this.liveTotal--;
    this.remember(order);
  }

  private remember(order: Order): void {
    const evicted = this.terminal[this.terminalNext]!;
    if (evicted !== null) {
      this.evictedDigest = fingerprint(this.evictedDigest, evicted);
      this.byId.remove(evicted.id);
      this.pool.push(evicted);
    }
    this.terminal[this.terminalNext] = order;
    this.terminalNext = (this.terminalNext + 1) % this.terminal.length;
  }

  /** Records that a request left for the Venue. EC5: only one is outstanding per Order. */
  beginRequest(order: Order, action: number, position: number, time: number): void {
    assert(order.inflight === NO_REQUEST, 'EC5: at most one outstanding request per Order id');
    order.inflight = action;
    order.inflightPosition = position;
    order.inflightSince = time;
    order.overdue = false;
    order.previousInflight = this.inflightTail[order.venue]!;
    order.nextInflight = null;
    if (order.previousInflight === null) this.inflightHead[order.venue] = order;
    else order.previousInflight.nextInflight = order;
    this.inflightTail[order.venue] = order;
    this.inflightTotal++;
  }

  /** The outstanding request, if any, is answered or given up. */
  endRequest(order: Order): void {
    if (order.inflight === NO_REQUEST) return;
    if (!order.overdue) this.unlink(order);
    order.inflight = NO_REQUEST;
    order.overdue = false;
    this.inflightTotal--;
  }

  /** The outstanding request's deadline passed. */
  markOverdue(order: Order): void {
    assert(order.inflight !== NO_REQUEST && !order.overdue, 'Invariant: only a waiting request becomes overdue');
    this.unlink(order);
    order.overdue = true;
  }

  private unlink(order: Order): void {
    if (order.previousInflight === null) this.inflightHead[order.venue] = order.nextInflight;
    else order.previousInflight.nextInflight = order.nextInflight;
    if (order.nextInflight === null) this.inflightTail[order.venue] = order.previousInflight;
    else order.nextInflight.previousInflight = order.previousInflight;
    order.previousInflight = null;
    order.nextInflight = null;
  }

  fold(digest: DigestFold): void {
    digest.add(this.liveTotal);
    for (let instrument = 0; instrument < this.live.length; instrument++) {
      const list = this.live[instrument]!;
      for (let i = 0; i < this.liveCount[instrument]!; i++) foldOrder(digest, list[i]!);
    }
    digest.add(this.evictedDigest);
    for (let i = 0; i < this.terminal.length; i++) {
      const order = this.terminal[i]!;
      if (order === null) break;
      digest.add(order.id);
      digest.add(order.filled);
      digest.addWord(order.state);
    }
  }
}

function foldOrder(digest: DigestFold, order: Order): void {
  digest.add(order.id);
  digest.addWord(order.strategy);
  digest.addWord(order.instrument);
  digest.addWord(order.side | (order.type << 4) | (order.timeInForce << 8) | (order.state << 12));
  digest.add(order.price);
  digest.add(order.quantity);
  digest.add(order.filled);
  digest.add(order.submittedPosition);
  digest.addWord(order.venueOrderIdLow);
  digest.addWord(order.venueOrderIdHigh);
  digest.addWord(order.inflight);
  digest.addWord(order.overdue ? 1 : 0);
  digest.add(order.inflightPosition);
  digest.add(order.inflightSince);
  digest.add(order.requestedPrice);
  digest.add(order.requestedQuantity);
  digest.add(order.unansweredQuantity);
}

function fingerprint(previous: number, order: Order): number {
  const low = order.id % 2 ** 32 | 0;
  const filled = order.filled % 2 ** 32 | 0;
  return (Math.imul(previous ^ low, 0x9e3779b1 | 0) ^ Math.imul(filled + order.state, 0x85ebca77 | 0)) | 0;
}
