// The encoder against the generated reader: every value comes back exactly, and the layout is the one C++ expects.

import { ByteBuffer } from 'flatbuffers';
import { expect, test } from 'vitest';
import { EventEncoder } from './encode.ts';
import * as generated from './generated/event_generated.ts';
import { Kind, Side } from './kinds.ts';

const SAFE = Number.MAX_SAFE_INTEGER;

function unpack(bytes: Uint8Array): generated.EventT {
  const buffer = new ByteBuffer(bytes);
  expect(generated.Event.bufferHasIdentifier(buffer)).toBe(true);
  return generated.Event.getRootAsEvent(buffer).unpack();
}

test('levels keep every digit of a safe integer, negative ones included', () => {
  const encoder = new EventEncoder(16);
  const bids = [SAFE, 1, 4_294_967_296, 4_294_967_295, -SAFE, 0, -1, -4_294_967_296];
  const event = unpack(encoder.bookSnapshot({
    instrument: 3, eventTime: 1_753_000_000_123_456_789n, captureTime: 0, sequence: 2n ** 64n - 1n, bids, asks: [],
  }));
  const body = event.body as generated.BookSnapshotT;
  expect(event.bodyType).toBe(Kind.BookSnapshot);
  expect(body.bids.flatMap((level) => [level.price, level.quantity])).toEqual(bids.map(BigInt));
  expect(body.asks).toEqual([]);
  expect(body.eventTime).toBe(1_753_000_000_123_456_789n);
  expect(body.sequence).toBe(2n ** 64n - 1n);
});

test('a fixed-size kind has one length, whatever its values', () => {
  const encoder = new EventEncoder();
  const zero = encoder.orderCancelled({ orderId: 0, reason: 0, eventTime: 0, captureTime: 0 }).length;
  const full = encoder.orderCancelled({ orderId: SAFE, reason: 2, eventTime: 1n, captureTime: 2n ** 62n }).length;
  expect(zero).toBe(full);
});

test('a value that is not a whole safe number is refused, and the encoder goes on', () => {
  const encoder = new EventEncoder();
  const fill = { instrument: 0, captureTime: 0, prints: [
    { price: 1.5, quantity: 1, eventTime: 0, id: 0, aggressor: Side.Buy }] };
  expect(() => encoder.trade(fill)).toThrow('expected a safe integer, found 1.5');
  expect(() => encoder.bookDelta({
    instrument: 0, eventTime: 0, captureTime: 0, previous: 0, sequence: 0, bids: [2 ** 53, 1], asks: [],
  })).toThrow('safe integer');
  expect(() => encoder.controlTime({ reason: 0, deadline: 2n ** 64n })).toThrow('64 bits');
  const body = unpack(encoder.controlTime({ reason: 1, deadline: 5 })).body as generated.ControlTimeT;
  expect(body.deadline).toBe(5n);
});

test('a view lives until the next call, a copy for good', () => {
  const encoder = new EventEncoder();
  const view = encoder.controlTime({ reason: 1, deadline: 5 });
  const copy = EventEncoder.copyOf(view);
  encoder.controlTime({ reason: 2, deadline: 6 });
  expect((unpack(copy).body as generated.ControlTimeT).deadline).toBe(5n);
  expect((unpack(view).body as generated.ControlTimeT).deadline).toBe(6n);
});
