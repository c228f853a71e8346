// Every kind there and back, and bytes nobody should have sent: decoding must answer, never throw, never hang.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeEvent } from './decode.ts';
import { EventEncoder } from './encode.ts';
import type { FieldsByKind } from './event-fields.ts';
import { Kind } from './kinds.ts';
import { ALL_KINDS, SAMPLE_EVENTS, encodeSample } from './sample-events.fixture.ts';

const encoder = new EventEncoder();

describe('every kind', () => {
  test('the samples cover the vocabulary', () => {
    const kinds = Object.values(Kind).filter((value) => typeof value === 'number' && value !== Kind.NONE);
    expect([...ALL_KINDS].sort((a, b) => a - b)).toEqual(kinds);
  });

  test.each(ALL_KINDS.map((kind) => [Kind[kind], kind] as const))('%s survives encode and decode', (name, kind) => {
    const decoded = decodeEvent(encodeSample(encoder, kind));
    expect(decoded).toEqual({ ok: true, value: { kind, name, fields: SAMPLE_EVENTS[kind as keyof FieldsByKind] } });
  });
});

describe('bytes from anywhere', () => {
  test('every truncation of every kind is refused or harmless', () => {
    for (const kind of ALL_KINDS) {
      const bytes = encodeSample(encoder, kind);
      for (let size = 0; size < bytes.length; size += 1) {
        const decoded = decodeEvent(bytes.subarray(0, size));
        if (size < 12) expect(decoded.ok).toBe(false);
      }
    }
  });

  test('mutated buffers never throw', () => {
    fc.assert(fc.property(
      fc.constantFrom(...ALL_KINDS), fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 8 }),
      (kind, edits) => {
        const bytes = encodeSample(encoder, kind);
        for (const [at, value] of edits) bytes[at % bytes.length] = value;
        expect(typeof decodeEvent(bytes).ok).toBe('boolean');
      }), { numRuns: 5000 });
  });

  test('random bytes behind a valid identifier never throw', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 8, maxLength: 200 }), (bytes) => {
      bytes.set([0x54, 0x43, 0x58, 0x45], 4);
      expect(typeof decodeEvent(bytes).ok).toBe('boolean');
    }), { numRuns: 5000 });
  });

  test('a vector that claims four billion levels is refused at once', () => {
    const bytes = encodeSample(encoder, Kind.BookSnapshot);
    const view = new DataView(bytes.buffer);
    let edited = 0;
    for (let at = 0; at + 4 <= bytes.length; at += 4) {
      if (view.getUint32(at, true) !== 2) continue;
      view.setUint32(at, 0xffff_ffff, true);
      edited += 1;
    }
    expect(edited).toBeGreaterThan(0);
    expect(decodeEvent(bytes)).toMatchObject({ ok: false });
  });

  test('an enum value outside the vocabulary is named', () => {
    const bytes = encodeSample(encoder, Kind.InstrumentStatus);
    const at = bytes.indexOf(2, 20);
    const outcomes = [];
    for (let i = at; i < bytes.length; i += 1) {
      if (bytes[i] !== 2) continue;
      const copy = new Uint8Array(bytes);
      copy[i] = 200;
      const decoded = decodeEvent(copy);
      if (!decoded.ok) outcomes.push(decoded.error);
    }
    expect(outcomes).toContain('InstrumentStatus.state: found 200, expected a InstrumentState');
  });
});
