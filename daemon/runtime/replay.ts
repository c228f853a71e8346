// Re-runs the Core over a journal's inputs and compares every outcome it derives with the recorded one, byte for byte, State
// digests included. No network, no clock, no Venue. `fold` instead applies the recorded outcomes without running a
// Strategy and must reach the same digests. Never writes to the journal it reads.

import { accessSync, constants, lstatSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { performance } from 'node:perf_hooks';
import { describeFailure } from '../base/system-failure.ts';
import type { Addon, NativeEvent, NativeReader, NativeReplay, SchemaPolicy } from '../binding/addon.ts';
import type { CoreConfig } from '../core/config.ts';
import type { Core } from '../core/core.ts';
import { SinkError } from '../core/outcomes.ts';
import { compareEvents } from '../event/describe.ts';
import type { EventDifference } from '../event/describe.ts';
import type { SessionStartedFields } from '../event/event-fields.ts';
import { Slot, Status } from '../event/generated/view_generated.ts';
import { Kind, RecordClass } from '../event/kinds.ts';
import { parseRecord } from '../event/record-bytes.ts';
import type { BuildInfo } from './build-info.ts';
import { contentDifferences, listDifferences } from './content-check.ts';
import { createCoreHost, fieldsOf } from './core-host.ts';
import type { DecodeConfiguration } from './core-host.ts';
import type { LoadedStrategy } from './strategy-loader.ts';
import { UnusableInput } from './unusable.ts';

export interface ReplayOptions {
  readonly addon: Addon;
  readonly path: string;
  /** Path of the re-derived journal; '' for none. */
  readonly output: string;
  /** Last position to take in; Infinity: all. */
  readonly until: number;
  readonly mode: 'replay' | 'fold';
  readonly allowDifferentBuild: boolean;
  readonly build: BuildInfo;
  readonly decodeConfiguration: DecodeConfiguration;
  readonly loadStrategy: (module: string) => Promise<LoadedStrategy>;
}

/** Where the journal and the Core first disagree. */
interface Divergence extends EventDifference {
  readonly position: number;
  /** Name of the recorded kind, or of the derived one when nothing is recorded there. */
  readonly kind: string;
}

export interface ReplayResult {
  readonly verdict: 'identical' | 'divergent' | 'damaged';
  readonly started: SessionStartedFields;
  /** Last position taken in. */
  readonly position: number;
  readonly inputs: number;
  readonly countByKind: ReadonlyMap<string, number>;
  readonly seconds: number;
  /** Digest of State at the end, 32 hexadecimal digits. */
  readonly digest: string;
  readonly positions: readonly PositionLine[];
  readonly divergence: Divergence | null;
  /** What is not a difference and still worth knowing: a torn tail, a step cut by a crash, a build that was allowed. */
  readonly notes: readonly string[];
  /** What damage ended the reading; '' when none. */
  readonly damage: string;
}

interface PositionLine {
  readonly instrument: string;
  readonly quantity: number;
  readonly quantityScale: number;
  readonly fills: number;
}

interface Run {
  readonly core: Core;
  readonly event: NativeEvent;
  readonly reader: NativeReader;
  readonly counts: Float64Array;
  inputs: number;
}

interface End {
  readonly verdict: ReplayResult['verdict'];
  readonly divergence: Divergence | null;
  readonly notes: string[];
  readonly damage: string;
}

const KIND_COUNT = Kind.StateDigest + 1;

export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  checkOutput(options.output);
  const { started, notes, strategies } = await examine(options);
  const event = options.addon.createEvent();
  const config = decodeRecorded(options, started);
  const host = (sink: { appendOutcome(): number }) => createCoreHost({
    addon: options.addon, event, config, strategies: strategies.map((loaded) => loaded.strategy), sink,
    decodeConfiguration: options.decodeConfiguration,
  });
  if (options.mode === 'fold') {
    const reader = options.addon.openReader(event, options.path, schemaPolicy(options));
    const { core } = host({ appendOutcome: () => Status.Unsupported });
    const run = { core, event, reader, counts: new Float64Array(KIND_COUNT), inputs: 0 };
    return finish(run, started, notes, options, foldAll, () => reader.close());
  }
  const source = options.addon.openReplay(event, options.path, options.output, schemaPolicy(options));
  const counts = new Float64Array(KIND_COUNT);
  const { core } = host(new CountingSink(source, event.outcome, counts));
  const run = { core, event, reader: source.reader, counts, inputs: 0 };
  return withoutHalfAnOutput(options, () => finish(
    run, started, notes, options, (going, until) => replayAll(going, source, until), () => closeSource(source, options)));
}

/** The re-derived journal could not be written to its end. */
class OutputError extends Error {
  constructor(status: number) {
    super(status === Status.NoSpace ? 'no space left on its disk' : Status[status] ?? String(status));
  }
}

