// Kraken's REST interface: public facts and the account's orders, trades and balances, in pages of fifty; and
// the few order methods that clients use over it.

import { formatDecimal } from '../../../base/decimal.ts';
import { CancelReason, Liquidity, OrderType } from '../../../event/kinds.ts';
import { rfc3339 } from '../clock.ts';
import { CURRENCY_SCALE } from '../engine.ts';
import { type Json, type JsonObject, NumberText, numberValue, textOf, toJson } from '../json.ts';
import type { OrderRecord, TradeRecord } from '../orders.ts';
import type { HttpCall } from '../server.ts';
import { told, type World } from '../world.ts';
import { averagePrice, type Naming, sideOf, typeOf } from './reports.ts';
import { RequestError } from './requests.ts';
import type { KrakenTokens } from './tokens.ts';
import type { KrakenTrading } from './trading.ts';
import { altName, identifier, moneyText, numberIn, pairName, restAsset, restTime } from './wire.ts';

const PAGE = 50;
const TRADES_PAGE = 20;
const IDENTIFIER = /^[A-Z0-9]{6}-[A-Z0-9]{5}-[A-Z0-9]{6}$/;

type Fields = ReadonlyMap<string, string>;

export class KrakenRest {
  private readonly world: World;
  private readonly tokens: KrakenTokens;
  private readonly trading: KrakenTrading;
  private readonly naming: Naming;

  constructor(world: World, tokens: KrakenTokens, trading: KrakenTrading, naming: Naming) {
    this.world = world;
    this.tokens = tokens;
    this.trading = trading;
    this.naming = naming;
  }

  /** The body of the answer; the status is 200 whatever it says. */
  answer(call: HttpCall): string {
    const name = nameOf(call);
    if (call.url.pathname.startsWith('/0/public/')) return this.publicAnswer(name, call);
    if (call.method !== 'POST') return refused('EGeneral:Unknown method');
    const fields = fieldsOf(call);
    const refusal = this.tokens.refuse(call, fields);
    if (refusal !== null) return refused(refusal);
    if (this.world.status === 'maintenance') return refused('EService:Unavailable');
    switch (name) {
      case 'GetWebSocketsToken': return result({ ...this.tokens.issue() });
      case 'Balance': return result(this.balances());
      case 'BalanceEx': return result(this.extendedBalances());
      case 'OpenOrders': return result({ open: this.listed(this.open(fields), fields) });
      case 'ClosedOrders': return this.closed(fields);
      case 'QueryOrders': return this.query(fields);
      case 'TradesHistory': return this.trades(fields);
      case 'QueryTrades': return this.queryTrades(fields);
      case 'AddOrder':
      case 'CancelOrder':
      case 'CancelAll': return this.act(name, fields);
      default: return refused('EGeneral:Unknown method');
    }
  }

  private publicAnswer(name: string, call: HttpCall): string {
    const now = this.world.clock.unixNs();
    switch (name) {
      case 'Time': {
        const date = new Date(this.world.clock.unixMs());
        return result({ unixtime: Math.floor(date.getTime() / 1000), rfc1123: date.toUTCString().replace('GMT', '+0000') });
      }
      case 'SystemStatus': return result({ status: this.world.status, timestamp: `${rfc3339(now).slice(0, 19)}Z` });
      case 'AssetPairs': return this.pairs(call.url.searchParams.get('pair'));
      default: return refused('EGeneral:Unknown method');
    }
  }

  private pairs(names: string | null): string {
    const { instruments } = this.world.settings;
    const asked = names?.split(',') ?? [];
    const known = (name: string): boolean => instruments.some((each) => [each.symbol, altName(each), pairName(each)].includes(name));
    if (!asked.every(known)) return refused('EQuery:Unknown asset pair');
    const chosen = instruments.filter((each) => {
      return names === null || [each.symbol, altName(each), pairName(each)].some((name) => asked.includes(name));
    });
    return result(Object.fromEntries(chosen.map((each) => [pairName(each), {
      altname: altName(each), wsname: each.symbol.replace('BTC', 'XBT'), aclass_base: 'currency', base: restAsset(each.base),
      aclass_quote: 'currency', quote: restAsset(each.quote), lot: 'unit', cost_decimals: 5, pair_decimals: each.priceDecimals,
      lot_decimals: each.quantityDecimals, lot_multiplier: 1, leverage_buy: [], leverage_sell: [],
      fees: [[0, new NumberText(formatDecimal(this.world.settings.takerFeePpm, 4))]],
      fees_maker: [[0, new NumberText(formatDecimal(this.world.settings.makerFeePpm, 4))]], fee_volume_currency: 'ZUSD',
      margin_call: 80, margin_stop: 40, ordermin: each.minimumQuantity, costmin: '0.5', tick_size: each.tickSize,
      status: this.world.status === 'maintenance' ? 'cancel_only' : this.world.status,
    }])));
  }

