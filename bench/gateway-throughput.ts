// How much a gateway carries: the busiest recording at ten times its own pace without a drop, the rate at which one thread is
// full, and whether memory stays where it is over a day of a market. One tcx-gateway process each, TLS on the Venue's side.

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { WebSocket } from 'ws';
import { Kind } from '../daemon/event/kinds.ts';
import { frameType } from '../daemon/event/link-message.ts';
import { peekKind } from '../daemon/event/peek.ts';
import {
  BINANCE_USDM, isBook, KRAKEN, krakenBook, LinkEnd, metricsOf, type RecordedFrame, recordedFrames, type ServedProcess, startGateway,
  startRelay, VenueEnd,
} from './gateway-rig.ts';
import { atLeast, atMost, type Bench, type Figure, mustEqual, quantile, type Report, sharedData } from './harness.ts';

/** Of the recordings a gateway can dial: the highest rate, on average and in its busiest second. */
const BUSIEST = 'binance-usdm/btcusdt-20240808';
const TIMES = 10;
const WINDOW = 512;
const FULL_SECONDS = 6;
const HOURS = 24;
const SAMPLE_MS = 200;
const GROWTH_MAX_MIB = 1;
const PATIENCE_MS = 60_000;
const MIB = 1 << 20;
const NS_PER_HOUR = 3600e9;

export const gatewayThroughput: Bench = {
  name: 'gateway-throughput',
  question: `the busiest recording at ${TIMES}× its pace, the highest rate, memory over ${HOURS} hours of a market`,
  loop: 'open',
  async run() {
    if (!existsSync(sharedData)) return { figures: [], ratios: [], notes: ['skipped: the recordings, ../shared/data is not there'] };
    const parts: Report[] = [];
    for (const part of [playTenfold, fillThread, feedHours]) {
      const venue = await VenueEnd.listen();
      try {
        parts.push(await part(venue));
      } finally {
        venue.close();
      }
    }
    return {
      figures: parts.flatMap(({ figures }) => figures), ratios: parts.flatMap(({ ratios }) => ratios),
      notes: parts.flatMap(({ notes }) => notes),
    };
  },
};

/** Counts Events by kind. */
class Counter {
  readonly byKind = new Array<number>(256).fill(0);
  readonly link: LinkEnd;

  constructor(link: LinkEnd) {
    this.link = link;
    link.onMessage = (data) => { if (frameType(data) === 'event') this.byKind[peekKind(data)]! += 1; };
  }

  async until(condition: () => boolean, served: ServedProcess): Promise<void> {
    const limit = performance.now() + PATIENCE_MS;
    while (!condition() && performance.now() < limit && !served.hasEnded) await new Promise(setImmediate);
    if (!condition()) throw new Error(`bench: waited in vain\n${served.output}`);
  }
}

// ── the busiest recording ───────────────────────────────────────────────────────────────────────
async function playTenfold(venue: VenueEnd): Promise<Report> {
  const all = recordedFrames(BUSIEST);
  const snapshot = all.find(({ bytes }) => bytes.includes('{"lastUpdateId"'))!.bytes;
  const frames = all.filter(({ bytes, time }) => bytes !== snapshot && time > 0);
  venue.answer = (path) => (path.includes('/depth') ? { status: 200, body: snapshot } : { status: 404, body: Buffer.alloc(0) });
  const counter = new Counter(new LinkEnd(BINANCE_USDM));
  const open = venue.socket('/usdm');
  const gateway = startGateway(venue, '/usdm', await counter.link.url(), 'binance-usdm', true);
  try {
    const socket = await open;
    await counter.until(() => counter.byKind[Kind.BookSnapshot] === 1, gateway);
    const lateMs = await play(socket, frames);
    const sentAt = performance.now();
    const expected = expectedEvents(frames, snapshot);
    const { byKind } = counter;
    await counter.until(() => byKind[Kind.BookDelta]! >= expected.deltas && byKind[Kind.Trade]! >= expected.trades, gateway);
    const lagMs = performance.now() - sentAt;
    mustEqual('BookDeltas', counter.byKind[Kind.BookDelta], expected.deltas);
    mustEqual('Trades', counter.byKind[Kind.Trade], expected.trades);
    mustEqual('BookSnapshots', counter.byKind[Kind.BookSnapshot], 1);
    const metrics = [...await metricsOf(gateway)];
    const of = (name: string, label = ''): number => metrics.find(([key]) => key.startsWith(name) && key.includes(label))?.[1] ?? NaN;
    return {
      figures: [
        { name: `${TIMES}× ${BUSIEST}: resident at the end`, unit: 'MiB', samples: [gateway.resident / MIB] },
        { name: `${TIMES}× ${BUSIEST}: last frame sent to last Event`, unit: 'ms', samples: [lagMs] },
        { name: `${TIMES}× ${BUSIEST}: frames sent late by`, unit: 'ms', samples: lateMs },
      ],
      ratios: [
        atMost(`${TIMES}× ${BUSIEST}: Events shed`, of('tcx_gateway_link_frames_total', '"shed"'), 0, ''),
        atMost(`${TIMES}× ${BUSIEST}: frames the recording dropped`, of('tcx_gateway_recording_dropped_total'), 0, ''),
      ],
      notes: [rateNote(frames), `every one of ${expected.deltas} updates and ${expected.trades} trades arrived as an Event`],
    };
  } finally {
    await gateway.end();
    counter.link.close();
  }
}

