// The journal through the addon, as the daemon uses it: what TypeScript builds is journaled verbatim, what the Core
// decides is encoded natively, and a replay finds both again.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Builder, ByteBuffer } from 'flatbuffers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { EventView } from '../event/event-view.ts';
import { Event } from '../event/generated/tcx/event/event.ts';
import { IntentDispatched } from '../event/generated/tcx/event/intent-dispatched.ts';
import { KillSwitchChanged } from '../event/generated/tcx/event/kill-switch-changed.ts';
import { Slot, Status, WriterStatistic } from '../event/generated/view_generated.ts';
import { Action, Kind, OrderType, RecordClass, SCHEMA_HASH, Side, Source, TimeInForce } from '../event/kinds.ts';
import { addon, type CreateOptions, type NativeEvent, type NativeSink } from './addon.ts';

let folder = '';
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'tcx-addon-')); });
afterEach(() => { rmSync(folder, { recursive: true, force: true }); });

function options(path: string): CreateOptions {
  return {
    path, extentSize: 1 << 20, durability: 'interval', intervalMs: 10, helperCpu: -1,
    schemaHash: SCHEMA_HASH, sessionId: 'test-1', sessionOrdinal: 1, epoch: 1_700_000_000_000_000_000n,
  };
}

function killSwitchFrame(active: boolean): Uint8Array {
  const builder = new Builder(128);
  const actor = builder.createString('tester');
  const reason = builder.createString('because');
  const body = KillSwitchChanged.createKillSwitchChanged(builder, active, actor, reason);
  Event.finishEventBuffer(builder, Event.createEvent(builder, Kind.KillSwitchChanged, body));
  return builder.asUint8Array();
}

function input(event: NativeEvent): EventView {
  return new EventView(event.input, event.inputEntries);
}

function dispatch(event: NativeEvent, sink: NativeSink, cause: number, price: number): number {
  const outcome = new EventView(event.outcome, event.outcomeEntries);
  outcome.kind = Kind.IntentDispatched;
  outcome.source = Source.Core;
  outcome.time = input(event).time;
  outcome.slot[Slot.Cause] = cause;
  outcome.orderId = 2 ** 41 + 64;
  outcome.strategy = 0;
  outcome.instrument = 3;
  outcome.venue = 1;
  outcome.action = Action.New;
  outcome.side = Side.Sell;
  outcome.type = OrderType.Limit;
  outcome.timeInForce = TimeInForce.PostOnly;
  outcome.price = price;
  outcome.quantity = 500;
  return sink.appendOutcome();
}

function writeTwoSteps(path: string): Uint8Array {
  const event = addon.createEvent();
  const writer = addon.createWriter(event, options(path));
  let frame = new Uint8Array();
  for (let step = 0; step < 2; step++) {
    expect(writer.offer(killSwitchFrame(step === 0))).toBe(Kind.KillSwitchChanged);
    input(event).source = Source.Operator;
    input(event).time = 1000 * (step + 1);
    const position = writer.commit();
    expect(position).toBe(2 * step + 1);
    writer.resetDispatches();
    expect(dispatch(event, writer, position, -700 + step)).toBe(position + 1);
    frame = Uint8Array.from(writer.dispatchFrames[0] as Uint8Array);
  }
  expect(writer.sync()).toBe(Status.Ok);
  expect(writer.statistics[WriterStatistic.SyncedPosition]).toBe(4);
  expect(writer.close()).toBe(Status.Ok);
  return frame;
}

