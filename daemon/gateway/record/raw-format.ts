// The raw format, byte for byte as docs/raw-format.md draws it: a file header, then records, each with its size, a
// checksum chained from the record before, and its bytes untouched. Owns layout and checksums; opens no file.

import { crc32 } from 'node:zlib';

export const FILE_HEADER_SIZE = 256;
export const RECORD_HEADER_SIZE = 32;
/** What a reader believes a size to be; the ring admits less. */
const RECORD_SIZE_MAX = 1 << 29;

const MAGIC = 'TCXRAW01';
const FORMAT_VERSION = 1;
const HEADER_CRC_AT = FILE_HEADER_SIZE - 4;

export const FEEDS = ['market', 'private'] as const;
export type Feed = (typeof FEEDS)[number];

export enum RecordKind { Opened = 1, Frame = 2, Closed = 3, Exchange = 4, Hole = 5, End = 6 }
const KIND_MAX = RecordKind.End;

/** Byte offsets in a record. */
export enum At { Size = 0, Crc = 4, Time = 8, Sequence = 16, Socket = 24, Kind = 28, Direction = 29, Feed = 30, Body = 32 }

export interface FileHeader {
  readonly venue: string;
  readonly feed: Feed;
  /** Declared coverage, Unix ns: from ≤ … < to. */
  readonly from: bigint;
  readonly to: bigint;
  /** Names the life of the recording process: sequences and socket numbers are one count within it. */
  readonly run: bigint;
  /** The first counted record has this sequence; 0: not known. */
  readonly firstSequence: number;
  readonly build: string;
}

export interface RawRecord {
  /** Capture Time, Unix ns. */
  readonly time: bigint;
  /** 0: not counted (End, and what a window repeats of the one before). */
  readonly sequence: number;
  readonly socket: number;
  readonly kind: RecordKind;
  /** A Direction (recorder.ts); 0 where it means nothing. */
  readonly direction: number;
  readonly body: Uint8Array;
}

export class RawFormatError extends Error {
  override readonly name = 'RawFormatError';
}

export function encodeFileHeader(header: FileHeader): Buffer {
  const bytes = Buffer.alloc(FILE_HEADER_SIZE);
  bytes.write(MAGIC, 0, 'latin1');
  bytes.writeUInt32LE(FORMAT_VERSION, 8);
  bytes.writeUInt32LE(FILE_HEADER_SIZE, 12);
  bytes.writeBigUInt64LE(header.from, 16);
  bytes.writeBigUInt64LE(header.to, 24);
  bytes.writeBigUInt64LE(header.run, 32);
  bytes.writeBigUInt64LE(BigInt(header.firstSequence), 40);
  bytes.write(header.venue, 48, 32, 'utf8');
  bytes.write(header.feed, 80, 16, 'utf8');
  bytes.write(header.build, 96, 64, 'utf8');
  bytes.writeUInt32LE(crc32(bytes.subarray(0, HEADER_CRC_AT)), HEADER_CRC_AT);
  return bytes;
}

/** Throws a RawFormatError that says what was found and what was expected. */
function decodeFileHeader(source: Uint8Array): FileHeader {
  const bytes = Buffer.from(source.buffer, source.byteOffset, Math.min(source.length, FILE_HEADER_SIZE));
  if (bytes.length < FILE_HEADER_SIZE) throw new RawFormatError(`found ${bytes.length} bytes, expected a header of ${FILE_HEADER_SIZE}`);
  const magic = bytes.toString('latin1', 0, 8);
  if (magic !== MAGIC) throw new RawFormatError(`found ${JSON.stringify(magic)} at its start, expected "${MAGIC}"`);
  const version = bytes.readUInt32LE(8);
  if (version !== FORMAT_VERSION) throw new RawFormatError(`found format version ${version}, expected ${FORMAT_VERSION}`);
  if (bytes.readUInt32LE(HEADER_CRC_AT) !== crc32(bytes.subarray(0, HEADER_CRC_AT))) {
    throw new RawFormatError('found a file header that does not match its checksum');
  }
  const feed = FEEDS.find((name) => name === text(bytes, 80, 16));
  if (feed === undefined) throw new RawFormatError(`found feed ${JSON.stringify(text(bytes, 80, 16))}, expected ${FEEDS.join(' or ')}`);
  return {
    from: bytes.readBigUInt64LE(16), to: bytes.readBigUInt64LE(24), run: bytes.readBigUInt64LE(32),
    firstSequence: Number(bytes.readBigUInt64LE(40)), venue: text(bytes, 48, 32), feed, build: text(bytes, 96, 64),
  };
}

/** The checksum the first record's is chained from. */
export function chainStart(header: Uint8Array): number {
  return Buffer.from(header.buffer, header.byteOffset).readUInt32LE(HEADER_CRC_AT);
}

