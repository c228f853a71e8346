// Binance's order methods over the engine: what a well-formed, signed request does and the result it is answered with. Knows no
// connection.

import { RejectReason } from '../../../event/kinds.ts';
import { type Json, type JsonObject, type JsonRequest, plain } from '../json.ts';
import type { OrderRecord } from '../orders.ts';
import { RequestLimit, type World } from '../world.ts';
import { amendedView, cancelledView, placedView } from './reports.ts';
import { definitionOf, readName, readOrder, readQuantity, type ReadOrder, rejectionOf } from './requests.ts';
import { required } from './signature.ts';
import { BinanceError, madeUpId, milliseconds, orderNumberOf, UNKNOWN_ORDER } from './wire.ts';

const RESTRICTIONS = ['ONLY_NEW', 'ONLY_PARTIALLY_FILLED'];
const REJECTIONS: Readonly<Partial<Record<RejectReason, string>>> = {
  [RejectReason.InsufficientFunds]: 'INSUFFICIENT_BALANCES', [RejectReason.PostOnlyWouldCross]: 'WOULD_MATCH_IMMEDIATELY',
};
const MODES = ['STOP_ON_FAILURE', 'ALLOW_FAILURE'];

export class BinanceTrading {
  /** Client id of the request that ended or changed an order, by order number: reports carry it in `c`. */
  readonly requestNames = new Map<number, string>();
  /** `r` of the report of an order that was rejected after its cancel. */
  readonly rejections = new Map<number, string>();
  private readonly world: World;
  private readonly limit: RequestLimit;
  private nameNumber = 0;
  private amendNumber = 0;

  constructor(world: World) {
    this.world = world;
    this.limit = new RequestLimit(world.settings.rateLimit);
  }

  get ordersUsed(): number {
    return this.limit.used;
  }

  place(params: JsonRequest): JsonObject {
    const read = readOrder(params, this.world, () => this.madeUp());
    this.count();
    return this.enter(read);
  }

  cancel(params: JsonRequest): JsonObject {
    const definition = definitionOf(params, this.world);
    const order = this.find(params, 'orderId', 'origClientOrderId', -2011);
    const requestName = params.newClientOrderId === undefined ? this.madeUp() : readName(params, 'newClientOrderId');
    const former = order.clientOrderId;
    checkRestrictions(order, params);
    this.withdraw(order, requestName);
    return cancelledView(order, definition, { former, requestName });
  }

  cancelAll(params: JsonRequest): Json {
    const definition = definitionOf(params, this.world);
    const open = this.world.engine.openOrders().filter(({ symbol }) => symbol === definition.symbol);
    if (open.length === 0) throw new BinanceError(-2011, UNKNOWN_ORDER);
    return open.map((order) => {
      const former = order.clientOrderId;
      const requestName = this.madeUp();
      this.withdraw(order, requestName);
      return cancelledView(order, definition, { former, requestName });
    });
  }

  cancelReplace(params: JsonRequest): JsonObject {
    const mode = required(params, 'cancelReplaceMode');
    if (!MODES.includes(mode)) throw new BinanceError(-1100, "Illegal characters found in parameter 'cancelReplaceMode'.");
    const read = readOrder(params, this.world, () => this.madeUp());
    if (params.cancelOrderId === undefined && params.cancelOrigClientOrderId === undefined) {
      throw new BinanceError(-1102, "Param 'cancelOrigClientOrderId' or 'cancelOrderId' must be sent, but both were empty/null!");
    }
    if (!this.limit.take(milliseconds(this.now()))) throw tooManyOrders(this.world);
    const cancelled = attempt(() => this.cancelFirst(params, read));
    if (cancelled instanceof BinanceError && mode === 'STOP_ON_FAILURE') {
      throw new BinanceError(-2022, 'Order cancel-replace failed.', 400, {
        cancelResult: 'FAILURE', newOrderResult: 'NOT_ATTEMPTED', cancelResponse: cancelled.body(), newOrderResponse: null,
      });
    }
    const placed = attempt(() => this.enter(read, true));
    const data = {
      cancelResult: cancelled instanceof BinanceError ? 'FAILURE' : 'SUCCESS',
      newOrderResult: placed instanceof BinanceError ? 'FAILURE' : 'SUCCESS',
      cancelResponse: cancelled instanceof BinanceError ? cancelled.body() : cancelled,
      newOrderResponse: placed instanceof BinanceError ? placed.body() : placed,
    };
    const failures = [cancelled, placed].filter((each) => each instanceof BinanceError).length;
    if (failures === 2) throw new BinanceError(-2022, 'Order cancel-replace failed.', 400, data);
    if (failures === 1) throw new BinanceError(-2021, 'Order cancel-replace partially failed.', 409, data);
    return data;
  }

