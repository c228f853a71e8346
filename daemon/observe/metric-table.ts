// Every metric tcx shows, once: name, help, type, and where in shared memory its value is. The exposition, the
// reference page, the alert rules and the dashboard are checked against this table. Data only; nothing here reads or
// writes memory.
//
// A value is stored in the unit that is cheap for its writer and shown in the base unit: shown = stored × factor.

import { Counter, SESSION_PHASES } from '../event/counters.ts';
import { CloseReason, DenyReason, Kind, RejectReason } from '../event/kinds.ts';

interface Described {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
}

/** One number at one index of the counters. */
interface ScalarMetric extends Described {
  readonly source: 'scalar';
  readonly index: number;
  readonly factor: number;
}
/** One number per value of a closed enum, side by side. */
interface EnumMetric extends Described {
  readonly source: 'enum';
  readonly label: string;
  readonly index0: number;
  readonly values: readonly (readonly [string, number])[];
}
/** One index that holds which of `values` is the case: shown as 1 for that one and 0 for the others. */
interface StateMetric extends Described {
  readonly source: 'state';
  readonly label: string;
  readonly index: number;
  readonly values: readonly string[];
}
/** Buckets of LATENCY_BUCKETS_NS from `bucket0`, their sum in ns at `total`. */
export interface HistogramMetric extends Described {
  readonly source: 'histogram';
  readonly bucket0: number;
  readonly total: number;
}

/** What a series block has one slot per: the Configuration's lists, or the gates. */
export type SeriesOf = 'venue' | 'instrument' | 'strategy' | 'gate';
/** One number per Venue, instrument, Strategy or gate; with `values` it is a state, shown as for StateMetric. */
export interface SeriesMetric extends Described {
  readonly source: 'series';
  readonly of: SeriesOf;
  readonly factor: number;
  readonly values: readonly string[] | null;
}
/** Read by the observer worker itself when it is scraped. */
export interface ObserverMetric extends Described {
  readonly source: 'observer';
  readonly label: string | null;
}

export type MetricRow = ScalarMetric | EnumMetric | StateMetric | HistogramMetric | SeriesMetric | ObserverMetric;

const NS = 1e-9;
const MS = 1e-3;

export const GATE_NAMES = [
  'journal',
  'digest',
  'reconciliation',
  'feed',
  'link',
  'kill-switch',
  'limits',
  'strategy',
  'other',
] as const;
export const FEED_STATES = ['unknown', 'valid', 'invalid', 'stale'] as const;
export const RECONCILIATION_STATES = ['none', 'ok', 'warning', 'unknown', 'mismatch'] as const;
const TRADING_STATES = ['off', 'on', 'paused', 'draining'] as const;

const c = Counter;

const control: readonly MetricRow[] = [
  gauge('tcx_start_time_seconds', c.StartUnixMs, 'When the daemon started, Unix time', MS),
  gauge('tcx_loop_beat_time_seconds', c.BeatUnixMs, 'Last sign of life of the loop, Unix time', MS),
  stateOf('tcx_session_phase', 'phase', c.Phase, 'Phase of the session', SESSION_PHASES),
  stateOf('tcx_trading_state', 'state', c.TradingState, 'Trading state', TRADING_STATES),
  gauge('tcx_kill_switch', c.KillSwitch, '1 while the kill switch is set'),
  gauge('tcx_egress_latched', c.EgressLatched, '1 while nothing but cancels may leave'),
  gauge('tcx_gates_closed', c.GatesClosed, 'Gates that are closed; trading cannot be enabled unless it is 0'),
  counter('tcx_operator_commands_total', c.OperatorCommands, 'Operator commands recorded'),
  counter('tcx_alarms_total', c.Alarms, 'Alarms raised by the daemon itself'),
];

