// What each request of the order desk is to Binance: the calls, one batch after another, and what their answers come to.
// A conversation is a generator: it yields calls and gets their replies in the same order. Facts are told on the way; the
// last word is the answer. It sends nothing, owns no timer, and keeps nothing but what `Generations` remembers.

import { formatDecimal } from '../../base/decimal.ts';
import type { JsonTextObject } from '../../base/json-text.ts';
import { objectOf, textOf } from '../../base/json-text.ts';
import { RejectReason, VenueOrderStatus } from '../../event/kinds.ts';
import { AnswerClass } from '../../event/order-adapter.ts';
import type { KnownOrder, OrderFact, OrderRequest, RequestAnswer } from '../../event/order-adapter.ts';
import type { VenueInstrument } from '../../event/venue-session.ts';
import * as calls from './encode-orders.ts';
import type { Call } from './encode-orders.ts';
import { BAD_TIMESTAMP, classify, classifyCode, DONE, isUnknownOrder } from './errors.ts';
import type { Generations, Replacement } from './generations.ts';
import type { Names } from './names.ts';
import { nameOf, readOrder, resultObject, statusOf, timeOf, type OrderView, type Reply } from './private.ts';
import { reconcile } from './reconcile.ts';

export type Conversation<Outcome = RequestAnswer> = Generator<readonly Call[], Outcome, readonly Reply[]>;

/** Five times what Binance lets be open in one symbol. */
const NAMED_CANCELS_MAX = 1000;

/** What a conversation may know and tell. */
export interface Context {
  readonly generations: Generations;
  readonly instruments: readonly VenueInstrument[];
  readonly names: Names;
  readonly requestLifetimeNs: number;
  /** ns, monotonic. */
  now(): number;
  /** Unix ms, by Binance's clock. */
  serverMs(): number;
  fact(fact: OrderFact): void;
  problem(kind: string, sample: string): void;
}

export function conversationOf(request: OrderRequest, context: Context): Conversation {
  switch (request.what) {
    case 'submit': return submit(request.order, context);
    case 'replace': return replace(request, context);
    case 'cancel': return cancel(context.generations.current(request.order), context);
    case 'cancelAll': return cancelAll(request.orders, context);
    case 'query': return query(request.order, context);
    case 'reconcile': return reconcile(request, context);
    case 'deadMan': return refuse('Binance has no dead-man switch');
  }
}

function refusal(message: string, reason = RejectReason.Other): RequestAnswer {
  return { class: AnswerClass.Rejected, reason, message, retryAfterMs: 0 };
}

function ambiguous(message: string): RequestAnswer {
  return { class: AnswerClass.Ambiguous, reason: RejectReason.Other, message, retryAfterMs: 0 };
}

function* refuse(message: string): Conversation {
  return refusal(message);
}

/** For calls that may be repeated: once more when our clock was wrong, after asking for the time. */
export function* ask(batch: readonly Call[]): Conversation<readonly Reply[]> {
  const replies = yield batch;
  if (!replies.some(({ code }) => code === BAD_TIMESTAMP)) return replies;
  yield [calls.serverTime()];
  const again = replies.flatMap(({ code }, index) => (code === BAD_TIMESTAMP ? [index] : []));
  const repeated = yield again.map((index) => batch[index]!);
  return replies.map((reply, index) => (again.includes(index) ? repeated[again.indexOf(index)]! : reply));
}

function* submit(order: KnownOrder, { generations, names, fact, problem }: Context): Conversation {
  generations.placing.add(order.clientOrderId);
  try {
    const [reply] = yield [calls.place(order)];
    const answer = classify(reply!);
    if (answer.class !== AnswerClass.Done) return answer;
    const result = resultObject(reply!);
    const venueOrderId = result === undefined ? '' : textOf(result, 'orderId');
    if (result === undefined || textOf(result, 'clientOrderId') !== order.clientOrderId || venueOrderId === '') {
      problem('unreadable answer', `order.place of ${order.clientOrderId}`);
      return ambiguous('order.place: an answer without the order');
    }
    names.set(`${order.instrument.symbol}:${venueOrderId}`, order.clientOrderId);
    const name = { clientOrderId: order.clientOrderId, venueOrderId, symbol: order.instrument.symbol };
    fact({ what: 'accepted', name, eventTime: timeOf(result, 'transactTime') });
    return DONE;
  } finally {
    generations.placing.delete(order.clientOrderId);
  }
}

