// What a journal says, read by the test itself: which positions, which dispatches, which lines. Reads only.

import { existsSync } from 'node:fs';
import { addon } from '../binding/addon.ts';
import { decodeEvent } from '../event/decode.ts';
import { describe } from '../event/describe.ts';
import type { EventValue } from '../event/event-fields.ts';
import { Slot } from '../event/generated/view_generated.ts';
import { Action, Kind } from '../event/kinds.ts';
import { probeJournal, type JournalProbe } from '../journal/journal-probe.ts';
import { listSessions } from '../journal/session-directory.ts';

export function probe(path: string): JournalProbe {
  return probeJournal(addon, path);
}

/** Oldest first. */
export function journalPaths(dataDir: string): string[] {
  // A kill between making the folder and making the journal leaves a folder without one: nothing was recorded there.
  return listSessions(dataDir).map(({ journalPath }) => journalPath).filter((path) => existsSync(path));
}

/** The record at hand, seen in its header. */
interface RecordSeen {
  readonly position: number;
  readonly kind: Kind;
  readonly source: number;
  /** Of an outcome: position of the input that caused it. */
  readonly cause: number;
  /** Sequencing Time, ns. */
  readonly time: number;
  readonly decode: () => EventValue;
  readonly describe: () => string;
}

/** Calls `visit` with every whole record from `from` on. */
export function eachRecord(path: string, visit: (record: RecordSeen) => void, from = 1): void {
  const event = addon.createEvent();
  const reader = addon.openReader(event, path);
  try {
    if (reader.seek(from) < 0) return;
    while (reader.next() > 0) {
      const { input } = event;
      visit({
        position: input[Slot.Position], kind: input[Slot.Kind] as Kind, source: input[Slot.Source],
        cause: input[Slot.Cause], time: input[Slot.Time],
        decode: () => decoded(event.body()),
        describe: () => describe({
          position: input[Slot.Position], time: input[Slot.Time], class: input[Slot.Class], source: input[Slot.Source],
          cause: input[Slot.Cause],
        }, event.body()),
      });
    }
  } finally {
    reader.close();
  }
}

function decoded(body: Uint8Array): EventValue {
  const event = decodeEvent(body);
  if (!event.ok) throw new Error(`a record that was verified does not decode: ${JSON.stringify(event.error)}`);
  return event.value;
}

/** The lines `/events` shows, from one position on. */
export function linesFrom(path: string, from: number): string[] {
  const lines: string[] = [];
  eachRecord(path, (record) => lines.push(record.describe()), from);
  return lines;
}

/** A request as the wire log has it: `NEW 4398046511169 600001 40`. */
export function dispatchesOf(path: string): string[] {
  const found: string[] = [];
  eachRecord(path, (record) => {
    if (record.kind !== Kind.IntentDispatched) return;
    const event = record.decode();
    if (event.kind !== Kind.IntentDispatched) return;
    const { action, orderId, price, quantity } = event.fields;
    found.push(`${Action[action].toUpperCase()} ${orderId} ${price} ${quantity}`);
  });
  return found;
}

/** The same of a line of the wire log; null for what is no request for one Order. */
export function requestOf(wireLine: string): string | null {
  const [, action, orderId, price, quantity] = wireLine.split(' ');
  return action === 'MASS_CANCEL' ? null : `${action} ${orderId} ${price} ${quantity}`;
}

export function countsByKind(path: string): Map<Kind, number> {
  const counts = new Map<Kind, number>();
  eachRecord(path, ({ kind }) => { counts.set(kind, (counts.get(kind) ?? 0) + 1); });
  return counts;
}
