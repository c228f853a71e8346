// The peer of the gateway benches: a process with one WebSocket to a Venue and one to a daemon that forwards every message
// unchanged. What a gateway costs above it is the gateway's.
//   node relay.js VENUE_URL CA_FILE LINK_URL PROTOCOL

import { readFileSync } from 'node:fs';
import { WebSocket } from 'ws';

const [venueUrl, caFile, linkUrl, protocol] = process.argv.slice(2);

const link = new WebSocket(linkUrl!, protocol!, { perMessageDeflate: false });
link.once('open', () => {
  const venue = new WebSocket(venueUrl!, { ca: readFileSync(caFile!), perMessageDeflate: false, skipUTF8Validation: true });
  venue.on('message', (data: Buffer) => link.send(data, { binary: true }));
  venue.once('close', () => link.close());
});
