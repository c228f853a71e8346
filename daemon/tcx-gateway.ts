#!/usr/bin/env node
// tcx-gateway: one Venue's way into tcxd. argv in, an exit code out.

import { runGateway } from './gateway-process.ts';

// Whoever reads what is printed may go at any time: that costs the words, and never the session.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

process.exit(await runGateway(process.argv.slice(2)));
