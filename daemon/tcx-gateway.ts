#!/usr/bin/env node
// tcx-gateway: one Venue's way into tcxd. argv in, an exit code out.

import { runGateway } from './gateway-process.ts';

process.exit(await runGateway(process.argv.slice(2)));
