// Every bench there is, in the order in which they run.

import { book } from './book.ts';
import { boundary } from './boundary.ts';
import { decode } from './decode.ts';
import { gatewayLatency } from './gateway-latency.ts';
import { gatewayThroughput } from './gateway-throughput.ts';
import { ingest } from './ingest.ts';
import { journalAppend } from './journal-append.ts';
import type { Bench } from './harness.ts';
import { record } from './record.ts';
import { replay } from './replay.ts';
import { step } from './step.ts';
import { tickToOrder } from './tick-to-order.ts';

export const benches: readonly Bench[] = [
  boundary, book, decode, journalAppend, record, step, replay, ingest, tickToOrder, gatewayLatency, gatewayThroughput,
];
