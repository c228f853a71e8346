// JSON as Venues write it: numbers with the decimals they mean to show, which JSON.stringify would drop. Text only.

import { formatDecimal } from '../../base/decimal.ts';

/** A number's text, written into JSON as it stands. */
export class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** `value` × 10^-`scale` as a JSON number with `decimals` decimals; finer digits are cut. */
export function numberOf(value: number | bigint, scale: number, decimals = scale): NumberText {
  return new NumberText(textOf(value, scale, decimals));
}

/** `value` × 10^-`scale` as text with `decimals` decimals; finer digits are cut. */
export function textOf(value: number | bigint, scale: number, decimals = scale): string {
  const exact = formatDecimal(value, scale);
  if (decimals === scale) return exact;
  const [whole = '0', fraction = ''] = exact.split('.');
  return decimals === 0 ? whole : `${whole}.${fraction.slice(0, decimals).padEnd(decimals, '0')}`;
}

export type Json = null | boolean | number | string | NumberText | readonly Json[] | JsonObject;
export interface JsonObject { readonly [key: string]: Json | undefined }

/** Keys that are undefined are left out, as in JSON.stringify. */
export function toJson(value: Json): string {
  if (value instanceof NumberText) return value.text;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(toJson).join(',')}]`;
  const parts: string[] = [];
  for (const [key, found] of Object.entries(value)) {
    if (found !== undefined) parts.push(`${JSON.stringify(key)}:${toJson(found)}`);
  }
  return `{${parts.join(',')}}`;
}

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value);
}

/**
 * A request's text with every number kept as it was written, so that nothing a client sends goes through a float. Null: not an
 * object.
 */
export function readRequest(text: string): JsonRequest | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(quoteNumbers(text));
  } catch {
    return null;
  }
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed as JsonRequest : null;
}

/** Numbers come as `\u0000` and their text. */
export type JsonRequest = Readonly<Record<string, unknown>>;

const NUMBER_MARK = '\u0000';

/** A number's text as `readRequest` gives it. */
export function numberValue(text: string): string {
  return `${NUMBER_MARK}${text}`;
}

/** The text of a number or of a string; undefined for anything else. */
export function plain(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  return value.startsWith(NUMBER_MARK) ? value.slice(1) : value;
}

export function isNumber(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith(NUMBER_MARK);
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && !value.startsWith(NUMBER_MARK);
}

export function objectIn(value: unknown): JsonRequest {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as JsonRequest : {};
}

/** As it was sent: number or text. */
export function echo(value: unknown): Json | undefined {
  if (isNumber(value)) return new NumberText(value.slice(1));
  return isText(value) || value === null ? value : undefined;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;

function quoteNumbers(text: string): string {
  return text.replace(TOKEN, (token) => (token.startsWith('"') ? token : `"\\u0000${token}"`));
}
