// The observer worker: serves /metrics and /health/* and writes the log, away from the loop. It reads shared memory
// and /proc; it has no way to command anything. It runs node:http and not uWebSockets.js, because a worker that ends
// with an uWebSockets.js listener open aborts the whole process (docs/adr/0013-observer-on-node-http.md).

import { constants, fstatSync, openSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { destination } from 'pino';
import { Exposition } from './exposition.ts';
import { type HealthReport, type HealthSource, liveness, readiness } from './health.ts';
import { readProcessSamples } from './process-facts.ts';
import { layoutSeries } from './series.ts';
import { Exchange, type FromWorker, type ObserverStart, type ToWorker } from './worker-protocol.ts';

const port = parentPort;
if (port === null) throw new Error('observer-worker runs as a worker of tcxd only');
const start = workerData as ObserverStart;
const counters = new Float64Array(start.counters);
const series = new Float64Array(start.series);
const exchange = new Int32Array(start.exchange);
const layout = layoutSeries(start.domains);
const tell = (message: FromWorker) => port.postMessage(message);

// ── Log ─────────────────────────────────────────────────────────────────────────────────────────
// Asynchronous and bounded: a reader that stops reading costs lines, counted, and never this thread.
const log = destination({ dest: openLog(start.logTo), sync: false, maxLength: start.logBytesMax, mkdir: true });
log.on('drop', () => Atomics.add(exchange, Exchange.LinesDropped, 1));
// A closed stdout is no reason to end: metrics and health go on.
log.on('error', () => undefined);

/** A pipe or terminal is opened anew without blocking: a full one then says so instead of holding a thread for ever. */
function openLog(to: number | string): number | string {
  if (typeof to === 'string') return to;
  try {
    const stat = fstatSync(to);
    return stat.isFIFO() || stat.isCharacterDevice()
      ? openSync(`/proc/self/fd/${to}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
      : to;
  } catch {
    return to;
  }
}

port.on('message', (message: ToWorker) => {
  if (message === null) {
    end();
    return;
  }
  log.write(message);
  Atomics.add(exchange, Exchange.LinesTaken, 1);
});

// ── Metrics and health ──────────────────────────────────────────────────────────────────────────
let scrapes = 0;
const exposition = new Exposition({
  counters,
  series,
  layout,
  readObserved: () => {
    const { version, commit, dirty, schemaHash } = start.build;
    const samples = readProcessSamples(start.pid);
    samples.set('tcx_build_info', [
      { labels: { version, commit: `${commit}${dirty ? '+dirty' : ''}`, schema: schemaHash.slice(0, 12) }, value: 1 },
    ]);
    samples.set('tcx_scrapes_total', [{ labels: {}, value: scrapes }]);
    return samples;
  },
});

const server = createServer(
  {
    maxHeaderSize: 8 * 1024,
    headersTimeout: 5_000,
    requestTimeout: 5_000,
    connectionsCheckingInterval: 1_000,
    keepAliveTimeout: 10_000,
  },
  (request, response) => void respond(request, response),
);
server.maxConnections = 64;
// A client that does not read its answer is cut off.
server.setTimeout(10_000);

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.on('error', () => response.destroy());
  const path = (request.url ?? '').split('?')[0];
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    send(
      response,
      405,
      'text/plain; charset=utf-8',
      'this port shows and does nothing else; commands go to the admin socket\n',
    );
  } else if (path === '/metrics') {
    scrapes += 1;
    send(response, 200, exposition.contentType, await exposition.text());
  } else if (path === '/health/live') {
    sendHealth(response, liveness(healthSource()));
  } else if (path === '/health/ready') {
    sendHealth(response, readiness(healthSource()));
  } else {
    send(response, 404, 'text/plain; charset=utf-8', 'there is /metrics, /health/live and /health/ready\n');
  }
}

function healthSource(): HealthSource {
  return { counters, series, layout, nowMs: Date.now(), beatMaxMs: start.beatMaxMs };
}

function sendHealth(response: ServerResponse, report: HealthReport): void {
  send(response, report.status === 'ok' ? 200 : 503, 'application/json; charset=utf-8', `${JSON.stringify(report)}\n`);
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  const body = Buffer.from(text);
  response.writeHead(status, { 'content-type': type, 'content-length': body.length, 'cache-control': 'no-store' });
  response.end(body);
}

// ── Life ────────────────────────────────────────────────────────────────────────────────────────
const beat = setInterval(() => Atomics.add(exchange, Exchange.Beat, 1), 500);

function end(): void {
  clearInterval(beat);
  server.close();
  server.closeAllConnections();
  log.once('close', () => process.exit(0));
  log.end();
}

if (start.port === null) {
  tell({ type: 'ready', port: 0 });
} else {
  server.once('error', (error: NodeJS.ErrnoException) => tell({ type: 'failed', message: explain(error) }));
  server.listen(start.port, start.host, () => tell({ type: 'ready', port: (server.address() as AddressInfo).port }));
}

function explain(error: NodeJS.ErrnoException): string {
  const where = `observe.host and observe.port: cannot listen on ${start.host}:${String(start.port)}`;
  if (error.code === 'EADDRINUSE')
    return `${where}, another process does; choose another port, 0 for any, or null for none`;
  return `${where} (${error.code ?? error.message}); correct them`;
}
