#!/usr/bin/env node
// tcxctl: the operator's hand on a running tcxd. argv in, one call of the admin interface, text and an exit code out.

import { runTcxctl } from './admin/command-line.ts';
import { describeBuild, readBuildInfo } from './runtime/build-info.ts';

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());
// `tcxctl events | head` closes our output early: that is an end, not an error.
process.stdout.on('error', () => stop.abort());

process.exitCode = await runTcxctl(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
  stop: stop.signal,
  environment: process.env,
  build: () => describeBuild(readBuildInfo()),
});
