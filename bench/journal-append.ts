// `journal-append`: what a committed, checksummed record costs from JavaScript, against its limit in C++, fs.writeSync,
// SQLite and LMDB. Durability is the same for all: it survives the death of the process, not a power loss.

import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { addon } from '../daemon/binding/addon.ts';
import { EventView } from '../daemon/event/event-view.ts';
import { EventEncoder } from '../daemon/event/encode.ts';
import { Slot, Status, WriterStatistic } from '../daemon/event/generated/view_generated.ts';
import { Action, Kind, OrderType, Side, Source, TimeInForce } from '../daemon/event/kinds.ts';
import { append, type BenchJournal, createJournal } from './bench-journal.ts';
import {
  atLeast, atMost, type Bench, buildFolder, compare, type Contender, type Figure, figureNamed, figuresOf, median,
  mustEqual, quantile, requirePeer, runNative,
} from './harness.ts';

// A sample must be shorter than a time slice of the scheduler: on a busy machine the median then stays true.
const BATCH = 2000;
const PEER_BATCH = 100;
const TAIL_RECORDS = 1_000_000;
const ROUNDS = 101;

export const journalAppend: Bench = {
  name: 'journal-append',
  question: 'a committed, checksummed record from JavaScript',
  loop: 'closed',
  run() {
    const recordBytes = checkJournal();
    const folder = join(buildFolder, 'journals');
    const limit = figuresOf(
      runNative('journal_limit', join(folder, 'limit.bin'), String(recordBytes), '2000', '1001'), 'limit, C++: ');
    const peers = [...journalContenders(), ...peerContenders(folder, recordBytes)];
    const figures = [...limit, ...compare(peers, ROUNDS, 20), ...tail()];
    const of = (name: string): number => median(figureNamed(figures, name));
    const outcome = of('tcx: outcome, encode + append');
    const p50 = of('one by one: p50');
    return {
      figures,
      ratios: [
        atMost('outcome / limit', outcome / of('limit, C++: memcpy + CRC32C'), 3),
        atLeast('fs.writeSync / outcome', of('fs.writeSync') / outcome, 20),
        atLeast('better-sqlite3 / outcome', of('better-sqlite3, WAL, synchronous off') / outcome, 20),
        atLeast('lmdb / outcome', of('lmdb, putSync, noSync') / outcome, 20),
        atMost('one by one: p99.99 / p50', of('one by one: p99.99') / p50, 100),
      ],
      notes: [
        `file system of the files: type 0x${statfsSync(folder).type.toString(16)}`,
        'one by one: each append timed alone, new extents included, the cost of reading the clock taken off',
        `an outcome is a record of ${recordBytes} bytes, and so is the limit's and the peers'`,
        'a received frame is also verified and decoded: the appended record is not all of its price',
      ],
    };
  },
};

/** A market Event of one level, as uWebSockets.js hands it over. */
function receivedFrame(): ArrayBuffer {
  const encoder = new EventEncoder();
  const fields = { instrument: 0, eventTime: 1, captureTime: 2, previous: 1, sequence: 2, asks: [] };
  return EventEncoder.copyOf(encoder.bookDelta({ ...fields, bids: [100, 1] })).buffer;
}

function appendOutcome({ event, writer }: BenchJournal, outcome: EventView, time: number): number {
  outcome.kind = Kind.IntentDispatched;
  outcome.source = Source.Core;
  outcome.time = time;
  outcome.slot[Slot.Cause] = 1;
  outcome.orderId = 2 ** 41 + 64;
  outcome.strategy = 0;
  outcome.instrument = event.input[Slot.Instrument]!;
  outcome.venue = 0;
  outcome.action = Action.New;
  outcome.side = Side.Sell;
  outcome.type = OrderType.Limit;
  outcome.timeInForce = TimeInForce.PostOnly;
  outcome.price = 700;
  outcome.quantity = 500;
  writer.resetDispatches();
  return writer.appendOutcome();
}

/** What is appended can be read again. Returns the bytes of an outcome's record. */
function checkJournal(): number {
  const journal = createJournal('append-check');
  append(journal, receivedFrame(), 1);
  mustEqual('position of an outcome', appendOutcome(journal, outcomeOf(journal), 2), 2);
  journal.writer.close();
  const reader = addon.openReader(addon.createEvent(), journal.path);
  mustEqual('records in the journal', reader.verify(), 2);
  mustEqual('end of the journal', reader.fault().status, Status.End);
  mustEqual('the received frame', reader.next(), 1);
  mustEqual('the outcome', reader.next(), 1);
  const recordBytes = reader.record().length;
  reader.close();
  return recordBytes;
}

function outcomeOf({ event }: BenchJournal): EventView {
  return new EventView(event.outcome, event.outcomeEntries);
}

