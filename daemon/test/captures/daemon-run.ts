// One recording through decoder, desk and the real link into a real tcxd: what its books are, asked over its admin socket
// and read back from its journal, against the gateway's own copies; then the replay of that journal. Owns the daemon.

import { join } from 'node:path';
import { addon } from '../../binding/addon.ts';
import { formatDecimal } from '../../base/decimal.ts';
import { BOOK_LEVELS_MAX } from '../../event/market-adapter.ts';
import type { BookReport } from '../../event/operator-port.ts';
import { systemClock } from '../../gateway/clock.ts';
import { GatewayHost } from '../../gateway/gateway-host.ts';
import { SILENT_LOG } from '../../gateway/gateway-log.ts';
import { readToken } from '../../gateway/token-file.ts';
import { journalPaths } from '../journal-contents.ts';
import { PaperRig } from '../paper-rig.ts';
import type { Layer } from '../paper-configuration.ts';
import { replayIdentical } from '../replay-check.ts';
import { until } from '../until.ts';
import { BestPrices } from './best-prices.ts';
import { BookAudit } from './book-audit.ts';
import { copiesOf, type Sides } from './desk-run.ts';
import { FedSession, feedTo } from './fed-session.ts';
import type { RecordedInstrument, Recording } from './recordings.ts';
import { inPieces, recordsOf } from './sources.ts';

export interface DaemonRun {
  readonly session: FedSession;
  /** Of the daemon's journal. */
  readonly audit: BookAudit;
  readonly frames: number;
  readonly copies: readonly Sides[];
  /** Instruments whose book the daemon, asked, did not show as the gateway had it. */
  readonly differing: readonly string[];
  /** Market Events that the link shed: none may be. */
  readonly shed: number;
  /** Inputs of the replay that ended identical. */
  readonly replayed: number;
}

/** The most levels a side that the admin socket shows. */
const SHOWN_LEVELS = 1000;

export async function runDaemon(recording: Recording, files = recording.files, cut = -1): Promise<DaemonRun> {
  const rig = await PaperRig.create({ configuration: configurationFor(recording) });
  return rig.enclose(`npm run verify:captures -- "${recording.name}"`, async () => {
    rig.startDaemon();
    await rig.answering();
    const fed = await feedDaemon(rig, recording, files, cut);
    rig.daemon?.kill('SIGTERM');
    const ended = await rig.daemon?.ended;
    if (ended?.code !== 0) throw new Error(`tcxd ended with ${ended?.code ?? ended?.signal}`);
    const [journal] = journalPaths(rig.dataDir);
    const audit = auditOf(journal!, recording, await BestPrices.read(recording));
    const { inputs } = await replayIdentical(journal!);
    return { ...fed, audit, replayed: inputs };
  });
}

type Fed = Omit<DaemonRun, 'audit' | 'replayed'>;

async function feedDaemon(rig: PaperRig, recording: Recording, files: readonly string[], cut: number): Promise<Fed> {
  const session = new FedSession(recording, files.length, () => undefined);
  const feed = feedTo(session, async () => {
    await host.whenStarted();
    await host.link.outbox.whenWritable();
  }, (call) => host.enter(call));
  const host: GatewayHost = new GatewayHost({
    url: `ws://127.0.0.1:${rig.port}`, venue: recording.venue, token: readToken(join(rig.dataDir, 'link.token')),
    build: 'verify', clock: systemClock(), random: Math.random, log: SILENT_LOG, timeline: feed,
  }, session);
  host.connectVenue({
    transmit: () => true, request: (request) => feed.request(request), redial: () => undefined, redact: () => undefined,
    beforeStart: () => undefined, started: () => undefined,
  });
  let copies: readonly Sides[] = [];
  let differing: readonly string[] = [];
  const atEnd = async (): Promise<void> => {
    copies = copiesOf(session, recording);
    differing = await differingBooks(rig, recording, session, copies);
  };
  try {
    const records = await recordsOf(files, cut);
    host.start();
    const { frames } = await Promise.race([feed.run(inPieces(records, atEnd)), host.failure]);
    return { session, copies, differing, frames, shed: host.link.outbox.statistics.shed };
  } finally {
    await host.stop('the recording ended');
  }
}

/** Once the daemon has applied everything that was said. */
async function differingBooks(
  rig: PaperRig, { instruments }: Recording, session: FedSession, copies: readonly Sides[],
): Promise<string[]> {
  const differing: string[] = [];
  for (const [index, instrument] of instruments.entries()) {
    const shown = await until(`${instrument.symbol} with ${session.updates[index]} updates`, async () => {
      const book = (await rig.get(`/book/${instrument.id}?depth=${SHOWN_LEVELS}`)).json as BookReport;
      return book.updates >= session.updates[index]! ? book : null;
    }, { details: () => rig.describe() });
    const same = [shown.bids, shown.asks].every((side, number) => (
      JSON.stringify(side) === JSON.stringify(spelled(copies[index]![number as 0 | 1], instrument))));
    if (!same || shown.updates !== session.updates[index]) differing.push(instrument.symbol);
  }
  return differing;
}

/** As the admin socket shows levels. */
function spelled(pairs: readonly number[], { priceScale, quantityScale }: RecordedInstrument): string[][] {
  const levels: string[][] = [];
  for (let i = 0; i < Math.min(pairs.length, 2 * SHOWN_LEVELS); i += 2) {
    levels.push([formatDecimal(pairs[i]!, priceScale), formatDecimal(pairs[i + 1]!, quantityScale)]);
  }
  return levels;
}

/** Everything the daemon recorded, through the daemon's books. */
function auditOf(journal: string, recording: Recording, best: BestPrices): BookAudit {
  const audit = new BookAudit(recording.instruments, best);
  const reader = addon.openReader(audit.memory, journal);
  try {
    while (reader.next() > 0) audit.seen();
  } finally {
    reader.close();
  }
  return audit;
}

/** Nothing is traded: the daemon keeps books and a journal. */
function configurationFor({ venue, instruments }: Recording): Layer {
  return {
    venues: [{ id: venue }],
    currencies: [{ symbol: 'BASE', scale: 8 }, { symbol: 'USD', scale: 8 }],
    strategies: [],
    instruments: instruments.map(({ id, symbol, priceScale, quantityScale, bookDepth }) => ({
      id, symbol, venue, base: 'BASE', quote: 'USD', priceScale, quantityScale, tickSize: formatDecimal(1, priceScale),
      lotSize: formatDecimal(1, quantityScale), bookDepth, bookLevelsMax: BOOK_LEVELS_MAX, feedRequired: false, staleAfter: '0s',
    })),
  };
}
