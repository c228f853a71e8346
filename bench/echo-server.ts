// The peer of the wire benches: a bare uWebSockets.js server under the same idle policy as tcxd.
//   node echo-server.js echo|count block|yield|spin CPU
// echo: sends every message back. count: sends `<n>` back for a text message, n being the binary messages so far.

import uWS from 'uWebSockets.js';
import { addon } from '../daemon/binding/addon.ts';

const [what, idle, cpu] = process.argv.slice(2);
const host = '127.0.0.1';
let count = 0;

addon.thread.pin(Number(cpu));
addon.thread.setTimerSlack(1000);
uWS.App().ws('/*', {
  maxPayloadLength: 1 << 20,
  idleTimeout: 0,
  message: (socket, message, isBinary) => {
    if (what === 'echo') socket.send(message, isBinary);
    else if (isBinary) count += 1;
    else socket.send(String(count));
  },
}).listen(host, 0, (listening) => {
  if (!listening) throw new Error('echo-server: cannot listen');
  process.stdout.write(`${uWS.us_socket_local_port(listening)}\n`);
});

if (idle !== 'block') {
  const turn = (): void => {
    if (idle === 'yield') addon.thread.yield();
    setImmediate(turn);
  };
  turn();
}
