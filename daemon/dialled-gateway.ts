// A gateway that dials its Venue, put together: settings, credentials, recording, session, sockets, metrics. Behind a
// daemon's link, or without one (`--record-only`). Owns the order in which they start and, above all, end: orders first,
// then the link, the sockets, and the recording last, sealed.

import { readFileSync } from 'node:fs';
import { describeFailure } from './base/system-failure.ts';
import { addon } from './binding/addon.ts';
import { ConfigurationError } from './configuration/problem.ts';
import type { Signer } from './event/order-adapter.ts';
import type { GatewaySettings } from './gateway/command-line.ts';
import { readGatewayConfiguration, type GatewayConfiguration } from './gateway/configuration.ts';
import { readSigner } from './gateway/credentials.ts';
import { DialledVenue } from './gateway/dial/dialled-venue.ts';
import { trustIn, type Trust } from './gateway/dial/trust.ts';
import { GatewayHost, type GatewayHostOptions } from './gateway/gateway-host.ts';
import type { GatewayFacts, RecordingFacts } from './gateway/observe/metric-table.ts';
import { MetricsServer } from './gateway/observe/metrics-server.ts';
import { NO_RECORDER } from './gateway/recorder.ts';
import { RecordOnlyHost } from './gateway/record-only-host.ts';
import { Recording, RecordingError } from './gateway/record/recording.ts';
import type { Redactor } from './gateway/redaction.ts';
import { UsageError } from './gateway/usage.ts';
import { describeBuild, readBuildInfo } from './runtime/build-info.ts';
import { VENUE_DEFAULTS, type RealVenueName } from './venue-defaults.ts';
import { composeVenue, type ComposedVenue } from './venue-registry.ts';

interface DialledGatewayOptions extends GatewayHostOptions {
  readonly settings: GatewaySettings;
  readonly redactor: Redactor;
  /** Resolves with the reason when the gateway is asked to end. */
  readonly ended: Promise<string>;
}

/** How long answers and cancellations are waited for at the end. */
const LAST_ANSWERS_MS = 2_000;
const LAST_ANSWERS_EVERY_MS = 20;
const SYNC_INTERVAL_MS = 1_000;

export async function runDialled(options: DialledGatewayOptions): Promise<void> {
  const { settings, log, redactor } = options;
  const name = settings.venue as RealVenueName;
  const configuration = readConfiguration(settings, name);
  const trust = readTrust(configuration);
  const signer = readCredentials(configuration, redactor, options);
  const recording = openRecording(configuration, options);
  const venue = composeVenue(name, configuration, {
    id: settings.id, log, unixNs: () => options.clock.unixNs(), signer, redactor,
  });
  await recording?.start();
  const gateway = new DialledGateway(options, configuration, venue, recording, trust);
  try {
    await gateway.run();
  } finally {
    await gateway.stop();
  }
}

class DialledGateway {
  private readonly options: DialledGatewayOptions;
  private readonly configuration: GatewayConfiguration;
  private readonly composed: ComposedVenue;
  private readonly recording: Recording | null;
  /** Exactly one of both. */
  private readonly host: GatewayHost | null;
  private readonly recorder: RecordOnlyHost | null;
  private readonly venue: DialledVenue;
  private metrics: MetricsServer | null = null;

  constructor(
    options: DialledGatewayOptions, configuration: GatewayConfiguration, composed: ComposedVenue, recording: Recording | null,
    trust: Trust,
  ) {
    this.options = options;
    this.configuration = configuration;
    this.composed = composed;
    this.recording = recording;
    const isAlone = options.settings.mode === 'record';
    this.host = isAlone ? null : new GatewayHost({ ...options, ...aloneAfter(configuration) }, composed.feed);
    this.recorder = isAlone ? new RecordOnlyHost(options, composed.feed) : null;
    const host = this.host ?? this.recorder!;
    this.venue = this.createVenue(trust, host.loop);
    host.connectVenue(this.venue);
  }

