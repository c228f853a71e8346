// Everything the simulated Venue can be told, as plain values: what the daemon's Configuration resolves its simulation
// section to, and what daemon/venues/sim/ runs on. Types and closed lists only. Times in ns, shares in parts per million,
// amounts as decimal text.

/** What may go wrong. README.md says what each one does. */
export const FAULT_KINDS = [
  'loseRequest', 'reject', 'rateLimit', 'disconnect',
  'loseAcknowledgement', 'delayAcknowledgement', 'duplicateAcknowledgement', 'reorderAcknowledgement',
  'fillBeforeAcceptance', 'fillAfterTerminal',
  'loseFill', 'duplicateFill', 'orphanFill',
  'announcedGap', 'silentGap', 'crossedBook', 'zeroQuantity', 'negativeQuantity', 'unknownInstrument',
  'disagreeingStatus', 'orphanStatus',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** What a fault happens to. `request` is each of new, replace and cancel; `delta` a published book delta. */
export const FAULT_TRIGGERS = ['request', 'new', 'replace', 'cancel', 'fill', 'delta', 'status'] as const;
export type FaultTrigger = (typeof FAULT_TRIGGERS)[number];

interface ScriptedFault {
  readonly fault: FaultKind;
  readonly on: FaultTrigger;
  /** 1: the first since the Venue was started. */
  readonly nth: number;
}

export interface FaultSettings {
  /** Probability per occurrence of what the fault happens to. */
  readonly ppm: Readonly<Partial<Record<FaultKind, number>>>;
  readonly script: readonly ScriptedFault[];
  /** How late `delayAcknowledgement` and the fill of `fillAfterTerminal` are. */
  readonly delayNs: number;
  /** The longest `reorderAcknowledgement` waits for a message to overtake it. */
  readonly reorderNs: number;
  readonly disconnectMs: number;
  /** Between `announcedGap` and the snapshot that heals it. */
  readonly resyncNs: number;
}

export interface LatencySettings {
  /**
   * From receipt of a command to its arrival at the matching engine: constant, plus up to the jitter. Never
   * reordered.
   */
  readonly entryNs: number;
  readonly entryJitterNs: number;
  /** From an execution to its report. */
  readonly responseNs: number;
  readonly responseJitterNs: number;
  readonly marketDataNs: number;
  readonly marketDataJitterNs: number;
}

export interface FlowSettings {
  /** Where the fair price starts and is drawn back to; decimal. */
  readonly midPrice: string;
  /** Background orders, cancels, trades and price moves; 0: a market that only the client moves. */
  readonly eventsPerSecond: number;
  /** Price levels a side that the background keeps; ≥ 1. */
  readonly levels: number;
  /** Ticks between two levels. */
  readonly spacingTicks: number;
  /** Ticks between the fair price and the first level on either side. */
  readonly halfSpreadTicks: number;
  /** Typical quantity of a background order; decimal. */
  readonly quantity: string;
  /** Background orders at one level; ≥ 1. */
  readonly ordersPerLevel: number;
  /** Share of background events that move the fair price, and by up to how many ticks; 0: never. */
  readonly movePpm: number;
  readonly moveTicks: number;
  /** Ticks from `midPrice` within which the fair price stays; the pull back grows with the distance. */
  readonly rangeTicks: number;
  /** Share of background events that take liquidity. */
  readonly takerPpm: number;
}

export interface SimSettings {
  /** 32 bits. Same seed, same commands at the same times: same bytes. */
  readonly seed: number;
  readonly latency: LatencySettings;
  /** Book changes are published at most this often; 0: after each matching step. */
  readonly publishIntervalNs: number;
  /** Negative: a rebate. */
  readonly makerFeePpm: number;
  readonly takerFeePpm: number;
  /** Refuse orders the account cannot pay for. */
  readonly checkFunds: boolean;
  /** What the client owns at first, by currency symbol; `*` for every other. Decimal. */
  readonly balances: Readonly<Record<string, string>>;
  /** Requests at once, and the time after which one more is allowed; capacity 0: no limit. */
  readonly rateLimit: { readonly capacity: number; readonly intervalNs: number };
  readonly openOrdersMax: number;
  /** Terminal orders remembered. */
  readonly terminalOrdersMax: number;
  /** Executions remembered for reconciliation. */
  readonly executionsMax: number;
  /** Executions reported within this time before a reconciliation or a lost link are reported again. */
  readonly resendNs: number;
  readonly cancelOnDisconnect: boolean;
  /** Background flow that is further behind than this is skipped, not caught up. */
  readonly catchUpNs: number;
  /** Commands kept in the wire log. */
  readonly wireLogMax: number;
  /** For every instrument, and what differs by instrument symbol. */
  readonly market: FlowSettings;
  readonly markets: Readonly<Record<string, Partial<FlowSettings>>>;
  readonly faults: FaultSettings;
}
