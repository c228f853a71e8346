// The simulated Venue as a process keeps it: its state in a file, so that accounts and Orders survive a restart, and the
// wire log in another. Written at intervals, or before any report of a change leaves: then even `kill -9` makes this Venue
// forget nothing it has told. Adds nothing to what the Venue does.

import { accessSync, appendFileSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import { describeFailure } from './base/system-failure.ts';
import type { DispatchedCommand, VenueOutput, VenueSession, VenueWelcome } from './event/venue-session.ts';
import { writeState } from './gateway/state-file.ts';
import { UsageError } from './gateway/usage.ts';
import type { SimVenue } from './venues/sim/sim.ts';

interface KeptSimOptions {
  /** Paths; '' for none. */
  readonly stateFile: string;
  readonly wireLogFile: string;
  /** State is in the file before a report of it leaves; else it follows within `STATE_INTERVAL_MS`. */
  readonly stateSync: boolean;
}

/** How often a changed Venue is written to its state file. */
const STATE_INTERVAL_MS = 1000;

export class KeptSim implements VenueSession {
  readonly venue: SimVenue;
  private readonly options: KeptSimOptions;
  private readonly interval: NodeJS.Timeout;
  private saved: number;

  /** Throws a UsageError where a file cannot be written: later there is nobody to be told. */
  constructor(venue: SimVenue, options: KeptSimOptions) {
    checkFiles(options);
    this.venue = venue;
    this.options = options;
    this.saved = venue.revision;
    this.interval = setInterval(() => this.saveChanges(), STATE_INTERVAL_MS);
  }

  /** What is left to write; the Venue is not to be called again. */
  close(): void {
    clearInterval(this.interval);
    this.keepWireLog();
    this.save();
  }

  start(welcome: VenueWelcome, output: VenueOutput, now: number): void {
    this.venue.start(welcome, this.options.stateSync ? this.savingBefore(output) : output, now);
  }

  stop(now: number): void {
    this.venue.stop(now);
  }

  onDispatch(command: DispatchedCommand, now: number): void {
    this.venue.onDispatch(command, now);
    this.keepWireLog();
  }

  onStatusQuery(orderId: number, venueOrderId: string, now: number): void {
    this.venue.onStatusQuery(orderId, venueOrderId, now);
  }

  onMassCancel(reason: string, now: number): void {
    this.venue.onMassCancel(reason, now);
    this.keepWireLog();
  }

  onSnapshotRequest(instrument: number, now: number): void {
    this.venue.onSnapshotRequest(instrument, now);
  }

  onReconcileRequest(id: number, orderIds: readonly number[], since: bigint, now: number): void {
    this.venue.onReconcileRequest(id, orderIds, since, now);
  }

  advance(now: number): number {
    return this.venue.advance(now);
  }

  private savingBefore(output: VenueOutput): VenueOutput {
    return {
      emit: (event) => { this.saveChanges(); output.emit(event); },
      reconcileEnd: (id, complete, message) => { this.saveChanges(); output.reconcileEnd(id, complete, message); },
      disconnect: (milliseconds, reason) => output.disconnect(milliseconds, reason),
    };
  }

  private saveChanges(): void {
    if (this.saved !== this.venue.revision) this.save();
  }

  private save(): void {
    this.saved = this.venue.revision;
    if (this.options.stateFile !== '') writeState(this.options.stateFile, this.venue.snapshot());
  }

  private keepWireLog(): void {
    const lines = this.venue.audit().takeLines();
    if (lines.length > 0 && this.options.wireLogFile !== '') appendFileSync(this.options.wireLogFile, `${lines.join('\n')}\n`);
  }
}

function checkFiles({ stateFile, wireLogFile }: KeptSimOptions): void {
  if (stateFile !== '') {
    // It is written beside its place and renamed.
    attempt(`--state ${stateFile}`, 'a folder', () => accessSync(dirname(stateFile), constants.W_OK | constants.X_OK));
  }
  if (wireLogFile !== '') attempt(`--wire-log ${wireLogFile}`, 'a file', () => appendFileSync(wireLogFile, ''));
}

function attempt(where: string, expected: string, step: () => void): void {
  try {
    step();
  } catch (error) {
    throw new UsageError(`${where}: ${describeFailure(error)}; expected ${expected} that this user may write to`, { cause: error });
  }
}
