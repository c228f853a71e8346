// Follows a journal for one client of GET /events, as it is written, and turns its records into lines. A thread of its
// own with a reader of its own: finding a position means walking the file, which must never happen on the loop.

import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../base/thrown.ts';
import { addon } from '../binding/addon.ts';
import { describe, describeBody } from '../event/describe.ts';
import { Status } from '../event/generated/view_generated.ts';
import { EventView } from '../event/event-view.ts';
import { Kind } from '../event/kinds.ts';
import type { FromStreamWorker, StreamStart, ToStreamWorker } from './event-stream-protocol.ts';

const port = parentPort;
if (port === null) throw new Error('event-stream-worker runs as a worker of tcxd only');
const start = workerData as StreamStart;
const event = addon.createEvent();
const view = new EventView(event.input, event.inputEntries);
const tell = (message: FromStreamWorker) => port.postMessage(message);

const reader = open();
let credit = 1;
let timer: NodeJS.Timeout | null = null;

port.on('message', (_more: ToStreamWorker) => {
  credit += 1;
  if (timer === null) pump();
});

if (reader !== null) {
  tell({ type: 'open' });
  // NotFound: the position is not written yet; lines before it are skipped as they appear.
  const found = reader.seek(start.from);
  if (found < 0 && found !== Status.NotFound && found !== Status.End) end(`seek failed with status ${found}`);
  else pump();
}

function open() {
  try {
    return addon.openReader(event, start.journalPath);
  } catch (error) {
    end(messageOf(error));
    return null;
  }
}

/** Posts chunks while the client takes them and there are any; then waits for the client or for the journal. */
function pump(): void {
  timer = null;
  if (reader === null) return;
  while (credit > 0) {
    const lines: string[] = [];
    const status = collect(lines);
    if (lines.length > 0) {
      credit -= 1;
      tell({ type: 'lines', text: lines.join('') });
    }
    if (status === Status.End) {
      timer = setTimeout(pump, start.pollIntervalMs);
      return;
    }
    if (status < 0) {
      const { detail, position, offset } = reader.fault();
      end(`the journal cannot be read beyond position ${position - 1}: ${detail} at byte ${offset}`);
      return;
    }
  }
}

function collect(lines: string[]): number {
  if (reader === null) return Status.NotOpen;
  let characters = 0;
  while (characters < start.chunkCharacters) {
    const status = reader.next();
    if (status < 0) return status;
    if (view.position >= start.from) {
      const line = lineOf(event.body());
      characters += line.length;
      lines.push(line);
    }
  }
  return Status.Ok;
}

function lineOf(body: Uint8Array): string {
  const { position, time, source, cause } = view;
  if (start.format === 'text') return `${describe({ position, time, class: view.class, source, cause }, body)}\n`;
  const kind = Kind[view.kind] ?? String(view.kind);
  return `${JSON.stringify({ position, time, kind, class: view.class, source, cause, body: describeBody(body) })}\n`;
}

function end(message: string): void {
  tell({ type: 'ended', message });
  port?.close();
}
