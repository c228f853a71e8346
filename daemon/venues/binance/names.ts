// Which client order id an order of Binance has, learnt from whatever says both, and the newest generation seen of each of
// our Orders. Executions name their order by Binance's id alone. Bounded: what is forgotten is asked for again.

import { ownOrderId } from '../../event/client-order-id.ts';

const REMEMBERED_MAX = 8192;

/** A Map that forgets what was put in first. */
export class Remembered<Value> {
  private readonly entries = new Map<string, Value>();

  get(key: string): Value | undefined {
    return this.entries.get(key);
  }

  set(key: string, value: Value): void {
    this.entries.delete(key);
    this.entries.set(key, value);
    if (this.entries.size > REMEMBERED_MAX) this.entries.delete(this.entries.keys().next().value!);
  }

  delete(key: string): void {
    this.entries.delete(key);
  }
}

export class Names {
  private readonly clientIds = new Remembered<string>();
  private readonly generations = new Remembered<number>();

  /** `key`: symbol and Venue order id with a colon between. */
  get(key: string): string | undefined {
    return this.clientIds.get(key);
  }

  set(key: string, clientOrderId: string): void {
    this.clientIds.set(key, clientOrderId);
    const own = ownOrderId(clientOrderId);
    if (own === null) return;
    this.generations.set(String(own.orderId), Math.max(own.generation, this.latest(own.orderId)));
  }

  /** The newest generation seen of an Order; 0 when none was. */
  latest(orderId: number): number {
    return this.generations.get(String(orderId)) ?? 0;
  }
}
