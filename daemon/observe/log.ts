// The daemon's log: pino on the loop's thread, writing into the observer worker's queue. Every line carries the
// session and the stream position at which it was written. Logs explain; nothing reads them back, and losing one
// changes nothing.

import { writeSync } from 'node:fs';
import { type Logger, pino } from 'pino';
import { Counter } from '../event/counters.ts';

type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

interface LogOptions {
  readonly level: LogLevel;
  readonly counters: Float64Array;
  /** Takes a finished line; false when it was dropped. */
  readonly post: (line: string) => boolean;
}

export interface DaemonLog {
  readonly logger: Logger;
  /** Names the session in every line from now on. */
  setSession(sessionId: string): void;
  /** For the end of the process: on stderr before this returns, with no worker and no queue in between. */
  fatal(error: unknown, message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export function createLog({ level, counters, post }: LogOptions): DaemonLog {
  let session = '';
  let dropped = 0;
  const context = () => ({ session, position: counters[Counter.Position] ?? 0 });
  const dropNotice = () => {
    const fields = { level: 'warn', time: now(), ...context(), dropped, msg: 'log lines were dropped before this one' };
    return `${JSON.stringify(fields)}\n`;
  };
  const write = (line: string) => {
    if (dropped > 0 && post(dropNotice())) dropped = 0;
    if (!post(line)) dropped += 1;
  };
  const logger = pino(
    {
      level,
      base: null,
      mixin: context,
      timestamp: () => `,"time":"${now()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
  return {
    logger,
    setSession: (sessionId) => {
      session = sessionId;
    },
    fatal: (error, message, fields = {}) => {
      const line = { level: 'fatal', time: now(), ...context(), ...fields, err: describe(error), msg: message };
      writeFully(`${JSON.stringify(line)}\n`);
    },
  };
}

function now(): string {
  return new Date().toISOString();
}

function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: String(error) };
  return { type: error.name, message: error.message, stack: error.stack };
}

/** stderr may be a full pipe: tries for a moment, then gives up, because ending matters more. */
function writeFully(text: string): void {
  let bytes = Buffer.from(text);
  for (let attempt = 0; attempt < 1_000 && bytes.length > 0; attempt += 1) {
    try {
      bytes = bytes.subarray(writeSync(2, bytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
    }
  }
}
