// Order entry and the private stream of Binance spot on one socket of its WebSocket API: clock, authentication, subscription,
// which answer belongs to which call, rate limits, and the conversations that the order desk's requests become. Keeps no
// Order, reads no clock but the desk's, sees no secret. What was received is never thrown at the caller.

import type { OrderAdapter, OrderRequest, OrderSink, RequestAnswer, Signer } from '../../event/order-adapter.ts';
import { AnswerClass } from '../../event/order-adapter.ts';
import type { ConnectionPlan, HttpAnswer, VenueInstrument } from '../../event/venue-session.ts';
import { objectsOf, type JsonTextObject } from '../../base/json-text.ts';
import { ask, conversationOf, type Context, type Conversation } from './conversations.ts';
import * as calls from './encode-orders.ts';
import type { Call } from './encode-orders.ts';
import { BAD_TIMESTAMP, classify, DONE, TOO_MANY_ORDERS, TOO_MANY_REQUESTS } from './errors.ts';
import { Generations } from './generations.ts';
import { Names } from './names.ts';
import { readBalances, readFrame, readReport, resultObject, timeOf, type Reply } from './private.ts';
import { RateUsage } from './rate-usage.ts';
import { balances } from './reconcile.ts';
import { signed, withoutSecrets, type Parameters } from './sign.ts';

const API_URL = 'wss://ws-api.binance.com:443/ws-api/v3';

export interface BinanceOrdersOptions {
  readonly signer: Signer;
  readonly url?: string;
  /** A signed request is refused when Binance gets to it later than this after its timestamp. */
  readonly recvWindowMs?: number;
  /** After the window Binance's own servers may take this long to hear from the matching engine. */
  readonly engineTimeoutMs?: number;
}

const RECV_WINDOW_MS = 5000;
/** "APIs have a timeout of 10 seconds when processing a request." */
const ENGINE_TIMEOUT_MS = 10_000;
/** A connection is valid for 24 hours. */
const LIFETIME_NS = 23.5 * 3600e9;
const SILENCE_NS = 60e9;
/** Binance's clock is asked for so often; also what keeps the silence limit from closing a quiet socket. */
const CLOCK_INTERVAL_NS = 20e9;
/** Without an answer for so long, authentication starts again on a new socket. */
const HANDSHAKE_NS = 10e9;
const REDIAL_MS = 1000;
/** After a refusal that only an operator can mend. */
const REDIAL_REFUSED_MS = 60_000;
/** A call that only asks and is unanswered for so long was lost: Binance's own servers give up after 10 s. */
const READ_NS = 12e9;
/** An unanswered conversation is forgotten after this: the desk has long asked for the outcome. */
const CONVERSATION_NS_MAX = 120e9;
const MS = 1_000_000n;
/** Ids of conversations that no desk asked for. */
const OWN = -1;

/** A conversation and the replies it waits for. */
interface Talk {
  readonly id: number;
  readonly conversation: Conversation;
  readonly since: number;
  /** It only asks: given up, it may be asked again. What may have acted waits for a late answer. */
  readonly isRead: boolean;
  replies: (Reply | null)[];
  readonly ended: (answer: RequestAnswer) => void;
}

/** A call on the wire. */
interface Sent { readonly talk: Talk; readonly index: number; readonly method: string; readonly at: number }

/** Ambiguous, like every 5xx. */
const LOST: Reply = { status: 504, code: 0, message: 'no answer', result: undefined, data: undefined, retryAfterMs: 0 };
const UNSENT: Reply = { status: 0, code: 0, message: 'not sent', result: undefined, data: undefined, retryAfterMs: 0 };

export class BinanceOrders implements OrderAdapter {
  readonly requestLifetimeNs: number;
  readonly hasDeadMan = false;
  private readonly signer: Signer;
  private readonly url: string;
  private readonly recvWindowMs: number;
  private readonly usage = new RateUsage();
  private readonly generations = new Generations((kind, sample) => this.sink.problem(kind, sample));
  private readonly names = new Names();
  private readonly sent = new Map<number, Sent>();
  private sink: OrderSink = CLOSED;
  private instruments: readonly VenueInstrument[] = [];
  private nextCallId = 1;
  private now = 0;
  /** Binance's clock minus ours. */
  private offsetNs = 0n;
  private isOpen = false;
  private isReady = false;
  private handshakeUntil = Infinity;
  private clockDue = Infinity;

