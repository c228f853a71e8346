// Reads a window's records back, sealed or still open, as a stream: memory does not grow with the file. Checks every
// record's checksum on the way. Of a file that is being written, or that a crash left, it gives every whole record; a
// sealed one that does not end where it should is refused.

import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { OPEN_FILE, SEALED_FILE } from './dataset.ts';
import { RawFormatError, RecordParser, type FileHeader, type RawRecord } from './raw-format.ts';

const CHUNK_SIZE = 1 << 18;

export class WindowReader {
  private readonly parser = new RecordParser();
  private readonly path: string;
  private readonly isOpen: boolean;
  private readonly onRaw: (chunk: Uint8Array) => void;

  /** `onRaw` is shown the uncompressed bytes as they pass. */
  constructor(folder: string, onRaw: (chunk: Uint8Array) => void = () => undefined) {
    this.isOpen = !existsSync(join(folder, SEALED_FILE)) && existsSync(join(folder, OPEN_FILE));
    this.path = join(folder, this.isOpen ? OPEN_FILE : SEALED_FILE);
    this.onRaw = onRaw;
  }

  /** Known once the first records are. */
  get header(): FileHeader | null {
    return this.parser.header;
  }

  /** In order, in the pieces in which they come. Throws a RawFormatError that names the file and the byte. */
  async* records(): AsyncGenerator<readonly RawRecord[]> {
    const source = this.source();
    try {
      for await (const chunk of source as AsyncIterable<Buffer>) {
        this.onRaw(chunk);
        yield this.parser.push(chunk);
        if (this.parser.fault !== '') break;
      }
    } catch (error) {
      throw new RawFormatError(`${this.path}: after byte ${this.parser.goodSize}: ${(error as Error).message}`, { cause: error });
    } finally {
      source.destroy();
    }
    this.judgeEnd();
  }

  private source(): Readable {
    const file = createReadStream(this.path, { highWaterMark: CHUNK_SIZE });
    if (this.isOpen) return file;
    // The reader of the result sees the error; the callback keeps it from being thrown a second time.
    return pipeline(file, createGunzip({ chunkSize: CHUNK_SIZE }), () => undefined);
  }

  private judgeEnd(): void {
    const { fault, goodSize, totalSize, header } = this.parser;
    if (header === null && fault === '') throw new RawFormatError(`${this.path}: found ${totalSize} bytes, expected a file header`);
    if (this.isOpen && header !== null) return;
    if (fault !== '') throw new RawFormatError(`${this.path}: at byte ${goodSize}: ${fault}`);
    if (goodSize < totalSize) throw new RawFormatError(`${this.path}: at byte ${goodSize}: found a record that is cut off`);
  }
}
