// What Binance accepts of a request and in which words it refuses: parameters, filters, precision. Pure reading; nothing is placed
// here. Texts: github.com/binance/binance-spot-api-docs, errors.md and web-socket-api.md.

import { parseScaled } from '../../../base/decimal.ts';
import { OrderType, RejectReason, Side, TimeInForce } from '../../../event/kinds.ts';
import type { Refusal } from '../../../venues/sim/admission.ts';
import { type JsonRequest, plain } from '../json.ts';
import type { OrderTermsGiven } from '../orders.ts';
import type { StandInInstrument } from '../settings.ts';
import type { World } from '../world.ts';
import { required } from './signature.ts';
import { BinanceError, UNKNOWN_ORDER } from './wire.ts';

type ResponseForm = 'ACK' | 'RESULT' | 'FULL';

const NAME = /^[a-zA-Z0-9\-_.:/]{1,36}$/;
const SECURITY = ['apiKey', 'recvWindow', 'signature', 'timestamp', 'returnRateLimits'];
const ORDER = [
  'symbol', 'side', 'type', 'timeInForce', 'price', 'quantity', 'quoteOrderQty', 'newClientOrderId', 'newOrderRespType', 'stopPrice',
  'trailingDelta', 'icebergQty', 'strategyId', 'strategyType', 'selfTradePreventionMode', 'pegPriceType', 'pegOffsetValue',
  'pegOffsetType',
];
const WHICH = ['symbol', 'orderId', 'origClientOrderId'];

