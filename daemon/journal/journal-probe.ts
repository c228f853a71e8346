// Looks at a session's journal before anything is touched: readable or not and why, what its first record pins, where it
// ends. Reads only. The answers are facts for the recovery plan.

import { existsSync, statSync } from 'node:fs';
import type { Addon, NativeEvent, NativeReader } from '../binding/addon.ts';
import { decodeEvent } from '../event/decode.ts';
import type { SessionStartedFields } from '../event/event-fields.ts';
import { Slot, Status } from '../event/generated/view_generated.ts';
import { Kind, RecordClass, SCHEMA_HASH } from '../event/kinds.ts';
import type { JournalFact } from './recovery-plan.ts';

export interface JournalProbe {
  readonly journal: JournalFact;
  /** What is wrong and where; '' when nothing is. */
  readonly detail: string;
  readonly started: SessionStartedFields | null;
  readonly ended: boolean;
  readonly lastPosition: number;
  /** Sequencing Time of the last record. */
  readonly lastTime: number;
  /** The digest of a StateDigest at `lastPosition`, 32 hexadecimal digits; '' when the last record is something else. */
  readonly lastDigest: string;
}

/** An error the addon threw: `status` is a `Status`, `detail` says more. */
interface NativeFailure extends Error {
  readonly status: number;
  readonly detail?: string;
}

export function isNativeFailure(error: unknown): error is NativeFailure {
  return error instanceof Error && typeof (error as Partial<NativeFailure>).status === 'number';
}

/** What cannot be opened, as a fact. */
const FACT_OF_STATUS: ReadonlyMap<number, JournalFact> = new Map([
  [Status.Foreign, 'foreign'], [Status.FormatVersion, 'format'], [Status.SchemaHash, 'schema'], [Status.Empty, 'unstarted'],
  [Status.NotFound, 'unstarted'], [Status.Corrupt, 'corrupt'], [Status.OutOfOrder, 'corrupt'], [Status.Malformed, 'corrupt'],
  [Status.Truncated, 'corrupt'],
]);

const EXTENT_SIZE = 1 << 20;
const nothing = { started: null, ended: false, lastPosition: 0, lastTime: 0, lastDigest: '' } as const;

/** Throws only for what is no property of the journal: no permission, an I/O error. */
export function probeJournal(addon: Addon, path: string): JournalProbe {
  if (!existsSync(path) || statSync(path).size === 0) return { journal: 'unstarted', detail: 'there is no record', ...nothing };
  const event = addon.createEvent();
  let reader: NativeReader;
  try {
    reader = addon.openReader(event, path);
  } catch (error) {
    const fact = isNativeFailure(error) ? FACT_OF_STATUS.get(error.status) : undefined;
    if (fact === undefined) throw error;
    return { journal: fact, detail: (error as Error).message, ...nothing };
  }
  try {
    return probeRecords(event, reader);
  } finally {
    reader.close();
  }
}

/** True when another process writes this journal. It must exist; nothing of it is touched. */
export function isBeingWritten(addon: Addon, path: string): boolean {
  try {
    // A journal that exists is never overwritten: the refusal says whether somebody holds it.
    addon.createWriter(addon.createEvent(), {
      path, extentSize: EXTENT_SIZE, durability: 'process', intervalMs: 1, helperCpu: -1, schemaHash: SCHEMA_HASH, sessionId: 'probe',
      sessionOrdinal: 1, epoch: 0n,
    });
  } catch (error) {
    if (!isNativeFailure(error)) throw error;
    if (error.status === Status.Locked) return true;
    if (error.status === Status.Exists) return false;
    throw error;
  }
  throw new Error(`Invariant: ${path} exists, so no writer can be created there`);
}

function probeRecords(event: NativeEvent, reader: NativeReader): JournalProbe {
  const lastPosition = reader.verify();
  const fault = reader.fault();
  if (lastPosition <= 0) return { journal: 'unstarted', detail: 'there is no whole record', ...nothing };
  const journal = factOfFault(fault.status);
  const detail = journal === 'whole' ? '' : `${Status[fault.status]} at byte ${fault.offset}, position ${fault.position}: ${fault.detail}`;
  read(reader, 1);
  const started = startOf(event);
  if (started === null) return { journal: 'corrupt', detail: 'the first record is not SessionStarted', ...nothing };
  read(reader, lastPosition);
  const lastTime = event.input[Slot.Time];
  const lastDigest = event.input[Slot.Kind] === Kind.StateDigest ? digestOf(event.input) : '';
  return { journal, detail, started, ended: endsSession(event, reader, lastPosition), lastPosition, lastTime, lastDigest };
}

function factOfFault(status: number): JournalFact {
  if (status === Status.Ok || status === Status.End) return 'whole';
  return status === Status.Torn ? 'torn' : 'corrupt';
}

/** True when the last input is SessionEnded; outcomes and a digest may follow it. */
function endsSession(event: NativeEvent, reader: NativeReader, lastPosition: number): boolean {
  for (let position = lastPosition; position >= 1; position -= 1) {
    read(reader, position);
    if (event.input[Slot.Class] === RecordClass.Input) return event.input[Slot.Kind] === Kind.SessionEnded;
  }
  return false;
}

function read(reader: NativeReader, position: number): void {
  const sought = reader.seek(position);
  const status = sought < 0 ? sought : reader.next();
  if (status < 0) throw new Error(`journal: position ${position} was whole and cannot be read again (${Status[status]})`);
}

function startOf(event: NativeEvent): SessionStartedFields | null {
  const decoded = decodeEvent(event.body());
  if (!decoded.ok || decoded.value.kind !== Kind.SessionStarted) return null;
  return decoded.value.fields as unknown as SessionStartedFields;
}

/** The digest in a StateDigest's slots, in the order `digestText` writes it. */
function digestOf(slot: Float64Array): string {
  return [Slot.DigestLowLow, Slot.DigestLowHigh, Slot.DigestHighLow, Slot.DigestHighHigh]
    .map((index) => slot[index].toString(16).padStart(8, '0'))
    .join('');
}
