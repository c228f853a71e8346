// A process that records and says what is written, for tests that kill it. Arguments: directory, window in seconds.
// Prints `written N` whenever the files hold N records more than before.

import { Direction } from '../recorder.ts';
import { SILENT_LOG } from '../gateway-log.ts';
import { systemClock } from '../clock.ts';
import { NO_REDACTION, plan, VENUE } from './record.fixture.ts';
import { Recording } from './recording.ts';

const BUFFER_SIZE = 1 << 20;

const [directory = '', windowSeconds = '1'] = process.argv.slice(2);
const clock = systemClock();
const recording = new Recording({
  directory, venue: VENUE, windowSeconds: Number(windowSeconds), bufferSize: BUFFER_SIZE, syncIntervalMs: 1000, build: 'test',
  redaction: NO_REDACTION, log: SILENT_LOG,
});
await recording.start();
const socket = recording.opened(plan(), 0, clock.unixNs());
const frame = Buffer.alloc(256);
let told = 0;
let written = 0;
for (;;) {
  // As fast as the disk takes it: what is told must never be dropped here, however slow the writer's turns come.
  for (let i = 0; i < 50 && recording.statistics().bufferUsed < BUFFER_SIZE / 2; i += 1) {
    told += 1;
    frame.writeUInt32LE(told);
    recording.frame(socket, Direction.In, frame, clock.unixNs());
  }
  const { recordsWritten, framesDropped } = recording.statistics();
  if (recordsWritten > written) {
    written = recordsWritten;
    process.stdout.write(`written ${written} dropped ${framesDropped}\n`);
  }
  await new Promise((resolve) => { setTimeout(resolve, 1); });
}