describe('journal through the addon', () => {
  it('gives back what was written, input and outcome', () => {
    const path = join(folder, 'journal.bin');
    writeTwoSteps(path);
    const event = addon.createEvent();
    const reader = addon.openReader(event, path);
    expect(reader.header.epoch).toBe(1_700_000_000_000_000_000n);
    expect(reader.header.sessionId).toBe('test-1');
    expect(reader.next()).toBe(1);
    expect(input(event).kind).toBe(Kind.KillSwitchChanged);
    expect(input(event).state).toBe(1);
    expect(input(event).source).toBe(Source.Operator);
    expect(reader.next()).toBe(1);
    expect(input(event).class).toBe(RecordClass.Outcome);
    expect(input(event).orderId).toBe(2 ** 41 + 64);
    expect(input(event).price).toBe(-700);
    expect(reader.seek(3)).toBe(Status.Ok);
    expect(reader.next()).toBe(1);
    expect(input(event).position).toBe(3);
    expect(reader.next()).toBe(1);
    expect(reader.next()).toBe(Status.End);
    expect(reader.verify()).toBe(4);
    expect(reader.fault().status).toBe(Status.End);
  });

  it('hands the recorded dispatch out as a frame any FlatBuffers reader reads', () => {
    const frame = writeTwoSteps(join(folder, 'journal.bin'));
    const event = Event.getRootAsEvent(new ByteBuffer(frame));
    expect(event.bodyType()).toBe(Kind.IntentDispatched);
    const body = event.body(new IntentDispatched()) as IntentDispatched;
    expect(body.orderId()).toBe(2n ** 41n + 64n);
    expect(body.price()).toBe(-699n);
    expect(body.venue()).toBe(1);
    expect(body.timeInForce()).toBe(TimeInForce.PostOnly);
  });

  it('replays to the same bytes', () => {
    const path = join(folder, 'journal.bin');
    const output = join(folder, 'out.bin');
    writeTwoSteps(path);
    const event = addon.createEvent();
    const replay = addon.openReplay(event, path, output);
    for (let step = 0; step < 2; step++) {
      expect(replay.nextInput()).toBe(1);
      expect(dispatch(event, replay, input(event).position, -700 + step)).toBe(2 * step + 2);
    }
    expect(replay.nextInput()).toBe(Status.End);
    expect(replay.close()).toBe(Status.Ok);
    expect(readFileSync(output).equals(readFileSync(path))).toBe(true);
  });

  it('continues a journal that ends within a step', () => {
    const path = join(folder, 'journal.bin');
    writeTwoSteps(path);
    const whole = readFileSync(path);
    const reader = addon.openReader(addon.createEvent(), path);
    for (let position = 1; position <= 3; position++) reader.next();
    // The last outcome never made it; synced fields as a process killed before any sync leaves them.
    const cut = Buffer.from(whole.subarray(0, reader.offset() + 20));
    cut.writeBigUInt64LE(4096n, 136);
    cut.writeBigUInt64LE(0n, 144);
    writeFileSync(path, cut);
    const event = addon.createEvent();
    const replay = addon.openReplay(event, path, '');
    for (let step = 0; step < 2; step++) {
      expect(replay.nextInput()).toBe(1);
      expect(dispatch(event, replay, input(event).position, -700 + step)).toBe(2 * step + 2);
      expect(replay.inJournal()).toBe(step === 0);
    }
    expect(replay.nextInput()).toBe(Status.End);
    const writer = replay.resume(options(path));
    expect(writer.statistics[WriterStatistic.Position]).toBe(4);
    expect(writer.close()).toBe(Status.Ok);
    expect(readFileSync(path).equals(whole)).toBe(true);
  });

  it('names the outcome that differs', () => {
    const path = join(folder, 'journal.bin');
    writeTwoSteps(path);
    const event = addon.createEvent();
    const replay = addon.openReplay(event, path, '');
    expect(replay.nextInput()).toBe(1);
    expect(dispatch(event, replay, 1, -701)).toBe(Status.Diverged);
    expect(replay.difference().position).toBe(2);
    expect(replay.difference().recorded.length).toBe(replay.difference().derived.length);
    expect(replay.nextInput()).toBe(Status.Diverged);
  });

  it('throws with a status when a journal cannot be opened', () => {
    const event = addon.createEvent();
    const path = join(folder, 'journal.bin');
    const statusOf = (act: () => unknown): number => {
      try {
        act();
      } catch (error) {
        return (error as { status: number }).status;
      }
      return Status.Ok;
    };
    expect(statusOf(() => addon.openReader(event, path))).toBe(Status.NotFound);
    const writer = addon.createWriter(event, options(path));
    expect(statusOf(() => addon.createWriter(event, options(path)))).toBe(Status.Locked);
    writer.close();
    expect(statusOf(() => addon.createWriter(event, options(path)))).toBe(Status.Exists);
    expect(statusOf(() => addon.createWriter({} as NativeEvent, options(path)))).toBe(undefined);
  });
});