  constructor(options: BinanceOrdersOptions) {
    this.signer = options.signer;
    this.url = options.url ?? API_URL;
    this.recvWindowMs = options.recvWindowMs ?? RECV_WINDOW_MS;
    this.requestLifetimeNs = (this.recvWindowMs + (options.engineTimeoutMs ?? ENGINE_TIMEOUT_MS)) * 1e6;
  }

  connections(): readonly ConnectionPlan[] {
    return [{
      name: 'api', url: this.url, isPrivate: true, copies: 1, silenceNs: SILENCE_NS, keepAlive: '', keepAliveNs: CLOCK_INTERVAL_NS,
      lifetimeNs: LIFETIME_NS,
    }];
  }

  open(sink: OrderSink, instruments: readonly VenueInstrument[]): void {
    this.sink = sink;
    this.instruments = instruments;
    sink.redact('api-key', this.signer.apiKey);
  }

  onOpen(_connection: number, now: number): void {
    this.now = now;
    this.reset();
    this.isOpen = true;
    this.handshakeUntil = now + HANDSHAKE_NS;
    this.begin(OWN, this.handshake(), (answer) => this.authenticated(answer));
  }

  onClose(_connection: number, reason: string, now: number): void {
    this.now = now;
    const wasReady = this.isReady;
    this.reset();
    if (wasReady) this.sink.unready(reason);
  }

  private reset(): void {
    this.isOpen = false;
    this.isReady = false;
    this.handshakeUntil = Infinity;
    this.clockDue = Infinity;
    this.sent.clear();
    this.generations.placing.clear();
  }

  private *handshake(): Conversation {
    const isSession = this.signer.algorithm === 'ed25519';
    yield [calls.serverTime()];
    for (const call of isSession ? [calls.logOn(), calls.subscribe()] : [calls.subscribeSigned()]) {
      const [reply] = yield* ask([call]);
      const answer = classify(reply!);
      if (answer.class !== AnswerClass.Done) return { ...answer, message: `${call.method}: ${answer.message}` };
    }
    return DONE;
  }

  private authenticated(answer: RequestAnswer): void {
    this.handshakeUntil = Infinity;
    if (answer.class === AnswerClass.Done) {
      this.isReady = true;
      this.clockDue = this.now + CLOCK_INTERVAL_NS;
      this.sink.ready();
      return;
    }
    this.sink.problem('log-on refused', answer.message);
    this.sink.unready(answer.message);
    const wait = answer.class === AnswerClass.Fatal ? REDIAL_REFUSED_MS : Math.max(REDIAL_MS, answer.retryAfterMs);
    this.sink.redial(0, wait, answer.message);
  }

  send(id: number, request: OrderRequest, now: number): boolean {
    this.now = now;
    if (!this.isReady) return false;
    const isRead = request.what === 'query' || request.what === 'reconcile';
    return this.begin(id, conversationOf(request, this.context()), (answer) => this.sink.answered(id, answer), isRead);
  }

  advance(now: number): number {
    this.now = now;
    if (now >= this.handshakeUntil) {
      this.handshakeUntil = Infinity;
      this.sink.redial(0, REDIAL_MS, 'no answer while logging on');
    }
    if (now >= this.clockDue) {
      this.clockDue = now + CLOCK_INTERVAL_NS;
      this.forgetUnanswered(now);
      this.askForTime();
    }
    return Math.min(this.handshakeUntil, this.clockDue, this.giveUpReads(now));
  }

  private askForTime(): void {
    if (![...this.sent.values()].some(({ method }) => method === 'time')) this.begin(OWN, this.clock(), () => undefined);
  }

  private *clock(): Conversation {
    yield [calls.serverTime()];
    return DONE;
  }

