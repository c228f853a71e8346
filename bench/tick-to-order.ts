// Market frame in → order frame out, wire to wire over loopback: verified, journaled, booked, decided, judged, journaled
// again, sent. Against servers that do nothing but echo: a C one (the floor) and a bare uWebSockets.js one.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { atMost, type Bench, buildFolder, type Figure, mustEqual, quantile, type Ratio, root } from './harness.ts';
import { type Idle, LiveDaemon } from './live-daemon.ts';
import { connectRaw, roundTrips, SERVER_CPU, startServer, type Ticks, WireSocket } from './wire.ts';

const RATE = 2000;
const COUNT = 8000;
const WARM_UP = 2000;
const ROUNDS = 3;
const POLICIES: readonly Idle[] = ['block', 'yield', 'spin'];
const QUANTILES = [['p50', 0.5], ['p99', 0.99], ['p99.9', 0.999], ['p99.99', 0.9999]] as const;
const common = { rate: RATE, count: COUNT, warmUp: WARM_UP };

export const tickToOrder: Bench = {
  name: 'tick-to-order',
  question: `market frame in to order frame out, ${RATE} ticks a second over loopback, both ends pinned`,
  loop: 'open',
  async run() {
    const trips = new Map<string, number[][]>();
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [name, measure] of contenders()) {
        const samples = await measure();
        mustEqual(`${name}: answers`, samples.length, COUNT);
        trips.set(name, [...(trips.get(name) ?? []), samples]);
      }
    }
    return {
      figures: figuresOf(trips),
      ratios: ratiosOf(trips),
      notes: [`${ROUNDS} rounds of ${COUNT} ticks each; p99.99 is of ${COUNT} samples`],
    };
  },
};

function contenders(): [string, () => Promise<number[]>][] {
  return [
    ['C echo, block', () => echoOfC('block')],
    ['C echo, spin', () => echoOfC('spin')],
    ...POLICIES.flatMap((idle): [string, () => Promise<number[]>][] => [
      [`uWS echo, ${idle}`, () => echoOfUws(idle)],
      [`tcxd, ${idle}`, () => tickOfDaemon(idle)],
    ]),
  ];
}

async function echoOfC(mode: string): Promise<number[]> {
  const server = await startServer(join(buildFolder, 'tcp_echo'), String(SERVER_CPU), mode);
  try {
    const socket = await connectRaw(server.port);
    const tick = Buffer.alloc(136, 1);
    return await roundTrips(socket, { ...common, frames: [tick, tick], reply: null, answerSize: 0 });
  } finally {
    server.stop();
  }
}

async function echoOfUws(idle: Idle): Promise<number[]> {
  const entry = fileURLToPath(new URL('./echo-server.js', import.meta.url));
  const server = await startServer(process.execPath, entry, 'echo', idle, String(SERVER_CPU));
  const wire = await WireSocket.open(server.port, '');
  try {
    const payload = 100;
    const frame = clientFrameOf(payload);
    return await roundTrips(wire.handOver(), { ...common, frames: [frame, frame], reply: null, answerSize: payload });
  } finally {
    wire.close();
    server.stop();
  }
}

async function tickOfDaemon(idle: Idle): Promise<number[]> {
  const daemon = await LiveDaemon.start(idle, join(root, 'bench/strategies/tick-taker.ts'));
  try {
    const learned = await daemon.learn();
    const ticks: Ticks = { ...common, frames: daemon.ticks, ...learned };
    return await roundTrips(daemon.wire.handOver(), ticks);
  } finally {
    daemon.stop();
  }
}

function clientFrameOf(size: number): Buffer {
  return Buffer.concat([Buffer.from([0x82, 0x80 | size, 0, 0, 0, 0]), Buffer.alloc(size, 1)]);
}

/** Per contender and quantile, one sample a round, in µs. */
function figuresOf(trips: ReadonlyMap<string, number[][]>): Figure[] {
  return [...trips].flatMap(([name, rounds]) => QUANTILES.map(([label, share]) => (
    { name: `${name}: ${label}`, unit: 'µs', samples: rounds.map((samples) => quantile(samples, share) / 1000) })));
}

function ratiosOf(trips: ReadonlyMap<string, number[][]>): Ratio[] {
  const middle = (name: string, share: number): number =>
    quantile(trips.get(name)!.map((samples) => quantile(samples, share)), 0.5);
  const against = (name: string, peer: string, share: number): number => middle(name, share) / middle(peer, share);
  return [
    ...POLICIES.flatMap((idle) => [
      atMost(`${idle}: p50 ÷ uWS echo`, against(`tcxd, ${idle}`, `uWS echo, ${idle}`, 0.5), 1.3),
      atMost(`${idle}: p99 ÷ uWS echo`, against(`tcxd, ${idle}`, `uWS echo, ${idle}`, 0.99), 1.5),
    ]),
    atMost('spin: p50 ÷ blocking C echo', against('tcxd, spin', 'C echo, block', 0.5), 1),
  ];
}