  private balances(): JsonObject {
    const { engine } = this.world;
    return Object.fromEntries(engine.currencyNames().map((name) => {
      return [restAsset(name), formatDecimal(engine.balanceOf(name).total, CURRENCY_SCALE)];
    }));
  }

  private extendedBalances(): JsonObject {
    const { engine } = this.world;
    return Object.fromEntries(engine.currencyNames().map((name) => {
      const { total, available } = engine.balanceOf(name);
      const hold = formatDecimal(total - available, CURRENCY_SCALE);
      return [restAsset(name), { balance: formatDecimal(total, CURRENCY_SCALE), hold_trade: hold }];
    }));
  }

  private open(fields: Fields): OrderRecord[] {
    return this.world.engine.openOrders().filter((order) => this.isAskedFor(order, fields));
  }

  /** The latest first, as Kraken lists them. */
  private closed(fields: Fields): string {
    const since = this.bound(fields.get('start'), 0n);
    const until = this.bound(fields.get('end'), this.world.clock.unixNs());
    const closed = [...this.world.engine.orders.values()].reverse().filter((order) => {
      return order.status !== 'open' && order.updatedAt > since && order.updatedAt <= until && this.isAskedFor(order, fields);
    });
    const from = Number(fields.get('ofs') ?? '0');
    return result({ closed: this.listed(closed.slice(from, from + PAGE), fields), count: closed.length });
  }

  private query(fields: Fields): string {
    const names = (fields.get('txid') ?? '').split(',').filter((name) => name !== '');
    if (names.length === 0 || names.length > PAGE) return refused('EGeneral:Invalid arguments');
    if (!names.every((name) => IDENTIFIER.test(name))) return refused('EOrder:Invalid order');
    const found = names.flatMap((name) => this.world.engine.orders.get(numberIn('O', this.naming.seed, name)) ?? []);
    return result(this.listed(found, fields));
  }

  private trades(fields: Fields): string {
    const since = this.bound(fields.get('start'), 0n);
    const until = this.bound(fields.get('end'), this.world.clock.unixNs());
    const found = this.world.engine.trades.filter(({ time }) => time > since && time <= until).reverse();
    const from = Number(fields.get('ofs') ?? '0');
    const page = found.slice(from, from + PAGE).map((trade) => {
      told(this.world, trade.number);
      return [identifier('T', this.naming.seed, trade.number), this.tradeInfo(trade)];
    });
    return result({ count: found.length, trades: Object.fromEntries(page) as JsonObject });
  }

  private queryTrades(fields: Fields): string {
    const names = (fields.get('txid') ?? '').split(',').filter((name) => name !== '');
    if (names.length === 0 || names.length > TRADES_PAGE) return refused('EGeneral:Invalid arguments');
    const found = names.flatMap((name) => this.world.engine.trades[numberIn('T', this.naming.seed, name) - 1] ?? []);
    return result(Object.fromEntries(found.map((trade) => {
      told(this.world, trade.number);
      return [identifier('T', this.naming.seed, trade.number), this.tradeInfo(trade)];
    })));
  }

  private act(name: string, fields: Fields): string {
    try {
      if (name === 'CancelAll') return result({ count: this.trading.cancelEvery(this.world.clock.unixNs()) });
      if (name === 'AddOrder') return result(this.add(fields));
      const byName = fields.get('cl_ord_id');
      const count = byName === undefined ? this.trading.cancelByRest('order_id', fields.get('txid') ?? '')
        : this.trading.cancelByRest('cl_ord_id', byName);
      return result({ count });
    } catch (error) {
      if (error instanceof RequestError) return refused(error.message);
      throw error;
    }
  }

  /** REST's names for the fields of add_order. */
  private add(fields: Fields): JsonObject {
    const { instruments } = this.world.settings;
    const pair = fields.get('pair') ?? '';
    const symbol = instruments.find((each) => [each.symbol, altName(each), pairName(each)].includes(pair))?.symbol ?? pair;
    const optional = (name: string, value: string | undefined): [string, unknown][] => (value === undefined ? [] : [[name, value]]);
    const price = fields.get('price');
    const placed = this.trading.addByRest(Object.fromEntries([
      ['order_type', fields.get('ordertype')], ['side', fields.get('type')], ['symbol', symbol],
      ['order_qty', numberValue(fields.get('volume') ?? '')], ...optional('limit_price', price === undefined ? price : numberValue(price)),
      ...optional('time_in_force', fields.get('timeinforce')), ...optional('cl_ord_id', fields.get('cl_ord_id')),
      ...optional('deadline', fields.get('deadline')), ['post_only', (fields.get('oflags') ?? '').split(',').includes('post')],
      ['validate', fields.get('validate') === 'true'],
    ] as [string, unknown][]));
    const kind = `${fields.get('ordertype') ?? ''}${price === undefined ? '' : ` ${price}`}`;
    const order = `${fields.get('type') ?? ''} ${fields.get('volume') ?? ''} ${pair} @ ${kind}`;
    const { order_id: id } = placed;
    return { descr: { order }, txid: id === undefined ? undefined : [id], cl_ord_id: placed.cl_ord_id };
  }