  async run(): Promise<void> {
    const { ended, log } = this.options;
    await this.listen();
    this.host?.start();
    this.recorder?.start({
      sessionId: 'record-only', sessionOrdinal: 0, venue: 0, instruments: this.configuration.instruments,
      currencies: this.configuration.currencies,
    });
    const reason = await Promise.race([ended, (this.host ?? this.recorder!).failure]).catch((error: unknown) => {
      throw this.refusalOf(error);
    });
    log.info('ending', { reason });
  }

  /** Without a daemon the instruments are the file's: what a Venue's part finds out of range there is the operator's to mend. */
  private refusalOf(error: unknown): unknown {
    if (this.recorder === null || !(error instanceof Error && error.cause instanceof RangeError)) return error;
    return new UsageError(`--config ${this.options.settings.configFile}: instruments: ${error.message}`, { cause: error });
  }

  /** Every part is given its time and none may keep the others from ending. */
  async stop(): Promise<void> {
    const { log } = this.options;
    const reason = 'the gateway ends';
    await this.endOrders();
    await this.host?.stop(reason);
    this.recorder?.stop();
    await this.venue.stop(reason);
    await this.recording?.stop();
    await this.metrics?.stop();
    const { market, problems, orders, http } = this.facts();
    log.info('what this gateway saw', {
      ...market, problems: [...problems.values()].reduce((sum, count) => sum + count, 0), httpRequests: http.requests,
      ...(orders ?? {}), ...(this.recording === null ? {} : { framesDropped: this.recordingFacts(this.recording).droppedTotal }),
    });
  }

  /** The Venue's dead-man switch is taken back, or what is live cancelled, while answers can still be told. */
  private async endOrders(): Promise<void> {
    const { desk } = this.composed;
    if (desk === null) return;
    const { loop } = this.host ?? this.recorder!;
    const isToBeCancelled = this.configuration.orders?.onDaemonLoss === 'cancel';
    const isDone = (): boolean => desk.requests.list().length === 0 && !(isToBeCancelled && desk.table.live().length > 0);
    loop.tell(() => desk.end(loop.now()));
    for (let waitedMs = 0; waitedMs < LAST_ANSWERS_MS && !isDone(); waitedMs += LAST_ANSWERS_EVERY_MS) {
      await new Promise<void>((resolve) => this.options.clock.after(LAST_ANSWERS_EVERY_MS, resolve));
    }
  }

  private createVenue(trust: Trust, loop: GatewayHost['loop']): DialledVenue {
    const { clock, log, random, redactor, build } = this.options;
    const { dial, http, endpoints } = this.configuration;
    const recorder = this.recording ?? NO_RECORDER;
    return new DialledVenue({
      recorder, redactor, dial: { trust, limits: dial, clock, random, recorder, log },
      http: { baseUrl: endpoints['http']!, trust, limits: http, clock, recorder, agent: `tcx/${build}` },
    }, this.composed.feed, loop);
  }

  private async listen(): Promise<void> {
    const { observe } = this.configuration;
    if (observe.port === null) return;
    try {
      this.metrics = await MetricsServer.listen(observe.host, observe.port, this.options.settings.id, () => this.facts());
    } catch (error) {
      throw new UsageError(`observe: ${observe.host}:${observe.port}: ${(error as Error).message}; expected an address of this `
        + 'machine that is free', { cause: error });
    }
    this.options.log.info('metrics', { host: observe.host, port: this.metrics.port });
  }

