// Opens the journal a session will write: a new one, or the one that is taken up again after its replay. What comes back is
// a Core whose State stands at the journal's end and a writer positioned there. Prints nothing, sends nothing.

import type { Addon, NativeBooks, NativeEvent, NativeReplay, NativeSink, NativeWriter, WriterOptions } from '../binding/addon.ts';
import type { CoreConfig } from '../core/config.ts';
import type { Core } from '../core/core.ts';
import { SinkError } from '../core/outcomes.ts';
import { Slot, Status } from '../event/generated/view_generated.ts';
import { Kind, SCHEMA_HASH, TradingState } from '../event/kinds.ts';
import { compareEvents, describe } from '../event/describe.ts';
import { parseRecord } from '../event/record-bytes.ts';
import { createCoreHost } from './core-host.ts';
import type { DecodeConfiguration } from './core-host.ts';
import { LiveSink } from './live-sink.ts';
import type { LoadedStrategy } from './strategy-loader.ts';
import type { Supervision } from './supervision.ts';
import { UnusableInput } from './unusable.ts';

export interface OpenedSession {
  readonly core: Core;
  readonly event: NativeEvent;
  readonly books: NativeBooks;
  readonly sink: LiveSink;
  readonly writer: NativeWriter;
  readonly epoch: bigint;
  /** Dispatches derived past the end of the journal: recorded now, never sent. */
  readonly unsent: readonly UnsentDispatch[];
  /** Bytes of torn tail that were cut. */
  readonly discarded: number;
}

interface UnsentDispatch {
  readonly orderId: number;
  readonly action: number;
  readonly position: number;
}

export interface OpenOptions {
  readonly addon: Addon;
  readonly config: CoreConfig;
  readonly strategies: readonly LoadedStrategy[];
  readonly decodeConfiguration: DecodeConfiguration;
  readonly writer: WriterOptions;
  readonly counters: Float64Array;
}

export interface CreateSessionOptions extends OpenOptions {
  readonly sessionId: string;
  readonly sessionOrdinal: number;
  /** Unix ns at Sequencing Time 0. */
  readonly epoch: bigint;
}

export function createSession(options: CreateSessionOptions): OpenedSession {
  const { addon, epoch, sessionId, sessionOrdinal } = options;
  const event = addon.createEvent();
  const sink = new LiveSink(notYet, event.outcome, options.counters);
  const { core, books } = hostOf(options, event, sink);
  const writer = addon.createWriter(event, { ...options.writer, schemaHash: SCHEMA_HASH, sessionId, sessionOrdinal, epoch });
  sink.redirect(writer, options.counters);
  return { core, event, books, sink, writer, epoch, unsent: [], discarded: 0 };
}

/** Replays the journal, comparing every outcome, and goes on in it. */
export function resumeSession(options: OpenOptions, supervision: Supervision): OpenedSession {
  const { addon } = options;
  const event = addon.createEvent();
  const replay = addon.openReplay(event, options.writer.path, '');
  const recovery = new RecoverySink(replay, event.outcome);
  const sink = new LiveSink(recovery, event.outcome, new Float64Array(options.counters.length));
  const { core, books } = hostOf(options, event, sink);
  const status = replayInputs(core, event, replay, sink, supervision);
  if (status !== Status.End && status !== Status.Torn) throw refusal(options.writer.path, replay, status);
  const { header } = replay.reader;
  const discarded = status === Status.Torn ? Math.max(0, header.fileSize - replay.reader.fault().offset) : 0;
  const writer = replay.resume(options.writer);
  sink.redirect(writer, options.counters);
  return { core, event, books, sink, writer, epoch: header.epoch, unsent: recovery.unsent, discarded };
}

function replayInputs(core: Core, event: NativeEvent, replay: NativeReplay, sink: LiveSink, supervision: Supervision): number {
  try {
    for (;;) {
      const status = replay.nextInput();
      if (status < 0) return status;
      sink.begin();
      core.step();
      if (core.failures.length > 0) for (const { strategy } of core.failures) supervision.failures[strategy] += 1;
      const slot = event.input;
      const enables = slot[Slot.Kind] === Kind.TradingStateChanged && slot[Slot.State] === TradingState.On;
      if (enables && slot[Slot.Strategy] >= 0) supervision.reset(slot[Slot.Strategy]);
    }
  } catch (error) {
    if (error instanceof SinkError) return error.status;
    throw error;
  }
}

function refusal(path: string, replay: NativeReplay, status: number): UnusableInput {
  if (status !== Status.Diverged) {
    const fault = replay.reader.fault();
    return new UnusableInput(`${path}: ${Status[status] ?? status} at byte ${fault.offset}, where position ${fault.position} was expected: `
      + `${fault.detail}; the session cannot be resumed, see tcxd --replay ${path}`);
  }
  const { position, recorded, derived } = replay.difference();
  const expected = parseRecord(recorded);
  const found = parseRecord(derived);
  const difference = expected !== null && found !== null ? compareEvents(expected, found) : null;
  const detail = difference === null
    ? `recorded: ${shown(expected)}; derived: ${shown(found)}`
    : `${Kind[expected!.kind]}.${difference.field}: recorded ${difference.expected}, derived ${difference.found}`;
  return new UnusableInput(`${path}: this code derives something else than was recorded at position ${position}: ${detail}; `
    + 'resume the session with the build and strategies that wrote it, or start the next one with --new-session');
}

function shown(record: ReturnType<typeof parseRecord>): string {
  return record === null ? 'nothing' : describe(record, record.body);
}

function hostOf(options: OpenOptions, event: NativeEvent, sink: LiveSink): { core: Core; books: NativeBooks } {
  return createCoreHost({
    addon: options.addon, event, config: options.config, strategies: options.strategies.map((loaded) => loaded.strategy), sink,
    decodeConfiguration: options.decodeConfiguration,
  });
}

/** Stands between Core and replay while recovering: remembers the dispatches that the journal does not have. */
class RecoverySink implements NativeSink {
  readonly unsent: UnsentDispatch[] = [];
  private readonly replay: NativeReplay;
  private readonly outcome: Float64Array;

  constructor(replay: NativeReplay, outcome: Float64Array) {
    this.replay = replay;
    this.outcome = outcome;
  }

  appendOutcome(): number {
    const position = this.replay.appendOutcome();
    if (position >= 0 && this.outcome[Slot.Kind] === Kind.IntentDispatched && !this.replay.inJournal()) {
      this.unsent.push({ orderId: this.outcome[Slot.OrderId], action: this.outcome[Slot.Action], position });
    }
    return position;
  }
}

const notYet: NativeSink = { appendOutcome: () => Status.NotOpen };
