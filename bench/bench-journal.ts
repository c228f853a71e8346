// A journal of its own for a bench: where it lies, how it is opened, and how frames get into it. Never a session's.

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { addon, type NativeEvent, type NativeWriter } from '../daemon/binding/addon.ts';
import { Slot } from '../daemon/event/generated/view_generated.ts';
import { SCHEMA_HASH, Source } from '../daemon/event/kinds.ts';
import { buildFolder } from './harness.ts';

export interface BenchJournal {
  readonly path: string;
  readonly event: NativeEvent;
  readonly writer: NativeWriter;
}

export function createJournal(name: string, extentSize = 64 << 20): BenchJournal {
  const folder = join(buildFolder, 'journals');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.bin`);
  rmSync(path, { force: true });
  const event = addon.createEvent();
  const writer = addon.createWriter(event, {
    path, extentSize, durability: 'process', intervalMs: 100, helperCpu: -1,
    schemaHash: SCHEMA_HASH, sessionId: `bench-${name}`, sessionOrdinal: 1, epoch: 1_700_000_000_000_000_000n,
  });
  return { path, event, writer };
}

/** Offers and commits one frame from Venue 0. Returns its position; throws when it is refused. */
export function append({ event, writer }: BenchJournal, frame: ArrayBuffer | Uint8Array, time: number): number {
  const kind = writer.offer(frame);
  event.input[Slot.Source] = Source.Venue0;
  event.input[Slot.Time] = time;
  const position = kind < 0 ? kind : writer.commit();
  if (position < 0) throw new Error(`bench: a frame was refused with Status ${position}`);
  return position;
}
