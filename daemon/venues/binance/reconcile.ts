// Binance's whole truth, call by call: executions since a moment and of every order asked about, the newest generation of
// each of those orders, every other open order, balances. Executions carry no client order id, so orders they name by
// Binance's id alone are looked up. Tells facts in the order that the order desk wants; keeps nothing.

import { objectsOf, textOf, type JsonTextObject } from '../../base/json-text.ts';
import { clientOrderId as idOfGeneration, ownOrderId } from '../../event/client-order-id.ts';
import { VenueOrderStatus } from '../../event/kinds.ts';
import { AnswerClass } from '../../event/order-adapter.ts';
import type { FilledFact, KnownOrder, OrderRequest, RequestAnswer } from '../../event/order-adapter.ts';
import type { VenueInstrument } from '../../event/venue-session.ts';
import { absent, ask, find, resolve, statusFact, type Context, type Conversation } from './conversations.ts';
import * as calls from './encode-orders.ts';
import type { Call } from './encode-orders.ts';
import { classify, DONE } from './errors.ts';
import { readBalances, readOrder, readTrade, resultObject, resultRows, statusOf, type OrderView } from './private.ts';

const DAY_MS = 86_400_000;
/** Trades before are asked for only of orders that are named. */
const DAYS_MAX = 31;
/** From so many symbols on, all of them in one call weigh less. */
const SYMBOLS_MAX = 13;
/** Beyond so many generations past one that is known none is looked for. */
const GENERATIONS_MAX = 2 ** 20;

type Rows = { readonly rows: readonly JsonTextObject[] } | { readonly answer: RequestAnswer };

export function* reconcile(request: Extract<OrderRequest, { what: 'reconcile' }>, context: Context): Conversation {
  const executions = new Map<string, FilledFact>();
  // First what names orders: executions do not say their client order ids, nor does a request the newest generations.
  const listed = yield* openOrders(context);
  if ('answer' in listed) return listed.answer;
  let { since } = request;
  const seen = new Map(listed.views.map((view) => [calls.originalId(view.clientOrderId), view]));
  for (const order of request.orders) {
    const listedView = seen.get(order.clientOrderId);
    const found = listedView === undefined ? yield* find(order, context) : { view: listedView };
    if ('answer' in found) return found.answer;
    if (found.view !== null) seen.set(order.clientOrderId, found.view);
    // Its end may have been a replacement in an earlier life: what the generations after it executed came later than that.
    const { view } = found;
    if (view !== null && statusOf(view.status) === VenueOrderStatus.Cancelled && view.time > 0n && view.time < since) since = view.time;
    const answer = yield* tradesOf(found.view, executions, context);
    if (answer.class !== AnswerClass.Done) return answer;
  }
  for (const { symbol } of context.instruments) {
    const answer = yield* tradesSince(symbol, since, executions, context);
    if (answer.class !== AnswerClass.Done) return answer;
  }
  const named = yield* nameAll(executions, context);
  if (named.class !== AnswerClass.Done) return named;
  const asked = new Set(request.orders.map(({ orderId }) => orderId));
  for (const execution of executions.values()) {
    if (since === request.since || isMissing(execution, request.since, asked)) context.fact(execution);
  }
  // States after executions: what is executed from now on, the stream tells first.
  const open = yield* openOrders(context);
  if ('answer' in open) return open.answer;
  for (const [id, view] of seen) if (statusOf(view.status) === VenueOrderStatus.Open) seen.delete(id);
  for (const view of open.views) seen.set(calls.originalId(view.clientOrderId), view);
  const told = new Set<string>();
  for (const order of request.orders) {
    const answer = yield* tellNewest(order, { told, seen }, context);
    if (answer.class !== AnswerClass.Done) return answer;
  }
  for (const view of open.views.filter(({ venueOrderId }) => !told.has(venueOrderId))) {
    context.fact(statusFact(view, calls.originalId(view.clientOrderId), context));
  }
  return yield* balances(context);
}

/** Before `since` only executions of the Orders asked about may be missing, whatever was fetched to find theirs. */
function isMissing({ name, eventTime }: FilledFact, since: bigint, asked: ReadonlySet<number>): boolean {
  const own = ownOrderId(name.clientOrderId);
  return eventTime === 0n || eventTime >= since || (own !== null && asked.has(own.orderId));
}

