// Kraken's whole truth over REST: one order, or every open one with those named, the executions and the balances. Each
// operation yields the calls it needs and is given their answers; facts come only when all is there, executions first. Keeps
// nothing between operations. What is said of executions and balances is fetched together, again when one moved meanwhile.

import { isJsonObject, objectOf, textOf, type JsonTextObject } from '../../base/json-text.ts';
import { formatDecimal, parseDecimal } from '../../base/decimal.ts';
import { ownOrderId } from '../../event/client-order-id.ts';
import { Liquidity, RejectReason, Side, VenueOrderStatus } from '../../event/kinds.ts';
import {
  AnswerClass, type BalancesFact, type FilledFact, type KnownOrder, type OrderFact, type OrderName, type RequestAnswer,
  type StatusFact,
} from '../../event/order-adapter.ts';
import { currencyOf, quoteOf } from './assets.ts';
import { sideOf } from './private.ts';
import type { RestAnswer, RestCall } from './rest-client.ts';

export type Operation = Generator<RestCall, RequestAnswer, RestAnswer>;

/** What an operation needs besides: REST's pair names, and where facts and problems go. */
export interface AccountContext {
  /** Unix ns by Kraken's clock, as far as it is known. */
  venueNs(): bigint;
  /** How many executions the stream has told. */
  streamed(): number;
  symbolOf(pair: string): string;
  fact(fact: OrderFact): void;
  problem(kind: string, sample: string): void;
}

/** An order whose report names no client order id has none: one that tcx never makes. */
const NO_CLIENT_ORDER_ID = 'none';
const QUERY_ORDERS_MAX = 50;
const QUERY_TRADES_MAX = 20;
const PAGE_SIZE = 50;
const PAGES_MAX = 100;
/** More are looked for among all that closed since; so few are asked for one by one. */
const BY_NAME_MAX = 2;
/** A page of closed orders has to stand for so many calls by name. */
const BY_NAME_PER_PAGE = 4;
const ROUNDS_MAX = 2;
const AMOUNT_SCALE = 20;
const NS_PER_SECOND = 1_000_000_000n;
/** What is known of Kraken's clock is wrong by less. */
const CLOCK_ERROR_NS = 1_000_000_000n;
/** Clocks of Kraken's parts differ by so much. */
const OVERLAP_SECONDS = 2n;
const DONE: RequestAnswer = { class: AnswerClass.Done, reason: RejectReason.Other, message: '', retryAfterMs: 0 };

/** An order as OpenOrders, ClosedOrders and QueryOrders report it. */
interface OrderInfo { readonly id: string; readonly fields: JsonTextObject }
interface TradeInfo { readonly id: string; readonly fields: JsonTextObject; readonly time: bigint }

/** Balances that every execution told so far is in, if the stream has told no more than these. */
interface Balances { readonly fields: JsonTextObject; readonly streamed: number }

class Failed extends Error {
  readonly answer: RequestAnswer;

  constructor(answer: RequestAnswer) {
    super(answer.message);
    this.answer = answer;
  }
}

/** Orders and executions found so far. */
class Findings {
  readonly orders = new Map<string, OrderInfo>();
  readonly trades = new Map<string, TradeInfo>();

  addOrders(list: JsonTextObject): void {
    for (const [id, fields] of Object.entries(list)) if (isJsonObject(fields)) this.orders.set(id, { id, fields });
  }

  addTrades(list: JsonTextObject): number {
    let count = 0;
    for (const [id, fields] of Object.entries(list)) {
      count += 1;
      if (isJsonObject(fields)) this.trades.set(id, { id, fields, time: secondsToNs(textOf(fields, 'time')) });
    }
    return count;
  }

  /** The newest order of this client order id: an id may be used again once its order is closed. */
  byClient(clientOrderId: string): OrderInfo | undefined {
    const found = [...this.orders.values()].filter(({ fields }) => textOf(fields, 'cl_ord_id') === clientOrderId);
    return found.sort((a, b) => Number(textOf(b.fields, 'opentm')) - Number(textOf(a.fields, 'opentm')))[0];
  }

  find(order: KnownOrder): OrderInfo | undefined {
    const byId = order.venueOrderId === '' ? undefined : this.orders.get(order.venueOrderId);
    return byId ?? (order.clientOrderId === '' ? undefined : this.byClient(order.clientOrderId));
  }
}

// ── one order ───────────────────────────────────────────────────────────────────────────────────
export function* query(order: KnownOrder, context: AccountContext): Operation {
  return yield* guarded(function* () {
    const findings = new Findings();
    yield* findOrders([order], findings, true);
    const info = findings.find(order);
    if (info !== undefined) yield* findTrades(tradeIds([info]), findings);
    tellTrades(findings, context, new Set([info?.id ?? '']));
    tellStatus(order, info, context);
    return DONE;
  }());
}

