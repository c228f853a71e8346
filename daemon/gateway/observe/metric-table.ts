// Every metric a gateway shows, once: name, help, type, label and where its value comes from. The reference page is
// written from it. Nothing here keeps a value: each is read when somebody asks.

import type { ConnectionStatistics } from '../dial/dial-slot.ts';
import type { HttpStatistics } from '../dial/http-client.ts';
import type { OutboxStatistics } from '../outbox.ts';

/** What the parts of a gateway know of themselves. Counts never decrease. */
export interface GatewayFacts {
  /** Null: there is no daemon (`--record-only`). */
  readonly link: { readonly isUp: boolean; readonly waitingBytes: number; readonly outbox: OutboxStatistics } | null;
  readonly sockets: readonly { readonly name: string; readonly open: number; readonly wanted: number }[];
  readonly connections: ReadonlyMap<string, ConnectionStatistics>;
  readonly http: HttpStatistics;
  /** Counts of the market desk, by its own names for them. */
  readonly market: Readonly<Record<string, number>>;
  /** What could not be used, by kind. */
  readonly problems: ReadonlyMap<string, number>;
  /** Counts of the order desk; null: market data only. */
  readonly orders: Readonly<Record<string, number>> | null;
  readonly outstandingRequests: number;
  /** Null: nothing is recorded. */
  readonly recording: RecordingFacts | null;
  readonly residentBytes: number;
}

export interface RecordingFacts {
  /** Frames, exchanges and other records that are in the buffer or behind it. */
  readonly counts: Readonly<Record<string, number>>;
  readonly bufferUsedBytes: number;
  readonly bufferPeakBytes: number;
  readonly bufferSizeBytes: number;
  readonly droppedTotal: number;
  readonly flushLagSeconds: number;
  readonly windowsSealedTotal: number;
  /** Full windows that wait to be sealed. */
  readonly windowsWaiting: number;
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

export interface GatewayMetric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly labels: readonly string[];
  readonly read: (facts: GatewayFacts) => Sample[];
}

const HTTP_CLASSES = ['none', '1xx', '2xx', '3xx', '4xx', '5xx'];
/** Values of a label that others decide; what comes beyond is counted together. */
const LABEL_VALUES_MAX = 64;

export const GATEWAY_METRICS: readonly GatewayMetric[] = [
  plain('gauge', 'tcx_gateway_link_up', 'Whether the link to the daemon is up', ({ link }) => (link === null ? [] : [Number(link.isUp)])),
  plain('gauge', 'tcx_gateway_link_waiting_bytes', 'Bytes that wait to be sent to the daemon',
    ({ link }) => (link === null ? [] : [link.waitingBytes])),
  labelled('counter', 'tcx_gateway_link_frames_total', 'Frames for the daemon: sent, shed under overload, held while the link was down, '
    + 'forgotten because too many were held', 'outcome', ({ link }) => (link === null ? [] : Object.entries(link.outbox))),
  labelled('gauge', 'tcx_gateway_sockets_open', 'Sockets to the Venue that are open', 'connection',
    ({ sockets }) => sockets.map(({ name, open }) => [name, open])),
  labelled('gauge', 'tcx_gateway_sockets_wanted', 'Sockets to the Venue that should be open', 'connection',
    ({ sockets }) => sockets.map(({ name, wanted }) => [name, wanted])),
  connection('tcx_gateway_dials_total', 'Sockets dialled', 'dials'),
  connection('tcx_gateway_dial_failures_total', 'Dials that never opened', 'dialFailures'),
  connection('tcx_gateway_sockets_closed_total', 'Sockets that were open and ended, for whatever reason', 'closed'),
  connection('tcx_gateway_renewals_total', 'Sockets replaced before the Venue ended them', 'renewals'),
  connection('tcx_gateway_frames_not_sent_total', 'Frames for the Venue that no socket could take', 'notSent'),
  directed('tcx_gateway_frames_total', 'Frames from and to the Venue', 'framesIn', 'framesOut'),
  directed('tcx_gateway_frame_bytes_total', 'Bytes of frames from and to the Venue', 'bytesIn', 'bytesOut'),
  plain('counter', 'tcx_gateway_http_requests_total', 'Calls of the Venue\'s HTTP interface', ({ http }) => [http.requests]),
  labelled('counter', 'tcx_gateway_http_answers_total', 'Answers by class of status; none: no answer came', 'class',
    ({ http }) => HTTP_CLASSES.map((name, i) => [name, http.answers[i] ?? 0])),
  plain('gauge', 'tcx_gateway_http_in_flight', 'Calls without an answer yet', ({ http }) => [http.inFlight]),
  labelled('counter', 'tcx_gateway_market_total', 'What became of market data, by event', 'event',
    ({ market }) => Object.entries(market)),
  labelled('counter', 'tcx_gateway_problems_total', 'What the Venue sent that could not be used, by kind', 'kind',
    ({ problems }) => [...problems]),
  labelled('counter', 'tcx_gateway_orders_total', 'Order entry, by event; ambiguous: outcome unknown at some time', 'event',
    ({ orders }) => Object.entries(orders ?? {})),
  plain('gauge', 'tcx_gateway_requests_outstanding', 'Order requests without an answer yet', ({ orders, outstandingRequests }) => (
    orders === null ? [] : [outstandingRequests])),
  labelled('counter', 'tcx_gateway_recording_total', 'Records of the raw recording, by what became of them', 'event',
    ({ recording }) => Object.entries(recording?.counts ?? {})),
  recorded('gauge', 'tcx_gateway_recording_buffer_used_bytes', 'Bytes that wait for the disk', ({ bufferUsedBytes }) => bufferUsedBytes),
  recorded('gauge', 'tcx_gateway_recording_buffer_peak_bytes', 'The most that ever waited', ({ bufferPeakBytes }) => bufferPeakBytes),
  recorded('gauge', 'tcx_gateway_recording_buffer_size_bytes', 'Bytes that may wait for the disk',
    ({ bufferSizeBytes }) => bufferSizeBytes),
  recorded('counter', 'tcx_gateway_recording_dropped_total', 'Records lost because the disk was too slow; each hole is on record',
    ({ droppedTotal }) => droppedTotal),
  recorded('gauge', 'tcx_gateway_recording_flush_lag_seconds', 'From the last frame heard to the last one written',
    ({ flushLagSeconds }) => flushLagSeconds),
  recorded('counter', 'tcx_gateway_recording_windows_sealed_total', 'Windows sealed', ({ windowsSealedTotal }) => windowsSealedTotal),
  recorded('gauge', 'tcx_gateway_recording_windows_waiting', 'Full windows that wait to be sealed', ({ windowsWaiting }) => windowsWaiting),
  plain('gauge', 'tcx_gateway_resident_bytes', 'Resident memory of the process', ({ residentBytes }) => [residentBytes]),
];