  private isAskedFor(order: OrderRecord, fields: Fields): boolean {
    const named = fields.get('cl_ord_id');
    const reference = fields.get('userref');
    return (named === undefined || order.clientOrderId === named)
      && (reference === undefined || this.naming.extra(order.number).userReference?.text === reference);
  }

  private listed(orders: readonly OrderRecord[], fields: Fields): JsonObject {
    const withTrades = fields.get('trades') === 'true';
    return Object.fromEntries(orders.map((order) => [identifier('O', this.naming.seed, order.number), this.info(order, withTrades)]));
  }

  private info(order: OrderRecord, withTrades: boolean): JsonObject {
    const definition = this.naming.definitionOf(order.symbol);
    const { userReference, isPostOnly } = this.naming.extra(order.number);
    const isMarket = order.type === OrderType.Market;
    const limit = isMarket ? '0' : formatDecimal(order.price, definition.priceDecimals);
    const size = formatDecimal(order.quantity, definition.quantityDecimals);
    const kind = `${typeOf(order.type)}${isMarket ? '' : ` ${limit}`}`;
    const isOpen = order.status === 'open';
    const fee = [...order.fees.values()].reduce((sum, each) => sum + each, 0n);
    return {
      refid: null, userref: userReference ?? null, cl_ord_id: order.clientOrderId === '' ? undefined : order.clientOrderId,
      status: restStatus(order), reason: isOpen ? undefined : closeReason(order, isPostOnly), opentm: restTime(order.createdAt),
      closetm: isOpen ? undefined : restTime(order.updatedAt), starttm: 0, expiretm: 0,
      descr: {
        pair: altName(definition), type: sideOf(order.side), ordertype: typeOf(order.type), price: limit, price2: '0',
        leverage: 'none', order: `${sideOf(order.side)} ${size} ${altName(definition)} @ ${kind}`, close: '',
      },
      vol: size, vol_exec: formatDecimal(order.filled, definition.quantityDecimals), cost: moneyText(order.cost),
      fee: moneyText(fee), price: averagePrice(order, definition).text, stopprice: '0.00000', limitprice: '0.00000', misc: '',
      oflags: isPostOnly ? 'fciq,post' : 'fciq',
      trades: withTrades ? order.trades.map((trade) => identifier('T', this.naming.seed, trade.number)) : undefined,
    };
  }

  private tradeInfo(trade: TradeRecord): Json {
    const definition = this.naming.definitionOf(trade.symbol);
    return {
      ordertxid: identifier('O', this.naming.seed, trade.orderNumber), postxid: identifier('P', this.naming.seed, trade.number),
      pair: pairName(definition), time: restTime(trade.time), type: sideOf(trade.side),
      ordertype: typeOf(this.world.engine.orders.get(trade.orderNumber)?.type ?? OrderType.Limit),
      price: formatDecimal(trade.price, definition.priceDecimals), cost: moneyText(trade.cost),
      fee: textOf(trade.fee, CURRENCY_SCALE), vol: formatDecimal(trade.quantity, definition.quantityDecimals), margin: '0.00000',
      misc: '', trade_id: trade.tradeId, maker: trade.liquidity === Liquidity.Maker,
      ledgers: [identifier('L', this.naming.seed, 2 * trade.number - 1), identifier('L', this.naming.seed, 2 * trade.number)],
    };
  }

  /** Unix seconds, or the id of an order or trade, whose time is meant. */
  private bound(text: string | undefined, otherwise: bigint): bigint {
    if (text === undefined || text === '') return otherwise;
    if (/^\d+(\.\d+)?$/.test(text)) return BigInt(Math.round(Number(text) * 1e6)) * 1000n;
    const { engine } = this.world;
    const trade = engine.trades[numberIn('T', this.naming.seed, text) - 1];
    return trade?.time ?? engine.orders.get(numberIn('O', this.naming.seed, text))?.createdAt ?? otherwise;
  }
}

function restStatus({ status }: OrderRecord): string {
  return status === 'filled' ? 'closed' : status === 'rejected' ? 'canceled' : status === 'expired' ? 'canceled' : status;
}

function closeReason(order: OrderRecord, isPostOnly: boolean): string | null {
  if (order.status === 'filled') return null;
  if (order.cancelReason === CancelReason.Requested) return 'User requested';
  return isPostOnly ? 'Post only order' : null;
}

export function nameOf(call: HttpCall): string {
  return call.url.pathname.split('/').at(-1) ?? '';
}

/** Form or JSON body. */
export function fieldsOf(call: HttpCall): Fields {
  if (!call.body.startsWith('{')) return new Map(new URLSearchParams(call.body));
  try {
    return new Map(Object.entries(JSON.parse(call.body) as object).map(([key, value]) => [key, String(value)]));
  } catch {
    return new Map();
  }
}

function result(value: Json): string {
  return toJson({ error: [], result: value });
}

export function refused(error: string): string {
  return toJson({ error: [error] });
}
