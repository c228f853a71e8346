// Link messages there and back, their limits, and hostile bytes.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventEncoder } from './encode.ts';
import {
  decodeLinkMessage, encodeLinkMessage, FRAME_SIZE_MAX, frameType, MESSAGE_TEXT_MAX, MessageType, type LinkMessage,
} from './link-message.ts';

const MESSAGES: readonly LinkMessage[] = [
  { type: MessageType.Hello, protocolVersion: 1, schemaHash: 'ab', venue: 'kraken', gatewayBuild: '0.1.0', token: 't' },
  {
    type: MessageType.Welcome, sessionId: 's', sessionOrdinal: 7, venue: 1, heartbeatMs: 1000,
    instruments: [
      { instrument: 0, symbol: 'BTC/USD', base: 1, quote: 0, priceScale: 1, quantityScale: 8, tickSize: 1, lotSize: 1,
        minimumQuantity: 5000, bookDepth: 10 },
      { instrument: 2, symbol: 'ETH/USD', base: 2, quote: 0, priceScale: 2, quantityScale: 8, tickSize: 1,
        lotSize: 2 ** 40, minimumQuantity: 0, bookDepth: 0 }],
    currencies: [{ currency: 0, symbol: 'USD', scale: 10 }],
  },
  { type: MessageType.Refusal, code: 3, message: 'wrong token' },
  { type: MessageType.LinkError, code: 1, message: 'bad frame' },
  { type: MessageType.Heartbeat, sentTime: 1_753_000_000_123_456_789n },
  { type: MessageType.StatusQuery, orderId: 2_199_023_255_617, venueOrderId: 'O-1' },
  { type: MessageType.MassCancel, reason: 'kill switch' },
  { type: MessageType.SnapshotRequest, instrument: 4 },
  { type: MessageType.ReconcileRequest, id: 9, orderIds: [1, 2_199_023_255_617], since: 1_795_365_193_595_000_000n },
  { type: MessageType.ReconcileEnd, id: 9, complete: true, message: '' },
];

test.each(MESSAGES.map((message) => [MessageType[message.type], message] as const))(
  '%s survives encode and decode', (_, message) => {
    const bytes = encodeLinkMessage(message);
    expect(frameType(bytes)).toBe('message');
    expect(decodeLinkMessage(bytes)).toEqual({ ok: true, value: message });
  });

test('frames are told apart by their identifier', () => {
  expect(frameType(new EventEncoder().controlTime({ reason: 0, deadline: 0 }))).toBe('event');
  expect(frameType(new Uint8Array(7))).toBe('unknown');
  expect(frameType(new Uint8Array(64))).toBe('unknown');
});

describe('limits', () => {
  test('an explanation is cut, an identifier that is too long is refused', () => {
    const long = 'x'.repeat(MESSAGE_TEXT_MAX + 1);
    const cut = decodeLinkMessage(encodeLinkMessage({ type: MessageType.Refusal, code: 1, message: long }));
    expect(cut.ok && cut.value.type === MessageType.Refusal && cut.value.message.length).toBe(MESSAGE_TEXT_MAX);
    const hello = { ...MESSAGES[0], token: long } as LinkMessage;
    expect(decodeLinkMessage(encodeLinkMessage(hello)))
      .toEqual({ ok: false, error: 'Hello.token: found 1025 characters, expected at most 1024' });
  });

  test('an order id beyond 2^53 is refused', () => {
    const bytes = encodeLinkMessage({ type: MessageType.StatusQuery, orderId: 0x0102_0304, venueOrderId: '' });
    const at = Buffer.from(bytes).indexOf(Buffer.from([4, 3, 2, 1]));
    bytes[at + 7] = 0xff;
    expect(decodeLinkMessage(bytes))
      .toMatchObject({ ok: false, error: expect.stringContaining('StatusQuery.orderId') });
  });

  test('an oversize frame is refused unread', () => {
    expect(decodeLinkMessage(new Uint8Array(FRAME_SIZE_MAX + 1)))
      .toMatchObject({ ok: false, error: expect.stringContaining('expected at most') });
  });

  test('a small buffer that points many times at one table is not multiplied', () => {
    const bytes = encodeLinkMessage(MESSAGES[8]);
    const view = new DataView(bytes.buffer);
    for (let at = 8; at + 4 <= bytes.length; at += 4) {
      const before = view.getUint32(at, true);
      view.setUint32(at, 2, true);
      expect(typeof decodeLinkMessage(bytes).ok).toBe('boolean');
      view.setUint32(at, before, true);
    }
  });
});

describe('hostile bytes', () => {
  test('truncated frames are refused', () => {
    for (const message of MESSAGES) {
      const bytes = encodeLinkMessage(message);
      for (let size = 0; size < bytes.length; size += 1) {
        expect(typeof decodeLinkMessage(bytes.subarray(0, size)).ok).toBe('boolean');
      }
      expect(decodeLinkMessage(bytes.subarray(0, 8)).ok).toBe(false);
    }
  });

  test('mutated frames never throw', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 });
    fc.assert(fc.property(fc.constantFrom(...MESSAGES), edits, (message, changes) => {
      const bytes = encodeLinkMessage(message);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      expect(typeof decodeLinkMessage(bytes).ok).toBe('boolean');
    }), { numRuns: 5000 });
  });

  test('bytes that are not UTF-8 are refused', () => {
    const bytes = encodeLinkMessage({ type: MessageType.MassCancel, reason: 'abcdefgh' });
    bytes[bytes.indexOf(0x61)] = 0xff;
    expect(decodeLinkMessage(bytes)).toEqual({ ok: false, error: 'MassCancel.reason: not UTF-8' });
  });
});