type Type = GatewayMetric['type'];

function plain(type: Type, name: string, help: string, read: (facts: GatewayFacts) => readonly number[]): GatewayMetric {
  return { name, help, type, labels: [], read: (facts) => read(facts).map((value) => [{}, value]) };
}

function labelled(
  type: Type, name: string, help: string, label: string, read: (facts: GatewayFacts) => readonly (readonly [string, number])[],
): GatewayMetric {
  return { name, help, type, labels: [label], read: (facts) => bounded(read(facts)).map(([key, value]) => [{ [label]: key }, value]) };
}

function connection(name: string, help: string, key: keyof ConnectionStatistics): GatewayMetric {
  return labelled('counter', name, help, 'connection', ({ connections }) => (
    [...connections].map(([plan, counts]) => [plan, counts[key]] as const)));
}

function directed(name: string, help: string, inward: keyof ConnectionStatistics, outward: keyof ConnectionStatistics): GatewayMetric {
  return {
    name, help, type: 'counter', labels: ['connection', 'direction'],
    read: ({ connections }) => [...connections].flatMap(([plan, counts]): Sample[] => [
      [{ connection: plan, direction: 'in' }, counts[inward]], [{ connection: plan, direction: 'out' }, counts[outward]],
    ]),
  };
}

function recorded(type: Type, name: string, help: string, read: (recording: RecordingFacts) => number): GatewayMetric {
  return plain(type, name, help, ({ recording }) => (recording === null ? [] : [read(recording)]));
}

/** Label values as words with underscores, never more than LABEL_VALUES_MAX of them. */
function bounded(values: readonly (readonly [string, number])[]): (readonly [string, number])[] {
  const named = values.map(([key, value]) => [wordsOf(key), value] as const);
  if (named.length <= LABEL_VALUES_MAX) return named;
  const rest = named.slice(LABEL_VALUES_MAX - 1).reduce((sum, [, value]) => sum + value, 0);
  return [...named.slice(0, LABEL_VALUES_MAX - 1), ['other', rest]];
}

/** `checksumMismatches` is ours; `unknown channel BTC/USD` holds the Venue's words. */
function wordsOf(key: string): string {
  const words = /^[a-z]+([A-Z][a-z]*)*$/.test(key) ? key.replace(/[A-Z]/g, ' $&') : key;
  return words.toLowerCase().replace(/[^a-z0-9]+/g, '_');
}
