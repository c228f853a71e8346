// A few of Binance's rules in memory, for tests of the adapter: orders, fills at will, the user data stream, answers that are
// lost, late, or unsure. Frames wait in two queues, answers and events, until the test lets them through.

import type { JsonTextObject } from '../../base/json-text.ts';
import { isJsonObject, objectOf, parseJsonText, textOf } from '../../base/json-text.ts';
import { formatDecimal, parseScaled } from '../../base/decimal.ts';

export const QUANTITY_SCALE = 4;
const START_MS = 1_700_000_000_000;

export interface FakeOrder {
  readonly orderId: number;
  readonly placedAs: string;
  clientOrderId: string;
  readonly side: string;
  readonly type: string;
  readonly timeInForce: string;
  readonly price: string;
  quantity: number;
  executed: number;
  status: string;
}

interface FakeTrade { readonly id: number; readonly order: FakeOrder; readonly quantity: number; readonly time: number }

/** What happens to the next request of order entry. */
export type Mishap = 'none' | 'unsure-done' | 'unsure-undone' | 'lost-done' | 'lost-undone' | 'new-fails' | 'skewed' | 'limited';

type Parameters = JsonTextObject;
type Outcome = { readonly result: unknown } | { readonly status: number; readonly error: unknown };

export class FakeVenue {
  readonly orders: FakeOrder[] = [];
  readonly trades: FakeTrade[] = [];
  readonly answers: string[] = [];
  readonly events: string[] = [];
  readonly seen: string[] = [];
  readonly keepsNameOfCancelled: boolean;
  mishap: Mishap = 'none';
  timeMs = START_MS;
  private executions = 0;

  constructor(keepsNameOfCancelled: boolean) {
    this.keepsNameOfCancelled = keepsNameOfCancelled;
  }

  /** A frame of ours. */
  receive(frame: string): void {
    const request = parseJsonText(frame);
    if (!isJsonObject(request)) throw new Error(`not a request: ${frame}`);
    const method = textOf(request, 'method');
    this.seen.push(method);
    const parameters = objectOf(request, 'params') ?? {};
    const isTrading = /^order\.(place|cancel|cancelReplace|amend)/.test(method);
    const mishap = isTrading ? this.mishap : 'none';
    if (isTrading) this.mishap = 'none';
    const refused = REFUSALS[mishap];
    const isDone = refused === undefined && mishap !== 'unsure-undone' && mishap !== 'lost-undone';
    const outcome: Outcome = refused ?? (isDone ? this.act(method, parameters, mishap === 'new-fails') : UNSURE);
    if (mishap === 'lost-done' || mishap === 'lost-undone') return;
    this.answer(request, mishap === 'unsure-done' ? UNSURE : outcome);
  }

  private answer(request: JsonTextObject, outcome: Outcome): void {
    const id = Number(textOf(request, 'id'));
    this.answers.push(JSON.stringify({ id, status: 200, ...outcome }));
  }

  private act(method: string, parameters: Parameters, newFails: boolean): Outcome {
    this.timeMs += 1;
    switch (method) {
      case 'time': return { result: { serverTime: this.timeMs } };
      case 'order.place': return this.place(parameters, newFails);
      case 'order.cancel': return this.cancel(this.live(textOf(parameters, 'origClientOrderId')), textOf(parameters, 'newClientOrderId'));
      case 'order.cancelReplace': return this.cancelReplace(parameters, newFails);
      case 'order.amend.keepPriority': return this.amend(parameters);
      case 'openOrders.cancelAll': return this.cancelAll();
      case 'order.status': return this.status(parameters);
      case 'openOrders.status': return { result: this.orders.filter(isLive).map(view) };
      case 'myTrades': return this.myTrades(parameters);
      case 'account.status': return { result: { balances: [{ asset: 'BTC', free: '1.5', locked: '0.25' }] } };
      default: return { result: {} };
    }
  }

