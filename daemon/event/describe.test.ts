// The stable line of every kind (golden) and the naming of the first difference.

import { describe as group, expect, test } from 'vitest';
import { compareEvents, describe, describeBody } from './describe.ts';
import { EventEncoder } from './encode.ts';
import { Kind } from './kinds.ts';
import { ALL_KINDS, encodeSample } from './sample-events.fixture.ts';

const encoder = new EventEncoder();
const RECORD = { position: 12, time: 1500, class: 0, source: 16, cause: 0 };

group('describe', () => {
  test('one line for every kind, every field in schema order', () => {
    expect(ALL_KINDS.map((kind) => describeBody(encodeSample(encoder, kind))).join('\n')).toMatchSnapshot();
  });

  test('the header says position, time, class, source and cause', () => {
    const body = encoder.controlTime({ reason: 1, deadline: 5 });
    expect(describe(RECORD, body)).toBe('#12 t=1500 Input Venue0 ControlTime reason=RateCapacity deadline=5');
    expect(describe({ ...RECORD, class: 1, source: 0, cause: 11 }, body))
      .toBe('#12 t=1500 Outcome Core cause=11 ControlTime reason=RateCapacity deadline=5');
  });

  test('bad bytes are described, not thrown', () => {
    expect(describeBody(new Uint8Array(3))).toBe('Malformed "found 3 bytes with identifier \\"\\", expected TCXE"');
  });
});

group('compareEvents', () => {
  const level = (price: number, quantity: number) => ({ price, quantity });
  const snapshot = (bids: { price: number; quantity: number }[]) => ({
    ...RECORD, body: EventEncoder.copyOf(encoder.bookSnapshot({
      instrument: 0, eventTime: 1n, captureTime: 2n, sequence: 3, bids, asks: [level(9, 9)],
    })),
  });
  const one = snapshot([level(5, 1), level(4, 2)]);

  test('identical records have no difference', () => {
    expect(compareEvents(one, snapshot([level(5, 1), level(4, 2)]))).toBeNull();
  });

  test('a header field comes before the body', () => {
    expect(compareEvents(one, { ...snapshot([]), cause: 4 })).toEqual({ field: 'cause', expected: '0', found: '4' });
  });

  test('the kind comes before its fields', () => {
    const other = { ...RECORD, body: encodeSample(encoder, Kind.KillSwitchChanged) };
    expect(compareEvents(one, other)).toEqual({ field: 'kind', expected: 'BookSnapshot', found: 'KillSwitchChanged' });
  });

  test('a level is named by its index', () => {
    expect(compareEvents(one, snapshot([level(5, 1), level(4, 3)])))
      .toEqual({ field: 'bids[1].quantity', expected: '2', found: '3' });
    expect(compareEvents(one, snapshot([level(5, 1)])))
      .toEqual({ field: 'bids[1].price', expected: '4', found: 'asks[0].price=9' });
  });

  test('equal values in other bytes are still a difference', () => {
    const padded = new Uint8Array(one.body.length + 8);
    padded.set(one.body);
    expect(compareEvents(one, { ...one, body: padded }))
      .toEqual({ field: `byte ${one.body.length} of the body`, expected: 'end', found: '0' });
  });
});
