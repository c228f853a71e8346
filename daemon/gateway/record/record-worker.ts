// The worker that writes a recording: turns the loop until it is done. It blocks between rounds, so it hears no message:
// everything it must know stands in shared memory.

import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { unixNow } from './dataset.ts';
import { RecordLoop, type RecordLoopOptions } from './record-loop.ts';
import { Control } from './ring.ts';

export type FromRecordWorker =
  | { readonly type: 'ready' | 'done' }
  | { readonly type: 'sealed'; readonly folder: string; readonly frames: number; readonly complete: boolean }
  | { readonly type: 'problem'; readonly message: string };

const port = parentPort;
if (port === null) throw new Error('record-worker runs as a worker of tcx-gateway only');
const tell = (message: FromRecordWorker): void => port.postMessage(message);

const options = workerData as RecordLoopOptions;
const control = new Int32Array(options.memory.control);
const loop = new RecordLoop(options, {
  monotonicMs: () => performance.now(),
  unixNs: unixNow,
  onSealed: (folder, frames, complete) => tell({ type: 'sealed', folder, frames, complete }),
  onProblem: (message) => tell({ type: 'problem', message }),
});
tell({ type: 'ready' });
while (!loop.isDone) {
  const waitMs = loop.turn();
  if (waitMs > 0 && !loop.isDone) Atomics.wait(control, Control.Wake, 0, waitMs);
}
tell({ type: 'done' });
