// `npm run verify:captures`: every recording with an oracle through decoder, desk and the real link into a real tcxd. Prints
// a table; exits with 1 when anything in it is not as it must be, and says `skipped` where the recordings are missing.
//   npm run verify:captures -- okx     only the rows whose name or file holds the word

import { performance } from 'node:perf_hooks';
import { messageOf } from '../base/thrown.ts';
import { missingOf, OKX_SOCKETS, RECORDINGS, type Recording } from './captures/recordings.ts';
import { runDaemon, type DaemonRun } from './captures/daemon-run.ts';

interface Row {
  readonly name: string;
  readonly run: () => Promise<DaemonRun>;
  readonly recording: Recording;
  readonly missing: string;
  /** Of several sockets only the union is known. */
  readonly isMerged: boolean;
}

const HEAD = ['recording', 'frames', 'Events', 'checksums', 'best prices', 'gaps', 'invalid', 'books', 'replay', 'seconds'];
const WIDTHS = [34, 8, 8, 12, 14, 6, 8, 8, 10, 8];

function rows(): Row[] {
  const single = RECORDINGS.map((recording): Row => ({
    name: recording.name, recording, missing: missingOf(recording), isMerged: false, run: () => runDaemon(recording),
  }));
  const [first] = OKX_SOCKETS;
  const missing = OKX_SOCKETS.map(missingOf).find((path) => path !== '') ?? '';
  const files = OKX_SOCKETS.flatMap((socket) => socket.files);
  const merged = [-1, 0, 1, 2].map((cut): Row => ({
    name: `okx 3 sockets${cut < 0 ? '' : `, socket ${cut + 1} cut`}`, recording: first!, missing, isMerged: true,
    run: () => runDaemon(first!, files, cut),
  }));
  return [...single, ...merged];
}

/** The books of several sockets must be those of the one that came furthest. */
const alone = new Map<string, DaemonRun>();

function wrongsOf({ recording, isMerged, name }: Row, run: DaemonRun): string[] {
  const { expected, instruments } = recording;
  const { counts } = run.session.counted;
  const wrongs: string[] = [];
  const expect = (what: string, found: unknown, wanted: unknown): void => {
    const [here, there] = [JSON.stringify(found), JSON.stringify(wanted)];
    if (here !== there) wrongs.push(`${what}: found ${here}, expected ${there}`);
  };
  expect('problems', run.session.found, expected.problems ?? []);
  expect('checksums that failed', counts.rejected, 0);
  expect('gaps', counts.gaps, 0);
  expect('feeds invalid', run.audit.invalid, expected.invalid);
  expect('Events that a book did not take', run.audit.faults, 0);
  expect('Events shed by the link', run.shed, 0);
  expect('books that the daemon shows otherwise', run.differing, []);
  const journalled = instruments.filter((_, index) => JSON.stringify(run.audit.levels(index)) !== JSON.stringify(run.copies[index]));
  expect('books that the journal gives otherwise', journalled.map(({ symbol }) => symbol), []);
  if (isMerged) {
    expect('books unlike those of the furthest socket', unlikeFurthest(name, run, instruments.length), []);
    return wrongs;
  }
  expect('frames', run.frames, expected.frames);
  expect('checksums', counts.verified, expected.checksums);
  expect('best prices that differ', run.audit.compared - run.audit.equal, expected.tops.exceptions);
  expect('enough best prices compared', run.audit.compared >= expected.tops.compared, true);
  return wrongs;
}

function unlikeFurthest(name: string, run: DaemonRun, count: number): number[] {
  const singles = OKX_SOCKETS.map((socket) => alone.get(socket.name));
  const unlike: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const seconds = singles.map((single, socket) => (
      single === undefined || name.endsWith(`socket ${socket + 1} cut`) ? -1 : single.session.counted.lastSeconds[index] ?? -1));
    const furthest = singles[seconds.indexOf(Math.max(...seconds))];
    if (furthest === undefined || JSON.stringify(run.copies[index]) !== JSON.stringify(furthest.copies[index])) unlike.push(index);
  }
  return unlike;
}

function print(cells: readonly (string | number)[]): void {
  const padded = cells.map((cell, index) => {
    const width = WIDTHS[index]!;
    return index === 0 ? String(cell).padEnd(width) : String(cell).padStart(width);
  });
  process.stdout.write(`${padded.join(' ').trimEnd()}\n`);
}

function show({ name, recording: { expected }, isMerged }: Row, run: DaemonRun, wrongs: readonly string[], seconds: number): void {
  const { audit, session: { counted: { counts } } } = run;
  const due = isMerged ? counts.verified + counts.rejected : expected.checksums;
  const checksums = due === 0 ? '-' : `${counts.verified}/${due}`;
  const best = audit.compared === 0 ? '-' : `${audit.equal}/${audit.compared}`;
  const isSame = !wrongs.some((wrong) => wrong.startsWith('books'));
  print([
    name, run.frames, audit.events, checksums, best, counts.gaps, audit.invalid, isSame ? 'equal' : 'DIFFER', run.replayed,
    seconds.toFixed(1),
  ]);
}

async function verify(row: Row): Promise<string[]> {
  const begun = performance.now();
  try {
    const run = await row.run();
    if (!row.isMerged) alone.set(row.name, run);
    const wrongs = wrongsOf(row, run);
    show(row, run, wrongs, (performance.now() - begun) / 1000);
    return wrongs;
  } catch (error) {
    print([row.name, 'FAILED']);
    return [messageOf(error)];
  }
}

async function main(words: readonly string[]): Promise<number> {
  const named = rows().filter(({ name, recording: { files } }) => (
    words.every((word) => name.includes(word) || files.some((file) => file.includes(word)))));
  // Several sockets are compared with each one alone.
  const isCompared = named.some(({ isMerged }) => isMerged);
  const wanted = rows().filter(({ name }) => named.some((row) => row.name === name)
    || (isCompared && OKX_SOCKETS.some((socket) => socket.name === name)));
  if (wanted.length === 0) {
    process.stderr.write(`verify:captures: found no recording with ${words.join(' ')} in its name or file, expected part of one of\n`);
    for (const { name, recording: { files } } of rows()) process.stderr.write(`  ${name.padEnd(28)} ${files.join(' ')}\n`);
    return 2;
  }
  print(HEAD);
  let wrongCount = 0;
  let skipped = 0;
  for (const row of wanted) {
    if (row.missing !== '') {
      print([row.name, 'skipped', `${row.missing} is missing`]);
      skipped += 1;
      continue;
    }
    for (const wrong of await verify(row)) {
      process.stdout.write(`  ${wrong}\n`);
      wrongCount += 1;
    }
  }
  process.stdout.write(`${wanted.length - skipped} recordings verified, ${wrongCount} wrong, ${skipped} skipped\n`);
  return wrongCount === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
