// `book`: what one level of an L2 update and the best price after it cost. In C++ against a std::map book; from
// JavaScript, crossing and decoding included, against nodejs-order-book. Recorded and synthetic stream.

import { addon } from '../daemon/binding/addon.ts';
import { EventEncoder } from '../daemon/event/encode.ts';
import { BookView } from '../daemon/event/generated/view_generated.ts';
import { append, createJournal } from './bench-journal.ts';
import { recordedStream, type Stream, syntheticStream, writeStream } from './book-stream.ts';
import {
  atLeast, atMost, type Bench, compare, type Figure, figureNamed, figuresOf, median, mustEqual, type Ratio, runNative,
} from './harness.ts';
import { PeerBook } from './peer-book.ts';

const LEVELS_MAX = 16384;
// A pass must be shorter than a time slice of the scheduler, see boundary.ts.
const SYNTHETIC_UPDATES = 5000;
const ROUNDS = 9;

export const book: Bench = {
  name: 'book',
  question: 'an L2 update and the best price after it, per level',
  loop: 'closed',
  run() {
    const figures: Figure[] = [];
    const ratios: Ratio[] = [];
    const notes: string[] = [
      'C++: whole updates as Event bodies; level by level: the structure alone, best prices read after every level',
      'JS: updates come out of a journal, which the peer does not pay for: the ratio takes the reading off',
    ];
    const recorded = recordedStream();
    if (!recorded) notes.push('skipped: the recorded stream, ../shared/data is not there');
    for (const stream of [...(recorded ? [recorded] : []), syntheticStream(SYNTHETIC_UPDATES)]) {
      const measured = [...measureNative(stream), ...measureScript(stream)];
      figures.push(...measured);
      ratios.push(...ratiosOf(stream.name, measured));
      notes.push(`${stream.name}: ${stream.updates.length} updates, ${stream.levelCount} levels`);
    }
    return { figures, ratios, notes };
  },
};

function measureNative(stream: Stream): Figure[] {
  return figuresOf(runNative('book_bench', writeStream(stream), '101'), `${stream.name}, C++: `);
}

/** Sum of best bid and best ask after every update: equal for every book that is right. */
type Checksum = number;

function measureScript(stream: Stream): Figure[] {
  const read = journalReader(stream);
  const peer = (): Checksum => replayPeer(stream);
  mustEqual(`${stream.name}: best prices of nodejs-order-book`, peer(), read(true));
  return compare([
    { name: `${stream.name}, JS: tcx`, operations: stream.levelCount, body: () => { read(true); } },
    { name: `${stream.name}, JS: tcx without the book`, operations: stream.levelCount, body: () => { read(false); } },
    { name: `${stream.name}, JS: nodejs-order-book`, operations: stream.levelCount, body: () => { peer(); } },
  ], ROUNDS, 1);
}

function journalReader(stream: Stream): (apply: boolean) => Checksum {
  const journal = createJournal(`book-${stream.name}`);
  const encoder = new EventEncoder(1 << 20);
  stream.updates.forEach(({ snapshot, bids, asks }, index) => {
    const fields = { instrument: 0, eventTime: 0, captureTime: 0, sequence: 0, bids, asks };
    append(journal, snapshot ? encoder.bookSnapshot(fields) : encoder.bookDelta({ ...fields, previous: 0 }), index);
  });
  journal.writer.close();
  const event = addon.createEvent();
  const reader = addon.openReader(event, journal.path);
  const books = addon.createBooks(event, 1);
  books.define(0, 0, LEVELS_MAX);
  const view = books.view;
  return (apply) => {
    reader.seek(1);
    let sum = 0;
    for (let left = stream.updates.length; left > 0; left -= 1) {
      if (reader.next() !== 1) throw new Error('bench: the journal ended early');
      if (apply && books.apply() < 0) throw new Error('bench: the book refused an update');
      sum += view[BookView.BidPrice]! + view[BookView.AskPrice]!;
    }
    return sum;
  };
}

function replayPeer(stream: Stream): Checksum {
  const peer = new PeerBook();
  let sum = 0;
  for (const update of stream.updates) {
    peer.apply(update);
    sum += peer.bestBid() + peer.bestAsk();
  }
  return sum;
}

function ratiosOf(stream: string, figures: readonly Figure[]): Ratio[] {
  const of = (name: string): number => median(figureNamed(figures, `${stream}, ${name}`));
  const levelByLevel = of('C++: std::map, level by level') / of('C++: tcx, level by level');
  const fromScript = of('JS: nodejs-order-book') / (of('JS: tcx') - of('JS: tcx without the book'));
  return [
    atMost(`${stream}: tcx in C++, ns per level`, of('C++: tcx'), 100, ' ns'),
    atLeast(`${stream}: std::map / tcx, in C++`, of('C++: std::map') / of('C++: tcx'), 3),
    atLeast(`${stream}: std::map / tcx, level by level`, levelByLevel, 3),
    atLeast(`${stream}: nodejs-order-book / tcx, from JS`, fromScript, 30),
  ];
}
