#!/usr/bin/env node
// tcxd: argv in, an exit code out.

import { runTcxd } from './daemon.ts';

process.exitCode = await runTcxd(process.argv.slice(2));
