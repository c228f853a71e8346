// npm run stand-in -- --venue kraken|binance|okx [options]: one stand-in as a process of its own. Its first line of output says where
// it listens and what a client needs; from then on each line of JSON on its standard input is a command (control.ts), answered
// with one line. SIGINT or SIGTERM ends it.

import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { control } from './control.ts';
import { type StandInSettings, standInSettings, type StandInVenue } from './settings.ts';
import { StandIn } from './stand-in.ts';

const USAGE = `usage: npm run stand-in -- --venue kraken|binance|okx [options]
  --settings FILE          where settings for tcx-gateway are written, default in a folder that is removed at the end
  --port N                 listen here instead of on any free port
  --seed N                 same seed and same requests: same market
  --quiet                  a market that only the client moves
  --events N               background events a second and instrument, default 200
  --capture FILE …         public channels from recordings in the capture format, one FILE per socket
  --speed N                times the recording's pace, default 1
  --frames-per-second N    instead of the recording's pace
  --once                   fall silent at the end of the recording instead of beginning again
`;

const { values } = parseArgs({
  options: {
    venue: { type: 'string' }, settings: { type: 'string' }, port: { type: 'string' }, seed: { type: 'string' }, quiet: { type: 'boolean' },
    events: { type: 'string' }, capture: { type: 'string', multiple: true }, speed: { type: 'string' },
    'frames-per-second': { type: 'string' }, once: { type: 'boolean' },
  },
});

const { venue } = values;
if (venue !== 'kraken' && venue !== 'binance' && venue !== 'okx') {
  process.stderr.write(USAGE);
  process.exit(2);
}
await run(venue);

async function run(name: StandInVenue): Promise<void> {
  const standIn = await StandIn.start(name, given(name));
  const { port, caFile, urls } = standIn;
  const credentials = standIn.writeCredentials();
  const facts = { venue: name, settings: standIn.writeSettings(values.settings), port, caFile, urls, credentials };
  process.stdout.write(`${JSON.stringify(facts)}\n`);
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => { if (line.trim() !== '') process.stdout.write(`${control(standIn, line)}\n`); });
  const end = (): void => {
    lines.close();
    void standIn.close().then(() => { process.exit(0); });
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
}

function given(name: StandInVenue): Partial<StandInSettings> {
  const eventsPerSecond = values.quiet === true ? 0 : Number(values.events ?? 200);
  const instruments = standInSettings(name).instruments.map((each) => ({ ...each, flow: { ...each.flow, eventsPerSecond } }));
  const recorded = values.capture === undefined ? null : {
    captures: values.capture, speed: Number(values.speed ?? 1), framesPerSecond: Number(values['frames-per-second'] ?? 0),
    loop: values.once !== true,
  };
  return { port: Number(values.port ?? 0), seed: Number(values.seed ?? 1), instruments, recorded };
}