function closeSource(source: NativeReplay, { output }: ReplayOptions): void {
  const status = source.close();
  if (status < 0 && output !== '') throw new OutputError(status);
}

/** Before anything is read: a long replay must not end on a name that was never free. */
function checkOutput(output: string): void {
  if (output === '') return;
  let isTaken: boolean;
  try {
    isTaken = lstatSync(output, { throwIfNoEntry: false }) !== undefined;
    accessSync(dirname(output), constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new UnusableInput(`--output ${output}: ${describeFailure(error)}; expected a new file in a folder that this user may `
      + 'write to', { cause: error });
  }
  if (!isTaken) return;
  throw new UnusableInput(`--output ${output}: found something there, expected a new file: nothing is overwritten; `
    + 'remove it or choose another name');
}

/** A re-derived journal is whole, or not there. */
function withoutHalfAnOutput<T>({ output }: ReplayOptions, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof OutputError)) throw error;
    rmSync(output, { force: true });
    throw new Error(`${output} cannot be written: ${error.message}; it was removed: free space, or choose another place with --output`);
  }
}

/** Reads what the journal pins and refuses to run other code over it, naming each difference. */
async function examine(options: ReplayOptions): Promise<{
  started: SessionStartedFields; notes: string[]; strategies: readonly LoadedStrategy[];
}> {
  const started = readStart(options);
  const config = decodeRecorded(options, started);
  const strategies = await Promise.all(config.strategies.map((strategy) => options.loadStrategy(strategy.module)));
  const differences = listDifferences(contentDifferences(started, options.build, strategies));
  if (differences.length > 0 && !options.allowDifferentBuild) {
    throw new UnusableInput(`${options.path} was not written by the code at hand:\n`
      + differences.map((line) => `  ${line}\n`).join('')
      + 'replay it with that code, or let the comparison decide with --allow-different-build');
  }
  return { started, strategies, notes: differences.map((line) => `allowed to differ: ${line}`) };
}

function readStart(options: ReplayOptions): SessionStartedFields {
  const event = options.addon.createEvent();
  const reader = openFirst(options, event);
  try {
    const status = reader.next();
    if (status < 0) {
      throw new UnusableInput(`${options.path}: the first record cannot be read (${Status[status]}); expected SessionStarted`);
    }
    if (event.input[Slot.Kind] !== Kind.SessionStarted) {
      throw new UnusableInput(`${options.path}: the first record is ${Kind[event.input[Slot.Kind]]}, expected SessionStarted`);
    }
    return fieldsOf(event, Kind.SessionStarted);
  } finally {
    reader.close();
  }
}

/** A journal of other schemas is read as far as it can be when its reader asked for that. */
function schemaPolicy({ allowDifferentBuild }: ReplayOptions): SchemaPolicy {
  return allowDifferentBuild ? 'any' : 'same';
}

function openFirst(options: ReplayOptions, event: NativeEvent): NativeReader {
  try {
    return options.addon.openReader(event, options.path, schemaPolicy(options));
  } catch (error) {
    if ((error as { status?: number }).status !== Status.SchemaHash) throw error;
    throw new UnusableInput(`${(error as Error).message}; replay it with the build that wrote it, or try with --allow-different-build`, {
      cause: error,
    });
  }
}

function decodeRecorded({ decodeConfiguration, path }: ReplayOptions, started: SessionStartedFields): CoreConfig {
  try {
    return decodeConfiguration(started.configuration);
  } catch (error) {
    throw new UnusableInput(`${path}: the Configuration it recorded cannot be used: ${(error as Error).message}`, { cause: error });
  }
}

function finish(
  run: Run, started: SessionStartedFields, notes: readonly string[], options: ReplayOptions,
  all: (run: Run, until: number) => End, close: () => void,
): ReplayResult {
  const begun = performance.now();
  const end = all(run, options.until);
  const seconds = (performance.now() - begun) / 1000;
  const { state } = run.core;
  const result: ReplayResult = {
    verdict: end.verdict, started, position: run.core.outcomes.lastPosition, inputs: run.inputs,
    countByKind: named(run.counts), seconds,
    digest: run.core.digest(), divergence: end.divergence, notes: [...notes, ...end.notes], damage: end.damage,
    positions: state.config.instruments.map((instrument, i) => ({
      instrument: instrument.id, quantity: state.execution.positions.of[i].quantity,
      quantityScale: instrument.quantityScale, fills: state.execution.positions.of[i].fillCount,
    })),
  };
  close();
  return result;
}