// ── everything ──────────────────────────────────────────────────────────────────────────────────
export function* reconcile(orders: readonly KnownOrder[], since: bigint, context: AccountContext): Operation {
  return yield* guarded(function* () {
    const findings = new Findings();
    const open = yield* ask('OpenOrders', [['trades', 'true']]);
    findings.addOrders(objectOf(open, 'open') ?? {});
    const openIds = [...findings.orders.keys()];
    yield* listClosed(orders, since, findings);
    yield* findOrders(orders, findings, false);
    const named = orders.flatMap((order) => findings.find(order) ?? []);
    const balances = yield* findBalancesAndTrades(findings, since, context);
    yield* findTrades(tradeIds(named).filter((id) => !findings.trades.has(id)), findings);
    yield* findOwners(findings);
    tellTrades(findings, context, null);
    const told = new Set<string>();
    for (const order of orders) {
      const info = findings.find(order);
      if (info !== undefined) told.add(info.id);
      tellStatus(order, info, context);
    }
    for (const id of openIds) if (!told.has(id)) tellFound(findings.orders.get(id), context);
    // Balances older than the last execution would be taken for a difference; their own stream tells them once it is quiet.
    if (balances !== null && balances.streamed === context.streamed()) context.fact(balancesFact(balances.fields));
    return DONE;
  }());
}

/** An answer that says no ends the operation with it. */
function* guarded(steps: Operation): Operation {
  try {
    return yield* steps;
  } catch (error) {
    if (error instanceof Failed) return error.answer;
    throw error;
  }
}

function* ask(method: string, parameters: RestCall['parameters'], cost = 1): Generator<RestCall, JsonTextObject, RestAnswer> {
  const answer = yield { method, parameters, cost, isAct: false };
  if (answer.isOk) return answer.result;
  throw new Failed(unsure(answer.answer));
}

/** A read that is refused decides nothing about an order. */
function unsure(answer: RequestAnswer): RequestAnswer {
  return answer.class === AnswerClass.Rejected ? { ...answer, class: AnswerClass.Ambiguous } : answer;
}

/**
 * Those that are not among the findings: by Kraken's id where it is known, else by ours, open ones first and then closed ones,
 * so that none slips through. `mayBeOpen`: the open ones have not been listed yet.
 */
function* findOrders(
  orders: readonly KnownOrder[], findings: Findings, mayBeOpen: boolean,
): Generator<RestCall, void, RestAnswer> {
  const missing = orders.filter((order) => findings.find(order) === undefined);
  const ids = [...new Set(missing.map(({ venueOrderId }) => venueOrderId).filter((id) => id !== ''))];
  for (let from = 0; from < ids.length; from += QUERY_ORDERS_MAX) {
    yield* queryOrders(ids.slice(from, from + QUERY_ORDERS_MAX), findings);
  }
  for (const order of missing) {
    const { clientOrderId } = order;
    if (!isNamed(order) || findings.find(order) !== undefined) continue;
    const parameters: RestCall['parameters'] = [['trades', 'true'], ['cl_ord_id', clientOrderId]];
    if (mayBeOpen) findings.addOrders(objectOf(yield* ask('OpenOrders', parameters), 'open') ?? {});
    if (findings.byClient(clientOrderId) !== undefined) continue;
    const closed = yield* ask('ClosedOrders', [...parameters, ['consolidate_taker', 'false'], ['without_count', 'true']]);
    findings.addOrders(objectOf(closed, 'closed') ?? {});
  }
}

/** Orders without Kraken's id that are not open: most have closed since executions were last known. */
function* listClosed(orders: readonly KnownOrder[], since: bigint, findings: Findings): Generator<RestCall, void, RestAnswer> {
  let missing = orders.filter((order) => order.venueOrderId === '' && isNamed(order) && findings.find(order) === undefined);
  const pages = Math.ceil(missing.length / BY_NAME_PER_PAGE);
  for (let page = 0; page < pages && missing.length > BY_NAME_MAX; page += 1) {
    const result = yield* ask('ClosedOrders', [
      ['trades', 'true'], ['start', String(since / NS_PER_SECOND - OVERLAP_SECONDS)], ['ofs', String(page * PAGE_SIZE)],
      ['closetime', 'close'], ['consolidate_taker', 'false'], ['without_count', 'true'],
    ]);
    const closed = objectOf(result, 'closed') ?? {};
    findings.addOrders(closed);
    if (Object.keys(closed).length < PAGE_SIZE) return;
    missing = missing.filter((order) => findings.find(order) === undefined);
  }
}

