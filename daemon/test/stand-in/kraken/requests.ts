// What Kraken accepts of a request and in which words it refuses: fields, ranges, deadlines. Pure reading; nothing is placed here.
// Texts: docs.kraken.com, guide "Spot error messages", and recorded answers of the WebSocket v2 methods.

import { parseScaled } from '../../../base/decimal.ts';
import { OrderType, RejectReason, Side, TimeInForce } from '../../../event/kinds.ts';
import type { Refusal } from '../../../venues/sim/admission.ts';
import { isNumber, isText, type JsonRequest, plain } from '../json.ts';
import type { OrderTermsGiven } from '../orders.ts';
import type { StandInInstrument } from '../settings.ts';
import type { World } from '../world.ts';

const UUID = /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32})$/i;
const FREE_TEXT = /^[\x21-\x7e]{1,18}$/;
const DEADLINE_MIN_MS = 500;
const DEADLINE_MAX_MS = 60_000;

interface ReadOrder {
  readonly terms: OrderTermsGiven;
  readonly isPostOnly: boolean;
}

/** Refused before the engine is asked. */
export class RequestError extends Error {}

/** `allowsFillOrKill`: of REST AddOrder only. */
export function readOrder(params: JsonRequest, world: World, allowsFillOrKill = false): ReadOrder {
  const type = textField(params, 'order_type');
  if (type !== 'limit' && type !== 'market') throw new RequestError('EGeneral:Invalid arguments:ordertype');
  const side = textField(params, 'side');
  if (side !== 'buy' && side !== 'sell') throw new RequestError('EGeneral:Invalid arguments:type');
  const definition = world.engine.markets.get(textField(params, 'symbol'))?.definition;
  if (definition === undefined) throw new RequestError('EQuery:Unknown asset pair');
  const given = (plain(params.time_in_force) ?? 'gtc').toLowerCase();
  const isKnown = given === 'gtc' || given === 'ioc' || (given === 'fok' && allowsFillOrKill);
  if (!isKnown) throw new RequestError('EGeneral:Invalid arguments:timeinforce');
  const isPostOnly = params.post_only === true;
  if (isPostOnly && (type === 'market' || given !== 'gtc')) throw new RequestError('EGeneral:Invalid arguments:post');
  const clientOrderId = readClientOrderId(params, world);
  const quantity = readQuantity(params, definition);
  const price = type === 'limit' ? readPrice(params, definition) : 0;
  const timeInForce = isPostOnly ? TimeInForce.PostOnly : given === 'fok' ? TimeInForce.FillOrKill
    : given === 'ioc' || type === 'market' ? TimeInForce.ImmediateOrCancel : TimeInForce.GoodTillCancel;
  return {
    isPostOnly,
    terms: {
      clientOrderId, symbol: definition.symbol, side: side === 'buy' ? Side.Buy : Side.Sell, price, quantity, timeInForce,
      type: type === 'limit' ? OrderType.Limit : OrderType.Market,
    },
  };
}

export function readPrice(params: JsonRequest, definition: StandInInstrument): number {
  const text = numberField(params, 'limit_price');
  const scaled = scaledOf(text, definition.priceDecimals);
  if (scaled === null) {
    const { symbol, priceDecimals } = definition;
    throw new RequestError(`EOrder:Invalid price:${symbol} price can only be specified up to ${priceDecimals} decimals.`);
  }
  if (scaled <= 0) throw new RequestError('EGeneral:Invalid arguments:price');
  if (scaled % parseScaled(definition.tickSize, definition.priceDecimals) !== 0) throw new RequestError('EOrder:Tick size check failed');
  return scaled;
}

export function readQuantity(params: JsonRequest, definition: StandInInstrument): number {
  const scaled = scaledOf(numberField(params, 'order_qty'), definition.quantityDecimals);
  if (scaled === null || scaled <= 0) throw new RequestError('EGeneral:Invalid arguments:volume');
  if (scaled < parseScaled(definition.minimumQuantity, definition.quantityDecimals)) {
    throw new RequestError(`EGeneral:Invalid arguments:volume minimum not met`);
  }
  return scaled;
}

function readClientOrderId(params: JsonRequest, world: World): string {
  if (params.cl_ord_id === undefined) return '';
  const text = textField(params, 'cl_ord_id');
  if (!UUID.test(text) && !FREE_TEXT.test(text)) throw new RequestError('EGeneral:Invalid arguments:cl_ord_id');
  if (params.order_userref !== undefined) throw new RequestError('EGeneral:Invalid arguments:cl_ord_id and userref');
  const known = world.engine.byClientOrderId(text);
  if (known !== undefined && known.status === 'open') throw new RequestError('EOrder:Duplicate client order id');
  return text;
}

/** Passed: nothing may happen any more. */
export function checkDeadline(params: JsonRequest, world: World): void {
  if (params.deadline === undefined) return;
  const deadline = Date.parse(textField(params, 'deadline'));
  const left = deadline - world.clock.unixMs();
  if (Number.isNaN(left) || left > DEADLINE_MAX_MS) throw new RequestError('EGeneral:Invalid arguments:deadline');
  if (left < 0) throw new RequestError('EService:Deadline elapsed');
  if (left < DEADLINE_MIN_MS) throw new RequestError('EGeneral:Invalid arguments:deadline');
}

/** Whether the Venue takes this kind of request now. */
export function checkStatus(world: World, adds: boolean, isPostOnly = false): void {
  if (world.status === 'maintenance') throw new RequestError('EService:Unavailable');
  if (world.status === 'cancel_only' && adds) throw new RequestError('EService:Market in cancel_only mode');
  if (world.status === 'post_only' && adds && !isPostOnly) throw new RequestError('EService:Market in post_only mode');
}

export function refusalText({ reason }: Refusal): string {
  switch (reason) {
    case RejectReason.InsufficientFunds: return 'EOrder:Insufficient funds';
    case RejectReason.PostOnlyWouldCross: return 'EOrder:Post only order';
    case RejectReason.InvalidPrice: return 'EOrder:Tick size check failed';
    case RejectReason.InvalidQuantity: return 'EGeneral:Invalid arguments:volume';
    case RejectReason.UnknownOrder:
    case RejectReason.OrderTerminal: return 'EOrder:Unknown order';
    case RejectReason.UnknownInstrument: return 'EQuery:Unknown asset pair';
    case RejectReason.VenueUnavailable: return 'EService:Unavailable';
    default: return 'EGeneral:Internal error';
  }
}

/** Ids in a field that is one text or a list of them. */
export function listField(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).flatMap((each) => plain(each) ?? []);
}

function scaledOf(text: string, decimals: number): number | null {
  try {
    return parseScaled(text, decimals);
  } catch {
    return null;
  }
}

function numberField(params: JsonRequest, name: string): string {
  const value = params[name];
  if (!isNumber(value)) throw new RequestError(`${titled(name)} field must be a number_float`);
  return plain(value) ?? '';
}

function textField(params: JsonRequest, name: string): string {
  const value = params[name];
  if (!isText(value)) throw new RequestError(`${titled(name)} field must be a string`);
  return value;
}

function titled(name: string): string {
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}