/** Of one reconciliation. */
interface Known {
  /** By Binance's id: states that were told. */
  readonly told: Set<string>;
  /** By client order id: how orders stand that need not be asked for again, because they are open just now, or have ended. */
  readonly seen: ReadonlyMap<string, OrderView>;
}

/** The order that stands for it now: a cancelled one may have been replaced by a later generation. */
function* tellNewest(order: KnownOrder, { told, seen }: Known, context: Context): Conversation {
  const newest = yield* findNewest(order, seen, context);
  if ('answer' in newest) return newest.answer;
  const { id, view } = newest;
  const answer = yield* resolve(id, view, context);
  if (answer.class !== AnswerClass.Done) return answer;
  if (view !== null) told.add(view.venueOrderId);
  context.fact(view === null ? absent(order) : statusFact(view, id, context));
  return DONE;
}

type Newest = { readonly id: string; readonly view: OrderView | null } | { readonly answer: RequestAnswer };

/**
 * A generation is only ever placed after the one before it, so that they are without holes: the newest is found by doubling the
 * distance until there is none, then by halving it. Whichever has not been cancelled is the newest.
 */
function* findNewest(order: KnownOrder, seen: Known['seen'], context: Context): Conversation<Newest> {
  const own = ownOrderId(order.clientOrderId);
  const first = own === null ? 0 : Math.max(own.generation, context.names.latest(own.orderId));
  const isAsNamed = own === null || first === own.generation;
  let id = isAsNamed ? order.clientOrderId : idOfGeneration(own.orderId, first);
  const known = seen.get(id);
  const found = known === undefined ? yield* find(isAsNamed ? order : { ...order, clientOrderId: id, venueOrderId: '' }, context)
    : { view: known };
  if ('answer' in found) return found;
  let { view } = found;
  let beyond = GENERATIONS_MAX;
  for (let nearest = 0, step = 1; own !== null && isReplaceable(view) && nearest + 1 < beyond;) {
    const distance = beyond < GENERATIONS_MAX ? (nearest + beyond) >>> 1 : Math.min(nearest + step, beyond - 1);
    const laterId = idOfGeneration(own.orderId, first + distance);
    const instrument = instrumentOf(view, order, context);
    const later = yield* find({ ...order, instrument, clientOrderId: laterId, venueOrderId: '' }, context);
    if ('answer' in later) return later;
    if (later.view === null) {
      beyond = distance;
      continue;
    }
    nearest = distance;
    step *= 2;
    id = laterId;
    view = later.view;
  }
  return { id, view };
}

function isReplaceable(view: OrderView | null): boolean {
  return view === null || statusOf(view.status) === VenueOrderStatus.Cancelled;
}

function instrumentOf(view: OrderView | null, { instrument }: KnownOrder, { instruments }: Context): VenueInstrument {
  return instruments.find(({ symbol }) => symbol === view?.symbol) ?? instrument;
}

function doubtful(message: string): RequestAnswer {
  return { ...DONE, class: AnswerClass.Ambiguous, message };
}

function* rowsOf(call: Call, context: Context): Conversation<Rows> {
  const [reply] = yield* ask([call]);
  const answer = classify(reply!);
  if (answer.class !== AnswerClass.Done) return { answer };
  const rows = resultRows(reply!);
  if (rows !== null) return { rows };
  context.problem('unreadable answer', call.method);
  return { answer: doubtful(`${call.method}: an answer without rows`) };
}

/** By days until the first trade is found, then by trade id to the end. */
function* tradesSince(
  symbol: string, since: bigint, into: Map<string, FilledFact>, context: Context,
): Conversation {
  const now = context.serverMs();
  let from = Number(since / 1_000_000n);
  if (from < now - DAYS_MAX * DAY_MS) {
    context.problem('executions not asked for', `${symbol} before ${DAYS_MAX} days ago, as far back as ${from} ms`);
    from = now - DAYS_MAX * DAY_MS;
  }
  for (; from <= now; from += DAY_MS) {
    const page = yield* rowsOf(calls.tradesBetween(symbol, from, Math.min(from + DAY_MS, now + 1000)), context);
    if ('answer' in page) return page.answer;
    if (page.rows.length === 0) continue;
    const last = collect(page.rows, into, context);
    return yield* tradesAfter((id) => calls.tradesFrom(symbol, id), last, into, context);
  }
  return DONE;
}

