// A Venue in the test's own hands, behind the real link: says Hello, answers what a Venue must answer, and otherwise sends
// exactly what the test tells it to, however wrong.

import { once } from 'node:events';
import WebSocket from 'ws';
import { decodeEvent } from '../../event/decode.ts';
import { EventEncoder } from '../../event/encode.ts';
import type { IntentDispatchedFields } from '../../event/event-fields.ts';
import { Action, CancelReason, Kind, SCHEMA_HASH, VenueOrderStatus } from '../../event/kinds.ts';
import {
  decodeLinkMessage, encodeLinkMessage, frameType, LINK_PROTOCOL_VERSION, LINK_SUBPROTOCOL, MessageType,
} from '../../event/link-message.ts';
import type { Hello, LinkMessage } from '../../event/link-message.ts';

export const MID = 600_000;
const TIMES = { eventTime: 0, captureTime: 0 };

export class ScriptedVenue {
  readonly socket: WebSocket;
  readonly encoder = new EventEncoder();
  /** Resolves with the close code once the link is gone. */
  readonly closed: Promise<number>;
  /** What the daemon said, heartbeats left out. */
  readonly heard: LinkMessage[] = [];
  readonly dispatched: IntentDispatchedFields[] = [];
  /** Requests are answered as a Venue would; a test may turn that off. */
  answering = true;
  private waiting: (() => void)[] = [];
  private over = false;

  constructor(port: number, hello: Hello | null) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}`, LINK_SUBPROTOCOL);
    this.closed = new Promise((resolve) => this.socket.once('close', (code) => {
      this.over = true;
      this.wake();
      resolve(code);
    }));
    this.socket.on('error', () => undefined);
    this.socket.on('open', () => { if (hello !== null) this.say(hello); });
    this.socket.on('message', (bytes: Buffer) => this.receive(new Uint8Array(bytes)));
  }

  /** Linked: the daemon said Welcome. */
  static async link(port: number, token: string): Promise<ScriptedVenue> {
    const venue = new ScriptedVenue(port, helloOf(token));
    await venue.hears(MessageType.Welcome);
    return venue;
  }

  /** The first message of this type; fails when the link ends without one. */
  async hears<T extends MessageType>(type: T): Promise<LinkMessage & { type: T }> {
    await this.until(() => this.heard.some((message) => message.type === type));
    return this.heard.find((message) => message.type === type) as LinkMessage & { type: T };
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.over) throw new Error(`the link ended early; heard ${JSON.stringify(this.heard.map(({ type }) => MessageType[type]))}`);
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  say(message: LinkMessage): void {
    this.socket.send(encodeLinkMessage(message));
  }

  /** Encodes with the method named, sends a copy. */
  tell(frame: Uint8Array): void {
    this.socket.send(EventEncoder.copyOf(frame));
  }

  /** A sound book around MID. */
  snapshot(sequence = 0): void {
    const levels = [1, 2, 3, 4, 5];
    this.tell(this.encoder.bookSnapshot({
      instrument: 0, ...TIMES, sequence, bids: levels.map((i) => ({ price: MID - i, quantity: 1000 })),
      asks: levels.map((i) => ({ price: MID + i, quantity: 1000 })),
    }));
  }

  /** Moves the best bid: what a strategy on `onTopPrice` is consulted for. */
  move(step: number): void {
    const quantity = step % 2 === 0 ? 0 : 500;
    this.tell(this.encoder.bookDelta({ instrument: 0, ...TIMES, previous: 0, sequence: 0, bids: [{ price: MID, quantity }], asks: [] }));
  }

  /** Everything sent so far has been taken in when this resolves. */
  async settled(): Promise<void> {
    const pong = once(this.socket, 'pong');
    this.socket.ping();
    await pong;
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  private receive(bytes: Uint8Array): void {
    if (frameType(bytes) === 'event') this.receiveDispatch(bytes);
    else this.receiveMessage(bytes);
    this.wake();
  }

  private receiveMessage(bytes: Uint8Array): void {
    const decoded = decodeLinkMessage(bytes);
    if (!decoded.ok) throw new Error(`the daemon sent a bad frame: ${decoded.error}`);
    const message = decoded.value;
    if (message.type === MessageType.Heartbeat) {
      this.say(message);
      return;
    }
    this.heard.push(message);
    if (!this.answering) return;
    if (message.type === MessageType.SnapshotRequest) this.snapshot();
    if (message.type === MessageType.ReconcileRequest) this.reconcile(message.id, message.orderIds);
  }

  private receiveDispatch(bytes: Uint8Array): void {
    const decoded = decodeEvent(bytes);
    if (!decoded.ok || decoded.value.kind !== Kind.IntentDispatched) throw new Error('the daemon sent an Event that is no dispatch');
    const intent = decoded.value.fields as unknown as IntentDispatchedFields;
    this.dispatched.push(intent);
    if (!this.answering) return;
    const { orderId, action } = intent;
    if (action === Action.New) this.tell(this.encoder.orderAccepted({ orderId, ...TIMES, venueOrderId: String(orderId) }));
    else if (action === Action.Cancel) this.tell(this.encoder.orderCancelled({ orderId, reason: CancelReason.Requested, ...TIMES }));
    else this.tell(this.encoder.orderReplaced({ orderId, price: intent.price, quantity: intent.quantity, ...TIMES, venueOrderId: '' }));
  }

  private reconcile(id: number, orderIds: readonly number[]): void {
    for (const orderId of orderIds) {
      this.tell(
        this.encoder.orderStatusReport({
          orderId,
          status: VenueOrderStatus.NotFound,
          instrument: 0,
          side: 0,
          price: 0,
          quantity: 0,
          filledQuantity: 0,
          ...TIMES,
          venueOrderId: '',
        }),
      );
    }
    this.tell(this.encoder.positionReport({ venue: 0, ...TIMES, positions: [] }));
    this.say({ type: MessageType.ReconcileEnd, id, complete: true, message: '' });
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

export function helloOf(token: string, changed: Partial<Hello> = {}): Hello {
  return {
    type: MessageType.Hello,
    protocolVersion: LINK_PROTOCOL_VERSION,
    schemaHash: SCHEMA_HASH,
    venue: 'scripted',
    gatewayBuild: 'test',
    token,
    ...changed,
  };
}