const core: readonly MetricRow[] = [
  gauge('tcx_stream_position', c.Position, 'Position of the last Event in the stream'),
  enumOf('tcx_inputs_total', 'category', c.InputsMarket, 'Input Events by category', [
    ['market', 0],
    ['execution', 1],
    ['control', 2],
    ['control_time', 3],
  ]),
  enumOf(
    'tcx_inputs_by_kind_total',
    'kind',
    c.InputKind0,
    'Input Events by kind',
    membersOf(Kind, 1, Kind.ControlTime),
  ),
  counter('tcx_steps_total', c.Steps, 'Core steps'),
  histogram('tcx_step_seconds', c.StepBucket0, c.StepNsTotal, 'One Core step, intake to dispatch'),
  gauge('tcx_step_max_seconds', c.StepNsMax, 'Longest Core step since start', NS),
  counter('tcx_steps_slow_total', c.StepsSlow, 'Core steps longer than the configured bound'),
  histogram(
    'tcx_tick_to_order_seconds',
    c.TickToOrderBucket0,
    c.TickToOrderNsTotal,
    'Market frame in to order bytes handed to the socket, when the frame led to an order',
  ),
  counter('tcx_tick_to_orders_total', c.TickToOrderCount, 'Market frames that led to an order'),
  gauge('tcx_tick_to_order_max_seconds', c.TickToOrderNsMax, 'Longest tick to order since start', NS),
  counter(
    'tcx_strategy_failures_total',
    c.StrategyFailures,
    'Evaluations in which a Strategy threw or returned nonsense',
  ),
  counter('tcx_dispatches_total', c.Dispatches, 'IntentDispatched Events recorded'),
  counter('tcx_intents_denied_total', c.IntentsDenied, 'Intents Risk denied'),
  enumOf(
    'tcx_intents_denied_by_reason_total',
    'reason',
    c.DeniedReason0,
    'Intents Risk denied, by reason',
    membersOf(DenyReason, 1),
  ),
  counter('tcx_intents_closed_total', c.IntentsClosed, 'Allowed Intents that ended without being dispatched'),
  enumOf(
    'tcx_intents_closed_by_reason_total',
    'reason',
    c.ClosedReason0,
    'Allowed Intents that ended undispatched, by reason',
    membersOf(CloseReason, 1),
  ),
  gauge('tcx_open_orders', c.OpenOrders, 'Orders that are live'),
  gauge('tcx_queued_intents', c.QueuedIntents, 'Allowed, unsent work in the Queue'),
  gauge('tcx_inflight_requests', c.InflightRequests, 'Requests at a Venue without an answer yet'),
];

const venue: readonly MetricRow[] = [
  counter('tcx_transmits_total', c.Transmitted, 'Requests handed to the link'),
  counter('tcx_transmit_failures_total', c.TransmitFailures, 'Requests that could not be handed to the link'),
  counter('tcx_fills_total', c.Fills, 'OrderFilled Events'),
  counter('tcx_order_rejects_total', c.Rejects, 'OrderRejected Events'),
  enumOf(
    'tcx_order_rejects_by_reason_total',
    'reason',
    c.RejectReason0,
    'OrderRejected Events, by reason',
    membersOf(RejectReason, 0),
  ),
  counter('tcx_cancel_rejects_total', c.CancelRejects, 'CancelRejected and ReplaceRejected Events'),
  counter('tcx_status_queries_total', c.StatusQueries, 'Order status queries sent because an answer was overdue'),
  counter('tcx_reconciliations_total', c.Reconciliations, 'Reconciliations completed'),
  counter('tcx_reconciliation_mismatches_total', c.ReconciliationMismatches, 'Differences reconciliation found'),
  gauge('tcx_links_up', c.LinksUp, 'Gateway links that are up'),
  counter('tcx_links_opened_total', c.LinksOpened, 'Gateway links accepted'),
  counter('tcx_links_closed_total', c.LinksClosed, 'Gateway links ended'),
  counter('tcx_links_refused_total', c.LinksRefused, 'Gateway links refused'),
  counter('tcx_link_frames_received_total', c.FramesReceived, 'Link frames received'),
  counter('tcx_link_received_bytes_total', c.BytesReceived, 'Bytes of link frames received'),
  counter('tcx_link_frames_refused_total', c.FramesRefused, 'Link frames refused as malformed or not allowed'),
  counter('tcx_link_frames_shed_total', c.FramesShed, 'Market frames shed under overload; each gap is an Event'),
  counter('tcx_link_frames_sent_total', c.FramesSent, 'Link frames sent'),
  counter('tcx_link_heartbeat_timeouts_total', c.HeartbeatTimeouts, 'Links ended because the gateway fell silent'),
  counter('tcx_gateway_restarts_total', c.GatewayRestarts, 'Embedded gateways started again after they ended'),
  gauge('tcx_feeds_valid', c.FeedsValid, 'Required feeds that are valid and fresh'),
  gauge('tcx_feeds_required', c.FeedsRequired, 'Feeds that must be valid and fresh'),
];

