// Counters of a running daemon: one array of doubles over shared memory, written by the loop, read by the observer worker.
// Each index has one writer. They never feed back: nothing in State or on the path reads a counter to decide.

/** Indices into the counter array; append only. `…NsMax` are maxima since start, `…Last` are gauges, the rest only grow. */
export const Counter = {
  StartUnixMs: 0,
  /** Unix ms of the loop's last beat: /health/live fails when it stands still. */
  BeatUnixMs: 1,
  /** `SessionPhase` in the order of SESSION_PHASES. */
  Phase: 2,
  TradingState: 3,
  KillSwitch: 4,
  EgressLatched: 5,
  GatesClosed: 6,
  Position: 7,
  InputsMarket: 8,
  InputsExecution: 9,
  InputsControl: 10,
  InputsControlTime: 11,
  Steps: 12,
  StepNsMax: 13,
  StepsSlow: 14,
  StepNsTotal: 15,
  Dispatches: 16,
  Transmitted: 17,
  TransmitFailures: 18,
  StrategyFailures: 19,
  LoopCycles: 20,
  LoopStalls: 21,
  LoopStallNsMax: 22,
  ControlTimeLateNsMax: 23,
  JournalOffset: 24,
  JournalSyncedPosition: 25,
  JournalSyncs: 26,
  JournalSyncNsMax: 27,
  JournalAppendStalls: 28,
  JournalFailure: 29,
  LinksUp: 30,
  LinksOpened: 31,
  LinksClosed: 32,
  LinksRefused: 33,
  FramesReceived: 34,
  BytesReceived: 35,
  FramesRefused: 36,
  FramesShed: 37,
  FramesSent: 38,
  HeartbeatTimeouts: 39,
  OpenOrders: 40,
  QueuedIntents: 41,
  InflightRequests: 42,
  IntentsDenied: 43,
  IntentsClosed: 44,
  Fills: 45,
  Rejects: 46,
  CancelRejects: 47,
  StatusQueries: 48,
  Reconciliations: 49,
  ReconciliationMismatches: 50,
  OperatorCommands: 51,
  FeedsValid: 52,
  FeedsRequired: 53,
  GatewayRestarts: 54,
  Alarms: 55,
  /** Tick to order: ns from a market frame's arrival to the last byte handed to the socket. Histogram below. */
  TickToOrderCount: 56,
  TickToOrderNsTotal: 57,
  TickToOrderNsMax: 58,
  RssBytes: 59,
  HeapUsedBytes: 60,
  /** Buckets of tick-to-order: bucket i counts latencies < TICK_TO_ORDER_BUCKETS_NS[i]; the last is everything above. */
  TickToOrderBucket0: 64,
  /** Inputs by kind: index InputKind0 + Kind. */
  InputKind0: 96,
  Size: 160,
} as const;

export const SESSION_PHASES = ['warming', 'ready', 'trading', 'paused', 'draining', 'closed', 'halted'] as const;

/** Upper bounds, ns. */
export const TICK_TO_ORDER_BUCKETS_NS: readonly number[] = [
  1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000,
  100_000_000, 1_000_000_000,
];

/** Shared memory for one set of counters, all zero. */
export function createCounters(): Float64Array {
  return new Float64Array(new SharedArrayBuffer(Counter.Size * Float64Array.BYTES_PER_ELEMENT));
}
