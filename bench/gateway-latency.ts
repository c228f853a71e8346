// A Venue's frame in → the Event out on the link, through a real tcx-gateway: TLS, decode, checksum, book, Event, link. Against
// a process that forwards the same frames unchanged between the same two ends; with the raw recording off and on.

import { existsSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import type { WebSocket } from 'ws';
import {
  isBook, KRAKEN, krakenBook, LinkEnd, type RecordedFrame, type ServedProcess, startGateway, startRelay, VenueEnd,
} from './gateway-rig.ts';
import { atMost, type Bench, type Figure, mustEqual, quantile, type Ratio, sharedData } from './harness.ts';

const RATE = 2000;
/** Frames to one contender before the next one's turn: what disturbs the machine disturbs them all. */
const BURST = 250;
const BURSTS = 16;
const ROUNDS = 5;
const WARM_UP = 6000;
const ADDED_MAX_US = 60;
const QUANTILES = [['p50', 0.5], ['p90', 0.9], ['p99', 0.99], ['p99.9', 0.999]] as const;
const PATIENCE_MS = 30_000;

type Lanes = readonly Lane[];

export const gatewayLatency: Bench = {
  name: 'gateway-latency',
  question: `a Venue's frame in to the Event out on the link, ${RATE} frames a second over loopback, TLS on the Venue's side`,
  loop: 'open',
  async run() {
    if (!existsSync(sharedData)) return { figures: [], ratios: [], notes: ['skipped: the recordings, ../shared/data is not there'] };
    const venue = await VenueEnd.listen();
    const lanes = await openLanes(venue);
    try {
      for (const lane of lanes) await lane.send(WARM_UP);
      for (const lane of lanes) lane.samples.length = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        for (let burst = 0; burst < BURSTS; burst += 1) for (const lane of lanes) await lane.send(BURST);
        for (const lane of lanes) lane.endRound();
      }
    } finally {
      await Promise.all(lanes.map((lane) => lane.close()));
      venue.close();
    }
    return {
      figures: figuresOf(lanes), ratios: ratiosOf(lanes),
      notes: [
        `${ROUNDS} rounds of ${BURST * BURSTS} book frames of Kraken each, checksum and all, in turns of ${BURST}; nothing is pinned`,
        'counted from the moment the frame was due; both ends live in the measuring process and cost every contender the same',
      ],
    };
  },
};

async function openLanes(venue: VenueEnd): Promise<Lanes> {
  const frames = krakenBook();
  const open = async (name: string, start: (path: string, linkUrl: string) => ServedProcess): Promise<Lane> => {
    const link = new LinkEnd(KRAKEN);
    const path = `/${name.replaceAll(/\W/g, '')}`;
    const socket = venue.socket(path);
    const served = start(path, await link.url());
    const failed = new Promise<never>((_, reject) => {
      served.child.once('exit', () => reject(new Error(`bench: ${name} ended\n${served.output}`)));
    });
    failed.catch(() => undefined);
    return new Lane(name, frames, await Promise.race([socket, failed]), link, served);
  };
  return [
    await open('relay', (path, url) => startRelay(venue, path, url)),
    await open('gateway', (path, url) => startGateway(venue, path, url, 'kraken')),
    await open('gateway, recording', (path, url) => startGateway(venue, path, url, 'kraken', true)),
  ];
}

/** One contender between its two ends. */
class Lane {
  readonly name: string;
  /** µs of the round in hand. */
  readonly samples: number[] = [];
  readonly rounds: number[][] = [];
  private readonly frames: readonly RecordedFrame[];
  private readonly socket: WebSocket;
  private readonly link: LinkEnd;
  private readonly served: ServedProcess;
  /** When each frame under way was due. */
  private readonly due: number[] = [];
  private sent = 0;
  private arrived = 0;
  /** In the recording. */
  private position = 0;

  constructor(name: string, frames: readonly RecordedFrame[], socket: WebSocket, link: LinkEnd, served: ServedProcess) {
    this.name = name;
    this.frames = frames;
    this.socket = socket;
    this.link = link;
    this.served = served;
    const isRelay = name === 'relay';
    link.onMessage = (data) => {
      const now = performance.now();
      if (!isRelay && !isBook(data)) return;
      this.samples.push((now - this.due[this.arrived]!) * 1000);
      this.arrived += 1;
    };
  }

  /** So many frames at the rate, then until the last has arrived. */
  async send(count: number): Promise<void> {
    this.due.length = this.sent = this.arrived = 0;
    const begin = performance.now() + 1;
    while (this.sent < count) {
      const due = begin + (this.sent * 1000) / RATE;
      if (performance.now() < due) {
        await new Promise(setImmediate);
        continue;
      }
      this.due.push(due);
      this.socket.send(this.next(), { binary: false });
      this.sent += 1;
    }
    const limit = performance.now() + PATIENCE_MS;
    while (this.arrived < count && performance.now() < limit) await new Promise(setImmediate);
    mustEqual(`${this.name}: frames that arrived, ${this.served.output}`, this.arrived, count);
  }

  endRound(): void {
    this.rounds.push(this.samples.splice(0));
  }

  async close(): Promise<void> {
    this.link.onMessage = () => undefined;
    await this.served.end();
    this.link.close();
  }

  /** At the end of the recording its snapshot begins the book anew. */
  private next(): Buffer {
    const { bytes } = this.frames[this.position]!;
    this.position = (this.position + 1) % this.frames.length;
    return bytes;
  }
}

function figuresOf(lanes: Lanes): Figure[] {
  return lanes.flatMap(({ name, rounds }) => QUANTILES.map(([label, share]) => (
    { name: `${name}: ${label}`, unit: 'µs', samples: rounds.map((samples) => quantile(samples, share)) })));
}

function ratiosOf([relay, ...gateways]: Lanes): Ratio[] {
  return gateways.map(({ name, rounds }) => {
    const added = rounds.map((samples, round) => quantile(samples, 0.5) - quantile(relay!.rounds[round]!, 0.5));
    return atMost(`${name}: p50 above the relay`, quantile(added, 0.5), ADDED_MAX_US, ' µs');
  });
}
