// Recordings as what a session is fed with: the sockets of one feed, each from its own file, in the order in which their
// frames were received; and a socket that dies half way. Changes no frame.

import { readCapture } from '../../gateway/capture-reader.ts';
import { Direction } from '../../gateway/recorder.ts';
import { RecordKind, type RawRecord } from '../../gateway/record/raw-format.ts';
import { encodeOpened } from '../../gateway/record/record-bodies.ts';
import { pathOf } from './recordings.ts';

const PIECE_RECORDS = 256;

/** `cut`: the file (by index) that ends after half of its frames. `framesMax`: of each file. */
export async function recordsOf(files: readonly string[], cut = -1, framesMax = Infinity): Promise<RawRecord[]> {
  const sockets = await Promise.all(files.map(async (file, socket) => {
    const records = await framesOf(file, socket, framesMax);
    return socket === cut ? halved(records, socket) : records;
  }));
  const first = sockets.reduce((time, [record]) => (record!.time < time ? record!.time : time), sockets[0]![0]!.time);
  const opened = files.map((_, copy): RawRecord => ({
    time: first, sequence: 0, socket: copy, kind: RecordKind.Opened, direction: 0,
    body: encodeOpened({ name: '', copy, url: '', reconnects: 0, continued: false }),
  }));
  // Of one socket the order of the file holds, whatever the stamps say.
  const frames = sockets.length === 1 ? sockets[0]! : sockets.flat().sort((a, b) => (a.time < b.time ? -1 : Number(a.time > b.time)));
  return [...opened, ...frames];
}

/** In pieces; `atEnd` runs when all was fed and the sockets still stand. */
export async function* inPieces(records: readonly RawRecord[], atEnd: () => Promise<void>): AsyncGenerator<readonly RawRecord[]> {
  for (let from = 0; from < records.length; from += PIECE_RECORDS) yield records.slice(from, from + PIECE_RECORDS);
  await atEnd();
}

async function framesOf(file: string, socket: number, framesMax: number): Promise<RawRecord[]> {
  const records: RawRecord[] = [];
  for await (const { captureTime, frame } of readCapture(pathOf(file))) {
    if (records.length === framesMax) break;
    records.push({
      time: captureTime, sequence: records.length + 1, socket, kind: RecordKind.Frame, direction: Direction.In, body: frame,
    });
  }
  return records;
}

function halved(records: readonly RawRecord[], socket: number): RawRecord[] {
  const kept = records.slice(0, records.length >> 1);
  const { time } = kept.at(-1)!;
  return [...kept, { time, sequence: 0, socket, kind: RecordKind.Closed, direction: 0, body: Buffer.from('it was cut') }];
}
