// The one readable form of an Event: a stable line with every field of every kind, for goldens, divergence reports and
// tools. Changing it changes every golden. Must never throw, whatever the bytes are.

import { EVENT_IDENTIFIER } from './decode.ts';
import { eventSchema } from './generated/schema-tables.ts';
import { readUnionRoot, type Field, type FieldValue, type FieldValues, type UnionValue } from './schema.ts';

/** The fields of a record's header that say what the record is. */
interface RecordFields {
  readonly position: number;
  /** Sequencing Time, ns since the session's epoch. */
  readonly time: number;
  readonly class: number;
  readonly source: number;
  /** Position of the input that caused it; 0 for an input. */
  readonly cause: number;
}

export interface EventDifference {
  /** `position`, `kind`, `price`, `bids[2].quantity`, … */
  readonly field: string;
  readonly expected: string;
  readonly found: string;
}

/** `#12 t=1500 Input Venue0 BookDelta instrument=0 … bids=[100:5] asks=[]` */
export function describe(record: RecordFields, body: Uint8Array): string {
  const { position, time, cause } = record;
  const origin = cause === 0 ? '' : ` cause=${cause}`;
  const from = `${className(record.class)} ${sourceName(record.source)}`;
  return `#${position} t=${time} ${from}${origin} ${describeBody(body)}`;
}

/** The part of the line that comes from the body alone: `BookDelta instrument=0 …`. */
export function describeBody(body: Uint8Array): string {
  const read = readUnionRoot(eventSchema, EVENT_IDENTIFIER, body);
  if (!read.ok) return `Malformed ${JSON.stringify(read.error)}`;
  const fields = tableLines(read.value).map(({ field, text }) => `${field}=${text}`);
  return [read.value.name, ...fields].join(' ');
}

export interface ComparedEvent extends RecordFields { readonly body: Uint8Array }

/** The first field in which two records differ, header first, then the body in schema order; null when identical. */
export function compareEvents(expected: ComparedEvent, found: ComparedEvent): EventDifference | null {
  const header = firstDifference(headerLines(expected), headerLines(found));
  if (header !== null) return header;
  const one = readUnionRoot(eventSchema, EVENT_IDENTIFIER, expected.body);
  const other = readUnionRoot(eventSchema, EVENT_IDENTIFIER, found.body);
  if (!one.ok || !other.ok) return firstDifference([whole(expected.body)], [whole(found.body)]);
  const kind = firstDifference([{ field: 'kind', text: one.value.name }], [{ field: 'kind', text: other.value.name }]);
  return kind ?? firstDifference(elementLines(one.value), elementLines(other.value))
    ?? byteDifference(expected.body, found.body);
}

interface Line { readonly field: string; readonly text: string }

function firstDifference(expected: readonly Line[], found: readonly Line[]): EventDifference | null {
  const count = Math.max(expected.length, found.length);
  for (let i = 0; i < count; i += 1) {
    const one = expected[i];
    const other = found[i];
    if (one?.field === other?.field && one?.text === other?.text) continue;
    const same = one?.field === other?.field;
    return {
      field: one?.field ?? other?.field ?? '', expected: one?.text ?? 'nothing',
      found: other === undefined ? 'nothing' : same ? other.text : `${other.field}=${other.text}`,
    };
  }
  return null;
}

function headerLines(record: RecordFields): Line[] {
  return [
    { field: 'position', text: String(record.position) }, { field: 'time', text: String(record.time) },
    { field: 'class', text: className(record.class) }, { field: 'source', text: sourceName(record.source) },
    { field: 'cause', text: String(record.cause) },
  ];
}

/** Equal values in different bytes: another encoder's layout. */
function byteDifference(expected: Uint8Array, found: Uint8Array): EventDifference | null {
  const count = Math.max(expected.length, found.length);
  for (let i = 0; i < count; i += 1) {
    if (expected[i] === found[i]) continue;
    const show = (byte: number | undefined): string => String(byte ?? 'end');
    return { field: `byte ${i} of the body`, expected: show(expected[i]), found: show(found[i]) };
  }
  return null;
}

function whole(body: Uint8Array): Line {
  return { field: 'body', text: describeBody(body) };
}

function tableLines(event: UnionValue): Line[] {
  return eventSchema.tables[event.name].map((field) => ({
    field: field.name, text: valueText(field, event.fields[field.name]),
  }));
}

/** As tableLines, but one line per element of a vector: the first difference then names the element. */
function elementLines(event: UnionValue): Line[] {
  return eventSchema.tables[event.name].flatMap((field) => {
    const value = event.fields[field.name];
    if (!Array.isArray(value)) return [{ field: field.name, text: valueText(field, value) }];
    return (value as readonly FieldValue[]).flatMap((element, index) => {
      const name = `${field.name}[${index}]`;
      if (typeof element !== 'object') return [{ field: name, text: plain(element) }];
      return Object.entries(element as FieldValues)
        .map(([key, inner]) => ({ field: `${name}.${key}`, text: plain(inner) }));
    });
  });
}

function valueText(field: Field, value: FieldValue): string {
  if (Array.isArray(value)) return `[${value.map((element: FieldValue) => elementText(field, element)).join(' ')}]`;
  return enumText(field, value);
}

function elementText(field: Field, element: FieldValue): string {
  if (typeof element !== 'object') return enumText(field, element);
  const fields = field.type === 'struct' ? eventSchema.structs[field.of].fields : eventSchema.tables[field.of];
  const texts = fields.map((inner) => enumText(inner, (element as FieldValues)[inner.name]));
  if (field.of === 'Level') return texts.join(':');
  return `{${fields.map((inner, i) => `${inner.name}=${texts[i]}`).join(' ')}}`;
}

function enumText(field: Field, value: FieldValue): string {
  const names = eventSchema.enums[field.of];
  return names === undefined ? plain(value) : names[String(value)] ?? plain(value);
}

function plain(value: FieldValue): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return Object.is(value, -0) ? '-0' : String(value);
}

function className(value: number): string {
  return eventSchema.enums['RecordClass'][value] ?? `class${value}`;
}

/** Venue v is Venue0 + v, so the enum names only the first. */
function sourceName(value: number): string {
  return value >= 16 ? `Venue${value - 16}` : eventSchema.enums['Source'][value] ?? `source${value}`;
}
