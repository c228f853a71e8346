// What the Kraken tests share: recordings, a Welcome for their instruments, and a feed that keeps its Events.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { addon } from '../../binding/addon.ts';
import type { VenueInstrument, VenueWelcome } from '../../event/venue-session.ts';
import { KeptOutput } from '../../gateway/market/frame-output.fixture.ts';
import type { Problem } from '../../gateway/market/problems.ts';
import { VenueFeed } from '../../gateway/venue-feed.ts';
import { KrakenMarket } from './market.ts';

/** The recordings lie beside the repository, never in it. */
export const RECORDINGS = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));
export const HAS_RECORDINGS = existsSync(RECORDINGS);
export const BTC_CAPTURE = 'captures/kraken-v2/btcusd-depth10-20260719.capture.gz';
export const MINA_CAPTURE = 'captures/kraken-v2/minagbp-depth25-resubscribe-20260818.capture.gz';

export interface RecordedFrame { readonly captureTime: bigint; readonly frame: string; readonly bytes: Uint8Array }

export function readRecording(name: string): RecordedFrame[] {
  const text = gunzipSync(readFileSync(RECORDINGS + name)).toString('utf8');
  return text.split('\n').filter((line) => line !== '').map((line) => {
    const space = line.indexOf(' ');
    const frame = line.slice(space + 1);
    return { captureTime: BigInt(line.slice(0, space)), frame, bytes: Buffer.from(frame) };
  });
}

export const BTC_USD: VenueInstrument = {
  instrument: 0, symbol: 'BTC/USD', base: 1, quote: 0, priceScale: 1, quantityScale: 8, tickSize: 1, lotSize: 1,
  minimumQuantity: 0, bookDepth: 10,
};
export const MINA_GBP: VenueInstrument = {
  instrument: 3, symbol: 'MINA/GBP', base: 3, quote: 2, priceScale: 4, quantityScale: 8, tickSize: 1, lotSize: 1,
  minimumQuantity: 0, bookDepth: 25,
};

export function welcomeFor(...instruments: VenueInstrument[]): VenueWelcome {
  return { sessionId: 's', sessionOrdinal: 1, venue: 2, instruments, currencies: [] };
}

interface Started {
  readonly feed: VenueFeed;
  readonly output: KeptOutput;
  readonly problems: Problem[];
}

export function krakenMarket(copies = 1): KrakenMarket {
  return new KrakenMarket({ createDecoder: addon.createMarketDecoder, copies });
}

/** With `copies` sockets, all of them open. */
export function startShared(copies: number, ...instruments: VenueInstrument[]): Started {
  const problems: Problem[] = [];
  const output = new KeptOutput();
  const feed = new VenueFeed({
    adapter: krakenMarket(copies), orders: null, onProblem: (problem) => problems.push(problem),
  });
  feed.start(welcomeFor(...instruments), output, 0);
  for (let copy = 0; copy < copies; copy += 1) feed.onOpen(0, copy, 0);
  return { feed, output, problems };
}

export function startFeed(...instruments: VenueInstrument[]): Started {
  return startShared(1, ...instruments);
}

/** Feeds a recording in its own time. */
export function feedRecording(feed: VenueFeed, frames: readonly RecordedFrame[]): void {
  const first = frames.find(({ captureTime }) => captureTime !== 0n)?.captureTime ?? 0n;
  let now = 0;
  for (const { bytes, captureTime } of frames) {
    if (captureTime !== 0n) now = Math.max(now, Number(captureTime - first));
    feed.advance(now);
    feed.onFrame(0, 0, bytes, captureTime, now);
  }
}
