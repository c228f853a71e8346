// Counters of a running daemon: one array of doubles over shared memory, written by the loop, read by the observer
// worker. Each index has one writer. They never feed back: nothing in State or on the path reads a counter to decide.

/** Indices into the counter array; append only. `…NsMax` are maxima since start, `…Last` gauges, the rest only grow. */
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
  /** Buckets of tick-to-order: i counts what is within LATENCY_BUCKETS_NS[i] and above [i-1]; the last is the rest. */
  TickToOrderBucket0: 64,
  /** Inputs by kind: index InputKind0 + Kind. */
  InputKind0: 96,
  /** One Core step, intake to dispatch. Buckets as above; total in StepNsTotal, count in Steps. */
  StepBucket0: 160,
  /** Time between two looks of the loop at its inputs, when that was longer than it should be. Count: LoopStalls. */
  LoopStallBucket0: 176,
  LoopStallNsTotal: 192,
  JournalSyncNsLast: 193,
  /** By reason: index + DenyReason, CloseReason, RejectReason. */
  DeniedReason0: 208,
  ClosedReason0: 240,
  RejectReason0: 256,
  /** Written by observe/main-thread-probe.ts: collections of the loop's own heap. */
  GcMinor: 272,
  GcMajor: 273,
  GcIncremental: 274,
  GcWeak: 275,
  GcNsTotal: 276,
  GcNsMax: 277,
  HeapTotalBytes: 278,
  ExternalBytes: 279,
  /** Written by observe/observer.ts. */
  LogLinesPosted: 280,
  LogLinesDropped: 281,
  ObserverRestarts: 282,
  GcBucket0: 288,
  Size: 320,
} as const;

export const SESSION_PHASES = ['warming', 'ready', 'trading', 'paused', 'draining', 'closed', 'halted'] as const;

/** Upper bounds of every latency histogram, ns, inclusive; one more bucket follows for what is above the last. */
export const LATENCY_BUCKETS_NS: readonly number[] = [
  1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000,
  100_000_000, 1_000_000_000,
];

/** Counts one latency in the histogram that starts at `bucket0`. The caller keeps its total, count and maximum. */
export function countLatency(counters: Float64Array, bucket0: number, ns: number): void {
  let bucket = 0;
  while (bucket < LATENCY_BUCKETS_NS.length && ns > LATENCY_BUCKETS_NS[bucket]!) bucket += 1;
  counters[bucket0 + bucket]! += 1;
}

/** Shared memory for one set of counters, all zero. */
export function createCounters(): Float64Array {
  return new Float64Array(new SharedArrayBuffer(Counter.Size * Float64Array.BYTES_PER_ELEMENT));
}