type ReplaceRequest = Extract<OrderRequest, { what: 'replace' }>;

function* replace(request: ReplaceRequest, context: Context): Conversation {
  const order = context.generations.current(request.order);
  if (request.quantity <= order.filled) {
    return refusal('replace: no more than what is filled would remain', RejectReason.InvalidQuantity);
  }
  if (request.price === order.price && request.quantity < order.quantity) return yield* shrink(order, request.quantity, context);
  return yield* cancelReplace(order, request, context);
}

/** Less at the same price keeps its place in the queue. `quantity`: the new total. */
function* shrink(order: KnownOrder, quantity: number, context: Context): Conversation {
  const { generations, problem } = context;
  const { symbol, quantityScale } = order.instrument;
  let base = generations.baseOf(order.clientOrderId);
  if (Number.isNaN(base)) {
    const found = yield* lookUp(symbol, order.clientOrderId, '', context);
    if ('answer' in found) return found.answer;
    if (found.view === null) return refusal('replace: Binance does not have the order', RejectReason.UnknownOrder);
    base = generations.baseAt(order, found.view);
  }
  const [reply] = yield [calls.amend(symbol, order.clientOrderId, formatDecimal(quantity - base, quantityScale))];
  const answer = classify(reply!);
  if (answer.class !== AnswerClass.Done) return answer;
  const result = resultObject(reply!);
  const amended = result === undefined ? undefined : objectOf(result, 'amendedOrder');
  const view = amended === undefined ? null : readOrder(amended);
  if (result === undefined || view === null) {
    problem('unreadable answer', `order.amend.keepPriority of ${order.clientOrderId}`);
    return ambiguous('order.amend.keepPriority: an answer without the order');
  }
  const told = { ...view, time: timeOf(result, 'transactTime') };
  generations.amendedTo(order.clientOrderId, told).forEach(context.fact);
  return DONE;
}

function* cancelReplace(order: KnownOrder, request: ReplaceRequest, context: Context): Conversation {
  const { generations } = context;
  const placed = request.quantity - order.filled;
  const next = { id: request.nextClientOrderId, price: request.price, placed };
  const replacement = generations.begin(order, next, context.now());
  // With nothing executed, a fill that comes first makes Binance refuse instead of placing too much.
  const onlyUntouched = order.filled === generations.baseOf(order.clientOrderId);
  const [reply] = yield [calls.cancelReplace(order, {
    clientOrderId: next.id, price: next.price, quantity: placed, onlyUntouched,
  })];
  if (reply!.code === -2021 || reply!.code === -2022) return yield* partialOutcome(replacement, reply!, context);
  const answer = classify(reply!);
  if (answer.class !== AnswerClass.Done) {
    if (answer.class !== AnswerClass.Ambiguous) generations.forget(replacement);
    return answer;
  }
  const result = resultObject(reply!);
  const ended = readHalf(result, 'cancelResponse');
  const made = result === undefined ? undefined : objectOf(result, 'newOrderResponse');
  const venueOrderId = made === undefined ? '' : textOf(made, 'orderId');
  if (ended === null || venueOrderId === '') {
    context.problem('unreadable answer', `order.cancelReplace of ${order.clientOrderId}`);
    return ambiguous('order.cancelReplace: an answer without its halves');
  }
  const name = { clientOrderId: next.id, venueOrderId, symbol: order.instrument.symbol };
  context.names.set(`${name.symbol}:${venueOrderId}`, next.id);
  generations.settle(replacement, ended, name, timeOf(made!, 'transactTime')).forEach(context.fact);
  return yield* trim(order, ended, request, context);
}

/** What was executed between the request and the cancellation was placed again: as much is taken off the new order. */
function* trim(order: KnownOrder, ended: OrderView, request: ReplaceRequest, context: Context): Conversation {
  const { generations } = context;
  const { instrument } = order;
  const total = generations.baseOf(request.nextClientOrderId) + request.quantity - order.filled;
  const excess = total - request.quantity;
  if (!(excess > 0)) return DONE;
  context.problem('fill during a replacement', `${order.clientOrderId} executed ${ended.executed}; ${excess} taken off`);
  const next = {
    ...order, clientOrderId: request.nextClientOrderId, price: request.price, quantity: total, filled: order.filled + excess,
  };
  if (request.quantity > next.filled) {
    const answer = yield* shrink(next, request.quantity, context);
    // The replacement itself stands; that it is still too large, or is gone, a query tells.
    return answer.class === AnswerClass.Done ? DONE : ambiguous(`replaced, but too much: ${answer.message}`);
  }
  const [reply] = yield* ask([calls.cancel(instrument.symbol, request.nextClientOrderId)]);
  return reply!.status === 200 ? DONE : ambiguous(`replaced, but too much: ${classify(reply!).message}`);
}

