// The only place Processing Order and Sequencing Time are made. A frame is offered to the journal (copied, verified,
// decoded), checked, stamped, committed; then the Core takes its step. What is refused leaves no trace in the stream.
// Never decides what an Event means, and never runs two steps inside each other.

import { assert } from '../base/assert.ts';
import type { NativeWriter } from '../binding/addon.ts';
import { Counter } from '../event/counters.ts';
import { ErrorCode } from '../event/generated/link_generated.ts';
import { Slot, Status, WriterStatistic } from '../event/generated/view_generated.ts';
import { Kind, Source } from '../event/kinds.ts';
import type { StreamPort } from '../event/link-port.ts';
import { isMarketKind } from './frame-rules.ts';
import type { FrameRules } from './frame-rules.ts';

/** Takes the step for the Event in the input view: Core, then transmission of what it dispatched. */
export interface Follower {
  /** `arrivedAt`: monotonic ns at which the frame of a gateway arrived, 0 for tcx's own Events. */
  follow(arrivedAt: number): void;
}

/** What became of a frame from a link: `Intake.Done`, `Intake.Shed`, `Intake.Closed`, or an ErrorCode (> 0). */
export const Intake = { Done: 0, Shed: -1, Closed: -2 } as const;

/** The journal refused an append: nothing can enter the stream any more. The Runtime stops trading and ends. */
export class JournalFailure extends Error {
  override readonly name = 'JournalFailure';
  readonly status: number;

  constructor(status: number, what: string) {
    super(`journal: ${what} failed with ${Status[status] ?? status}; no Event can be recorded, so none is applied`);
    this.status = status;
  }
}

export interface SequencerOptions {
  readonly writer: NativeWriter;
  readonly input: Float64Array;
  readonly entries: Float64Array;
  readonly rules: FrameRules;
  readonly follower: Follower;
  readonly counters: Float64Array;
  /** ns, never decreasing. */
  readonly monotonicNs: () => number;
  /** Sequencing Time minus `monotonicNs()`. */
  readonly timeOffset: number;
}

/** Own Events that wait for the end of the step in which they arose. */
const DEFERRED_MAX = 65_536;

export class Sequencer implements StreamPort {
  private readonly writer: NativeWriter;
  private readonly statistics: Float64Array;
  private readonly input: Float64Array;
  private readonly entries: Float64Array;
  private readonly rules: FrameRules;
  private readonly follower: Follower;
  private readonly counters: Float64Array;
  private readonly monotonicNs: () => number;
  private readonly timeOffset: number;
  private readonly deferred: Uint8Array[];
  private readonly deferredSource: number[];
  private timeLast: number;
  private stepping: boolean;
  private closed: boolean;
  private marketClosed: boolean;

  constructor(options: SequencerOptions) {
    this.writer = options.writer;
    this.statistics = options.writer.statistics;
    this.input = options.input;
    this.entries = options.entries;
    this.rules = options.rules;
    this.follower = options.follower;
    this.counters = options.counters;
    this.monotonicNs = options.monotonicNs;
    this.timeOffset = options.timeOffset;
    this.deferred = [];
    this.deferredSource = [];
    this.timeLast = options.writer.statistics[WriterStatistic.Time];
    this.stepping = false;
    this.closed = false;
    this.marketClosed = false;
  }

  /** Sequencing Time now: what the next Event would be stamped with. */
  now(): number {
    const time = Math.floor(this.monotonicNs() + this.timeOffset);
    return time > this.timeLast ? time : this.timeLast;
  }

  /** Nothing enters the stream any more: after a halt, or once the session has ended. */
  close(): void {
    this.closed = true;
  }

  /** From here on Market Events are refused: what is left of the journal belongs to cancels and fills. */
  closeMarket(): void {
    this.marketClosed = true;
  }

  isMarketClosed(): boolean {
    return this.marketClosed;
  }