/** At its own pace, times as fast. Returns how late frames were sent. */
async function play(socket: WebSocket, frames: readonly RecordedFrame[]): Promise<number[]> {
  const begin = performance.now();
  const origin = frames[0]!.time;
  const late: number[] = [];
  for (const { time, bytes } of frames) {
    const due = begin + (time - origin) / 1e6 / TIMES;
    while (performance.now() < due) await new Promise(setImmediate);
    late.push(performance.now() - due);
    socket.send(bytes, { binary: false });
  }
  return late;
}

/** Of the updates those behind the snapshot, of the trades all. */
function expectedEvents(frames: readonly RecordedFrame[], snapshot: Buffer): { deltas: number; trades: number } {
  const from = Number(/"lastUpdateId":(\d+)/.exec(snapshot.toString('latin1'))![1]);
  let deltas = 0;
  let trades = 0;
  for (const { bytes } of frames) {
    const head = bytes.toString('latin1', 0, 250);
    if (head.includes('"e":"trade"')) trades += 1;
    else if (head.includes('"depthUpdate"') && Number(/"u":(\d+)/.exec(head)![1]) > from) deltas += 1;
  }
  return { deltas, trades };
}

function rateNote(frames: readonly RecordedFrame[]): string {
  const seconds = new Map<number, number>();
  for (const { time } of frames) seconds.set(Math.floor(time / 1e9), (seconds.get(Math.floor(time / 1e9)) ?? 0) + 1);
  const span = (frames.at(-1)!.time - frames[0]!.time) / 1e9;
  const average = frames.length / span;
  const peak = Math.max(...seconds.values());
  return `${BUSIEST}: ${frames.length} frames (best prices too, which a gateway does not subscribe) in ${(span / TIMES).toFixed(0)} s, `
    + `${(average * TIMES).toFixed(0)} a second on average, ${peak * TIMES} in the busiest tenth of one`;
}

// ── how much fits ───────────────────────────────────────────────────────────────────────────────
/** As many frames as go through with so many under way. */
async function fillThread(venue: VenueEnd): Promise<Report> {
  const relay = await highestRate(venue, 'relay', (path, url) => startRelay(venue, path, url));
  const gateway = await highestRate(venue, 'gateway', (path, url) => startGateway(venue, path, url, 'kraken'));
  const recording = await highestRate(venue, 'gateway, recording', (path, url) => startGateway(venue, path, url, 'kraken', true));
  const of = ({ samples }: Figure): number => quantile(samples, 0.5);
  const recorded = recordedFrames(BUSIEST).length / 345;
  return {
    figures: [relay, gateway, recording],
    ratios: [
      atLeast(`gateway at most ÷ ${BUSIEST} on average`, of(gateway) / recorded, TIMES),
      atLeast(`gateway, recording, at most ÷ ${BUSIEST} on average`, of(recording) / recorded, TIMES),
    ],
    notes: [`at most: book frames of Kraken with ${WINDOW} under way; the sender and the receiver share one more thread, and its limit`],
  };
}

