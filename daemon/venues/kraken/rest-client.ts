// Calls of Kraken's private REST interface: one at a time, because nonces must arrive in order, and no more than the account's
// call counter allows. Reads are tried again; a call that may have acted never is. Owns no socket and no clock.

import { isJsonObject, objectOf, parseJsonText, textOf, type JsonTextObject } from '../../base/json-text.ts';
import { RejectReason } from '../../event/kinds.ts';
import { AnswerClass, type OrderSink, type RequestAnswer, type Signer } from '../../event/order-adapter.ts';
import type { HttpAnswer } from '../../event/venue-session.ts';
import { classify } from './errors.ts';
import { Nonces, signedRequest } from './sign.ts';

export interface RestCall {
  /** The last part of the path: 'OpenOrders'. */
  readonly method: string;
  readonly parameters: readonly (readonly [string, string])[];
  /** What it adds to the call counter; 0: the engine's own limits count. */
  readonly cost: number;
  /** It changes something at the Venue: never repeated. */
  readonly isAct: boolean;
  /** What its answer hands out that nobody may read: never recorded, never told as a sample. */
  readonly handsOut?: string;
}

export type RestAnswer =
  | { readonly isOk: true; readonly result: JsonTextObject }
  | { readonly isOk: false; readonly answer: RequestAnswer };

/** Counter limits by verification tier: docs.kraken.com, Spot REST Rate Limits. */
export const REST_LIMITS = {
  starter: { max: 15, perSecond: 0.33 }, intermediate: { max: 20, perSecond: 0.5 }, pro: { max: 20, perSecond: 1 },
} as const;

export type Tier = keyof typeof REST_LIMITS;

/** The counter's size, and what it loses by itself. */
export interface RestLimits { readonly max: number; readonly perSecond: number }

interface Queued { readonly call: RestCall; readonly done: (answer: RestAnswer) => void; attempts: number }

const ATTEMPTS_MAX = 4;
const RETRY_NS = 1e9;
const NS_PER_SECOND = 1e9;
const MS_PER_NS = 1_000_000n;

export class RestClient {
  private readonly signer: Signer;
  private readonly nonces: Nonces;
  private readonly limits: RestLimits;
  private readonly sink: OrderSink;
  private queue: Queued[] = [];
  private flying: { readonly id: number; readonly queued: Queued } | null = null;
  private counter = 0;
  private countedAt = 0;
  private notBefore = -Infinity;

  constructor(signer: Signer, sink: OrderSink, limits: RestLimits) {
    this.signer = signer;
    this.sink = sink;
    this.limits = limits;
    this.nonces = new Nonces(() => sink.unixNs());
  }

  /** `isUrgent`: before everything that waits. */
  call(call: RestCall, done: (answer: RestAnswer) => void, now: number, isUrgent = false): void {
    const queued = { call, done, attempts: 0 };
    if (isUrgent) this.queue.unshift(queued);
    else this.queue.push(queued);
    this.advance(now);
  }

  /** Nobody waits for what has not left; what has left is answered to nobody. */
  clear(): void {
    this.queue = [];
    if (this.flying === null) return;
    const { id, queued: { call } } = this.flying;
    this.flying = { id, queued: { call, done: () => undefined, attempts: ATTEMPTS_MAX } };
  }

  /** Sends what may be sent; returns when it next wants to be called. */
  advance(now: number): number {
    const [next] = this.queue;
    if (next === undefined || this.flying !== null) return Infinity;
    const at = Math.max(this.notBefore, this.affordableAt(next.call.cost, now));
    if (now < at) return at;
    this.queue.shift();
    this.counter = this.counterAt(now) + next.call.cost;
    this.countedAt = now;
    next.attempts += 1;
    const { call } = next;
    const request = signedRequest(this.signer, `/0/private/${call.method}`, this.nonces.next(), call.parameters);
    const id = this.sink.request(call.handsOut === undefined ? request : { ...request, handsOut: call.handsOut });
    if (id >= 0) {
      this.flying = { id, queued: next };
      return Infinity;
    }
    next.done(failed(ambiguous('no way to send an HTTP request')));
    return this.advance(now);
  }

