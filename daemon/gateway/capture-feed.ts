// Feeds a recording to a session at the pace at which it was recorded, a multiple of it, or as fast as the link takes it.
// Waits for the link instead of letting it shed. G5: whatever the speed, the session sees every inbound frame, every socket
// that opened or closed, and the answers to what it asked over HTTP, in recorded order and in the recording's own time.
// Owns no file and no session.

import type { FrameSession, HttpRequest } from '../event/venue-session.ts';
import type { GatewayClock } from './clock.ts';
import { RecordKind, type RawRecord } from './record/raw-format.ts';
import { decodeExchange, decodeOpened, type ExchangeBody } from './record/record-bodies.ts';
import { RecordedTime } from './recorded-time.ts';
import { Direction, exchangeTarget } from './recorder.ts';

/** Times the recorded pace; Infinity: as fast as the link takes it. */
export type Speed = number;

export interface CaptureFeedOptions {
  readonly speed: Speed;
  readonly clock: GatewayClock;
  readonly session: FrameSession;
  /** Resolves when there is a link to feed and it has room. */
  readonly ready: () => Promise<void>;
  /** Runs a call against the session, as GatewayHost.enter does. */
  readonly enter: (call: () => void) => void;
}

export interface CaptureFeedResult {
  readonly frames: number;
  /** Frames of sockets that the session, as it is configured, does not have. */
  readonly ignored: number;
  /** Recorded answers that the session never asked for. */
  readonly unasked: number;
  /** ns from the first to the last stamped record; a jump counts as an hour at most. */
  readonly span: number;
  /** Stamps that say the recording's clock was set, or that it was interrupted: more than an hour from the one before. */
  readonly timeJumps: number;
}

interface FedSocket {
  /** Index into the session's connections. */
  readonly connection: number;
  readonly copy: number;
}

interface Answer extends ExchangeBody {
  readonly time: bigint;
}

/** Records between two turns of the event loop. */
const BATCH = 64;
/** Answers kept for a session that asks later than the recorded one did. */
const UNASKED_MAX = 64;

export class CaptureFeed {
  private readonly options: CaptureFeedOptions;
  private readonly time = new RecordedTime();
  private current = 0;
  private startedNs: number | null = null;
  private isStopped = false;
  private reason = 'the capture ended';
  private wake: () => void = () => undefined;
  private readonly sockets = new Map<number, FedSocket>();
  private lastRequest = 0;
  private readonly requests = new Map<number, string>();
  private unasked: Answer[] = [];
  private records = 0;
  private frames = 0;
  private ignored = 0;

  constructor(options: CaptureFeedOptions) {
    this.options = options;
  }

  /** The capture's time: never decreases, whatever the stamps do. */
  now(): number {
    return this.current;
  }

  /** What FrameOutput.request of a session that is fed does: the answer is the recorded one, when its time comes. */
  request(request: HttpRequest): number {
    this.lastRequest += 1;
    this.requests.set(this.lastRequest, exchangeTarget(request));
    return this.lastRequest;
  }

  /** Ends `run` after the record in hand. */
  stop(reason = 'asked to end'): void {
    this.isStopped = true;
    this.reason = reason;
    this.wake();
  }

  async run(source: AsyncIterable<readonly RawRecord[]>): Promise<CaptureFeedResult> {
    for await (const records of source) {
      for (const record of records) {
        if (this.isStopped) break;
        if (this.records % BATCH === 0) await new Promise(setImmediate);
        await this.options.ready();
        await this.pace(record.time);
        if (this.isStopped) break;
        this.records += 1;
        this.deliver(record);
      }
      if (this.isStopped) break;
    }
    for (const socket of this.sockets.keys()) this.close(socket, this.reason);
    return this.result();
  }

  /** So far. */
  result(): CaptureFeedResult {
    return { frames: this.frames, ignored: this.ignored, unasked: this.unasked.length, span: this.current, timeJumps: this.time.jumps };
  }

