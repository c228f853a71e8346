// Reads a capture (gzip or plain; one line a frame: `<ns since the Unix epoch> <raw frame exactly as received>`) as a
// stream: memory does not grow with the file. Never changes a frame; refuses a line it cannot read and names it.

import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { pipeline } from 'node:stream';
import type { Readable } from 'node:stream';
import { messageOf } from '../base/thrown.ts';
import { describeFailure } from '../base/system-failure.ts';

interface CaptureFrame {
  /** ns since the Unix epoch; 0n: the recording does not know. */
  readonly captureTime: bigint;
  /** Exactly as received. */
  readonly frame: Uint8Array;
}

/** Longest line: a full book of a million levels and more. */
const CAPTURE_LINE_MAX = 64 * 1024 * 1024;
const TIME_DIGITS_MAX = 19;
const BLANK = 0x20;
const CARRIAGE_RETURN = 0x0d;

export class CaptureError extends Error {
  override readonly name = 'CaptureError';
}

/** Frames in file order. A truncated file yields every whole line before the error. */
export async function* readCapture(path: string): AsyncGenerator<CaptureFrame> {
  const source = await openCapture(path);
  let line = 0;
  try {
    for await (const text of lines(source, path)) {
      line += 1;
      if (text.length > 0) yield parseLine(text, path, line);
    }
  } catch (error) {
    if (error instanceof CaptureError) throw error;
    throw new CaptureError(`capture ${path}: unreadable after line ${line}: found ${messageOf(error)}, expected a whole file; `
      + 'take it from its source again, or cut it there', { cause: error });
  } finally {
    source.destroy();
  }
}

async function openCapture(path: string): Promise<Readable> {
  let magic: Buffer;
  try {
    const file = await open(path, 'r');
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    magic = buffer.subarray(0, bytesRead);
    await file.close();
  } catch (error) {
    throw new CaptureError(`capture ${path}: ${describeFailure(error)}; expected frames this user may read`, { cause: error });
  }
  if (magic.length === 0) throw new CaptureError(`capture ${path}: found an empty file, expected recorded frames`);
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  if (magic[0] !== 0x1f || magic[1] !== 0x8b) return file;
  // The reader of the result sees the error; the callback keeps it from being thrown a second time.
  return pipeline(file, createGunzip({ chunkSize: 1 << 18 }), () => undefined);
}

async function* lines(source: Readable, path: string): AsyncGenerator<Buffer> {
  let pending: Buffer[] = [];
  let pendingSize = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    let from = 0;
    for (let at = chunk.indexOf(10, from); at >= 0; at = chunk.indexOf(10, from)) {
      const tail = chunk.subarray(from, at);
      yield pendingSize === 0 ? tail : Buffer.concat([...pending, tail]);
      pending = [];
      pendingSize = 0;
      from = at + 1;
    }
    if (from < chunk.length) pending.push(chunk.subarray(from));
    pendingSize += chunk.length - from;
    if (pendingSize > CAPTURE_LINE_MAX) {
      throw new CaptureError(`capture ${path}: found a line of more than ${CAPTURE_LINE_MAX} bytes`);
    }
  }
  if (pendingSize > 0) yield Buffer.concat(pending);
}

function parseLine(bytes: Buffer, path: string, line: number): CaptureFrame {
  const space = bytes.indexOf(BLANK);
  const time = bytes.toString('latin1', 0, space);
  if (space <= 0 || space > TIME_DIGITS_MAX || !/^\d+$/.test(time)) {
    throw new CaptureError(`capture ${path}: line ${line}: found ${JSON.stringify(bytes.toString('utf8', 0, 40))}, `
      + 'expected "<ns since the Unix epoch> <frame>"');
  }
  const end = bytes.at(-1) === CARRIAGE_RETURN ? bytes.length - 1 : bytes.length;
  return { captureTime: BigInt(time), frame: bytes.subarray(space + 1, end) };
}
