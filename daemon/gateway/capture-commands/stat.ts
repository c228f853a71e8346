// What recordings hold, as a table or as JSON: from the manifest of a sealed window, by counting where there is none.

import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { openCaptureSource } from '../capture-source.ts';
import { isSealed, OPEN_FILE, SEALED_FILE, timeText } from '../record/dataset.ts';
import { readManifest, type ManifestFacts } from '../record/manifest.ts';
import type { FileHeader, RawRecord } from '../record/raw-format.ts';
import { Summary } from '../record/summary.ts';
import { WindowReader } from '../record/window-reader.ts';

interface RecordingFacts extends ManifestFacts {
  readonly recording: string;
  /** complete; holes: something is known to be missing; open: not sealed; lines: a capture file. */
  readonly state: 'complete' | 'holes' | 'open' | 'lines';
  /** Bytes on disk. */
  readonly size: number;
}

/** The line format has no header. */
const NO_HEADER: FileHeader = { venue: '', feed: 'market', from: 0n, to: 0n, run: 0n, firstSequence: 1, build: '' };

/** One entry a window. */
export async function statisticsOf(path: string): Promise<RecordingFacts[]> {
  const source = openCaptureSource(path, true);
  if (source.format === 'lines') return [{ recording: path, state: 'lines', size: statSync(path).size, ...await count(source.records()) }];
  const all: RecordingFacts[] = [];
  for (const window of source.windows) all.push(await windowFacts(window));
  return all;
}

async function windowFacts(window: string): Promise<RecordingFacts> {
  if (!isSealed(window)) {
    const reader = new WindowReader(window);
    const facts = await count(reader.records(), reader);
    const name = statSync(join(window, OPEN_FILE), { throwIfNoEntry: false }) === undefined ? SEALED_FILE : OPEN_FILE;
    return { recording: window, state: 'open', size: statSync(join(window, name)).size, ...facts };
  }
  const manifest = readManifest(window);
  const { records, exchanges, frames, bytes, firstTime, lastTime, firstSequence, lastSequence } = manifest;
  const { sockets, reconnects, holes, complete, data } = manifest;
  return {
    recording: window, state: complete ? 'complete' : 'holes', size: data.size, records, exchanges, frames, bytes, firstTime, lastTime,
    firstSequence, lastSequence, sockets, reconnects, holes,
  };
}

async function count(records: AsyncIterable<readonly RawRecord[]>, reader?: WindowReader): Promise<ManifestFacts> {
  let summary: Summary | null = null;
  for await (const piece of records) {
    summary ??= new Summary(reader?.header ?? NO_HEADER);
    for (const record of piece) summary.add(record);
  }
  return (summary ?? new Summary(NO_HEADER)).facts();
}

export function showStatistics(all: readonly RecordingFacts[]): string {
  const rows = all.map((it) => [
    all.length === 1 ? it.recording : basename(it.recording), it.state, String(it.frames.in), String(it.frames.out), String(it.exchanges),
    String(it.bytes.in + it.bytes.out), String(it.size), spanText(it), String(it.reconnects.length), String(it.holes.length),
  ]);
  const head = ['recording', 'state', 'in', 'out', 'http', 'bytes', 'on disk', 'span', 'reconnects', 'holes'];
  return [tableOf([head, ...rows]), ...all.map((it) => detailsOf(it, all.length > 1))].join('');
}

function detailsOf(facts: RecordingFacts, isNamed: boolean): string {
  const { sockets, reconnects, holes } = facts;
  const name = isNamed ? `${basename(facts.recording)}: ` : '';
  const span = `\nfirst  ${timeText(BigInt(facts.firstTime))}\nlast   ${timeText(BigInt(facts.lastTime))}\n`;
  const parts = [
    isNamed || facts.firstTime === '0' ? [] : [span],
    isNamed || sockets.length === 0 ? [] : ['\n', socketTable(sockets)],
    reconnects.map((it) => `\n${name}reconnect  ${it.name}/${it.copy}  lost ${timeText(BigInt(it.lost))}, back after `
      + `${seconds(BigInt(it.opened) - BigInt(it.lost))}: ${it.reason}`),
    holes.map((hole) => `\n${name}hole  ${timeText(BigInt(hole.from))} … ${timeText(BigInt(hole.to))}  `
      + `${hole.count === null ? '' : `${hole.count} missing: `}${hole.reason}`),
  ];
  const text = parts.flat().join('');
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

function socketTable(sockets: RecordingFacts['sockets']): string {
  return tableOf([['socket', 'connection', 'in', 'out', 'bytes', 'address'], ...sockets.map((socket) => [
    String(socket.socket), `${socket.name}/${socket.copy}`, String(socket.frames.in), String(socket.frames.out),
    String(socket.bytes.in + socket.bytes.out), socket.url,
  ])]);
}

function spanText({ firstTime, lastTime }: ManifestFacts): string {
  return seconds(BigInt(lastTime) - BigInt(firstTime));
}

function seconds(ns: bigint): string {
  return `${(Number(ns / 1_000_000n) / 1000).toFixed(3)} s`;
}

/** Numbers to the right, the first two columns and the last to the left. */
function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, column) => {
    const isLeft = column < 2 || (column === row.length - 1 && !/^\d+$/.test(rows.at(-1)![column]!));
    return isLeft ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
  }).join('  ').trimEnd() + '\n').join('');
}
