// Kraken's order methods over the engine: what a well-formed, authenticated request does and the result it is answered with.
// One answer text per order named in it. Knows no connection.

import { RejectReason, TimeInForce } from '../../../event/kinds.ts';
import { rfc3339 } from '../clock.ts';
import { type Json, type JsonObject, type JsonRequest, NumberText, plain } from '../json.ts';
import type { OrderRecord } from '../orders.ts';
import { RequestLimit, type World } from '../world.ts';
import type { KrakenOrder } from './reports.ts';
import {
  checkDeadline, checkStatus, listField, readOrder, readPrice, readQuantity, refusalText, RequestError,
} from './requests.ts';
import { type Answer, failure, identifier, numberIn, success } from './wire.ts';

const SECOND_NS = 1_000_000_000n;
const TIMEOUT_MAX_S = 86_400;
const NOTHING: KrakenOrder = { userReference: undefined, isPostOnly: false };

export class KrakenTrading {
  readonly extras = new Map<number, KrakenOrder>();
  private readonly world: World;
  private readonly limit: RequestLimit;
  private amendNumber = 0;
  /** Unix ns at which everything is cancelled; null: not armed. */
  private triggerAt: bigint | null = null;

  constructor(world: World) {
    this.world = world;
    this.limit = new RequestLimit(world.settings.rateLimit);
  }

  extra(number: number): KrakenOrder {
    return this.extras.get(number) ?? NOTHING;
  }

  /** Whole answers, in order. */
  run(answer: Answer, params: JsonRequest): string[] {
    try {
      checkDeadline(params, this.world);
      if (!this.limit.take(this.world.clock.unixMs())) throw new RequestError('EOrder:Rate limit exceeded');
      return this.dispatch(answer, params);
    } catch (error) {
      if (error instanceof RequestError) return [failure(answer, error.message)];
      throw error;
    }
  }

  /** REST's way in: the same order, and fill or kill besides. Throws a RequestError. */
  addByRest(params: JsonRequest): JsonObject {
    checkDeadline(params, this.world);
    if (!this.limit.take(this.world.clock.unixMs())) throw new RequestError('EOrder:Rate limit exceeded');
    return this.add(params, this.world.clock.unixNs(), true);
  }

  /** Throws a RequestError. Returns how many. */
  cancelByRest(field: 'order_id' | 'cl_ord_id', name: string): number {
    checkStatus(this.world, false);
    const open = this.find(field, name).filter(({ status }) => status === 'open');
    if (open.length === 0) throw new RequestError('EOrder:Unknown order');
    for (const order of open) this.world.engine.cancel(order, this.world.clock.unixNs());
    return open.length;
  }

  /** A dead-man switch that was not renewed. */
  advance(now: bigint): void {
    if (this.triggerAt === null || now < this.triggerAt) return;
    this.triggerAt = null;
    this.cancelEvery(now);
  }

  isArmed(): boolean {
    return this.triggerAt !== null;
  }

  cancelEvery(now: bigint): number {
    const open = this.world.engine.openOrders();
    for (const order of open) this.world.engine.cancel(order, now);
    return open.length;
  }

  private dispatch(answer: Answer, params: JsonRequest): string[] {
    const now = this.world.clock.unixNs();
    switch (answer.method) {
      case 'add_order': return [success(answer, this.add(params, now))];
      case 'amend_order': return [success(answer, this.amend(params, now))];
      case 'cancel_order': return this.cancel(answer, params, now);
      case 'cancel_all': {
        checkStatus(this.world, false);
        return [success(answer, { count: this.cancelEvery(now) })];
      }
      case 'cancel_all_orders_after': return [success(answer, this.cancelAfter(params, now))];
      default: throw new RequestError('Unsupported method');
    }
  }

  private add(params: JsonRequest, now: bigint, allowsFillOrKill = false): JsonObject {
    const { terms, isPostOnly } = readOrder(params, this.world, allowsFillOrKill);
    checkStatus(this.world, true, isPostOnly);
    const reference = plain(params.order_userref);
    const userReference = reference === undefined ? undefined : new NumberText(reference);
    const clientOrderId = terms.clientOrderId === '' ? undefined : terms.clientOrderId;
    if (params.validate === true) {
      return { cl_ord_id: clientOrderId, order_userref: userReference, warnings: ['Order validated but not placed'] };
    }
    const { engine, settings } = this.world;
    const placed = engine.place(terms, now);
    let order: OrderRecord;
    if ('order' in placed) order = placed.order;
    else if (placed.refusal.reason === RejectReason.PostOnlyWouldCross && settings.postOnlyRefusal === 'canceled') {
      order = engine.takeBack(terms, now);
    } else throw new RequestError(refusalText(placed.refusal));
    this.extras.set(order.number, { userReference, isPostOnly });
    return { order_id: identifier('O', settings.seed, order.number), cl_ord_id: clientOrderId, order_userref: userReference };
  }

