// The Venues' own examples of requests, answers and events, and what a message lacks of one: a field that is missing, or of another
// JSON type. Number or text is the difference that breaks clients.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../../../shared/data/order-entry/', import.meta.url));

export const HAS_EXAMPLES = existsSync(FOLDER);

interface BinanceExample {
  readonly section: string;
  readonly role: string;
  readonly context: string;
  readonly json: unknown;
}

export function binanceExamples(file: string): BinanceExample[] {
  return linesOf(`binance-spot-${file}.jsonl`).map((line) => JSON.parse(line) as BinanceExample);
}

export function krakenExecutions(): unknown[] {
  return linesOf('kraken-v2-executions.jsonl').map((line) => JSON.parse(line) as unknown);
}

export function krakenExample(name: string): unknown {
  return JSON.parse(readFileSync(join(FOLDER, 'kraken-examples', `${name}.json`), 'utf8')) as unknown;
}

function linesOf(name: string): string[] {
  return readFileSync(join(FOLDER, name), 'utf8').split('\n').filter((line) => line !== '');
}

/** Paths of what `found` lacks; `optional`: paths that a Venue leaves out when they do not apply. Lists: by their first element. */
export function lacking(example: unknown, found: unknown, optional: readonly string[] = [], path = ''): string[] {
  if (path !== '' && found === undefined) return optional.includes(path) ? [] : [`${path} is missing`];
  if (typeOf(example) !== typeOf(found)) {
    // null stands for what does not apply; either side may have it.
    if (example === null || found === null) return [];
    return [`${path}: expected ${typeOf(example)}, found ${typeOf(found)}`];
  }
  if (Array.isArray(example)) {
    return example.length === 0 || (found as unknown[]).length === 0 ? []
      : lacking(example[0], (found as unknown[])[0], optional, `${path}[]`);
  }
  if (typeof example !== 'object' || example === null) return [];
  const fields = found as Readonly<Record<string, unknown>>;
  return Object.entries(example).flatMap(([key, value]) => {
    return lacking(value, fields[key], optional, path === '' ? key : `${path}.${key}`);
  });
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value;
}
