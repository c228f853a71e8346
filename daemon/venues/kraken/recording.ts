// What the Kraken tests share: recordings, a Welcome for their instruments, and an output that keeps the Events.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { decodeEvent } from '../../event/decode.ts';
import { describeBody } from '../../event/describe.ts';
import type { EventValue } from '../../event/event-fields.ts';
import type { VenueInstrument, VenueOutput, VenueWelcome } from '../../event/venue-session.ts';
import { KrakenSession } from './session.ts';
import type { Problem } from './problems.ts';

/** The recordings lie beside the repository, never in it. */
export const RECORDINGS = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));
export const HAS_RECORDINGS = existsSync(RECORDINGS);
export const BTC_CAPTURE = 'captures/kraken-v2/btcusd-depth10-20260719.capture.gz';
export const MINA_CAPTURE = 'captures/kraken-v2/minagbp-depth25-resubscribe-20260818.capture.gz';

export interface RecordedFrame { readonly captureTime: bigint; readonly frame: string }

export function readRecording(name: string): RecordedFrame[] {
  const text = gunzipSync(readFileSync(RECORDINGS + name)).toString('utf8');
  return text.split('\n').filter((line) => line !== '').map((line) => {
    const space = line.indexOf(' ');
    return { captureTime: BigInt(line.slice(0, space)), frame: line.slice(space + 1) };
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

/** Keeps what a session says. */
export class RecordedOutput implements VenueOutput {
  readonly events: EventValue[] = [];
  readonly lines: string[] = [];
  readonly transmitted: string[] = [];
  readonly ends: string[] = [];

  emit(event: Uint8Array): void {
    const decoded = decodeEvent(event);
    if (!decoded.ok) throw new Error(decoded.error);
    this.events.push(decoded.value);
    this.lines.push(describeBody(event));
  }

  reconcileEnd(id: number, complete: boolean, message: string): void {
    this.ends.push(`${id} ${complete} ${message}`);
  }

  disconnect(): void {}

  transmit(frame: string | Uint8Array): void {
    this.transmitted.push(String(frame));
  }

  kinds(): string[] {
    return this.events.map((event) => event.name);
  }

  /** Everything said since the last call. */
  take(): string[] {
    return this.lines.splice(0);
  }
}

export interface Started {
  readonly session: KrakenSession;
  readonly output: RecordedOutput;
  readonly problems: Problem[];
}

export function startSession(...instruments: VenueInstrument[]): Started {
  const problems: Problem[] = [];
  const output = new RecordedOutput();
  const session = new KrakenSession({ onProblem: (problem) => problems.push(problem) });
  session.start(welcomeFor(...instruments), output, 0);
  session.onOpen(0);
  return { session, output, problems };
}

/** Feeds a recording in its own time. */
export function feedRecording(session: KrakenSession, frames: readonly RecordedFrame[]): void {
  const first = frames.find(({ captureTime }) => captureTime !== 0n)?.captureTime ?? 0n;
  let now = 0;
  for (const { frame, captureTime } of frames) {
    if (captureTime !== 0n) now = Math.max(now, Number(captureTime - first));
    session.advance(now);
    session.onFrame(frame, captureTime, now);
  }
}
