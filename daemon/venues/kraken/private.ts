// One frame of Kraken's authenticated WebSocket v2 → what it says, numbers as their text; no memory of earlier frames. What
// cannot be used is named, never thrown; an unlisted meaning becomes an order whose state is indeterminate. Pure.

import { isJsonObject, objectOf, objectsOf, parseJsonText, textOf, type JsonTextObject } from '../../base/json-text.ts';
import { TimestampReader, unixNs } from '../../base/rfc3339.ts';
import { CancelReason, Liquidity, Side, VenueOrderStatus } from '../../event/kinds.ts';
import type { BalancesFact, OrderFact, OrderName } from '../../event/order-adapter.ts';

/** The answer to a request of ours. */
export interface MethodAnswer {
  readonly kind: 'answer';
  readonly method: string;
  /** 0: it named none. */
  readonly requestId: number;
  readonly isDone: boolean;
  readonly error: string;
  readonly channel: string;
  /** Of a new order. */
  readonly name: OrderName;
  /** When Kraken sent it, Unix ns; 0: it did not say. */
  readonly sentTime: bigint;
}

export type PrivateFrame =
  | MethodAnswer
  /** `sequence` 0: it had none. `problems`: what of it could not be used, each with a kind and a sample. */
  | {
    readonly kind: 'facts'; readonly channel: 'executions' | 'balances'; readonly sequence: number; readonly isSnapshot: boolean;
    readonly facts: readonly OrderFact[]; readonly problems: readonly (readonly [kind: string, sample: string])[];
  }
  /** Heartbeats, pongs, the state of the system: a sign of life. */
  | { readonly kind: 'life' }
  | { readonly kind: 'unusable'; readonly problem: string };

const INTEGER = /^\d{1,15}$/;
const timestamps = new TimestampReader();

const ORDER_STATUSES = new Set(['pending_new', 'new', 'partially_filled', 'filled', 'canceled', 'expired']);

export function readPrivate(text: string): PrivateFrame {
  const value = parseJsonText(text);
  if (!isJsonObject(value)) return { kind: 'unusable', problem: 'malformed private frame' };
  const method = textOf(value, 'method');
  if (method === 'pong') return { kind: 'life' };
  if (method !== '' || textOf(value, 'success') !== '') return readAnswer(value, method);
  const channel = textOf(value, 'channel');
  if (channel === 'heartbeat' || channel === 'status') return { kind: 'life' };
  if (channel === 'executions') return readExecutions(value);
  if (channel === 'balances') return readBalances(value);
  return { kind: 'unusable', problem: channel === '' ? 'unknown private message' : 'unknown private channel' };
}

function readAnswer(value: JsonTextObject, method: string): MethodAnswer {
  const result = objectOf(value, 'result') ?? {};
  return {
    kind: 'answer', method, requestId: integer(textOf(value, 'req_id')), isDone: textOf(value, 'success') === 'true',
    error: textOf(value, 'error'), channel: textOf(result, 'channel'),
    name: { clientOrderId: textOf(result, 'cl_ord_id'), venueOrderId: textOf(result, 'order_id'), symbol: '' },
    sentTime: timeOf(textOf(value, 'time_out')),
  };
}

function readExecutions(value: JsonTextObject): PrivateFrame {
  const isSnapshot = textOf(value, 'type') === 'snapshot';
  const facts: OrderFact[] = [];
  const problems: [string, string][] = [];
  for (const report of objectsOf(value, 'data')) {
    const problem = readReport(report, isSnapshot, facts);
    if (problem !== '') problems.push([problem, JSON.stringify(report)]);
  }
  return { kind: 'facts', channel: 'executions', sequence: integer(textOf(value, 'sequence')), isSnapshot, facts, problems };
}

/** Appends the facts of one report; returns what is wrong with it. */
function readReport(report: JsonTextObject, isSnapshot: boolean, facts: OrderFact[]): string {
  const name = {
    clientOrderId: textOf(report, 'cl_ord_id'), venueOrderId: textOf(report, 'order_id'), symbol: textOf(report, 'symbol'),
  };
  if (name.venueOrderId === '' && name.clientOrderId === '') return 'execution report without an order';
  const told = { name, eventTime: timeOf(textOf(report, 'timestamp')) };
  const orderStatus = textOf(report, 'order_status');
  if (!ORDER_STATUSES.has(orderStatus)) {
    facts.push({ what: 'status', ...told, ...standing(report), status: VenueOrderStatus.Indeterminate });
    return 'unlisted order_status';
  }
  const execType = textOf(report, 'exec_type');
  if (isSnapshot && execType !== 'trade') {
    facts.push({ what: 'status', ...told, ...standing(report), status: statusOf(orderStatus) });
    return '';
  }
  switch (execType) {
    case 'pending_new': case 'new':
      facts.push({ what: 'accepted', ...told });
      return '';
    case 'trade': return readTrade(report, told, facts);
    case 'filled':
      facts.push({ what: 'status', ...told, ...standing(report), status: VenueOrderStatus.Filled });
      return '';
    case 'canceled':
      facts.push({ what: 'cancelled', ...told, reason: reasonOf(textOf(report, 'reason') || textOf(report, 'cancel_reason')) });
      return '';
    case 'expired':
      facts.push({ what: 'cancelled', ...told, reason: CancelReason.Expired });
      return '';
    case 'amended': case 'restated':
      facts.push({ what: 'replaced', ...told, price: textOf(report, 'limit_price'), quantity: textOf(report, 'order_qty') });
      return '';
    case 'iceberg_refill': case 'status': return '';
    default:
      facts.push({ what: 'status', ...told, ...standing(report), status: VenueOrderStatus.Indeterminate });
      return 'unlisted exec_type';
  }
}

