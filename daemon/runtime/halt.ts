// A broken invariant: nothing derived from here on can be trusted. Stops the stream, latches the egress, asks every Venue to
// cancel everything, leaves a diagnostic bundle, and ends the process with its own exit code. Happens once, whatever else
// goes wrong while it happens; nothing here may depend on State being right.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, stackOf } from '../base/thrown.ts';
import type { Addon } from '../binding/addon.ts';
import { Counter } from '../event/counters.ts';
import { describe } from '../event/describe.ts';
import { Slot } from '../event/generated/view_generated.ts';
import { encodeLinkMessage, MessageType } from '../event/link-message.ts';
import type { StreamPort } from '../event/link-port.ts';
import type { LogPort } from './log-port.ts';
import type { Transmitter } from './transmit.ts';
import { EXIT } from './unusable.ts';

interface HaltOptions {
  readonly stream: StreamPort;
  readonly transmitter: Transmitter;
  readonly addon: Addon;
  readonly sessionPath: string;
  readonly journalPath: string;
  readonly sessionId: string;
  readonly counters: Float64Array;
  readonly log: LogPort;
  /** Position of the last committed Event. */
  readonly position: () => number;
  readonly sync: () => void;
  /** Ends the process with this code after what was sent had a moment to leave. */
  readonly exit: (code: number) => void;
}

/** Records shown in the bundle. */
const RECENT_RECORDS = 200;

export class Halt {
  private readonly options: HaltOptions;
  private done = false;

  constructor(options: HaltOptions) {
    this.options = options;
  }

  hasHappened(): boolean {
    return this.done;
  }

  /** `cause`: 'invariant' for what must never be, 'journal' when nothing can be recorded any more. */
  run(error: unknown, cause: 'invariant' | 'journal'): void {
    if (this.done) return;
    this.done = true;
    const { stream, transmitter, log, counters } = this.options;
    // The egress first: it needs nothing to be right.
    transmitter.latch();
    stream.close();
    const reason = messageOf(error);
    attempt(() => this.massCancel(reason));
    counters[Counter.Alarms] += 1;
    const position = this.options.position();
    const bundle = attempt(() => this.writeBundle(error, reason, position)) ?? '(the bundle could not be written)';
    attempt(() => this.options.sync());
    const headline = cause === 'invariant' ? 'HALTED' : 'STOPPED, the journal takes nothing any more';
    log.error({ position, bundle, error: stackOf(error) },
      `${headline}, at position ${position}: ${reason}; every Venue was asked to cancel everything; see ${bundle}. `
      + 'What was recorded is intact. Trading stays off after a restart until an operator enables it.');
    this.options.exit(cause === 'invariant' ? EXIT.halted : EXIT.failed);
  }

  private massCancel(reason: string): void {
    const message = encodeLinkMessage({ type: MessageType.MassCancel, reason });
    for (const link of this.options.transmitter.links) link?.transmit(message);
  }

  private writeBundle(error: unknown, reason: string, position: number): string {
    const { sessionPath, sessionId, journalPath, counters } = this.options;
    const folder = join(sessionPath, `halt-${String(position).padStart(12, '0')}-${Date.now()}`);
    mkdirSync(folder, { recursive: true, mode: 0o750 });
    const record = {
      sessionId, position, reason, error: stackOf(error), at: new Date().toISOString(), journalPath,
      replay: `tcxd --replay ${journalPath} --until ${position}`,
      node: process.version, memory: process.memoryUsage(), counters: [...counters],
    };
    writeFileSync(join(folder, 'halt.json'), `${JSON.stringify(record, null, 2)}\n`);
    const recent = attempt(() => this.recentRecords(position)) ?? [];
    writeFileSync(join(folder, 'recent-events.txt'), `${recent.join('\n')}\n`);
    return folder;
  }

  private recentRecords(position: number): string[] {
    const event = this.options.addon.createEvent();
    const reader = this.options.addon.openReader(event, this.options.journalPath);
    const lines: string[] = [];
    if (reader.seek(Math.max(1, position - RECENT_RECORDS)) < 0) return lines;
    while (reader.next() > 0) {
      const slot = event.input;
      lines.push(describe({
        position: slot[Slot.Position], time: slot[Slot.Time], class: slot[Slot.Class], source: slot[Slot.Source], cause: slot[Slot.Cause],
      }, event.body()));
    }
    reader.close();
    return lines;
  }
}

/** While halting, a step that fails must not keep the next from being tried. */
function attempt<T>(step: () => T): T | null {
  try {
    return step();
  } catch {
    return null;
  }
}