/** Amended in place, no order ever has a second generation here. */
function isNamed({ clientOrderId }: KnownOrder): boolean {
  return clientOrderId !== '' && (ownOrderId(clientOrderId)?.generation ?? 0) === 0;
}

/** One id that Kraken does not know refuses the whole list: it is then asked in halves. */
function* queryOrders(ids: readonly string[], findings: Findings): Generator<RestCall, void, RestAnswer> {
  const parameters: RestCall['parameters'] = [['txid', ids.join(',')], ['trades', 'true'], ['consolidate_taker', 'false']];
  const answer = yield { method: 'QueryOrders', parameters, cost: 1, isAct: false };
  if (answer.isOk) return findings.addOrders(answer.result);
  const isUnknown = answer.answer.class === AnswerClass.Rejected && answer.answer.reason === RejectReason.UnknownOrder;
  if (!isUnknown) throw new Failed(unsure(answer.answer));
  if (ids.length === 1) return undefined;
  const half = Math.ceil(ids.length / 2);
  yield* queryOrders(ids.slice(0, half), findings);
  yield* queryOrders(ids.slice(half), findings);
  return undefined;
}

function* findTrades(ids: readonly string[], findings: Findings): Generator<RestCall, void, RestAnswer> {
  for (let from = 0; from < ids.length; from += QUERY_TRADES_MAX) {
    const txid = ids.slice(from, from + QUERY_TRADES_MAX).join(',');
    findings.addTrades(yield* ask('QueryTrades', [['txid', txid]], 2));
  }
}

/** Whose executions these are: orders that are neither open nor named. */
function* findOwners(findings: Findings): Generator<RestCall, void, RestAnswer> {
  const owners = new Set([...findings.trades.values()].map(({ fields }) => textOf(fields, 'ordertxid')));
  const unknown = [...owners].filter((id) => id !== '' && !findings.orders.has(id));
  for (let from = 0; from < unknown.length; from += QUERY_ORDERS_MAX) {
    yield* queryOrders(unknown.slice(from, from + QUERY_ORDERS_MAX), findings);
  }
}

function* findBalancesAndTrades(
  findings: Findings, since: bigint, context: AccountContext,
): Generator<RestCall, Balances | null, RestAnswer> {
  let start = since / NS_PER_SECOND - OVERLAP_SECONDS;
  for (let round = 1; ; round += 1) {
    const askedAt = context.venueNs();
    const streamed = context.streamed();
    const fields = yield* ask('BalanceEx', []);
    yield* pageTrades(findings, start);
    const last = newest(findings);
    if (last < askedAt - CLOCK_ERROR_NS && context.streamed() === streamed) return { fields, streamed };
    if (round === ROUNDS_MAX) return null;
    start = last / NS_PER_SECOND - OVERLAP_SECONDS;
  }
}

function* pageTrades(findings: Findings, start: bigint): Generator<RestCall, void, RestAnswer> {
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const parameters: RestCall['parameters'] = [
      ['start', String(start)], ['ofs', String(page * PAGE_SIZE)], ['consolidate_taker', 'false'], ['without_count', 'true'],
    ];
    const result = yield* ask('TradesHistory', parameters, 2);
    if (findings.addTrades(objectOf(result, 'trades') ?? {}) < PAGE_SIZE) return;
  }
  throw new Failed({
    class: AnswerClass.Ambiguous, reason: RejectReason.Other, retryAfterMs: 0,
    message: `more than ${PAGES_MAX * PAGE_SIZE} executions since the last gap: start a new session, once positions are checked at `
      + 'the Venue',
  });
}

function newest(findings: Findings): bigint {
  let time = 0n;
  for (const trade of findings.trades.values()) if (trade.time > time) time = trade.time;
  return time;
}

function tradeIds(orders: readonly OrderInfo[]): string[] {
  const ids = orders.flatMap(({ fields }) => {
    const list = fields['trades'];
    return Array.isArray(list) ? list.filter((id) => typeof id === 'string') : [];
  });
  return [...new Set(ids)];
}

// ── facts ───────────────────────────────────────────────────────────────────────────────────────
/** `only`: of these orders; null: all. */
function tellTrades(findings: Findings, context: AccountContext, only: ReadonlySet<string> | null): void {
  const trades = [...findings.trades.values()].sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  for (const trade of trades) {
    if (only !== null && !only.has(textOf(trade.fields, 'ordertxid'))) continue;
    const fact = filledFact(trade, findings, context);
    if (fact === null) context.problem('incomplete execution', JSON.stringify(trade.fields));
    else context.fact(fact);
  }
}