  private facts(): GatewayFacts {
    const { host, venue, recording } = this;
    const { feed, desk } = this.composed;
    return {
      link: host === null ? null : {
        isUp: host.link.linked, waitingBytes: host.link.outbox.waitingBytes, outbox: host.link.outbox.statistics,
      },
      sockets: venue.dialler.sockets(), connections: venue.dialler.statistics, http: venue.http.statistics,
      market: { ...feed.market.statistics }, problems: new Map([...feed.market.problems.kinds(), ...(desk?.problems ?? [])]),
      orders: desk === null ? null : { ...desk.statistics },
      outstandingRequests: desk?.requests.list().length ?? 0, recording: recording === null ? null : this.recordingFacts(recording),
      residentBytes: process.memoryUsage.rss(),
    };
  }

  private recordingFacts(recording: Recording): RecordingFacts {
    const given = recording.statistics();
    const { frames, bytes, bytesDropped, holes, recordsWritten, recordsSynced, bytesWritten, windowsRecovered } = given;
    const { writeErrors, sealErrors, workerRestarts } = given;
    return {
      counts: {
        frames, bytes, bytesDropped, holes, recordsWritten, recordsSynced, bytesWritten, windowsRecovered, writeErrors, sealErrors,
        workerRestarts,
      },
      bufferUsedBytes: given.bufferUsed, bufferPeakBytes: given.bufferUsedMax, bufferSizeBytes: given.bufferSize,
      droppedTotal: given.framesDropped, flushLagSeconds: given.flushLagNs / 1e9, windowsSealedTotal: given.windowsSealed,
      windowsWaiting: given.windowsWaiting,
    };
  }
}

/** Orders that are not to live without a daemon do not wait for one: an earlier life of this gateway may have left some. */
function aloneAfter({ orders }: GatewayConfiguration): Pick<GatewayHostOptions, 'aloneAfterMs'> {
  return orders?.onDaemonLoss === 'cancel' ? { aloneAfterMs: orders.daemonLossGraceNs / 1e6 } : {};
}

// ── what has to be usable before anything is dialled ────────────────────────────────────────────
function readConfiguration({ configFile, mode }: GatewaySettings, name: RealVenueName): GatewayConfiguration {
  const configuration = usable(() => readGatewayConfiguration(configFile, VENUE_DEFAULTS[name]));
  if (mode !== 'record') return configuration;
  if (configuration.record === null) {
    throw new UsageError(`--config ${configFile}: record is missing: expected a group with the directory to record to`);
  }
  if (configuration.instruments.length === 0) {
    throw new UsageError(`--config ${configFile}: instruments is empty: expected what --record-only is to record`);
  }
  return configuration;
}

function readTrust({ caFile }: GatewayConfiguration): Trust {
  if (caFile === '') return {};
  try {
    return trustIn(readFileSync(caFile, 'utf8'));
  } catch (error) {
    throw new UsageError(`tls.ca ${caFile}: ${describeFailure(error)}; expected a PEM file, readable by this user, with the `
      + 'certificates to trust besides the system\'s; correct tls.ca, or leave it out to trust those alone', { cause: error });
  }
}

function readCredentials(
  { credentials, orders }: GatewayConfiguration, redactor: Redactor, { log }: DialledGatewayOptions,
): Signer | null {
  if (credentials === null || orders === null) return null;
  const status = addon.thread.disableCoreDump();
  if (status < 0) log.warn('core dumps of this process could not be forbidden', { status });
  return readSigner(credentials, {
    redactor, credentialsDirectory: process.env['CREDENTIALS_DIRECTORY'] ?? '', user: process.geteuid?.() ?? 0,
  });
}

function openRecording({ record }: GatewayConfiguration, options: DialledGatewayOptions): Recording | null {
  if (record === null) return null;
  const { settings, redactor, log } = options;
  return usable(() => new Recording({
    directory: record.directory, venue: settings.id, windowSeconds: record.windowNs / 1e9, bufferSize: record.bufferSize,
    syncIntervalMs: SYNC_INTERVAL_MS, build: describeBuild(readBuildInfo()), redaction: redactor, log,
  }));
}

/** What an operator has to mend ends with exit code 2. */
function usable<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof ConfigurationError || error instanceof RecordingError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}
