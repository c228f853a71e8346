// Every request a client sent, in order, with what identifies it: "no request twice" is a question to this log.

interface WireRequest {
  /** Unix ns by the Venue's clock. */
  readonly at: bigint;
  /** Number of the WebSocket connection; 0: HTTP. */
  readonly connection: number;
  readonly kind: string;
  readonly method: string;
  /** Client or Venue order ids it names. */
  readonly orders: readonly string[];
  readonly text: string;
}

const REQUESTS_MAX = 1_000_000;

export class WireLog {
  readonly requests: WireRequest[] = [];
  /** Not kept because the log is full. */
  lost = 0;

  add(request: WireRequest): void {
    if (this.requests.length === REQUESTS_MAX) this.lost += 1;
    else this.requests.push(request);
  }

  of(method: string): WireRequest[] {
    return this.requests.filter((request) => request.method === method);
  }

  /** Methods by order id, in order. */
  byOrder(): Map<string, string[]> {
    const methods = new Map<string, string[]>();
    for (const { method, orders } of this.requests) {
      for (const order of orders) methods.set(order, [...methods.get(order) ?? [], method]);
    }
    return methods;
  }
}