  /** By whatever came before on the book. */
  fill(order: FakeOrder, quantity: number): void {
    if (!isLive(order)) return;
    const filled = Math.min(quantity, order.quantity - order.executed);
    order.executed += filled;
    order.status = order.executed === order.quantity ? 'FILLED' : 'PARTIALLY_FILLED';
    const trade = { id: this.trades.length + 1, order, quantity: filled, time: this.timeMs };
    this.trades.push(trade);
    this.report(order, 'TRADE', {
      t: trade.id, l: text(filled), L: order.price, n: '0.0001', N: 'BNB', m: true,
    });
  }

  live(clientOrderId: string): FakeOrder | undefined {
    return this.orders.find((order) => order.clientOrderId === clientOrderId && isLive(order));
  }

  private place(parameters: Parameters, fails: boolean): Outcome {
    const clientOrderId = textOf(parameters, 'newClientOrderId');
    if (fails) return { status: 400, error: { code: -2010, msg: 'Order would immediately match and take.' } };
    if (this.orders.some(({ placedAs }) => placedAs === clientOrderId)) throw new Error(`placed twice: ${clientOrderId}`);
    const order: FakeOrder = {
      orderId: this.orders.length + 1000, clientOrderId, placedAs: clientOrderId, side: textOf(parameters, 'side'),
      type: textOf(parameters, 'type'), timeInForce: textOf(parameters, 'timeInForce') || 'GTC', price: textOf(parameters, 'price'),
      quantity: parseScaled(textOf(parameters, 'quantity'), QUANTITY_SCALE), executed: 0, status: 'NEW',
    };
    this.orders.push(order);
    this.report(order, 'NEW', {});
    return { result: { symbol: 'BTCUSDT', orderId: order.orderId, orderListId: -1, clientOrderId, transactTime: this.timeMs } };
  }

  private cancel(order: FakeOrder | undefined, nextName: string): Outcome {
    if (order === undefined) return UNKNOWN_ORDER;
    order.status = 'CANCELED';
    const former = order.clientOrderId;
    const renamed = nextName || `auto${order.orderId}`;
    this.report({ ...order, clientOrderId: renamed }, 'CANCELED', { C: former });
    if (!this.keepsNameOfCancelled) order.clientOrderId = renamed;
    return { result: { ...view(order), origClientOrderId: former, clientOrderId: renamed } };
  }

  private cancelReplace(parameters: Parameters, fails: boolean): Outcome {
    const order = this.live(textOf(parameters, 'cancelOrigClientOrderId'));
    const isBarred = textOf(parameters, 'cancelRestrictions') === 'ONLY_NEW' && order !== undefined && order.executed > 0;
    if (order === undefined || isBarred) {
      const msg = isBarred ? 'Order was not canceled due to cancel restrictions.' : 'Unknown order sent.';
      const data = {
        cancelResult: 'FAILURE', newOrderResult: 'NOT_ATTEMPTED', cancelResponse: { code: -2011, msg }, newOrderResponse: null,
      };
      return { status: 400, error: { code: -2022, msg: 'Order cancel-replace failed.', data } };
    }
    const cancelled = this.cancel(order, textOf(parameters, 'cancelNewClientOrderId')) as { result: unknown };
    const placed = this.place(parameters, fails);
    if ('result' in placed) {
      const halves = { cancelResponse: cancelled.result, newOrderResponse: placed.result };
      return { result: { cancelResult: 'SUCCESS', newOrderResult: 'SUCCESS', ...halves } };
    }
    this.report({ ...order, clientOrderId: textOf(parameters, 'newClientOrderId'), orderId: 1, status: 'REJECTED' }, 'REJECTED', {
      r: 'WOULD_MATCH_IMMEDIATELY',
    });
    const data = {
      cancelResult: 'SUCCESS', newOrderResult: 'FAILURE', cancelResponse: cancelled.result, newOrderResponse: placed.error,
    };
    return { status: 409, error: { code: -2021, msg: 'Order cancel-replace partially failed.', data } };
  }