function filledFact({ id, fields, time }: TradeInfo, findings: Findings, context: AccountContext): FilledFact | null {
  const side = sideOf(textOf(fields, 'type'));
  const venueOrderId = textOf(fields, 'ordertxid');
  const [price, quantity, fee] = [textOf(fields, 'price'), textOf(fields, 'vol'), textOf(fields, 'fee')];
  if (side === null || venueOrderId === '' || price === '' || quantity === '') return null;
  const symbol = context.symbolOf(textOf(fields, 'pair'));
  const owner = findings.orders.get(venueOrderId);
  const clientOrderId = owner === undefined ? '' : textOf(owner.fields, 'cl_ord_id') || NO_CLIENT_ORDER_ID;
  const maker = textOf(fields, 'maker');
  return {
    what: 'filled', name: { clientOrderId, venueOrderId, symbol }, eventTime: time, side, price, quantity, executionId: id,
    fees: fee === '' ? [] : [{ currency: quoteOf(symbol), amount: fee }],
    liquidity: maker === 'true' ? Liquidity.Maker : maker === 'false' ? Liquidity.Taker : Liquidity.Unknown,
  };
}

/** Of an order that was asked for; Kraken has searched open and closed ones for it. */
function tellStatus(order: KnownOrder, info: OrderInfo | undefined, context: AccountContext): void {
  if (info !== undefined) {
    tellFound(info, context);
    return;
  }
  const { clientOrderId, venueOrderId, instrument: { symbol }, side } = order;
  context.fact({
    what: 'status', name: { clientOrderId, venueOrderId, symbol }, eventTime: 0n, status: VenueOrderStatus.NotFound, side,
    price: '', quantity: '', filledQuantity: '',
  });
}

function tellFound(info: OrderInfo | undefined, context: AccountContext): void {
  if (info !== undefined) context.fact(statusFact(info, context));
}

function statusFact({ id, fields }: OrderInfo, context: AccountContext): StatusFact {
  const description = objectOf(fields, 'descr') ?? {};
  const name: OrderName = {
    clientOrderId: textOf(fields, 'cl_ord_id') || NO_CLIENT_ORDER_ID, venueOrderId: id,
    symbol: context.symbolOf(textOf(description, 'pair')),
  };
  const status = statusOf(fields);
  if (status === VenueOrderStatus.Indeterminate) context.problem('unlisted order status', `${textOf(fields, 'status')} of ${id}`);
  const price = textOf(description, 'price');
  return {
    what: 'status', name, eventTime: secondsToNs(textOf(fields, 'closetm') || textOf(fields, 'opentm')), status,
    side: sideOf(textOf(description, 'type')) ?? Side.Buy, price: textOf(description, 'ordertype') === 'market' ? '' : price,
    quantity: textOf(fields, 'vol'), filledQuantity: textOf(fields, 'vol_exec'),
  };
}

function statusOf(fields: JsonTextObject): VenueOrderStatus {
  switch (textOf(fields, 'status')) {
    case 'pending': case 'open': return VenueOrderStatus.Open;
    case 'canceled': return VenueOrderStatus.Cancelled;
    case 'expired': return VenueOrderStatus.Expired;
    case 'closed': return isWhole(fields) ? VenueOrderStatus.Filled : VenueOrderStatus.Cancelled;
    default: return VenueOrderStatus.Indeterminate;
  }
}

function isWhole(fields: JsonTextObject): boolean {
  return amount(textOf(fields, 'vol_exec')) >= amount(textOf(fields, 'vol'));
}

function balancesFact(result: JsonTextObject): BalancesFact {
  const balances = Object.entries(result).flatMap(([asset, fields]) => {
    if (!isJsonObject(fields)) return [];
    const [total, credit, used, hold] = ['balance', 'credit', 'credit_used', 'hold_trade'].map((key) => amount(textOf(fields, key)));
    const available = total + credit - used - hold;
    return [{
      currency: currencyOf(asset), total: textOf(fields, 'balance'), available: formatDecimal(available, AMOUNT_SCALE),
    }];
  });
  return { what: 'balances', eventTime: 0n, isAsked: true, balances };
}

/** In 10^-20; what is no number counts as nothing, and its own text is refused where it matters. */
function amount(text: string): bigint {
  return /^-?\d{1,30}(\.\d{1,20})?$/.test(text) ? parseDecimal(text, AMOUNT_SCALE) : 0n;
}

/** '1688585840.8921' seconds → ns; 0 when it is something else. */
function secondsToNs(text: string): bigint {
  return /^\d{1,11}(\.\d{1,9})?$/.test(text) ? parseDecimal(text, 9) : 0n;
}

/** Kraken's id in the answer of AddOrder; '' : it names none. */
export function addedOrder(result: JsonTextObject): string {
  const ids = result['txid'];
  const first: unknown = Array.isArray(ids) ? ids[0] : undefined;
  return typeof first === 'string' ? first : '';
}
