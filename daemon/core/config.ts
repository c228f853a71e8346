// The part of the Configuration that the Core may read, resolved to integers and indices. It is derived from the
// effective Configuration recorded in SessionStarted by a pure function (daemon/configuration/resolve.ts), so that a
// replay needs nothing but the journal. Immutable once built; ConfigurationChanged replaces it whole.

/** Everything the Core reads of the Configuration. Lists are indexed by the numbers Events carry. */
export interface CoreConfig {
  /** A StateDigest after every this many positions; ≥ 1. */
  readonly digestEvery: number;
  readonly recordDenied: boolean;
  readonly recordClosed: boolean;
  /** Orders that may be live or queued at once; capacity of the order table. */
  readonly ordersMax: number;
  /** Terminal Orders kept for late and duplicate reports. */
  readonly terminalOrdersMax: number;
  /** Entries the Queue may hold. */
  readonly queueEntriesMax: number;
  /** Intents one step may emit; ≤ 64. */
  readonly intentsPerStepMax: number;
  /** ns; allowed work that waited longer is closed (`Expired`). 0: never. */
  readonly pendingAgeMax: number;
  /** Cancel every live Order when the kill switch is set. */
  readonly killCancelsOrders: boolean;
  readonly venues: readonly VenueConfig[];
  readonly currencies: readonly CurrencyConfig[];
  readonly instruments: readonly InstrumentConfig[];
  readonly strategies: readonly StrategyConfig[];
  readonly risk: RiskConfig;
}

export interface VenueConfig {
  readonly id: string;
  readonly simulated: boolean;
  /** ns without an answer after which a request is overdue. */
  readonly ackTimeout: number;
  /** An overdue request no longer blocks a CANCEL of its Order. */
  readonly cancelWhenOverdue: boolean;
  /** Every bucket must have the tokens for a request to leave. */
  readonly rateLimits: readonly RateLimitConfig[];
}

/** A token bucket. Tokens are integers; a token returns every `tokenInterval` ns. */
export interface RateLimitConfig {
  readonly capacity: number;
  readonly tokenInterval: number;
  /** Tokens only a CANCEL may take. */
  readonly reservedForCancel: number;
  readonly costNew: number;
  readonly costReplace: number;
  readonly costCancel: number;
}

interface CurrencyConfig {
  readonly symbol: string;
  readonly scale: number;
}

export interface InstrumentConfig {
  readonly id: string;
  readonly symbol: string;
  readonly venue: number;
  readonly base: number;
  readonly quote: number;
  /** price = integer × 10^-priceScale of the quote currency. */
  readonly priceScale: number;
  readonly quantityScale: number;
  /** Scaled integers. */
  readonly tickSize: number;
  readonly lotSize: number;
  readonly minimumQuantity: number;
  /** The Venue's book window (levels a side), 0 for a full book. */
  readonly bookDepth: number;
  readonly bookLevelsMax: number;
  /** A gate and Risk need this feed valid and fresh. */
  readonly feedRequired: boolean;
  /** ns without any Event after which the feed is stale; 0: never. */
  readonly staleAfter: number;
  readonly limits: InstrumentLimits;
}

/** Limits of one instrument, scaled integers; 0 switches the rule off where the comment says so. */
export interface InstrumentLimits {
  /** Orders may be sent at all. */
  readonly allowed: boolean;
  /** Largest absolute worst-case position. */
  readonly positionMax: number;
  readonly orderQuantityMax: number;
  /** Largest price × quantity of one Order, in 10^-(priceScale + quantityScale) of the quote currency; 0n: off. */
  readonly orderNotionalMax: bigint;
  /** Parts per million a price may lie beyond the opposite best price (buy above ask, sell below bid) or, away from the
   *  market, beyond its own side; 0: off. */
  readonly priceBandPpm: number;
  readonly openOrdersMax: number;
}

interface RiskConfig {
  /** Per quote currency: largest sum of worst-case |position| × price over its instruments, in 10^-currency.scale; 0n: off. */
  readonly grossExposureMax: readonly bigint[];
  /** Per quote currency: largest loss since the UTC day began, in 10^-currency.scale; 0n: off. */
  readonly dailyLossMax: readonly bigint[];
  readonly openOrdersMax: number;
  /** Deny an Order that would trade against an own resting or queued Order. */
  readonly denyOwnCross: boolean;
}

/** When a Strategy is consulted (docs/concepts/strategies.md): all that apply are or-ed, then thinned by `everyNth`. */
export interface CadenceConfig {
  /** Best price of a subscribed instrument changed. */
  readonly onTopPrice: boolean;
  /** Any book update of a subscribed instrument. */
  readonly onBook: boolean;
  readonly onTrade: boolean;
  /** Any Execution Event of an Order of this Strategy. */
  readonly onExecution: boolean;
  readonly onControlTime: boolean;
  /** Trading state, kill switch, link and feed changes. */
  readonly onControl: boolean;
  /** Of the market Events that match, only every n-th; ≥ 1. Execution and control Events are never thinned. */
  readonly everyNth: number;
}

export interface StrategyConfig {
  readonly id: string;
  /** `builtin:NAME` or the path of a module. */
  readonly module: string;
  readonly enabled: boolean;
  readonly instruments: readonly number[];
  readonly cadence: CadenceConfig;
  /** Consecutive failed evaluations after which the Runtime disables it. */
  readonly failuresMax: number;
  /** As validated by the Strategy's own check; plain JSON. */
  readonly parameters: Readonly<Record<string, unknown>>;
}
