// Reads any FlatBuffer of our schemas into a plain object, checking every offset, length and enum value on the way: the
// generated TypeScript reads whatever an offset points at. Driven by generated/schema-tables.ts. Cold paths and link
// messages only; the hot path verifies and decodes in C++. Must never throw for, hang on, or over-allocate for bad
// bytes.

import { decodeUtf8 } from './utf8.ts';

export type ScalarType = 'bool' | 'uint8' | 'uint16' | 'uint32' | 'int32' | 'int64' | 'uint64' | 'double';

export interface Field {
  readonly name: string;
  readonly type: ScalarType | 'string' | 'struct' | 'table' | 'union';
  readonly vector: boolean;
  /** The enum, struct, table or union; '' for a plain scalar or string. */
  readonly of: string;
  readonly initial: number;
  /** Table: the field's number. Struct: its byte offset. */
  readonly slot: number;
}

export interface Schema {
  readonly root: string;
  readonly enums: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Member names by type number; 0 is NONE. */
  readonly unions: Readonly<Record<string, readonly string[]>>;
  readonly structs: Readonly<Record<string, { readonly size: number; readonly fields: readonly Field[] }>>;
  readonly tables: Readonly<Record<string, readonly Field[]>>;
}

/** 64-bit fields are bigint, enums their number, absent strings ''. */
export type FieldValue = number | bigint | boolean | string | FieldValues | readonly FieldValue[];
export interface FieldValues { readonly [name: string]: FieldValue }

/** The one union of the root table: which member, and its fields. */
export interface UnionValue { readonly type: number; readonly name: string; readonly fields: FieldValues }

export type Decoded<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string };

const HEADER_SIZE = 8;
const SCALAR_SIZE: Readonly<Record<ScalarType, number>> =
  { bool: 1, uint8: 1, uint16: 2, uint32: 4, int32: 4, int64: 8, uint64: 8, double: 8 };

/** Reads a buffer whose root table holds one union (Event.body, LinkMessage.message). */
export function readUnionRoot(schema: Schema, identifier: string, bytes: Uint8Array): Decoded<UnionValue> {
  try {
    return { ok: true, value: new BoundedReader(schema, bytes).root(identifier) };
  } catch (error) {
    if (error instanceof Malformed) return { ok: false, error: error.message };
    throw error;
  }
}

/** The identifier at bytes 4–7, '' when there is none. */
export function identifierOf(bytes: Uint8Array): string {
  if (bytes.length < HEADER_SIZE) return '';
  return String.fromCharCode(bytes[4], bytes[5], bytes[6], bytes[7]);
}

class Malformed extends Error {}

/**
 * Bytes a valid buffer spends once are charged once: a buffer that points many times at one large string runs out of
 * budget instead of multiplying it.
 */
class BoundedReader {
  private readonly schema: Schema;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private budget: number;

  constructor(schema: Schema, bytes: Uint8Array) {
    this.schema = schema;
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.budget = bytes.length;
  }

  root(identifier: string): UnionValue {
    const found = identifierOf(this.bytes);
    if (found !== identifier) {
      throw new Malformed(`found ${this.bytes.length} bytes with identifier ${JSON.stringify(found)}, `
        + `expected ${identifier}`);
    }
    const table = this.table(this.follow(0, 'root'), this.schema.root);
    const union = Object.values(table)[0] as unknown as UnionValue | undefined;
    if (union === undefined) throw new Malformed(`${this.schema.root}: its union is absent`);
    return union;
  }

  /** The target of the offset stored at `at`. */
  private follow(at: number, what: string): number {
    this.within(at, 4, what);
    const target = at + this.view.getUint32(at, true);
    if (target === at) throw new Malformed(`${what}: offset 0 at byte ${at}`);
    this.within(target, 4, what);
    return target;
  }

  private within(at: number, size: number, what: string): void {
    if (at < 0 || at + size > this.bytes.length) {
      throw new Malformed(`${what}: ${size} bytes at ${at} lie outside the ${this.bytes.length} bytes received`);
    }
  }

  private charge(size: number, what: string): void {
    this.budget -= size;
    if (this.budget < 0) throw new Malformed(`${what}: parts overlap`);
  }

