// What an operator may ask of a running daemon and what comes back: plain JSON types, no behaviour. The admin server
// and its client speak these; the runtime answers them on the loop. Everything that changes behaviour becomes a
// recorded Event with actor and reason; a query changes nothing. Quantities, prices and amounts are exact decimals.

/** A command that changes behaviour. Names are those of tcxctl. */
export type OperatorRequest =
  /** Turns trading on (all gates must be open), or enables one strategy by its id. */
  | { readonly command: 'enable'; readonly strategy?: string }
  /** No new exposure until `enable`; with `strategy`: switches that strategy off. */
  | { readonly command: 'pause'; readonly strategy?: string }
  /** Turns trading off. */
  | { readonly command: 'disable' }
  | { readonly command: 'kill' }
  | { readonly command: 'unkill' }
  /** Cancels every live Order, or those of one Venue. */
  | { readonly command: 'cancel-all'; readonly venue?: string }
  /** Compares State with what the Venue reports; answers when the comparison is recorded. */
  | { readonly command: 'reconcile'; readonly venue?: string }
  /** Last resort for an Order no Venue can account for: recorded as OrderDisposed. */
  | { readonly command: 'dispose'; readonly orderId: number }
  /** Asks the Venue for the status of one Order. */
  | { readonly command: 'query'; readonly orderId: number }
  /** Replaces the Configuration of the running session; `text` is YAML or JSON. Only what may change while running. */
  | { readonly command: 'configure'; readonly text: string }
  /** Trading off, cancel all, wait for terminal Orders, end the session, exit. */
  | { readonly command: 'drain' };

/** Who asks, and why. `actor` is derived from the peer's credentials, never taken from the request. */
export interface OperatorIdentity {
  readonly actor: string;
  readonly reason: string;
}

export interface CommandResult {
  readonly ok: boolean;
  /** Position of the Event that recorded the command; 0 when it was refused and nothing was recorded. */
  readonly position: number;
  /** One sentence: what happened, or what stands in the way and what to do. */
  readonly message: string;
  /** The closed gates, when they are the reason. */
  readonly closedGates: readonly GateReport[];
}

export interface CommandPort {
  /** Never rejects for an operator's mistake: the answer says so. Unknown strategy, venue or order id: `ok: false`. */
  execute(request: OperatorRequest, identity: OperatorIdentity): Promise<CommandResult>;
}

// ── Queries ─────────────────────────────────────────────────────────────────────────────────────

export type SessionPhase = 'warming' | 'ready' | 'trading' | 'paused' | 'draining' | 'closed' | 'halted';

export interface GateReport {
  /** Stable name: journal, digest, reconciliation, feed, link, kill-switch, limits, strategy. */
  readonly gate: string;
  readonly open: boolean;
  /** Why it is closed, and what opens it; empty when open. */
  readonly detail: string;
}

export interface StatusReport {
  readonly version: string;
  readonly commit: string;
  readonly dirty: boolean;
  readonly pid: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly sessionId: string;
  readonly sessionOrdinal: number;
  readonly phase: SessionPhase;
  readonly trading: 'off' | 'on' | 'paused' | 'draining';
  readonly killSwitch: boolean;
  readonly egressLatched: boolean;
  readonly schemaHash: string;
  readonly configurationHash: string;
  readonly configurationVersion: number;
  readonly position: number;
  /** Sequencing Time of the last Event, ns since the session's epoch. */
  readonly time: number;
  readonly journalPath: string;
  readonly journalBytes: number;
  readonly syncedPosition: number;
  readonly durability: string;
  readonly idle: 'spin' | 'yield' | 'block';
  readonly openOrders: number;
  readonly queuedIntents: number;
  readonly gates: readonly GateReport[];
  readonly venues: readonly VenueReport[];
  readonly strategies: readonly StrategyReport[];
}

export interface VenueReport {
  readonly venue: string;
  readonly link: 'up' | 'down';
  readonly gatewayBuild: string;
  readonly reconciliation: 'none' | 'ok' | 'warning' | 'unknown' | 'mismatch';
  readonly framesReceived: number;
  readonly framesRefused: number;
  readonly framesShed: number;
}

export interface StrategyReport {
  readonly strategy: string;
  readonly module: string;
  readonly contentHash: string;
  readonly enabled: boolean;
  readonly failures: number;
}

export interface OrderReport {
  readonly orderId: number;
  readonly strategy: string;
  readonly venue: string;
  readonly instrument: string;
  readonly side: 'buy' | 'sell';
  readonly state: string;
  /** Request outstanding at the Venue: none, new, replace, cancel. */
  readonly inflight: string;
  /** Work waiting in the Queue: none, new, replace, cancel. */
  readonly queued: string;
  readonly price: string;
  readonly quantity: string;
  readonly filledQuantity: string;
}

export interface PositionReport {
  readonly instrument: string;
  readonly venue: string;
  readonly quantity: string;
  readonly averagePrice: string;
  readonly realised: string;
  readonly unrealised: string;
  readonly fees: string;
  readonly currency: string;
}

export interface BalanceEntry {
  readonly venue: string;
  readonly currency: string;
  /** As the Venue last reported it, moved by the fills since. */
  readonly total: string;
  readonly available: string;
}

export interface BookReport {
  readonly instrument: string;
  readonly valid: boolean;
  readonly updates: number;
  /** [price, quantity] best first. */
  readonly bids: readonly (readonly [string, string])[];
  readonly asks: readonly (readonly [string, string])[];
}

export interface FeedReport {
  readonly instrument: string;
  readonly venue: string;
  readonly state: 'unknown' | 'valid' | 'invalid' | 'stale';
  readonly reason: string;
  /** ns since the last Event of this feed, measured in Sequencing Time; -1: none yet. */
  readonly ageNs: number;
  readonly dropped: number;
}

/** Read on the loop between two Events: every answer is one consistent State. */
export interface StatePort {
  status(): StatusReport;
  /** Live Orders; with `all` also the terminal ones still remembered. */
  orders(options: { readonly all: boolean }): readonly OrderReport[];
  positions(): readonly PositionReport[];
  balances(): readonly BalanceEntry[];
  /** null: no such instrument. */
  book(instrument: string, depth: number): BookReport | null;
  feeds(): readonly FeedReport[];
  gates(): readonly GateReport[];
  /** The effective Configuration as canonical JSON, secrets left out. */
  configuration(): string;
}