const journal: readonly MetricRow[] = [
  gauge('tcx_journal_bytes', c.JournalOffset, 'Bytes of the journal in use'),
  gauge('tcx_journal_synced_position', c.JournalSyncedPosition, 'Last position known to be on disk'),
  counter('tcx_journal_syncs_total', c.JournalSyncs, 'Syncs of the journal to disk'),
  gauge('tcx_journal_sync_last_seconds', c.JournalSyncNsLast, 'Duration of the last sync', NS),
  gauge('tcx_journal_sync_max_seconds', c.JournalSyncNsMax, 'Longest sync since start', NS),
  counter('tcx_journal_append_stalls_total', c.JournalAppendStalls, 'Appends that had to wait for the next extent'),
  gauge('tcx_journal_failure', c.JournalFailure, '0, or the negative Status with which the journal failed'),
];

const loop: readonly MetricRow[] = [
  counter('tcx_loop_cycles_total', c.LoopCycles, 'Cycles of the loop'),
  counter('tcx_loop_stalls_total', c.LoopStalls, 'Cycles longer than the configured bound'),
  histogram(
    'tcx_loop_stall_seconds',
    c.LoopStallBucket0,
    c.LoopStallNsTotal,
    'Cycles longer than the configured bound',
  ),
  gauge('tcx_loop_stall_max_seconds', c.LoopStallNsMax, 'Longest cycle since start', NS),
  gauge(
    'tcx_control_time_late_max_seconds',
    c.ControlTimeLateNsMax,
    'Latest ControlTime after its deadline since start',
    NS,
  ),
  histogram('tcx_gc_pause_seconds', c.GcBucket0, c.GcNsTotal, 'Garbage collections of the loop’s heap'),
  enumOf('tcx_gc_total', 'kind', c.GcMinor, 'Garbage collections of the loop’s heap, by kind', [
    ['minor', 0],
    ['major', 1],
    ['incremental', 2],
    ['weak', 3],
  ]),
  gauge('tcx_gc_pause_max_seconds', c.GcNsMax, 'Longest garbage collection since start', NS),
  gauge('tcx_heap_used_bytes', c.HeapUsedBytes, 'Heap in use after the last garbage collection'),
  gauge('tcx_heap_size_bytes', c.HeapTotalBytes, 'Heap size after the last garbage collection'),
  gauge('tcx_heap_external_bytes', c.ExternalBytes, 'Memory outside the heap after the last garbage collection'),
];

const series: readonly MetricRow[] = [
  seriesOf('tcx_gate_open', 'gate', 'gauge', '1 while the gate is open'),
  seriesOf('tcx_venue_link_up', 'venue', 'gauge', '1 while the Venue’s link is up'),
  seriesOf('tcx_venue_reconciliation', 'venue', 'gauge', 'Result of the last reconciliation', RECONCILIATION_STATES),
  seriesOf('tcx_venue_frames_received_total', 'venue', 'counter', 'Link frames received from the Venue’s gateway'),
  seriesOf('tcx_venue_frames_refused_total', 'venue', 'counter', 'Link frames of the Venue’s gateway refused'),
  seriesOf('tcx_venue_frames_shed_total', 'venue', 'counter', 'Market frames of the Venue’s gateway shed'),
  seriesOf('tcx_feed_state', 'instrument', 'gauge', 'Validity of the instrument’s feed', FEED_STATES),
  seriesOf('tcx_feed_age_seconds', 'instrument', 'gauge', 'Time since the feed’s last Event; -1: none yet', null, NS),
  seriesOf('tcx_feed_dropped_total', 'instrument', 'counter', 'Messages of the feed known to be lost'),
  seriesOf(
    'tcx_position_quantity',
    'instrument',
    'gauge',
    'Position held; rounded for display, exact in GET /positions',
  ),
  seriesOf('tcx_realised_profit', 'instrument', 'gauge', 'Realised P&L, quote currency; rounded for display'),
  seriesOf('tcx_unrealised_profit', 'instrument', 'gauge', 'Unrealised P&L, quote currency; rounded for display'),
  seriesOf('tcx_fees_paid', 'instrument', 'gauge', 'Fees paid less rebates; rounded for display'),
  seriesOf('tcx_strategy_enabled', 'strategy', 'gauge', '1 while the Strategy is enabled'),
  seriesOf('tcx_strategy_failures', 'strategy', 'gauge', 'Consecutive failed evaluations of the Strategy'),
];

