// `record`: what recording a frame costs the thread that received it, against fs.writeSync of the same frame on that
// thread, which is what a recorder without a buffer would do. The writer runs as it does in a gateway.

import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { SILENT_LOG } from '../daemon/gateway/gateway-log.ts';
import { Direction } from '../daemon/gateway/recorder.ts';
import { Recording } from '../daemon/gateway/record/recording.ts';
import { atLeast, type Bench, buildFolder, compare, figureNamed, median, mustEqual, type Figure } from './harness.ts';

/** Frames a round: shorter than a time slice of the scheduler. */
const BATCH = 1000;
const ROUNDS = 101;
/** A Binance depth update, a Kraken book update and a snapshot. */
const SIZES = [250, 2000, 100_000] as const;
const BUFFER_SIZE = 1 << 25;
const T0 = 1_795_359_600_000_000_000n;

export const record: Bench = {
  name: 'record',
  question: 'a recorded frame, on the thread that received it',
  loop: 'closed',
  async run() {
    const folder = join(buildFolder, 'recordings');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const figures: Figure[] = [];
    for (const size of SIZES) figures.push(...await measure(folder, size));
    const of = (name: string): number => median(figureNamed(figures, name));
    rmSync(folder, { recursive: true, force: true });
    return {
      figures,
      ratios: SIZES.map((size) => {
        const ratio = of(`fs.writeSync, ${size} bytes`) / of(`record, ${size} bytes`);
        return atLeast(`fs.writeSync / record, ${size} bytes`, ratio, size > 10_000 ? 1 : 3);
      }),
      notes: [
        'record: copy into the ring, with Capture Time, sequence and socket; checksums and files are the worker\'s',
        'both survive the death of the process alike: fs.writeSync at once, record after 5 ms at most',
      ],
    };
  },
};

async function measure(folder: string, size: number): Promise<Figure[]> {
  const batch = size > 10_000 ? BATCH / 20 : BATCH;
  const recording = new Recording({
    directory: folder, venue: `bench-${size}`, windowSeconds: 86_400, bufferSize: BUFFER_SIZE, syncIntervalMs: 1000, build: 'bench',
    redaction: { register: () => undefined, bytes: (bytes) => bytes }, log: SILENT_LOG,
  });
  await recording.start();
  const plan = {
    name: 'public', url: 'wss://bench', isPrivate: false, copies: 1, silenceNs: 1e9, keepAlive: '', keepAliveNs: 1e9, lifetimeNs: Infinity,
  };
  const socket = recording.opened(plan, 0, T0);
  const frame = Buffer.alloc(size, 0x5a);
  const file = openSync(join(folder, 'write-sync.bin'), 'w');
  let time = T0;
  const figures = compare([
    { name: `record, ${size} bytes`, operations: batch, prepare: () => waitForRoom(recording),
      body: () => { for (let i = 0; i < batch; i += 1) recording.frame(socket, Direction.In, frame, time += 1n); } },
    { name: `fs.writeSync, ${size} bytes`, operations: batch,
      body: () => { for (let i = 0; i < batch; i += 1) writeSync(file, frame); } },
  ], ROUNDS, 10);
  closeSync(file);
  await recording.stop();
  const { frames, framesDropped, recordsWritten } = recording.statistics();
  mustEqual('frames dropped', framesDropped, 0);
  mustEqual('records written', recordsWritten, frames + 2);
  return figures;
}

/** A Venue pauses; a loop does not. Untimed. */
function waitForRoom(recording: Recording): void {
  const never = new Int32Array(new SharedArrayBuffer(4));
  while (recording.statistics().bufferUsed > BUFFER_SIZE / 4) Atomics.wait(never, 0, 0, 1);
}
