// One window while it is written: records gathered into batches, checksums chained, bytes to the file. Every call may
// throw what the file system says and may then be repeated as it was: nothing is lost, nothing stands there twice.

import { closeSync, fdatasyncSync, fsyncSync, mkdirSync, openSync, rmSync, rmdirSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OPEN_FILE, syncFolder, windowName } from './dataset.ts';
import {
  chainStart, encodeFileHeader, encodeRecord, FILE_HEADER_SIZE, RecordKind, sealRecord, type FileHeader, type RawRecord,
} from './raw-format.ts';

const BATCH_SIZE = 1 << 20;
/** Windows that begin in the same second: a process that crashes and returns all the time. */
const NTH_MAX = 10_000;

/** What was written, for whoever counts. */
export interface WriteAccount {
  wrote(records: number, bytes: number, time: bigint): void;
}

export class WindowFile {
  readonly folder: string;
  readonly header: FileHeader;
  private readonly file: number;
  private readonly account: WriteAccount;
  private batch: Buffer = Buffer.alloc(BATCH_SIZE);
  private used = 0;
  private records = 0;
  private size = FILE_HEADER_SIZE;
  private crc: number;
  private lastTime: bigint;
  private isDirty = true;
  private isEnded = false;

  private constructor(folder: string, header: FileHeader, file: number, crc: number, account: WriteAccount) {
    this.folder = folder;
    this.header = header;
    this.file = file;
    this.crc = crc;
    this.account = account;
    this.lastTime = header.from;
  }

  /** A new folder below `feed`; a window of that name that is already there stays as it is. */
  static create(feed: string, header: FileHeader, account: WriteAccount): WindowFile {
    mkdirSync(feed, { recursive: true, mode: 0o750 });
    const folder = createFolder(feed, header.from);
    const path = join(folder, OPEN_FILE);
    try {
      const file = openSync(path, 'wx', 0o640);
      try {
        return WindowFile.begin(folder, header, file, account);
      } catch (error) {
        closeSync(file);
        throw error;
      }
    } catch (error) {
      rmSync(path, { force: true });
      rmdirSync(folder);
      throw error;
    }
  }

  private static begin(folder: string, header: FileHeader, file: number, account: WriteAccount): WindowFile {
    const bytes = encodeFileHeader(header);
    writeWhole(file, bytes, bytes.length, 0);
    fsyncSync(file);
    syncFolder(folder);
    syncFolder(dirname(folder));
    return new WindowFile(folder, header, file, chainStart(bytes), account);
  }

  /** Takes a record that is complete but for its checksum. When it throws, it took nothing. */
  append(source: Buffer, time: bigint): void {
    const size = source.length;
    if (this.used + size > this.batch.length) {
      this.flush();
      this.batch = Buffer.alloc(Math.max(size, BATCH_SIZE));
    }
    const record = this.batch.subarray(this.used, this.used + size);
    record.set(source);
    this.crc = sealRecord(record, this.crc);
    this.used += size;
    this.records += 1;
    if (time > this.lastTime) this.lastTime = time;
  }

  appendRecord(record: RawRecord): void {
    this.append(encodeRecord(record, this.header.feed), record.time);
  }

  /** Afterwards the records survive the death of the process. */
  flush(): void {
    if (this.used === 0) return;
    writeWhole(this.file, this.batch, this.used, this.size);
    this.account.wrote(this.records, this.used, this.lastTime);
    this.size += this.used;
    this.used = this.records = 0;
    this.isDirty = true;
  }

  /** Afterwards what was flushed survives a loss of power. */
  sync(): void {
    if (!this.isDirty) return;
    fdatasyncSync(this.file);
    this.isDirty = false;
  }

  /** Nothing follows: says so in the file and closes it. */
  finish(): void {
    if (!this.isEnded) {
      this.appendRecord({
        time: this.lastTime, sequence: 0, socket: 0, kind: RecordKind.End, direction: 0, body: new Uint8Array(0),
      });
      this.isEnded = true;
    }
    this.flush();
    this.sync();
    closeSync(this.file);
  }
}

function createFolder(feed: string, from: bigint): string {
  for (let nth = 1; ; nth += 1) {
    const folder = join(feed, windowName(from, nth));
    try {
      mkdirSync(folder, { mode: 0o750 });
      return folder;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || nth === NTH_MAX) throw error;
    }
  }
}

function writeWhole(file: number, bytes: Buffer, size: number, position: number): void {
  for (let done = 0; done < size;) done += writeSync(file, bytes, done, size - done, position + done);
}
