#!/usr/bin/env node
// tcxd: argv in, an exit code out.

import { runTcxd } from './daemon.ts';

// Whoever reads what is printed may go at any time: that costs the words, and never the session.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

process.exitCode = await runTcxd(process.argv.slice(2));
