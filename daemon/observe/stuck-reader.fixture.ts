// A process with an observer whose stdout nobody reads: floods the log, keeps its own loop turning, scrapes itself,
// ends. Says on stderr what it saw. Started by observer.test.ts.

import { Counter, createCounters } from '../event/counters.ts';
import { Observer } from './observer.ts';

const counters = createCounters();
const observer = new Observer({
  host: '127.0.0.1',
  port: 0,
  counters,
  logBytesMax: 256 * 1024,
  linesMax: 1_000,
  watchIntervalMs: 100,
  endTimeoutMs: 500,
  domains: { venues: [], instruments: [], strategies: [] },
  build: { version: '0', commit: '0', dirty: false, schemaHash: '0' },
});
await observer.start();

const line = `${JSON.stringify({ msg: 'x'.repeat(1_000) })}\n`;
let turns = 0;
const flood = setInterval(() => {
  turns += 1;
  for (let count = 0; count < 500; count += 1) observer.postLine(line);
  if (turns >= 20 && counters[Counter.LogLinesDropped]! > 0) void end();
}, 10);

// Until more was dropped than a pipe and every buffer on the way hold, and the loop has turned meanwhile.
async function end(): Promise<void> {
  clearInterval(flood);
  const { status } = await fetch(`http://127.0.0.1:${observer.port}/health/live`);
  process.stderr.write(JSON.stringify({ turns, dropped: counters[Counter.LogLinesDropped], scraped: status }));
  await observer.close();
}