  /**
   * One frame from the gateway of `venue`, which arrived at `arrivedAt` (monotonic ns). The bytes are copied.
   * `shedMarket`: drop it if it is a Market Event.
   */
  ingest(venue: number, frame: ArrayBuffer, arrivedAt: number, shedMarket: boolean): number {
    if (this.closed) return Intake.Closed;
    assert(!this.stepping, 'E4: one Event is taken in at a time');
    const kind = this.writer.offer(frame);
    if (kind < 0) return this.refused(kind);
    const input = this.input;
    const code = this.rules.check(input, this.entries, venue);
    if (code !== ErrorCode.None) {
      this.writer.abort();
      return code;
    }
    if ((shedMarket || this.marketClosed) && isMarketKind(kind)) {
      this.writer.abort();
      return Intake.Shed;
    }
    input[Slot.Source] = Source.Venue0 + venue;
    this.commit(kind, arrivedAt);
    if (this.deferred.length > 0) this.drain();
    return Intake.Done;
  }

  /** One of tcx's own Events: the Runtime's or an operator's. Returns its position. Not during a step: see `defer`. */
  inject(frame: Uint8Array, source: number): number {
    assert(!this.closed, 'Invariant: nothing enters a closed stream');
    assert(!this.stepping, 'E4: an Event that arises within a step is deferred to its end');
    const kind = this.writer.offer(frame);
    if (kind < 0) throw new JournalFailure(kind, 'recording an own Event');
    this.input[Slot.Source] = source;
    const position = this.commit(kind, 0);
    if (this.deferred.length > 0) this.drain();
    return position;
  }

  /** Like `inject`, after the step in progress. `frame` is kept: it must be the caller's own copy. */
  defer(frame: Uint8Array, source: number): void {
    assert(this.deferred.length < DEFERRED_MAX, 'Invariant: a step defers a bounded number of Events');
    this.deferred.push(frame);
    this.deferredSource.push(source);
  }

  /** Takes in what was deferred outside of a step. */
  settle(): void {
    if (!this.stepping && !this.closed && this.deferred.length > 0) this.drain();
  }

  /** EC7: the obligation became due; late is legal. */
  controlTime(reason: number, deadline: number): void {
    if (this.closed) return;
    assert(!this.stepping, 'E4: one Event is taken in at a time');
    const input = this.input;
    input[Slot.Kind] = Kind.ControlTime;
    input[Slot.Reason] = reason;
    input[Slot.Deadline] = deadline;
    input[Slot.Source] = Source.Runtime;
    this.stamp(this.monotonicNs());
    const position = this.writer.appendControlTime();
    if (position < 0) throw new JournalFailure(position, 'recording a ControlTime');
    this.follow(Kind.ControlTime, 0);
    if (this.deferred.length > 0) this.drain();
  }

  private commit(kind: number, arrivedAt: number): number {
    this.stamp(arrivedAt > 0 ? arrivedAt : this.monotonicNs());
    const position = this.writer.commit();
    if (position < 0) throw new JournalFailure(position, 'committing an Event');
    this.follow(kind, arrivedAt);
    return position;
  }

  /** Sequencing Time never decreases, whatever the clock did. The clock is read once per frame, when it arrives. */
  private stamp(monotonic: number): void {
    const time = Math.floor(monotonic + this.timeOffset);
    if (time > this.timeLast) this.timeLast = time;
    this.input[Slot.Time] = this.timeLast;
  }

  private follow(kind: number, arrivedAt: number): void {
    this.counters[Counter.InputKind0 + kind] += 1;
    this.stepping = true;
    this.follower.follow(arrivedAt);
    this.stepping = false;
    this.counters[Counter.Position] = this.statistics[WriterStatistic.Position];
  }

  private drain(): void {
    for (let i = 0; i < this.deferred.length; i += 1) {
      assert(i < DEFERRED_MAX, 'Invariant: deferred Events come to an end');
      const kind = this.writer.offer(this.deferred[i]);
      if (kind < 0) throw new JournalFailure(kind, 'recording an own Event');
      this.input[Slot.Source] = this.deferredSource[i];
      this.commit(kind, 0);
    }
    this.deferred.length = 0;
    this.deferredSource.length = 0;
  }

  /** What the link is told for a frame the journal would not take. */
  private refused(status: number): number {
    switch (status) {
      case Status.Malformed: return ErrorCode.Malformed;
      case Status.KindNotAllowed: return ErrorCode.KindNotAllowed;
      case Status.BadValue: return ErrorCode.BadValue;
      case Status.TooLarge: return ErrorCode.Oversize;
      default: throw new JournalFailure(status, 'taking in a frame');
    }
  }
}