  /** Returns when the next one is given up. */
  private giveUpReads(now: number): number {
    let due = Infinity;
    for (const [callId, { talk, index, method, at }] of this.sent) {
      if (!talk.isRead) continue;
      if (now < at + READ_NS) {
        due = Math.min(due, at + READ_NS);
        continue;
      }
      this.sent.delete(callId);
      this.sink.problem('call without an answer', method);
      this.resume(talk, index, LOST);
    }
    return due;
  }

  private forgetUnanswered(now: number): void {
    for (const [callId, { talk }] of this.sent) {
      if (now - talk.since > CONVERSATION_NS_MAX) this.sent.delete(callId);
    }
  }

  onFrame(_connection: number, frame: Uint8Array, now: number): void {
    this.now = now;
    if (!this.isOpen) return;
    const text = decoder.decode(frame);
    const read = readFrame(text);
    if (read.kind === 'unreadable') return this.onUnreadable('malformed frame', text);
    if (read.kind === 'event') return this.onEvent(read.name, read.event, text);
    this.usage.note(read.limits, this.serverMs());
    const { reply } = read;
    const answer = classify(reply);
    // Too many orders, perhaps for the rest of the day, are no reason not to cancel: the counts beside it hold orders back.
    if (answer.class === AnswerClass.RateLimited && reply.code !== TOO_MANY_ORDERS) this.usage.refuse(answer.retryAfterMs, this.serverMs());
    const sent = this.sent.get(read.id);
    if (sent !== undefined) {
      this.sent.delete(read.id);
      // Asked for now, so that the next request is right; conversations that may repeat theirs ask themselves.
      if (reply.code === BAD_TIMESTAMP && this.isReady) this.askForTime();
      if (sent.method === 'time') this.setClock(reply, sent.at);
      this.resume(sent.talk, sent.index, reply);
    } else {
      this.onStray(read.id, answer, text);
    }
  }

  /** Nothing numbers Binance's reports: what was in it is found by asking for everything. */
  private onUnreadable(kind: string, text: string): void {
    this.sink.problem(kind, text);
    if (this.isReady) this.sink.missed();
  }

  /** No call of ours: of no call at all when Binance ends the session or cannot read us. */
  private onStray(id: number, answer: RequestAnswer, text: string): void {
    this.sink.problem(id < 0 ? 'error of no request' : 'answer to no request', text);
    if (answer.class !== AnswerClass.Fatal || !this.isReady) return;
    this.isReady = false;
    this.sink.unready(answer.message);
    this.sink.redial(0, REDIAL_MS, answer.message);
  }

  private setClock(reply: Reply, sentAt: number): void {
    const result = resultObject(reply);
    const serverNs = result === undefined ? 0n : timeOf(result, 'serverTime');
    if (serverNs === 0n) return;
    const halfTrip = BigInt(Math.max(0, Math.trunc((this.now - sentAt) / 2)));
    this.offsetNs = serverNs + halfTrip - this.sink.unixNs();
  }

  private onEvent(name: string, event: JsonTextObject, text: string): void {
    switch (name) {
      case 'executionReport': return this.onReport(event, text);
      case 'outboundAccountPosition': {
        const fact = readBalances(objectsOf(event, 'B'), timeOf(event, 'u', 'E'), false);
        return fact === null ? this.sink.problem('unreadable balances', text) : this.sink.fact(fact);
      }
      // A difference only; the account's new position follows by itself.
      case 'balanceUpdate': case 'listStatus': return undefined;
      // Locked from outside: no position follows.
      case 'externalLockUpdate': return this.askForBalances();
      case 'eventStreamTerminated': return this.leave('the user data stream was terminated');
      case 'serverShutdown': return this.leave('the server is about to shut down');
      default: return this.sink.problem('unknown event', text);
    }
  }

  private onReport(event: JsonTextObject, text: string): void {
    const report = readReport(event);
    if (report === null) return this.onUnreadable('unreadable execution report', text);
    for (const fact of this.generations.onReport(report)) {
      if (fact.what !== 'balances') this.names.set(`${report.symbol}:${report.venueOrderId}`, fact.name.clientOrderId);
      this.sink.fact(fact);
    }
  }

