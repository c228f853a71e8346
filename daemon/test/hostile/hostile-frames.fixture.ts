// Frames a gateway should never send: random bytes, and valid Events and messages cut, flipped, spliced and grown. Seeded.

import type { Prng } from '../../base/prng.ts';
import { EventEncoder } from '../../event/encode.ts';
import { encodeLinkMessage, MessageType } from '../../event/link-message.ts';
import { ALL_KINDS, encodeSample } from '../../event/sample-events.fixture.ts';

const FRAME_SIZE_MAX = 4096;

/** One of everything that can be said on a link, allowed or not. */
export function validFrames(): Uint8Array[] {
  const encoder = new EventEncoder();
  return [
    ...ALL_KINDS.map((kind) => encodeSample(encoder, kind)),
    EventEncoder.copyOf(encoder.bookSnapshot({
      instrument: 0, eventTime: 1, captureTime: 2, sequence: 0, bids: [{ price: 100, quantity: 1 }], asks: [{ price: 101, quantity: 3 }],
    })),
    EventEncoder.copyOf(encoder.orderFilled({
      orderId: 2 ** 41 + 64, instrument: 0, side: 0, price: 600_000, quantity: 100, fee: 0, feeCurrency: 0, liquidity: 0, eventTime: 0,
      captureTime: 0, venueOrderId: 'v', executionId: 'e',
    })),
    encodeLinkMessage({ type: MessageType.Heartbeat, sentTime: 1n }),
    encodeLinkMessage({ type: MessageType.ReconcileEnd, id: 1, complete: true, message: 'done' }),
    encodeLinkMessage({ type: MessageType.LinkError, code: 1, message: 'you' }),
    encodeLinkMessage({ type: MessageType.MassCancel, reason: 'no' }),
    encodeLinkMessage({ type: MessageType.ReconcileRequest, id: 1, orderIds: [1, 2, 3], since: 0n }),
  ];
}

export function* hostileFrames(random: Prng, valid: readonly Uint8Array[], count: number): Generator<Uint8Array> {
  for (let i = 0; i < count; i += 1) {
    const frame = Uint8Array.from(valid[random.below(valid.length)]);
    switch (random.below(6)) {
      case 0: yield bytes(random, random.below(256)); break;
      case 1: yield frame.subarray(0, random.below(frame.length)); break;
      case 2: yield flipped(random, frame, 1); break;
      case 3: yield flipped(random, frame, 1 + random.below(16)); break;
      case 4: yield spliced(random, frame, valid[random.below(valid.length)]); break;
      default: yield extremeWord(random, frame);
    }
  }
}

function bytes(random: Prng, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, () => random.below(256));
}

function flipped(random: Prng, frame: Uint8Array, count: number): Uint8Array {
  for (let i = 0; i < count; i += 1) frame[random.below(frame.length)] ^= 1 << random.below(8);
  return frame;
}

/** The beginning of one and the end of another. */
function spliced(random: Prng, frame: Uint8Array, other: Uint8Array): Uint8Array {
  const head = frame.subarray(0, random.below(frame.length));
  const tail = other.subarray(random.below(other.length));
  const joined = new Uint8Array(Math.min(FRAME_SIZE_MAX, head.length + tail.length));
  joined.set(head);
  joined.set(tail.subarray(0, joined.length - head.length), head.length);
  return joined;
}

const EXTREMES = [0, 1, 0x7f, 0x80, 0xff] as const;

/** Offsets, sizes and values at their limits. */
function extremeWord(random: Prng, frame: Uint8Array): Uint8Array {
  const width = 1 << random.below(4);
  const at = random.below(Math.max(1, frame.length - width));
  frame.fill(EXTREMES[random.below(EXTREMES.length)], at, at + width);
  return frame;
}
