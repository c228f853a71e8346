// A gateway that is fed from a recording: the same session as a live one, no sockets, the recording's own time. Ends with
// the recording. Owns the order of start and end; the pace is the feed's.

import { messageOf } from './base/thrown.ts';
import { CaptureFeed } from './gateway/capture-feed.ts';
import { CaptureError } from './gateway/capture-reader.ts';
import { assertFeedable, openCaptureSource, type CaptureSource } from './gateway/capture-source.ts';
import { missingFrom } from './gateway/capture-report.ts';
import type { GatewaySettings } from './gateway/command-line.ts';
import { readGatewayConfiguration } from './gateway/configuration.ts';
import { ConfigurationError } from './configuration/problem.ts';
import { GatewayHost, type GatewayHostOptions } from './gateway/gateway-host.ts';
import type { GatewayLog } from './gateway/gateway-log.ts';
import type { MarketDesk } from './gateway/market/market-desk.ts';
import type { RawRecord } from './gateway/record/raw-format.ts';
import { UsageError } from './gateway/usage.ts';
import { VENUE_DEFAULTS, type RealVenueName } from './venue-defaults.ts';
import { composeVenue } from './venue-registry.ts';

export async function runCaptured(settings: GatewaySettings, options: GatewayHostOptions, ended: Promise<string>): Promise<void> {
  const { clock, log } = options;
  const name = settings.venue as RealVenueName;
  // A file that cannot be read is the operator's to mend before the daemon is troubled with a link.
  const source = openSource(settings.captureFile);
  const records = await firstRead(source);
  const { feed: session } = composeVenue(name, readConfiguration(settings.configFile, name), {
    id: settings.id, log, unixNs: () => clock.unixNs(), signer: null,
  });
  const feed: CaptureFeed = new CaptureFeed({
    speed: settings.speed, clock, session,
    ready: async () => {
      await host.whenStarted();
      await host.link.outbox.whenWritable();
    },
    enter: (call) => host.loop.enter(call),
  });
  const host: GatewayHost = new GatewayHost({ ...options, timeline: feed }, session);
  host.connectVenue({
    transmit: () => false, request: (request) => feed.request(request), redial: () => undefined, redact: () => undefined,
    beforeStart: () => undefined, started: () => undefined,
  });
  host.start();
  const run = feed.run(records);
  void ended.then((reason) => feed.stop(reason));
  try {
    await Promise.race([run, host.failure]);
    await host.link.outbox.whenWritable();
    tellResult('capture fed', feed, session.market, host, log);
  } catch (error) {
    if (error instanceof CaptureError) tellResult('capture fed in part', feed, session.market, host, log);
    throw error;
  } finally {
    feed.stop();
    await host.stop('the capture ended');
  }
}

function tellResult(what: string, feed: CaptureFeed, market: MarketDesk, host: GatewayHost, log: GatewayLog): void {
  const { frames, ignored, unasked, span, timeJumps } = feed.result();
  const problemKinds = [...market.problems.kinds()].map(([kind, count]) => `${kind} ${count}`).join(', ');
  log.info(what, {
    ...market.statistics, problems: market.problems.total, problemKinds,
    ...host.link.outbox.statistics, frames, ignored, unasked, spanMs: Math.round(span / 1e6), timeJumps,
  });
  for (const book of market.bookCounts()) {
    const missing = missingFrom(book);
    if (book.told === 0) log.warn('book not fed', { ...book, missing });
    else log.info('book fed', { ...book, missing });
  }
}

function readConfiguration(file: string, name: RealVenueName) {
  try {
    return readGatewayConfiguration(file, VENUE_DEFAULTS[name]);
  } catch (error) {
    throw error instanceof ConfigurationError ? new UsageError(error.message, { cause: error }) : error;
  }
}

function openSource(path: string): CaptureSource {
  try {
    const source = openCaptureSource(path);
    assertFeedable(source);
    return source;
  } catch (error) {
    throw new UsageError(messageOf(error), { cause: error });
  }
}

async function firstRead(source: CaptureSource): Promise<AsyncIterable<readonly RawRecord[]>> {
  const records = source.records();
  try {
    return prepend(await records.next(), records);
  } catch (error) {
    throw error instanceof CaptureError ? new UsageError(error.message, { cause: error }) : error;
  }
}

async function* prepend<T>(first: IteratorResult<T>, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}
