// Runs the gateway of an embedded Venue as a child process: starts it, passes its log on, starts it again with a growing
// wait when it ends, and ends it with the daemon. Knows nothing of what it says on the link.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { backoff, type BackoffLimits } from '../base/backoff.ts';
import { Counter } from '../event/counters.ts';
import type { LogPort } from './log-port.ts';

interface GatewayCommand {
  /** Id of the Venue. */
  readonly venue: string;
  /** Path of the tcx-gateway entry. */
  readonly entry: string;
  readonly arguments: readonly string[];
  /** Besides the daemon's own. */
  readonly environment: Readonly<Record<string, string>>;
}

const RESTART_MS: BackoffLimits = { min: 200, max: 10_000 };
/** A gateway that ran so long has recovered: the next restart is quick again. */
const STABLE_MS = 30_000;
const STOP_MS_MAX = 3_000;

export class GatewaySupervisor {
  private readonly command: GatewayCommand;
  private readonly counters: Float64Array;
  private readonly log: LogPort;
  private child: ChildProcess | null = null;
  private restart: NodeJS.Timeout | null = null;
  /** Ends in a row, without a stable run between them. */
  private failures = 0;
  private startedAt = 0;
  private stopping = false;

  constructor(command: GatewayCommand, counters: Float64Array, log: LogPort) {
    this.command = command;
    this.counters = counters;
    this.log = log;
  }

  start(): void {
    const { entry, venue } = this.command;
    this.startedAt = Date.now();
    // Its standard input is its lifeline: when this process goes away, however it does, the pipe closes and it ends.
    // Ctrl-C on the terminal reaches the whole group; detached, it hears of the end from the daemon, in order.
    const child = spawn(process.execPath, [entry, ...this.command.arguments], {
      stdio: ['pipe', 'pipe', 'pipe'], detached: true, env: { ...process.env, ...this.command.environment },
    });
    this.child = child;
    child.stdin.on('error', () => undefined);
    this.passOn(child.stdout, 'info');
    this.passOn(child.stderr, 'warn');
    child.once('error', ({ message }) => this.log.error({ venue }, `gateway of ${venue} cannot be started: ${message}`));
    child.once('close', (code, signal) => this.ended(child, code, signal));
  }

  pid(): number {
    return this.child?.pid ?? 0;
  }

  /** Ends the child in order, and by force when it does not comply. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (this.restart !== null) clearTimeout(this.restart);
    const { child } = this;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    child.stdin?.end();
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
    await ended;
    clearTimeout(force);
  }

  private ended(child: ChildProcess, code: number | null, signal: NodeJS.Signals | null): void {
    if (this.child === child) this.child = null;
    if (this.stopping) return;
    const { venue } = this.command;
    if (Date.now() - this.startedAt >= STABLE_MS) this.failures = 0;
    this.failures += 1;
    const waitMs = backoff(RESTART_MS, this.failures);
    this.counters[Counter.GatewayRestarts] += 1;
    const message = `gateway of ${venue} ended (${signal ?? code}); starting it again in ${waitMs} ms`;
    this.log.warn({ venue, code, signal, waitMs }, message);
    this.restart = setTimeout(() => this.start(), waitMs);
  }

  /** The gateway writes pino lines of its own; they become ours, with its name. */
  private passOn(stream: Readable, level: 'info' | 'warn'): void {
    createInterface({ input: stream }).on('line', (line) => {
      const { message, fields, severity } = readLine(line, level);
      this.log[severity]({ gateway: this.command.venue, ...fields }, message);
    });
  }
}

interface GatewayLine {
  readonly message: string;
  readonly fields: object;
  readonly severity: 'debug' | 'info' | 'warn' | 'error';
}

function readLine(line: string, level: 'info' | 'warn'): GatewayLine {
  try {
    const { msg, level: severity, time: _time, pid: _pid, hostname: _hostname, ...fields } = JSON.parse(line) as Record<string, unknown>;
    const number = typeof severity === 'number' ? severity : 30;
    return { message: String(msg), fields, severity: number >= 50 ? 'error' : number >= 40 ? 'warn' : number >= 30 ? 'info' : 'debug' };
  } catch {
    return { message: line, fields: {}, severity: level };
  }
}