/** Codes -2021 and -2022: one of the halves failed, or both. */
function* partialOutcome(replacement: Replacement, reply: Reply, context: Context): Conversation {
  const { generations } = context;
  const cancelled = reply.data === undefined ? '' : textOf(reply.data, 'cancelResult');
  const placed = reply.data === undefined ? '' : textOf(reply.data, 'newOrderResult');
  const failed = reply.data === undefined ? undefined
    : objectOf(reply.data, cancelled === 'SUCCESS' ? 'newOrderResponse' : 'cancelResponse');
  if (cancelled === 'FAILURE' && placed === 'SUCCESS') {
    // Never asked for (STOP_ON_FAILURE): two orders may stand where one is wanted. The new one goes.
    context.problem('replacement without cancellation', replacement.nextId);
    yield* ask([calls.cancel(replacement.order.instrument.symbol, replacement.nextId)]);
    return ambiguous('order.cancelReplace: placed without cancelling');
  }
  const isKnown = (cancelled === 'FAILURE' && (placed === 'NOT_ATTEMPTED' || placed === 'FAILURE'))
    || (cancelled === 'SUCCESS' && placed === 'FAILURE');
  if (!isKnown || failed === undefined) {
    context.problem('replacement of unknown outcome', `cancel ${cancelled}, new ${placed}`);
    return ambiguous(`order.cancelReplace: cancel ${cancelled}, new ${placed}`);
  }
  const answer = classifyCode(Number(textOf(failed, 'code')), textOf(failed, 'msg'));
  if (answer.class !== AnswerClass.Ambiguous) generations.forget(replacement);
  return answer;
}

function readHalf(result: JsonTextObject | undefined, key: string): OrderView | null {
  const half = result === undefined ? undefined : objectOf(result, key);
  return half === undefined ? null : readOrder(half);
}

function* cancel(order: KnownOrder, context: Context): Conversation {
  const { generations } = context;
  const { symbol } = order.instrument;
  const replacement = generations.unsettled(order.clientOrderId);
  if (replacement === undefined) {
    const [reply] = yield* ask([calls.cancel(symbol, order.clientOrderId)]);
    return classify(reply!);
  }
  // Either generation may stand.
  const replies = yield* ask([calls.cancel(symbol, replacement.order.clientOrderId), calls.cancel(symbol, replacement.nextId)]);
  // The old one stood until now: its replacement, should it still come, fails.
  if (replies[0]!.status === 200) generations.forget(replacement);
  return classify(replies.find(({ status }) => status === 200) ?? replies[0]!);
}

/**
 * The orders that are known first, each under its name: what Binance cancels by symbol it may rename, and then a later life of
 * this gateway could neither find the order nor tell its executions for ours. The sweep decides the answer.
 */
function* cancelAll(orders: readonly KnownOrder[], { generations, instruments }: Context): Conversation {
  const named = orders.map((order) => generations.current(order)).filter(({ instrument }) => instrument.symbol !== '')
    .slice(0, NAMED_CANCELS_MAX).map(({ instrument: { symbol }, clientOrderId }) => calls.cancelSparingly(symbol, clientOrderId));
  // Without a daemon there are no instruments, but orders that name theirs.
  const symbols = new Set([...instruments, ...orders.map(({ instrument }) => instrument)].map(({ symbol }) => symbol));
  symbols.delete('');
  const replies = yield* ask([...named, ...[...symbols].map((symbol) => calls.cancelAll(symbol))]);
  // A symbol without open orders is answered "Unknown order sent."
  const answers = replies.slice(named.length).filter((reply) => !isUnknownOrder(reply)).map(classify);
  return answers.find((answer) => answer.class !== AnswerClass.Done) ?? DONE;
}

