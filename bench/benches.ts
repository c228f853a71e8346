// Every bench there is, in the order in which they run.

import { book } from './book.ts';
import { boundary } from './boundary.ts';
import { ingest } from './ingest.ts';
import { journalAppend } from './journal-append.ts';
import type { Bench } from './harness.ts';
import { tickToOrder } from './tick-to-order.ts';

export const benches: readonly Bench[] = [boundary, book, journalAppend, ingest, tickToOrder];
