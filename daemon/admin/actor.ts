// Who is at the other end of the admin socket. The kernel says it (SO_PEERCRED); the request cannot. Names come from
// /etc/passwd and /etc/group as they are now; a uid without a name is shown as its number.

import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { badRequest, shown } from './admin-error.ts';

interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}
export type ReadPeerCredentials = (fd: number) => PeerCredentials;

const NOTE_LENGTH_MAX = 64;
const NOTE = /^[\x20-\x7e]*$/;

/** File descriptor of a connected socket; -1 once it is closed. Node keeps it on an undocumented but stable field. */
function descriptorOf(socket: Socket): number {
  const { _handle: inner } = socket as unknown as { _handle?: { fd?: number } | null };
  return inner?.fd ?? -1;
}

/** `uid:NAME`, with the caller's own note (X-Actor) behind it: `uid:root "night desk"`. */
export function actorOf(socket: Socket, note: string | undefined, readCredentials: ReadPeerCredentials): string {
  const { uid } = readCredentials(descriptorOf(socket));
  const name = nameOf('/etc/passwd', uid) ?? String(uid);
  if (note === undefined || note.trim() === '') return `uid:${name}`;
  if (note.length > NOTE_LENGTH_MAX || !NOTE.test(note)) {
    throw badRequest(
      'actor_invalid',
      'the X-Actor note cannot be recorded',
      shown(note),
      `at most ${NOTE_LENGTH_MAX} printable ASCII characters`,
      'shorten or correct it',
    );
  }
  return `uid:${name} ${JSON.stringify(note.trim())}`;
}

/** First name in a passwd- or group-shaped file whose id is `id`. */
function nameOf(file: string, id: number): string | undefined {
  return entriesOf(file).find(([, , entryId]) => Number(entryId) === id)?.[0];
}

/** Id of a name or of a number in text form; undefined when the file has no such name. */
export function idOf(file: string, name: string): number | undefined {
  if (/^\d+$/.test(name)) return Number(name);
  const entry = entriesOf(file).find(([entryName]) => entryName === name);
  return entry === undefined ? undefined : Number(entry[2]);
}

function entriesOf(file: string): string[][] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .filter((entry) => entry.length >= 3);
  } catch {
    return [];
  }
}