function readTrade(report: JsonTextObject, told: { name: OrderName; eventTime: bigint }, facts: OrderFact[]): string {
  const side = sideOf(textOf(report, 'side'));
  const [price, quantity, executionId] = ['last_price', 'last_qty', 'exec_id'].map((key) => textOf(report, key));
  if (side === null || price === '' || quantity === '' || executionId === '') {
    facts.push({ what: 'status', ...told, ...standing(report), status: VenueOrderStatus.Indeterminate });
    return 'incomplete execution';
  }
  const fees = objectsOf(report, 'fees').map((fee) => ({ currency: textOf(fee, 'asset'), amount: textOf(fee, 'qty') }));
  const liquidity = textOf(report, 'liquidity_ind');
  facts.push({
    what: 'filled', ...told, side, price, quantity, executionId, fees,
    liquidity: liquidity === 'm' ? Liquidity.Maker : liquidity === 't' ? Liquidity.Taker : Liquidity.Unknown,
  });
  return '';
}

/** Price and quantities as they stand, for a status fact. */
function standing(report: JsonTextObject): { side: Side; price: string; quantity: string; filledQuantity: string } {
  return {
    side: sideOf(textOf(report, 'side')) ?? Side.Buy, price: textOf(report, 'limit_price'),
    quantity: textOf(report, 'order_qty'), filledQuantity: textOf(report, 'cum_qty'),
  };
}

function statusOf(orderStatus: string): VenueOrderStatus {
  if (orderStatus === 'filled') return VenueOrderStatus.Filled;
  if (orderStatus === 'canceled') return VenueOrderStatus.Cancelled;
  return orderStatus === 'expired' ? VenueOrderStatus.Expired : VenueOrderStatus.Open;
}

/** Kraken says why in words; only the user's own wish is told apart. */
function reasonOf(words: string): CancelReason {
  return /^user requested/i.test(words) ? CancelReason.Requested : CancelReason.Venue;
}

export function sideOf(word: string): Side | null {
  if (word === 'buy') return Side.Buy;
  return word === 'sell' ? Side.Sell : null;
}

function readBalances(value: JsonTextObject): PrivateFrame {
  const isSnapshot = textOf(value, 'type') === 'snapshot';
  const balances: { currency: string; total: string; available: string }[] = [];
  const problems: [string, string][] = [];
  let eventTime = 0n;
  for (const entry of objectsOf(value, 'data')) {
    const total = isSnapshot ? spotBalance(entry) : updatedBalance(entry);
    if (total === null) continue;
    const currency = textOf(entry, 'asset');
    if (currency === '' || total === '') problems.push(['incomplete balance', JSON.stringify(entry)]);
    else balances.push({ currency, total, available: '' });
    const time = timeOf(textOf(entry, 'timestamp'));
    if (time > eventTime) eventTime = time;
  }
  const fact: BalancesFact = { what: 'balances', eventTime, isAsked: false, balances };
  const facts = balances.length > 0 ? [fact] : [];
  return { kind: 'facts', channel: 'balances', sequence: integer(textOf(value, 'sequence')), isSnapshot, facts, problems };
}

/** What can trade: the main spot wallet; the whole when no wallets are listed. */
function spotBalance(entry: JsonTextObject): string | null {
  const wallets = objectsOf(entry, 'wallets');
  if (wallets.length === 0) return textOf(entry, 'balance');
  const main = wallets.find((wallet) => textOf(wallet, 'type') === 'spot' && textOf(wallet, 'id') === 'main');
  return main === undefined ? null : textOf(main, 'balance');
}

/** Null: a movement of another wallet. */
function updatedBalance(entry: JsonTextObject): string | null {
  const type = textOf(entry, 'wallet_type');
  return type === '' || type === 'spot' ? textOf(entry, 'balance') : null;
}

function integer(text: string): number {
  return INTEGER.test(text) ? Number(text) : 0;
}

function timeOf(text: string): bigint {
  timestamps.read(text, 0, text.length);
  return unixNs(timestamps.seconds, timestamps.nanoseconds);
}
