// What tcx says to Kraken's authenticated WebSocket v2, and the parameters of its REST calls: text from numbers, exactly. A
// frame comes twice: as it is sent, and as the recording keeps it, without the token. Pure.

import { formatDecimal } from '../../base/decimal.ts';
import { OrderType, Side, TimeInForce } from '../../event/kinds.ts';
import type { KnownOrder } from '../../event/order-adapter.ts';
import { altname } from './assets.ts';

export interface OutFrame { readonly frame: string; readonly recorded: string }

const TOKEN_MARK = '<redacted:websockets-token>';
const DAY_MS = 86_400_000;

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
  parameters.push(text('cl_ord_id', clientOrderId), text('deadline', rfc3339(deadline)));
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
  parameters.push(text('deadline', rfc3339(deadline)));
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
    ['cl_ord_id', clientOrderId], ['deadline', rfc3339(deadline)],
  ];
}

/** `application/x-www-form-urlencoded`. */
export function encodeForm(parameters: readonly (readonly [string, string])[]): string {
  return parameters.map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`).join('&');
}

/** Milliseconds of Unix time as RFC 3339 in UTC, to the millisecond. */
export function rfc3339(unixMs: number): string {
  const days = Math.floor(unixMs / DAY_MS);
  const ms = unixMs - days * DAY_MS;
  // Years that begin in March: the leap day comes last.
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524)
    - Math.floor(dayOfEra / 146_096)) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const time = [ms / 3_600_000, (ms / 60_000) % 60, (ms / 1000) % 60].map((part) => digits(Math.floor(part), 2)).join(':');
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}T${time}.${digits(Math.floor(ms % 1000), 3)}Z`;
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, '0');
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