  private table(at: number, name: string): FieldValues {
    const vtable = at - this.view.getInt32(at, true);
    this.within(vtable, 4, name);
    const vtableSize = this.view.getUint16(vtable, true);
    const tableSize = this.view.getUint16(vtable + 2, true);
    if (vtableSize < 4 || vtableSize % 2 !== 0 || tableSize < 4) throw new Malformed(`${name}: bad vtable`);
    this.within(vtable, vtableSize, name);
    this.within(at, tableSize, name);
    this.charge(tableSize, name);
    const values: Record<string, FieldValue> = {};
    for (const field of this.schema.tables[name]) {
      const value = this.field(field, `${name}.${field.name}`, (slot) => {
        const entry = 4 + slot * 2;
        const offset = entry < vtableSize ? this.view.getUint16(vtable + entry, true) : 0;
        if (offset >= tableSize) throw new Malformed(`${name}.${field.name}: lies outside its table`);
        return offset === 0 ? 0 : at + offset;
      });
      if (value !== undefined) values[field.name] = value;
    }
    return values;
  }

  /** `place` gives the byte a slot is stored at, 0 when absent. */
  private field(field: Field, what: string, place: (slot: number) => number): FieldValue | undefined {
    const at = place(field.slot);
    if (field.type === 'union') return this.union(field, what, at, place(field.slot + 1));
    if (field.vector) return at === 0 ? [] : this.vector(field, what, this.follow(at, what));
    if (field.type === 'string') return at === 0 ? '' : this.text(this.follow(at, what), what);
    if (field.type === 'table' || field.type === 'struct') throw new Malformed(`${what}: not readable here`);
    if (at === 0) return absent(field.type, field.initial);
    return this.scalar(field, field.type, at, what);
  }

  private union(field: Field, what: string, typeAt: number, valueAt: number): FieldValue | undefined {
    if (typeAt === 0 || valueAt === 0) return undefined;
    this.within(typeAt, 1, what);
    const type = this.bytes[typeAt];
    const name = this.schema.unions[field.of][type];
    if (type === 0 || name === undefined) throw new Malformed(`${what}: found type ${type}, expected a ${field.of}`);
    const fields = this.table(this.follow(valueAt, what), name);
    return { type, name, fields };
  }

  private vector(field: Field, what: string, at: number): FieldValue[] {
    const count = this.view.getUint32(at, true);
    const first = at + 4;
    const size = this.elementSize(field);
    this.within(first, count * size, what);
    this.charge(4 + count * size, what);
    const values: FieldValue[] = [];
    for (let i = 0; i < count; i += 1) values.push(this.element(field, what, first + i * size));
    return values;
  }

  private elementSize(field: Field): number {
    if (field.type === 'struct') return this.schema.structs[field.of].size;
    return field.type in SCALAR_SIZE ? SCALAR_SIZE[field.type as ScalarType] : 4;
  }

  private element(field: Field, what: string, at: number): FieldValue {
    switch (field.type) {
      case 'struct': return this.struct(field.of, at);
      case 'table': return this.table(this.follow(at, what), field.of);
      case 'string': return this.text(this.follow(at, what), what);
      case 'union': throw new Malformed(`${what}: a vector of unions is not in the vocabulary`);
      default: return this.scalar(field, field.type, at, what);
    }
  }

  private struct(name: string, at: number): FieldValues {
    const values: Record<string, FieldValue> = {};
    for (const field of this.schema.structs[name].fields) {
      values[field.name] = this.scalar(field, field.type as ScalarType, at + field.slot, `${name}.${field.name}`);
    }
    return values;
  }

  private text(at: number, what: string): string {
    const size = this.view.getUint32(at, true);
    this.within(at + 4, size, what);
    this.charge(4 + size, what);
    const text = decodeUtf8(this.bytes, at + 4, at + 4 + size);
    if (text === null) throw new Malformed(`${what}: not UTF-8`);
    return text;
  }

  private scalar(field: Field, type: ScalarType, at: number, what: string): FieldValue {
    this.within(at, SCALAR_SIZE[type], what);
    const value = read(this.view, type, at);
    if (field.of !== '' && field.of !== 'Source' && this.schema.enums[field.of][String(value)] === undefined) {
      throw new Malformed(`${what}: found ${value}, expected a ${field.of}`);
    }
    return value;
  }
}

function read(view: DataView, type: ScalarType, at: number): number | bigint | boolean {
  switch (type) {
    case 'bool': return view.getUint8(at) !== 0;
    case 'uint8': return view.getUint8(at);
    case 'uint16': return view.getUint16(at, true);
    case 'uint32': return view.getUint32(at, true);
    case 'int32': return view.getInt32(at, true);
    case 'int64': return view.getBigInt64(at, true);
    case 'uint64': return view.getBigUint64(at, true);
    case 'double': return view.getFloat64(at, true);
  }
}

function absent(type: ScalarType, initial: number): FieldValue {
  if (type === 'bool') return initial !== 0;
  return type === 'int64' || type === 'uint64' ? BigInt(initial) : initial;
}