/** The loop of a replay: input, step, input, step; outcomes are compared by the sink as they are derived. */
function replayAll(run: Run, source: NativeReplay, until: number): End {
  try {
    for (;;) {
      const status = source.nextInput();
      if (status < 0) return endOf(run, source, status);
      if (run.event.input[Slot.Position] > until) return stoppedAt(run.event.input[Slot.Position]);
      run.inputs += 1;
      run.counts[run.event.input[Slot.Kind]] += 1;
      run.core.step();
    }
  } catch (error) {
    if (error instanceof SinkError) return endOf(run, source, error.status);
    throw error;
  }
}

function endOf(run: Run, source: NativeReplay, status: number): End {
  if (status === Status.NoSpace) throw new OutputError(status);
  if (status === Status.Diverged) return { verdict: 'divergent', divergence: divergenceOf(source), notes: [], damage: '' };
  const fault = run.reader.fault();
  if (status === Status.End || status === Status.Torn) {
    const notes: string[] = [];
    if (status === Status.Torn) {
      const what = fault.detail || 'an incomplete record';
      notes.push(`torn tail: ${what} at byte ${fault.offset}, after position ${fault.position - 1}`);
    }
    if (!source.inJournal()) notes.push('the last step was cut short by a crash: its missing outcomes were derived, not compared');
    return { verdict: 'identical', divergence: null, notes, damage: '' };
  }
  return { verdict: 'damaged', divergence: null, notes: [], damage: describeFault(status, fault) };
}

function describeFault(status: number, fault: { status: number; offset: number; position: number; detail: string }): string {
  return `${Status[status] ?? status} at byte ${fault.offset}, where position ${fault.position} was expected: ${fault.detail}`;
}

function divergenceOf(source: NativeReplay): Divergence {
  const { position, recorded, derived } = source.difference();
  const expected = parseRecord(recorded);
  const found = parseRecord(derived);
  if (expected === null || found === null) {
    const one = expected ?? found;
    const kind = one === null ? 'record' : Kind[one.kind];
    return { position, kind, field: 'record', expected: expected === null ? 'nothing' : kind, found: found === null ? 'nothing' : kind };
  }
  const difference = compareEvents(expected, found) ?? { field: 'bytes', expected: 'the recorded bytes', found: 'other bytes' };
  return { position, kind: Kind[expected.kind], ...difference };
}

function stoppedAt(position: number): End {
  return { verdict: 'identical', divergence: null, notes: [`stopped before position ${position}`], damage: '' };
}

/** The loop of a fold: every record, outcomes included, moves State. */
function foldAll(run: Run, until: number): End {
  for (;;) {
    const status = run.reader.next();
    if (status < 0) return endOfFold(run, status);
    const position = run.event.input[Slot.Position];
    if (position > until) return stoppedAt(position);
    run.counts[run.event.input[Slot.Kind]] += 1;
    if (run.event.input[Slot.Class] === RecordClass.Input) run.inputs += 1;
    if (!run.core.fold()) return { verdict: 'divergent', divergence: digestDivergence(run, position), notes: [], damage: '' };
  }
}

function endOfFold(run: Run, status: number): End {
  const fault = run.reader.fault();
  if (status === Status.End || status === Status.Torn) {
    const notes = status === Status.Torn ? [`torn tail after position ${fault.position - 1}`] : [];
    if (run.event.input[Slot.Kind] !== Kind.StateDigest) notes.push(PAST_THE_LAST_DIGEST);
    return { verdict: 'identical', divergence: null, notes, damage: '' };
  }
  return { verdict: 'damaged', divergence: null, notes: [], damage: describeFault(status, fault) };
}

const PAST_THE_LAST_DIGEST = 'the journal goes on past its last StateDigest: Queue and strategy memory in this digest are as of there';

function digestDivergence(run: Run, position: number): Divergence {
  const slot = run.event.input;
  const expected = [Slot.DigestLowLow, Slot.DigestLowHigh, Slot.DigestHighLow, Slot.DigestHighHigh]
    .map((index) => slot[index].toString(16).padStart(8, '0')).join('');
  return { position, kind: 'StateDigest', field: 'digest', expected, found: run.core.digest() };
}

/** Counts outcomes by kind on their way to the comparison. */
class CountingSink {
  private readonly source: NativeReplay;
  private readonly outcome: Float64Array;
  private readonly counts: Float64Array;

  constructor(source: NativeReplay, outcome: Float64Array, counts: Float64Array) {
    this.source = source;
    this.outcome = outcome;
    this.counts = counts;
  }

  appendOutcome(): number {
    this.counts[this.outcome[Slot.Kind]] += 1;
    return this.source.appendOutcome();
  }
}

function named(counts: Float64Array): Map<string, number> {
  const byName = new Map<string, number>();
  for (let kind = 1; kind < KIND_COUNT; kind += 1) if (counts[kind] > 0) byName.set(Kind[kind], counts[kind]);
  return byName;
}
