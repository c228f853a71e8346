// The official examples of Binance's documentation, from ../shared/data beside the repository. Read for tests alone.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Example {
  /** Where in the documentation, headings joined by ' / '. */
  readonly path: string;
  readonly n: number;
  readonly context: string;
  readonly role: string;
  readonly json: unknown;
  /** As a frame: the numbers as they stand in the file. */
  readonly frame: string;
}

const FOLDER = fileURLToPath(new URL('../../../../shared/data/order-entry/', import.meta.url));

/** False outside a checkout with the data beside it. */
export const HAS_EXAMPLES = existsSync(`${FOLDER}binance-spot-web-socket-api.jsonl`);

function read(name: string): Example[] {
  if (!HAS_EXAMPLES) return [];
  return readFileSync(`${FOLDER}${name}`, 'utf8').split('\n').filter((line) => line !== '').map((line) => {
    // `json` is the last field of each line.
    const frame = line.slice(line.indexOf('"json": ') + '"json": '.length, line.lastIndexOf('}'));
    return { ...(JSON.parse(line) as Omit<Example, 'frame'>), frame };
  });
}

export const API_EXAMPLES = read('binance-spot-web-socket-api.jsonl');
export const STREAM_EXAMPLES = read('binance-spot-user-data-stream.jsonl');
