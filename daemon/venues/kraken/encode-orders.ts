// What tcx says to Kraken's authenticated WebSocket v2, and the parameters of its REST calls: text from numbers, exactly. A
// frame comes twice: as it is sent, and as the recording keeps it, without the token. Pure.

import { formatDecimal } from '../../base/decimal.ts';
import { formatTimestamp } from '../../base/rfc3339.ts';
import { OrderType, Side, TimeInForce } from '../../event/kinds.ts';
import type { KnownOrder } from '../../event/order-adapter.ts';
import { altname } from './assets.ts';

export interface OutFrame { readonly frame: string; readonly recorded: string }

const TOKEN_MARK = '<redacted:websockets-token>';

export function subscribe(channel: 'executions' | 'balances', token: string): OutFrame {
  const options = channel === 'executions' ? '"snap_orders":true,"snap_trades":false,"order_status":true' : '"snapshot":true';
  return withToken('subscribe', `"channel":"${channel}",${options}`, token, 0);
}

export function ping(): string {
  return '{"method":"ping"}';
}

/** `deadline`: Unix ms after which the engine must not take it. */
export function addOrder(order: KnownOrder, deadline: number, token: string, requestId: number): OutFrame {
  const { instrument, side, type, timeInForce, price, quantity, clientOrderId } = order;
  const parameters = [
    text('order_type', type === OrderType.Market ? 'market' : 'limit'), text('side', sideName(side)),
    `"order_qty":${formatDecimal(quantity, instrument.quantityScale)}`, text('symbol', instrument.symbol),
  ];
  if (type === OrderType.Limit) {
    parameters.push(`"limit_price":${formatDecimal(price, instrument.priceScale)}`);
    parameters.push(text('time_in_force', timeInForce === TimeInForce.ImmediateOrCancel ? 'ioc' : 'gtc'));
    if (timeInForce === TimeInForce.PostOnly) parameters.push('"post_only":true');
  }
  parameters.push(text('cl_ord_id', clientOrderId), text('deadline', deadlineText(deadline)));
  return withToken('add_order', parameters.join(','), token, requestId);
}

/** In place: ids and what is filled stay; the quantity is the total. */
export function amendOrder(
  order: KnownOrder, to: { readonly price: number; readonly quantity: number }, deadline: number, token: string, requestId: number,
): OutFrame {
  const { instrument, timeInForce } = order;
  const parameters = [
    name(order, false), `"order_qty":${formatDecimal(to.quantity, instrument.quantityScale)}`,
    `"limit_price":${formatDecimal(to.price, instrument.priceScale)}`,
  ];
  if (timeInForce === TimeInForce.PostOnly) parameters.push('"post_only":true');
  parameters.push(text('deadline', deadlineText(deadline)));
  return withToken('amend_order', parameters.join(','), token, requestId);
}

export function cancelOrder(order: KnownOrder, token: string, requestId: number): OutFrame {
  return withToken('cancel_order', name(order, true), token, requestId);
}

export function cancelAll(token: string, requestId: number): OutFrame {
  return withToken('cancel_all', '', token, requestId);
}

export function cancelAllAfter(seconds: number, token: string, requestId: number): OutFrame {
  return withToken('cancel_all_orders_after', `"timeout":${seconds}`, token, requestId);
}

/** Fill or kill is a time in force of REST AddOrder only. */
export function fillOrKill(order: KnownOrder, deadline: number): readonly (readonly [string, string])[] {
  const { instrument, side, price, quantity, clientOrderId } = order;
  return [
    ['ordertype', 'limit'], ['type', sideName(side)], ['volume', formatDecimal(quantity, instrument.quantityScale)],
    ['pair', altname(instrument.symbol)], ['price', formatDecimal(price, instrument.priceScale)], ['timeinforce', 'FOK'],
    ['cl_ord_id', clientOrderId], ['deadline', deadlineText(deadline)],
  ];
}

/** `application/x-www-form-urlencoded`. */
export function encodeForm(parameters: readonly (readonly [string, string])[]): string {
  return parameters.map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`).join('&');
}

/** To the millisecond. */
function deadlineText(unixMs: number): string {
  return formatTimestamp(BigInt(unixMs) * 1_000_000n, 3);
}

function sideName(side: Side): string {
  return side === Side.Buy ? 'buy' : 'sell';
}

function text(key: string, value: string): string {
  return `"${key}":${JSON.stringify(value)}`;
}

/** By Kraken's id once it is known. */
function name({ venueOrderId, clientOrderId }: KnownOrder, isList: boolean): string {
  const [key, id] = venueOrderId === '' ? ['cl_ord_id', clientOrderId] : ['order_id', venueOrderId];
  return isList ? `"${key}":[${JSON.stringify(id)}]` : text(key, id);
}

/** `requestId` 0: none. */
function withToken(method: string, parameters: string, token: string, requestId: number): OutFrame {
  const comma = parameters === '' ? '' : ',';
  const end = requestId === 0 ? '' : `,"req_id":${requestId}`;
  const frame = (secret: string): string => (
    `{"method":"${method}","params":{${parameters}${comma}"token":${JSON.stringify(secret)}}${end}}`);
  return { frame: frame(token), recorded: frame(TOKEN_MARK) };
}
