// One recording through decoder and desk, in this process: the Events are audited as they are said. No daemon, no link.

import type { FrameOutput } from '../../event/venue-session.ts';
import { BestPrices } from './best-prices.ts';
import { BookAudit } from './book-audit.ts';
import { feedTo, FedSession, welcomeFor } from './fed-session.ts';
import type { Recording } from './recordings.ts';
import { inPieces, recordsOf } from './sources.ts';

interface DeskRun {
  readonly session: FedSession;
  readonly audit: BookAudit;
  readonly frames: number;
  /** The gateway's copies when all was fed: pairs of both sides, by instrument. */
  readonly copies: readonly Sides[];
}

/** Bids and asks as flat pairs, best first. */
export type Sides = readonly [readonly number[], readonly number[]];

const IMMEDIATELY = Promise.resolve();

interface DeskRunOptions {
  /** Several: sockets of one feed. */
  readonly files?: readonly string[];
  /** Index of the file whose socket dies half way. */
  readonly cut?: number;
  readonly framesMax?: number;
}

export async function runDesk(recording: Recording, options: DeskRunOptions = {}): Promise<DeskRun> {
  const { files = recording.files, cut = -1, framesMax = Infinity } = options;
  const audit = new BookAudit(recording.instruments, await BestPrices.read(recording, framesMax));
  const session = new FedSession(recording, files.length, (event) => {
    audit.memory.load(event);
    audit.seen();
  });
  const feed = feedTo(session, () => IMMEDIATELY, (call) => call());
  const output: FrameOutput = {
    emit: () => undefined, reconcileEnd: () => undefined, disconnect: () => undefined, transmit: () => true,
    request: (request) => feed.request(request), redial: () => undefined, redact: () => undefined,
  };
  session.start(welcomeFor(recording), output, 0);
  let copies: readonly Sides[] = [];
  const records = await recordsOf(files, cut, framesMax);
  const { frames } = await feed.run(inPieces(records, async () => { copies = copiesOf(session, recording); }));
  return { session, audit, frames, copies };
}

export function copiesOf({ counted }: FedSession, { instruments }: Recording): Sides[] {
  return instruments.map((_, index): Sides => {
    const copy = counted.copies[index];
    return copy === undefined ? [[], []] : [copy.bids.pairs(), copy.asks.pairs()];
  });
}