const observer: readonly MetricRow[] = [
  counter('tcx_log_lines_total', c.LogLinesPosted, 'Log lines given to the observer worker'),
  counter('tcx_log_lines_dropped_total', c.LogLinesDropped, 'Log lines dropped because their reader was too slow'),
  counter('tcx_observer_restarts_total', c.ObserverRestarts, 'Times the observer worker was started again'),
  observed('tcx_build_info', 'gauge', '1; the labels say which build', 'version'),
  observed('tcx_process_resident_memory_bytes', 'gauge', 'Resident memory, the mapped journal included'),
  observed('tcx_process_file_memory_bytes', 'gauge', 'Resident memory backed by files: mostly the mapped journal'),
  observed('tcx_process_cpu_seconds_total', 'counter', 'CPU time of all threads'),
  observed('tcx_process_threads', 'gauge', 'Threads'),
  observed('tcx_process_open_fds', 'gauge', 'Open file descriptors'),
  observed('tcx_process_max_fds', 'gauge', 'Limit of open file descriptors'),
  observed('tcx_process_major_faults_total', 'counter', 'Page faults that waited for the disk'),
  observed('tcx_loop_cpu_seconds_total', 'counter', 'CPU time of the loop’s thread'),
  observed('tcx_loop_context_switches_total', 'counter', 'Times the loop’s thread left its core', 'kind'),
  observed('tcx_scrapes_total', 'counter', 'Times /metrics was read'),
];

export const METRICS: readonly MetricRow[] = [
  ...control,
  ...core,
  ...venue,
  ...journal,
  ...loop,
  ...series,
  ...observer,
];

/** Counters that are no metric of their own, and why. */
export const UNSHOWN: Readonly<Record<string, string>> = {
  RssBytes: 'the observer reads it from /proc when scraped, so the loop need not',
};

function counter(name: string, index: number, help: string, factor = 1): ScalarMetric {
  return { source: 'scalar', type: 'counter', name, help, index, factor };
}
function gauge(name: string, index: number, help: string, factor = 1): ScalarMetric {
  return { source: 'scalar', type: 'gauge', name, help, index, factor };
}
function stateOf(name: string, label: string, index: number, help: string, values: readonly string[]): StateMetric {
  return { source: 'state', type: 'gauge', name, help, label, index, values };
}
function enumOf(name: string, label: string, index0: number, help: string, values: EnumMetric['values']): EnumMetric {
  return { source: 'enum', type: 'counter', name, help, label, index0, values };
}
function histogram(name: string, bucket0: number, total: number, help: string): HistogramMetric {
  return { source: 'histogram', type: 'histogram', name, help, bucket0, total };
}
function seriesOf(
  name: string,
  of: SeriesOf,
  type: 'counter' | 'gauge',
  help: string,
  values: readonly string[] | null = null,
  factor = 1,
): SeriesMetric {
  return { source: 'series', type, name, help, of, values, factor };
}
function observed(name: string, type: 'counter' | 'gauge', help: string, label: string | null = null): ObserverMetric {
  return { source: 'observer', type, name, help, label };
}

/** Names and numbers of an enum's members from `first` to `last`. */
function membersOf(members: object, first: number, last = Number.MAX_SAFE_INTEGER): [string, number][] {
  return Object.entries(members).filter((entry): entry is [string, number] => {
    return typeof entry[1] === 'number' && entry[1] >= first && entry[1] <= last;
  });
}
