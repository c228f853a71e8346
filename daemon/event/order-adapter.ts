// What a Venue's own code says about order entry and private streams: how a request is written, how an answer or a report
// reads, which code means what. Interface only; implemented in daemon/venues/<venue>/, driven by daemon/gateway/orders/,
// which owns what the Venues have in common: the table of Orders, outstanding requests and their timeouts, status queries
// after an ambiguous outcome, reconciliation, the dead-man switch, and turning facts into Events.
//
//   daemon ── IntentDispatched, … ──→ OrderDesk ── OrderRequest ──→ OrderAdapter ── frames, HTTP ──→ Venue
//   daemon ←── Execution Events ───── OrderDesk ←── facts (OrderSink) ── OrderAdapter ←── frames ──── Venue
//
// An adapter keeps no Order: every request brings what it needs, every fact says whose it is. It has no socket, no timer
// and no clock of its own; what was received is never thrown at the caller. Numbers cross as decimal text, exactly as the
// Venue wrote them; the desk scales them with the instrument, and refuses what is not exact.

import type { CancelReason, Liquidity, OrderType, RejectReason, Side, TimeInForce, VenueOrderStatus } from './kinds.ts';
import type { ConnectionPlan, HttpAnswer, HttpRequest, VenueInstrument } from './venue-session.ts';

/** How sure an answer makes us. A code that no table lists is Ambiguous. */
export enum AnswerClass {
  /** The Venue did it. */
  Done,
  /** The Venue definitely did not and will not do it. */
  Rejected,
  /** It may or may not have: the desk asks. */
  Ambiguous,
  /** Definitely not done; nothing more may be sent for `retryAfterMs`. */
  RateLimited,
  /** Definitely not done, and no later request will be: bad key, account blocked. An operator has to act. */
  Fatal,
}

export interface RequestAnswer {
  readonly class: AnswerClass;
  /** For Rejected and RateLimited. */
  readonly reason: RejectReason;
  /** The Venue's code and words, for the Event and the log. */
  readonly message: string;
  readonly retryAfterMs: number;
}

/**
 * An Order as the desk knows it when it asks for something. Of one that an earlier life of this gateway sent only the ids are
 * known until the Venue described it: then `instrument.instrument` is -1 and its symbol ''.
 */
export interface KnownOrder {
  /** 0, with clientOrderId '': only the Venue's id is known, and whose it is is the question (query alone). */
  readonly orderId: number;
  readonly instrument: VenueInstrument;
  /** As it stands at the Venue now, generation included; set by the desk. */
  readonly clientOrderId: string;
  /** '' until the Venue said it. */
  readonly venueOrderId: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  /** Scaled integers; quantity is the total, fills included. */
  readonly price: number;
  readonly quantity: number;
  readonly filled: number;
}

export type OrderRequest =
  | { readonly what: 'submit'; readonly order: KnownOrder }
  /**
   * To this price and total quantity. `nextClientOrderId`: for a Venue that replaces by a new order; its answer Done comes
   * after the `replaced` fact under the new name.
   */
  | {
    readonly what: 'replace'; readonly order: KnownOrder; readonly price: number; readonly quantity: number;
    readonly nextClientOrderId: string;
  }
  | { readonly what: 'cancel'; readonly order: KnownOrder }
  /** Everything of this account in the instruments of the Welcome. `orders`: what is known to be live, by name. */
  | { readonly what: 'cancelAll'; readonly orders: readonly KnownOrder[] }
  /** The Venue's view of one Order: answered by a `status` fact, `filled` facts before it where they are at hand, then `answered`. */
  | { readonly what: 'query'; readonly order: KnownOrder }
  /**
   * The Venue's whole truth: `filled` facts since `since` (Unix ns) and of every named Order, then a `status` fact for each
   * named Order that the Venue knows and for each open one, `balances`, then `answered`. A named Order that the Venue does
   * not have gets a `status` fact NotFound. The same Order may be named twice, in two generations of its client order id.
   */
  | { readonly what: 'reconcile'; readonly orders: readonly KnownOrder[]; readonly since: bigint }
  /** Cancels everything unless renewed within so many seconds; 0 disarms. Only asked of a Venue that has one. */
  | { readonly what: 'deadMan'; readonly seconds: number };

/** Whose fact it is: by our own id, else by the Venue's; '' when the Venue did not say. */
export interface OrderName { readonly clientOrderId: string; readonly venueOrderId: string; readonly symbol: string }

