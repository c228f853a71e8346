// The bodies of records that are not a Venue's frame: what opened, what was asked over HTTP, what is missing. Bytes in,
// facts out and back; docs/raw-format.md draws them. Never touches a frame.

import { RawFormatError } from './raw-format.ts';

/** A socket opened, or was open already when its window began. */
export interface OpenedBody {
  readonly name: string;
  readonly copy: number;
  /** Without secrets. */
  readonly url: string;
  /** How many sockets of this name and copy this run opened before. */
  readonly reconnects: number;
  /** Repeated from the window before: nothing opened here. */
  readonly continued: boolean;
}

export interface ExchangeBody {
  /** Method and path, without credentials. */
  readonly target: string;
  /** 0: no answer came; the body says why. */
  readonly status: number;
  readonly body: Uint8Array;
}

/** What was heard and not kept. Times are Capture Times. */
interface HoleBody {
  readonly from: bigint;
  readonly to: bigint;
  /** Frames, and whatever else counts, with their bytes. */
  readonly count: number;
  readonly bytes: number;
  readonly firstSequence: number;
  readonly reason: string;
}

const EXCHANGE_TARGET_AT = 8;
const HOLE_REASON_AT = 40;

export function encodeOpened(body: OpenedBody): Buffer {
  return Buffer.from(JSON.stringify(body));
}

export function decodeOpened(bytes: Uint8Array): OpenedBody {
  const value = parse(bytes) as Partial<OpenedBody> | null;
  if (typeof value?.name !== 'string' || typeof value.copy !== 'number' || typeof value.url !== 'string') {
    throw new RawFormatError('found a socket that opened without name, copy and address');
  }
  return {
    name: value.name, copy: value.copy, url: value.url, reconnects: value.reconnects ?? 0, continued: value.continued === true,
  };
}

export function encodeExchange({ target, status, body }: ExchangeBody): Buffer {
  const name = Buffer.from(target);
  const bytes = Buffer.alloc(EXCHANGE_TARGET_AT + name.length + body.length);
  bytes.writeUInt32LE(status, 0);
  bytes.writeUInt32LE(name.length, 4);
  bytes.set(name, EXCHANGE_TARGET_AT);
  bytes.set(body, EXCHANGE_TARGET_AT + name.length);
  return bytes;
}

export function decodeExchange(source: Uint8Array): ExchangeBody {
  const bytes = viewOf(source);
  const end = bytes.length < EXCHANGE_TARGET_AT ? Infinity : EXCHANGE_TARGET_AT + bytes.readUInt32LE(4);
  if (end > bytes.length) throw new RawFormatError('found an HTTP exchange cut off within its target');
  return { status: bytes.readUInt32LE(0), target: bytes.toString('utf8', EXCHANGE_TARGET_AT, end), body: bytes.subarray(end) };
}

export function encodeHole(hole: HoleBody): Buffer {
  const reason = Buffer.from(hole.reason);
  const bytes = Buffer.alloc(HOLE_REASON_AT + reason.length);
  bytes.writeBigUInt64LE(hole.from, 0);
  bytes.writeBigUInt64LE(hole.to, 8);
  bytes.writeBigUInt64LE(BigInt(hole.count), 16);
  bytes.writeBigUInt64LE(BigInt(hole.bytes), 24);
  bytes.writeBigUInt64LE(BigInt(hole.firstSequence), 32);
  bytes.set(reason, HOLE_REASON_AT);
  return bytes;
}

export function decodeHole(source: Uint8Array): HoleBody {
  const bytes = viewOf(source);
  if (bytes.length < HOLE_REASON_AT) throw new RawFormatError(`found a hole of ${bytes.length} bytes, expected ${HOLE_REASON_AT}`);
  return {
    from: bytes.readBigUInt64LE(0), to: bytes.readBigUInt64LE(8), count: Number(bytes.readBigUInt64LE(16)),
    bytes: Number(bytes.readBigUInt64LE(24)), firstSequence: Number(bytes.readBigUInt64LE(32)),
    reason: bytes.toString('utf8', HOLE_REASON_AT),
  };
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(viewOf(bytes).toString('utf8')) as unknown;
  } catch {
    return null;
  }
}
