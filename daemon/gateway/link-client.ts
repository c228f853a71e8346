// The gateway's end of the link (docs/link-protocol.md): dials the daemon, says Hello, keeps the link alive both ways,
// and dials again when it is lost. Owns the socket and its timers; knows no Venue. Whatever the daemon sends is checked
// before anyone sees it, and nothing it sends can throw out of here.
//
//   Waiting ─ dial ─→ Dialling ─ open ─→ Greeting ─ Welcome ─→ Linked
//      ↑                  └──────────────────┴─ lost, refused ───┘│
//      └────────────────── backoff ───────────────────────────────┘     Stopped: stop(), or refused for good

import { WebSocket } from 'ws';
import { jitteredBackoff, type BackoffLimits } from '../base/backoff.ts';
import { decodeEvent } from '../event/decode.ts';
import {
  decodeLinkMessage, encodeLinkMessage, ErrorCode, FRAME_SIZE_MAX, frameType, LINK_PROTOCOL_VERSION, LINK_SUBPROTOCOL,
  MessageType, RefusalCode, type LinkMessage, type Refusal, type Welcome,
} from '../event/link-message.ts';
import { Kind, SCHEMA_HASH } from '../event/kinds.ts';
import type { IntentDispatchedFields } from '../event/event-fields.ts';
import type { GatewayClock } from './clock.ts';
import { DEFAULT_OUTBOX_LIMITS, Outbox, type OutboxLimits } from './outbox.ts';
import type { GatewayLog } from './gateway-log.ts';

export interface LinkClientOptions {
  readonly url: string;
  readonly venue: string;
  readonly token: string;
  readonly build: string;
  readonly clock: GatewayClock;
  /** In [0, 1): spreads the redials. */
  readonly random: () => number;
  readonly log: GatewayLog;
  readonly backoffMs?: BackoffLimits;
  readonly outbox?: OutboxLimits;
  /** From dial to Welcome. */
  readonly greetingMs?: number;
  /** Offered instead of this build's own; only a test has a reason. */
  readonly schemaHash?: string;
}

/** Told in the order things happen on the link. None of them may throw. */
export interface LinkListener {
  onWelcome(welcome: Welcome): void;
  /** Once for every onWelcome. */
  onDown(reason: string): void;
  onDispatch(command: IntentDispatchedFields): void;
  /** A StatusQuery, MassCancel, SnapshotRequest or ReconcileRequest. */
  onMessage(message: LinkMessage): void;
  /** Room again after market data of this instrument was shed: send its snapshot. */
  onDrained(instrument: number): void;
  /** The daemon will never take this gateway as it is: wrong token, schema, version or Venue. */
  onRefused(refusal: Refusal): void;
  /** Another gateway of this Venue is linked; or (false) the daemon no longer says so. Only changes are told. */
  onSecond(isSecond: boolean): void;
}

const enum LinkPhase { Waiting, Dialling, Greeting, Linked, Stopped }

const DEFAULT_BACKOFF_MS: BackoffLimits = { min: 100, max: 5_000 };
const DEFAULT_GREETING_MS = 5_000;
/** Silence of so many heartbeat intervals ends the link. */
const HEARTBEATS_MISSED_MAX = 5;
const HEARTBEAT_MS_MIN = 10;
const HEARTBEAT_MS_MAX = 60_000;

/** A later Hello can be answered differently only when something outside this gateway changes by itself. */
const PASSING_REFUSALS: readonly RefusalCode[] = [RefusalCode.AlreadyLinked, RefusalCode.NotReady];

export class LinkClient {
  readonly outbox: Outbox;
  private readonly options: LinkClientOptions;
  private readonly listener: LinkListener;
  private phase = LinkPhase.Waiting;
  private socket: WebSocket | null = null;
  private failures = 0;
  private notBeforeMs = 0;
  private heartbeatMs = 0;
  private lastReceivedNs = 0;
  private cancelTimer: () => void = () => undefined;
  /** The latest dial that ended was turned away because another gateway of this Venue is linked. */
  private isSecond = false;
  private refusedWith = RefusalCode.None;
  /** What the daemon said last before it closed; a bare close code explains nothing. */
  private farewell = '';