  amend(params: JsonRequest): JsonObject {
    const definition = definitionOf(params, this.world);
    const order = this.find(params, 'orderId', 'origClientOrderId', -2038);
    const quantity = readQuantity(required(params, 'newQty'), definition);
    const before = order.clientOrderId;
    const name = params.newClientOrderId === undefined ? this.madeUp() : readName(params, 'newClientOrderId');
    if (order.status !== 'open') throw new BinanceError(-2038, UNKNOWN_ORDER);
    if (quantity === order.quantity) throw new BinanceError(-2038, 'The requested action would change no state; rejecting.');
    if (quantity > order.quantity) throw new BinanceError(-2038, 'Order amend (quantity increase) is not supported.');
    if (quantity <= order.filled) throw new BinanceError(-2038, 'Filter failure: LOT_SIZE');
    this.requestNames.set(order.number, name);
    const refusal = this.world.engine.replace(order, order.price, quantity, this.now());
    if (refusal !== null) throw new BinanceError(-2038, rejectionOf(refusal).message);
    this.world.engine.rename(order, name);
    this.amendNumber += 1;
    return {
      transactTime: milliseconds(order.updatedAt), executionId: this.amendNumber, amendedOrder: amendedView(order, definition, before),
    };
  }

  /** By Venue id or client id; ends with `code` when there is none of this symbol. */
  find(params: JsonRequest, idName: string, clientIdName: string, code: number): OrderRecord {
    const orderId = plain(params[idName]);
    const clientOrderId = plain(params[clientIdName]);
    if (orderId === undefined && clientOrderId === undefined) {
      throw new BinanceError(-1102, `Param '${clientIdName}' or '${idName}' must be sent, but both were empty/null!`);
    }
    const { engine } = this.world;
    const order = orderId === undefined ? engine.byClientOrderId(clientOrderId ?? '') : engine.orders.get(orderNumberOf(orderId));
    if (order === undefined || order.symbol !== plain(params.symbol)) {
      throw new BinanceError(code, code === -2013 ? 'Order does not exist.' : UNKNOWN_ORDER);
    }
    return order;
  }

  private cancelFirst(params: JsonRequest, read: ReadOrder): JsonObject {
    const order = this.find(params, 'cancelOrderId', 'cancelOrigClientOrderId', -2011);
    const requestName = params.cancelNewClientOrderId === undefined ? this.madeUp() : readName(params, 'cancelNewClientOrderId');
    const former = order.clientOrderId;
    checkRestrictions(order, params);
    this.withdraw(order, requestName);
    return cancelledView(order, read.definition, { former, requestName });
  }

  private withdraw(order: OrderRecord, requestName: string): void {
    this.requestNames.set(order.number, requestName);
    const { engine, settings } = this.world;
    engine.cancel(order, this.now());
    if (settings.cancelledName === 'renamed') engine.rename(order, requestName);
  }

  /** `tellRejection`: a rejection after a cancel is told on the user data stream too. */
  private enter({ terms, definition, form }: ReadOrder, tellRejection = false): JsonObject {
    const { engine, status } = this.world;
    if (status !== 'online') throw new BinanceError(-2010, 'Market is closed.');
    const known = engine.byClientOrderId(terms.clientOrderId);
    if (known?.status === 'open') throw new BinanceError(-2010, 'Duplicate order sent.');
    const placed = engine.place(terms, this.now());
    if ('order' in placed) return placedView(placed.order, definition, form);
    if (tellRejection) {
      const { number } = engine.takeBack(terms, this.now(), 'rejected');
      this.rejections.set(number, REJECTIONS[placed.refusal.reason] ?? 'UNKNOWN_ERROR');
    }
    throw rejectionOf(placed.refusal);
  }

  private count(): void {
    if (!this.limit.take(milliseconds(this.now()))) throw tooManyOrders(this.world);
  }

  private madeUp(): string {
    this.nameNumber += 1;
    return madeUpId(this.world.settings.seed, this.nameNumber);
  }

  private now(): bigint {
    return this.world.clock.unixNs();
  }
}

function checkRestrictions(order: OrderRecord, params: JsonRequest): void {
  const restriction = plain(params.cancelRestrictions);
  if (restriction !== undefined && !RESTRICTIONS.includes(restriction)) throw new BinanceError(-1145, 'Invalid cancelRestrictions');
  if (order.status !== 'open') throw new BinanceError(-2011, UNKNOWN_ORDER);
  if ((restriction === 'ONLY_NEW' && order.filled > 0) || (restriction === 'ONLY_PARTIALLY_FILLED' && order.filled === 0)) {
    throw new BinanceError(-2011, 'Order was not canceled due to cancel restrictions.');
  }
}

function tooManyOrders(world: World): BinanceError {
  const { capacity, intervalMs } = world.settings.rateLimit;
  const now = world.clock.unixMs();
  const data = { serverTime: now, retryAfter: now + intervalMs };
  return new BinanceError(-1015, `Too many new orders; current limit is ${capacity} orders per 10 SECOND.`, 429, data);
}

function attempt(act: () => JsonObject): JsonObject | BinanceError {
  try {
    return act();
  } catch (error) {
    if (error instanceof BinanceError) return error;
    throw error;
  }
}
