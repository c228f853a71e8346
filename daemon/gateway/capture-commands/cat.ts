// Prints a recording: frames as lines of the capture format, byte for byte, or everything as JSON. Gathers what it
// prints, so that memory does not grow with the recording and a slow reader slows it down.

import { isUtf8 } from 'node:buffer';
import { CaptureError } from '../capture-reader.ts';
import type { CaptureSource } from '../capture-source.ts';
import { RecordKind, type RawRecord } from '../record/raw-format.ts';
import { decodeExchange, decodeHole, decodeOpened } from '../record/record-bodies.ts';
import { Direction } from '../recorder.ts';
import type { CaptureTerminal } from './command-line.ts';

export interface CatOptions {
  readonly direction: 'in' | 'out' | 'both';
  /** null: all. */
  readonly socket: number | null;
  readonly from: bigint;
  /** null: to the end. */
  readonly to: bigint | null;
  readonly withHttp: boolean;
  readonly isJson: boolean;
}

const PRINT_SIZE = 1 << 16;
const LINE_FEED = 10;
const NEWLINE = Buffer.of(LINE_FEED);

export async function catRecording(source: CaptureSource, options: CatOptions, { out, stop }: CaptureTerminal): Promise<void> {
  const waiting: Uint8Array[] = [];
  let size = 0;
  const print = async (): Promise<void> => {
    await out(Buffer.concat(waiting));
    waiting.length = size = 0;
  };
  // Of a recording that breaks off, what there is comes before the error.
  try {
    for await (const records of source.records()) {
      for (const record of records) {
        if (stop.aborted) return;
        if (!isChosen(record, options)) continue;
        const line = options.isJson ? [jsonLine(record)] : plainLine(record, options);
        for (const part of line) size += part.length;
        waiting.push(...line);
        if (size > PRINT_SIZE) await print();
      }
    }
  } finally {
    await print();
  }
}

function isChosen({ time, socket, kind, direction }: RawRecord, options: CatOptions): boolean {
  if (time < options.from || (options.to !== null && time >= options.to)) return false;
  if (options.socket !== null && socket !== options.socket) return false;
  if (kind !== RecordKind.Frame) return options.isJson || (options.withHttp && kind === RecordKind.Exchange);
  return options.direction === 'both' || direction === (options.direction === 'out' ? Direction.Out : Direction.In);
}

function plainLine({ time, kind, body, socket, sequence }: RawRecord, { withHttp }: CatOptions): Uint8Array[] {
  const frame = kind === RecordKind.Exchange ? decodeExchange(body).body : body;
  if (frame.includes(LINE_FEED)) {
    const without = withHttp ? ' or leave out --http' : '';
    throw new CaptureError(`cat: found a line break in frame ${sequence} of socket ${socket}, expected frames of one line; `
      + `use --json${without}`);
  }
  return [Buffer.from(`${time} `), frame, NEWLINE];
}

function jsonLine(record: RawRecord): Uint8Array {
  const { time, sequence, socket, kind, direction, body } = record;
  const common = { time: String(time), sequence, socket, kind: RecordKind[kind].toLowerCase() };
  return Buffer.from(`${JSON.stringify({ ...common, ...factsOf(kind, direction, body) })}\n`);
}

function factsOf(kind: RecordKind, direction: number, body: Uint8Array): object {
  switch (kind) {
    case RecordKind.Opened: return decodeOpened(body);
    case RecordKind.Frame: return { direction: direction === Direction.Out ? 'out' : 'in', ...textOf('frame', body) };
    case RecordKind.Closed: return { reason: Buffer.from(body).toString('utf8') };
    case RecordKind.Exchange: {
      const exchange = decodeExchange(body);
      return { target: exchange.target, status: exchange.status, ...textOf('answer', exchange.body) };
    }
    case RecordKind.Hole: {
      const hole = decodeHole(body);
      return { ...hole, from: String(hole.from), to: String(hole.to) };
    }
    default: return {};
  }
}

/** What is no text is printed as base64. */
function textOf(name: string, bytes: Uint8Array): object {
  return isUtf8(bytes) ? { [name]: Buffer.from(bytes).toString('utf8') } : { [`${name}Base64`]: Buffer.from(bytes).toString('base64') };
}