  private amend(params: JsonRequest, now: bigint): Json {
    const byName = params.cl_ord_id !== undefined;
    if (byName === (params.order_id !== undefined)) throw new RequestError('EGeneral:Invalid arguments:order_id or cl_ord_id');
    const name = plain(byName ? params.cl_ord_id : params.order_id) ?? '';
    const order = this.find(byName ? 'cl_ord_id' : 'order_id', name)[0];
    checkStatus(this.world, true, order !== undefined && this.extra(order.number).isPostOnly);
    if (order?.status !== 'open') throw new RequestError('EOrder:Unknown order');
    const definition = this.world.engine.marketOf(order.symbol).definition;
    if (params.limit_price === undefined && params.order_qty === undefined) {
      throw new RequestError('EGeneral:Invalid arguments:no change');
    }
    const price = params.limit_price === undefined ? order.price : readPrice(params, definition);
    const quantity = params.order_qty === undefined ? order.quantity : readQuantity(params, definition);
    this.replace(order, price, quantity, params.post_only === true, now);
    this.amendNumber += 1;
    const amendId = identifier('M', this.world.settings.seed, this.amendNumber);
    return byName ? { amend_id: amendId, cl_ord_id: name } : { amend_id: amendId, order_id: name };
  }

  private replace(order: OrderRecord, price: number, quantity: number, postOnly: boolean, now: bigint): void {
    const { engine } = this.world;
    const { book } = engine.marketOf(order.symbol).market;
    if (postOnly && order.timeInForce !== TimeInForce.PostOnly && book.crosses(order.side, order.type, price)) {
      throw new RequestError('EOrder:Post only order');
    }
    // Kraken cancels the remainder of an order amended below what it has filled.
    const refusal = quantity <= order.filled ? engine.cancel(order, now) : engine.replace(order, price, quantity, now);
    if (refusal !== null) throw new RequestError(refusalText(refusal));
  }

  /** One answer for each order named, all with the request's id. */
  private cancel(answer: Answer, params: JsonRequest, now: bigint): string[] {
    const field = (['order_id', 'cl_ord_id', 'order_userref'] as const).find((each) => params[each] !== undefined);
    if (field === undefined) throw new RequestError('EGeneral:Invalid arguments:order_id, cl_ord_id or order_userref');
    checkStatus(this.world, false);
    return listField(params[field]).flatMap((name) => {
      const open = this.find(field, name).filter(({ status }) => status === 'open');
      if (open.length === 0) return [failure(answer, 'EOrder:Unknown order')];
      return open.map((order) => {
        this.world.engine.cancel(order, now);
        const result: JsonObject = field === 'cl_ord_id' ? { cl_ord_id: name }
          : { order_id: identifier('O', this.world.settings.seed, order.number) };
        return success(answer, result);
      });
    });
  }

  private cancelAfter(params: JsonRequest, now: bigint): Json {
    const timeout = Number(plain(params.timeout) ?? 'none');
    if (!Number.isInteger(timeout) || timeout < 0 || timeout >= TIMEOUT_MAX_S) {
      throw new RequestError('EGeneral:Invalid arguments:timeout');
    }
    this.triggerAt = timeout === 0 ? null : now + BigInt(timeout) * SECOND_NS;
    const seconds = (at: bigint): string => `${rfc3339(at).slice(0, 19)}Z`;
    return { currentTime: seconds(now), triggerTime: this.triggerAt === null ? '0' : seconds(this.triggerAt) };
  }

  private find(field: 'order_id' | 'cl_ord_id' | 'order_userref', name: string): OrderRecord[] {
    const { engine, settings } = this.world;
    if (field === 'order_userref') {
      return engine.openOrders().filter((order) => this.extra(order.number).userReference?.text === name);
    }
    const found = field === 'cl_ord_id' ? engine.byClientOrderId(name) : engine.orders.get(numberIn('O', settings.seed, name));
    return found === undefined ? [] : [found];
  }
}
