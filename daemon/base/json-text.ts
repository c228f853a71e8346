// JSON to plain values with every number kept as the text it was written with: a price must never pass through a float.
// For the cold frames of a Venue (answers, executions, balances); hot channels have a native decoder. Never throws.

import { JsonScanner } from './json-scanner.ts';

/** Numbers are strings, exactly as written; whoever reads a field knows which it expects. */
export type JsonText = string | boolean | null | JsonTextObject | readonly JsonText[];
export interface JsonTextObject { readonly [key: string]: JsonText | undefined }

const DEPTH_MAX = 32;

/** Undefined: not one whole JSON value, or nested deeper than any frame is. */
export function parseJsonText(text: string): JsonText | undefined {
  const scanner = new JsonScanner();
  scanner.open(text);
  const value = readValue(scanner, 0);
  return scanner.finished() ? value : undefined;
}

export function isJsonObject(value: JsonText | undefined): value is JsonTextObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isJsonArray(value: JsonText | undefined): value is readonly JsonText[] {
  return Array.isArray(value);
}

/** The field as text, '' when it is missing, null or no scalar. */
export function textOf(object: JsonTextObject, key: string): string {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  if (typeof value === 'string') return value;
  return typeof value === 'boolean' ? String(value) : '';
}

/** The field as a list of objects; anything else in it is left out. */
export function objectsOf(object: JsonTextObject, key: string): readonly JsonTextObject[] {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  return isJsonArray(value) ? value.filter(isJsonObject) : [];
}

/** The field as an object; undefined when it is none. */
export function objectOf(object: JsonTextObject, key: string): JsonTextObject | undefined {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  return isJsonObject(value) ? value : undefined;
}

function readValue(scanner: JsonScanner, depth: number): JsonText {
  const code = scanner.peek();
  if (code === 34) return scanner.string() ? scanner.take() : '';
  if (code === 123 || code === 91) {
    if (depth === DEPTH_MAX) {
      scanner.fail();
      return null;
    }
    return code === 123 ? readObject(scanner, depth + 1) : readArray(scanner, depth + 1);
  }
  const from = scanner.at;
  if (!scanner.skip()) return null;
  const word = scanner.text.slice(from, scanner.at);
  if (word === 'true') return true;
  if (word === 'false') return false;
  return word === 'null' ? null : word;
}

function readObject(scanner: JsonScanner, depth: number): JsonTextObject {
  // Defined, not assigned: a key named __proto__ is a field like any other.
  const object: Record<string, JsonText> = {};
  scanner.startObject();
  for (let isFirst = true; scanner.nextKey(isFirst); isFirst = false) {
    const key = scanner.take();
    const value = readValue(scanner, depth);
    if (!scanner.ok) break;
    if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
    else object[key] = value;
  }
  return object;
}

function readArray(scanner: JsonScanner, depth: number): JsonText[] {
  const list: JsonText[] = [];
  scanner.startArray();
  for (let isFirst = true; scanner.nextElement(isFirst); isFirst = false) {
    list.push(readValue(scanner, depth));
    if (!scanner.ok) break;
  }
  return list;
}