async function highestRate(
  venue: VenueEnd, name: string, start: (path: string, linkUrl: string) => ServedProcess,
): Promise<Figure> {
  const frames = krakenBook();
  const link = new LinkEnd(KRAKEN);
  const path = `/${name.replaceAll(/\W/g, '')}`;
  const open = venue.socket(path);
  const served = start(path, await link.url());
  let arrived = 0;
  link.onMessage = (data) => { if (name === 'relay' || isBook(data)) arrived += 1; };
  try {
    const socket = await open;
    const samples: number[] = [];
    let sent = 0;
    let since = performance.now();
    let before = 0;
    while (samples.length <= FULL_SECONDS) {
      for (; sent - arrived < WINDOW; sent += 1) socket.send(frames[sent % frames.length]!.bytes, { binary: false });
      await new Promise(setImmediate);
      const now = performance.now();
      if (now - since < 1000) continue;
      samples.push(((arrived - before) * 1000) / (now - since));
      since = now;
      before = arrived;
      if (served.hasEnded) throw new Error(`bench: ${name} ended\n${served.output}`);
    }
    // The first second is start and warm-up.
    return { name: `${name}: at most`, unit: 'frames/s', samples: samples.slice(1) };
  } finally {
    await served.end();
    link.close();
  }
}

// ── memory ──────────────────────────────────────────────────────────────────────────────────────
/** A recording again and again, each time later, its snapshot beginning the book anew, as fast as the link takes it. */
async function feedHours(venue: VenueEnd): Promise<Report> {
  const { file, frames } = writeHours(venue.folder);
  const counter = new Counter(new LinkEnd(KRAKEN));
  const gateway = startGateway(venue, '/hours', await counter.link.url(), 'kraken', false, '--capture', file);
  const events = (): number => counter.byKind[Kind.BookDelta]! + counter.byKind[Kind.BookSnapshot]!;
  const points: { hours: number; mib: number }[] = [];
  const begin = performance.now();
  try {
    while (events() < frames && !gateway.hasEnded) {
      points.push({ hours: (events() / frames) * HOURS, mib: gateway.resident / MIB });
      await new Promise((resolve) => { setTimeout(resolve, SAMPLE_MS); });
    }
    const seconds = (performance.now() - begin) / 1000;
    await counter.until(() => events() >= frames, gateway);
    // The first quarter grows the heap to what it needs.
    const settled = points.filter(({ hours }) => hours > HOURS / 4);
    const { slope, noise } = line(settled);
    return {
      figures: [{ name: `${HOURS} hours of Kraken's recording: resident`, unit: 'MiB', samples: settled.map(({ mib }) => mib) }],
      ratios: [atMost(`${HOURS} hours of Kraken's recording: growth an hour`, slope, GROWTH_MAX_MIB, ' MiB')],
      notes: [`${frames} book frames fed in ${seconds.toFixed(0)} s, ${settled.length} samples; they scatter by ${noise.toFixed(1)} MiB `
        + 'about the line of growth'],
    };
  } finally {
    await gateway.end();
    counter.link.close();
  }
}

function writeHours(folder: string): { file: string; frames: number } {
  const frames = krakenBook();
  const span = frames.at(-1)!.time - frames[0]!.time + 1e9;
  const times = Math.ceil((HOURS * NS_PER_HOUR) / span);
  const file = join(folder, 'hours.capture');
  writeFileSync(file, '');
  for (let i = 0; i < times; i += 1) {
    const shift = BigInt(Math.round(i * span));
    const lines = frames.map(({ time, bytes }) => `${BigInt(time) + shift} ${bytes.toString('latin1')}\n`);
    writeFileSync(file, lines.join(''), { encoding: 'latin1', flag: 'a' });
  }
  return { file, frames: times * frames.length };
}

/** Least squares: MiB an hour, and the standard deviation about the line. */
function line(points: readonly { hours: number; mib: number }[]): { slope: number; noise: number } {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = mean(points.map(({ hours }) => hours));
  const y = mean(points.map(({ mib }) => mib));
  const slope = mean(points.map(({ hours, mib }) => (hours - x) * (mib - y))) / mean(points.map(({ hours }) => (hours - x) ** 2));
  const noise = Math.sqrt(mean(points.map(({ hours, mib }) => (mib - y - slope * (hours - x)) ** 2)));
  return { slope, noise };
}