/** Seals a record that is written but for its checksum; returns the checksum, from which the next is chained. */
export function sealRecord(record: Buffer, previous: number): number {
  const crc = crc32(record.subarray(At.Time), previous);
  record.writeUInt32LE(crc, At.Crc);
  return crc;
}

/** A record complete but for its checksum. */
export function encodeRecord(record: RawRecord, feed: Feed): Buffer {
  const bytes = Buffer.alloc(RECORD_HEADER_SIZE + record.body.length);
  bytes.writeUInt32LE(bytes.length, At.Size);
  bytes.writeBigUInt64LE(record.time, At.Time);
  bytes.writeBigUInt64LE(BigInt(record.sequence), At.Sequence);
  bytes.writeUInt32LE(record.socket, At.Socket);
  bytes[At.Kind] = record.kind;
  bytes[At.Direction] = record.direction;
  bytes[At.Feed] = FEEDS.indexOf(feed);
  bytes.set(record.body, At.Body);
  return bytes;
}

/** Everything of a record but its checksum's truth. */
function decodeRecord(bytes: Buffer): RawRecord {
  return {
    time: bytes.readBigUInt64LE(At.Time), sequence: Number(bytes.readBigUInt64LE(At.Sequence)),
    socket: bytes.readUInt32LE(At.Socket), kind: bytes[At.Kind]!, direction: bytes[At.Direction]!,
    body: bytes.subarray(At.Body),
  };
}

/** Reads a file that comes in pieces: whole records out, and at the end what it was that ended them. */
export class RecordParser {
  header: FileHeader | null = null;
  /** Bytes of the header and the whole records so far. */
  goodSize = 0;
  /** Bytes seen; what exceeds `goodSize` is no whole record. */
  totalSize = 0;
  /** What is wrong at `goodSize`; '': nothing so far. Nothing behind it is read. */
  fault = '';
  private pieces: Buffer[] = [];
  private pending = 0;
  private needed = FILE_HEADER_SIZE;
  private crc = 0;

  /** The records that this piece completes. Their bodies are views: copy what must outlive the piece. */
  push(piece: Uint8Array): RawRecord[] {
    const records: RawRecord[] = [];
    this.totalSize += piece.length;
    if (this.fault !== '') return records;
    this.pieces.push(Buffer.from(piece.buffer, piece.byteOffset, piece.length));
    this.pending += piece.length;
    if (this.pending < this.needed) return records;
    const bytes = this.pieces.length === 1 ? this.pieces[0]! : Buffer.concat(this.pieces);
    let at = 0;
    while (this.fault === '' && bytes.length - at >= this.needed) {
      at += this.header === null ? this.takeHeader(bytes) : this.takeRecord(bytes, at, records);
    }
    this.goodSize += at;
    this.pieces = [bytes.subarray(at)];
    this.pending = bytes.length - at;
    return records;
  }

  private takeHeader(bytes: Buffer): number {
    try {
      this.header = decodeFileHeader(bytes);
    } catch (error) {
      if (!(error instanceof RawFormatError)) throw error;
      this.fault = error.message;
      return 0;
    }
    this.crc = chainStart(bytes);
    this.needed = RECORD_HEADER_SIZE;
    return FILE_HEADER_SIZE;
  }

  /** Consumes a record, or nothing: then `needed` or `fault` says why. */
  private takeRecord(bytes: Buffer, at: number, records: RawRecord[]): number {
    const size = bytes.readUInt32LE(at + At.Size);
    if (size < RECORD_HEADER_SIZE || size > RECORD_SIZE_MAX) {
      this.fault = `found a record of ${size} bytes, expected ${RECORD_HEADER_SIZE} to ${RECORD_SIZE_MAX}`;
      return 0;
    }
    this.needed = size;
    if (bytes.length - at < size) return 0;
    const record = bytes.subarray(at, at + size);
    this.fault = this.judge(record);
    if (this.fault !== '') return 0;
    this.needed = RECORD_HEADER_SIZE;
    records.push(decodeRecord(record));
    return size;
  }

  private judge(record: Buffer): string {
    const crc = crc32(record.subarray(At.Time), this.crc);
    const stored = record.readUInt32LE(At.Crc);
    if (crc !== stored) return `found checksum ${hex(stored)}, expected ${hex(crc)}`;
    const kind = record[At.Kind]!;
    if (kind < 1 || kind > KIND_MAX) return `found a record of kind ${kind}, expected 1 to ${KIND_MAX}`;
    if (FEEDS[record[At.Feed]!] !== this.header!.feed) return `found feed ${record[At.Feed]}, expected ${this.header!.feed}`;
    this.crc = crc;
    return '';
  }
}

function text(bytes: Buffer, at: number, size: number): string {
  const end = bytes.indexOf(0, at);
  return bytes.toString('utf8', at, end < 0 || end > at + size ? at + size : end);
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}
