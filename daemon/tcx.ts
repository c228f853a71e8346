#!/usr/bin/env node
// tcx: looks at what tcx recorded. argv in, text and an exit code out.

import { runTcx } from './tcx-command-line.ts';

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());
// `tcx capture cat … | head` closes our output early: that is an end, not an error.
process.stdout.on('error', () => stop.abort());

process.exitCode = await runTcx(process.argv.slice(2), {
  out: (text) => new Promise((resolve) => {
    if (stop.signal.aborted) resolve();
    else process.stdout.write(text, () => resolve());
  }),
  error: (text) => void process.stderr.write(text),
  stop: stop.signal,
});
