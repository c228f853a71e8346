// A FrameOutput that keeps what a session says, for tests of desks and adapters. Sends nothing.

import { decodeEvent } from '../../event/decode.ts';
import { describeBody } from '../../event/describe.ts';
import type { EventValue } from '../../event/event-fields.ts';
import type { FrameOutput, FrameSession, HttpAnswer, HttpRequest } from '../../event/venue-session.ts';

export class KeptOutput implements FrameOutput {
  readonly events: EventValue[] = [];
  readonly lines: string[] = [];
  readonly transmitted: string[] = [];
  /** `<connection>.<copy>` of each transmitted frame. */
  readonly sockets: string[] = [];
  readonly requests: HttpRequest[] = [];
  readonly redials: string[] = [];
  readonly ends: string[] = [];

  emit(event: Uint8Array): void {
    const decoded = decodeEvent(event);
    if (!decoded.ok) throw new Error(decoded.error);
    this.events.push(decoded.value);
    this.lines.push(describeBody(event));
  }

  reconcileEnd(id: number, complete: boolean, message: string): void {
    this.ends.push(`${id} ${complete} ${message}`);
  }

  disconnect(): void {}

  transmit(connection: number, copy: number, frame: string): boolean {
    this.transmitted.push(frame);
    this.sockets.push(`${connection}.${copy}`);
    return true;
  }

  /** The id is the call's index in `requests`. */
  request(request: HttpRequest): number {
    this.requests.push(request);
    return this.requests.length - 1;
  }

  redial(connection: number, copy: number, milliseconds: number, reason: string): void {
    this.redials.push(`${connection}.${copy} ${milliseconds} ${reason}`);
  }

  redact(): void {}

  kinds(): string[] {
    return this.events.map((event) => event.name);
  }

  /** Everything said since the last call. */
  take(): string[] {
    this.events.length = 0;
    return this.lines.splice(0);
  }
}

const encoder = new TextEncoder();

/** A text frame on a socket of connection 0. */
export function deliver(session: FrameSession, text: string, captureTime: bigint, now: number, copy = 0): void {
  session.onFrame(0, copy, encoder.encode(text), captureTime, now);
}

export function answerOf(status: number, text: string, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return { status, headers, body: encoder.encode(text) };
}