/** Parameters of each method, besides those of security. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  'order.place': ORDER,
  'order.cancel': [...WHICH, 'newClientOrderId', 'cancelRestrictions'],
  'order.cancelReplace': [
    ...ORDER, 'cancelReplaceMode', 'cancelOrderId', 'cancelOrigClientOrderId', 'cancelNewClientOrderId', 'cancelRestrictions',
    'orderRateLimitExceededMode',
  ],
  'order.amend.keepPriority': [...WHICH, 'newClientOrderId', 'newQty'],
  'openOrders.cancelAll': ['symbol'],
  'openOrders.status': ['symbol'],
  'order.status': WHICH,
  allOrders: ['symbol', 'orderId', 'startTime', 'endTime', 'limit'],
  myTrades: ['symbol', 'orderId', 'startTime', 'endTime', 'fromId', 'limit'],
  'account.status': ['omitZeroBalances'],
};

export function checkParameters(method: string, params: JsonRequest): void {
  const expected = PARAMETERS[method];
  if (expected === undefined) return;
  const given = Object.keys(params);
  const read = given.filter((name) => expected.includes(name) || SECURITY.includes(name));
  if (read.length === given.length) return;
  throw new BinanceError(-1104,
    `Not all sent parameters were read; read '${read.length}' parameter(s) but was sent '${given.length}'.`);
}

export interface ReadOrder {
  readonly terms: OrderTermsGiven;
  readonly form: ResponseForm;
  readonly definition: StandInInstrument;
}

export function readOrder(params: JsonRequest, world: World, madeUp: () => string): ReadOrder {
  const definition = definitionOf(params, world);
  const side = oneOf(params, 'side', ['BUY', 'SELL'], -1117, 'Invalid side.');
  const type = oneOf(params, 'type', ['LIMIT', 'MARKET', 'LIMIT_MAKER'], -1116, 'Invalid orderType.');
  const timeInForce = readTimeInForce(params, type);
  if (type === 'MARKET') notRequired(params, 'price');
  const quantity = readQuantity(required(params, 'quantity'), definition);
  const price = type === 'MARKET' ? 0 : readPrice(required(params, 'price'), definition);
  const clientOrderId = params.newClientOrderId === undefined ? madeUp() : readName(params, 'newClientOrderId');
  const given = plain(params.newOrderRespType) ?? (type === 'LIMIT_MAKER' ? 'ACK' : 'FULL');
  if (given !== 'ACK' && given !== 'RESULT' && given !== 'FULL') throw new BinanceError(-1122, 'Invalid newOrderRespType.');
  return {
    definition, form: given,
    terms: {
      clientOrderId, symbol: definition.symbol, price, quantity, timeInForce, side: side === 'BUY' ? Side.Buy : Side.Sell,
      type: type === 'MARKET' ? OrderType.Market : OrderType.Limit,
    },
  };
}

function readTimeInForce(params: JsonRequest, type: string): TimeInForce {
  if (type !== 'LIMIT') {
    notRequired(params, 'timeInForce');
    return type === 'MARKET' ? TimeInForce.ImmediateOrCancel : TimeInForce.PostOnly;
  }
  required(params, 'timeInForce');
  const given = oneOf(params, 'timeInForce', ['GTC', 'IOC', 'FOK'], -1115, 'Invalid timeInForce.');
  return given === 'GTC' ? TimeInForce.GoodTillCancel : given === 'IOC' ? TimeInForce.ImmediateOrCancel : TimeInForce.FillOrKill;
}

export function definitionOf(params: JsonRequest, world: World): StandInInstrument {
  const market = world.engine.markets.get(required(params, 'symbol'));
  if (market === undefined) throw new BinanceError(-1121, 'Invalid symbol.');
  return market.definition;
}

export function readQuantity(text: string, definition: StandInInstrument): number {
  const scaled = scaledOf(text, definition.quantityDecimals, 'quantity');
  const lot = parseScaled(definition.lotSize, definition.quantityDecimals);
  if (scaled < parseScaled(definition.minimumQuantity, definition.quantityDecimals) || scaled % lot !== 0) {
    throw new BinanceError(-1013, 'Filter failure: LOT_SIZE');
  }
  return scaled;
}

function readPrice(text: string, definition: StandInInstrument): number {
  const scaled = scaledOf(text, definition.priceDecimals, 'price');
  if (scaled <= 0) throw new BinanceError(-1013, 'Invalid price.');
  if (scaled % parseScaled(definition.tickSize, definition.priceDecimals) !== 0) {
    throw new BinanceError(-1013, 'Filter failure: PRICE_FILTER');
  }
  return scaled;
}

export function readName(params: JsonRequest, name: string): string {
  const text = plain(params[name]) ?? '';
  if (NAME.test(text)) return text;
  throw new BinanceError(-1100,
    `Illegal characters found in parameter '${name}'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.`);
}

function scaledOf(text: string, decimals: number, name: string): number {
  if (!/^\d{1,20}(\.\d{1,20})?$/.test(text)) {
    throw new BinanceError(-1100, `Illegal characters found in parameter '${name}'; legal range is '^([0-9]{1,20})(\\.[0-9]{1,20})?$'.`);
  }
  try {
    return parseScaled(text, decimals);
  } catch {
    throw new BinanceError(-1111, `Parameter '${name}' has too much precision.`);
  }
}

function oneOf<T extends string>(params: JsonRequest, name: string, values: readonly T[], code: number, message: string): T {
  const text = required(params, name);
  const found = values.find((value) => value === text);
  if (found === undefined) throw new BinanceError(code, message);
  return found;
}

function notRequired(params: JsonRequest, name: string): void {
  if (params[name] !== undefined) throw new BinanceError(-1106, `Parameter '${name}' sent when not required.`);
}

/** Why the matching engine did not take an order. */
export function rejectionOf({ reason }: Refusal): BinanceError {
  switch (reason) {
    case RejectReason.InsufficientFunds: return new BinanceError(-2010, 'Account has insufficient balance for requested action.');
    case RejectReason.PostOnlyWouldCross: return new BinanceError(-2010, 'Order would immediately match and take.');
    case RejectReason.InvalidPrice: return new BinanceError(-1013, 'Filter failure: PRICE_FILTER');
    case RejectReason.InvalidQuantity: return new BinanceError(-1013, 'Filter failure: LOT_SIZE');
    case RejectReason.UnknownOrder:
    case RejectReason.OrderTerminal: return new BinanceError(-2011, UNKNOWN_ORDER);
    case RejectReason.VenueUnavailable: return new BinanceError(-2010, 'Market is closed.');
    default: return new BinanceError(-2010, 'This action is disabled on this account.');
  }
}
