// The real observer worker, with a way to make it fail: the log line "hang" stops it turning, "throw" kills it.
// Started by observer.test.ts.

import { parentPort } from 'node:worker_threads';
import './observer-worker.ts';

parentPort?.on('message', (line: string | null) => {
  if (line === 'throw\n') throw new Error('thrown on request');
  while (line === 'hang\n') Math.sqrt(2);
});