interface Told { readonly name: OrderName; readonly eventTime: bigint }
export interface AcceptedFact extends Told { readonly what: 'accepted' }
/** The Order now stands at this price and quantity, the total asked for or that of the order named; '' : unchanged. */
export interface ReplacedFact extends Told { readonly what: 'replaced'; readonly price: string; readonly quantity: string }
export interface CancelledFact extends Told { readonly what: 'cancelled'; readonly reason: CancelReason }
export interface RejectedFact extends Told { readonly what: 'rejected'; readonly reason: RejectReason; readonly message: string }
export interface FilledFact extends Told {
  readonly what: 'filled'; readonly side: Side; readonly price: string; readonly quantity: string;
  /** What we paid; negative: a rebate. Several currencies in one execution: several entries. */
  readonly fees: readonly { readonly currency: string; readonly amount: string }[];
  readonly liquidity: Liquidity;
  /** The Venue's, unique among its executions of this account. */
  readonly executionId: string;
}
/** Quantities are those of the order named: of one generation, where a REPLACE made a new order. */
export interface StatusFact extends Told {
  readonly what: 'status'; readonly status: VenueOrderStatus; readonly side: Side; readonly price: string;
  readonly quantity: string; readonly filledQuantity: string;
}
export interface BalancesFact {
  readonly what: 'balances'; readonly eventTime: bigint;
  /** Part of the answer to `reconcile`: every execution they contain was told before, and none that they lack. */
  readonly isAsked: boolean;
  /** total = available + what open orders hold; '' : the Venue did not say. */
  readonly balances: readonly { readonly currency: string; readonly total: string; readonly available: string }[];
}
export type OrderFact =
  | AcceptedFact | ReplacedFact | CancelledFact | RejectedFact | FilledFact | StatusFact | BalancesFact;

/** What the desk gives an adapter. Any of it may be called from any of the adapter's methods, and only from there. */
export interface OrderSink {
  /** Unix ns now, by the gateway's clock. */
  unixNs(): bigint;
  /** Connections are indices into the adapter's own `connections()`. `recorded`: without secrets. False: not sent. */
  transmit(connection: number, frame: string, recorded?: string): boolean;
  /** The answer comes to OrderAdapter.onHttp with the returned id. */
  request(request: HttpRequest): number;
  redial(connection: number, milliseconds: number, reason: string): void;
  redact(name: string, secret: string): void;
  /** Authenticated, private streams delivering: requests may come. */
  ready(): void;
  /** No longer: outstanding requests are ambiguous. A close of a socket is told to both sides anyway. */
  unready(reason: string): void;
  fact(fact: OrderFact): void;
  /** Facts may have been lost, in a private frame that could not be read: the Venue's whole truth has to be asked for. */
  missed(): void;
  /** Ends request `id`, once. */
  answered(id: number, answer: RequestAnswer): void;
  /** Something received could not be used: counted, told once per kind with a sample. */
  problem(kind: string, sample: string): void;
}

/** Signing without showing the secret. Implemented in daemon/gateway/credentials.ts over node:crypto. */
export interface Signer {
  /** The public part: goes on the wire. */
  readonly apiKey: string;
  readonly algorithm: 'hmac-sha256' | 'hmac-sha512' | 'ed25519';
  /** Over these bytes; base64 or lower-case hex. */
  sign(bytes: Uint8Array, encoding: 'base64' | 'hex'): string;
}

export interface OrderAdapter {
  connections(): readonly ConnectionPlan[];
  /** After this long an unanswered request can no longer take effect at the Venue (its own deadline or window). */
  readonly requestLifetimeNs: number;
  readonly hasDeadMan: boolean;
  /** Before anything else, and again whenever the instruments change. */
  open(sink: OrderSink, instruments: readonly VenueInstrument[]): void;
  onOpen(connection: number, now: number): void;
  onFrame(connection: number, frame: Uint8Array, now: number): void;
  onClose(connection: number, reason: string, now: number): void;
  onHttp(id: number, answer: HttpAnswer, now: number): void;
  /** Only while ready. False: it could not be sent, and nothing left. Answered by `answered(id)`, perhaps never. */
  send(id: number, request: OrderRequest, now: number): boolean;
  /** Renews what expires (tokens, subscriptions). Returns when it next wants to be called; Infinity: never. */
  advance(now: number): number;
}
