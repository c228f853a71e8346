// The ring: what goes in comes out, whole, in order and unchanged, however sizes, wraps and turns fall; what does not
// fit is refused and changes nothing.

import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Claim, createRing, RING_CAPACITY_MIN, RingReader, RingWriter, type RingMemory } from './ring.ts';

const HEADER = 4;

function write(ring: RingWriter, body: Uint8Array): boolean {
  const offset = ring.claim(HEADER + body.length);
  if (offset < 0) return false;
  ring.bytes.set(body, offset + HEADER);
  ring.commit(offset, HEADER + body.length);
  return true;
}

function read(ring: RingReader): Buffer | null {
  const offset = ring.peek();
  if (offset < 0) return null;
  const body = Buffer.from(ring.bytes.slice(offset + HEADER, offset + ring.size));
  ring.release();
  return body;
}

/** Compared as bytes: a matcher takes long over large ones. */
function isNext(found: Buffer | null, expected: Buffer[]): boolean {
  const next = expected.shift();
  return next === undefined ? found === null : found !== null && next.equals(found);
}

/** Both sides of a ring whose memory held something else before. */
function pair(capacity = RING_CAPACITY_MIN): { memory: RingMemory; writer: RingWriter; reader: RingReader } {
  const memory = createRing(capacity);
  new Uint8Array(memory.bytes).fill(0x5a, 8);
  return { memory, writer: new RingWriter(memory), reader: new RingReader(memory) };
}

describe('one producer, one consumer', () => {
  test('any interleaving of writes and reads is a queue', () => {
    const step = fc.oneof(
      fc.record({ write: fc.oneof(fc.nat(40), fc.nat(5000), fc.nat(32_000)) }), fc.record({ read: fc.nat(12) }));
    fc.assert(fc.property(fc.array(step, { size: 'max', maxLength: 400 }), (steps) => {
      const { writer, reader } = pair();
      const expected: Buffer[] = [];
      for (const step of steps) {
        if ('write' in step) {
          const body = randomBytes(step.write);
          if (write(writer, body)) expected.push(body);
          else expect(expected.length).toBeGreaterThan(0);
          continue;
        }
        for (let i = 0; i < step.read; i += 1) expect(isNext(read(reader), expected)).toBe(true);
      }
      while (expected.length > 0) expect(isNext(read(reader), expected)).toBe(true);
      expect(read(reader)).toBeNull();
      expect(writer.measure()).toBe(0);
    }), { numRuns: 60 });
  });

  test('more than 2³² bytes through the smallest ring: positions wrap without a trace', () => {
    const { writer, reader } = pair();
    const body = new Uint8Array(32_000);
    const view = new DataView(body.buffer);
    let sum = 0;
    for (let i = 0; i < 140_000; i += 1) {
      view.setUint32(0, i);
      if (!write(writer, body)) throw new Error(`no room for ${i}`);
      const offset = reader.peek();
      sum += Number(reader.size === body.length + HEADER && reader.bytes[offset + HEADER + 3] === (i & 255));
      reader.release();
    }
    expect(sum).toBe(140_000);
  });

  test('full is said at once, and everything written before stands', () => {
    const { writer, reader } = pair();
    let written = 0;
    while (write(writer, Buffer.alloc(100, written))) written += 1;
    expect(written).toBe(Math.floor((RING_CAPACITY_MIN - 8) / 104));
    for (let i = 0; i < 1000; i += 1) expect(writer.claim(104)).toBe(Claim.Full);
    for (let i = 0; i < written; i += 1) expect(read(reader)).toEqual(Buffer.alloc(100, i));
    expect(write(writer, Buffer.alloc(100))).toBe(true);
  });

  test('filled to the last byte that may be, no unread record is touched', () => {
    const { writer, reader } = pair();
    let written = 0;
    while (write(writer, Buffer.alloc(60, written))) written += 1;
    expect(written).toBe(RING_CAPACITY_MIN / 64 - 1);
    for (let i = 0; i < written; i += 1) expect(isNext(read(reader), [Buffer.alloc(60, i)])).toBe(true);
  });

  test('the largest record fits from any position once the ring is empty; a larger one never does', () => {
    const { writer, reader } = pair();
    for (let at = 0; at < RING_CAPACITY_MIN; at += 1016) {
      expect(write(writer, randomBytes(writer.recordSizeMax - HEADER))).toBe(true);
      expect(read(reader)?.length).toBe(writer.recordSizeMax - HEADER);
      expect(write(writer, Buffer.alloc(1000))).toBe(true);
      read(reader);
    }
    expect(writer.claim(writer.recordSizeMax + 1)).toBe(Claim.Oversize);
    expect(writer.measure()).toBe(0);
  });

  test('a claim that is not committed is not seen', () => {
    const { writer, reader } = pair();
    const offset = writer.claim(100);
    writer.bytes.fill(1, offset + HEADER, offset + 100);
    expect(reader.peek()).toBe(-1);
    writer.commit(offset, 100);
    expect(reader.peek()).toBe(offset);
  });

  test('a consumer that takes over goes on where the one before it stopped', () => {
    const { memory, writer, reader } = pair();
    for (let i = 0; i < 5; i += 1) write(writer, Buffer.of(i));
    read(reader);
    reader.peek();
    const next = new RingReader(memory);
    expect([read(next), read(next)]).toEqual([Buffer.of(1), Buffer.of(2)]);
  });

  test.each([0, 1000, 65_535, 1 << 15, (1 << 16) + 8, 2 ** 31])('a capacity of %i is refused', (capacity) => {
    expect(() => createRing(capacity)).toThrow(`ring of ${capacity} bytes: expected a power of two from 65536`);
  });
});