  /** False: not a call of this client. */
  onHttp(id: number, http: HttpAnswer, now: number): boolean {
    if (this.flying?.id !== id) return false;
    const { queued } = this.flying;
    this.flying = null;
    const answer = this.read(http, queued.call);
    const { handsOut } = queued.call;
    // Also when nobody waits for it any more: the token is good all the same.
    if (handsOut !== undefined && answer.isOk) this.sink.redact(handsOut, tokenOf(answer.result).token);
    if (!answer.isOk && this.isWorthRepeating(queued, answer.answer)) {
      this.queue.unshift(queued);
      this.notBefore = Math.max(this.notBefore, now + Math.max(RETRY_NS, answer.answer.retryAfterMs * 1e6));
    } else {
      if (!answer.isOk) this.notBefore = Math.max(this.notBefore, now + answer.answer.retryAfterMs * 1e6);
      queued.done(answer);
    }
    this.advance(now);
    return true;
  }

  private isWorthRepeating({ call, attempts }: Queued, answer: RequestAnswer): boolean {
    if (attempts >= ATTEMPTS_MAX) return false;
    // Thrown out unread: repeating it with a greater nonce acts once.
    if (answer.message.startsWith('EAPI:Invalid nonce')) return true;
    return !call.isAct && (answer.class === AnswerClass.Ambiguous || answer.class === AnswerClass.RateLimited);
  }

  private read({ status, headers, body }: HttpAnswer, { handsOut }: RestCall): RestAnswer {
    const text = new TextDecoder().decode(body);
    if (status === 429) {
      const seconds = Number(headers['retry-after'] ?? '');
      const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 300) * 1000 : 5_000;
      return failed({ class: AnswerClass.RateLimited, reason: RejectReason.RateLimited, message: 'HTTP 429', retryAfterMs });
    }
    if (status === 0) return failed(ambiguous(`no answer: ${text}`));
    const value = parseJsonText(text);
    const listed = isJsonObject(value) ? value['error'] : undefined;
    const errors = Array.isArray(listed) ? listed.filter((error) => typeof error === 'string') : null;
    // A 'W' before the text marks a warning, which goes with a result.
    const error = errors?.find((entry) => entry.startsWith('E')) ?? '';
    if (error !== '') {
      if (error.startsWith('EAPI:Invalid nonce')) this.nonces.refused();
      return failed(classify(error, Number(this.sink.unixNs() / MS_PER_NS)));
    }
    const result = isJsonObject(value) ? objectOf(value, 'result') : undefined;
    if (status === 200 && errors !== null && result !== undefined) return { isOk: true, result };
    this.sink.problem('unusable REST answer', `HTTP ${status}: ${handsOut === undefined ? text : `${text.length} characters`}`);
    return failed(ambiguous(`HTTP ${status}`));
  }

  private counterAt(now: number): number {
    return Math.max(0, this.counter - ((now - this.countedAt) / NS_PER_SECOND) * this.limits.perSecond);
  }

  private affordableAt(cost: number, now: number): number {
    const excess = this.counterAt(now) + cost - this.limits.max;
    return excess <= 0 ? now : now + Math.ceil((excess / this.limits.perSecond) * NS_PER_SECOND);
  }
}

function failed(answer: RequestAnswer): RestAnswer {
  return { isOk: false, answer };
}

function ambiguous(message: string): RequestAnswer {
  return { class: AnswerClass.Ambiguous, reason: RejectReason.Other, message, retryAfterMs: 0 };
}

/** The token of GetWebSocketsToken and its life in seconds; '' : none. */
export function tokenOf(result: JsonTextObject): { readonly token: string; readonly seconds: number } {
  const seconds = Number(textOf(result, 'expires'));
  return { token: textOf(result, 'token'), seconds: Number.isFinite(seconds) && seconds >= 60 ? Math.min(seconds, 900) : 900 };
}