  constructor(options: LinkClientOptions, listener: LinkListener) {
    this.options = options;
    this.listener = listener;
    this.outbox = new Outbox(options.outbox ?? DEFAULT_OUTBOX_LIMITS, {
      onDrained: (instrument) => this.listener.onDrained(instrument),
      onFull: (bytes) => this.lose(`the daemon does not read: ${bytes} bytes wait to be sent`),
    });
  }

  get linked(): boolean {
    return this.phase === LinkPhase.Linked;
  }

  start(): void {
    this.dial();
  }

  /** Closes the link for good once what is waiting has been written, or after `graceMs`. */
  async stop(reason: string, graceMs = 1000): Promise<void> {
    const wasLinked = this.phase === LinkPhase.Linked;
    this.cancelTimer();
    this.phase = LinkPhase.Stopped;
    const socket = this.socket;
    if (socket === null || socket.readyState >= WebSocket.CLOSING) return;
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.close(1000, reason.slice(0, 100));
    const cancel = this.options.clock.after(graceMs, () => socket.terminate());
    await closed;
    cancel();
    this.detach();
    if (wasLinked) this.listener.onDown(reason);
  }

  /** Drops the link on purpose and dials again no sooner than after `milliseconds`. */
  drop(milliseconds: number, reason: string): void {
    this.notBeforeMs = milliseconds;
    this.lose(reason);
  }

  /** One Event buffer. Market data may be shed, execution Events are held while there is no link. */
  sendEvent(frame: Uint8Array): void {
    this.outbox.event(frame);
  }

  sendMessage(message: LinkMessage): void {
    this.outbox.message(encodeLinkMessage(message));
  }

  private dial(): void {
    const { url, clock, greetingMs } = this.options;
    this.phase = LinkPhase.Dialling;
    this.farewell = '';
    this.refusedWith = RefusalCode.None;
    const patience = greetingMs ?? DEFAULT_GREETING_MS;
    const socket = new WebSocket(url, LINK_SUBPROTOCOL, {
      maxPayload: FRAME_SIZE_MAX, perMessageDeflate: false, followRedirects: false,
    });
    this.socket = socket;
    socket.on('open', () => this.greet(socket));
    socket.on('message', (data, isBinary) => this.receive(socket, data as Buffer, isBinary));
    // 'close' follows every 'error'; the error only explains it.
    socket.on('error', (error) => { if (this.socket === socket) this.farewell ||= error.message; });
    socket.on('close', (code, text) => {
      if (this.socket === socket) this.lose(this.farewell || `closed by the daemon: ${code} ${text.toString()}`.trim());
    });
    this.cancelTimer = clock.after(patience, () => this.lose(`no Welcome within ${patience} ms of dialling`));
  }

  private greet(socket: WebSocket): void {
    if (this.socket !== socket) return;
    const { venue, token, build, schemaHash } = this.options;
    this.phase = LinkPhase.Greeting;
    socket.send(encodeLinkMessage({
      type: MessageType.Hello, protocolVersion: LINK_PROTOCOL_VERSION, schemaHash: schemaHash ?? SCHEMA_HASH, venue,
      gatewayBuild: build, token,
    }));
  }

  private receive(socket: WebSocket, data: Buffer, isBinary: boolean): void {
    if (this.socket !== socket) return;
    this.lastReceivedNs = this.options.clock.monotonicNs();
    if (!isBinary) {
      this.protest(ErrorCode.Malformed, 'found a text frame, expected binary frames only');
      return;
    }
    const type = frameType(data);
    if (type === 'event') this.receiveEvent(data);
    else this.receiveMessage(data);
  }

  private receiveEvent(data: Buffer): void {
    const decoded = decodeEvent(data);
    if (!decoded.ok) return this.protest(ErrorCode.Malformed, `Event: ${decoded.error}`);
    const event = decoded.value;
    if (this.phase !== LinkPhase.Linked || event.kind !== Kind.IntentDispatched) {
      return this.protest(ErrorCode.UnexpectedMessage, `found ${event.name}, expected IntentDispatched after Welcome`);
    }
    this.listener.onDispatch(event.fields);
  }