  private amend(parameters: Parameters): Outcome {
    const order = this.live(textOf(parameters, 'origClientOrderId'));
    const quantity = parseScaled(textOf(parameters, 'newQty'), QUANTITY_SCALE);
    if (order === undefined) return { status: 400, error: { code: -2038, msg: 'Unknown order sent.' } };
    if (quantity >= order.quantity || quantity <= order.executed) {
      return { status: 400, error: { code: -2038, msg: 'Order amend (quantity increase) is not supported.' } };
    }
    order.quantity = quantity;
    this.report(order, 'REPLACED', { C: order.clientOrderId });
    const { origQty, ...rest } = view(order);
    return { result: { transactTime: this.timeMs, executionId: this.executions, amendedOrder: { ...rest, qty: origQty } } };
  }

  private cancelAll(): Outcome {
    const live = this.orders.filter(isLive);
    if (live.length === 0) return UNKNOWN_ORDER;
    return { result: live.map((order) => (this.cancel(order, '') as { result: unknown }).result) };
  }

  private status(parameters: Parameters): Outcome {
    const id = textOf(parameters, 'origClientOrderId');
    const found = id === '' ? this.orders.find(({ orderId }) => orderId === Number(textOf(parameters, 'orderId')))
      : this.orders.findLast(({ clientOrderId }) => clientOrderId === id);
    return found === undefined ? { status: 400, error: { code: -2013, msg: 'Order does not exist.' } } : { result: view(found) };
  }

  private myTrades(parameters: Parameters): Outcome {
    const orderId = textOf(parameters, 'orderId');
    const from = Number(textOf(parameters, 'fromId') || '0');
    const start = Number(textOf(parameters, 'startTime') || '0');
    const end = Number(textOf(parameters, 'endTime') || 'Infinity');
    if (end - start > 86_400_000 && end !== Infinity) throw new Error('more than a day');
    const rows = this.trades.filter(({ id, order, time }) => id >= from && time >= start && time <= end
      && (orderId === '' || order.orderId === Number(orderId)));
    return {
      result: rows.slice(0, Number(textOf(parameters, 'limit'))).map(({ id, order, quantity, time }) => ({
        symbol: 'BTCUSDT', id, orderId: order.orderId, price: order.price, qty: text(quantity), commission: '0.0001',
        commissionAsset: 'BNB', time, isBuyer: order.side === 'BUY', isMaker: true, isBestMatch: true,
      })),
    };
  }

  private report(order: FakeOrder, execution: string, more: Readonly<Record<string, unknown>>): void {
    this.executions += 1;
    this.events.push(JSON.stringify({
      subscriptionId: 0,
      event: {
        e: 'executionReport', E: this.timeMs, s: 'BTCUSDT', c: order.clientOrderId, S: order.side, o: order.type, f: order.timeInForce,
        q: text(order.quantity), p: order.price, C: '', x: execution, X: order.status, r: 'NONE', i: order.orderId, l: '0.0000',
        z: text(order.executed), L: '0.00', n: '0', N: null, T: this.timeMs, t: -1, I: this.executions, m: false, ...more,
      },
    }));
  }
}

const UNSURE: Outcome = { status: 504, error: { code: -1007, msg: 'Timeout waiting for response from backend server.' } };
const UNKNOWN_ORDER: Outcome = { status: 400, error: { code: -2011, msg: 'Unknown order sent.' } };
const REFUSALS: Partial<Record<Mishap, Outcome>> = {
  skewed: { status: 400, error: { code: -1021, msg: 'Timestamp for this request is outside of the recvWindow.' } },
  limited: { status: 429, error: { code: -1015, msg: 'Too many new orders.', data: { serverTime: 1000, retryAfter: 1001 } } },
};

export function isLive({ status }: FakeOrder): boolean {
  return status === 'NEW' || status === 'PARTIALLY_FILLED';
}

function text(quantity: number): string {
  return formatDecimal(quantity, QUANTITY_SCALE);
}

function view(order: FakeOrder) {
  return {
    symbol: 'BTCUSDT', orderId: order.orderId, orderListId: -1, clientOrderId: order.clientOrderId, transactTime: START_MS,
    price: order.price, origQty: text(order.quantity), executedQty: text(order.executed), status: order.status,
    timeInForce: order.timeInForce, type: order.type, side: order.side,
  };
}
