// What the dialling side tells a recording, as it happens. Interface only: the recording itself is daemon/gateway/record/.
// Nothing here waits, allocates without bound or throws: a slow or full disk never delays a frame, it makes a recorded hole.

import type { ConnectionPlan, HttpRequest } from '../event/venue-session.ts';

export enum Direction { In = 0, Out = 1 }

export interface Recorder {
  /** A socket of this plan opened; the number returned stands for it in what follows. */
  opened(plan: ConnectionPlan, copy: number, captureTime: bigint): number;
  /** One frame, untouched but for redacted secrets; the bytes are the caller's again when this returns. */
  frame(socket: number, direction: Direction, bytes: Uint8Array, captureTime: bigint): void;
  closed(socket: number, reason: string, captureTime: bigint): void;
  /** One HTTP call and its answer. `target`: of `exchangeTarget`. */
  exchange(target: string, isPrivate: boolean, status: number, body: Uint8Array, captureTime: bigint): void;
  /** From now on `secret` is replaced by a marker that names `name`. */
  redact(name: string, secret: string): void;
}

/** Method and path, without credentials: by it a recorded answer finds the request when it is fed back. */
export function exchangeTarget({ method, path, isPrivate }: HttpRequest): string {
  return `${method} ${isPrivate ? path.split('?', 1)[0] : path}`;
}

export const NO_RECORDER: Recorder = {
  opened: () => 0, frame: () => undefined, closed: () => undefined, exchange: () => undefined, redact: () => undefined,
};
