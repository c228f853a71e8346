// Canonical JSON: the one spelling of a value, so that equal Configurations have equal text and equal hashes. Keys
// sorted by code unit, no white space, numbers in their shortest exact form. Refuses what JSON cannot hold.

import { createHash } from 'node:crypto';

export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object') {
    const entries = Object.entries(value).filter(([, member]) => member !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(',')}}`;
  }
  throw new TypeError(`canonical JSON cannot hold ${typeof value} ${String(value)}`);
}

/** SHA-256 of the text, in hexadecimal. */
export function configurationHash(json: string): string {
  return createHash('sha256').update(json, 'utf8').digest('hex');
}