  private receiveMessage(data: Buffer): void {
    const decoded = decodeLinkMessage(data);
    if (!decoded.ok) return this.protest(ErrorCode.Malformed, decoded.error);
    const message = decoded.value;
    if (message.type === MessageType.Refusal) return this.refused(message);
    if (message.type === MessageType.LinkError) {
      this.farewell = `${ErrorCode[message.code]}: ${message.message}`;
      return;
    }
    if (this.phase === LinkPhase.Greeting && message.type === MessageType.Welcome) return this.welcome(message);
    if (this.phase === LinkPhase.Linked) {
      switch (message.type) {
        case MessageType.Heartbeat: return;
        case MessageType.StatusQuery: case MessageType.MassCancel: case MessageType.SnapshotRequest:
        case MessageType.ReconcileRequest: return this.listener.onMessage(message);
      }
    }
    const found = `found ${MessageType[message.type]}, which a gateway never receives here`;
    this.protest(ErrorCode.UnexpectedMessage, found);
  }

  private welcome(welcome: Welcome): void {
    const socket = this.socket;
    if (socket === null) return;
    this.cancelTimer();
    this.failures = 0;
    this.isSecond = false;
    this.heartbeatMs = Math.min(HEARTBEAT_MS_MAX, Math.max(HEARTBEAT_MS_MIN, welcome.heartbeatMs));
    this.options.log.info('link up', { session: welcome.sessionId, venue: welcome.venue });
    this.outbox.open({
      get bufferedAmount() { return socket.bufferedAmount; },
      send: (frame, written) => socket.send(frame, { binary: true }, written),
    }, welcome.venue, welcome.sessionId);
    // What was held may already have been too much for this link.
    if (this.socket !== socket) return;
    this.phase = LinkPhase.Linked;
    this.listener.onWelcome(welcome);
    if (this.linked) this.beat();
  }

  private refused(refusal: Refusal): void {
    const reason = `refused: ${RefusalCode[refusal.code]}: ${refusal.message}`;
    if (PASSING_REFUSALS.includes(refusal.code)) {
      this.farewell = reason;
      this.refusedWith = refusal.code;
      return;
    }
    this.phase = LinkPhase.Stopped;
    this.cancelTimer();
    this.detach();
    this.listener.onRefused(refusal);
  }

  /** One timer does both: says that we live, and notices that the daemon does not. */
  private beat(): void {
    const { clock } = this.options;
    const silentMs = (clock.monotonicNs() - this.lastReceivedNs) / 1e6;
    if (silentMs > this.heartbeatMs * HEARTBEATS_MISSED_MAX) {
      const said = `nothing heard from the daemon for ${Math.round(silentMs)} ms`;
      this.sendMessage({ type: MessageType.LinkError, code: ErrorCode.HeartbeatTimeout, message: said });
      this.lose(said);
      return;
    }
    this.sendMessage({ type: MessageType.Heartbeat, sentTime: clock.unixNs() });
    if (this.linked) this.cancelTimer = clock.after(this.heartbeatMs, () => this.beat());
  }

  /** Answers a frame that must not be, and ends the link: nothing that follows it can be trusted to be whole. */
  private protest(code: ErrorCode, message: string): void {
    this.socket?.send(encodeLinkMessage({ type: MessageType.LinkError, code, message }), () => undefined);
    this.lose(`bad frame from the daemon: ${message}`);
  }

  private lose(reason: string): void {
    if (this.phase === LinkPhase.Stopped || this.socket === null) return;
    const wasLinked = this.phase === LinkPhase.Linked;
    this.phase = LinkPhase.Waiting;
    this.cancelTimer();
    this.detach();
    const { clock, log, random, backoffMs } = this.options;
    this.failures += 1;
    const delay = Math.max(this.notBeforeMs, jitteredBackoff(backoffMs ?? DEFAULT_BACKOFF_MS, this.failures, random()));
    this.notBeforeMs = 0;
    log.warn('link down', { reason, redialMs: delay });
    this.cancelTimer = clock.after(delay, () => this.dial());
    if (wasLinked) this.listener.onDown(reason);
    this.tellSecond(this.refusedWith === RefusalCode.AlreadyLinked);
  }

  private tellSecond(isSecond: boolean): void {
    if (isSecond === this.isSecond) return;
    this.isSecond = isSecond;
    this.listener.onSecond(isSecond);
  }

  private detach(): void {
    const socket = this.socket;
    this.socket = null;
    this.outbox.close();
    if (socket === null || socket.readyState === WebSocket.CLOSED) return;
    socket.close(1000);
    // A peer that does not answer the close must not keep the descriptor.
    const cancel = this.options.clock.after(1000, () => socket.terminate());
    socket.once('close', cancel);
  }
}