  // ── what was recorded ─────────────────────────────────────────────────────────────────────────
  private deliver(record: RawRecord): void {
    this.answerLate(record.time);
    switch (record.kind) {
      case RecordKind.Opened: this.open(record); break;
      case RecordKind.Frame: this.feed(record); break;
      case RecordKind.Closed: this.close(record.socket, Buffer.from(record.body).toString('utf8')); break;
      case RecordKind.Exchange: this.answer({ ...decodeExchange(record.body), time: record.time }); break;
      default: break;
    }
  }

  private open({ socket, body }: RawRecord): void {
    const { name, copy, continued } = decodeOpened(body);
    if (continued && this.sockets.has(socket)) return;
    this.close(socket, 'it was opened again');
    const plans = this.options.session.connections();
    const connection = name === '' ? 0 : plans.findIndex((plan) => plan.name === name);
    const plan = plans[connection];
    if (plan === undefined || copy >= plan.copies) return;
    this.sockets.set(socket, { connection, copy });
    this.enter((session, now) => session.onOpen(connection, copy, now));
  }

  private feed({ time, socket, direction, body }: RawRecord): void {
    if (direction !== Direction.In) return;
    const fed = this.sockets.get(socket);
    if (fed === undefined) {
      this.ignored += 1;
      return;
    }
    this.frames += 1;
    this.enter((session, now) => session.onFrame(fed.connection, fed.copy, body, time, now));
  }

  private close(socket: number, reason: string): void {
    const fed = this.sockets.get(socket);
    if (fed === undefined) return;
    this.sockets.delete(socket);
    this.enter((session, now) => session.onClose(fed.connection, fed.copy, reason, now));
  }

  // ── HTTP ──────────────────────────────────────────────────────────────────────────────────────
  private answer(answer: Answer): void {
    if (this.give(answer)) return;
    if (this.unasked.length === UNASKED_MAX) this.unasked.shift();
    this.unasked.push(answer);
  }

  /** A session may ask later than the recorded one did: by now the answer is there. */
  private answerLate(time: bigint): void {
    if (this.unasked.length === 0 || this.requests.size === 0) return;
    this.unasked = this.unasked.filter((answer) => !this.give({ ...answer, time }));
  }

  private give({ target, status, body, time }: Answer): boolean {
    for (const [id, asked] of this.requests) {
      if (asked !== target) continue;
      this.requests.delete(id);
      this.enter((session, now) => session.onHttp(id, { status, headers: {}, body }, time, now));
      return true;
    }
    return false;
  }

  // ── time ──────────────────────────────────────────────────────────────────────────────────────
  private enter(call: (session: FrameSession, now: number) => void): void {
    const { session, enter } = this.options;
    enter(() => {
      session.advance(this.current);
      call(session, this.current);
    });
  }

  private async pace(captureTime: bigint): Promise<void> {
    if (captureTime === 0n) return;
    const { clock, speed } = this.options;
    this.startedNs ??= clock.monotonicNs();
    const { jumps, now: before } = this.time;
    const due = this.time.at(captureTime);
    // Nobody waits for a clock that was set.
    if (this.time.jumps > jumps) this.startedNs -= (due - before) / speed;
    this.advanceTo(due);
    this.current = due;
    if (speed === Infinity) return;
    const dueNs = this.startedNs + this.current / speed;
    const waitMs = (dueNs - clock.monotonicNs()) / 1e6;
    if (waitMs >= 1) await this.pause(waitMs);
  }

  /** What the session has due before the next record happens at its own time, as it did when the clock was real. */
  private advanceTo(time: number): void {
    let due = -Infinity;
    for (;;) {
      let next = Infinity;
      this.options.enter(() => { next = this.options.session.advance(this.current); });
      if (!(next > due && next > this.current && next < time)) return;
      due = this.current = next;
    }
  }

  private pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.options.clock.after(Math.floor(milliseconds), resolve);
      this.wake = () => { cancel(); resolve(); };
    });
  }
}
