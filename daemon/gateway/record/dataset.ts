// Where raw recordings live and what each file of a window is called:
//
//   <directory>/raw/<venue>/<feed>/<window>/frames.raw.open    being written, or left by a crash
//                                          frames.raw.gz      sealed
//                                          manifest.json      last of all: with it the window exists for everybody else
//
// Names are validated before they become part of a path. Opens no file.

import { closeSync, existsSync, fsyncSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export const OPEN_FILE = 'frames.raw.open';
export const SEALED_FILE = 'frames.raw.gz';
export const DAMAGED_FILE = 'frames.raw.damaged';
export const MANIFEST_FILE = 'manifest.json';

const NS_PER_MS = 1_000_000n;
const NS_PER_SECOND = 1_000_000_000n;
const WINDOW = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z(?:-(\d+))?$/;
const VENUE = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** `20261122T150000Z`: the UTC second in which a window begins. `nth` tells windows that begin in one second apart. */
export function windowName(from: bigint, nth = 1): string {
  const stamp = new Date(Number(from / NS_PER_SECOND) * 1000).toISOString();
  const name = stamp.replace(/[-:]/g, '').replace(/\.\d+Z$/, 'Z');
  return nth === 1 ? name : `${name}-${nth}`;
}

function isWindowName(name: string): boolean {
  return WINDOW.test(name);
}

/** Oldest first; -2 before -10. */
function compareWindows(a: string, b: string): number {
  const [nameA = '', nthA = '1'] = a.split('-');
  const [nameB = '', nthB = '1'] = b.split('-');
  return nameA === nameB ? Number(nthA) - Number(nthB) : nameA < nameB ? -1 : 1;
}

/** Throws when `venue` is no name for a folder. */
export function feedFolder(directory: string, venue: string, feed: string): string {
  if (!VENUE.test(venue)) {
    throw new RangeError(`venue ${JSON.stringify(venue)}: expected up to 32 of a-z, 0-9 and -, for example kraken`);
  }
  return join(directory, 'raw', venue, feed);
}

/** Names of the windows in a feed's folder, oldest first, sealed or not. */
export function windowsIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && isWindowName(entry.name)).map((entry) => entry.name).sort(compareWindows);
}

export function isSealed(window: string): boolean {
  return existsSync(join(window, MANIFEST_FILE));
}

/** The start of the aligned window that holds `time`. */
export function alignedStart(time: bigint, lengthNs: bigint): bigint {
  return time - (time % lengthNs);
}

export function unixNow(): bigint {
  return BigInt(Date.now()) * NS_PER_MS;
}

/** RFC 3339 with nanoseconds. */
export function timeText(ns: bigint): string {
  const seconds = new Date(Number(ns / NS_PER_SECOND) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(ns % NS_PER_SECOND).padStart(9, '0')}Z`;
}

/** What was created, renamed or removed in a folder is so after a power loss too. */
export function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