function journalContenders(): Contender[] {
  const frames = createJournal('append-frames');
  const frame = receivedFrame();
  const outcomes = createJournal('append-outcomes');
  const outcome = outcomeOf(outcomes);
  const control = createJournal('append-control');
  let time = 0;
  return [
    { name: 'tcx: received frame, offer + commit', operations: BATCH,
      body: () => { for (let i = 0; i < BATCH; i += 1) append(frames, frame, time += 1); } },
    { name: 'tcx: outcome, encode + append', operations: BATCH,
      body: () => { for (let i = 0; i < BATCH; i += 1) appendOutcome(outcomes, outcome, time += 1); } },
    { name: 'tcx: ControlTime, encode + append', operations: BATCH,
      body: () => {
        for (let i = 0; i < BATCH; i += 1) {
          control.event.input[Slot.Time] = time += 1;
          control.event.input[Slot.Deadline] = time;
          control.writer.appendControlTime();
        }
      } },
  ];
}

interface Sqlite {
  pragma(text: string): unknown;
  exec(text: string): unknown;
  prepare(text: string): { run(...values: unknown[]): unknown; get(): Record<string, number> };
}
interface Lmdb {
  putSync(key: number, value: Uint8Array): void;
  getStats(): { entryCount: number };
}

function peerContenders(folder: string, recordBytes: number): Contender[] {
  mkdirSync(folder, { recursive: true });
  const record = new Uint8Array(recordBytes).fill(0x5a);
  const file = openSync(join(folder, 'write-sync.bin'), 'w');
  const sqlite = openSqlite(folder);
  const insert = sqlite.prepare('insert into record (position, body) values (?, ?)');
  const lmdb = openLmdb(folder);
  let position = 0;
  insert.run(position += 1, record);
  mustEqual('rows in SQLite', sqlite.prepare('select count(*) as n from record').get()['n'], 1);
  lmdb.putSync(position, record);
  mustEqual('entries in LMDB', lmdb.getStats().entryCount, 1);
  process.on('exit', () => closeSync(file));
  return [
    { name: 'fs.writeSync', operations: PEER_BATCH,
      body: () => { for (let i = 0; i < PEER_BATCH; i += 1) writeSync(file, record); } },
    { name: 'better-sqlite3, WAL, synchronous off', operations: PEER_BATCH,
      body: () => { for (let i = 0; i < PEER_BATCH; i += 1) insert.run(position += 1, record); } },
    { name: 'lmdb, putSync, noSync', operations: PEER_BATCH,
      body: () => { for (let i = 0; i < PEER_BATCH; i += 1) lmdb.putSync(position += 1, record); } },
  ];
}

function openSqlite(folder: string): Sqlite {
  const Database = requirePeer('better-sqlite3') as new (path: string) => Sqlite;
  const path = join(folder, 'peer.sqlite');
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
  const database = new Database(path);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = OFF');
  database.exec('create table record (position integer primary key, body blob not null)');
  return database;
}

function openLmdb(folder: string): Lmdb {
  const { open } = requirePeer('lmdb') as { open(options: Record<string, unknown>): Lmdb };
  const path = join(folder, 'peer.lmdb');
  rmSync(path, { force: true, recursive: true });
  return open({ path, noSync: true, encoding: 'binary', keyEncoding: 'uint32' });
}

/** Each append timed alone, over enough records to cross several extents. */
function tail(): Figure[] {
  const journal = createJournal('append-tail', 16 << 20);
  const frame = receivedFrame();
  const { monotonicNs } = addon.clock;
  const clock = clockCost(monotonicNs);
  const ns = new Float64Array(TAIL_RECORDS);
  for (let index = -20_000; index < TAIL_RECORDS; index += 1) {
    const begin = monotonicNs();
    append(journal, frame, index + 30_000);
    const elapsed = monotonicNs() - begin;
    if (index >= 0) ns[index] = Math.max(0, elapsed - clock);
  }
  const { statistics } = journal.writer;
  const extents = statistics[WriterStatistic.ExtentsAllocated]!;
  const stalls = statistics[WriterStatistic.AppendStalls]!;
  journal.writer.close();
  rmSync(journal.path);
  const sorted = Array.from(ns.sort());
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)]!;
  return [
    ...[['p50', 0.5], ['p90', 0.9], ['p99', 0.99], ['p99.9', 0.999], ['p99.99', 0.9999]].map(
      ([name, share]): Figure => ({ name: `one by one: ${name}`, unit: 'ns', samples: [at(share as number)] })),
    { name: 'one by one: most', unit: 'ns', samples: [sorted.at(-1)!] },
    { name: 'one by one: extents', unit: '', samples: [extents] },
    { name: 'one by one: stalls', unit: '', samples: [stalls] },
  ];
}

function clockCost(monotonicNs: () => number): number {
  const samples = Array.from({ length: 10_000 }, () => {
    const begin = monotonicNs();
    return monotonicNs() - begin;
  });
  return quantile(samples, 0.5);
}