function* tradesOf(view: OrderView | null, into: Map<string, FilledFact>, context: Context): Conversation {
  if (view === null || /^[0.]*$/.test(view.executed)) return DONE;
  const orderId = BigInt(view.venueOrderId);
  return yield* tradesAfter((id) => calls.tradesOfOrder(view.symbol, orderId, id), -1n, into, context);
}

/** Pages by trade id until one is not full. */
function* tradesAfter(
  page: (fromId: bigint) => Call, last: bigint, into: Map<string, FilledFact>, context: Context,
): Conversation {
  for (let from = last + 1n; ;) {
    const next = yield* rowsOf(page(from), context);
    if ('answer' in next) return next.answer;
    const end = collect(next.rows, into, context);
    if (next.rows.length < calls.TRADES_MAX || end < from) return DONE;
    from = end + 1n;
  }
}

/** The highest trade id among the rows; -1: none could be read. */
function collect(rows: readonly JsonTextObject[], into: Map<string, FilledFact>, context: Context): bigint {
  let last = -1n;
  for (const row of rows) {
    const key = `${textOf(row, 'symbol')}:${textOf(row, 'orderId')}`;
    const fact = readTrade(row, context.names.get(key) ?? '');
    if (fact === null) {
      context.problem('unreadable execution', JSON.stringify(row));
      continue;
    }
    into.set(fact.executionId, fact);
    const id = BigInt(textOf(row, 'id'));
    if (id > last) last = id;
  }
  return last;
}

/** Executions of orders that nothing named yet: each order is asked for by Binance's id. */
function* nameAll(executions: Map<string, FilledFact>, context: Context): Conversation {
  for (const [id, fact] of executions) {
    if (fact.name.clientOrderId !== '') continue;
    const { symbol, venueOrderId } = fact.name;
    const key = `${symbol}:${venueOrderId}`;
    if (context.names.get(key) === undefined) {
      const [reply] = yield* ask([calls.statusByVenueId(symbol, BigInt(venueOrderId))]);
      const answer = classify(reply!);
      const result = resultObject(reply!);
      const view = result === undefined ? null : readOrder(result);
      if (view !== null) context.names.set(key, calls.originalId(view.clientOrderId));
      else if (answer.class === AnswerClass.Done) return doubtful('order.status: an answer without the order');
      else if (answer.class !== AnswerClass.Rejected) return answer;
    }
    executions.set(id, { ...fact, name: { ...fact.name, clientOrderId: context.names.get(key) ?? '' } });
  }
  return DONE;
}

function* openOrders(
  context: Context,
): Conversation<{ readonly views: readonly OrderView[] } | { readonly answer: RequestAnswer }> {
  const { instruments, names } = context;
  const symbols = new Set(instruments.map(({ symbol }) => symbol));
  // Without a daemon there are no instruments: whatever is open.
  const isAll = instruments.length === 0;
  const batch = isAll || instruments.length > SYMBOLS_MAX ? [calls.openOrders('')]
    : instruments.map(({ symbol }) => calls.openOrders(symbol));
  const views: OrderView[] = [];
  for (const call of batch) {
    const page = yield* rowsOf(call, context);
    if ('answer' in page) return page;
    for (const row of page.rows) {
      const view = readOrder(row);
      if (view === null) context.problem('unreadable order', JSON.stringify(row));
      else if (isAll || symbols.has(view.symbol)) {
        names.set(`${view.symbol}:${view.venueOrderId}`, calls.originalId(view.clientOrderId));
        views.push(view);
      }
    }
  }
  return { views };
}

export function* balances(context: Context): Conversation {
  const [reply] = yield* ask([calls.account()]);
  const answer = classify(reply!);
  if (answer.class !== AnswerClass.Done) return answer;
  const result = resultObject(reply!);
  const time = BigInt(Math.trunc(context.serverMs())) * 1_000_000n;
  const fact = result === undefined ? null : readBalances(objectsOf(result, 'balances'), time, true);
  if (fact === null) {
    context.problem('unreadable answer', 'account.status');
    return doubtful('account.status: an answer without balances');
  }
  context.fact(fact);
  return DONE;
}