export type LookUp = { readonly view: OrderView | null } | { readonly answer: RequestAnswer };

/**
 * One order by its client id, by the id we gave it when cancelling, by Binance's; '' where it is not known. Null: Binance
 * has none of them.
 */
function* lookUp(symbol: string, clientOrderId: string, venueOrderId: string, context: Context): Conversation<LookUp> {
  const ways = [
    ...(clientOrderId === '' ? [] : [clientOrderId, calls.cancelledId(clientOrderId)].map((id) => calls.statusByClientId(symbol, id))),
    ...(/^\d{1,19}$/.test(venueOrderId) ? [calls.statusByVenueId(symbol, BigInt(venueOrderId))] : []),
  ];
  for (const way of ways) {
    const [reply] = yield* ask([way]);
    if (isUnknownOrder(reply!)) continue;
    const answer = classify(reply!);
    if (answer.class !== AnswerClass.Done) return { answer };
    const result = resultObject(reply!);
    const view = result === undefined ? null : readOrder(result);
    if (view === null) {
      context.problem('unreadable answer', `order.status of ${clientOrderId}`);
      return { answer: ambiguous('order.status: an answer without the order') };
    }
    context.names.set(`${symbol}:${view.venueOrderId}`, clientOrderId || calls.originalId(view.clientOrderId));
    return { view };
  }
  return { view: null };
}

function* query(order: KnownOrder, context: Context): Conversation {
  const found = yield* find(order, context);
  if ('answer' in found) return found.answer;
  const answer = yield* resolve(order.clientOrderId, found.view, context);
  if (answer.class !== AnswerClass.Done) return answer;
  const id = order.clientOrderId || calls.originalId(found.view?.clientOrderId ?? '');
  context.fact(found.view === null ? absent(order) : statusFact(found.view, id, context));
  return DONE;
}

/** Of an order known by its id alone the symbol is not known: it is looked for in each. */
export function* find(order: KnownOrder, context: Context): Conversation<LookUp> {
  const { clientOrderId, venueOrderId, instrument: { symbol } } = order;
  if (symbol !== '') return yield* lookUp(symbol, clientOrderId, venueOrderId, context);
  for (const instrument of context.instruments) {
    const found: LookUp = yield* lookUp(instrument.symbol, clientOrderId, venueOrderId, context);
    if ('answer' in found || found.view !== null) return found;
  }
  return { view: null };
}

/** Settles an unanswered replacement by what was found of one of its generations. */
export function* resolve(clientOrderId: string, view: OrderView | null, context: Context): Conversation {
  const { generations } = context;
  const replacement = generations.unsettled(clientOrderId);
  if (replacement === undefined) return DONE;
  const isOver = context.now() - replacement.since > context.requestLifetimeNs;
  const isOld = replacement.order.clientOrderId === clientOrderId;
  if (!isOld && view !== null) {
    const { order } = replacement;
    const old = replacement.ended !== null ? { view: replacement.ended }
      : yield* lookUp(order.instrument.symbol, order.clientOrderId, order.venueOrderId, context);
    if ('answer' in old) return old.answer;
    if (old.view !== null) generations.settle(replacement, old.view, nameOf(view, clientOrderId), view.time).forEach(context.fact);
  } else if (isOver && (!isOld || (view !== null && statusOf(view.status) === VenueOrderStatus.Open))) {
    generations.forget(replacement);
  }
  return DONE;
}

/** As Binance has it: quantities of this generation alone. */
export function statusFact(view: OrderView, clientOrderId: string, context: Context): OrderFact {
  const status = statusOf(view.status);
  if (status === VenueOrderStatus.Indeterminate) context.problem('unknown order status', `${clientOrderId} ${view.status}`);
  return {
    what: 'status', name: nameOf(view, clientOrderId), eventTime: view.time, status, side: view.side, price: view.price,
    quantity: view.quantity, filledQuantity: view.executed,
  };
}

export function absent(order: KnownOrder): OrderFact {
  const { clientOrderId, venueOrderId, side, instrument: { symbol, priceScale, quantityScale } } = order;
  return {
    what: 'status', name: { clientOrderId, venueOrderId, symbol }, eventTime: 0n, status: VenueOrderStatus.NotFound, side,
    price: formatDecimal(order.price, priceScale), quantity: formatDecimal(order.quantity, quantityScale), filledQuantity: '0',
  };
}
