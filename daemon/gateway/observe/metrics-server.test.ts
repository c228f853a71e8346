// /metrics of a gateway as a scraper sees it.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GATEWAY_METRICS, type GatewayFacts } from './metric-table.ts';
import { MetricsServer } from './metrics-server.ts';

const NOTHING: GatewayFacts = {
  link: null, sockets: [], connections: new Map(), http: { requests: 0, answers: [], inFlight: 0 }, market: {}, problems: new Map(),
  orders: null, outstandingRequests: 0, recording: null, residentBytes: 1,
};

let facts: GatewayFacts;
let server: MetricsServer;

beforeEach(async () => {
  facts = NOTHING;
  server = await MetricsServer.listen('127.0.0.1', 0, 'kraken', () => facts);
});
afterEach(() => server.stop());

const get = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${server.port}${path}`, init);

test('shows what is known, read at the moment of asking', async () => {
  await server.stop();
  const counts = {
    dials: 3, dialFailures: 1, opened: 2, closed: 1, renewals: 0, framesIn: 100, framesOut: 4, bytesIn: 5000, bytesOut: 80, notSent: 2,
  };
  facts = {
    ...NOTHING, link: { isUp: true, waitingBytes: 7, outbox: { sent: 90, shed: 1, held: 0, forgotten: 0 } },
    sockets: [{ name: 'public', open: 1, wanted: 2 }], connections: new Map([['public', counts]]),
    http: { requests: 5, answers: [1, 0, 3, 0, 1, 0], inFlight: 0 }, market: { checksumMismatches: 2, resyncs: 1 },
    problems: new Map([['malformed frame', 4], ['definition of BTC/USD differs', 1]]), orders: { ambiguous: 3 }, outstandingRequests: 2,
    recording: {
      counts: { recordsWritten: 9 }, bufferUsedBytes: 10, bufferPeakBytes: 20, bufferSizeBytes: 100, droppedTotal: 1, flushLagSeconds: 0.5,
      windowsSealedTotal: 6, windowsWaiting: 1,
    },
  };
  server = await MetricsServer.listen('127.0.0.1', 0, 'kraken', () => facts);
  facts = { ...facts, market: { ...facts.market, resyncs: 5 } };
  const text = await (await get('/metrics')).text();
  for (const line of [
    'tcx_gateway_market_total{event="resyncs",gateway="kraken"} 5',
    'tcx_gateway_link_up{gateway="kraken"} 1', 'tcx_gateway_link_frames_total{outcome="shed",gateway="kraken"} 1',
    'tcx_gateway_sockets_open{connection="public",gateway="kraken"} 1', 'tcx_gateway_dials_total{connection="public",gateway="kraken"} 3',
    'tcx_gateway_frames_total{connection="public",direction="in",gateway="kraken"} 100',
    'tcx_gateway_frame_bytes_total{connection="public",direction="out",gateway="kraken"} 80',
    'tcx_gateway_http_answers_total{class="none",gateway="kraken"} 1', 'tcx_gateway_http_answers_total{class="4xx",gateway="kraken"} 1',
    'tcx_gateway_market_total{event="checksum_mismatches",gateway="kraken"} 2',
    'tcx_gateway_problems_total{kind="malformed_frame",gateway="kraken"} 4',
    'tcx_gateway_problems_total{kind="definition_of_btc_usd_differs",gateway="kraken"} 1',
    'tcx_gateway_orders_total{event="ambiguous",gateway="kraken"} 3', 'tcx_gateway_requests_outstanding{gateway="kraken"} 2',
    'tcx_gateway_recording_flush_lag_seconds{gateway="kraken"} 0.5', 'tcx_gateway_recording_windows_sealed_total{gateway="kraken"} 6',
  ]) expect(text.split('\n')).toContain(line);
});

test('a part that this gateway does not have is not shown as 0', async () => {
  const text = await (await get('/metrics')).text();
  expect(text).toContain('tcx_gateway_resident_bytes{gateway="kraken"} 1');
  expect(text).not.toMatch(/tcx_gateway_(link_up|requests_outstanding|recording_flush_lag_seconds)/);
});

test('whatever a Venue names its mistakes, labels stay bounded and well-formed', async () => {
  facts = { ...NOTHING, problems: new Map(Array.from({ length: 500 }, (_, i) => [`unknown "chännel"\n${i}`, 1])) };
  const text = await (await get('/metrics')).text();
  const lines = text.split('\n').filter((line) => line.startsWith('tcx_gateway_problems_total{'));
  expect(lines).toHaveLength(64);
  expect(lines.at(-1)).toBe('tcx_gateway_problems_total{kind="other",gateway="kraken"} 437');
  expect(lines.every((line) => /^tcx_gateway_problems_total\{kind="[a-z0-9_]+",gateway="kraken"\} \d+$/.test(line))).toBe(true);
});

describe('anything else', () => {
  test.each([
    ['/', 'GET', 404], ['/metrics', 'POST', 405], ['/metrics', 'HEAD', 200], ['/metrics?x=1', 'GET', 200],
  ])('%s %s → %d', async (path, method, status) => {
    expect((await get(path, { method })).status).toBe(status);
  });

  test('an address that is taken', async () => {
    await expect(MetricsServer.listen('127.0.0.1', server.port, 'kraken', () => facts)).rejects.toThrow('EADDRINUSE');
  });
});

test('names are tcx_gateway_…, totals are counters, and every metric says what it is', () => {
  for (const { name, type, help } of GATEWAY_METRICS) {
    expect(name).toMatch(/^tcx_gateway_[a-z_]+$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    expect(help).not.toBe('');
  }
  expect(new Set(GATEWAY_METRICS.map(({ name }) => name)).size).toBe(GATEWAY_METRICS.length);
});
