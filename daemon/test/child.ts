// One real process under test: started with the compiled entry, its output kept, ended for certain. Knows nothing of what
// the process is for.

import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { packageRoot } from '../runtime/build-info.ts';
import { until } from './until.ts';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Of the output, what a failure shows. */
const TAIL_CHARACTERS = 6000;

const running = new Set<Child>();
// Whatever becomes of the test: no process of it stays behind.
process.once('exit', () => { for (const child of running) child.kill('SIGKILL'); });

export class Child {
  readonly name: string;
  /** Standard output and standard error as they came. */
  output = '';
  readonly ended: Promise<Ended>;
  end: Ended | null = null;
  private readonly spawned: ChildProcessWithoutNullStreams;

  /** `entry`: name of a file in dist/daemon, for example `tcxd.js`. */
  constructor(name: string, entry: string, argv: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.name = name;
    this.spawned = spawn(process.execPath, [join(packageRoot(), 'dist', 'daemon', entry), ...argv],
      { stdio: 'pipe', env: { ...process.env, ...environment } });
    running.add(this);
    this.spawned.stdout.on('data', (chunk: Buffer) => { this.output += String(chunk); });
    this.spawned.stderr.on('data', (chunk: Buffer) => { this.output += String(chunk); });
    this.ended = once(this.spawned, 'close').then(([code, signal]) => {
      running.delete(this);
      this.end = { code, signal } as Ended;
      return this.end;
    });
  }

  get pid(): number {
    return this.spawned.pid ?? 0;
  }

  kill(signal: NodeJS.Signals): void {
    this.spawned.kill(signal);
  }

  /** Resolves when the process is gone and its output read to the end. */
  async killed(): Promise<Ended> {
    this.kill('SIGKILL');
    return this.ended;
  }

  /** Resolves with the match of `pattern` in the output; fails when the process ends without it. */
  async printed(pattern: RegExp, deadlineMs = 30_000): Promise<RegExpExecArray> {
    return until(`${this.name} to print ${String(pattern)}`, () => {
      const match = pattern.exec(this.output);
      if (match === null && this.end !== null) throw new Error(`${this.name} ended without printing ${String(pattern)}\n${this.tail()}`);
      return match;
    }, { deadlineMs, details: () => this.tail() });
  }

  tail(): string {
    const ended = this.end === null ? 'runs' : `ended with ${this.end.code ?? this.end.signal}`;
    return `── ${this.name} (${ended}), the end of its output:\n${this.output.slice(-TAIL_CHARACTERS)}`;
  }
}