  private askForBalances(): void {
    if (this.isReady) this.begin(OWN, balances(this.context()), () => undefined);
  }

  private leave(reason: string): void {
    this.isReady = false;
    this.sink.unready(reason);
    this.sink.redial(0, 0, reason);
  }

  onHttp(_id: number, _answer: HttpAnswer, _now: number): void {
    // Nothing of Binance's order entry goes over HTTP.
  }

  /** False: not one call of the first batch left. */
  private begin(id: number, conversation: Conversation, ended: (answer: RequestAnswer) => void, isRead = true): boolean {
    const talk: Talk = { id, conversation, since: this.now, isRead, replies: [], ended };
    const step = conversation.next();
    if (step.done === true) {
      ended(step.value);
      return true;
    }
    this.post(talk, step.value);
    if (talk.replies.length > 0 && talk.replies.every((reply) => reply === UNSENT)) {
      conversation.next(talk.replies.map(() => UNSENT));
      return false;
    }
    this.proceed(talk);
    return true;
  }

  private post(talk: Talk, batch: readonly Call[]): void {
    talk.replies = batch.map(() => null);
    batch.forEach((call, index) => { talk.replies[index] = this.transmit(call, talk, index); });
  }

  /** Null: it left, and its reply will come. */
  private transmit(call: Call, talk: Talk, index: number): Reply | null {
    const serverMs = this.serverMs();
    const { wait, isOfOrders } = this.usage.waitFor(call, serverMs);
    if (wait > 0) {
      const code = isOfOrders ? TOO_MANY_ORDERS : TOO_MANY_REQUESTS;
      return { ...UNSENT, status: 429, code, message: `${call.method} held back here for ${wait} ms`, retryAfterMs: wait };
    }
    const callId = this.nextCallId;
    const parameters = this.stamped(call, serverMs);
    const frame = calls.callText(callId, call.method, parameters);
    if (!this.sink.transmit(0, frame, calls.callText(callId, call.method, withoutSecrets(parameters)))) return UNSENT;
    this.nextCallId += 1;
    this.usage.spend(call, serverMs);
    this.sent.set(callId, { talk, index, method: call.method, at: this.now });
    return null;
  }

  /** On a session that has logged on only the timestamp is needed. */
  private stamped(call: Call, serverMs: number): Parameters {
    if (!call.isSigned) return call.parameters;
    const stamped = { ...call.parameters, recvWindow: this.recvWindowMs, timestamp: Math.trunc(serverMs) };
    const isSession = this.signer.algorithm === 'ed25519' && call.method !== 'session.logon';
    return isSession ? stamped : signed(stamped, this.signer);
  }

  private resume(talk: Talk, index: number, reply: Reply): void {
    talk.replies[index] = reply;
    this.proceed(talk);
  }

  /** As far as the replies reach. */
  private proceed(talk: Talk): void {
    while (talk.replies.every((reply) => reply !== null)) {
      const step = talk.conversation.next(talk.replies);
      if (step.done === true) return talk.ended(step.value);
      this.post(talk, step.value);
    }
  }

  private context(): Context {
    const { generations, names, instruments, requestLifetimeNs, sink } = this;
    return {
      generations, names, instruments, requestLifetimeNs, now: () => this.now, serverMs: () => this.serverMs(),
      fact: (fact) => {
        if (fact.what === 'replaced') names.set(`${fact.name.symbol}:${fact.name.venueOrderId}`, fact.name.clientOrderId);
        sink.fact(fact);
      },
      problem: (kind, sample) => sink.problem(kind, sample),
    };
  }

  private serverMs(): number {
    return Number((this.sink.unixNs() + this.offsetNs) / MS);
  }
}

const decoder = new TextDecoder();

/** Before `open`. */
const CLOSED: OrderSink = {
  unixNs: () => 0n, transmit: () => false, request: () => -1, redial: () => undefined, redact: () => undefined,
  ready: () => undefined, unready: () => undefined, fact: () => undefined, missed: () => undefined,
  answered: () => undefined, problem: () => undefined,
};
