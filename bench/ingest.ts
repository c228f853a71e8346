// Link frames a second: received, verified, journaled and booked by tcxd, against a bare uWebSockets.js server that counts
// the same frames from the same client.

import { fileURLToPath } from 'node:url';
import { atLeast, type Bench, mustEqual, median } from './harness.ts';
import { LiveDaemon } from './live-daemon.ts';
import { SERVER_CPU, startServer, textFrame, WireSocket } from './wire.ts';

const FRAMES = 300_000;
const ROUNDS = 7;
/** Frames per write: the client must cost little beside the server. */
const BATCH = 1000;

export const ingest: Bench = {
  name: 'ingest',
  question: 'link frames a second through uWebSockets.js, verification, journal and book',
  loop: 'closed',
  async run() {
    const daemon = await LiveDaemon.start('block', 'builtin:observer');
    const entry = fileURLToPath(new URL('./echo-server.js', import.meta.url));
    const server = await startServer(process.execPath, entry, 'count', 'block', String(SERVER_CPU));
    const bare = await WireSocket.open(server.port, '');
    const ours: number[] = [];
    const peers: number[] = [];
    try {
      const batch = Buffer.concat(Array.from({ length: BATCH }, (_, i) => daemon.ticks[i % 2]!));
      for (let round = -2; round < ROUNDS; round += 1) {
        const rate = await rateOfDaemon(daemon, batch);
        const peer = await rateOfCounter(bare, batch);
        if (round < 0) continue;
        ours.push(rate);
        peers.push(peer);
      }
    } finally {
      bare.close();
      server.stop();
      daemon.stop();
    }
    const figures = [
      { name: 'tcxd', unit: 'frames/s', samples: ours }, { name: 'bare uWebSockets.js counter', unit: 'frames/s', samples: peers },
    ];
    const share = (median(figures[0]!) / median(figures[1]!)) * 100;
    return { figures, ratios: [atLeast('share of the bare server', share, 60, ' %')], notes: [] };
  },
};

async function rateOfDaemon(daemon: LiveDaemon, batch: Buffer): Promise<number> {
  const { position } = await daemon.status();
  const begin = process.hrtime.bigint();
  await pump(daemon.wire, batch);
  await daemon.wire.settled();
  const rate = perSecond(begin);
  const recorded = (await daemon.status()).position - position;
  if (recorded < FRAMES) throw new Error(`bench: ${recorded} of ${FRAMES} frames are in the journal`);
  return rate;
}

async function rateOfCounter(bare: WireSocket, batch: Buffer): Promise<number> {
  const before = await counted(bare);
  const begin = process.hrtime.bigint();
  await pump(bare, batch);
  const after = await counted(bare);
  mustEqual('frames counted', after - before, FRAMES);
  return perSecond(begin);
}

async function counted(bare: WireSocket): Promise<number> {
  bare.socket.write(textFrame('?'));
  return Number(Buffer.from(await bare.receive()).toString());
}

/** Writes until the kernel has taken everything. */
async function pump({ socket }: WireSocket, batch: Buffer): Promise<void> {
  for (let sent = 0; sent < FRAMES; sent += BATCH) {
    if (!socket.write(batch)) await new Promise<void>((resolve) => socket.once('drain', resolve));
  }
}

function perSecond(begin: bigint): number {
  return FRAMES / (Number(process.hrtime.bigint() - begin) / 1e9);
}

