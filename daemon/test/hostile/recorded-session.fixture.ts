// A short session with the scripted Venue, recorded by a real tcxd: what the tests then damage, cut, swap and replay.

import { readFileSync } from 'node:fs';
import { linkPort } from './processes.fixture.ts';
import type { ConfigurationText, Workplace } from './processes.fixture.ts';
import { ScriptedVenue } from './scripted-venue.fixture.ts';

interface RecordedSession {
  readonly config: string;
  readonly journal: string;
}

/** `kill`: the daemon dies in the middle, the session stays open. `end`: it ends in order. */
export async function recordSession(
  place: Workplace, how: 'kill' | 'end', moves: number, edit?: (configuration: ConfigurationText) => void,
): Promise<RecordedSession> {
  const config = place.configure(edit);
  const daemon = place.start(config);
  const venue = await ScriptedVenue.link(await linkPort(daemon), place.token);
  venue.snapshot();
  await daemon.printed(/trading is on/);
  for (let step = 1; step <= moves; step += 1) venue.move(step);
  await venue.settled();
  await daemon.ending(how === 'kill' ? 'SIGKILL' : 'SIGTERM');
  return { config, journal: place.journals().at(-1)! };
}

/** Offsets of the records of a journal, as docs/journal-format.md has them, and where they end. */
export function recordOffsets(journal: Buffer): { readonly offsets: readonly number[]; readonly end: number } {
  const offsets: number[] = [];
  let at = journal.readUInt32LE(12);
  while (at + 4 <= journal.length && journal.readUInt32LE(at) !== 0) {
    offsets.push(at);
    at += journal.readUInt32LE(at);
  }
  return { offsets, end: at };
}

export const bytesOf = (path: string): Buffer => readFileSync(path);
