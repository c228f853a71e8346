// Processing Order and Sequencing Time over a real journal: positions without gaps, time that never falls, refusals that
// leave no trace, own Events that wait for the end of the step in which they arise.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addon } from '../binding/addon.ts';
import type { NativeEvent, NativeWriter } from '../binding/addon.ts';
import { createCounters } from '../event/counters.ts';
import { EventEncoder } from '../event/encode.ts';
import { Slot, Status, WriterStatistic } from '../event/generated/view_generated.ts';
import { ErrorCode } from '../event/link-message.ts';
import { Kind, LinkState, SCHEMA_HASH, Source } from '../event/kinds.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FrameRules } from './frame-rules.ts';
import { Intake, JournalFailure, Sequencer } from './sequencer.ts';

const encoder = new EventEncoder();
let folder = '';
let event: NativeEvent;
let writer: NativeWriter;
let clock = 0;
/** What each step does besides being counted. */
let onStep: () => void = () => undefined;
let steps: { kind: number; position: number; time: number; source: number }[] = [];
let sequencer: Sequencer;

function sequencerOf(target: NativeWriter): Sequencer {
  return new Sequencer({
    writer: target, input: event.input, entries: event.inputEntries, counters: createCounters(), monotonicNs: () => clock, timeOffset: 0,
    rules: new FrameRules({
      venueCount: 1, currencyCount: 1,
      instruments: [{ venue: 0, priceScale: 0, quantityScale: 0, tickSize: 1, lotSize: 1, minimumQuantity: 1 }],
    }),
    follower: {
      follow: () => {
        const { input } = event;
        steps.push({ kind: input[Slot.Kind], position: input[Slot.Position], time: input[Slot.Time], source: input[Slot.Source] });
        onStep();
      },
    },
  });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tcx-sequencer-'));
  event = addon.createEvent();
  writer = addon.createWriter(event, {
    path: join(folder, 'journal.bin'), extentSize: 1 << 20, durability: 'process', intervalMs: 100, helperCpu: -1,
    schemaHash: SCHEMA_HASH, sessionId: 's', sessionOrdinal: 1, epoch: 1n,
  });
  clock = 1000;
  steps = [];
  onStep = () => undefined;
  sequencer = sequencerOf(writer);
});
afterEach(() => {
  writer.close();
  rmSync(folder, { recursive: true, force: true });
});

const frame = (view: Uint8Array): ArrayBuffer => EventEncoder.copyOf(view).buffer;
const delta = (instrument = 0): ArrayBuffer => frame(encoder.bookDelta({
  instrument, eventTime: 0, captureTime: 0, previous: 0, sequence: 0, bids: [{ price: 1, quantity: 1 }], asks: [],
}));
const linkUp = (): Uint8Array => EventEncoder.copyOf(encoder.venueLinkChanged({ venue: 0, state: LinkState.Up, reason: 'x' }));
const accepted = (): ArrayBuffer => frame(encoder.orderAccepted({ orderId: 1, eventTime: 0, captureTime: 0, venueOrderId: '' }));

describe('sequencer', () => {
  test('E4: positions rise by one over every way in, with the source of each', () => {
    expect(sequencer.ingest(0, delta(), 0, false)).toBe(Intake.Done);
    expect(sequencer.inject(linkUp(), Source.Runtime)).toBe(2);
    sequencer.controlTime(1, 5);
    expect(sequencer.ingest(0, accepted(), 0, false)).toBe(Intake.Done);
    expect(steps.map((step) => step.position)).toEqual([1, 2, 3, 4]);
    expect(steps.map((step) => step.source)).toEqual([Source.Venue0, Source.Runtime, Source.Runtime, Source.Venue0]);
    expect(steps.map((step) => step.kind)).toEqual([Kind.BookDelta, Kind.VenueLinkChanged, Kind.ControlTime, Kind.OrderAccepted]);
  });

  test('E5: Sequencing Time never decreases, whatever the clock does', () => {
    for (const now of [1000, 2000, 500, 1999, 2001, 0]) {
      clock = now;
      sequencer.ingest(0, delta(), 0, false);
    }
    expect(steps.map((step) => step.time)).toEqual([1000, 2000, 2000, 2000, 2001, 2001]);
    expect(sequencer.now()).toBe(2001);
  });

  test('what is refused leaves no trace: the next Event has the next position', () => {
    expect(sequencer.ingest(0, delta(), 0, false)).toBe(Intake.Done);
    expect(sequencer.ingest(0, delta(9), 0, false)).toBe(ErrorCode.UnknownInstrument);
    expect(sequencer.ingest(0, new ArrayBuffer(12), 0, false)).toBe(ErrorCode.Malformed);
    expect(sequencer.ingest(0, delta(), 0, true)).toBe(Intake.Shed);
    expect(steps).toHaveLength(1);
    expect(sequencer.ingest(0, delta(), 0, false)).toBe(Intake.Done);
    expect(steps[1].position).toBe(2);
  });

  test('shedding and a closed market spare everything that is not market data', () => {
    expect(sequencer.ingest(0, accepted(), 0, true)).toBe(Intake.Done);
    sequencer.closeMarket();
    expect(sequencer.ingest(0, delta(), 0, false)).toBe(Intake.Shed);
    expect(sequencer.ingest(0, accepted(), 0, false)).toBe(Intake.Done);
  });

  test('own Events that arise within a step come after it, in the order they arose, each in a step of its own', () => {
    let depth = 0;
    onStep = () => {
      depth += 1;
      expect(depth).toBe(1);
      if (steps.length === 1) {
        sequencer.defer(linkUp(), Source.Runtime);
        sequencer.defer(EventEncoder.copyOf(encoder.killSwitchChanged({ active: true, actor: '', reason: '' })), Source.Operator);
      }
      if (steps.length === 2) sequencer.defer(linkUp(), Source.Recovery);
      depth -= 1;
    };
    sequencer.ingest(0, delta(), 0, false);
    expect(steps.map((step) => step.kind)).toEqual([
      Kind.BookDelta, Kind.VenueLinkChanged, Kind.KillSwitchChanged, Kind.VenueLinkChanged,
    ]);
    expect(steps.map((step) => step.source)).toEqual([Source.Venue0, Source.Runtime, Source.Operator, Source.Recovery]);
  });

  test('E4: an Event is never taken in within the step of another', () => {
    onStep = () => { sequencer.inject(linkUp(), Source.Runtime); };
    expect(() => sequencer.ingest(0, delta(), 0, false)).toThrow(/E4/);
  });

  test('a closed stream takes nothing', () => {
    sequencer.close();
    expect(sequencer.ingest(0, delta(), 0, false)).toBe(Intake.Closed);
    sequencer.controlTime(1, 1);
    expect(() => sequencer.inject(linkUp(), Source.Runtime)).toThrow(/closed stream/);
    expect(writer.statistics[WriterStatistic.Position]).toBe(0);
  });

  test('a journal that takes nothing any more ends the session, and no step is taken', () => {
    const full = sequencerOf({ ...writer, offer: () => Status.NoSpace });
    expect(() => full.ingest(0, delta(), 0, false)).toThrow(JournalFailure);
    expect(() => full.ingest(0, delta(), 0, false)).toThrow(/NoSpace; no Event can be recorded, so none is applied/);
    expect(steps).toEqual([]);
  });
});
