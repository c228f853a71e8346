// Sections that shape the process and never a decision: where files lie, how the loop idles, which ports listen.
// Nothing here reaches the Core, so changing one of these keys cannot change a replay.

import { z } from 'zod';
import { choice, duration, flag, integer, path, size, text } from './leaves.ts';

export const journalSection = z.strictObject({
  extentSize: size('1MiB', '1GiB').prefault('64MiB')
    .describe('The journal grows by this much at a time, allocated and touched ahead of the writer. '
      + 'A multiple of 4 KiB.'),
  durability: choice(['process', 'interval', 'dispatch']).prefault('interval')
    .describe('What survives. `process`: death of the process, not a power loss. `interval`: a power loss costs at '
      + 'most `syncInterval`. `dispatch`: the record of an order is on disk before the order leaves.'),
  syncInterval: duration('1ms', '10s', '1ms').prefault('50ms')
    .describe('Longest time between two syncs in mode `interval`.'),
});

export const loopSection = z.strictObject({
  idle: choice(['spin', 'yield', 'block']).prefault('block')
    .describe('What the loop does when nothing is due. `spin` burns its core and answers fastest, `yield` gives the '
      + 'core up between looks, `block` sleeps until there is work.'),
  cpu: integer(0, 1023).nullable().prefault(null)
    .describe('The CPU the loop is pinned to. `null`: not pinned.'),
  housekeepingCpus: z.array(integer(0, 1023)).prefault([])
    .describe('CPUs for helper threads and workers. Empty: wherever the system puts them.'),
  lockMemory: flag().prefault(false)
    .describe('Lock all memory (`mlockall`), so that no page fault meets the loop. Needs a sufficient `LimitMEMLOCK`.'),
  fifoPriority: integer(0, 99).prefault(0)
    .describe('SCHED_FIFO priority of the loop. 0: normal scheduling.'),
  timerSlack: duration('1ns', '1ms').prefault('1us')
    .describe('How late the kernel may fire the timers of the loop.'),
});

const tlsSection = z.strictObject({
  certificateFile: path().describe('PEM file with the certificate chain.'),
  keyFile: path().describe('PEM file with the private key.'),
});

export const linkSection = z.strictObject({
  host: text('a host name or address', /^[0-9A-Za-z.:-]{1,253}$/).prefault('127.0.0.1')
    .describe('Where gateways reach the daemon. Any address but loopback needs `tls`.'),
  port: integer(0, 65535).prefault(9101)
    .describe('0: any free port, printed at start.'),
  tokenFile: path().nullable().prefault(null)
    .describe('File with the token every gateway must present. `null`: `<dataDir>/link.token`, made with a random '
      + 'token and mode 0600 at the first start.'),
  tls: tlsSection.nullable().prefault(null)
    .describe('Certificate and key of the link. `null`: no TLS, loopback only.'),
  frameSizeMax: size('4KiB', '16MiB').prefault('1MiB')
    .describe('A larger frame closes the link.'),
  frameRateMax: integer(100, 10_000_000).prefault(500_000)
    .describe('Frames a second one link may send. Beyond it Market Events are shed; beyond four times it the link is '
      + 'closed.'),
  backpressureMax: size('64KiB', '256MiB').prefault('4MiB')
    .describe('Bytes that may wait for a slow gateway. What does not fit is not sent, and a dispatch fails.'),
  heartbeat: duration('50ms', '1min', '1ms').prefault('1s')
    .describe('Each side sends a heartbeat this often.'),
  heartbeatTimeout: duration('100ms', '5min', '1ms').prefault('5s')
    .describe('A link silent for so long is closed. Longer than `heartbeat`.'),
});

export const adminSection = z.strictObject({
  socket: path().nullable().prefault(null)
    .describe('The unix socket of the admin interface. `null`: `<dataDir>/admin.sock`.'),
  mode: text('four octal digits in quotes, like "0660", not open to others', /^0[0-7][0-7]0$/).prefault('0660')
    .describe('Permissions of the socket. Others never have access.'),
  group: text('a group name', /^[A-Za-z_][A-Za-z0-9_-]{0,31}$/).nullable().prefault(null)
    .describe('Group of the socket. `null`: the group of the process.'),
});

export const observeSection = z.strictObject({
  host: text('a host name or address', /^[0-9A-Za-z.:-]{1,253}$/).prefault('127.0.0.1')
    .describe('Where `/metrics` and `/health/*` listen.'),
  port: integer(0, 65535).nullable().prefault(9102)
    .describe('0: any free port, printed at start. `null`: no metrics port.'),
  logLevel: choice(['trace', 'debug', 'info', 'warn', 'error']).prefault('info')
    .describe('Least severe log line that is written.'),
});
