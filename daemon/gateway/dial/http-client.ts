// Calls of a Venue's HTTP interface over kept connections: one base address, bounded in time, in size and in number.
// Every call is answered exactly once, never from inside `request`; status 0 says that no answer came, and that whether
// the Venue acted is unknown. Follows no redirect, retries nothing: what a repeated call means only the caller knows.

import { Agent as PlainAgent, request as requestPlain, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as SecureAgent, request as requestSecure } from 'node:https';
import type { HttpAnswer, HttpRequest } from '../../event/venue-session.ts';
import type { GatewayClock } from '../clock.ts';
import { exchangeTarget, type Recorder } from '../recorder.ts';
import type { Trust } from './trust.ts';

export interface HttpLimits {
  /** From the call to the last byte of its answer. */
  readonly timeoutMs: number;
  readonly bodySizeMax: number;
  /** Calls outstanding; one more is answered with status 0 at once. */
  readonly inFlightMax: number;
  /** Connections kept. */
  readonly socketsMax: number;
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = { timeoutMs: 10_000, bodySizeMax: 16 << 20, inFlightMax: 32, socketsMax: 4 };

export interface HttpClientOptions {
  readonly baseUrl: string;
  readonly trust: Trust;
  readonly limits: HttpLimits;
  readonly clock: GatewayClock;
  readonly recorder: Recorder;
  /** Said in User-Agent; some Venues refuse calls without one. */
  readonly agent: string;
}

export interface HttpStatistics {
  requests: number;
  /** Answers by class: index status / 100; index 0: no answer. */
  readonly answers: number[];
  inFlight: number;
}

type Answered = (answer: HttpAnswer, captureTime: bigint) => void;

const STATUS_CLASSES = 6;
/** A connection idle for so long is given up before the server does it under a call. */
const IDLE_MS = 20_000;

export class HttpClient {
  readonly statistics: HttpStatistics = { requests: 0, answers: new Array<number>(STATUS_CLASSES).fill(0), inFlight: 0 };
  private readonly options: HttpClientOptions;
  private readonly base: URL;
  private readonly agent: PlainAgent;
  private readonly calls = new Set<Call>();
  private stopped = false;
  private idle: (() => void)[] = [];

  constructor(options: HttpClientOptions) {
    this.options = options;
    this.base = new URL(options.baseUrl);
    const kept = {
      keepAlive: true, maxSockets: options.limits.socketsMax, scheduling: 'lifo', timeout: IDLE_MS,
    } as const;
    this.agent = this.base.protocol === 'https:' ? new SecureAgent({ ...kept, ...options.trust }) : new PlainAgent(kept);
  }

  request(request: HttpRequest, answered: Answered): void {
    this.statistics.requests += 1;
    const refusal = this.refusal();
    const call = new Call(request, (answer) => this.finish(call, answer, answered));
    this.calls.add(call);
    this.statistics.inFlight = this.calls.size;
    if (refusal !== '') {
      setImmediate(() => call.fail(refusal));
      return;
    }
    const { limits, clock } = this.options;
    call.start(this.send(request), limits, clock);
  }

  /** Waits for what is outstanding, but no longer than `graceMs`, then gives it up. */
  async stop(graceMs: number): Promise<void> {
    this.stopped = true;
    if (this.calls.size > 0) {
      const cancel = this.options.clock.after(graceMs, () => {
        for (const call of [...this.calls]) call.fail('the gateway ends');
      });
      await new Promise<void>((resolve) => this.idle.push(resolve));
      cancel();
    }
    this.agent.destroy();
  }

  private refusal(): string {
    if (this.stopped) return 'the gateway ends';
    const { inFlightMax } = this.options.limits;
    return this.calls.size >= inFlightMax ? `${inFlightMax} calls are outstanding already` : '';
  }

  private send({ method, path, headers, body }: HttpRequest): ClientRequest {
    const { base } = this;
    const options = {
      agent: this.agent, method, host: base.hostname.replace(/^\[|\]$/g, ''), port: base.port,
      path: `${base.pathname.replace(/\/$/, '')}${path}`,
      headers: {
        'user-agent': this.options.agent, accept: 'application/json', 'content-length': Buffer.byteLength(body), ...headers,
      },
    };
    const request = base.protocol === 'https:' ? requestSecure(options) : requestPlain(options);
    request.end(body);
    return request;
  }

  private finish(call: Call, answer: HttpAnswer, answered: Answered): void {
    this.calls.delete(call);
    const { statistics } = this;
    statistics.inFlight = this.calls.size;
    statistics.answers[Math.min(STATUS_CLASSES - 1, Math.floor(answer.status / 100))] += 1;
    const captureTime = this.options.clock.unixNs();
    const { request } = call;
    const { handsOut } = request;
    // Recorded before anybody has read it: a secret in it is not known to the redactor yet.
    const body = handsOut === undefined || answer.status === 0 ? answer.body : Buffer.from(`<redacted:${handsOut}>`);
    this.options.recorder.exchange(exchangeTarget(request), request.isPrivate, answer.status, body, captureTime);
    answered(answer, captureTime);
    if (this.calls.size > 0) return;
    const { idle } = this;
    this.idle = [];
    for (const resolve of idle) resolve();
  }
}

/** One call from its first byte to its answer. */
class Call {
  readonly request: HttpRequest;
  private readonly answered: (answer: HttpAnswer) => void;
  private outgoing: ClientRequest | null = null;
  private isOver = false;
  private cancelTimer: () => void = () => undefined;

  constructor(request: HttpRequest, answered: (answer: HttpAnswer) => void) {
    this.request = request;
    this.answered = answered;
  }

  start(outgoing: ClientRequest, limits: HttpLimits, clock: GatewayClock): void {
    this.outgoing = outgoing;
    outgoing.on('error', (error) => this.fail(error.message));
    outgoing.on('response', (response) => this.receive(response, limits.bodySizeMax));
    this.cancelTimer = clock.after(limits.timeoutMs, () => this.fail(`no whole answer within ${limits.timeoutMs} ms`));
  }

  fail(reason: string): void {
    this.finish({ status: 0, headers: {}, body: Buffer.from(reason) });
    this.outgoing?.destroy();
  }

  private receive(response: IncomingMessage, bodySizeMax: number): void {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > bodySizeMax) this.fail(`the answer is larger than ${bodySizeMax} bytes`);
      else chunks.push(chunk);
    });
    response.on('error', (error) => this.fail(error.message));
    response.on('aborted', () => this.fail('the connection ended in the middle of the answer'));
    response.on('end', () => {
      const headers = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
      const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
      this.finish({ status: response.statusCode ?? 0, headers: Object.fromEntries(headers) as Record<string, string>, body });
    });
  }

  private finish(answer: HttpAnswer): void {
    if (this.isOver) return;
    this.isOver = true;
    this.cancelTimer();
    this.answered(answer);
  }
}
