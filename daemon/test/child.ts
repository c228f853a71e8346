// One real process under test: started with the compiled entry, its output kept, ended for certain. Knows nothing of what
// the process is for.

import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { packageRoot } from '../runtime/build-info.ts';
import { PATIENCE_MS } from './until.ts';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** All of standard output and of standard error. */
  readonly out: string;
  readonly err: string;
}

interface ChildOptions {
  /** Added to this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
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
  private readonly printedOn = { out: '', err: '' };
  private readonly spawned: ChildProcessWithoutNullStreams;
  /** Called with everything that is printed, and with the end. */
  private readonly watchers = new Set<() => void>();

  /** `entry`: name of a file in dist/daemon, for example `tcxd.js`. */
  constructor(name: string, entry: string, argv: readonly string[], options: ChildOptions = {}) {
    this.name = name;
    this.spawned = spawn(process.execPath, [join(packageRoot(), 'dist', 'daemon', entry), ...argv],
      { stdio: 'pipe', env: { ...process.env, ...options.environment } });
    running.add(this);
    this.spawned.stdout.on('data', (chunk: Buffer) => this.print('out', String(chunk)));
    this.spawned.stderr.on('data', (chunk: Buffer) => this.print('err', String(chunk)));
    this.ended = once(this.spawned, 'close').then(([code, signal]) => {
      running.delete(this);
      this.end = { code, signal, ...this.printedOn } as Ended;
      for (const watch of this.watchers) watch();
      return this.end;
    });
  }

  get pid(): number {
    return this.spawned.pid ?? 0;
  }

  kill(signal: NodeJS.Signals): void {
    this.spawned.kill(signal);
  }

  /** Asks it to end, or ends it; resolves when the process is gone and its output read to the end. */
  async ending(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.kill(signal);
    return this.ended;
  }

  killed(): Promise<Ended> {
    return this.ending('SIGKILL');
  }

  /** Resolves with the match of `pattern` in the output; rejects when the process ends without it. */
  printed(pattern: RegExp, deadlineMs = PATIENCE_MS): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const settle = (how: () => void): void => {
        clearTimeout(deadline);
        this.watchers.delete(look);
        how();
      };
      const look = (): void => {
        const match = pattern.exec(this.output);
        if (match !== null) settle(() => resolve(match));
        else if (this.end !== null) settle(() => fail(`ended without printing ${String(pattern)}`));
      };
      const fail = (what: string): void => reject(new Error(`${this.name} ${what}\n${this.tail()}`));
      const late = (): void => fail(`printed no ${String(pattern)} in ${deadlineMs / 1000} s`);
      const deadline = setTimeout(() => settle(late), deadlineMs);
      this.watchers.add(look);
      look();
    });
  }

  tail(): string {
    const ended = this.end === null ? 'runs' : `ended with ${this.end.code ?? this.end.signal}`;
    return `── ${this.name} (${ended}), the end of its output:\n${this.output.slice(-TAIL_CHARACTERS)}`;
  }

  private print(stream: 'out' | 'err', text: string): void {
    this.printedOn[stream] += text;
    this.output += text;
    for (const watch of this.watchers) watch();
  }
}
