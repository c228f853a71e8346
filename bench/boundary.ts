// `boundary`: what crossing into C++ costs, for each kind of call the hot path uses, against an addon whose functions
// do nothing. Calls are arranged to do as little work as they can, so that the figure is the crossing.

import { join } from 'node:path';
import { addon } from '../daemon/binding/addon.ts';
import { EventEncoder } from '../daemon/event/encode.ts';
import { BookView, Slot } from '../daemon/event/generated/view_generated.ts';
import { createJournal } from './bench-journal.ts';
import {
  atMost, type Bench, buildFolder, compare, type Contender, figureNamed, median, mustEqual, requirePeer,
} from './harness.ts';

interface EmptyAddon {
  empty(): void;
  add(a: number, b: number): number;
  object(): { position: number; kind: number };
}

// A sample must be shorter than a time slice of the scheduler: on a busy machine the median then stays true.
const CALLS = 20_000;
const ROUNDS = 101;

export const boundary: Bench = {
  name: 'boundary',
  question: 'price of each kind of call into C++',
  loop: 'closed',
  run() {
    const figures = compare([...limits(), ...bookCalls(), ...journalCalls()], ROUNDS, 30);
    const empty = median(figureNamed(figures, 'limit: empty call'));
    return {
      figures,
      ratios: hotNames.map((name) => atMost(`${name} / empty`, median(figureNamed(figures, name)) / empty, 3)),
      notes: [
        'ratios: calls made for every Event, refused at once; load and quantityAt are made when a Strategy asks',
        'writer.offer is not a bare crossing: it copies, verifies and decodes a frame',
        'returning an object is what tcx never does on the hot path',
      ],
    };
  },
};

const hotNames = [
  'books.apply (refused)', 'writer.commit (refused)', 'writer.appendControlTime (refused)', 'writer.resetDispatches',
];

/** What the loops compute goes here, once per sample: a sum that lived outside would be boxed at every step. */
let sink = 0;

function contender(name: string, loop: () => number): Contender {
  return { name, operations: CALLS, body: () => { sink += loop(); } };
}

function limits(): Contender[] {
  const none = requirePeer(join(buildFolder, 'empty.node')) as EmptyAddon;
  mustEqual('add(1, 2)', none.add(1, 2), 3);
  return [
    contender('limit: empty call', () => {
      for (let i = 0; i < CALLS; i += 1) none.empty();
      return 0;
    }),
    contender('limit: two numbers in, one out', () => {
      let sum = 0;
      for (let i = 0; i < CALLS; i += 1) sum += none.add(i, 1);
      return sum;
    }),
    contender('limit: returning an object', () => {
      let sum = 0;
      for (let i = 0; i < CALLS; i += 1) sum += none.object().kind;
      return sum;
    }),
  ];
}

function bookCalls(): Contender[] {
  const books = addon.createBooks(addon.createEvent(), 1);
  const { view } = books;
  books.define(0, 0, 16);
  mustEqual('apply without an Event', books.apply() < 0, true);
  return [
    contender('view read', () => {
      let sum = 0;
      for (let i = 0; i < CALLS; i += 1) sum += view[BookView.BidPrice]!;
      return sum;
    }),
    contender('books.apply (refused)', () => {
      let sum = 0;
      for (let i = 0; i < CALLS; i += 1) sum += books.apply();
      return sum;
    }),
    contender('books.quantityAt', () => {
      let sum = 0;
      for (let i = 0; i < CALLS; i += 1) sum += books.quantityAt(0, 0, 100);
      return sum;
    }),
    contender('books.load of one level', () => {
      let sum = 0;
      for (let i = 0; i < CALLS; i += 1) sum += books.load(0, 0, 1);
      return sum;
    }),
  ];
}

function journalCalls(): Contender[] {
  const { event, writer } = createJournal('boundary', 4 << 20);
  const { writer: closed } = createJournal('boundary-closed', 4 << 20);
  closed.close();
  mustEqual('append to a closed journal', closed.appendControlTime() < 0, true);
  mustEqual('commit without an offer', writer.commit() < 0, true);
  const frame = EventEncoder.copyOf(new EventEncoder().bookDelta({
    instrument: 0, eventTime: 0, captureTime: 0, previous: 0, sequence: 0, bids: [100, 1], asks: [],
  })).buffer;
  const { monotonicNs } = addon.clock;
  return [
    contender('slot write', () => {
      for (let i = 0; i < CALLS; i += 1) event.input[Slot.Time] = i;
      return 0;
    }),
    contender('writer.resetDispatches', () => {
      for (let i = 0; i < CALLS; i += 1) writer.resetDispatches();
      return 0;
    }),
    contender('writer.commit (refused)', () => {
      let sum = 0;
      for (let i = 0; i < CALLS; i += 1) sum += closed.commit();
      return sum;
    }),
    contender('writer.appendControlTime (refused)', () => {
      let sum = 0;
      for (let i = 0; i < CALLS; i += 1) sum += closed.appendControlTime();
      return sum;
    }),
    contender('writer.offer of one level', () => {
      let sum = 0;
      for (let i = 0; i < CALLS; i += 1) sum += writer.offer(frame);
      return sum;
    }),
    contender('clock.monotonicNs', () => {
      let sum = 0;
      for (let i = 0; i < CALLS; i += 1) sum += monotonicNs();
      return sum;
    }),
  ];
}
