// A process that runs one command line after the other, each as its entry would: argv in, exit code and texts out. Saves
// the start of a process per case. What a command must not share with the next one is tested with the entries themselves.

import { runTcxctl } from '../../admin/command-line.ts';
import { runTcxd } from '../../daemon.ts';
import { runGateway } from '../../gateway-process.ts';

export interface CommandLine {
  readonly entry: 'tcxd' | 'tcxctl' | 'tcx-gateway';
  readonly argv: readonly string[];
}

export interface CommandEnd {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const text = { out: '', err: '' };

function run({ entry, argv }: CommandLine): Promise<number> {
  switch (entry) {
    case 'tcxd': return runTcxd(argv);
    case 'tcx-gateway': return runGateway(argv);
    case 'tcxctl': return runTcxctl(argv, {
      out: (line) => { text.out += line; }, error: (line) => { text.err += line; }, stop: new AbortController().signal, environment: {},
      build: () => '',
    });
  }
}

// Every command listens to signals for as long as its process lives.
process.setMaxListeners(0);
process.stdout.write = (chunk: unknown): boolean => { text.out += String(chunk); return true; };
process.stderr.write = (chunk: unknown): boolean => { text.err += String(chunk); return true; };
process.on('message', (line: CommandLine) => {
  text.out = '';
  text.err = '';
  void run(line).then((code) => process.send!({ code, ...text } satisfies CommandEnd));
});
process.on('disconnect', () => process.exit(0));
